"""What was booked by hand after goods were counted: entered as well, a count's difference would be booked twice."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from catalog.choices import StockDocumentKind, StockState, ZoneKind
from catalog.models import Count, StockDocumentLine

# An adjustment between one of these and what lies on a shelf changes the books, and nothing on the shelf.
BEYOND: Final = frozenset({StockState.LOST.value, StockState.OUTSIDE.value})
ON_SHELVES: Final[dict[str, str]] = {
    ZoneKind.STORAGE: StockState.AVAILABLE.value,
    ZoneKind.QUARANTINE: StockState.QUARANTINE.value,
    ZoneKind.DAMAGED: StockState.DAMAGED.value,
}


def adjusted_since(counts: Collection[Count]) -> dict[int, list[str]]:
    """Return, by the count's id, the adjustments booked after it that its books don't know of.

    Those that cancel each other, as a paper and its taking back do, are none. One statement; ``counts`` come with
    their bins and zones.
    """
    moments = {count.pk: moment for count in counts if (moment := count.recounted_at or count.counted_at)}
    if not moments:
        return {}
    lines = StockDocumentLine.objects.filter(
        stock__in={count.stock_id for count in counts},
        document__kind=StockDocumentKind.ADJUSTMENT,
        document__at__gt=min(moments.values()),
    ).select_related("document")
    papers = list(lines.order_by("document", "position"))
    found: dict[int, list[str]] = {}
    for count in counts:
        state = ON_SHELVES.get(count.bin.zone.kind if count.bin else ZoneKind.STORAGE.value, "")
        net, numbers = 0, []
        for line in papers:
            ways = {line.from_state, line.to_state}
            of_these = (line.stock_id, line.batch_id) == (count.stock_id, count.batch_id)
            is_later = count.pk in moments and line.document.at > moments[count.pk]
            if of_these and is_later and state in ways and ways & BEYOND:
                net += line.units if line.to_state == state else -line.units
                numbers.append(line.document.number)
        if net:
            found[count.pk] = list(dict.fromkeys(numbers))
    return found
