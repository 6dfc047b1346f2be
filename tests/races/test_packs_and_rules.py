"""One pack sent back by two, and the rules of delisting applied by two, at once; each with its control."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from catalog.choices import DelistCause
from catalog.drafts import PackDraft
from catalog.models import Brand, ListingRule, ListingRuleHit
from catalog.operations.listing_rules import apply_listing_rules
from catalog.operations.packs import receive_packs, return_packs
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.testing import race
from tests.catalog.listings import Desk, codes
from tests.factories import ACTOR, NOON
from tests.races.unlocked import Unlocked, lingering

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(days=1)


@pytest.mark.parametrize("locks", [True, False])
def test_one_pack_is_sent_back_by_two_at_once(locks):
    """Without the lock both send it back, and its supplier hears of it twice."""
    with acting_as(ACTOR):
        Brand.objects.create(code="ACME", name="Acme")
    number = receive_packs([PackDraft("ACME", "Tea", source_key="P1")], actor=ACTOR, at=NOON).one().number
    runners = [
        lambda reason=reason: return_packs([number], reason=reason, actor=ACTOR, at=LATER)
        for reason in ("no pictures", "no price")
    ]
    if not locks:
        runners = [*map(Unlocked('FROM "catalog_materialpack".*FOR NO KEY UPDATE'), runners)]
    answers = race(runners)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    assert sorted(codes(answer) for answer in answers) == ([[], ["illegal_move"]] if locks else [[], []])
    assert StateMove.objects.filter(to_status="returned").count() == (1 if locks else 2)


@pytest.mark.parametrize("locks", [True, False])
def test_the_rules_are_applied_by_two_at_once(locks):
    """Without the lock both see the cause for the first time, and one of them fails."""
    Desk(shop="RULED", sku="RULED").approved()
    with acting_as(ACTOR):
        ListingRule.objects.create(cause=DelistCause.SOLD_OUT, hours=0)
    runners = [lambda: apply_listing_rules(actor=ACTOR, at=LATER)] * 2
    if locks:
        runners = [lingering(run, "catalog_listingrulehit") for run in runners]
    else:
        runners = [*map(Unlocked('FROM "catalog_listingrulehit"'), runners)]
    answers = race(runners)
    if locks:
        assert sorted(len(answer.delisted) for answer in answers) == [0, 1]
    else:
        assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [IntegrityError]
    assert (ListingRuleHit.objects.count(), StateMove.objects.filter(to_status="off").count()) == (1, 1)
