"""A file of new prices as the page shows it before it is written: by shop and time, what is wrong row by row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.drafts import PriceChangeDraft
from catalog.importers.prices import PriceRow, PriceTable, drafts_of, faults_among
from catalog.models import Channel, Sku
from catalog.operations.prices import period_taken
from catalog.queries.prices import end_of
from catalog.queries.repricing import NewPrice, Rule, new_prices
from ops_portal.intake.kinds import Options, RowRefused
from ops_portal.lib.refusals import Refused

MOST_ROWS: Final = 20_000
MOST_CHANGES: Final = 50
MOST_BYTES: Final = 20 * 1024 * 1024


class TooMuch(Refused):
    """The file asks for more than can be looked at together."""

    code = "too_much"


@dataclass(frozen=True, slots=True)
class Group:
    """The prices of one shop, time and reason that change, as one price change will have them."""

    channel: Channel | None
    draft: PriceChangeDraft
    prices: list[NewPrice]

    @property
    def low(self) -> int:
        """Return how many of them are below their floor."""
        return sum(price.is_below_floor for price in self.prices)


@dataclass(slots=True)
class Looked:
    """What a file asks for. ``faults`` are the rows that are left out, with the reason."""

    rows: int = 0
    same: int = 0
    groups: list[Group] = field(default_factory=list)
    faults: list[tuple[int, Refused]] = field(default_factory=list)

    @property
    def changing(self) -> int:
        """Return how many prices change."""
        return sum(len(group.prices) for group in self.groups)

    @property
    def low(self) -> int:
        """Return how many prices are below their floor."""
        return sum(group.low for group in self.groups)


def look_into(path: Path, *, shop: str, reason: str, user: Any, at: datetime) -> Looked:
    """Return what a file asks for, of what ``user`` may see; rows without a shop or a reason get these.

    Raises FileRefused, UnknownChannel, TooMuch.
    """
    looked = Looked()
    rows: list[tuple[int, PriceRow]] = []
    faults: dict[int, Refused] = {}
    table = PriceTable(path, Options(shop=shop))
    for record in table.records(0):
        looked.rows += 1
        if looked.rows > MOST_ROWS:
            raise TooMuch(_("A file of prices has at most %(most)s rows; split it."), most=MOST_ROWS)
        if record.fault is not None:
            faults[record.first_row] = in_words_of(table, record.fault)
        else:
            row: PriceRow = record.draft
            rows.append((record.first_row, replace(row, reason=row.reason or reason)))
    skus = skus_seen({row.sku for _number, row in rows}, user)
    shops = shops_seen({row.shop for _number, row in rows}, user)
    faults |= faults_among(rows, skus=skus, shops=shops, at=at)
    drafts = list(drafts_of([row for row in rows if row[0] not in faults]))
    if len(drafts) > MOST_CHANGES:
        detail = _("A file brings prices of at most %(most)s shops, times and reasons; split it.")
        raise TooMuch(detail, most=MOST_CHANGES)
    for draft, numbers in drafts:
        channel = shops.get(draft.channel_code)
        group = [skus[code] for code, _amount in draft.lines]
        found = new_prices(
            group, dict(draft.lines), Rule(), channel=channel, at=draft.since or at, until=draft.until
        )
        kept = []
        for number, price in zip(numbers, found, strict=True):
            special = price.special
            if price.is_same:
                looked.same += 1
            elif draft.until is not None and special is not None:
                faults[number] = period_taken(price.sku.code, special.since, end_of(special) or draft.until)
            else:
                kept.append(price)
        if kept:
            lines = tuple((price.sku.code, price.amount) for price in kept if price.amount is not None)
            looked.groups.append(Group(channel, replace(draft, lines=lines), kept))
    looked.faults = sorted(faults.items(), key=lambda pair: pair[0])
    return looked


def in_words_of(table: PriceTable, fault: Refused) -> Refused:
    """Return a fault that names its column as the file does."""
    column = table.own_headings.get(str(fault.facts.get("column", "")))
    if column is None:
        return fault
    return RowRefused(fault.code, fault.detail, **{**fault.facts, "column": column})


def skus_seen(codes: set[str], user: Any) -> dict[str, Sku]:
    """Return the SKUs on offer by code, of those that ``user`` may see."""
    seen = Sku.objects.visible_to(user).filter(code__in=codes, is_active=True)
    return {sku.code: sku for sku in seen.select_related("product")}


def shops_seen(codes: set[str], user: Any) -> dict[str, Channel]:
    """Return the shops by code, of those that ``user`` may see."""
    return {
        shop.code: shop for shop in Channel.objects.visible_to(user).filter(code__in=codes, is_active=True)
    }
