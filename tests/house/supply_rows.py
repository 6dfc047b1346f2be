"""What the agency wants more of: demand, terms, campaigns, suggestions and an order of each brand."""

from __future__ import annotations

from datetime import timedelta

from catalog.models import Brand, CampaignPeriod, DailyDemand, Replenishment, Sku, Warehouse
from catalog.operations.purchasing import approve_replenishments, order_replenishments
from catalog.operations.replenishing import suggest_replenishment
from catalog.operations.supply import TermsDraft, save_supply_terms
from catalog.queries.days import yesterday
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR, NOON


def want_more(main: Warehouse) -> None:
    """Let a SKU of each brand sell more than is there; one suggestion of each is ordered, the next one waits."""
    day = NOON.date()
    with acting_as(ACTOR):
        for code, brand in (("A1", "ACME"), ("B1", "BOLT")):
            sku, of = Sku.objects.get(code=code), Brand.objects.get(code=brand)
            CampaignPeriod.objects.create(name=f"Sale of {brand}", brand=of, starts_on=day, ends_on=day)
            DailyDemand.objects.bulk_create(
                DailyDemand(sku=sku, warehouse=main, day=yesterday(NOON) - timedelta(days), units=20)
                for days in range(40)
            )
    terms = [TermsDraft(brand, supplier=f"Supplier of {brand}") for brand in ("ACME", "BOLT")]
    assert not save_supply_terms(terms, actor=ACTOR, at=NOON).refused
    numbers = [row.number for row in suggest_replenishment(actor=ACTOR, at=NOON).done]
    assert len(numbers) == 2
    assert not approve_replenishments(numbers, actor=ACTOR, at=NOON).refused
    assert not order_replenishments(numbers, actor=ACTOR, at=NOON).refused
    with acting_as(ACTOR):
        DailyDemand.objects.update(units=40)
    assert len(suggest_replenishment(actor=ACTOR, at=NOON).done) == 2
    assert Replenishment.objects.count() == 4
