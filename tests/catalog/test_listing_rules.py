"""Listings go off the shelf and come back by rule."""

from __future__ import annotations

from datetime import timedelta

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.choices import OWN, DelistCause, ListingStatus, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Listing, ListingRule, ListingRuleHit, ListingRuling, ListingVersion, Sku
from catalog.operations.documents import post_stock_documents
from catalog.operations.listing_rules import apply_listing_rules
from catalog.operations.listings import delist_listings, relist_listings
from catalog.signals import before_publication, listing_licences
from ops_portal.accounts.choices import Role
from ops_portal.lib.models import StateMove
from ops_portal.lib.refusals import Refused
from ops_portal.outbox.drafts import EndpointDraft
from ops_portal.outbox.models import Event
from ops_portal.outbox.operations.endpoints import open_endpoints
from tests.accounts.people import person as someone
from tests.catalog.listings import Desk
from tests.factories import ACTOR, NOON, make_warehouse, receive

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def english(settings):
    settings.PORTAL_MAIL_LANGUAGE = "en"


@pytest.fixture
def desk():
    desk = Desk()
    desk.approved()
    return desk


@pytest.fixture
def place():
    return make_warehouse("W")


def rule(cause=DelistCause.SOLD_OUT, hours=2, **more):
    return ListingRule.objects.create(cause=cause, hours=hours, **more)


def run(hours=0):
    """Apply the rules so many hours after the listing went live; return what went off and what came back."""
    applied = apply_listing_rules(actor=ACTOR, at=NOON + 24 * HOUR + hours * HOUR)
    return len(applied.delisted), len(applied.relisted)


def status():
    return Listing.objects.get().status


def take(sku, place, units, batch=""):
    line = StockLineDraft(
        sku.pk, place.pk, OWN, units, StockState.AVAILABLE, StockState.OUTSIDE, batch_code=batch
    )
    post_stock_documents(
        [StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))], actor=ACTOR, at=NOON
    ).one()


def test_what_is_sold_out_for_two_hours_goes_off_with_the_reason_and_comes_back_with_the_goods(desk, place):
    rule(hours=2)
    assert [run(0), run(1.9)] == [(0, 0), (0, 0)]
    assert run(2) == (1, 0)
    assert status() == ListingStatus.OFF
    move = StateMove.objects.filter(document_kind="listing").latest("pk")
    assert (move.from_status, move.to_status, move.reason) == (
        "live",
        "off",
        "By rule: everything that it offers is sold out.",
    )
    assert run(3) == (0, 0)
    receive(desk.sku, 1, warehouse=place)
    assert run(4) == (0, 1)
    assert status() == ListingStatus.LIVE
    assert not ListingRuleHit.objects.exists()


def test_hours_begin_anew_when_goods_came_between(desk, place):
    rule(hours=2)
    run(0)
    receive(desk.sku, 1, warehouse=place)
    assert run(1) == (0, 0)
    take(desk.sku, place, 1)
    assert [run(2), run(3.9), run(4)] == [(0, 0), (0, 0), (1, 0)]


def test_what_a_person_took_off_stays_off(desk, place):
    rule(hours=0)
    number = Listing.objects.get().number
    delist_listings([number], reason="season is over", actor=ACTOR, at=NOON + HOUR)
    assert run(0) == (0, 0)
    receive(desk.sku, 9, warehouse=place)
    assert run(1) == (0, 0)
    assert status() == ListingStatus.OFF


def test_what_a_rule_took_off_and_a_person_put_back_and_took_off_again_stays_off(desk, place):
    rule(hours=0)
    assert run(0) == (1, 0)
    number = Listing.objects.get().number
    relist_listings([number], actor=ACTOR, at=NOON + 25 * HOUR)
    assert run(2) == (0, 0)  # not overruled while the cause holds
    assert status() == ListingStatus.LIVE
    delist_listings([number], reason="for good", actor=ACTOR, at=NOON + 27 * HOUR)
    receive(desk.sku, 9, warehouse=place)
    assert run(4) == (0, 0)
    assert status() == ListingStatus.OFF


def test_after_goods_were_back_the_rule_acts_again_on_what_a_person_put_back(desk, place):
    rule(hours=0)
    run(0)
    relist_listings([Listing.objects.get().number], actor=ACTOR, at=NOON + 25 * HOUR)
    receive(desk.sku, 1, warehouse=place)
    assert run(2) == (0, 0)
    take(desk.sku, place, 1)
    assert run(3) == (1, 0)


def test_without_a_rule_or_with_one_that_is_off_nothing_goes(desk):
    assert run(0) == (0, 0)
    rule(hours=0, is_on=False)
    assert [run(0), run(9)] == [(0, 0), (0, 0)]


def test_the_rule_of_a_shop_goes_before_that_of_all(desk):
    rule(hours=0)
    own = rule(hours=0, channel=desk.channel, is_on=False)
    assert run(1) == (0, 0)
    ListingRule.objects.filter(pk=own.pk).update(is_on=True, hours=5)
    assert [run(1), run(5), run(6)] == [(0, 0), (0, 0), (1, 0)]


def test_a_rule_that_does_not_put_back_leaves_it_off(desk, place):
    rule(hours=0, relists=False)
    assert run(0) == (1, 0)
    receive(desk.sku, 9, warehouse=place)
    assert run(1) == (0, 0)
    assert status() == ListingStatus.OFF


def test_goods_past_their_last_day_of_sale_are_their_own_cause(place):
    desk = Desk()
    Sku.objects.filter(pk=desk.sku.pk).update(tracks_batches=True, ship_days=30)
    desk.sku.refresh_from_db()
    desk.approved()
    rule(DelistCause.STOP_SALE, hours=0)
    day = NOON.date()
    receive(desk.sku, 5, warehouse=place, batch="OLD", expires_on=day + timedelta(days=30))
    assert run(0) == (1, 0)  # a day later: 29 days left
    receive(desk.sku, 5, warehouse=place, batch="NEW", expires_on=day + timedelta(days=300))
    assert run(1) == (0, 1)


def test_a_discontinued_variant_counts_as_sold_out(desk, place):
    rule(hours=0)
    receive(desk.sku, 9, warehouse=place)
    assert run(0) == (0, 0)
    Sku.objects.filter(pk=desk.sku.pk).update(is_active=False)
    assert run(1) == (1, 0)


def test_goods_are_back_but_past_their_date_so_it_stays_off(place):
    desk = Desk()
    Sku.objects.filter(pk=desk.sku.pk).update(tracks_batches=True)
    desk.sku.refresh_from_db()
    desk.approved()
    rule(hours=0)
    rule(DelistCause.STOP_SALE, hours=0)
    assert run(0) == (1, 0)
    receive(desk.sku, 5, warehouse=place, batch="OLD", expires_on=NOON.date() - timedelta(days=1))
    assert run(1) == (0, 0)
    receive(desk.sku, 5, warehouse=place, batch="NEW", expires_on=NOON.date() + timedelta(days=90))
    assert run(2) == (0, 1)


def test_a_listing_whose_contract_lapsed_goes_off_and_comes_back_with_the_next(desk, place):
    receive(desk.sku, 9, warehouse=place)
    rule(DelistCause.LICENCE, hours=0)
    lapsed = [Listing.objects.get().pk]

    def answer(sender, *, at, **_):
        return lapsed

    listing_licences.connect(answer)
    try:
        assert run(0) == (1, 0)
        assert (
            StateMove.objects.filter(document_kind="listing").latest("pk").reason
            == "By rule: no contract covers the brand in this shop any more."
        )
        lapsed.clear()
        assert run(1) == (0, 1)
    finally:
        listing_licences.disconnect(answer)


def test_a_veto_keeps_it_off_and_it_is_tried_again(desk, place):
    rule(hours=0)
    run(0)
    receive(desk.sku, 9, warehouse=place)

    def veto(sender, *, versions, **_):
        return {version.pk: Refused("no") for version in versions}

    before_publication.connect(veto)
    try:
        assert run(1) == (0, 0)
    finally:
        before_publication.disconnect(veto)
    assert run(2) == (0, 1)


def test_partners_of_the_brand_hear_of_both(desk, place):
    partner = someone("acme", roles=[Role.BRAND_PARTNER], brands=[desk.product.brand.code])
    open_endpoints([EndpointDraft(partner.pk, "https://acme.example/hook")], actor=ACTOR, at=NOON).one()
    rule(hours=0)
    run(0)
    receive(desk.sku, 9, warehouse=place)
    run(1)
    told = Event.objects.filter(kind__startswith="listing.").order_by("pk")
    facts = {"shop": "S1", "product": desk.product.code}
    assert [(event.kind, event.facts) for event in told] == [
        ("listing.delisted", facts | {"cause": "sold_out"}),
        ("listing.relisted", facts),
    ]


def test_a_listing_without_variants_is_left_alone(desk):
    version = Listing.objects.get().live
    with pgtrigger.ignore("catalog.ListingVersion:stands_still"):
        ListingVersion.objects.filter(pk=version.pk).update(content={"title": "Tea"})
    rule(hours=0)
    assert run(1) == (0, 0)


def test_as_many_statements_for_one_listing_as_for_three(place):
    counts = []
    rule(hours=0)
    for number in range(1, 4):
        desk = Desk(shop=f"S{number}", sku=f"TEA-{number}")
        desk.approved()
        if number == 2:
            continue
        if number == 3:
            Listing.objects.filter(status=ListingStatus.OFF).update(status=ListingStatus.LIVE)
            ListingRuleHit.objects.all().delete()
            ListingRuling.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            assert run(number) == ((1, 0) if number == 1 else (3, 0))
        counts.append(len([q for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts[0] == counts[1]
    assert counts[0] <= 25
