"""What there is, what comes and what waits, of every SKU in every warehouse: a handful of statements for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from catalog.choices import BALANCES, OWN, InboundStatus, ReplenishmentStatus, SkuStage
from catalog.models import Replenishment, SupplyTerms
from catalog.queries.histories import Place
from catalog.queries.reckoning import Position, Terms
from catalog.signals import units_wanted

COMING: Final = (InboundStatus.ORDERED, InboundStatus.EXPECTED, InboundStatus.RECEIVING)

STANDING: Final = f"""
    SELECT s.sku_id, s.warehouse_id, sum(s.available), sum(s.quarantine),
        (array_agg(s.owner ORDER BY {" + ".join(f"s.{state}" for state in BALANCES)} DESC, s.owner))[1]
    FROM catalog_stock s WHERE %(skus)s::bigint[] IS NULL OR s.sku_id = ANY(%(skus)s)
    GROUP BY 1, 2
"""
PAST_DATE: Final = """
    SELECT s.sku_id, s.warehouse_id, sum(b.available)
    FROM catalog_batchstock b JOIN catalog_stock s ON s.id = b.stock_id
    JOIN catalog_batch h ON h.id = b.batch_id JOIN catalog_sku k ON k.id = s.sku_id
    WHERE b.available > 0 AND h.expires_on - coalesce(k.ship_days, 0) < %(on)s
      AND (%(skus)s::bigint[] IS NULL OR s.sku_id = ANY(%(skus)s))
    GROUP BY 1, 2
"""
INBOUND: Final = """
    SELECT l.sku_id, d.warehouse_id, d.expected_on, sum(l.promised - l.received)
    FROM catalog_inbounddelivery d JOIN catalog_inboundline l ON l.delivery_id = d.id
    WHERE d.status = ANY(%(coming)s) AND l.promised > l.received
      AND (%(skus)s::bigint[] IS NULL OR l.sku_id = ANY(%(skus)s))
    GROUP BY 1, 2, 3
"""
# What transfers sent and did not bring yet; the paper names where it goes.
TRANSFERS: Final = """
    SELECT s.sku_id, d.to_warehouse_id, sum(CASE WHEN l.to_state = 'in_transit' THEN l.units ELSE -l.units END)
    FROM catalog_stock s
    JOIN catalog_stockdocumentline l ON l.stock_id = s.id AND 'in_transit' IN (l.from_state, l.to_state)
    JOIN catalog_stockdocument d ON d.id = l.document_id AND d.kind = 'transfer' AND d.undone_at IS NULL
    WHERE s.in_transit > 0 AND (%(skus)s::bigint[] IS NULL OR s.sku_id = ANY(%(skus)s))
    GROUP BY 1, 2
"""
WANTED: Final = """
    SELECT w.sku_id, w.warehouse_id, sum(w.units) FROM ({questions}) w
    WHERE %(skus)s::bigint[] IS NULL OR w.sku_id = ANY(%(skus)s)
    GROUP BY 1, 2
"""
GOODS: Final = f"""
    SELECT k.id, k.code, k.cost, k.shelf_life_days, coalesce(k.ship_days, 0), p.brand_id
    FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id
    WHERE k.is_active AND NOT k.is_bundle AND k.stage <> '{SkuStage.CLEARING}' AND k.id = ANY(%(skus)s)
"""


@dataclass(frozen=True, slots=True)
class Goods:
    """What a reckoning has to know of a SKU; ``life_days`` is how long a unit that comes may be sold."""

    code: str
    brand_id: int
    cost: Decimal | None
    life_days: int | None


@dataclass(slots=True)
class Positions:
    """Positions by SKU and warehouse, and whose goods lie there: who has supplied most of them."""

    positions: dict[Place, Position] = field(default_factory=dict)
    owners: dict[Place, str] = field(default_factory=dict)
    owner_of_sku: dict[int, str] = field(default_factory=dict)

    def of(self, place: Place) -> Position:
        """Return the position of a SKU in a warehouse."""
        return self.positions.get(place, Position())

    def owner_of(self, place: Place) -> str:
        """Return for whom to get more: who supplies it there, else who supplies it anywhere, else we ourselves."""
        return self.owners.get(place) or self.owner_of_sku.get(place[0], OWN)

    @classmethod
    def load(cls, *, on: date, sku_ids: Collection[int] | None = None) -> Positions:
        """Read what there is after the day ``on``; six statements."""
        given: dict[str, Any] = {
            "skus": None if sku_ids is None else list(sku_ids),
            "on": on + timedelta(days=1),
            "coming": [str(status) for status in COMING],
        }
        facts: dict[Place, dict[str, Any]] = defaultdict(dict)
        arrivals: dict[Place, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        found = cls()
        for sku, place, available, quarantine, owner in rows_of(STANDING, given):
            facts[sku, place] = {"available": int(available), "quarantine": int(quarantine)}
            found.owners[sku, place] = owner
            found.owner_of_sku.setdefault(sku, owner)
        for sku, place, units in rows_of(PAST_DATE, given):
            facts[sku, place]["unsellable"] = int(units)
        for sku, place, day, units in rows_of(INBOUND, given):
            arrivals[sku, place][max((day - on).days, 1)] += int(units)
        for sku, place, units in rows_of(TRANSFERS, given):
            if units > 0:
                arrivals[sku, place][1] += int(units)
        questions = " UNION ALL ".join(str(sql) for _receiver, sql in units_wanted.send(Replenishment))
        for sku, place, units in rows_of(WANTED.format(questions=questions), given) if questions else ():
            if place is not None:
                facts[sku, place]["waiting"] = int(units)
        decided = Replenishment.objects.filter(status=ReplenishmentStatus.APPROVED)
        if sku_ids is not None:
            decided = decided.filter(sku__in=sku_ids)
        for sku, place, units in decided.values_list("sku_id", "warehouse_id", "units"):
            facts[sku, place]["approved"] = facts[sku, place].get("approved", 0) + units
        for key in facts.keys() | arrivals.keys():
            comes = tuple(sorted(arrivals[key].items())) if key in arrivals else ()
            found.positions[key] = replace(Position(**facts[key]), arrivals=comes)
        return found


def rows_of(sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def goods_of(sku_ids: Collection[int]) -> dict[int, Goods]:
    """Return the SKUs that are offered and have stock of their own."""
    return {
        pk: Goods(code, brand_id, cost, None if life is None else max(life - ship, 0))
        for pk, code, cost, life, ship, brand_id in rows_of(GOODS, {"skus": list(sku_ids)})
    }


@dataclass(frozen=True, slots=True)
class AllTerms:
    """The terms of brands and of SKUs; a SKU's own go before its brand's, and those before the usual ones."""

    by_key: dict[tuple[int, int | None], Terms]

    def of(self, brand_id: int, sku_id: int) -> Terms:
        """Return the terms by which a SKU is got."""
        return self.by_key.get((brand_id, sku_id)) or self.by_key.get((brand_id, None)) or Terms()

    @classmethod
    def load(cls) -> AllTerms:
        """Read all terms; one statement."""
        return cls({(row.brand_id, row.sku_id): terms_of(row) for row in SupplyTerms.objects.order_by("pk")})


def terms_of(row: SupplyTerms) -> Terms:
    """Return kept terms as numbers."""
    return Terms(
        row.supplier,
        row.lead_days,
        float(row.lead_spread),
        row.review_days,
        row.minimum_units,
        row.pack_units,
        float(row.service_level),
    )


def dismissed_since(moment: datetime) -> dict[Place, datetime]:
    """Return where somebody dismissed a suggestion after ``moment``, and when last."""
    rows = Replenishment.objects.filter(status=ReplenishmentStatus.DISMISSED, updated_at__gt=moment)
    found = rows.order_by("updated_at", "pk").values_list("sku_id", "warehouse_id", "updated_at")
    return {(sku, place): at for sku, place, at in found}
