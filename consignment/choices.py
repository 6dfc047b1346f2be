"""The modes of a contract, the life of a statement, and who may move it."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable
from orders.choices import Party


class ContractMode(models.TextChoices):
    """Who collects the buyers' money, and who then owes whom."""

    COMMISSION = "commission", _("commission")  # 扣點
    SERVICE_FEE = "service_fee", _("service fee and share")  # 服務費+提成


# Whom the money of a shop must reach for a contract of this mode to cover it.
COLLECTS: Final = {ContractMode.COMMISSION: Party.AGENCY, ContractMode.SERVICE_FEE: Party.BRAND}


class CommissionBase(models.TextChoices):
    """What commission is taken on."""

    BUYER_PAYMENT = "buyer_payment", _("buyer's payment")  # 用戶實付
    SELLER_RECEIPT = "seller_receipt", _("seller's receipt")  # 商家實收


class ContractStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_FORCE = "in_force", _("in force")
    ENDED = "ended", _("ended")


class StatementStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    ISSUED = "issued", _("issued")
    CONFIRMED = "confirmed", _("confirmed")


class LineKind(models.TextChoices):
    """What a line of a statement stands for. A reversal takes back a sale whose import was undone after all."""

    SALE = "sale", _("sale")
    REFUND = "refund", _("refund")
    REVERSAL = "reversal", _("reversal")
    FEE = "fee", _("monthly fee")
    ADJUSTMENT = "adjustment", pgettext_lazy("settlement", "adjustment")


class DisputeStatus(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


SIGNERS = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
CLERKS = frozenset({Role.FINANCE, Role.OPERATIONS_MANAGER})
CONFIRMERS = CLERKS | {Role.BRAND_PARTNER}
READERS = CLERKS | {Role.MANAGEMENT}

C = ContractStatus
CONTRACT_MOVES = MoveTable(
    kind="contract",
    moves={
        C.DRAFT: {C.IN_FORCE: Move(SIGNERS)},
        C.IN_FORCE: {C.ENDED: Move(SIGNERS)},
        C.ENDED: {},
    },
)

S = StatementStatus
STATEMENT_MOVES = MoveTable(
    kind="statement",
    moves={
        S.DRAFT: {S.ISSUED: Move(CLERKS)},
        S.ISSUED: {S.CONFIRMED: Move(CONFIRMERS)},
        S.CONFIRMED: {},
    },
)

D = DisputeStatus
DISPUTE_MOVES = MoveTable(
    kind="dispute",
    moves={
        D.OPEN: {D.ACCEPTED: Move(CLERKS), D.REJECTED: Move(CLERKS)},
        D.ACCEPTED: {},
        D.REJECTED: {},
    },
)

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "consignment.view_partner": READERS,
    "consignment.add_partner": SIGNERS,
    "consignment.change_partner": SIGNERS,
    "consignment.view_contract": READERS | {Role.BRAND_PARTNER},
    "consignment.add_contract": CLERKS | SIGNERS,
    "consignment.sign_contract": SIGNERS,
    "consignment.view_statement": READERS | {Role.BRAND_PARTNER},
    "consignment.view_statementline": READERS | {Role.BRAND_PARTNER},
    "consignment.draft_statement": CLERKS,
    "consignment.issue_statement": CLERKS,
    "consignment.confirm_statement": CONFIRMERS,
    "consignment.dispute_line": CONFIRMERS,
    "consignment.answer_dispute": CLERKS,
}
