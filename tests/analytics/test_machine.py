"""Whatever is done to orders, feedback and the catalogue: the figures kept up are those added up from nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.queries.audit import audit_kpis
from analytics.queries.stale import stale_days
from catalog.models import Brand, Product
from feedback.drafts import ItemDraft
from feedback.models import FeedbackItem
from feedback.operations.receiving import receive_items, undo_items
from ops_portal.lib.principals import acting_as
from orders.choices import RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order
from orders.operations.moving import cancel_orders
from orders.operations.refunding import move_refunds
from orders.operations.undoing import undo_orders
from orders.operations.waiting import serve_waiting_orders
from tests.analytics.houses import line, make_goods, refresh, take_in
from tests.factories import ACTOR, NOON, make_shop, make_sku

CODES = ("A1", "A2", "B1", "LATE")
cents = st.integers(0, 9_999).map(lambda number: Decimal(number).scaleb(-2))
lines = st.lists(st.tuples(st.sampled_from(CODES), st.integers(1, 4), cents, st.integers(0, 3)), max_size=4)
place = st.fixed_dictionaries(
    {
        "lines": lines,
        "number": st.sampled_from("1234"),
        "shop": st.integers(0, 1),
        "buyer": st.sampled_from(["", "b1", "b2"]),
        "province": st.sampled_from(["", "浙江", "上海"]),
        "day": st.integers(0, 2),
        "paid": st.booleans(),
        "freight": cents,
        "refund": cents,
        "goods": cents,
    }
)
step = st.one_of(
    st.tuples(st.just("place"), place),
    st.tuples(st.just("refund"), st.tuples(st.integers(0, 9), st.integers(0, 100))),
    st.tuples(st.sampled_from(["cancel", "undo", "undo_item"]), st.integers(0, 9)),
    st.tuples(
        st.just("brand"), st.tuples(st.sampled_from(["A1", "A2", "B1"]), st.sampled_from(["ACME", "BOLT"]))
    ),
    st.tuples(
        st.just("item"), st.tuples(st.integers(0, 4), st.sampled_from(["", "ACME"]), st.integers(0, 5))
    ),
    st.tuples(st.just("late_sku"), st.none()),
    st.tuples(st.just("sweep"), st.none()),
)


class House:
    """Two shops, and one method for each thing that can be done."""

    def __init__(self):
        make_goods()
        self.shops = [make_shop("S1"), make_shop("S2")]

    def place(self, said):
        """Place an order; one of the same number takes over what is new, or refuses other lines."""
        owed = sum((Decimal(price) * units for _code, units, price, _own in said["lines"]), Decimal(0))
        worth = (owed if said["lines"] else said["goods"]) + said["freight"]
        goods = [
            line(code, units, str(price), refund_amount=min(price, Decimal(own)) if own == 3 else Decimal(0))
            for code, units, price, own in said["lines"]
        ]
        try:
            with transaction.atomic():
                take_in(
                    self.shops[said["shop"]],
                    *goods,
                    number=said["number"],
                    buyer=said["buyer"],
                    province=said["province"],
                    day=said["day"],
                    paid=said["paid"],
                    freight=said["freight"],
                    refund_amount=min(said["refund"], worth),
                    goods_amount=None if said["lines"] else said["goods"],
                    fate="open" if said["lines"] else "recorded",
                )
        except Exception as refused:
            if getattr(refused, "code", "") != "lines_differ":
                raise

    def pick(self, index):
        ids = list(Order.objects.order_by("pk").values_list("pk", flat=True))
        return [ids[index % len(ids)]] if ids else []

    def refund(self, said):
        index, percent = said
        for order in Order.objects.filter(pk__in=self.pick(index)):
            amount = (order.total * percent / 100).quantize(Decimal("0.01"))
            move_refunds([RefundDraft(order.pk, RefundStatus.PARTLY, amount)], actor=ACTOR, at=NOON)

    def cancel(self, index):
        cancel_orders(self.pick(index), actor=ACTOR, at=NOON)

    def undo(self, index):
        undo_orders(self.pick(index), actor=ACTOR, at=NOON)

    def brand(self, said):
        code, brand = said
        with acting_as(ACTOR):
            Product.objects.filter(code=f"P-{code}").update(brand=Brand.objects.get(code=brand))

    def late_sku(self, _said):
        make_sku("LATE", brand="BOLT")
        serve_waiting_orders(actor=ACTOR, at=NOON)

    def item(self, said):
        key, brand, rating = said
        shop = self.shops[key % 2] if key else None
        draft = ItemDraft(f"{key}", "x", rating=rating or None, brand_code=brand, shop=shop)
        receive_items([draft], actor=ACTOR, at=NOON)

    def undo_item(self, index):
        undo_items(
            list(FeedbackItem.objects.values_list("pk", flat=True))[index : index + 1], actor=ACTOR, at=NOON
        )

    def sweep(self, _said):
        refresh()


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, min_size=1, max_size=14))
def test_the_figures_kept_up_equal_those_added_up_from_nothing(steps):
    with transaction.atomic():
        house = House()
        for name, said in steps:
            getattr(house, name)(said)
        refresh()
        assert stale_days() == set()
        assert audit_kpis().first_difference is None
        transaction.set_rollback(True)
