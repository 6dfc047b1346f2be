"""A case is decided: approved, rejected, or withdrawn by the buyer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from aftersales.choices import (
    PAY,
    SERVICE_LIMIT,
    UNLIMITED,
    CaseKind,
    CaseRefund,
    CaseStatus,
)
from aftersales.models import Case
from aftersales.operations.axis import release_orders
from aftersales.operations.cases import (
    Check,
    announce,
    close_settled,
    move,
    move_refund,
    pick,
    set_clocks,
    stop_clocks,
)
from ops_portal.desk.operations.pausing import pause_clocks, resume_clocks
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from orders.operations.moving import lock_orders

# Why the clock of a return stands that is not here yet.
BUYER: Final = gettext_noop("waiting for the buyer's parcel")
WRITTEN = ("refund_status", "due_at", "platform_due_at", "updated_at")


class OverTheLimit(Refused):
    """The refund is more than customer service decides on."""

    code = "over_the_limit"


class ReasonNeeded(Refused):
    """Whoever rejects says why."""

    code = "reason_needed"


class AlreadyRefunded(Refused):
    """Money was paid back for this case; it can't be undone by withdrawing it."""

    code = "already_refunded"


@operation
def approve_cases(case_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Case]:
    """Approve cases. The money of “refund only” is due then; of a return, the buyer's parcel is awaited.

    Refuses NoSuchCase, IllegalMove, RoleMayNotMove, OverTheLimit (customer service decides up to ``SERVICE_LIMIT``).
    """

    def over_the_limit(case: Case) -> Refused | None:
        if case.amount <= SERVICE_LIMIT or actor.may(UNLIMITED):
            return None
        detail = _("%(number)s asks for %(amount)s; above %(limit)s after-sales decides.")
        return OverTheLimit(detail, number=case.number, amount=str(case.amount), limit=str(SERVICE_LIMIT))

    found, _cases = pick(case_ids, CaseStatus.APPROVED, actor=actor, checks=(over_the_limit,))
    cases = list(found.ready.values())
    stop_clocks(cases)
    money = [case for case in cases if case.kind == CaseKind.REFUND_ONLY and case.amount]
    move_refund(money, CaseRefund.DUE, actor=actor, at=at)
    set_clocks(money, "case_refund", PAY, at=at)
    Case.objects.bulk_update(cases, WRITTEN)
    done = move(cases, CaseStatus.APPROVED, actor=actor, at=at)
    awaited = [case for case in cases if case.kind == CaseKind.RETURN]
    pause_clocks(awaited, kind_code="case", reason=BUYER, actor=actor, at=at)
    announce("approved", done, actor=actor, at=at)
    close_settled(done, actor=actor, at=at)
    return found.outcome(done)


@operation
def reject_cases(
    case_ids: Sequence[int], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[Case]:
    """Reject cases and say why; the refund axis of their orders goes back to where it stood.

    Refuses NoSuchCase, IllegalMove, RoleMayNotMove, ReasonNeeded.
    """

    def unreasoned(case: Case) -> Refused | None:
        if reason.strip():
            return None
        return ReasonNeeded(_("Say why %(number)s is rejected; the buyer will ask."), number=case.number)

    return void(case_ids, CaseStatus.REJECTED, unreasoned, actor=actor, at=at, reason=reason)


@operation
def withdraw_cases(
    case_ids: Sequence[int], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[Case]:
    """Note that the buyer takes the request back, as long as no parcel is here and no money is paid.

    Refuses NoSuchCase, IllegalMove, RoleMayNotMove, AlreadyRefunded.
    """

    def refunded(case: Case) -> Refused | None:
        if case.refund_status != CaseRefund.PAID:
            return None
        detail = _("%(number)s has been refunded; if nothing comes back, inspect it as missing.")
        return AlreadyRefunded(detail, number=case.number)

    return void(case_ids, CaseStatus.WITHDRAWN, refunded, actor=actor, at=at, reason=reason)


def void(
    case_ids: Sequence[int],
    to: CaseStatus,
    check: Check,
    *,
    actor: Principal,
    at: datetime,
    reason: str,
) -> Outcome[Case]:
    """Move cases to where they claim nothing any more, and let their orders go."""
    found, _cases = pick(case_ids, to, actor=actor, checks=(check,))
    cases = list(found.ready.values())
    orders = lock_orders(case.order_id for case in cases)
    asked = [
        case for case in cases if case.amount and case.refund_status in (CaseRefund.NONE, CaseRefund.DUE)
    ]
    move_refund(asked, CaseRefund.REFUSED, actor=actor, at=at, reason=reason)
    standing = [case for case in cases if case.paused_at]
    resume_clocks(standing, kind_code="case", actor=actor, at=at)
    stop_clocks(cases)
    Case.objects.bulk_update(cases, [*WRITTEN, "paused_at", "time_left"])
    done = move(cases, to, actor=actor, at=at, reason=reason)
    release_orders(list(orders.values()), actor=actor, at=at)
    announce(to.value, done, actor=actor, at=at)
    return found.outcome(done)
