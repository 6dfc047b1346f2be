"""What working over a listing did: its figures as long before the new version as after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

from django.db.models import Count, Sum

from analytics.choices import OptimisationStatus
from analytics.models import Optimisation
from catalog.models import Listing, ListingVersion
from feedback.models import FeedbackItem
from ops_portal.lib.keysets import page_after
from ops_portal.lib.money import ratio
from orders.models import OrderLine

PAGE: Final = 50
LONGEST: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Sales:
    """What one listing sold in ``days`` days: paid orders, units, amount; refunded of it; negative feedback on it."""

    days: str
    orders: int
    units: int
    amount: str
    refunded: str
    negative: int

    @property
    def paid(self) -> Decimal:
        """Return the amount as a number."""
        return Decimal(self.amount)

    @property
    def units_a_day(self) -> Decimal | None:
        """Return units per day; None where there was no time."""
        return ratio(self.units, Decimal(self.days))

    @property
    def refund_rate(self) -> Decimal | None:
        """Return what was refunded as a share of what was paid."""
        return ratio(Decimal(self.refunded), Decimal(self.amount))

    @property
    def complaint_rate(self) -> Decimal | None:
        """Return negative feedback per paid order."""
        return ratio(self.negative, self.orders)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a listing sold before its new version and after it, over stretches of the same length."""

    before: Sales
    after: Sales

    @property
    def change(self) -> Decimal | None:
        """Return how many more units a day were sold, as a share of those before."""
        was, now = self.before.units_a_day, self.after.units_a_day
        return None if was is None or now is None else ratio(now - was, was)

    def as_json(self) -> dict[str, Any]:
        """Return what is kept when an optimisation is closed."""
        return {"before": asdict(self.before), "after": asdict(self.after)}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        """Return what was kept."""
        return cls(Sales(**kept["before"]), Sales(**kept["after"]))


def version_after(optimisation: Optimisation) -> ListingVersion | None:
    """Return the version that buyers see instead of the one before; None while there is none."""
    if optimisation.after is not None:
        return optimisation.after
    live: ListingVersion | None = optimisation.listing.live
    return live if live is not None and live.pk != optimisation.before_id else None


def effect_of(optimisation: Optimisation, *, at: datetime) -> Effect | None:
    """Return what the new version did until now, four weeks at most; None while there is none.

    A listing that is done shows what was kept.
    """
    if optimisation.figures is not None:
        return Effect.of_json(optimisation.figures)
    after = version_after(optimisation)
    if after is None or after.approved_at is None:
        return None
    length = min(LONGEST, at - after.approved_at)
    begin = after.approved_at
    return Effect(
        sales_of(optimisation.listing, begin - length, begin),
        sales_of(optimisation.listing, begin, begin + length),
    )


def sales_of(listing: Listing, since: datetime, until: datetime) -> Sales:
    """Return what a listing sold in its shop by time of payment; three statements."""
    shop, product = listing.channel.code, listing.product_id
    lines = OrderLine.objects.filter(
        sku__product=product, order__shop__code=shop, order__paid_at__gte=since, order__paid_at__lt=until
    )
    sums = lines.aggregate(
        orders=Count("order", distinct=True),
        units=Sum("units"),
        amount=Sum("amount"),
        refunded=Sum("refund_amount"),
    )
    said = FeedbackItem.objects.filter(
        sku__product=product, shop__code=shop, is_negative=True, received_at__gte=since, received_at__lt=until
    )
    days = Decimal((until - since).total_seconds()) / 86_400
    return Sales(
        f"{days:.2f}",
        sums["orders"],
        sums["units"] or 0,
        f"{sums['amount'] or Decimal(0):.2f}",
        f"{sums['refunded'] or Decimal(0):.2f}",
        said.filter(undone_at=None).count(),
    )


def page_of_optimisations(status: str, after: str, *, user: Any) -> tuple[Sequence[Optimisation], str]:
    """Return 50 optimisations, the newest first, and the number after which the next page begins."""
    found = Optimisation.objects.visible_to(user)
    if status in OptimisationStatus.values:
        found = found.filter(status=status)
    whole = found.select_related(
        "listing__channel", "listing__product__brand", "listing__live", "before", "after", "owner"
    )
    return page_after(whole, after, ("-pk",), size=PAGE)
