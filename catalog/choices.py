"""The states of stock, the ways between them, and what catalogue documents there are."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Role

OWN = "own"


class StockState(models.TextChoices):
    """Where a unit stands. ``outside`` is the world: it has no balance."""

    OUTSIDE = "outside", _("outside")
    AVAILABLE = "available", _("available")
    RESERVED = "reserved", _("reserved")
    SHIPPED = "shipped", _("shipped")
    SOLD = "sold", _("sold")
    RETURNING = "returning", _("returning")
    INSPECTING = "inspecting", _("inspecting")
    QUARANTINE = "quarantine", _("quarantine")
    DAMAGED = "damaged", _("damaged")
    IN_TRANSIT = "in_transit", _("in transit")
    LOST = "lost", _("lost")


BALANCES: tuple[str, ...] = tuple(state for state in StockState.values if state != StockState.OUTSIDE)

S = StockState
STOCK_WAYS: dict[StockState, frozenset[StockState]] = {
    S.OUTSIDE: frozenset({S.QUARANTINE, S.AVAILABLE, S.DAMAGED}),
    S.QUARANTINE: frozenset({S.AVAILABLE, S.DAMAGED, S.OUTSIDE}),
    S.AVAILABLE: frozenset({S.RESERVED, S.IN_TRANSIT, S.QUARANTINE, S.DAMAGED, S.LOST, S.OUTSIDE}),
    S.RESERVED: frozenset({S.AVAILABLE, S.SHIPPED}),
    S.SHIPPED: frozenset({S.SOLD, S.RETURNING, S.LOST}),
    S.SOLD: frozenset({S.RETURNING}),
    S.RETURNING: frozenset({S.INSPECTING, S.LOST}),
    S.INSPECTING: frozenset({S.AVAILABLE, S.DAMAGED, S.LOST}),
    S.DAMAGED: frozenset({S.AVAILABLE, S.OUTSIDE}),
    S.IN_TRANSIT: frozenset({S.OUTSIDE, S.LOST}),
    S.LOST: frozenset({S.AVAILABLE, S.OUTSIDE}),
}


class ReservationStatus(models.TextChoices):
    """How far the units of a reservation have gone."""

    HELD = "held", _("held")
    RELEASED = "released", _("released")
    SHIPPED = "shipped", _("shipped")
    SOLD = "sold", _("sold")
    RETURNING = "returning", _("returning")


class WarehouseKind(models.TextChoices):
    OWN = "own", _("our own")
    BRAND = "brand", _("the brand's")
    THIRD_PARTY = "third_party", _("third party's")
    PLATFORM = "platform", _("the platform's")


class StockDocumentKind(models.TextChoices):
    """Papers of the warehouse itself; orders and returns have papers of their own."""

    RECEIPT = "receipt", _("goods receipt")
    RELEASE = "release", _("release from quarantine")
    ADJUSTMENT = "adjustment", _("adjustment")
    TRANSFER = "transfer", _("transfer")
    RETURN_TO_OWNER = "return_to_owner", _("return to owner")
    INSPECTION = "inspection", _("inspection of returned goods")


WAREHOUSE_ROLES = frozenset({Role.WAREHOUSE, Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
CATALOG_ROLES = frozenset({Role.PRODUCT, Role.PRODUCT_SUPERVISOR, Role.OPERATIONS, Role.ONSITE_OPERATOR})
SEES_STOCK = (
    WAREHOUSE_ROLES | CATALOG_ROLES | {Role.CUSTOMER_SERVICE, Role.FINANCE, Role.BRAND_PARTNER, Role.SALES}
)

PERMISSIONS: dict[str, frozenset[str]] = {
    **{
        f"catalog.{verb}_{name}": frozenset(CATALOG_ROLES | {Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
        for verb in ("add", "change")
        for name in ("brand", "category", "product", "sku", "bundleversion", "bundlecomponent", "warehouse")
    },
    **{
        f"catalog.view_{name}": frozenset(SEES_STOCK)
        for name in (
            "brand", "category", "product", "sku", "bundleversion", "bundlecomponent", "warehouse",
            "batch", "stock", "batchstock", "stockmovement", "reservation", "stockdocument", "stockdocumentline",
        )
    },
    "catalog.move_stock": WAREHOUSE_ROLES,
}  # fmt: skip
