"""The periodic check: what hits a rule waits once, with its figure, until somebody says what becomes of it."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.choices import CheckKind
from catalog.drafts import PriceDraft, SettleDraft
from catalog.models import CheckRule, DailyDemand, GoodsCheck, ProhibitedWord, Sku
from catalog.operations import goods_checks as check_operations
from catalog.operations.goods_checks import Checked, check_goods, settle_checks
from catalog.operations.prices import set_prices
from catalog.operations.promised import intercept_shipped, ship_reserved
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.batches import codes_of
from tests.catalog.listings import Desk, person
from tests.catalog.test_price_changes import browser
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
D = Decimal
LATER = NOON + 40 * DAY


def rule(kind, limit, days=30, brand=None, **more):
    with acting_as(ACTOR):
        return CheckRule.objects.create(kind=kind, limit=D(limit), days=days, brand=brand, **more)


def sweep(at=LATER):
    return check_goods(actor=ACTOR, at=at)


def found():
    rows = GoodsCheck.objects.filter(status="open").order_by("kind", "sku__code")
    return [(row.kind, row.sku.code, str(row.figure)) for row in rows.select_related("sku")]


@pytest.fixture
def writer():
    return person("lin", Role.ONSITE_OPERATOR)


def test_what_lies_there_and_does_not_sell_is_found_once():
    main = make_warehouse("MAIN")
    old, fresh, sold, few = (make_sku(code) for code in ("OLD", "FRESH", "SOLD", "FEW"))
    for sku, units in ((old, 7), (sold, 7), (few, 2)):
        receive(sku, units, warehouse=main)
    receive(fresh, 7, warehouse=main, at=LATER - DAY)
    DailyDemand.objects.create(sku=sold, warehouse=main, day=(LATER - 5 * DAY).date(), units=1)
    assert sweep() == Checked(0, 0)
    rule(CheckKind.NO_SALE, "5")
    assert sweep() == Checked(1, 0)
    assert found() == [("no_sale", "OLD", "7.0000")]
    assert sweep() == Checked(0, 0)
    DailyDemand.objects.create(sku=old, warehouse=main, day=LATER.date(), units=1)
    assert sweep() == Checked(0, 1)
    assert found() == []


def test_a_brands_own_rule_goes_before_that_of_all():
    main = make_warehouse("MAIN")
    skus = [make_sku("A", brand="ACME"), make_sku("B", brand="BOLT")]
    for sku in skus:
        receive(sku, 7, warehouse=main)
    rule(CheckKind.NO_SALE, "5")
    rule(CheckKind.NO_SALE, "100", brand=skus[0].product.brand)
    sweep()
    assert found() == [("no_sale", "B", "7.0000")]


def test_a_live_offer_that_leaves_too_little_is_found_in_its_shop_at_the_price_in_force():
    desk = Desk()
    desk.approved()
    with acting_as(ACTOR):
        Sku.objects.update(cost=D("6"))
        type(desk.channel).objects.update(fee_rate=D("0.05"))
    rule(CheckKind.MARGIN, "0.3")
    set_prices(
        [PriceDraft("TEA-1", D("10"), desk.channel.code, NOON + 2 * DAY)], actor=ACTOR, at=NOON + 2 * DAY
    )
    assert sweep() == Checked(0, 0)  # 35 % are left
    set_prices(
        [PriceDraft("TEA-1", D("8"), desk.channel.code, NOON + 3 * DAY)], actor=ACTOR, at=NOON + 3 * DAY
    )
    sweep()
    assert found() == [("margin", "TEA-1", "0.2000")]
    assert GoodsCheck.objects.get(sku__code="TEA-1").channel == desk.channel


def test_a_word_that_was_prohibited_since_brings_a_live_listing_back():
    desk = Desk()
    desk.approved()
    rule(CheckKind.CONTENT, "99")
    assert sweep() == Checked(0, 0)
    title = desk.content().title
    with acting_as(ACTOR):
        ProhibitedWord.objects.create(word=title.split()[0])
    assert sweep() == Checked(1, 0)
    assert GoodsCheck.objects.get().channel == desk.channel


def test_what_was_looked_at_is_quiet_for_as_long_as_its_rule_says(writer):
    receive(make_sku("OLD"), 7, warehouse=make_warehouse("MAIN"))
    rule(CheckKind.NO_SALE, "5", quiet_days=10)
    sweep()
    number = GoodsCheck.objects.get().number
    outcome = settle_checks(
        [SettleDraft(number, "keep"), SettleDraft(number, "burn"), SettleDraft("GC9", "keep", "x")],
        actor=writer,
        at=LATER,
    )
    assert codes_of(outcome) == ["note_needed", "unknown_action", "no_such_check"]
    done = settle_checks([SettleDraft(number, "keep", "spring sale")], actor=writer, at=LATER).one()
    assert (done.status, done.decider_id, done.quiet_until) == ("settled", writer.user_id, LATER + 10 * DAY)
    assert codes_of(settle_checks([SettleDraft(number, "price")], actor=writer, at=LATER)) == ["illegal_move"]
    assert sweep(LATER + 9 * DAY) == Checked(0, 0)
    assert sweep(LATER + 11 * DAY) == Checked(1, 0)


def test_the_database_keeps_one_open_check_and_a_settled_one_with_its_action():
    receive(make_sku("OLD"), 7, warehouse=make_warehouse("MAIN"))
    rule(CheckKind.NO_SALE, "5")
    sweep()
    check = GoodsCheck.objects.get()
    with pytest.raises(IntegrityError), acting_as(ACTOR), transaction.atomic():
        GoodsCheck.objects.update(status="settled")
    check.pk, check.number = None, "GC-2"
    with pytest.raises(IntegrityError), acting_as(ACTOR), transaction.atomic():
        check.save(force_insert=True)


def test_goods_that_come_back_too_often_are_found_from_the_ledger():
    main = make_warehouse("MAIN")
    for code, back in (("OFTEN", 4), ("SELDOM", 1)):
        sku = make_sku(code)
        receive(sku, 12, warehouse=main)
        for number, units in ((f"{code}-1", 12 - back), (f"{code}-2", back)):
            items = (ReservationItem(1, sku.pk, units),)
            reserve_stock([ReservationRequest("order", number, (), items)], actor=ACTOR, at=NOON).one()
            ship_reserved("order", [number], actor=ACTOR, at=NOON)
        intercept_shipped("order", [f"{code}-2"], actor=ACTOR, at=NOON)
    rule(CheckKind.RETURNS, "0.2")
    sweep(NOON + DAY)
    assert found() == [("returns", "OFTEN", "0.3333")]


def test_the_queue_shows_what_was_found_with_what_can_be_done_and_takes_many_answers_at_once():
    main = make_warehouse("MAIN")
    for code in ("OLD-1", "OLD-2"):
        receive(make_sku(code), 7, warehouse=main)
    rule(CheckKind.NO_SALE, "5")
    sweep()
    lin = browser("lin", Role.ONSITE_OPERATOR)
    page = lin.get("/admin/goods-checks/").content.decode()
    assert "7 on hand, none sold for 30 days" in page
    assert "/admin/price-changes/new/?skus=OLD-1" in page
    assert "/admin/stock-requests/new/?kind=return_to_owner&amp;sku=OLD-1" in page
    answer = lin.post("/admin/goods-checks/settle/", {"action": "return", "note": ""}, follow=True)
    assert "Choose at least one check first." in answer.content.decode()
    numbers = list(GoodsCheck.objects.values_list("number", flat=True))
    lin.post("/admin/goods-checks/settle/", {"number": numbers, "action": "return", "note": ""})
    assert set(GoodsCheck.objects.values_list("status", "action")) == {("settled", "return")}
    assert "Nothing hits a rule" in lin.get("/admin/goods-checks/").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("locked", "end"), [(True, Checked(0, 0)), (False, "met the constraint")])
def test_a_sweep_waits_for_the_one_before_and_then_sees_what_that_opened(locked, end, monkeypatch):
    """Without the lock the second looks before the first is done, and meets the constraint."""
    receive(make_sku("OLD"), 7, warehouse=make_warehouse("MAIN"))
    rule(CheckKind.NO_SALE, "5")
    ends = []

    def second():
        try:
            ends.append(sweep())
        except IntegrityError:
            ends.append("met the constraint")
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        assert sweep() == Checked(1, 0)
        if not locked:
            monkeypatch.setattr(check_operations, "CHECKING", 7)
        thread.start()
        wait_for_a_waiting_session()
    thread.join(20)
    assert (ends, GoodsCheck.objects.count()) == ([end], 1)


def wait_for_a_waiting_session():
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")
