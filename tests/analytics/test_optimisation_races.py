"""Two at once with one listing that is worked over; each with its control."""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db import IntegrityError

from analytics.drafts import ConclusionDraft, OptimisationDraft
from analytics.models import Optimisation
from analytics.operations import optimising
from analytics.operations.optimising import conclude_optimisations, drop_optimisations, open_optimisations
from ops_portal.lib import states
from ops_portal.lib.models import StateMove
from ops_portal.lib.testing import race
from tests.analytics.test_optimisations import NOW, begin, improve
from tests.catalog.listings import Desk, codes

pytestmark = pytest.mark.django_db(transaction=True)
LOCKS = pytest.mark.parametrize("locks", [True, False])


@pytest.fixture
def desk():
    desk = Desk()
    desk.approved()
    return desk


def without_locks(monkeypatch):
    """Let both look before either writes."""
    pair = Barrier(2)

    def look(found, numbers):
        seen = {each.number: each for each in found.filter(number__in=set(numbers))}
        pair.wait(20)
        return seen

    monkeypatch.setattr(states, "lock_numbered", look)


@LOCKS
@pytest.mark.parametrize("second", ["conclude", "drop"])
def test_one_optimisation_is_finished_by_two_at_once(monkeypatch, desk, second, locks):
    """Without the lock both are told that they finished it, and it is moved twice."""
    number = begin(desk).one().number
    improve(desk)

    def conclude(verdict="better"):
        return conclude_optimisations([ConclusionDraft(number, verdict)], actor=desk.writer, at=NOW)

    def other():
        if second == "conclude":
            return conclude("worse")
        return drop_optimisations([number], reason="x", actor=desk.approver, at=NOW)

    if not locks:
        without_locks(monkeypatch)
    answers = race([conclude, other])
    found = Optimisation.objects.get()
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["illegal_move"]]
        done = next(answer for answer in answers if answer.done).one()
        assert (found.status, found.verdict) == (done.status, done.verdict)
        assert StateMove.objects.filter(document_number=number).count() == 2
    else:
        assert [codes(answer) for answer in answers] == [[], []]
        assert StateMove.objects.filter(document_number=number).count() == 3


@LOCKS
def test_one_listing_is_taken_on_by_two_at_once(monkeypatch, desk, locks):
    """Without the lock of the listing one of them runs into the database's own rule."""
    draft = OptimisationDraft(desk.listing().number, "sales", "x")
    if not locks:
        pair, unable = Barrier(2), optimising.unable_to_open

        def wait(*given):
            pair.wait(20)
            return unable(*given)

        monkeypatch.setattr(optimising, "lock_listings", lambda numbers: {
            each.number: each for each in optimising.Listing.objects.filter(number__in=numbers)
        })  # fmt: skip
        monkeypatch.setattr(optimising, "unable_to_open", wait)
    answers = race([lambda: open_optimisations([draft], actor=desk.writer, at=NOW)] * 2)
    assert Optimisation.objects.count() == 1
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["optimisation_under_way"]]
    else:
        assert any(isinstance(answer, IntegrityError) for answer in answers)
