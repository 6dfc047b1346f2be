"""Which of our SKUs the codes of shops mean, where a person said so."""

from __future__ import annotations

from collections.abc import Collection

from catalog.choices import MatchStatus
from catalog.models import ChannelSku

ShopCode = tuple[str, str]  # the codes of the shop and of the SKU there


def skus_of_shop_codes(
    shops: Collection[str], codes: Collection[str], *, also_inactive: bool = True
) -> dict[ShopCode, tuple[int, bool]]:
    """Return the id of each matched SKU and whether it is a bundle, by shop and code: one statement."""
    if not shops or not codes:
        return {}
    found = ChannelSku.objects.filter(
        channel__code__in=shops, code__in=codes, status=MatchStatus.MATCHED, sku__isnull=False
    )
    if not also_inactive:
        found = found.filter(sku__is_active=True)
    rows = found.values_list("channel__code", "code", "sku_id", "sku__is_bundle")
    return {(shop, code): (sku_id, is_bundle) for shop, code, sku_id, is_bundle in rows}
