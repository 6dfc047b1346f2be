"""One pack sent back by two, one check settled by two, rules applied by two, at once; each with its control."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from catalog.choices import LISTING_MOVES, CheckKind, DelistCause
from catalog.drafts import PackDraft
from catalog.models import Brand, GoodsCheck, ListingRule, ListingRuleHit
from catalog.operations.goods_checks import SettleDraft, settle_checks
from catalog.operations.listing_rules import apply_listing_rules
from catalog.operations.packs import receive_packs, return_packs
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.testing import race
from tests.catalog.listings import Desk, codes
from tests.factories import ACTOR, NOON, make_sku
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
    taken_off = StateMove.objects.filter(document_kind=LISTING_MOVES.kind, to_status="off")
    assert (ListingRuleHit.objects.count(), taken_off.count()) == (1, 1)


@pytest.mark.parametrize("locks", [True, False])
def test_one_check_of_goods_is_settled_by_two_at_once(locks):
    """Without the lock both are told that it is done as they say, and one of them is wrong."""
    found = {"kind": CheckKind.NO_SALE, "figure": 1, "limit": 1, "days": 30, "quiet_days": 30}
    with acting_as(ACTOR):
        GoodsCheck.objects.create(
            number="GC-1", sku=make_sku("TEA"), created_at=NOON, updated_at=NOON, **found
        )
    runners = [
        lambda note=note: settle_checks([SettleDraft("GC-1", "keep", note)], actor=ACTOR, at=LATER)
        for note in ("it is new", "it is winter")
    ]
    if not locks:
        runners = [*map(Unlocked('FROM "catalog_goodscheck".*FOR NO KEY UPDATE'), runners)]
    answers = race(runners)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    assert sorted(codes(answer) for answer in answers) == ([[], ["illegal_move"]] if locks else [[], []])
    assert StateMove.objects.filter(to_status="settled").count() == (1 if locks else 2)
