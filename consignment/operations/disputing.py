"""Dispute lines of issued statements, and answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from consignment.choices import CONFIRMERS, DISPUTE_MOVES, DisputeStatus, StatementStatus
from consignment.drafts import AnswerDraft, DisputeDraft
from consignment.models import LineDispute, StatementLine
from consignment.operations.events import dispute_events
from consignment.operations.issuing import lock_contracts_of, lock_statements, refusal_to_move
from ops_portal.lib.money import cents
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused, raise_first
from ops_portal.lib.states import illegal_move, move_all, move_record, record_moves
from ops_portal.outbox.operations import recording as outbox


class NoSuchLine(Refused):
    """No statement has this line."""

    code = "no_such_line"


class NotDisputable(Refused):
    """Only lines of issued statements that are not confirmed can be disputed, by those who may confirm them."""

    code = "not_disputable"


class DisputedAlready(Refused):
    """A dispute of the line waits for its answer."""

    code = "disputed_already"


class ReasonMissing(Refused):
    """A dispute says what is wrong, and an answer why."""

    code = "reason_missing"


class NoSuchDispute(Refused):
    """No dispute has this id."""

    code = "no_such_dispute"


class UnfitAmount(Refused):
    """An amount has 2 decimal places at most, and a rejected dispute has none."""

    code = "unfit_amount"


@operation
def dispute_lines(drafts: Sequence[DisputeDraft], *, actor: Principal, at: datetime) -> Outcome[LineDispute]:
    """Say of lines of issued statements what is wrong; they can't be confirmed until it is answered.

    Refuses NoSuchLine, NotDisputable, DisputedAlready, ReasonMissing.
    """
    outcome: Outcome[LineDispute] = Outcome()
    lines = {
        line.pk: line for line in StatementLine.objects.filter(pk__in=[draft.line_id for draft in drafts])
    }
    statements = lock_statements({line.statement_id for line in lines.values()})
    disputed = set(
        LineDispute.objects.filter(line__in=lines, status=DisputeStatus.OPEN).values_list(
            "line_id", flat=True
        )
    )
    for index, draft in enumerate(drafts):
        line = lines.get(draft.line_id)
        refusal: Refused | None = None
        if line is None:
            refusal = NoSuchLine(_("There is no such line."))
        elif statements[line.statement_id].status != StatementStatus.ISSUED or not actor.may(CONFIRMERS):
            detail = _("Lines of %(number)s can't be disputed.")
            refusal = NotDisputable(detail, number=statements[line.statement_id].number)
        elif line.pk in disputed:
            refusal = DisputedAlready(_("Line %(line)s is disputed already."), line=line.position)
        elif not draft.reason.strip():
            refusal = ReasonMissing(_("Say what is wrong with the line."))
        if line is None or refusal is not None:
            outcome.refused.append((index, refusal or NoSuchLine()))
            continue
        disputed.add(line.pk)
        line.statement = statements[line.statement_id]
        outcome.done.append(
            LineDispute(
                line=line,
                reason=draft.reason.strip(),
                opened_by=str(actor),
                opened_at=at,
                updated_at=at,
            )
        )
    if outcome.done:
        for dispute, number in zip(outcome.done, next_numbers("LD", len(outcome.done)), strict=True):
            dispute.number = number
        LineDispute.objects.bulk_create(outcome.done)
        record_moves(
            [
                move_record(DISPUTE_MOVES.kind, each.number, "", each.status, actor=actor, at=at)
                for each in outcome.done
            ]
        )
    return outcome


@operation
def answer_disputes(drafts: Sequence[AnswerDraft], *, actor: Principal, at: datetime) -> Outcome[LineDispute]:
    """Accept disputes, with what that adds to what the agency owes, or reject them; say why.

    What is accepted becomes a line of the contract's next draft. Refuses NoSuchDispute, IllegalMove, RoleMayNotMove,
    ReasonMissing, UnfitAmount.
    """
    outcome: Outcome[LineDispute] = Outcome()
    ids = [draft.dispute_id for draft in drafts]
    concerned = set(LineDispute.objects.filter(pk__in=ids).values_list("line__statement_id", flat=True))
    lock_contracts_of(concerned)
    statements = lock_statements(concerned)
    found = (
        LineDispute.objects.filter(pk__in=ids)
        .select_related("line")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    disputes = {dispute.pk: dispute for dispute in found}
    answered: dict[int, DisputeStatus] = {}
    for index, draft in enumerate(drafts):
        dispute = disputes.get(draft.dispute_id)
        refusal: Refused | None = None
        if dispute is None:
            refusal = NoSuchDispute(_("There is no such dispute."))
        elif not draft.answer.strip():
            refusal = ReasonMissing(_("Say why the dispute is answered so."))
        elif draft.amount != cents(draft.amount) or (draft.amount and not draft.accepted):
            detail = _("An amount has 2 decimal places at most, and goes with a dispute that is accepted.")
            refusal = UnfitAmount(detail)
        if dispute is None or refusal is not None:
            outcome.refused.append((index, refusal or NoSuchDispute()))
            continue
        to = DisputeStatus.ACCEPTED if draft.accepted else DisputeStatus.REJECTED
        refusal = refusal_to_move(dispute, to, table=DISPUTE_MOVES, actor=actor)
        if refusal is not None or dispute.pk in answered:
            outcome.refused.append((index, refusal or illegal_move(dispute, to)))
            continue
        dispute.answer, dispute.answered_by, dispute.answered_at = draft.answer.strip(), str(actor), at
        dispute.amount = draft.amount
        dispute.line.statement = statements[dispute.line.statement_id]
        answered[dispute.pk] = to
        outcome.done.append(dispute)
    LineDispute.objects.bulk_update(outcome.done, ["answer", "answered_by", "answered_at"])
    for to in (DisputeStatus.ACCEPTED, DisputeStatus.REJECTED):
        going = [dispute for dispute in outcome.done if answered[dispute.pk] == to]
        raise_first(move_all(going, to, table=DISPUTE_MOVES, actor=actor, at=at).refused)
    LineDispute.objects.bulk_update(outcome.done, ["amount"])  # only what is accepted may have one
    outbox.record(dispute_events(outcome.done), actor=actor, at=at)
    return outcome
