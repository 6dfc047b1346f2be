"""Two at once: for the last unit of a line, and for the same refund; each with its control."""

from __future__ import annotations

from decimal import Decimal
from threading import Barrier

import pytest

from aftersales.drafts import PaymentDraft
from aftersales.models import Case, CaseLine
from aftersales.operations import opening, refunding
from aftersales.operations.opening import open_cases
from aftersales.operations.refunding import refund_cases
from ops_portal.lib.models import StateMove
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.testing import race
from orders.models import Order, Refund
from tests.aftersales.houses import LATER, House, approved, books_agree, case_draft, codes
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)


def unlocked(model):
    """Return a lock that only looks, and lets the other one look too before either writes."""
    pair = Barrier(2)

    def look(ids):
        found = {row.pk: row for row in model.objects.filter(pk__in=set(ids))}
        pair.wait(20)
        return found

    return look


@pytest.mark.parametrize("locks", [True, False])
def test_two_cases_want_the_last_unit_of_a_line(monkeypatch, locks):
    """Without the order's lock both look before either writes, and even the database's own check sees only its own."""
    order = House().order()
    approved(order, 1)
    if not locks:
        monkeypatch.setattr(opening, "lock_orders", unlocked(Order))
        written = Barrier(2)  # and neither is through before the other has written
        monkeypatch.setattr(opening, "hold_orders", lambda orders, **given: written.wait(20))
    answers = race([lambda: open_cases([case_draft(order, 1)], actor=ACTOR, at=LATER)] * 2)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    units = sum(CaseLine.objects.values_list("units", flat=True))
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["too_many_units"]]
        assert units == 2
    else:
        assert units == 3


@pytest.mark.parametrize("locks", [True, False])
def test_one_case_is_paid_by_two_at_once(monkeypatch, locks):
    """Without the lock both see the case unpaid, and both are told that they paid it."""
    house = House()
    order = house.order((house.sku, 4))
    case = approved(order, 1)
    if not locks:
        monkeypatch.setattr(refunding, "lock_cases", unlocked(Case))
        monkeypatch.setattr(
            refunding,
            "lock_orders",
            lambda ids: {each.pk: each for each in Order.objects.filter(pk__in=set(ids))},
        )
    answers = race([lambda: refund_cases([PaymentDraft(case.pk)], actor=ACTOR, at=LATER)] * 2)
    paid = sum(Refund.objects.values_list("amount", flat=True))
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["already_refunded"]]
        assert paid == Order.objects.get(pk=order.pk).refund_amount == Decimal("10.00")
        assert books_agree()
    else:
        assert [codes(answer) for answer in answers] == [[], []]
        assert StateMove.objects.filter(document_kind="case_refund", to_status="paid").count() == 2
