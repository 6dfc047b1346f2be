"""What files say anew of orders that stand: what they take over, what they leave, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.queries.audit import audit_stock
from ops_portal.lib.models import StateMove
from ops_portal.lib.sealing import blind_index
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import BuyerDraft, DiscountDraft, LineDraft, RefundDraft
from orders.models import Customer, Order, OrderLine
from orders.operations.amounts import RefundTooHigh
from orders.operations.changing import restore_orders
from orders.operations.facts import made_ready
from orders.operations.moving import cancel_orders
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
TEN = Decimal("10.00")
R = RefundStatus


@pytest.fixture
def house():
    warehouse, sku, shop = make_warehouse("MAIN"), make_sku("A"), make_shop("S1")
    receive(sku, 10, warehouse=warehouse)
    receive(make_sku("B"), 10, warehouse=warehouse)
    return warehouse, sku, shop


def taken(draft, at=LATER):
    return take_in_orders([draft], actor=ACTOR, at=at).one()


def codes(outcome) -> list[str]:
    return [refusal.code for _index, refusal in outcome.refused]


def refund(pk: int, status: str, amount: str) -> None:
    move_refunds([RefundDraft(pk, status, Decimal(amount))], actor=ACTOR, at=NOON).one()


def refund_of(pk: int) -> tuple[str, Decimal]:
    return Order.objects.values_list("refund_status", "refund_amount").get(pk=pk)


def refund_moves() -> list[tuple[str, str, str]]:
    moves = StateMove.objects.filter(document_kind="order_refund").order_by("pk")
    return list(moves.values_list("from_status", "to_status", "reason"))


@pytest.mark.parametrize(("status", "amount"), [(R.REQUESTED, "0"), (R.PARTLY, "4.00"), (R.FULLY, "10.00")])
def test_a_file_that_says_0_00_leaves_the_refund_that_stands(house, status, amount):
    draft = order_draft(house[2], (house[1], 1), number="N1")
    pk = taken(draft, NOON).id
    refund(pk, status, amount)
    assert taken(replace(draft, remark="gift wrap")).what == "updated"
    assert refund_of(pk) == (status, Decimal(amount))
    assert Order.objects.get(pk=pk).remark == "gift wrap"
    assert refund_moves() == [(R.NONE, status, "")]


def test_a_file_that_says_more_is_taken_over_and_stands_in_the_record(house):
    draft = order_draft(house[2], (house[1], 1), number="N1")
    pk = taken(draft, NOON).id
    for said, stands in (("4.00", R.PARTLY), ("3.00", R.PARTLY), ("10.00", R.FULLY), ("2.00", R.FULLY)):
        taken(replace(draft, refund_amount=Decimal(said)))
        assert refund_of(pk) == (stands, max(Decimal(said), refund_of(pk)[1]))
    assert refund_moves() == [(R.NONE, R.PARTLY, "import"), (R.PARTLY, R.FULLY, "import")]


def test_a_lines_refund_follows_the_refund_of_its_order(house):
    line = LineDraft("A", 1, TEN)
    draft = order_draft(house[2], line, number="N1")
    taken(draft, NOON)
    four = replace(line, refund_amount=Decimal("4.00"))
    taken(replace(draft, lines=(four,), refund_amount=Decimal("4.00")))
    taken(replace(draft, remark="later"))
    assert OrderLine.objects.get().refund_amount == Decimal("4.00")


def test_10_01_of_10_00_is_refused_by_row_and_at_the_reading(house):
    draft = order_draft(house[2], (house[1], 1), number="N1")
    taken(draft, NOON)
    too_high = replace(draft, refund_amount=Decimal("10.01"))
    assert codes(take_in_orders([too_high], actor=ACTOR, at=LATER)) == ["refund_too_high"]
    with pytest.raises(RefundTooHigh):
        made_ready(too_high)


def test_an_order_is_not_made_worth_less_than_its_refund(house):
    draft = order_draft(house[2], (house[1], 1), number="N1")
    pk = taken(draft, NOON).id
    refund(pk, R.PARTLY, "6.00")
    cheaper = replace(draft.lines[0], discounts=(DiscountDraft(Decimal("5.00"), "shop"),))
    outcome = take_in_orders([replace(draft, lines=(cheaper,))], actor=ACTOR, at=LATER)
    assert codes(outcome) == ["refund_too_high"]
    assert Order.objects.get(pk=pk).total == TEN


def facts_of_order():
    return (
        [{k: v for k, v in row.items() if k != "updated_at"} for row in Order.objects.values()],
        list(OrderLine.objects.order_by("pk").values()),
    )


def test_all_that_is_said_of_buyer_and_lines_is_written_and_given_back(house):
    line = LineDraft("A", 1, TEN)
    draft = order_draft(house[2], line, number="N1", buyer=BuyerDraft(province="浙江省"))
    pk = taken(draft, NOON).id
    before = facts_of_order()
    said = replace(
        draft,
        buyer=BuyerDraft(platform_id="bob", name="Bob", phone="13911112222"),
        lines=(replace(line, platform_line_number="SUB1", is_gift=True, title="T"),),
        refund_amount=Decimal("4.00"),
    )
    placed = taken(said)
    order, standing = Order.objects.get(pk=pk), OrderLine.objects.get()
    assert order.customer == Customer.objects.get(buyer_key=blind_index("bob", "buyer"))
    assert (standing.platform_line_number, standing.is_gift, standing.title) == ("SUB1", True, "T")
    assert taken(said).what == "unchanged"
    restore_orders({pk: placed.before}, actor=ACTOR, at=LATER)
    assert facts_of_order() == before
    assert refund_moves() == [(R.NONE, R.PARTLY, "import"), (R.PARTLY, R.NONE, "undo")]


def test_2_orders_of_1_buyer_get_the_same_customer_and_a_blank_takes_nobody_away(house):
    drafts = [order_draft(house[2], (house[1], 1), number=n, buyer=BuyerDraft(city="C")) for n in ("1", "2")]
    take_in_orders(drafts, actor=ACTOR, at=NOON)
    known = BuyerDraft(platform_id="bob", name="Bob")
    take_in_orders([replace(draft, buyer=known) for draft in drafts], actor=ACTOR, at=LATER)
    only_phone = BuyerDraft(phone="13911112222")
    take_in_orders([replace(draft, buyer=only_phone) for draft in drafts], actor=ACTOR, at=LATER)
    assert Customer.objects.count() == 1
    assert set(Order.objects.values_list("customer", flat=True)) == {Customer.objects.get().pk}


def test_a_blank_payment_leaves_the_10_00_that_were_paid(house):
    draft = order_draft(house[2], (house[1], 1), number="N1")
    pk = taken(draft, NOON).id
    taken(replace(draft, paid_at=None, remark="blank"))
    order = Order.objects.get(pk=pk)
    assert (order.paid_at, order.paid_amount, order.remark) == (NOON, TEN, "blank")
    assert order.lines.get().paid_amount == TEN


def test_an_order_that_is_worked_here_is_not_taken_as_over(house):
    warehouse, sku, shop = house
    draft = order_draft(shop, (sku, 5), number="N1")
    pk = taken(draft, NOON).id
    over = replace(draft, fate="recorded", remark="over")
    [(index, refusal)] = take_in_orders([over], actor=ACTOR, at=LATER).refused
    assert (index, refusal.code, "N1" in str(refusal)) == (0, "stands_open", True)
    assert Order.objects.get(pk=pk).status == OrderStatus.CREATED
    assert stock_of(sku, warehouse).reserved == 5
    cancel_orders([pk], actor=ACTOR, at=LATER).one()
    assert taken(over).what == "updated"
    assert audit_stock().ok


def discounted(code: str, number: str, discount: str) -> LineDraft:
    discounts = (DiscountDraft(Decimal(discount), "shop"),)
    return LineDraft(code, 1, TEN, discounts, platform_line_number=number)


@pytest.mark.parametrize("numbers", [("1", "2", "3"), ("", "", ""), ("1", "", "3")])
def test_the_same_3_lines_in_another_sequence_are_the_same_goods(house, numbers):
    lines = [discounted(code, number, "1.00") for code, number in zip("AAB", numbers, strict=True)]
    draft = order_draft(house[2], *lines, number="N1")
    taken(draft, NOON)
    taken(replace(draft, lines=(replace(lines[2], title="B"), *lines[:2])))
    facts = OrderLine.objects.order_by("position").values_list("sku_code", "title", "platform_line_number")
    assert list(facts) == [("A", "", numbers[0]), ("A", "", numbers[1]), ("B", "B", numbers[2])]


def test_a_discount_goes_to_the_line_whose_number_it_was_given_with(house):
    draft = order_draft(house[2], discounted("A", "1", "1.00"), discounted("A", "2", "2.00"), number="N1")
    taken(draft, NOON)
    taken(replace(draft, lines=(discounted("A", "2", "5.00"), discounted("A", "1", "1.00"))))
    assert list(
        OrderLine.objects.order_by("position").values_list("platform_line_number", "discount_amount")
    ) == [("1", Decimal("1.00")), ("2", Decimal("5.00"))]


@pytest.mark.parametrize("numbers", [("1", "2"), ("", "")])
def test_other_goods_are_refused_under_the_same_numbers_and_without(house, numbers):
    first, second = (discounted(code, number, "1.00") for code, number in zip("AB", numbers, strict=True))
    draft = order_draft(house[2], first, second, number="N1")
    taken(draft, NOON)
    for lines in ((first,), (first, replace(second, units=2)), (first, second, second)):
        assert codes(take_in_orders([replace(draft, lines=lines)], actor=ACTOR, at=LATER)) == ["lines_differ"]


def test_4_buyers_with_masked_or_cut_telephones_are_not_1_customer(house):
    phones = ("138****5678", "138****5678", "***********", "5678")
    drafts = [
        order_draft(house[2], (house[1], 1), buyer=BuyerDraft(name=str(i), phone=phone))
        for i, phone in enumerate(phones)
    ]
    take_in_orders(drafts, actor=ACTOR, at=NOON)
    assert set(Order.objects.values_list("customer", "phone_key")) == {(None, None)}
    assert not Customer.objects.exists()


def test_a_masked_telephone_leaves_the_order_to_be_found_by_the_whole_one(house):
    draft = order_draft(house[2], (house[1], 1), number="N1", buyer=BuyerDraft(phone="13811115678"))
    taken(draft, NOON)
    taken(replace(draft, buyer=BuyerDraft(phone="138****5678")))
    assert bytes(Order.objects.get().phone_key) == blind_index("13811115678", "phone")
