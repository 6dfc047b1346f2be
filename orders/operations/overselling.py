"""What came in for more than there was is noted, with what the shop showed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Max

from catalog.choices import MatchStatus
from catalog.models import ChannelStock, Sku
from orders.models import Oversale
from orders.operations.writing import NewOrder


def note_oversales(orders: Sequence[NewOrder], *, at: datetime) -> None:
    """Note what was missing of each order that is short; three statements, none where nothing was."""
    short = [order for order in orders if order.missing]
    if not short:
        return
    codes = {part["sku"] for order in short for part in order.missing}
    skus = dict(Sku.objects.filter(code__in=codes).values_list("code", "pk"))
    shown = shown_units({order.draft.shop.code for order in short}, skus.values())
    Oversale.objects.bulk_create(
        [
            Oversale(
                order_id=order.id,
                sku_id=skus[part["sku"]],
                wanted=part["wanted"],
                available=part["available"],
                shown=shown.get((order.draft.shop.code, skus[part["sku"]])),
                noted_at=at,
            )
            for order in short
            for part in order.missing
        ]
    )


def shown_units(shop_codes: set[str], sku_ids: Iterable[int]) -> dict[tuple[str, int], int]:
    """Return what shops show of SKUs: the most, where several of a shop's codes mean one."""
    rows = (
        ChannelStock.objects.filter(
            channel_sku__channel__code__in=shop_codes,
            channel_sku__sku__in=list(sku_ids),
            channel_sku__status=MatchStatus.MATCHED,
        )
        .order_by()
        .values_list("channel_sku__channel__code", "channel_sku__sku")
        .annotate(most=Max("units"))
    )
    return {(shop, sku): most for shop, sku, most in rows}
