"""``catalog.snapshots``: what listings were called and cost on a day; one row a listing and a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from catalog.drafts import VariantDraft
from catalog.importers.merging import Told, write_told
from catalog.importers.skus import price_in
from catalog.models import Channel, Price
from catalog.operations.prices import UnknownChannel
from catalog.operations.undoing import take_back_goods
from ops_portal.intake.kinds import Column, ImportKind, Options, Record, Undone, Written
from ops_portal.intake.reading import as_moment, bare_id
from ops_portal.intake.tables import TableSource, is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS = (
    Column("seen_at", ("update_time", "采集时间", "日期", "更新时间", "採集時間", "更新時間"), required=True),
    Column("item", ("id", "商品ID", "宝贝ID", "商品编号", "寶貝ID", "商品編號"), required=True),
    Column("title", ("标题", "商品标题", "宝贝标题", "標題"), required=True),
    Column("price", ("价格", "售价", "價格", "售價"), required=True),
    Column("brand", ("店名", "品牌", "品牌编码", "品牌編碼")),
)
LONGEST = {"item": 60, "title": 200, "brand": 40}


class SnapshotTable(TableSource):
    """A table of snapshots. Prices are those of the shop that is given, else list prices."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)
        self.zone = ZoneInfo(settings.TIME_ZONE)
        if options.shop and not Channel.objects.filter(code=options.shop).exists():
            raise UnknownChannel(_("There is no shop %(shop)s."), shop=options.shop)

    def read(self, cells: tuple[str, ...], number: int) -> Told:
        item, title, brand = bare_id(cells[1]), " ".join(cells[2].split()), self.options.brand
        if is_total(item):
            raise total_row()
        seen_at = as_moment(cells[0], self.zone, serials=self.serials)
        price = price_in(cells[3])
        brand = brand or " ".join(cells[4].split())
        for column, value in (("item", item), ("title", title), ("brand", brand)):
            if not value:
                raise missing(column)
            if len(value) > LONGEST[column]:
                raise too_long(column, LONGEST[column])
        if seen_at is None:
            raise missing("seen_at")
        if price is None:
            raise missing("price")
        variant = VariantDraft({}, sku_code=item)
        prices = ((item, self.options.shop, price),)
        return Told(item, brand, title, variants=(variant,), prices=prices, since=seen_at)

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        named = self.named_newest(records)
        whole = [replace_draft(record, named) for record in records]
        return write_told(whole, actor=actor, at=at, seen=True)

    def named_newest(self, records: Sequence[Record]) -> dict[str, str]:
        """Return the titles of the newest day, by listing; none where a newer day has been seen already."""
        newest: dict[str, Told] = {}
        for record in records:
            told: Told = record.draft
            standing = newest.get(told.product)
            if standing is None or (standing.since or 0) <= (told.since or 0):  # type: ignore[operator]
                newest[told.product] = told
        seen = Price.objects.filter(sku__code__in=newest)
        last = dict(seen.values_list("sku__code").annotate(Max("since")).order_by())
        return {
            code: told.name
            for code, told in newest.items()
            if code not in last or (told.since is not None and told.since >= last[code])
        }


def replace_draft(record: Record, named: dict[str, str]) -> Record:
    """Return a record that calls its listing by its newest title."""
    told: Told = record.draft
    draft = replace(told, name=named.get(told.product, ""))
    return Record(record.last_row, record.lines, draft, record.fault)


class ListingSnapshots(ImportKind):
    """Titles and prices of listings, day by day."""

    code = "catalog.snapshots"
    label = _("Goods with their prices day by day (snapshots of listings)")
    columns = COLUMNS
    takes = frozenset({"brand", "shop"})
    permission = "catalog.change_sku"

    def open(self, path: Path, options: Options) -> SnapshotTable:
        return SnapshotTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_goods(changes, actor=actor, at=at)
