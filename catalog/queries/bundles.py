"""Reads across the catalogue's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection
from django.utils import timezone

from catalog.models import BundleComponent, BundleVersion
from catalog.queries.sellable import SELLABLE

# A document is served whole from one warehouse, so a bundle is made of what one warehouse has.
AVAILABLE: Final = f"""
    WITH in_force AS (
        SELECT DISTINCT ON (v.sku_id) v.sku_id AS bundle, v.id FROM catalog_bundleversion v
        WHERE v.sku_id = ANY (%(skus)s) AND v.since <= %(at)s ORDER BY v.sku_id, v.version DESC
    ), part AS (
        SELECT f.bundle, c.sku_id, c.units, count(*) OVER (PARTITION BY f.bundle) AS parts
        FROM in_force f JOIN catalog_bundlecomponent c ON c.bundle_version_id = f.id
    ), sellable AS (
        {SELLABLE} WHERE s.sku_id IN (SELECT unnest(%(skus)s::bigint[]) UNION SELECT sku_id FROM part)
    ), enough_for AS (
        SELECT p.bundle, s.warehouse_id, p.parts, div(sum(s.units), p.units) AS units
        FROM part p JOIN sellable s ON s.sku_id = p.sku_id
        GROUP BY p.bundle, s.warehouse_id, p.sku_id, p.units, p.parts
    ), of_warehouse AS (
        SELECT bundle, min(units) AS units FROM enough_for
        GROUP BY bundle, warehouse_id, parts HAVING count(*) = parts
    )
    SELECT bundle, sum(units)::bigint FROM of_warehouse GROUP BY bundle
    UNION ALL
    SELECT sku_id, sum(units)::bigint FROM sellable WHERE sku_id = ANY (%(skus)s) GROUP BY sku_id
"""


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


def available_at(sku_ids: Collection[int], at: datetime) -> dict[int, int]:
    """Return how many units of each SKU can be sold, by its id; of a bundle, the least of its components.

    One statement. What nothing is there of is left out.
    """
    with connection.cursor() as cursor:
        on = timezone.localdate(at, timezone.get_default_timezone())
        cursor.execute(AVAILABLE, {"skus": list(sku_ids), "at": at, "on": on})
        return dict(cursor.fetchall())
