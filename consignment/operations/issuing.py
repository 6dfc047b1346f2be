"""Issue statements, which freezes them, and confirm them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consignment.choices import STATEMENT_MOVES, DisputeStatus, StatementStatus
from consignment.models import Contract, LineDispute, Statement
from consignment.operations.events import statement_events
from consignment.queries.frozen import digest_of, frozen_lines
from ops_portal.lib.numbers import take_gapless
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused, raise_first
from ops_portal.lib.states import MoveTable, RoleMayNotMove, illegal_move, move_all
from ops_portal.outbox.operations import recording as outbox

SERIES = "statement"
NEVER = date.max


class NoSuchStatement(Refused):
    """No statement has this id."""

    code = "no_such_statement"


class MonthNotOver(Refused):
    """More may still be sold in the month."""

    code = "month_not_over"


class EarlierDraft(Refused):
    """An earlier month of the contract is a draft yet; statements are issued in the sequence of their months."""

    code = "earlier_draft"


class DraftIsStale(Refused):
    """The contract was amended or ended after the draft was computed."""

    code = "draft_is_stale"


class DisputeOpen(Refused):
    """A line is disputed and waits for an answer."""

    code = "dispute_open"


@operation
def issue_statements(statement_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Statement]:
    """Freeze drafts with their digest, under the next numbers of a series without gaps, and tell the partners.

    Refuses NoSuchStatement, IllegalMove, RoleMayNotMove, MonthNotOver, EarlierDraft, DraftIsStale.
    """
    outcome: Outcome[Statement] = Outcome()
    lock_contracts_of(statement_ids)
    statements = lock_statements(statement_ids)
    open_months = open_months_of(statements)
    ready: dict[int, Statement] = {}
    this_month = timezone.localdate(at).replace(day=1)
    asked = list(enumerate(statement_ids))
    for index, pk in sorted(
        asked, key=lambda pair: statements[pair[1]].month if pair[1] in statements else NEVER
    ):
        statement = statements.get(pk)
        if statement is None:
            outcome.refused.append((index, no_such_statement()))
            continue
        refusal = issue_refusal(statement, actor, this_month=this_month, open_months=open_months)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        ready[index] = statement
        open_months[statement.contract_id].discard(statement.month)
    going = [ready[index] for index in sorted(ready)]
    outcome.refused.sort(key=lambda pair: pair[0])
    if not going:
        return outcome
    for statement in going:
        statement.digest = digest_of(statement, frozen_lines(statement))
        statement.issued_at = at
    for statement, number in zip(going, take_gapless(SERIES, len(going)), strict=True):
        statement.number = f"ST{number:08d}"
    Statement.objects.bulk_update(going, ["number", "digest", "issued_at"])
    raise_first(move_all(going, StatementStatus.ISSUED, table=STATEMENT_MOVES, actor=actor, at=at).refused)
    outbox.record(statement_events("statement.issued", going), actor=actor, at=at)
    outcome.done = going
    return outcome


@operation
def confirm_statements(statement_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Statement]:
    """Agree to issued statements. Refuses NoSuchStatement, IllegalMove, RoleMayNotMove, DisputeOpen."""
    outcome: Outcome[Statement] = Outcome()
    statements = lock_statements(statement_ids)
    disputed = set(
        LineDispute.objects.filter(line__statement__in=statements, status=DisputeStatus.OPEN).values_list(
            "line__statement_id", flat=True
        )
    )
    ready: list[tuple[int, Statement]] = []
    for index, pk in enumerate(statement_ids):
        statement = statements.get(pk)
        if statement is None:
            outcome.refused.append((index, no_such_statement()))
        elif statement.pk in disputed:
            detail = _(
                "A line of %(number)s is disputed; it can be confirmed when every dispute is answered."
            )
            outcome.refused.append((index, DisputeOpen(detail, number=statement.number)))
        else:
            ready.append((index, statement))
    moved = move_all(
        [statement for _index, statement in ready],
        StatementStatus.CONFIRMED,
        table=STATEMENT_MOVES,
        actor=actor,
        at=at,
    )
    outcome.refused += [(ready[place][0], refusal) for place, refusal in moved.refused]
    outcome.done = moved.done
    for statement in moved.done:
        statement.confirmed_at = at
    Statement.objects.filter(pk__in=[statement.pk for statement in moved.done]).update(confirmed_at=at)
    outbox.record(statement_events("statement.confirmed", moved.done), actor=actor, at=at)
    return outcome


def lock_contracts_of(statement_ids: Iterable[int]) -> None:
    """Lock the contracts of statements, so that none is drafted or amended meanwhile."""
    contracts = Contract.objects.filter(
        pk__in=Statement.objects.filter(pk__in=set(statement_ids)).values("contract")
    )
    list(contracts.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk"))


def lock_statements(ids: Iterable[int]) -> dict[int, Statement]:
    """Lock statements in primary-key order; return them by id."""
    found = (
        Statement.objects.filter(pk__in=set(ids))
        .select_related("contract", "partner")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return {statement.pk: statement for statement in found}


def open_months_of(statements: Mapping[int, Statement]) -> dict[int, set[date]]:
    """Return, by contract, the months that are drafts yet."""
    months: dict[int, set[date]] = {each.contract_id: set() for each in statements.values()}
    drafts = Statement.objects.filter(contract__in=months, status=StatementStatus.DRAFT)
    for contract_id, month in drafts.values_list("contract_id", "month"):
        months[contract_id].add(month)
    return months


def no_such_statement() -> NoSuchStatement:
    """Return the refusal of a statement that isn't there."""
    return NoSuchStatement(_("There is no such statement."))


def issue_refusal(
    statement: Statement, actor: Principal, *, this_month: date, open_months: Mapping[int, set[date]]
) -> Refused | None:
    """Return why the draft can't be issued, or None."""
    number = statement.number
    refusal = refusal_to_move(statement, StatementStatus.ISSUED, table=STATEMENT_MOVES, actor=actor)
    if refusal is not None:
        return refusal
    if statement.month >= this_month:
        return MonthNotOver(_("The month of %(number)s is not over."), number=number)
    earlier = sorted(month for month in open_months[statement.contract_id] if month < statement.month)
    if earlier:
        detail = _("%(month)s of the same contract is a draft yet; issue it before %(number)s.")
        return EarlierDraft(detail, month=f"{earlier[0]:%Y-%m}", number=number)
    if statement.contract.updated_at > statement.drafted_at:
        detail = _("The contract was changed after %(number)s was computed; compute it anew.")
        return DraftIsStale(detail, number=number)
    return None


def refusal_to_move(
    document: Statement | LineDispute, to: str, *, table: MoveTable, actor: Principal
) -> Refused | None:
    """Return what ``move_all`` would refuse, or None: asked before things that go with the move are written."""
    move = table.find(document.status, to)
    if move is None:
        return illegal_move(document, to)
    if not actor.may(move.roles):
        detail = _("Your role may not move %(number)s from “%(here)s” to “%(there)s”.")
        return RoleMayNotMove(detail, number=document.number, here=document.status, there=to)
    return None
