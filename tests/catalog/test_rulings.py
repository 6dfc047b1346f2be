"""What rules did with listings: it waits for whoever is responsible, is told once, and says what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from catalog.choices import OWN, DelistCause, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.mailing_of_rulings import tell_of_rulings
from catalog.models import Listing, ListingRule, ListingRuling
from catalog.operations.documents import post_stock_documents
from catalog.operations.listing_rules import apply_listing_rules
from catalog.operations.listings import delist_listings, relist_listings
from catalog.operations.rulings import SeenDraft, acknowledge_rulings
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.desk.models import Team
from ops_portal.desk.queries.inbox import inbox
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.batches import codes_of
from tests.catalog.listings import Desk
from tests.factories import ACTOR, NOON, make_warehouse, receive
from tests.house.agency import person as somebody

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LIST = "/admin/listings/by-rule/"


@pytest.fixture(autouse=True)
def english(settings):
    settings.PORTAL_MAIL_LANGUAGE = "en"
    settings.PORTAL_ADDRESS = "https://portal.example"


@pytest.fixture
def desk():
    """A live listing of a shop, of which nothing is there, and a rule that takes it off at once."""
    desk = Desk()
    desk.approved()
    with acting_as(ACTOR):
        ListingRule.objects.create(cause=DelistCause.SOLD_OUT, hours=0)
    return desk


def sweep(hours=0):
    apply_listing_rules(actor=ACTOR, at=NOON + 24 * HOUR + hours * HOUR)


def told(hours=0):
    mail.outbox.clear()
    tell_of_rulings(actor=ACTOR, at=NOON + 24 * HOUR + hours * HOUR)
    return [(message.to[0], message.subject) for message in mail.outbox]


def fill(desk, units=5):
    receive(desk.sku, units, warehouse=make_warehouse("W"))


def empty(desk):
    """Book all that is there out again."""
    place = make_warehouse("W")
    line = StockLineDraft(desk.sku.pk, place.pk, OWN, 5, StockState.AVAILABLE, StockState.OUTSIDE)
    draft = StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))
    post_stock_documents([draft], actor=ACTOR, at=NOON).one()


def stands():
    return list(ListingRuling.objects.order_by("pk").values_list("status", flat=True))


def writer():
    """Let whoever wrote the listing see its shop and read mails; return the person."""
    user = User.objects.get(username="wen")
    with acting_as(ACTOR):
        Grant.objects.create(user=user, kind=GrantKind.SHOP, code="S1")
        User.objects.filter(pk=user.pk).update(email="writer@example.com")
    return user


def test_taken_off_and_put_back_is_one_entry_that_waits_twice_and_is_told_twice(desk):
    lin = writer()
    sweep()
    ruling = ListingRuling.objects.get()
    assert (ruling.status, ruling.cause, ruling.owner, ruling.hours) == ("off", "sold_out", lin, 0)
    assert told() == [("writer@example.com", "1 listing moved by rule")]
    body = mail.outbox[0].body
    assert "everything that it offers is sold out" in body
    assert "Order more, or take in what has come" in body
    assert "https://portal.example/admin/listings/by-rule/" in body
    sweep(1)
    assert (told(1), stands()) == ([], ["off"])
    fill(desk)
    sweep(2)
    assert told(2) == [("writer@example.com", "1 listing moved by rule")]
    assert "buyers see it again" in mail.outbox[0].body
    ruling.refresh_from_db()
    assert (ruling.status, ruling.back_at) == ("back", NOON + 26 * HOUR)
    assert told(3) == []


def test_whoever_has_seen_it_is_left_in_peace_until_it_is_back(desk):
    lin = writer()

    def waits():
        return [row.number for row in inbox(lin, {}, at=NOON).page.rows]

    sweep()
    number = ListingRuling.objects.get().number
    assert number in waits()
    actor = desk.writer
    seen = acknowledge_rulings([SeenDraft(number, " ordered ")], actor=actor, at=NOON).one()
    assert (seen.status, seen.note, seen.acknowledged_by) == ("known", "ordered", lin)
    assert (waits(), told()) == ([], [])
    assert codes_of(acknowledge_rulings([SeenDraft(number)], actor=actor, at=NOON)) == ["illegal_move"]
    fill(desk)
    sweep(2)
    assert (number in waits(), len(told(2))) == (True, 1)
    assert acknowledge_rulings([SeenDraft(number)], actor=actor, at=NOON).one().status == "seen"
    assert waits() == []


def test_what_comes_and_goes_stays_one_entry_until_somebody_has_seen_that_it_is_back(desk):
    sweep()
    for hours in (1, 3):
        fill(desk)
        sweep(hours)
        assert stands() == ["back"]
        empty(desk)
        sweep(hours + 1)
        assert stands() == ["off"]
    fill(desk)
    sweep(6)
    number = ListingRuling.objects.get().number
    acknowledge_rulings([SeenDraft(number)], actor=ACTOR, at=NOON).one()
    empty(desk)
    sweep(7)
    assert stands() == ["seen", "off"]


def test_what_a_person_puts_back_is_over_and_nobody_is_told(desk):
    sweep()
    number = Listing.objects.get().number
    relist_listings([number], actor=ACTOR, at=NOON + 25 * HOUR).one()
    sweep(2)
    assert stands() == ["over"]
    writer()
    assert told() == []


def test_what_a_person_takes_off_is_no_affair_of_the_rules(desk):
    delist_listings([Listing.objects.get().number], reason="season over", actor=ACTOR, at=NOON + HOUR)
    sweep()
    assert stands() == []


@pytest.mark.parametrize("gone", ["is_active", "roles", "shops"])
def test_without_its_writer_it_waits_for_the_team(desk, gone):
    lin = writer()
    with acting_as(ACTOR):
        if gone == "is_active":
            User.objects.filter(pk=lin.pk).update(is_active=False)
        elif gone == "roles":
            User.objects.filter(pk=lin.pk).update(roles=[Role.WAREHOUSE])
        else:
            Grant.objects.filter(user=lin).delete()
        mei = somebody("mei", Role.OPERATIONS_MANAGER)
        User.objects.filter(pk=mei.pk).update(email="mei@example.com")
        team = Team.objects.create(code="T", name="T", queues=["listing_ruled"])
        team.members.add(mei)
    sweep()
    assert ListingRuling.objects.get().owner is None
    assert told() == [("mei@example.com", "1 listing moved by rule")]


def test_where_no_mail_gets_out_it_is_tried_again(desk, settings):
    writer()
    sweep()
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    settings.EMAIL_HOST = "127.0.0.1"
    assert told() == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert len(told()) == 1


def test_the_database_holds_one_open_entry_a_listing(desk):
    sweep()
    row = ListingRuling.objects.values().get() | {"id": None, "number": "LR2"}
    with pytest.raises(IntegrityError, match="listing_ruling_once"), acting_as(ACTOR), transaction.atomic():
        ListingRuling.objects.create(**row)


# -- the pages -------------------------------------------------------------------------------------------------


def browser(name, *roles, shops=("S1",)):
    client = Client()
    user = somebody(name, *roles, shops=shops, brands=("ACME",))
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def test_an_empty_list_says_of_what_it_is_empty(desk):
    lin = browser("lin", Role.ONSITE_OPERATOR)
    for asked, text in (
        ({}, "No rule moved a listing that nobody has seen."),
        ({"status": "all"}, "No rule has moved a listing yet."),
        ({"status": "all", "q": "COAT"}, "No listing here meets these filters."),
    ):
        assert text in lin.get(LIST, asked).content.decode()


def test_the_page_says_which_rule_why_and_what_to_do_and_is_ticked_off_with_a_note(desk):
    lin = browser("lin", Role.ONSITE_OPERATOR)
    sweep()
    number = ListingRuling.objects.get().number
    page = lin.get(LIST).content.decode()
    for text in (
        "Sold out",
        "everything that it offers is sold out",
        "Order more",
        "/admin/replenishment/",
        number,
    ):
        assert text in page
    assert "Choose at least one" in lin.post(LIST + "act/", {}, follow=True).content.decode()
    lin.post(LIST + "act/", {"number": number, "note": "ordered"})
    assert number not in lin.get(LIST).content.decode()
    everything = lin.get(LIST, {"status": "all", "q": number}).content.decode()
    assert ("ordered" in everything, "Taken off, seen" in everything) == (True, True)


def test_the_list_of_listings_tells_what_a_rule_took_off_from_what_a_person_did(desk):
    lin = browser("lin", Role.ONSITE_OPERATOR)
    other = Desk(sku="OTHER-1")
    other.approved()
    fill(other)
    delist_listings([other.listing().number], reason="season over", actor=ACTOR, at=NOON + HOUR).one()
    sweep()
    ruled, by_hand = desk.listing().number, other.listing().number
    page = lin.get("/admin/listings/?tab=off").content.decode()
    assert (ruled in page, by_hand in page, page.count("by rule</a>")) == (True, True, 1)
    narrowed = lin.get("/admin/listings/?tab=off&ruled=1").content.decode()
    assert (ruled in narrowed, by_hand in narrowed) == (True, False)


def test_nobody_sees_or_ticks_off_what_rules_did_in_another_shop(desk):
    sweep()
    number = ListingRuling.objects.get().number
    far = browser("far", Role.ONSITE_OPERATOR, shops=("S9",))
    assert number not in far.get(LIST, {"status": "all"}).content.decode()
    far.post(LIST + "act/", {"number": number})
    assert stands() == ["off"]
    amy = browser("amy", Role.CUSTOMER_SERVICE)
    assert amy.get(LIST).status_code == 403
    assert amy.post(LIST + "act/", {"number": number}).status_code == 403
    manager = browser("boss", Role.MANAGEMENT)
    assert manager.get(LIST).status_code == 200
    assert manager.post(LIST + "act/", {"number": number}).status_code == 403
