"""How goods are got, and when more of them is wanted than usual: what those who plan keep."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from catalog.models import CampaignPeriod
from catalog.operations.limits import LimitDraft, set_limits
from catalog.operations.supply import TermsDraft, save_supply_terms
from ops_portal.demo.calendar import Span
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import raise_first

SUPPLIERS: Final = {"MZC": "沐芷澄生物科技供应部", "YSX": "嘉兴砚山针织厂", "HXM": "禾小蔓食品工厂"}
WASH, MASK = "MZC-JM120", "MZC-MM05"


def some(units: int, share: float) -> int:
    """Return units by the size of the agency: a few at least."""
    return max(2, round(units * share))


def keep_terms(span: Span, manager: Principal, share: float, *, at: datetime) -> None:
    """Write down how goods are got, between how many units some are kept, and when more is sold than usual."""
    terms = [
        TermsDraft("MZC", supplier=SUPPLIERS["MZC"], lead_days=10, lead_spread=Decimal(2), pack_units=12,
                   minimum_units=24, service_level=Decimal("0.97")),
        TermsDraft("MZC", MASK, lead_days=6, is_core=True, service_level=Decimal("0.99")),
        TermsDraft("YSX", supplier=SUPPLIERS["YSX"], lead_days=21, lead_spread=Decimal(5), pack_units=5,
                   minimum_units=20, review_days=14, service_level=Decimal("0.92")),
        TermsDraft("HXM", supplier=SUPPLIERS["HXM"], lead_days=5, lead_spread=Decimal(1), pack_units=24,
                   minimum_units=48, service_level=Decimal("0.95")),
    ]  # fmt: skip
    raise_first(save_supply_terms(terms, actor=manager, at=at).refused)
    limits = [
        LimitDraft(MASK, "SH01", some(150, share), some(900, share)),
        LimitDraft(WASH, "SH01", some(120, share), None),
    ]
    raise_first(set_limits(limits, actor=manager, at=at).refused)
    with acting_as(manager):
        CampaignPeriod.objects.bulk_create(
            CampaignPeriod(name=name, starts_on=first, ends_on=first + timedelta(days=days), uplift=uplift)
            for name, first, days, uplift in (
                ("双11", span.sale_day, 0, Decimal(9)),
                ("双11返场", span.sale_day + timedelta(days=1), 1, Decimal(2)),
                ("双12", span.sale_day + timedelta(days=31), 0, Decimal(3)),
            )
        )
