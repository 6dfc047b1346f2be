"""Goods that are looked after: prices to approve, checks that found something, listings worked over and taken off."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from analytics.drafts import OptimisationDraft
from analytics.operations.optimising import open_optimisations
from catalog.choices import DelistCause
from catalog.drafts import PriceChangeDraft
from catalog.models import Channel, Listing, ListingRule, Sku
from catalog.operations.goods_checks import check_goods
from catalog.operations.listing_rules import apply_listing_rules
from catalog.operations.price_changes import propose_prices
from ops_portal.demo.calendar import Span
from ops_portal.lib.principals import Principal, acting_as, system
from ops_portal.lib.refusals import raise_first

CLEARED, SHOP = "YSX-CS04-L-S", "DY-YSX"
QUICK, HOURS = "TM-MZC", 4  # the shop that takes off sooner what is sold out, and after how many hours


def look_after_goods(span: Span, staff: dict[str, Principal]) -> None:
    """Ask for a price below the floor, hold goods against the rules of checks, and work a listing over."""
    operator, at = staff["operator"], span.now - timedelta(hours=2)
    floor = Sku.objects.values_list("floor_price", flat=True).get(code=CLEARED)
    amount = (floor or Decimal(50)) - Decimal(5)
    change = PriceChangeDraft(((CLEARED, amount),), SHOP, reason="断码清仓，尾货出清")
    raise_first(propose_prices([change], actor=operator, at=at).refused)
    check_goods(actor=staff["manager"], at=at)
    listing = Listing.objects.filter(channel__code=SHOP, status="live").order_by("pk").first()
    if listing is not None:
        draft = OptimisationDraft(listing.number, "feedback", "买家反映尺码偏小，标题与详情补充尺码建议")
        raise_first(open_optimisations([draft], actor=operator, at=at).refused)
    take_off_by_rule(span, staff["manager"])


def take_off_by_rule(span: Span, manager: Principal) -> None:
    """Let a shop's own rule take off what has been sold out since the morning."""
    with acting_as(manager):
        ListingRule.objects.create(
            channel=Channel.objects.get(code=QUICK), cause=DelistCause.SOLD_OUT, hours=HOURS
        )
    for hours in (HOURS + 1.5, 1):
        apply_listing_rules(actor=system(), at=span.now - timedelta(hours=hours))
