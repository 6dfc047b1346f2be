"""Where feedback comes in, what it is about, its life as a ticket, and who may read, bring and work it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


class Channel(models.TextChoices):
    """The way on which a customer spoke."""

    REVIEW = "review", _("review")
    QUESTION = "question", _("question on the product page")
    CHAT = "chat", _("chat")
    CALL = "call", _("telephone")
    EMAIL = "email", _("e-mail")
    SURVEY = "survey", _("survey")
    SOCIAL = "social", _("social media")
    OTHER = "other", _("other")


class ItemType(models.TextChoices):
    """What the customer wants with it."""

    EXPERIENCE = "experience", _("product experience")
    AFTERSALES = "aftersales", _("after-sales issue")
    SUGGESTION = "suggestion", _("suggestion")
    INQUIRY = "inquiry", _("inquiry")
    COMPLAINT = "complaint", _("complaint")


class Topic(models.TextChoices):
    """What it is about."""

    QUALITY = "quality", pgettext_lazy("topic", "quality")
    LOGISTICS = "logistics", pgettext_lazy("topic", "logistics")
    PAYMENT = "payment", pgettext_lazy("topic", "payment")
    SERVICE = "service", pgettext_lazy("topic", "customer service")
    ATTITUDE = "attitude", pgettext_lazy("topic", "attitude of service")
    POLICY = "policy", pgettext_lazy("topic", "after-sales policy")
    OTHER = "other", pgettext_lazy("topic", "other")


class Priority(models.TextChoices):
    """How soon somebody must answer; they sort as text, the most urgent first."""

    P0 = "P0", _("P0 at once")
    P1 = "P1", _("P1 urgent")
    P2 = "P2", _("P2 normal")
    P3 = "P3", _("P3 can wait")


# The team's working time until the first answer.
FIRST_ANSWER_WITHIN: Final = {
    Priority.P0: timedelta(minutes=30),
    Priority.P1: timedelta(hours=2),
    Priority.P2: timedelta(hours=8),
    Priority.P3: timedelta(hours=24),
}


class Mark(models.TextChoices):
    """Why an item is kept and counted, but waits for nobody."""

    NONE = "", _("none")
    EMPTY = "empty", _("empty")
    DUPLICATE = "duplicate", _("duplicate")


class ItemStatus(models.TextChoices):
    """The nodes of a ticket's life. Screening is done at receipt: what needs nobody is recorded only."""

    NEW = "new", _("to triage")
    ACTING = "acting", _("in hand")
    REPLIED = "replied", _("answered")
    CLOSED = "closed", _("closed")
    REJECTED = "rejected", _("rejected")
    REOPENED = "reopened", _("reopened")
    RECORDED = "recorded", _("recorded only")


class CloseReason(models.TextChoices):
    """What became of a ticket that is closed."""

    SOLVED = "solved", _("solved")
    NO_ANSWER_NEEDED = "no_answer_needed", _("needs no answer")
    CUSTOMER_SILENT = "customer_silent", _("customer silent")
    HANDED_OVER = "handed_over", _("handed over to after-sales")


class RejectReason(models.TextChoices):
    """Why something is no feedback."""

    ADVERTISING = "advertising", _("advertising")
    IRRELEVANT = "irrelevant", _("irrelevant")
    INCOMPLETE = "incomplete", _("incomplete")
    ABUSIVE = "abusive", _("abusive")
    REPEATED = "repeated", _("said before")


class Delivery(models.TextChoices):
    """How an answer reaches the customer."""

    BY_HAND = "by_hand", _("to be put in on the platform by hand")
    BY_CALLER = "by_caller", _("sent by the system that wrote it")


# Why a clock stands, as the console says it; shown in the reader's language.
CUSTOMER: Final = gettext_noop("waiting for the customer")
# Two stars and fewer are negative.
NEGATIVE_RATING: Final = 2
# Three stars and fewer wait for somebody (中差評).
POOR_RATING: Final = 3
# What was said longer ago than this when it came in is history: it is recorded, and waits for nobody.
HISTORY_AFTER: Final = timedelta(days=30)

READERS: Final = frozenset(
    {
        Role.CUSTOMER_SERVICE,
        Role.AFTERSALES,
        Role.OPERATIONS,
        Role.ONSITE_OPERATOR,
        Role.SALES,
        Role.PRODUCT,
        Role.PRODUCT_SUPERVISOR,
        Role.RESEARCH,
        Role.PROCESS_TEAM,
        Role.OPERATIONS_MANAGER,
        Role.MANAGEMENT,
    }
)
IMPORTERS: Final = frozenset(
    {Role.CUSTOMER_SERVICE, Role.OPERATIONS, Role.ONSITE_OPERATOR, Role.OPERATIONS_MANAGER}
)
WORKERS: Final = frozenset({Role.CUSTOMER_SERVICE, Role.AFTERSALES, Role.OPERATIONS_MANAGER})

S = ItemStatus
WORK = Move(WORKERS)
CLOSING: Final[dict[str, Move]] = {S.CLOSED: WORK, S.REJECTED: WORK}
ITEM_MOVES: Final = MoveTable(
    kind="ticket",
    moves={
        S.NEW: {
            S.ACTING: WORK,
            S.REPLIED: Move(WORKERS, within=FIRST_ANSWER_WITHIN[Priority.P2]),
            **CLOSING,
        },
        S.ACTING: {S.REPLIED: WORK, **CLOSING},
        S.REOPENED: {S.ACTING: WORK, S.REPLIED: WORK, **CLOSING},
        S.REPLIED: {S.REPLIED: WORK, S.REOPENED: WORK, S.CLOSED: WORK},
        S.CLOSED: {S.REOPENED: WORK},
        S.REJECTED: {S.REOPENED: WORK},
        S.RECORDED: {S.NEW: Move(IMPORTERS | WORKERS), S.REOPENED: WORK},
    },
)
# In these somebody has to do something.
WAITING_FOR_US: Final = (S.NEW, S.ACTING, S.REOPENED)
OPEN: Final = (*WAITING_FOR_US, S.REPLIED)

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "feedback.view_feedbackitem": READERS,
    "feedback.import_feedback": IMPORTERS,
    "feedback.work_feedbackitem": WORKERS,
}
