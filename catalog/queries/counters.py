"""Who counted what: whoever counts first doesn't count once more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from catalog.models import Count, Tally

SAME_CREW: Final = timedelta(days=30)  # whoever counted in a warehouse so lately counts there


def first_counters(count_ids: Iterable[int]) -> dict[int, set[int]]:
    """Return who took part in the first counts, by count."""
    ids = list(count_ids)
    found: dict[int, set[int]] = defaultdict(set)
    scans = Tally.objects.filter(count__in=ids, is_recount=False)
    for count_id, counter_id in scans.values_list("count_id", "counter_id"):
        found[count_id].add(counter_id)
    for count_id, last in Count.objects.filter(pk__in=ids).values_list("pk", "counter_id"):
        found[count_id].update({last} - {None})
    return found


def others_count(warehouse_id: int, *, apart: int, at: datetime) -> bool:
    """Tell whether anybody else who may still sign in has counted in the warehouse lately."""
    scans = Tally.objects.filter(
        at__gt=at - SAME_CREW, count__stocktake__warehouse=warehouse_id, counter__is_active=True
    )
    return scans.exclude(counter=apart).exists()
