"""What the tests of figures share: orders of two brands, and figures asked for in one line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from analytics.choices import By
from analytics.operations.rolling import refresh_stale_days
from analytics.queries.figures import figures
from ops_portal.accounts.visibility import EVERYTHING
from orders.drafts import BuyerDraft, LineDraft, OrderDraft
from orders.models import Order
from orders.operations.placing import take_in_orders
from tests.factories import ACTOR, NOON, make_sku

DAY = date(2026, 11, 11)
ZERO = Decimal("0.00")


def make_goods():
    """Return SKUs A1 and A2 of ACME and B1 of BOLT."""
    return make_sku("A1"), make_sku("A2"), make_sku("B1", brand="BOLT")


def line(code, units, price, **more):
    return LineDraft(code, units, Decimal(price), **more)


def take_in(
    shop, *lines, number, buyer="", province="浙江", day=0, paid=True, at=NOON, fate="recorded", **more
):
    """Take in one order that is over, placed at noon ``day`` days after 11 November; return it."""
    placed_at = at + timedelta(days=day)
    draft = OrderDraft(
        shop=shop,
        platform_number=number,
        placed_at=placed_at,
        paid_at=placed_at if paid else None,
        buyer=BuyerDraft(platform_id=buyer, province=province),
        lines=lines,
        fate=fate,
        **more,
    )
    return Order.objects.get(pk=take_in_orders([draft], actor=ACTOR, at=NOON).one().id)


def refresh():
    return refresh_stale_days(actor=ACTOR, at=datetime(2026, 11, 12, tzinfo=UTC))


def ask(*codes, by=None, days=(0, 0), shops=None, scope=EVERYTHING):
    """Return {key: value} of one metric, {key: (value, …)} of several, as of now."""
    refresh()
    since, until = (DAY + timedelta(days=number) for number in days)
    by = By(by) if by else None
    found: dict = {}
    for figure in figures(codes, since=since, until=until, scope=scope, shops=shops, by=by):
        found.setdefault(figure.key, []).append(figure.value)
    return {key: tuple(values) if len(codes) > 1 else values[0] for key, values in found.items()}
