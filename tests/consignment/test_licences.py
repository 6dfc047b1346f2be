"""Listings whose contract lapsed: named on the day after its last, and no others."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from catalog.choices import DelistCause, ListingStatus
from catalog.models import Listing, ListingRule
from catalog.operations.listing_rules import apply_listing_rules
from consignment.queries.licences import lapsed_listings
from tests.catalog.listings import Desk
from tests.consignment.conftest import agency_shop, make_contract, make_partner
from tests.factories import ACTOR, make_warehouse, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing():
    desk = Desk()
    desk.approved()
    receive(desk.sku, 5, warehouse=make_warehouse("W"))
    make_partner("P-ACME", "ACME")
    return Listing.objects.get()


def test_a_listing_is_covered_to_the_last_day_and_lapsed_on_the_next(listing):
    make_contract(ends_on=date(2026, 11, 20))
    assert lapsed_listings(date(2026, 11, 20)) == set()
    assert lapsed_listings(date(2026, 11, 21)) == {listing.pk}


def test_a_brand_that_never_had_a_contract_lapses_never(listing):
    assert lapsed_listings(date(2030, 1, 1)) == set()


def test_a_contract_of_another_shop_neither_covers_nor_lapses(listing):
    agency_shop("S2")
    make_contract(ends_on=date(2026, 11, 20), shops=("S2",))
    assert lapsed_listings(date(2026, 11, 21)) == set()


def test_the_next_contract_covers_from_its_first_day(listing):
    make_contract(ends_on=date(2026, 11, 20))
    make_contract(starts_on=date(2026, 11, 25))
    assert lapsed_listings(date(2026, 11, 24)) == {listing.pk}
    assert lapsed_listings(date(2026, 11, 25)) == set()


def test_the_rule_takes_it_off_after_the_last_day_in_shanghai_and_puts_it_back_with_the_next_contract(
    listing,
):
    ListingRule.objects.create(cause=DelistCause.LICENCE, hours=0)
    make_contract(ends_on=date(2026, 11, 20))
    make_contract(starts_on=date(2026, 11, 25))
    statuses = []
    for at in (
        datetime(2026, 11, 20, 15, 59, tzinfo=UTC),
        datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 24, 16, 0, tzinfo=UTC),
    ):
        apply_listing_rules(actor=ACTOR, at=at)
        statuses.append(Listing.objects.get().status)
    assert statuses == [ListingStatus.LIVE, ListingStatus.OFF, ListingStatus.LIVE]
