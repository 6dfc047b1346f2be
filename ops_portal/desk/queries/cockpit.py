"""All deadlines over all platforms, with the money at risk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from ops_portal.accounts.models import User
from ops_portal.desk.choices import BUCKET_ENDS, Bucket
from ops_portal.desk.kinds import kinds_for, queue_place
from ops_portal.desk.queries.rows import (
    Page,
    Rows,
    in_money,
    open_rows,
    page_of_rows,
    platform_labels,
    queue_label,
    with_names,
)

PLATFORM, TEAM = "platform", "team"
CLOCKS: Final = {PLATFORM: "platform_due_at", TEAM: "due_at"}
FILTERS: Final = ("platform", "queue", "bucket")
NO_PLATFORM: Final = "-"


@dataclass(slots=True)
class Cell:
    """How many documents, and how much money in each currency. ``chosen`` is the cell whose rows are shown."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    filters: dict[str, str] = field(default_factory=dict)

    def add(self, count: int, amount: Decimal | None, currency: str) -> None:
        """Add a group of documents."""
        self.count += count
        if amount:
            self.sums[currency] += amount

    @property
    def money(self) -> list[str]:
        """Return the sums as people read them."""
        return [in_money(self.sums[currency], currency) for currency in sorted(self.sums)]

    @property
    def label(self) -> str:
        """Return the name of its column."""
        bucket = self.filters.get("bucket")
        return str(Bucket(bucket).label) if bucket else _("All")


@dataclass(slots=True)
class Line:
    """One platform, or one queue of a platform, over the buckets; its last cell is the sum."""

    label: str
    cells: dict[str, Cell]
    queues: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Cockpit:
    """The matrix of one clock at one moment."""

    lines: list[Line]
    total: Line
    page: Page = field(default_factory=lambda: Page([]))


def bucketed(rows: Rows, clock: str, *, at: datetime) -> Rows:
    """Return the rows with their ``bucket`` by one clock, and with a platform for those that have none."""
    due_at = CLOCKS[clock]
    whens = " ".join(f"WHEN {due_at} < %s THEN '{bucket}'" for bucket in BUCKET_ENDS)
    bucket = (
        f"CASE {whens} WHEN {due_at} IS NOT NULL THEN '{Bucket.LATER}' ELSE '{Bucket.NONE}' END AS bucket"
    )
    platform = f"COALESCE(NULLIF(platform, ''), '{NO_PLATFORM}') AS platform_or_none"
    ends = tuple(at + span for span in BUCKET_ENDS.values())
    return Rows(f"SELECT b.*, {bucket}, {platform} FROM ({rows.sql}) AS b", (*ends, *rows.params))


def cockpit(user: User, clock: str, chosen: Mapping[str, str], *, at: datetime, after: str = "") -> Cockpit:
    """Return the matrix of all open documents that ``user`` sees and the rows of the cell chosen.

    Four statements at most.
    """
    rows = bucketed(open_rows(user, kinds_for(user)), clock, at=at)
    groups = rows.fetch(
        "platform_or_none, COALESCE(queue, ''), bucket, COALESCE(currency, ''), count(*), sum(amount)",
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    )
    found = matrix(groups)
    for name, value in chosen.items():
        column = {"platform": "platform_or_none", "queue": "COALESCE(queue, '')"}.get(name, name)
        rows = rows.where(f"{column} = %s", [value])
    found.page = page_of_rows(rows, at=at, after=after)
    owners = {row.owner_id for row in found.page.rows if row.owner_id}
    with_names(found.page.rows, {each.pk: str(each) for each in User.objects.filter(pk__in=owners)})
    return found


def matrix(groups: Sequence[Sequence[Any]]) -> Cockpit:
    """Return platforms by name as lines, each with its queues in the sequence of the work, and the sum of all."""
    labels = platform_labels()
    total = line_of("", {})
    platforms: dict[str, Line] = {}
    queues: dict[tuple[str, str], Line] = {}
    for platform, queue, bucket, currency, count, amount in groups:
        if platform not in platforms:
            platforms[platform] = line_of(labels.get(platform, platform), {"platform": platform})
        if (platform, queue) not in queues:
            line = line_of(queue_label(queue), {"platform": platform, "queue": queue})
            queues[platform, queue] = line
        for line in (total, platforms[platform], queues[platform, queue]):
            for column in (bucket, ""):
                line.cells[column].add(count, amount, currency)
    for platform, queue in sorted(queues, key=lambda key: queue_place(key[1])):
        platforms[platform].queues.append(queues[platform, queue])
    return Cockpit(sorted(platforms.values(), key=lambda line: line.label), total)


def line_of(label: str, filters: dict[str, str]) -> Line:
    """Return a line of empty cells, one a bucket and one for the sum."""
    cells = {bucket: Cell(filters=filters | {"bucket": bucket}) for bucket in Bucket.values}
    return Line(label, cells | {"": Cell(filters=dict(filters))})
