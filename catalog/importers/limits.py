"""``stock.limits``: between how many units each SKU shall be kept in each warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, StockLimit
from catalog.operations.limits import LimitDraft, set_limits
from catalog.operations.limits_undoing import LIMIT, facts_of, take_back_limits
from ops_portal.intake.granted import not_granted, scope_of_actor
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_units, bare_id
from ops_portal.intake.tables import TableSource, is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS: Final = (
    Column("sku", ("商家编码", "SKU编码", "商品编码", "商家編碼", "商品編碼"), required=True),
    Column("warehouse", ("仓库编码", "仓库", "倉庫編碼", "倉庫"), required=True),
    Column(
        "low", ("安全库存下限", "库存下限", "预警下限", "最低库存", "庫存下限", "預警下限"), required=True
    ),
    Column("high", ("安全库存上限", "库存上限", "预警上限", "最高库存", "庫存上限", "預警上限")),
)
RECKONED: Final = frozenset({"auto", "自动", "自動", "系统", "系統"})
MOST: Final = 1_000_000_000


def units_in(text: str) -> int | None:
    """Return a limit; None where the cell is empty. Raises ValueError, RowRefused."""
    units = as_units(text) if text.strip() else None
    if units is not None and not 0 <= units <= MOST:
        raise RowRefused("unreadable", _("“%(value)s” is no number of units."), value=text[:40])
    return units


class LimitTable(TableSource):
    """A table of limits; of two rows of one place the later counts."""

    def read(self, cells: tuple[str, ...], number: int) -> LimitDraft:
        sku, warehouse, low, high = (cell.strip() for cell in cells[:4])
        if is_total(sku):
            raise total_row()
        for name, value, most in (("sku", sku, 60), ("warehouse", warehouse, 40)):
            if not value:
                raise missing(name)
            if len(value) > most:
                raise too_long(name, most)
        if low.lower() in RECKONED:
            return LimitDraft(bare_id(sku), bare_id(warehouse), is_computed=True)
        return LimitDraft(bare_id(sku), bare_id(warehouse), units_in(low), units_in(high))

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        drafts: list[LimitDraft] = [record.draft for record in records]
        scope = scope_of_actor(actor)
        facts = Sku.objects.filter(code__in={draft.sku_code for draft in drafts})
        brands = dict(facts.values_list("code", "product__brand__code"))
        written = Written()
        granted: list[int] = []
        for index, draft in enumerate(drafts):
            if scope.all or brands.get(draft.sku_code) in scope.brands or draft.sku_code not in brands:
                granted.append(index)
            else:
                detail = _("The SKU %(sku)s is not yours.")
                written.refused.append((index, not_granted(detail, sku=draft.sku_code)))
        before = {
            (limit.sku.code, limit.warehouse.code): facts_of(limit)
            for limit in StockLimit.objects.filter(sku__code__in=brands).select_related("sku", "warehouse")
        }
        outcome = set_limits([drafts[index] for index in granted], actor=actor, at=at)
        written.refused += [(granted[place], refusal) for place, refusal in outcome.refused]
        written.refused.sort(key=lambda pair: pair[0])
        self.tell(written, records, before)
        return written

    def tell(
        self,
        written: Written,
        records: Sequence[Record],
        before: dict[tuple[str, str], dict[str, object]],
    ) -> None:
        """Note what became of each place."""
        refused = {index for index, _refusal in written.refused}
        rows: dict[tuple[str, str], int] = {}
        for index, record in enumerate(records):
            if index not in refused:
                rows[record.draft.sku_code, record.draft.warehouse_code] = record.first_row
        after = StockLimit.objects.filter(sku__code__in={sku for sku, _place in rows})
        for limit in after.select_related("sku", "warehouse").order_by("pk"):
            key = limit.sku.code, limit.warehouse.code
            was, became = before.get(key), facts_of(limit)
            if key in rows and was != became:
                what = "created" if was is None else "updated"
                written.changes.append(
                    Change(LIMIT, limit.pk, what, rows[key], {"was": was, "became": became})
                )
        written.created = sum(change.what == "created" for change in written.changes)
        written.updated = len(written.changes) - written.created
        written.unchanged = len(records) - len(refused) - len(written.changes)


class StockLimits(ImportKind):
    """Limits of stock, from a planner's table."""

    code = "stock.limits"
    label = _("Limits of stock, one row a SKU and warehouse")
    columns = COLUMNS
    permission = "catalog.change_stocklimit"

    def open(self, path: Path, options: Options) -> LimitTable:
        return LimitTable(path, self.columns, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_limits(changes, actor=actor, at=at)
