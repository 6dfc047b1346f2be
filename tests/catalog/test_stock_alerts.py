"""Alerts of stock: when they open, that they open once, when they are over, and who hears of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.choices import OWN, AlertKind, AlertStatus, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.mailing import tell_teams
from catalog.models import Sku, StockAlert
from catalog.operations.alerting import AcknowledgeDraft, acknowledge_alerts, sweep_alerts
from catalog.operations.documents import post_stock_documents
from catalog.operations.limits import LimitDraft, set_limits
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.desk.models import Membership, Team
from ops_portal.lib.models import StateMove
from ops_portal.outbox.drafts import EndpointDraft
from ops_portal.outbox.models import Delivery, Event
from ops_portal.outbox.operations.endpoints import open_endpoints
from tests.accounts.people import person as someone
from tests.catalog.listings import person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 11)


@pytest.fixture
def place():
    return make_warehouse("W")


def sweep(at=NOON):
    return sweep_alerts(actor=ACTOR, at=at)


def move(sku, place, units, way, *, owner=OWN, batch=""):
    line = StockLineDraft(sku.pk, place.pk, owner, units, *way, batch_code=batch)
    draft = StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))
    post_stock_documents([draft], actor=ACTOR, at=NOON).one()


def take(sku, place, units, **more):
    """Let units leave the house."""
    move(sku, place, units, (StockState.AVAILABLE, StockState.OUTSIDE), **more)


def limits(sku, low, high=None):
    set_limits([LimitDraft(sku.code, "W", low, high)], actor=ACTOR, at=NOON).one()


def standing():
    """Return the alerts that are not over, by SKU and kind."""
    alerts = StockAlert.objects.exclude(status=AlertStatus.CLOSED).order_by("sku__code", "kind")
    return [(alert.sku.code, alert.kind, alert.units, alert.limit) for alert in alerts.select_related("sku")]


def test_fewer_than_the_lower_limit_are_too_few_and_as_many_are_not(place):
    few, enough = make_sku("A"), make_sku("B")
    for sku, units in ((few, 9), (enough, 10)):
        receive(sku, units, warehouse=place)
        limits(sku, 10)
    assert len(sweep().opened) == 1
    assert standing() == [("A", AlertKind.LOW, 9, 10)]


def test_all_owners_count_together(place):
    sku = make_sku("A")
    receive(sku, 6, warehouse=place)
    receive(sku, 6, warehouse=place, owner="BRAND")
    limits(sku, 10)
    assert sweep().opened == ()


def test_a_warehouse_full_of_them_does_not_help_the_one_that_has_few(place):
    sku = make_sku("A")
    receive(sku, 500, warehouse=make_warehouse("W2"))
    receive(sku, 3, warehouse=place)
    limits(sku, 10)
    sweep()
    assert standing() == [("A", AlertKind.LOW, 3, 10)]


def test_more_than_the_upper_limit_are_too_many_and_as_many_are_not(place):
    many, enough = make_sku("A"), make_sku("B")
    for sku, units in ((many, 101), (enough, 100)):
        receive(sku, units, warehouse=place)
        limits(sku, 1, 100)
    sweep()
    assert standing() == [("A", AlertKind.OVER, 101, 100)]


def test_no_unit_of_goods_with_a_lower_limit_is_sold_out_even_where_none_ever_came(place):
    limits(make_sku("A"), 5)
    sweep()
    assert standing() == [("A", AlertKind.OUT, 0, 5)]


def test_without_limits_goods_are_sold_out_where_they_were_sold_and_not_where_they_only_went_away(place):
    sold, gone = make_sku("A"), make_sku("B")
    for sku in (sold, gone):
        receive(sku, 2, warehouse=place)
    items = (ReservationItem(1, sold.pk, 2),)
    reserve_stock([ReservationRequest("order", "SO1", (), items)], actor=ACTOR, at=NOON)
    take(gone, place, 2)
    sweep()
    assert standing() == [("A", AlertKind.OUT, 0, None)]


def test_neither_a_limit_of_nothing_nor_an_inactive_sku_is_sold_out_and_a_bundle_never(place):
    idle, ended, bundle = make_sku("A"), make_sku("B"), make_sku("C")
    limits(idle, 0)
    limits(ended, 5)
    limits(bundle, 5)
    Sku.objects.filter(pk=ended.pk).update(is_active=False)
    Sku.objects.filter(pk=bundle.pk).update(is_bundle=True)
    assert sweep().opened == ()


def test_goods_that_are_being_cleared_may_run_out_and_an_alert_of_before_is_over(place):
    few, out, many = make_sku("A"), make_sku("B"), make_sku("C")
    receive(few, 3, warehouse=place), receive(many, 30, warehouse=place)
    limits(few, 5), limits(out, 5), limits(many, 5, 20)
    assert len(sweep().opened) == 3
    Sku.objects.update(stage="clearing")
    assert len(sweep().closed) == 2
    assert sweep().opened == ()
    assert StockAlert.objects.get(status="open").kind == "over"


def test_units_past_their_last_day_of_sale_do_not_count_as_there(place):
    sku = make_sku("A", tracks_batches=True)
    Sku.objects.filter(pk=sku.pk).update(ship_days=30)
    receive(sku, 50, warehouse=place, batch="B1", expires_on=TODAY + timedelta(days=29))
    receive(sku, 4, warehouse=place, batch="B2", expires_on=TODAY + timedelta(days=300))
    limits(sku, 10)
    sweep()
    assert standing() == [("A", AlertKind.LOW, 4, 10), ("A", AlertKind.STOP_SALE, 50, None)]


def test_a_batch_is_near_its_date_from_near_days_on_and_past_it_below_ship_days(place):
    sku = make_sku("A", tracks_batches=True)
    Sku.objects.filter(pk=sku.pk).update(near_days=60, ship_days=30)
    for batch, days in (("FAR", 61), ("NEAR", 60), ("LAST", 30), ("PAST", 29)):
        receive(sku, 5, warehouse=place, batch=batch, expires_on=TODAY + timedelta(days=days))
    sweep()
    kinds = dict(StockAlert.objects.values_list("batch__code", "kind"))
    near, past = AlertKind.NEAR_EXPIRY, AlertKind.STOP_SALE
    assert kinds == {"NEAR": near, "LAST": near, "PAST": past}


def test_as_days_pass_near_gives_way_to_past_and_each_opens_once(place):
    sku = make_sku("A", tracks_batches=True)
    Sku.objects.filter(pk=sku.pk).update(near_days=10)
    receive(sku, 5, warehouse=place, batch="B", expires_on=TODAY + timedelta(days=20))
    story = [(swept.opened, swept.closed) for swept in (sweep(NOON + timedelta(days=n)) for n in range(25))]
    opened = [day for day, (numbers, _closed) in enumerate(story) if numbers]
    closed = [day for day, (_opened, numbers) in enumerate(story) if numbers]
    assert (opened, closed) == ([10, 21], [21])
    assert standing() == [("A", AlertKind.STOP_SALE, 5, None)]


def test_a_batch_that_left_the_house_is_over(place):
    sku = make_sku("A", tracks_batches=True)
    receive(sku, 5, warehouse=place, batch="B", expires_on=TODAY - timedelta(days=1))
    assert len(sweep().opened) == 1
    take(sku, place, 5, batch="B")
    assert len(sweep().closed) == 1
    assert standing() == []


def test_while_an_alert_stands_open_or_acknowledged_there_is_no_second(place):
    sku = make_sku("A")
    receive(sku, 3, warehouse=place)
    limits(sku, 10)
    (number,) = sweep().opened
    assert sweep().opened == ()
    acknowledge_alerts([AcknowledgeDraft(number, "200 are ordered")], actor=ACTOR, at=NOON).one()
    assert sweep().opened == ()
    receive(sku, 20, warehouse=place)
    assert sweep().closed == (number,)
    take(sku, place, 20)
    (again,) = sweep().opened
    assert again != number


@pytest.mark.parametrize(("units", "is_over"), [(100, False), (109, False), (110, True)])
def test_too_few_is_over_a_tenth_above_the_limit(place, units, is_over):
    sku = make_sku("A")
    receive(sku, 99, warehouse=place)
    limits(sku, 100)
    sweep()
    receive(sku, units - 99, warehouse=place)
    assert bool(sweep().closed) is is_over


@pytest.mark.parametrize(("low", "units", "is_over"), [(100, 10, False), (100, 11, True), (1, 1, True)])
def test_sold_out_is_over_a_tenth_of_the_limit_and_a_unit_above_nothing(place, low, units, is_over):
    sku = make_sku("A")
    limits(sku, low)
    sweep()
    receive(sku, units, warehouse=place)
    assert bool(sweep().closed) is is_over


@pytest.mark.parametrize(("units", "is_over"), [(100, False), (91, False), (90, True)])
def test_too_many_is_over_a_tenth_below_the_limit(place, units, is_over):
    sku = make_sku("A")
    receive(sku, 101, warehouse=place)
    limits(sku, 1, 100)
    sweep()
    take(sku, place, 101 - units)
    assert bool(sweep().closed) is is_over


def test_goods_that_go_up_and_down_by_a_unit_at_the_limit_alert_once(place):
    sku = make_sku("A")
    receive(sku, 20, warehouse=place)
    limits(sku, 20)
    opened = 0
    for _round in range(5):
        take(sku, place, 1)
        opened += len(sweep().opened)
        receive(sku, 1, warehouse=place)
        opened += len(sweep().opened)
    assert opened == 1


def test_an_alert_of_limits_that_were_taken_away_is_over(place):
    few, many, out = make_sku("A"), make_sku("B"), make_sku("C")
    receive(few, 1, warehouse=place)
    receive(many, 9, warehouse=place)
    limits(few, 5)
    limits(many, 1, 5)
    limits(out, 5)
    assert len(sweep().opened) == 3
    for sku in (few, many, out):
        limits(sku, None)
    assert len(sweep().closed) == 3


def test_each_alert_tells_of_its_birth_and_its_end_with_who_and_when(place):
    sku = make_sku("A")
    receive(sku, 3, warehouse=place)
    limits(sku, 10)
    (number,) = sweep().opened
    receive(sku, 30, warehouse=place)
    sweep(NOON + timedelta(hours=1))
    moves = StateMove.objects.filter(document_kind="stock_alert", document_number=number).order_by("pk")
    assert list(moves.values_list("from_status", "to_status", "actor")) == [
        ("", "open", str(ACTOR)),
        ("open", "closed", str(ACTOR)),
    ]
    assert StockAlert.objects.get().closed_at == NOON + timedelta(hours=1)


def test_partners_hear_of_their_brand_once_with_thin_facts(place):
    for brand in ("acme", "other"):
        partner = someone(brand, roles=[Role.BRAND_PARTNER], brands=[brand.upper()])
        open_endpoints(
            [EndpointDraft(partner.pk, f"https://{brand}.example/hook")], actor=ACTOR, at=NOON
        ).one()
    sku = make_sku("A", brand="ACME")
    receive(sku, 3, warehouse=place)
    limits(sku, 10)
    (number,) = sweep().opened
    sweep()
    event = Event.objects.get()
    assert (event.kind, event.object_number, event.brand, event.facts) == (
        "stock.low",
        number,
        "ACME",
        {"sku": "A", "warehouse": "W", "units": 3, "limit": 10},
    )
    assert list(Delivery.objects.values_list("endpoint__owner__username", flat=True)) == ["acme"]


def test_acknowledging_takes_a_batch_and_names_what_can_not_be(place):
    skus = [make_sku(code) for code in "AB"]
    for sku in skus:
        limits(sku, 5)
    one, two = sorted(sweep().opened)
    planner = person("yun", Role.OPERATIONS)
    drafts = [AcknowledgeDraft(one, "  ordered  "), AcknowledgeDraft("SA?"), AcknowledgeDraft(one)]
    outcome = acknowledge_alerts(drafts, actor=planner, at=NOON)
    assert [(index, no.code) for index, no in outcome.refused] == [(1, "no_such_alert"), (2, "illegal_move")]
    alert = StockAlert.objects.get(number=one)
    assert (alert.status, alert.note, alert.acknowledged_by_id) == (
        AlertStatus.ACKNOWLEDGED,
        "ordered",
        planner.user_id,
    )
    service = person("ke", Role.CUSTOMER_SERVICE)
    refused = acknowledge_alerts([AcknowledgeDraft(two)], actor=service, at=NOON).refused
    assert refused[0][1].code == "role_may_not_move"


def statements(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in captured)


@pytest.mark.parametrize("many", [1, 3])
def test_a_sweep_that_opens_and_closes_takes_ten_statements_for_one_and_for_three(place, many):
    back, gone = [make_sku() for _ in range(many)], [make_sku() for _ in range(many)]
    for sku in back:
        limits(sku, 5)
    sweep()
    for sku in back:
        receive(sku, 50, warehouse=place)
    for sku in gone:
        limits(sku, 5)
    assert statements(sweep) == 10
    assert statements(sweep) == 4


# Mails


def member(name, *, queues, email="", brands=None):
    user = User.objects.create_user(name, roles=[Role.OPERATIONS_MANAGER], is_staff=True, email=email)
    team = Team.objects.get_or_create(code="-".join(queues), defaults={"name": "T", "queues": list(queues)})[
        0
    ]
    Membership.objects.create(team=team, user=user)
    return user


def tell(at=NOON):
    return tell_teams(actor=ACTOR, at=at)


def test_each_member_with_an_address_gets_one_mail_for_all_that_opened_and_none_again(place):
    member("li", queues=["alerts_stock"], email="li@example.com")
    member("wang", queues=["alerts_stock", "alerts_dates"], email="wang@example.com")
    member("zhao", queues=["alerts_stock"])
    member("qian", queues=["pack_enter"], email="qian@example.com")
    for code in "ABC":
        limits(make_sku(code), 5)
    perishable = make_sku("D", tracks_batches=True)
    receive(perishable, 7, warehouse=place, batch="L1", expires_on=TODAY - timedelta(days=1))
    sweep()
    assert tell() == 2
    assert [message.to for message in mail.outbox] == [["li@example.com"], ["wang@example.com"]]
    of_li, of_wang = (message.body for message in mail.outbox)
    assert ("L1" in of_li, "L1" in of_wang) == (False, True)
    assert all(code in of_li for code in ("A ", "B ", "C "))
    sweep()
    assert tell() == 0
    assert len(mail.outbox) == 2


def test_a_mail_lists_a_hundred_alerts_and_says_how_many_more(place):
    member("li", queues=["alerts_stock"], email="li@example.com")
    set_limits([LimitDraft(make_sku(f"S{n:03d}").code, "W", 5) for n in range(103)], actor=ACTOR, at=NOON)
    sweep()
    assert tell() == 1
    body = mail.outbox[0].body
    assert ("S099" in body, "S100" in body, body.count("·")) == (True, False, 300)


def test_where_no_mail_gets_out_it_is_tried_again(place, settings):
    member("li", queues=["alerts_stock"], email="li@example.com")
    limits(make_sku("A"), 5)
    sweep()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    assert tell() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert tell() == 1


def test_what_was_over_before_anybody_was_told_is_not_told(place):
    member("li", queues=["alerts_stock"], email="li@example.com")
    sku = make_sku("A")
    limits(sku, 5)
    sweep()
    receive(sku, 50, warehouse=place)
    sweep()
    assert tell() == 0
    assert mail.outbox == []
