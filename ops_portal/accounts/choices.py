"""The roles of the agency, which of them see everything, and what each may do with people and records."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person works as. Permissions, moves and visibility are given to roles, not to people."""

    CUSTOMER_SERVICE = "customer_service", _("Customer service")
    PRODUCT = "product", _("Product")
    OPERATIONS = "operations", _("Operations")
    SALES = "sales", _("Sales")
    ONSITE_OPERATOR = "onsite_operator", _("On-site operator")
    PRODUCT_SUPERVISOR = "product_supervisor", _("Product supervisor")
    OPERATIONS_MANAGER = "operations_manager", _("Operations manager")
    BRAND_PARTNER = "brand_partner", _("Brand partner")
    WAREHOUSE = "warehouse", _("Warehouse")
    LOGISTICS = "logistics", _("Logistics")
    FINANCE = "finance", _("Finance")
    RESEARCH = "research", _("Research and development")
    AFTERSALES = "aftersales", _("After-sales service")
    PROCESS_TEAM = "process_team", _("Process team")
    MANAGEMENT = "management", _("Management")


class GrantKind(TextChoices):
    """What a grant's code names. The codes themselves belong to higher apps and mean nothing here."""

    SHOP = "shop", _("Shop")
    BRAND = "brand", _("Brand")


class RecordedOperation(TextChoices):
    """What was done to a row, as the audit trail writes it."""

    INSERT = "I", _("Inserted")
    UPDATE = "U", _("Changed")
    DELETE = "D", _("Deleted")


class Access(TextChoices):
    """What was looked at or taken out."""

    PERSONAL_DATA = "personal_data", _("Personal data")
    EXPORT = "export", _("Export")


# Whoever holds one of these sees every shop and brand; everybody else sees what is granted.
ALL_SEEING: Final = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT, Role.FINANCE})

_MANAGERS = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT})

# People, grants and keys are changed by superusers alone: whoever may give a role may give himself any.
PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "accounts.view_user": _MANAGERS,
    "accounts.view_department": _MANAGERS,
    "accounts.change_department": _MANAGERS,
    "accounts.add_department": _MANAGERS,
    "accounts.view_grant": _MANAGERS,
    "accounts.view_apikey": _MANAGERS,
    "accounts.revoke_apikey": _MANAGERS,
    "accounts.view_auditentry": _MANAGERS,
    "accounts.view_accessrecord": _MANAGERS,
}

_READ_GOODS = frozenset({"catalog:read", "stock:read"})
_READ_ORDERS = frozenset({"orders:read"})
_READ_FIGURES = frozenset({"feedback:read", "analytics:read"})
_CASES = frozenset({"aftersales:read", "aftersales:write"})

SCOPES: Final = frozenset(
    {
        "catalog:read",
        "catalog:write",
        "materials:write",
        "stock:read",
        "stock:write",
        "deliveries:write",
        "orders:read",
        "orders:write",
        "fulfilment:read",
        "fulfilment:write",
        "feedback:read",
        "feedback:write",
        "analytics:read",
        "intake:read",
        "intake:write",
        "aftersales:read",
        "aftersales:write",
        "settlement:read",
        "settlement:write",
        "webhooks:read",
        "webhooks:write",
    }
)

# The scopes that a key gets when its maker names none. Those of ``fulfilment`` open buyers' data in full: a partner's
# key gets them by name only.
SCOPES_OF_ROLE: Final[dict[Role, frozenset[str]]] = {
    Role.CUSTOMER_SERVICE: _READ_GOODS
    | _READ_ORDERS
    | _CASES
    | {"orders:write", "feedback:read", "feedback:write"},
    Role.PRODUCT: _READ_GOODS | {"catalog:write", "materials:write", "feedback:read"},
    Role.OPERATIONS: _READ_GOODS
    | _READ_ORDERS
    | _READ_FIGURES
    | {"orders:write", "catalog:write", "deliveries:write"},
    Role.SALES: _READ_GOODS | _READ_ORDERS | _READ_FIGURES | {"orders:write"},
    Role.ONSITE_OPERATOR: _READ_GOODS
    | _READ_ORDERS
    | _CASES
    | {"orders:write", "intake:read", "intake:write", "deliveries:write"},
    Role.PRODUCT_SUPERVISOR: _READ_GOODS
    | _READ_ORDERS
    | _READ_FIGURES
    | {"catalog:write", "deliveries:write"},
    Role.OPERATIONS_MANAGER: SCOPES,
    Role.BRAND_PARTNER: _READ_GOODS
    | _READ_ORDERS
    | {"materials:write", "deliveries:write"}
    | {"aftersales:read", "settlement:read", "settlement:write", "webhooks:read", "webhooks:write"},
    Role.WAREHOUSE: _READ_GOODS | _READ_ORDERS | _CASES | {"orders:write", "stock:write", "deliveries:write"},
    Role.LOGISTICS: _READ_ORDERS | {"orders:write", "stock:read"},
    Role.FINANCE: _READ_GOODS
    | _READ_ORDERS
    | _READ_FIGURES
    | {"aftersales:read", "settlement:read", "settlement:write"},
    Role.RESEARCH: _READ_GOODS | {"feedback:read"},
    Role.AFTERSALES: _READ_GOODS
    | _READ_ORDERS
    | _CASES
    | {"orders:write", "feedback:read", "feedback:write"},
    Role.PROCESS_TEAM: _READ_GOODS | _READ_ORDERS | _READ_FIGURES,
    Role.MANAGEMENT: _READ_GOODS | _READ_ORDERS | _READ_FIGURES | {"aftersales:read", "settlement:read"},
}
