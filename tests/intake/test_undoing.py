"""A run is taken back whole, or not at all with the name of everything that stands against it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import Brand, Product, Sku
from catalog.queries.audit import audit_stock
from catalog.queries.prices import prices_at
from feedback.models import FeedbackItem
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.intake.choices import RunStatus
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.runs import queue_runs
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.intake.running import import_file, prepare
from ops_portal.lib.principals import Principal
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import RefundDraft
from orders.models import LineDiscount, Order, OrderLine
from orders.operations.moving import review_orders
from orders.operations.placing import place_orders
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of
from tests.intake.conftest import counts, order_file, order_rows

pytestmark = pytest.mark.django_db

THREE = order_file(*order_rows("T1", "T2", "T3"))


@pytest.fixture
def house():
    make_shop("S1")
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    receive(sku, 10, warehouse=warehouse)
    return warehouse, sku


def test_undone_orders_release_their_3_units_and_the_same_file_counts_as_new(house, take_in, undo, write):
    warehouse, sku = house
    run = take_in("orders.standard", write(THREE), "--shop", "S1")["run"]
    assert undo(run) == {"run": run, "status": "undone", "created": 3, "updated": 0, "exit": 0}
    assert (stock_of(sku, warehouse).available, stock_of(sku, warehouse).reserved) == (10, 0)
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.CANCELLED}
    assert not Order.objects.filter(undone_at=None).exists()
    again = take_in("orders.standard", write(THREE), "--shop", "S1")
    assert (again["run"] != run, counts(again)) == (True, (3, 3, 0, 0, 0, 0))
    assert stock_of(sku, warehouse).reserved == 3
    assert audit_stock().ok


def test_an_order_reviewed_since_keeps_the_whole_run(house, take_in, undo, write):
    warehouse, sku = house
    run = take_in("orders.standard", write(THREE), "--shop", "S1")["run"]
    order = Order.objects.get(platform_number="T2")
    review_orders([order.pk], actor=ACTOR, at=NOON).one()
    refused = undo(run)
    assert (refused["exit"], refused["error"]["code"], refused["error"]["count"]) == (1, "used_since", 1)
    assert order.number in refused["error"]["used"][0]
    assert "T2" in refused["error"]["used"][0]
    assert Order.objects.filter(undone_at=None).count() == 3
    assert (stock_of(sku, warehouse).reserved, ImportRun.objects.get().status) == (3, RunStatus.DONE)


def test_every_order_used_since_is_named(house, take_in, undo, write):
    run = take_in("orders.standard", write(THREE), "--shop", "S1")["run"]
    review_orders(list(Order.objects.values_list("pk", flat=True)), actor=ACTOR, at=NOON)
    assert len(undo(run)["error"]["used"]) == 3


def test_a_refund_asked_for_since_keeps_the_run(house, take_in, undo, write):
    run = take_in("orders.standard", write(THREE), "--shop", "S1")["run"]
    draft = RefundDraft(Order.objects.get(platform_number="T1").pk, RefundStatus.REQUESTED, Decimal("0"))
    move_refunds([draft], actor=ACTOR, at=NOON).one()
    assert undo(run)["error"]["code"] == "used_since"


def test_a_short_order_that_was_served_since_is_taken_back(
    house, take_in, undo, write, django_capture_on_commit_callbacks
):
    warehouse, sku = house
    run = take_in("orders.standard", write(order_file(*order_rows("T1", units=12))), "--shop", "S1")["run"]
    with django_capture_on_commit_callbacks(execute=True):
        receive(sku, 5, warehouse=warehouse)
    assert Order.objects.get().status == OrderStatus.CREATED
    assert undo(run)["exit"] == 0
    assert stock_of(sku, warehouse).available == 15
    assert audit_stock().ok


DISCOUNTED = (
    "platform_number,placed_at,paid_at,buyer_phone,sku,units,unit_price,discount,discount_bearer,refund_amount,remark\n"
    "T1,2026-11-11 12:00:00,{paid},13800000000,A,2,10.00,{discount},{bearer},{refund},{remark}\n"
)


def test_an_update_is_taken_back_to_the_values_before_to_the_cent(house, take_in, undo, write):
    first = DISCOUNTED.format(paid="", discount="1.00", bearer="shop", refund="", remark="one")
    second = DISCOUNTED.format(
        paid="2026-11-11 12:09:00", discount="2.50", bearer="platform", refund="3.00", remark="two"
    )
    take_in("orders.standard", write(first), "--shop", "S1")

    def facts():
        return (
            [{k: v for k, v in row.items() if k != "updated_at"} for row in Order.objects.values()],
            list(OrderLine.objects.values()),
            list(LineDiscount.objects.values_list("amount", "bearer")),
        )

    before = facts()
    later = take_in("orders.standard", write(second), "--shop", "S1")
    assert counts(later) == (1, 0, 1, 0, 0, 0)
    order = Order.objects.get()
    assert (order.total, order.receivable, order.refund_amount) == (
        Decimal("17.50"), Decimal("20.00"), Decimal("3.00"),
    )  # fmt: skip
    assert list(LineDiscount.objects.values_list("amount", "bearer")) == [(Decimal("2.50"), "platform")]
    assert undo(later["run"])["exit"] == 0
    assert facts() == before
    assert counts(take_in("orders.standard", write(second), "--shop", "S1")) == (1, 0, 1, 0, 0, 0)


def test_a_run_is_not_undone_before_a_later_one_that_changed_the_same_order(house, take_in, undo, write):
    first = take_in("orders.standard", write(order_file(*order_rows("T1", paid=""))), "--shop", "S1")["run"]
    second = take_in("orders.standard", write(order_file(*order_rows("T1"))), "--shop", "S1")["run"]
    refused = undo(first)
    assert (refused["error"]["code"], refused["error"]["runs"]) == ("changed_later", [second])
    assert undo(second)["exit"] == 0
    assert undo(first)["exit"] == 0
    assert not Order.objects.filter(undone_at=None).exists()


def test_both_runs_at_once_are_undone_the_later_first(house, take_in, write):
    take_in("orders.standard", write(order_file(*order_rows("T1", paid=""))), "--shop", "S1")
    take_in("orders.standard", write(order_file(*order_rows("T1"))), "--shop", "S1")
    ids = list(ImportRun.objects.order_by("pk").values_list("pk", flat=True))
    outcome = undo_runs(ids, actor=ACTOR, at=NOON)
    assert ([run.pk for run in outcome.done], outcome.refused) == (ids[::-1], [])


def test_an_updated_order_that_was_reviewed_since_keeps_its_values(house, take_in, undo, write):
    take_in("orders.standard", write(order_file(*order_rows("T1", paid=""))), "--shop", "S1")
    second = take_in("orders.standard", write(order_file(*order_rows("T1"))), "--shop", "S1")["run"]
    review_orders([Order.objects.get().pk], actor=ACTOR, at=NOON).one()
    assert undo(second)["error"]["code"] == "used_since"
    assert Order.objects.get().paid_at is not None


def test_what_is_undone_or_unknown_is_not_undone_again(house, take_in, undo, write):
    run = take_in("orders.standard", write(THREE), "--shop", "S1")["run"]
    undo(run)
    assert undo(run)["error"]["code"] == "illegal_move"
    assert undo("IR99999999")["error"]["code"] == "no_such_run"


RECEIPT = "receipt_number,sku,warehouse,units\nR1,A,MAIN,5\nR2,A,MAIN,2\n"


def test_receipts_are_taken_back_and_count_as_new(house, take_in, undo, write):
    warehouse, sku = house
    run = take_in("stock.receipt", write(RECEIPT))["run"]
    assert stock_of(sku, warehouse).available == 17
    assert undo(run)["exit"] == 0
    assert stock_of(sku, warehouse).available == 10
    assert counts(take_in("stock.receipt", write(RECEIPT))) == (2, 2, 0, 0, 0, 0)
    assert audit_stock().ok


def test_receipts_whose_units_are_sold_stay(house, take_in, undo, write):
    warehouse, sku = house
    run = take_in("stock.receipt", write(RECEIPT))["run"]
    place_orders([order_draft(make_shop("S1"), (sku, 14))], actor=ACTOR, at=NOON).one()
    refused = undo(run)
    assert refused["error"]["code"] == "used_since"
    assert "R1" in refused["error"]["first"]
    assert (stock_of(sku, warehouse).available, stock_of(sku, warehouse).reserved) == (3, 14)


GOODS = "sku,product,product_name,brand,brand_name,list_price\nX1,PX,Cream,NEW,New,9.00\nX2,PX,Cream,NEW,New,9.00\n"


def test_goods_that_nobody_used_are_deleted_with_product_and_brand(take_in, undo, write):
    run = take_in("catalog.standard", write(GOODS))["run"]
    assert undo(run)["exit"] == 0
    assert (Sku.objects.count(), Product.objects.count(), Brand.objects.count()) == (0, 0, 0)
    assert counts(take_in("catalog.standard", write(GOODS))) == (2, 2, 0, 0, 0, 0)


@pytest.mark.parametrize("use", ["stock", "order", "edit", "another SKU"])
def test_goods_that_are_in_use_stay_whole(house, take_in, undo, write, use):
    warehouse, _sku = house
    run = take_in("catalog.standard", write(GOODS))["run"]
    sku = Sku.objects.get(code="X2")
    if use == "stock":
        receive(sku, 1, warehouse=warehouse)
    elif use == "order":
        receive(sku, 1, warehouse=warehouse)
        place_orders([order_draft(make_shop("S1"), (sku, 1))], actor=ACTOR, at=NOON).one()
    elif use == "edit":
        Sku.objects.filter(pk=sku.pk).update(name="by hand")
    else:
        Sku.objects.create(code="X3", product=sku.product)
    refused = undo(run)
    named = "PX" if use == "another SKU" else "X2"
    assert (refused["error"]["code"], named in refused["error"]["first"]) == ("used_since", True)
    assert Sku.objects.filter(code__in=["X1", "X2"]).count() == 2


def test_changed_goods_get_their_earlier_price_and_name_back(take_in, undo, write):
    take_in("catalog.standard", write(GOODS))
    later = take_in("catalog.standard", write(GOODS.replace("9.00", "8.00").replace("Cream", "Balm")))
    assert later["updated"] == 2
    assert undo(later["run"])["exit"] == 0
    assert set(Sku.objects.values_list("list_price", "product__name")) == {(Decimal("9.00"), "Cream")}
    sku_ids = Sku.objects.values_list("pk", flat=True)
    assert set(prices_at(sku_ids, None, timezone.now()).values()) == {Decimal("9.00")}


def test_changed_goods_that_were_edited_since_stay(take_in, undo, write):
    take_in("catalog.standard", write(GOODS))
    later = take_in("catalog.standard", write(GOODS.replace("9.00", "8.00")))["run"]
    Sku.objects.filter(code="X1").update(list_price=Decimal("7.00"))
    assert undo(later)["error"]["code"] == "used_since"
    assert Sku.objects.get(code="X2").list_price == Decimal("8.00")


def test_reviews_are_taken_back_and_count_as_new(take_in, undo, write):
    text = "review,label\n好,1\n好,1\n差,0\n"
    run = take_in("feedback.reviews", write(text), "--brand", "ACME")["run"]
    assert undo(run)["exit"] == 0
    assert not FeedbackItem.objects.standing().exists()
    assert counts(take_in("feedback.reviews", write(text), "--brand", "ACME")) == (3, 3, 0, 0, 0, 0)


def test_a_new_date_of_reviews_is_taken_back(take_in, undo, write):
    text = "review,label\n好,1\n"
    take_in("feedback.reviews", write(text), "--at", "2026-11-01")
    later = take_in("feedback.reviews", write(text), "--at", "2026-11-02")
    assert later["updated"] == 1
    assert undo(later["run"])["exit"] == 0
    assert FeedbackItem.objects.get().received_on.isoformat() == "2026-11-01"


def test_a_brand_that_came_with_reviews_goes_with_them_unless_it_is_used(take_in, undo, write):
    run = take_in("feedback.reviews", write("text\n好\n"), "--brand", "NEW")["run"]
    undo(run)
    assert (Brand.objects.count(), FeedbackItem.objects.standing().count()) == (0, 0)
    run = take_in("feedback.reviews", write("text\n好\n"), "--brand", "NEW")["run"]
    make_sku("X", brand="NEW")
    assert undo(run)["exit"] == 0
    assert Brand.objects.get().code == "NEW"
    assert not FeedbackItem.objects.standing().exists()
    assert list(FeedbackItem.objects.order_by("pk").values_list("brand__code", flat=True)) == [None, "NEW"]


def test_a_role_that_may_not_cancel_hears_so(house, write):
    draft = prepare(kind_of("orders.standard"), write(THREE), Options(shop="S1"))
    run = import_file(draft, actor=ACTOR)
    user = User.objects.create_user("p", roles=[Role.SALES])
    actor = Principal("person", "p", user_id=user.pk, roles=frozenset(user.roles))
    [(_index, refusal)] = undo_runs([run.pk], actor=actor, at=NOON + timedelta(days=3650)).refused
    assert refusal.code == "role_may_not_move"
    assert Order.objects.filter(undone_at=None).count() == 3


def test_whoever_may_not_take_in_a_kind_neither_starts_nor_undoes_its_runs(house, write):
    run = import_file(prepare(kind_of("orders.standard"), write(THREE), Options(shop="S1")), actor=ACTOR)
    packer = Principal("person", "p", roles=frozenset({Role.WAREHOUSE}))
    assert undo_runs([run.pk], actor=packer, at=NOON).refused[0][1].code == "not_your_kind"
    assert queue_runs([run.pk], actor=packer, at=NOON).refused[0][1].code == "not_your_kind"
