"""``prices.changes``: new prices, row by row, written down as drafts of price changes; and what is wrong among rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.choices import PriceChangeStatus
from catalog.drafts import PriceChangeDraft
from catalog.importers.skus import price_in
from catalog.models import Channel, PriceChange, Sku
from catalog.operations.price_changes import MOST_LINES, NothingChanges, draft_prices
from catalog.operations.price_deciding import withdraw_price_changes
from catalog.operations.prices import AHEAD, UnknownChannel
from ops_portal.intake.granted import scope_of_actor
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_moment, bare_id
from ops_portal.intake.tables import TableSource, is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused, UsedSince

CHANGE: Final = "price_change"
COLUMNS: Final = (
    Column("shop", ("店铺编码", "店铺", "店铺代码", "店鋪編碼", "店鋪", "店鋪代碼")),
    Column(
        "sku",
        ("SKU编码", "商家编码", "商品编码", "外部系统编号", "SKU編碼", "商家編碼", "商品編碼"),
        required=True,
    ),
    Column("price", ("新价格", "新售价", "价格", "售价", "新價格", "新售價", "價格", "售價"), required=True),
    Column("since", ("生效时间", "开始时间", "生效日期", "生效時間", "開始時間", "valid from")),
    Column("until", ("失效时间", "结束时间", "失效日期", "失效時間", "結束時間", "valid until")),
    Column("reason", ("原因", "改价原因", "备注", "改價原因", "備註")),
)
LONGEST: Final = {"shop": 40, "sku": 60, "reason": 200}


@dataclass(frozen=True, slots=True)
class PriceRow:
    """The price that a row asks for; no shop: the list price."""

    shop: str
    sku: str
    amount: Decimal
    since: datetime | None
    until: datetime | None
    reason: str


Rows = Sequence[tuple[int, PriceRow]]  # by the number of the row


class PriceTable(TableSource):
    """A table of prices. Rows without a shop are of the one that is given, else list prices."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)
        self.zone = ZoneInfo(settings.TIME_ZONE)
        if options.shop and not Channel.objects.filter(code=options.shop).exists():
            raise UnknownChannel(_("There is no shop %(shop)s."), shop=options.shop)

    def read(self, cells: tuple[str, ...], number: int) -> PriceRow:
        shop, sku = bare_id(cells[0]) or self.options.shop, bare_id(cells[1])
        if is_total(sku) or is_total(shop):
            raise total_row()
        reason = " ".join(cells[5].split())
        for column, value in zip(LONGEST, (shop, sku, reason), strict=True):
            if len(value) > LONGEST[column]:
                raise too_long(column, LONGEST[column])
        if not sku:
            raise missing("sku")
        amount = price_in(cells[2])
        if amount is None:
            raise missing("price")
        since, until = (as_moment(cell, self.zone, serials=self.serials) for cell in cells[3:5])
        return PriceRow(shop, sku, amount, since, until, reason)

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        rows: list[tuple[int, PriceRow]] = [(record.first_row, record.draft) for record in records]
        scope = scope_of_actor(actor)
        skus = Sku.objects.filter(code__in={row.sku for _number, row in rows}, is_active=True)
        shops = Channel.objects.filter(code__in={row.shop for _number, row in rows})
        if not scope.all:
            skus = skus.filter(product__brand__code__in=scope.brands)
            shops = shops.filter(code__in=scope.shops)
        faults = faults_among(
            rows,
            skus=set(skus.values_list("code", flat=True)),
            shops=set(shops.values_list("code", flat=True)),
            at=at,
        )
        written = Written()
        for draft, numbers in drafts_of([row for row in rows if row[0] not in faults]):
            outcome = draft_prices([draft], actor=actor, at=at)
            for _index, refusal in outcome.refused:
                if isinstance(refusal, NothingChanges):
                    written.unchanged += len(numbers)
                else:
                    faults |= dict.fromkeys(numbers, refusal)
            for change in outcome.done:
                taken = change.lines.count()
                written.created += taken
                written.unchanged += len(numbers) - taken
                written.changes.append(Change(CHANGE, change.pk, "created", numbers[0]))
        written.refused = [(place, faults[row]) for place, (row, _draft) in enumerate(rows) if row in faults]
        return written


def faults_among(
    rows: Rows, *, skus: Collection[str], shops: Collection[str], at: datetime
) -> dict[int, Refused]:
    """Return why rows can't be taken, by their number: what they name isn't there, or they contradict each other.

    ``skus`` and ``shops`` are the codes that may be named.
    """
    faults: dict[int, Refused] = {}
    taken: dict[tuple[str, str], list[tuple[int, PriceRow]]] = defaultdict(list)
    for number, row in rows:
        others = taken[row.shop, row.sku]
        fault = fault_of_row(row, skus, shops, at)
        for other, before in others if fault is None else ():
            fault = fault or contradiction(other, before, row, at)
        if fault is None:
            others.append((number, row))
        else:
            faults[number] = fault
    return faults


def fault_of_row(
    row: PriceRow, skus: Collection[str], shops: Collection[str], at: datetime
) -> RowRefused | None:
    """Return why a row by itself can't be taken, or None."""
    if row.shop and row.shop not in shops:
        return RowRefused("unknown_channel", _("There is no shop %(shop)s."), shop=row.shop)
    if row.sku not in skus:
        return RowRefused("unknown_sku", _("There is no SKU %(sku)s."), sku=row.sku)
    if row.since is not None and row.since <= at:
        return RowRefused(
            "bad_moment", _("It is to count from a moment that is past; leave it empty for at once.")
        )
    if any(moment is not None and moment > at + AHEAD for moment in (row.since, row.until)):
        return RowRefused("bad_moment", _("Prices are changed for a moment to come, within ten years."))
    if row.until is not None and not row.shop:
        return RowRefused("bad_moment", _("List prices have no end; a shop's prices can."))
    if row.until is not None and row.until <= (row.since or at):
        return RowRefused("bad_moment", _("Its end is not after its beginning."))
    return None


def contradiction(number: int, before: PriceRow, row: PriceRow, at: datetime) -> RowRefused | None:
    """Return why a row can't stand beside an earlier one of the same SKU and shop, or None."""
    if (before.since, before.until) == (row.since, row.until):
        return RowRefused("sku_twice", _("The SKU stands in row %(row)s already."), row=number)
    if before.until is None or row.until is None:
        return None
    if (before.since or at) < row.until and (row.since or at) < before.until:
        return RowRefused("period_taken", _("Its time overlaps that of row %(row)s."), row=number)
    return None


def drafts_of(rows: Rows) -> Iterable[tuple[PriceChangeDraft, list[int]]]:
    """Yield the price changes that rows make, with the numbers of their rows: one a shop, time and reason."""
    groups: Mapping[tuple[object, ...], list[tuple[int, PriceRow]]] = defaultdict(list)
    for number, row in rows:
        groups[row.shop, row.since, row.until, row.reason].append((number, row))
    for group in groups.values():
        first = group[0][1]
        for place in range(0, len(group), MOST_LINES):
            part = group[place : place + MOST_LINES]
            lines = tuple((row.sku, row.amount) for _number, row in part)
            draft = PriceChangeDraft(lines, first.shop, first.since, reason=first.reason, until=first.until)
            yield draft, [number for number, _row in part]


class PriceChanges(ImportKind):
    """New prices, as drafts of price changes: they hold once somebody has submitted them."""

    code = "prices.changes"
    label = _("New prices, one row a SKU and shop, as drafts of price changes")
    columns = COLUMNS
    takes = frozenset({"shop"})
    permission = "catalog.propose_price"
    chunk = MOST_LINES

    def open(self, path: Path, options: Options) -> PriceTable:
        return PriceTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        """Withdraw drafts; a change that was submitted stays."""
        ids = [change.object_id for change in changes if change.object_kind == CHANGE]
        found = PriceChange.objects.filter(pk__in=ids).order_by("pk")
        drafts = [change.number for change in found if change.status == PriceChangeStatus.DRAFT]
        outcome = withdraw_price_changes(drafts, actor=actor, at=at)
        unheard = (PriceChangeStatus.DRAFT, PriceChangeStatus.WITHDRAWN)
        used = [change.number for change in found if change.status not in unheard]
        used += [drafts[index] for index, _refusal in outcome.refused]
        detail = _("%(what)s was submitted since.")
        return [UsedSince(detail, what=number) for number in used]
