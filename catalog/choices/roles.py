"""Who works on goods and stock, and within what time."""

from __future__ import annotations

from datetime import timedelta

from ops_portal.accounts.choices import Role

WRITERS = frozenset(
    {Role.ONSITE_OPERATOR, Role.OPERATIONS, Role.PRODUCT, Role.PRODUCT_SUPERVISOR, Role.OPERATIONS_MANAGER}
)
CHECKERS = frozenset({Role.PRODUCT_SUPERVISOR})
APPROVERS = frozenset({Role.PRODUCT_SUPERVISOR, Role.OPERATIONS_MANAGER})
CHECK, APPROVE = timedelta(hours=4), timedelta(hours=4)  # of working time
WAREHOUSE_ROLES = frozenset({Role.WAREHOUSE, Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
STOCK_APPROVERS = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
PLANNERS = frozenset(
    {Role.ONSITE_OPERATOR, Role.OPERATIONS, Role.PRODUCT_SUPERVISOR, Role.OPERATIONS_MANAGER}
)
BUYERS = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
HOLDERS = PLANNERS | BUYERS
CATALOG_ROLES = frozenset({Role.PRODUCT, Role.PRODUCT_SUPERVISOR, Role.OPERATIONS, Role.ONSITE_OPERATOR})
SEES_STOCK = (
    WAREHOUSE_ROLES | CATALOG_ROLES | {Role.CUSTOMER_SERVICE, Role.FINANCE, Role.BRAND_PARTNER, Role.SALES}
)
SEES_LISTINGS = WRITERS | APPROVERS | {Role.MANAGEMENT}
