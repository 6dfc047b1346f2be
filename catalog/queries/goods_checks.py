"""What hits the rules of the periodic check, and the desk on which it is looked at.

Each query gives (SKU, shop or nothing, figure, limit, days, quiet days). Of the rules of a kind, a brand's own goes
before that of all brands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from catalog.choices import CheckKind, CheckStatus, Gravity, ListingStatus
from catalog.contents import content_of
from catalog.models import CheckRule, GoodsCheck, Listing, Sku, Stock
from catalog.queries.checks import Subject, check_contents
from catalog.queries.prices import SPECIAL
from ops_portal.lib.keysets import page_after

PAGE: Final = 50
COUNTED: Final = 1000
FEWEST_SHIPPED: Final = 10  # units, before a share of them says anything
AT_ONCE: Final = 200  # listings that are read together
Hit = tuple[int, int | None, Decimal, Decimal, int, int]

RULES: Final = """
    rule AS (
        SELECT b.id AS brand_id, r."limit", r.days, r.quiet_days
        FROM catalog_brand b
        CROSS JOIN LATERAL (
            SELECT * FROM catalog_checkrule r
            WHERE r.kind = %(kind)s AND r.is_active AND (r.brand_id = b.id OR r.brand_id IS NULL)
            ORDER BY r.brand_id NULLS LAST LIMIT 1
        ) r
    )
"""
GOODS: Final = """
    FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id JOIN rule ON rule.brand_id = p.brand_id
"""
# On hand, none of it sold for so many days, and some of it there already when they began.
NO_SALE: Final = f"""
    WITH {RULES}, held AS (
        SELECT s.sku_id, sum(s.available) AS units FROM catalog_stock s WHERE s.available > 0 GROUP BY s.sku_id
    )
    SELECT k.id, NULL::bigint, held.units::numeric, rule."limit", rule.days, rule.quiet_days
    {GOODS} JOIN held ON held.sku_id = k.id
    WHERE k.is_active AND held.units >= rule."limit"
      AND NOT EXISTS (
          SELECT FROM catalog_dailydemand d
          WHERE d.sku_id = k.id AND d.day > %(today)s - rule.days AND d.units > 0
      )
      AND EXISTS (
          SELECT FROM catalog_stock s JOIN catalog_stockmovement m ON m.stock_id = s.id
          WHERE s.sku_id = k.id AND m.at < %(at)s - make_interval(days => rule.days)
      )
"""
# (price − platform's fee − cost) / price of what is offered in a live listing, at the price in force there.
MARGIN: Final = f"""
    WITH {RULES}, offered AS (
        SELECT DISTINCT l.channel_id, k.id AS sku_id
        FROM catalog_listing l JOIN catalog_listingversion v ON v.id = l.live_id
        CROSS JOIN LATERAL jsonb_array_elements(v.content -> 'skus') AS one
        JOIN catalog_sku k ON k.code = one ->> 'sku_code'
        WHERE l.status = '{ListingStatus.LIVE}'
    )
    SELECT k.id, n.id, round((held.price - round(held.price * n.fee_rate, 2) - k.cost) / held.price, 4),
           rule."limit", rule.days, rule.quiet_days
    {GOODS} JOIN offered o ON o.sku_id = k.id JOIN catalog_channel n ON n.id = o.channel_id
    CROSS JOIN LATERAL (
        SELECT COALESCE(
            ({SPECIAL.format(sku="k.id", channel="n.id")}),
            (SELECT amount FROM catalog_price
             WHERE sku_id = k.id AND channel_id = n.id AND until IS NULL AND since <= %(at)s
             ORDER BY since DESC, id DESC LIMIT 1),
            (SELECT amount FROM catalog_price WHERE sku_id = k.id AND channel_id IS NULL AND since <= %(at)s
             ORDER BY since DESC, id DESC LIMIT 1),
            k.list_price
        ) AS price
    ) held
    WHERE k.is_active AND k.cost IS NOT NULL AND held.price > 0
      AND (held.price - round(held.price * n.fee_rate, 2) - k.cost) / held.price < rule."limit"
"""
# Units that came back as a share of the units that were shipped, both within the days.
RETURNS: Final = f"""
    WITH {RULES}, moved AS (
        SELECT s.sku_id,
               sum(m.units) FILTER (WHERE m.to_state = 'shipped') AS shipped,
               sum(m.units) FILTER (WHERE m.to_state = 'returning') AS returned
        FROM catalog_stockmovement m JOIN catalog_stock s ON s.id = m.stock_id
        WHERE m.at >= %(at)s - make_interval(days => (SELECT max(days) FROM rule))
          AND m.to_state IN ('shipped', 'returning')
        GROUP BY s.sku_id
    )
    SELECT k.id, NULL::bigint, round(moved.returned / moved.shipped, 4), rule."limit", rule.days, rule.quiet_days
    {GOODS} JOIN moved ON moved.sku_id = k.id
    WHERE k.is_active AND moved.shipped >= {FEWEST_SHIPPED} AND moved.returned / moved.shipped > rule."limit"
"""
FOUND: Final = {CheckKind.NO_SALE: NO_SALE, CheckKind.MARGIN: MARGIN, CheckKind.RETURNS: RETURNS}


def hits_of(kind: str, *, at: datetime) -> list[Hit]:
    """Return what hits the rules of a kind now; nothing where it has none."""
    if not CheckRule.objects.filter(kind=kind, is_active=True).exists():
        return []
    if kind == CheckKind.CONTENT:
        return list(faulty_contents(at=at))
    with connection.cursor() as cursor:
        cursor.execute(FOUND[CheckKind(kind)], {"kind": kind, "at": at, "today": timezone.localdate(at)})
        return list(cursor.fetchall())


def faulty_contents(*, at: datetime) -> Iterator[Hit]:
    """Yield the first SKU of each live listing whose content has as many faults as the rule allows, or more.

    What blocks a submission counts as the whole limit: a word that was prohibited since is always worth a look.
    """
    rules = {rule.brand_id: rule for rule in CheckRule.objects.filter(kind=CheckKind.CONTENT, is_active=True)}
    live = Listing.objects.filter(status=ListingStatus.LIVE, live__isnull=False).order_by("pk")
    seen = 0
    while found := list(
        live.filter(pk__gt=seen).select_related("live", "channel", "product__brand")[:AT_ONCE]
    ):
        seen = found[-1].pk
        subjects = [Subject(content_of(each.live.content), each.channel, each.product) for each in found]
        first = first_skus([each.product_id for each in found])
        for listing, findings in zip(found, check_contents(subjects, at=at), strict=True):
            rule = rules.get(listing.product.brand_id, rules.get(None))
            sku = first.get(listing.product_id)
            if rule is None or sku is None or not findings:
                continue
            blocked = any(finding.gravity == Gravity.BLOCKS for finding in findings)
            if blocked or len(findings) >= rule.limit:
                yield sku, listing.channel_id, Decimal(len(findings)), rule.limit, rule.days, rule.quiet_days


def first_skus(product_ids: Sequence[int]) -> dict[int, int]:
    """Return the first active SKU of each product, by which its listing is named in the queue."""
    skus = Sku.objects.filter(product__in=product_ids, is_active=True).order_by("product", "pk")
    return dict(skus.distinct("product").values_list("product", "pk"))


@dataclass(frozen=True, slots=True)
class AskedChecks:
    """What a page of checks is narrowed to; ``after`` is the number that the page before ended with."""

    status: str = CheckStatus.OPEN
    kind: str = ""
    brand: str = ""
    shop: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check with the units on hand and the listing that it leads to."""

    check: GoodsCheck
    available: int
    listing: Listing | None


def page_of_checks(asked: AskedChecks, *, user: Any) -> tuple[list[CheckRow], str]:
    """Return 50 checks, the newest first, and the number after which the next page begins."""
    found = narrowed(GoodsCheck.objects.visible_to(user), asked, user)
    whole = found.select_related("sku__product__brand", "channel", "decider")
    checks, following = page_after(whole, asked.after, ("-pk",), size=PAGE)
    units = dict(
        Stock.objects.filter(sku__in=[each.sku_id for each in checks])
        .values_list("sku")
        .annotate(units=Sum("available"))
        .order_by()
    )
    listings = {
        (each.product_id, each.channel_id): each
        for each in Listing.objects.visible_to(user)
        .filter(product__in=[each.sku.product_id for each in checks])
        .order_by("pk")
    }
    rows = [
        CheckRow(
            each,
            units.get(each.sku_id, 0),
            listings.get((each.sku.product_id, each.channel_id))
            if each.channel_id
            else next(
                (one for (product, _c), one in listings.items() if product == each.sku.product_id), None
            ),
        )
        for each in checks
    ]
    return rows, following


def narrowed(checks: QuerySet[GoodsCheck], asked: AskedChecks, user: Any) -> QuerySet[GoodsCheck]:
    """Return the checks that are asked for."""
    if asked.status in CheckStatus.values:
        checks = checks.filter(status=asked.status)
    if asked.kind in CheckKind.values:
        checks = checks.filter(kind=asked.kind)
    if asked.brand:
        checks = checks.filter(sku__product__brand__code=asked.brand)
    return checks.filter(channel__code=asked.shop) if asked.shop else checks


def open_by_kind(user: Any) -> dict[str, int]:
    """Return how many checks of each kind are open."""
    open_ones = GoodsCheck.objects.visible_to(user).filter(status=CheckStatus.OPEN)
    return dict(open_ones.values_list("kind").annotate(count=Count("pk")).order_by())


def quiet_since(at: datetime, quiet_days: int) -> datetime:
    """Return until when a check that is settled now isn't shown again."""
    return at + timedelta(days=quiet_days)
