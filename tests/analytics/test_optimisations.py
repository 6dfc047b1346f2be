"""Listings that are worked over: what buyers saw before is compared with what they see after, and kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from analytics.drafts import ConclusionDraft, OptimisationDraft
from analytics.models import Optimisation
from analytics.operations.optimising import conclude_optimisations, drop_optimisations, open_optimisations
from analytics.queries.optimisations import effect_of
from catalog.drafts import ApprovalDraft, ListingDraft, VersionDraft
from catalog.models import Sku
from catalog.operations import listings
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.batches import codes_of
from orders.models import Order, OrderLine, Shop
from orders.operations.placing import place_orders
from tests.catalog.listings import LATER, Desk, person
from tests.catalog.test_price_changes import browser
from tests.factories import ACTOR, make_warehouse, order_draft, receive
from tests.house.agency import person as somebody

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGUN = LATER + DAY
APPROVED = BEGUN + 9 * DAY
NOW = APPROVED + 10 * DAY


@pytest.fixture
def desk():
    desk = Desk()
    desk.approved()
    return desk


def begin(desk, **given):
    draft = OptimisationDraft(desk.listing().number, given.pop("cause", "sales"), "a better title")
    return open_optimisations([draft], actor=given.pop("actor", desk.writer), at=BEGUN)


def improve(desk):
    draft = ListingDraft(desk.channel.code, desk.listing().product.code)
    version = listings.draft_listings([draft], actor=desk.writer, at=BEGUN).one()
    content = desk.content(title="Better tea")
    listings.write_versions(
        [VersionDraft(version.number, content, version.updated_at)], actor=desk.writer, at=BEGUN
    )
    listings.submit_versions([version.number], actor=desk.writer, at=BEGUN).one()
    listings.check_versions([version.number], actor=desk.checker, at=BEGUN).one()
    return listings.approve_versions([ApprovalDraft(version.number)], actor=desk.approver, at=APPROVED).one()


def sell(desk, units, at, refund="0"):
    sku = Sku.objects.get(code="TEA-1")
    shop = Shop.objects.for_placing().get(code=desk.channel.code)
    order = place_orders([order_draft(shop, (sku, units))], actor=ACTOR, at=at).one()
    with acting_as(ACTOR):
        orders = Order.objects.filter(number=order.number)
        orders.update(paid_at=at)
        OrderLine.objects.filter(order__in=orders).update(refund_amount=Decimal(refund))


def test_units_and_refunds_are_compared_over_stretches_of_one_length(desk):
    receive(Sku.objects.get(code="TEA-1"), 100, warehouse=make_warehouse("MAIN"))
    optimisation = begin(desk).one()
    assert effect_of(optimisation, at=NOW) is None
    sell(desk, 50, APPROVED - 11 * DAY)  # before the stretch
    sell(desk, 4, APPROVED - 2 * DAY, refund="1")
    improve(desk)
    sell(desk, 10, APPROVED + DAY)
    found = Optimisation.objects.get()
    effect = effect_of(found, at=NOW)
    assert (effect.before.units, effect.after.units, effect.before.days) == (4, 10, "10.00")
    assert (effect.change, effect.after.refund_rate) == (Decimal("1.5"), Decimal(0))
    assert effect.before.refund_rate > 0


def test_what_came_of_it_is_kept_whatever_comes_after(desk):
    receive(Sku.objects.get(code="TEA-1"), 100, warehouse=make_warehouse("MAIN"))
    number = begin(desk).one().number
    early = [ConclusionDraft(number, "better")]
    assert codes_of(conclude_optimisations(early, actor=desk.writer, at=NOW)) == ["nothing_new"]
    improve(desk)
    sell(desk, 10, APPROVED + DAY)
    assert codes_of(conclude_optimisations([ConclusionDraft(number, "odd")], actor=desk.writer, at=NOW)) == [
        "unknown_word"
    ]
    done = conclude_optimisations(
        [ConclusionDraft(number, "better", "titles matter")], actor=desk.writer, at=NOW
    ).one()
    assert (done.status, done.after_id, done.figures["after"]["units"]) == (
        "done",
        desk.listing().live_id,
        10,
    )
    sell(desk, 10, APPROVED + 2 * DAY)
    assert effect_of(Optimisation.objects.get(), at=NOW).after.units == 10
    assert codes_of(conclude_optimisations(early, actor=desk.writer, at=NOW)) == ["illegal_move"]


def test_a_listing_is_worked_over_once_at_a_time_and_only_what_was_live(desk):
    assert codes_of(begin(desk, cause="boredom")) == ["unknown_word"]
    first = begin(desk).one()
    assert codes_of(begin(desk)) == ["optimisation_under_way"]
    assert codes_of(open_optimisations([OptimisationDraft("L9", "sales")], actor=desk.writer, at=BEGUN)) == [
        "not_live"
    ]
    first.pk, first.number = None, "OT-2"
    with pytest.raises(IntegrityError), acting_as(ACTOR), transaction.atomic():
        first.save(force_insert=True)
    Optimisation.objects.get()
    assert drop_optimisations(["OT00000000"], reason="", actor=desk.writer, at=BEGUN).refused
    begun = Optimisation.objects.get().number
    assert (
        drop_optimisations([begun], reason="no time", actor=desk.writer, at=BEGUN).one().status == "dropped"
    )
    assert begin(desk).one().number != begun


def test_the_database_keeps_before_and_after_of_what_is_done(desk):
    begin(desk).one()
    with pytest.raises(IntegrityError), acting_as(ACTOR), transaction.atomic():
        Optimisation.objects.update(status="done", verdict="better")


def test_it_begins_on_the_page_of_a_live_listing_and_ends_with_a_verdict(desk):
    receive(Sku.objects.get(code="TEA-1"), 100, warehouse=make_warehouse("MAIN"))
    lin, number = browser("lin9", Role.ONSITE_OPERATOR), desk.listing().number
    new = f"/admin/optimisations/new/?listing={number}"
    assert new.replace("&", "&amp;") in lin.get(f"/admin/listings/{number}/").content.decode()
    address = lin.post(
        "/admin/optimisations/new/", {"listing": number, "cause": "sales", "note": "title"}
    ).url
    assert "Buyers still see the version before" in lin.get(address).content.decode()
    assert lin.get(new).url == address
    improve(desk)
    page = lin.get(address).content.decode()
    assert "Better" in page
    assert 'value="conclude"' in page
    lin.post(address + "act/", {"verb": "conclude", "verdict": "same", "conclusion": "titles don't matter"})
    assert Optimisation.objects.get().verdict == "same"
    assert "no different" in lin.get("/admin/optimisations/?status=done").content.decode()
    stranger = browser("far", Role.CUSTOMER_SERVICE)
    assert stranger.get(address).status_code == 403


def test_only_who_works_on_listings_begins_and_ends_it(desk):
    amy = person("amy", Role.CUSTOMER_SERVICE)
    assert codes_of(begin(desk, actor=amy)) == ["role_may_not_move"]
    number = begin(desk).one().number
    improve(desk)
    verdict = [ConclusionDraft(number, "better")]
    assert codes_of(conclude_optimisations(verdict, actor=amy, at=NOW)) == ["role_may_not_move"]
    assert codes_of(drop_optimisations([number], reason="x", actor=amy, at=NOW)) == ["role_may_not_move"]
    assert codes_of(conclude_optimisations(verdict * 2, actor=desk.writer, at=NOW)) == [
        "done",
        "illegal_move",
    ]
    assert codes_of(drop_optimisations([number, "OT9"], reason="x", actor=desk.writer, at=NOW)) == [
        "illegal_move", "no_such_optimisation",
    ]  # fmt: skip


def test_what_buyers_have_never_seen_is_not_worked_over(desk):
    number = Desk("S2", "TEA-2").draft().listing.number
    draft = OptimisationDraft(number, "sales")
    assert codes_of(open_optimisations([draft], actor=desk.writer, at=BEGUN)) == ["not_live"]


def test_an_optimisation_in_a_strangers_shop_is_not_there(desk):
    number = begin(desk).one().number
    far = somebody("far", Role.ONSITE_OPERATOR, shops=("S2",), brands=("ACME",))
    near = somebody("near", Role.ONSITE_OPERATOR, shops=(desk.channel.code,), brands=("ACME",))
    seen = [list(Optimisation.objects.visible_to(user)) for user in (far, near)]
    assert [[each.number for each in found] for found in seen] == [[], [number]]
