"""Words of work with stock: deliveries, requests, stocktakes, alerts, replenishment, holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices.roles import BUYERS, HOLDERS, PLANNERS, STOCK_APPROVERS, WAREHOUSE_ROLES
from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


class InboundStatus(models.TextChoices):
    ORDERED = "ordered", pgettext_lazy("delivery", "ordered")
    EXPECTED = "expected", pgettext_lazy("delivery", "expected")
    RECEIVING = "receiving", pgettext_lazy("delivery", "being received")
    RECEIVED = "received", pgettext_lazy("delivery", "received")
    CANCELLED = "cancelled", pgettext_lazy("delivery", "cancelled")


class InboundSource(models.TextChoices):
    """How a delivery became known."""

    FORM = "form", _("form")
    FILE = "file", _("file")
    API = "api", "API"
    REPLENISHMENT = "replenishment", _("replenishment")
    UNANNOUNCED = "unannounced", _("came unannounced")


class RequestKind(models.TextChoices):
    """What a request wants done once it is approved."""

    ADJUSTMENT = "adjustment", _("adjustment")
    RETURN_TO_OWNER = "return_to_owner", _("return to owner")


class RequestReason(models.TextChoices):
    DAMAGE = "damage", _("damaged in the house")
    LOSS = "loss", _("not to be found")
    FOUND = "found", _("found again")
    EXPIRED = "expired", _("past its date")
    WRONG_ENTRY = "wrong_entry", _("entered wrongly")
    SAMPLE = "sample", _("used as a sample")
    MIRROR = "mirror", _("their books say otherwise")
    END_OF_CONTRACT = "end_of_contract", _("end of the contract")
    SLOW = "slow", _("doesn't sell")
    OTHER = "other", _("other")


class RequestStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("request", "to approve")
    POSTED = "posted", pgettext_lazy("request", "approved and booked")
    REJECTED = "rejected", pgettext_lazy("request", "rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")


class CountClass(models.TextChoices):
    """Classes of goods by what they sell: A are the first 80 % of the units, B the next 15 %, C the rest."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class StocktakeKind(models.TextChoices):
    FULL = "full", _("whole warehouse")
    CYCLE = "cycle", _("cycle count")
    SPOT = "spot", _("spot check")


class StocktakeStatus(models.TextChoices):
    COUNTING = "counting", _("being counted")
    RECOUNTING = "recounting", _("differences being recounted")
    REVIEW = "review", pgettext_lazy("stocktake", "to approve")
    POSTED = "posted", pgettext_lazy("stocktake", "approved and booked")
    CANCELLED = "cancelled", pgettext_lazy("stocktake", "cancelled")


class CountStatus(models.TextChoices):
    OPEN = "open", _("to count")
    AGREES = "agrees", _("agrees")
    DIFFERS = "differs", _("differs")
    RECOUNTED = "recounted", _("recounted")


class AlertKind(models.TextChoices):
    OUT = "out", _("sold out")
    LOW = "low", _("too few")
    OVER = "over", _("too many")
    NEAR_EXPIRY = "near_expiry", _("near its date")
    STOP_SALE = "stop_sale", _("past its last day of sale")


class AlertStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("alert", "open")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("alert", "acknowledged")
    CLOSED = "closed", pgettext_lazy("alert", "over")


class ReplenishmentStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("replenishment", "suggested")
    APPROVED = "approved", pgettext_lazy("replenishment", "approved")
    ORDERED = "ordered", pgettext_lazy("replenishment", "ordered")
    DISMISSED = "dismissed", pgettext_lazy("replenishment", "dismissed")
    OVERTAKEN = "overtaken", pgettext_lazy("replenishment", "reckoned anew")


class HoldStatus(models.TextChoices):
    HELD = "held", pgettext_lazy("hold", "held")
    USED = "used", pgettext_lazy("hold", "used up")
    RELEASED = "released", pgettext_lazy("hold", "released")
    EXPIRED = "expired", pgettext_lazy("hold", "expired")


DECIDE = timedelta(hours=8)  # of working time
D, Q, T, A, N = InboundStatus, RequestStatus, StocktakeStatus, AlertStatus, ReplenishmentStatus
INBOUND_MOVES: Final = MoveTable(
    kind="inbound_delivery",
    moves={
        D.ORDERED: {
            D.EXPECTED: Move(PLANNERS | WAREHOUSE_ROLES | {Role.BRAND_PARTNER}),
            D.RECEIVING: Move(WAREHOUSE_ROLES),
            D.CANCELLED: Move(PLANNERS | WAREHOUSE_ROLES),
        },
        D.EXPECTED: {
            D.RECEIVING: Move(WAREHOUSE_ROLES),
            D.CANCELLED: Move(PLANNERS | WAREHOUSE_ROLES | {Role.BRAND_PARTNER}),
        },
        D.RECEIVING: {D.RECEIVED: Move(WAREHOUSE_ROLES)},
        D.RECEIVED: {D.RECEIVING: Move(WAREHOUSE_ROLES)},  # more came after it was closed
        D.CANCELLED: {},
    },
)
REQUEST_MOVES: Final = MoveTable(
    kind="stock_request",
    moves={
        Q.WAITING: {
            Q.POSTED: Move(STOCK_APPROVERS, within=DECIDE),
            Q.REJECTED: Move(STOCK_APPROVERS),
            Q.WITHDRAWN: Move(WAREHOUSE_ROLES | PLANNERS),
        },
        Q.POSTED: {},
        Q.REJECTED: {},
        Q.WITHDRAWN: {},
    },
)
STOCKTAKE_MOVES: Final = MoveTable(
    kind="stocktake",
    moves={
        T.COUNTING: {
            T.RECOUNTING: Move(WAREHOUSE_ROLES),
            T.REVIEW: Move(WAREHOUSE_ROLES),
            T.CANCELLED: Move(WAREHOUSE_ROLES),
        },
        T.RECOUNTING: {T.REVIEW: Move(WAREHOUSE_ROLES), T.CANCELLED: Move(WAREHOUSE_ROLES)},
        T.REVIEW: {
            T.POSTED: Move(STOCK_APPROVERS, within=DECIDE),
            T.RECOUNTING: Move(STOCK_APPROVERS),
            T.CANCELLED: Move(STOCK_APPROVERS),
        },
        T.POSTED: {},
        T.CANCELLED: {},
    },
)
ALERT_MOVES: Final = MoveTable(
    kind="stock_alert",
    moves={
        A.OPEN: {
            A.ACKNOWLEDGED: Move(PLANNERS | WAREHOUSE_ROLES),
            A.CLOSED: Move(PLANNERS | WAREHOUSE_ROLES),
        },
        A.ACKNOWLEDGED: {A.CLOSED: Move(PLANNERS | WAREHOUSE_ROLES)},
        A.CLOSED: {},
    },
)
REPLENISHMENT_MOVES: Final = MoveTable(
    kind="replenishment",
    moves={
        N.PROPOSED: {
            N.APPROVED: Move(BUYERS),
            N.DISMISSED: Move(PLANNERS | BUYERS),
            N.OVERTAKEN: Move(PLANNERS),
        },
        N.APPROVED: {N.ORDERED: Move(BUYERS), N.DISMISSED: Move(BUYERS)},
        N.ORDERED: {},
        N.DISMISSED: {},
        N.OVERTAKEN: {},
    },
)
HOLD_MOVES: Final = MoveTable(
    kind="stock_hold",
    moves={
        HoldStatus.HELD: {
            HoldStatus.RELEASED: Move(HOLDERS),
            HoldStatus.USED: Move(frozenset()),
            HoldStatus.EXPIRED: Move(frozenset()),
        },
        HoldStatus.USED: {},
        HoldStatus.RELEASED: {},
        HoldStatus.EXPIRED: {},
    },
)
