"""Every move of a table, by every role."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Model

from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused
from ops_portal.lib.states import IllegalMove, MoveTable, RoleMayNotMove, move_all


def assert_moves_follow_table(
    table: MoveTable,
    statuses: Iterable[str],
    roles: Iterable[str],
    make: Callable[[str], Model],
    *,
    at: datetime,
) -> int:
    """Try every (from, to, role) and hold the answer against ``table``; return how many were tried.

    ``make`` gives a document in a status. A move that goes through must leave exactly one record with its actor.
    """
    places, everyone = list(statuses), list(roles)
    documents = {here: make(here) for here in places}
    tried = 0
    for here in places:
        for there in places:
            for role in everyone:
                tried += 1
                actor = Principal("person", f"tester-{role}", roles=frozenset({role}))
                expected = expected_refusal(table, here, there, role)
                got = try_move(documents[here], here, there, table, actor, at=at)
                case = f"{here} → {there} by {role}"
                assert got is expected, f"{case}: expected {expected}, got {got}"
    return tried


def expected_refusal(table: MoveTable, here: str, there: str, role: str) -> type[Refused] | None:
    move = table.find(here, there)
    if move is None:
        return IllegalMove
    return None if role in move.roles else RoleMayNotMove


def try_move(
    document: Model, here: str, there: str, table: MoveTable, actor: Principal, *, at: datetime
) -> type[Refused] | None:
    """Move the document and put it back; return the class of the refusal, None where it moved."""
    before = StateMove.objects.count()
    outcome = move_all([document], there, table=table, actor=actor, at=at)
    moved = bool(outcome.done)
    records = StateMove.objects.order_by("-pk")[: StateMove.objects.count() - before]
    assert [record.actor for record in records] == [str(actor)] * moved
    type(document)._default_manager.filter(pk=document.pk).update(status=here)
    document.status = here  # type: ignore[attr-defined]
    return None if moved else type(outcome.refused[0][1])
