"""Words of the stock ledger: states and the ways between them, warehouses and zones, documents."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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


class WarehouseSystem(models.TextChoices):
    """Whose books of a warehouse lead: ours, or those of a system of which ours are a mirror."""

    NONE = "none", _("our books lead")
    JUSHUITAN = "jushuitan", _("Jushuitan")
    WANGDIANTONG = "wangdiantong", _("Wangdiantong")
    OTHER = "other", _("another system")


class SnapshotSource(models.TextChoices):
    FILE = "file", _("file")
    API = "api", "API"
    WEBHOOK = "webhook", "webhook"


class StockMessageKind(models.TextChoices):
    """What a signed message of another system tells: the whole stock of its warehouse, or what changed."""

    WHOLE = "stock.snapshot", _("whole stock")
    CHANGES = "stock.changed", _("changes only")


class StockDocumentKind(models.TextChoices):
    """Papers of the warehouse itself; orders and returns have papers of their own."""

    RECEIPT = "receipt", _("goods receipt")
    RELEASE = "release", _("release from quarantine")
    ADJUSTMENT = "adjustment", _("adjustment")
    TRANSFER = "transfer", _("transfer")
    RETURN_TO_OWNER = "return_to_owner", _("return to owner")
    INSPECTION = "inspection", _("inspection of returned goods")
    STOCKTAKE = "stocktake", _("stocktake")


class ZoneKind(models.TextChoices):
    """In what standing units lie in a zone: those that can be sold, and those that can't yet, or not any more."""

    STORAGE = "storage", _("storage")
    QUARANTINE = "quarantine", pgettext_lazy("zone", "quarantine")
    DAMAGED = "damaged", pgettext_lazy("zone", "damaged goods")
    RETURNS = "returns", pgettext_lazy("zone", "returns")


# The states whose units lie in the bins of each kind of zone; units in other states are not in the house.
ZONE_STATES: Final[dict[str, frozenset[str]]] = {
    ZoneKind.STORAGE: frozenset({S.AVAILABLE, S.RESERVED}),
    ZoneKind.QUARANTINE: frozenset({S.QUARANTINE}),
    ZoneKind.DAMAGED: frozenset({S.DAMAGED}),
    ZoneKind.RETURNS: frozenset({S.INSPECTING}),
}
