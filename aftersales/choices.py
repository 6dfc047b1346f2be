"""The life of a case, its two tracks, and who may move it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import Platform
from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


class CaseKind(models.TextChoices):
    """What the buyer wants. An intercepted parcel was never delivered: its order was cancelled on the way."""

    REFUND_ONLY = "refund_only", _("refund only")
    RETURN = "return", _("return and refund")
    INTERCEPT = "intercept", _("intercepted parcel")


class CaseStatus(models.TextChoices):
    """The track of the goods, which is also that of the case."""

    REQUESTED = "requested", _("requested")
    APPROVED = "approved", _("approved")
    IN_TRANSIT = "in_transit", _("goods under way")
    RECEIVED = "received", _("to inspect")
    INSPECTED = "inspected", _("inspected")
    CLOSED = "closed", pgettext_lazy("case", "closed")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


class CaseRefund(models.TextChoices):
    """The track of the money: a platform may pay long before the goods are inspected."""

    NONE = "none", _("not due yet")
    DUE = "due", pgettext_lazy("refund", "due")
    PAID = "paid", _("refunded")
    REFUSED = "refused", _("refund refused")


class Reason(models.TextChoices):
    QUALITY = "quality", _("quality")
    WRONG_ITEM = "wrong_item", _("wrong item sent")
    DAMAGED = "damaged", _("damaged in transit")
    NOT_AS_DESCRIBED = "not_as_described", _("not as described")
    CHANGED_MIND = "changed_mind", _("changed mind within 7 days")
    MISSING = "missing", _("items missing")
    LATE = "late", _("shipped late")
    NO_LONGER_WANTED = "no_longer_wanted", _("no longer wanted")
    REFUSED_PARCEL = "refused_parcel", _("parcel refused or intercepted")
    OTHER = "other", _("other")


class Liable(models.TextChoices):
    """Who answers for it."""

    UNDECIDED = "undecided", _("undecided")
    BRAND = "brand", _("brand")
    AGENCY = "agency", _("agency")
    WAREHOUSE = "warehouse", _("warehouse")
    CARRIER = "carrier", _("carrier")
    BUYER = "buyer", _("buyer")
    PLATFORM = "platform", _("platform")


class Grade(models.TextChoices):
    """What inspection finds of a unit."""

    RESELL = "resell", _("A · resell")
    REWORK = "rework", _("B · rework")
    SCRAP = "scrap", _("C · scrap")
    MISSING = "missing", pgettext_lazy("units", "missing")


S, M = CaseStatus, CaseRefund
OPENERS = frozenset({Role.CUSTOMER_SERVICE, Role.AFTERSALES, Role.ONSITE_OPERATOR, Role.OPERATIONS_MANAGER})
APPROVERS = frozenset({Role.AFTERSALES, Role.CUSTOMER_SERVICE, Role.OPERATIONS_MANAGER})
RECEIVERS = frozenset({Role.WAREHOUSE, Role.AFTERSALES, Role.OPERATIONS_MANAGER})
PAYERS = frozenset({Role.AFTERSALES, Role.FINANCE, Role.OPERATIONS_MANAGER})
SETTLERS = OPENERS | RECEIVERS | PAYERS
SEES_CASES = frozenset(SETTLERS | {Role.OPERATIONS, Role.MANAGEMENT, Role.BRAND_PARTNER})

# Above this, in the currency of the order, customer service hands the decision to after-sales.
SERVICE_LIMIT: Final = Decimal("200.00")
UNLIMITED: Final = APPROVERS - {Role.CUSTOMER_SERVICE}
RETURN_DAYS: Final = 7  # 七天無理由: counted from delivery
# How long a platform waits for the seller's answer, in natural hours, before it decides itself.
ANSWER_HOURS: Final[dict[str, int]] = {Platform.JD: 24, Platform.PINDUODUO: 36, Platform.DOUYIN: 48}
ANSWER_HOURS_ELSEWHERE: Final = 48

WITHDRAW, REJECT = Move(OPENERS), Move(APPROVERS)
RECEIVE, CLOSE = Move(RECEIVERS), Move(SETTLERS)
ANSWER, INSPECT, PAY = timedelta(hours=8), timedelta(hours=12), timedelta(hours=12)  # of working time
CASE_MOVES = MoveTable(
    kind="case",
    moves={
        S.REQUESTED: {S.APPROVED: Move(APPROVERS, within=ANSWER), S.REJECTED: REJECT, S.WITHDRAWN: WITHDRAW},
        S.APPROVED: {
            S.IN_TRANSIT: Move(OPENERS | RECEIVERS),
            S.RECEIVED: RECEIVE,
            S.CLOSED: CLOSE,
            S.WITHDRAWN: WITHDRAW,
        },
        S.IN_TRANSIT: {S.RECEIVED: RECEIVE, S.WITHDRAWN: WITHDRAW},
        S.RECEIVED: {S.INSPECTED: Move(RECEIVERS, within=INSPECT)},
        S.INSPECTED: {S.CLOSED: CLOSE},
        S.CLOSED: {},
        S.REJECTED: {},
        S.WITHDRAWN: {},
    },
)
CASE_REFUND_MOVES = MoveTable(  # over ``refund_status``
    kind="case_refund",
    moves={
        M.NONE: {M.DUE: Move(SETTLERS), M.PAID: Move(PAYERS), M.REFUSED: Move(SETTLERS)},
        M.DUE: {M.PAID: Move(PAYERS, within=PAY), M.REFUSED: Move(PAYERS)},
        M.PAID: {},
        M.REFUSED: {},
    },
)

VOID = frozenset({S.REJECTED, S.WITHDRAWN})  # cases that claim nothing of their order
OVER = frozenset(VOID | {S.CLOSED})
WAITING_FOR_PARCEL = frozenset({S.APPROVED, S.IN_TRANSIT})
BRINGS_GOODS = frozenset({CaseKind.RETURN, CaseKind.INTERCEPT})
REFUNDS = frozenset({CaseKind.REFUND_ONLY, CaseKind.RETURN})

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "aftersales.view_case": SEES_CASES,
    "aftersales.use_case_desk": SEES_CASES - {Role.BRAND_PARTNER},
    "aftersales.open_case": OPENERS,
    "aftersales.approve_case": APPROVERS,
    "aftersales.receive_case": RECEIVERS,
    "aftersales.inspect_case": RECEIVERS,
    "aftersales.refund_case": PAYERS,
    "aftersales.close_case": frozenset(SETTLERS),
}
