"""Reads across the catalogue's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.models import BundleComponent, BundleVersion


@dataclass(frozen=True, slots=True)
class Component:
    """So many units of a SKU in one bundle, and its share of the price."""

    sku_id: int
    units: int
    price_share: Decimal


def components_at(sku_ids: Collection[int], at: datetime) -> dict[int, list[Component]]:
    """Return what each bundle is made of at the moment ``at``, by the bundle's SKU id."""
    if not sku_ids:
        return {}
    in_force = (
        BundleVersion.objects.filter(sku_id__in=sku_ids, since__lte=at)
        .order_by("sku_id", "-version")
        .distinct("sku_id")
    )
    components: dict[int, list[Component]] = defaultdict(list)
    rows = BundleComponent.objects.filter(bundle_version__in=in_force).select_related("bundle_version")
    for row in rows.order_by("pk"):
        components[row.bundle_version.sku_id].append(Component(row.sku_id, row.units, row.price_share))
    return dict(components)
