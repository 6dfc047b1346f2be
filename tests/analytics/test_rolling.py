"""Stale days: left by every change, swept by anyone, lost by nobody; proved on two connections, with controls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from threading import Event

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from analytics.choices import Source
from analytics.drafts import FigureDay
from analytics.models import BuyerDay, ChangedGoods, OrderFigures, StaleDay
from analytics.operations.rolling import (
    DAYS_AT_ONCE,
    STATEMENTS,
    leave_all_days_stale,
    leave_stale_days,
    recompute_days,
    refresh_stale_days,
)
from analytics.queries.audit import audit_kpis
from analytics.tasks import refresh_stale_days as task
from catalog.models import Brand, Product, Sku
from feedback.drafts import ItemDraft
from feedback.operations.receiving import receive_items
from ops_portal.lib.principals import acting_as
from ops_portal.lib.rows import as_json
from orders.choices import RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order, OrderLine
from orders.operations.moving import cancel_orders
from orders.operations.refunding import move_refunds
from orders.operations.undoing import undo_orders
from tests.analytics.houses import DAY, ask, line, make_goods, refresh, take_in
from tests.factories import ACTOR, NOON, make_shop, make_sku

LATER = datetime(2026, 11, 12, tzinfo=UTC)


@pytest.fixture
def shop(db):
    make_goods()
    return make_shop("S1")


def stale():
    return set(StaleDay.objects.values_list("source", "shop__code", "day"))


@pytest.mark.django_db
def test_every_change_of_an_order_leaves_its_day_stale(shop):
    order = take_in(shop, line("A1", 1, "10.00"), number="1")
    changes = (
        lambda: move_refunds(
            [RefundDraft(order.pk, RefundStatus.PARTLY, order.total / 2)], actor=ACTOR, at=NOON
        ),
        lambda: take_in(shop, line("A1", 1, "10.00"), number="1", paid=False),
        lambda: undo_orders([order.pk], actor=ACTOR, at=NOON),
        lambda: cancel_orders([take_in(shop, line("A1", 1, "10.00"), number="2").pk], actor=ACTOR, at=NOON),
    )
    for change in changes:
        refresh()
        assert stale() == set()
        change()
        assert stale() == {("order", "S1", DAY)}


@pytest.mark.django_db
def test_an_order_that_moves_to_another_day_leaves_both_days_stale(shop):
    take_in(shop, line("A1", 1, "10.00"), number="1")
    refresh()
    take_in(shop, line("A1", 1, "10.00"), number="1", day=1)
    assert stale() == {("order", "S1", DAY), ("order", "S1", date(2026, 11, 12))}
    assert ask("orders_created", by="day", days=(0, 1)) == {"2026-11-12": 1}


@pytest.mark.django_db
def test_feedback_without_a_shop_leaves_its_day_stale_and_is_swept(shop):
    receive_items([ItemDraft("1", "x"), ItemDraft("2", "x", shop=shop)], actor=ACTOR, at=NOON)
    assert stale() == {("feedback", None, DAY), ("feedback", "S1", DAY)}
    assert refresh() == 2
    receive_items([ItemDraft("3", "x")], actor=ACTOR, at=NOON)
    assert ask("feedback_items") == {None: 3}


@pytest.mark.django_db
def test_1000_changes_of_one_day_are_one_insert_each_and_one_day_to_compute(shop):
    with CaptureQueriesContext(connection) as queries:
        leave_stale_days([FigureDay(Source.ORDER, shop.pk, DAY)] * 1000, actor=ACTOR)
    assert len([q for q in queries if q["sql"].startswith("INSERT")]) == 1
    assert (StaleDay.objects.count(), refresh(), StaleDay.objects.count()) == (1000, 1, 0)


@pytest.mark.django_db
def test_a_change_of_brand_in_the_catalogue_reaches_old_orders(shop):
    take_in(shop, line("A1", 1, "10.00"), line("NEW", 1, "5.00"), number="1")
    assert ask("gmv_paid", by="brand") == {"ACME": "10.00", "unknown": "5.00"}
    with acting_as(ACTOR):
        bolt = Brand.objects.get(code="BOLT")
        Product.objects.filter(code="P-A1").update(brand=bolt)
        assert ask("gmv_paid", by="brand") == {"BOLT": "10.00", "unknown": "5.00"}
        Brand.objects.filter(pk=bolt.pk).update(code="BOLZEN")
        assert ask("gmv_paid", by="brand") == {"BOLZEN": "10.00", "unknown": "5.00"}
        OrderLine.objects.filter(sku_code="NEW").update(sku=make_sku("NEW", brand="ACME"))
        assert ask("gmv_paid", by="brand") == {"ACME": "5.00", "BOLZEN": "10.00"}
        Sku.objects.filter(code="NEW").update(product=Product.objects.get(code="P-A1"))
        assert ask("gmv_paid", by="brand") == {"BOLZEN": "15.00"}
        Sku.objects.update(name="nothing that counts")
    assert not ChangedGoods.objects.exists()
    assert audit_kpis().ok


@pytest.mark.django_db
def test_a_sweep_of_more_days_than_a_batch_holds_does_them_all(shop):
    for day in range(DAYS_AT_ONCE + 3):
        take_in(shop, line("A1", 1, "10.00"), number=f"{day}", day=day)
    assert refresh() == DAYS_AT_ONCE + 3
    assert ask("orders_created", days=(0, 99)) == {None: DAYS_AT_ONCE + 3}


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_recomputing_1_day_or_3_takes_4_statements(shop, count):
    days = [FigureDay(Source.ORDER, shop.pk, date(2026, 11, 11 + number)) for number in range(count)]
    for number in range(count):
        take_in(shop, line("A1", 1, "10.00"), number=f"{number}", day=number)
    with CaptureQueriesContext(connection) as queries:
        outcome = recompute_days(days, actor=ACTOR, at=LATER)
    assert outcome.done == days
    said = [q["sql"] for q in queries if "set_config" not in q["sql"] and "SAVEPOINT" not in q["sql"]]
    assert len(said) == 4  # the lock, two deletions, one insertion
    assert OrderFigures.objects.filter(dimension="total").count() == count


@pytest.mark.django_db
def test_the_task_refreshes_and_a_second_time_finds_nothing_to_do(shop):
    take_in(shop, line("A1", 1, "10.00"), number="1", buyer="b1")
    assert (task(), task()) == (1, 0)
    assert BuyerDay.objects.filter(dimension="total").count() == 1


@pytest.mark.django_db
def test_rows_that_came_in_behind_our_backs_are_counted_when_all_is_computed_again(shop):
    order = take_in(shop, line("A1", 1, "10.00"), number="1")
    refresh()
    with acting_as(ACTOR):
        Order.objects.filter(pk=order.pk).update(province="上海")
    found = audit_kpis()
    assert not found.ok
    assert leave_all_days_stale(actor=ACTOR) == 1
    assert ask("orders_created", by="region") == {"上海": 1}
    assert audit_kpis().ok


@contextmanager
def another() -> Iterator[ThreadPoolExecutor]:
    """A thread with a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.submit(connections.close_all).result()


def wait_for_a_blocked_session() -> None:
    """Wait until a session of this database waits for a lock that another holds."""
    for _attempt in range(400):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


@contextmanager
def paused_before_computing(compute) -> Iterator[None]:
    """Run ``compute`` on another connection; it stands still before its first DELETE ends, while the block runs."""
    with another() as holder, another() as sweeper:
        held, go_on = Event(), Event()

        def hold() -> None:
            with transaction.atomic():
                assert len(list(OrderFigures.objects.select_for_update().filter(dimension="total"))) == 1
                held.set()
                assert go_on.wait(20)

        holding: Future[None] = holder.submit(hold)
        assert held.wait(20)
        sweeping = sweeper.submit(compute)
        try:
            wait_for_a_blocked_session()
            yield
        finally:
            go_on.set()
            holding.result(20)
            sweeping.result(20)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_while_a_sweep_computes_is_not_lost():
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 1, "10.00"), number="1")
    refresh()
    take_in(shop, line("A1", 1, "10.00"), number="2")
    with paused_before_computing(refresh):
        take_in(shop, line("A1", 1, "10.00"), number="3")
        assert OrderFigures.objects.get(dimension="total").orders_created == 1
    assert stale() == {("order", "S1", DAY)}
    assert ask("orders_created") == {None: 3}
    assert audit_kpis().ok


@pytest.mark.django_db(transaction=True)
def test_the_control_that_forgets_stale_days_after_computing_loses_the_change():
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 1, "10.00"), number="1")
    refresh()
    days = [FigureDay(Source.ORDER, shop.pk, DAY)]

    def compute_then_forget() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:  # the old snapshot that a claim after computing would go by
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert Order.objects.count() == 2
            recompute_days(days, actor=ACTOR, at=LATER)
        StaleDay.objects.all().delete()

    take_in(shop, line("A1", 1, "10.00"), number="2")
    with another() as sweeper, another() as holder:
        held, go_on = Event(), Event()

        def hold() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK analytics_buyerday IN SHARE MODE")
                held.set()
                assert go_on.wait(20)

        holding = holder.submit(hold)
        assert held.wait(20)
        sweeping = sweeper.submit(compute_then_forget)
        wait_for_a_blocked_session()
        take_in(shop, line("A1", 1, "10.00"), number="3")
        go_on.set()
        holding.result(20)
        sweeping.result(20)
    assert ask("orders_created") == {None: 2}
    found = audit_kpis()
    assert (found.first_difference["rolled_up"], found.first_difference["recomputed"]) == (2, 3)


def compute_twice_at_once(shop, first, second):
    """Let ``first`` compute and not commit, a change come in, ``second`` start and wait, then the first commit."""
    computed, go_on = Event(), Event()

    def compute_and_wait() -> None:
        with transaction.atomic():
            first()
            computed.set()
            assert go_on.wait(20)

    with another() as one, another() as two:
        computing = one.submit(compute_and_wait)
        assert computed.wait(20)
        take_in(shop, line("A1", 1, "10.00"), number="2")
        waiting = two.submit(second)
        wait_for_a_blocked_session()
        go_on.set()
        computing.result(20)
        waiting.result(20)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_leave_the_newer_figures():
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 1, "10.00"), number="1")
    compute_twice_at_once(shop, refresh, refresh)
    assert OrderFigures.objects.get(dimension="total").orders_created == 2
    assert not StaleDay.objects.exists()
    assert audit_kpis().ok


@pytest.mark.django_db(transaction=True)
def test_a_sweep_waits_for_a_day_that_is_being_computed_again():
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 1, "10.00"), number="1")
    refresh()
    day = FigureDay(Source.ORDER, shop.pk, DAY)
    compute_twice_at_once(shop, lambda: recompute_days([day], actor=ACTOR, at=LATER), refresh)
    assert OrderFigures.objects.get(dimension="total").orders_created == 2
    assert audit_kpis().ok


@pytest.mark.django_db(transaction=True)
def test_the_control_of_two_computations_without_the_lock_collides():
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 1, "10.00"), number="1")

    def without_the_lock() -> None:
        rows = as_json([{"shop_id": shop.pk, "day": DAY}])
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in STATEMENTS[Source.ORDER]:
                cursor.execute(statement, {"days": rows, "at": LATER})

    with pytest.raises(IntegrityError):
        compute_twice_at_once(shop, without_the_lock, without_the_lock)


@pytest.mark.django_db(transaction=True)
def test_a_figure_asked_for_while_a_sweep_is_under_way_waits_for_it():
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 1, "10.00"), number="1")
    computed, go_on = Event(), Event()

    def sweep() -> None:
        with transaction.atomic():
            refresh()
            computed.set()
            assert go_on.wait(20)

    with another() as sweeper, another() as asker:
        sweeping = sweeper.submit(sweep)
        assert computed.wait(20)
        asking = asker.submit(lambda: ask("orders_created"))
        wait_for_a_blocked_session()
        go_on.set()
        sweeping.result(20)
        assert asking.result(20) == {None: 1}


@pytest.mark.django_db(transaction=True)
def test_a_brand_changed_before_an_order_and_committed_after_it_is_not_lost():
    make_goods()
    shop = make_shop("S1")
    renamed, go_on = Event(), Event()

    def rename() -> None:
        with acting_as(ACTOR):
            Product.objects.filter(code="P-A1").update(brand=Brand.objects.get(code="BOLT"))
            renamed.set()
            assert go_on.wait(20)

    with another() as catalogue:
        renaming = catalogue.submit(rename)
        assert renamed.wait(20)
        take_in(shop, line("A1", 1, "10.00"), number="1")
        assert ask("orders_created", by="brand") == {"ACME": 1}
        go_on.set()
        renaming.result(20)
    assert ask("orders_created", by="brand") == {"BOLT": 1}


@pytest.mark.django_db
def test_the_command_computes_all_days_again(shop, capsys):
    take_in(shop, line("A1", 1, "10.00"), number="1")
    call_command("refresh_figures", "--all", "--json")
    assert capsys.readouterr().out == '{"refreshed": 1}\n'
    assert refresh_stale_days(actor=ACTOR, at=LATER) == 0
