"""``stock.supply_terms``: how goods of a brand, or one SKU, are got."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from catalog.models import SupplyTerms
from catalog.operations.supply import TERMS, TermsDraft, facts_of, save_supply_terms, take_back_terms
from ops_portal.intake.granted import brand_not_granted, scope_of_actor
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_decimal, as_units, bare_id
from ops_portal.intake.tables import TableSource, is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS: Final = (
    Column("brand", ("品牌编码", "品牌", "品牌編碼"), required=True),
    Column("sku", ("商家编码", "SKU编码", "商品编码", "商家編碼", "商品編碼")),
    Column("supplier", ("供应商", "供應商")),
    Column("lead_days", ("供货周期", "供货天数", "到货周期", "供貨週期", "供貨天數"), required=True),
    Column("lead_spread", ("周期波动", "供货波动天数", "週期波動")),
    Column("review_days", ("订货间隔", "补货周期", "訂貨間隔", "補貨週期")),
    Column("minimum_units", ("起订量", "最小起订量", "起訂量", "最小起訂量", "MOQ")),
    Column("pack_units", ("箱规", "装箱数", "箱規", "裝箱數")),
    Column("service_level", ("现货率", "服务水平", "現貨率", "服務水平")),
    Column("core", ("核心商品", "核心款")),
)
YES: Final = frozenset({"是", "yes", "y", "true", "1", "核心"})
NO: Final = frozenset({"否", "no", "n", "false", "0"})


def whole_in(text: str) -> int | None:
    """Return a whole number; None where the cell is empty. Raises ValueError."""
    return as_units(text) if text.strip() else None


def share_in(text: str) -> Decimal | None:
    """Return a share: 95 % and 0.95 are the same. Raises ValueError."""
    value = as_decimal(text.replace("%", "").replace("％", "")) if text.strip() else None
    return value / 100 if value is not None and value > 1 else value


def whether(text: str) -> bool | None:
    """Return yes or no; None where the cell is empty. Refuses RowRefused."""
    plain = text.strip().lower()
    if plain and plain not in YES | NO:
        raise RowRefused("unreadable", _("“%(value)s” is neither yes nor no."), value=text[:40])
    return plain in YES if plain else None


class TermsTable(TableSource):
    """A table of terms; of two rows of the same goods the later counts."""

    def read(self, cells: tuple[str, ...], number: int) -> TermsDraft:
        brand, sku, supplier, lead, spread, review, minimum, pack, level, core = (
            cell.strip() for cell in cells[:10]
        )
        if is_total(brand):
            raise total_row()
        if not brand:
            raise missing("brand")
        for name, value, most in (("brand", brand, 40), ("sku", sku, 60), ("supplier", supplier, 120)):
            if len(value) > most:
                raise too_long(name, most)
        return TermsDraft(
            bare_id(brand),
            bare_id(sku),
            supplier or None,
            whole_in(lead),
            as_decimal(spread) if spread else None,
            whole_in(review),
            whole_in(minimum),
            whole_in(pack),
            share_in(level),
            whether(core),
        )

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        drafts: list[TermsDraft] = [record.draft for record in records]
        scope = scope_of_actor(actor)
        written = Written()
        granted = []
        for index, draft in enumerate(drafts):
            if scope.all or draft.brand_code in scope.brands:
                granted.append(index)
            else:
                written.refused.append((index, brand_not_granted(draft.brand_code)))
        standing = SupplyTerms.objects.filter(brand__code__in={drafts[index].brand_code for index in granted})
        before = {(row.brand_id, row.sku_id): facts_of(row) for row in standing}
        outcome = save_supply_terms([drafts[index] for index in granted], actor=actor, at=at)
        written.refused += [(granted[place], refusal) for place, refusal in outcome.refused]
        written.refused.sort(key=lambda pair: pair[0])
        refused = {index for index, _refusal in written.refused}
        done = [index for index in granted if index not in refused]
        rows = {
            (row.brand_id, row.sku_id): (row, records[index].first_row)
            for index, row in zip(done, outcome.done, strict=True)
        }
        for key, (row, first_row) in rows.items():
            was, became = before.get(key), facts_of(row)
            if was != became:
                what = "created" if was is None else "updated"
                written.changes.append(Change(TERMS, row.pk, what, first_row, {"was": was, "became": became}))
        written.created = sum(change.what == "created" for change in written.changes)
        written.updated = len(written.changes) - written.created
        written.unchanged = len(records) - len(refused) - len(written.changes)
        return written


class SupplyTermsFile(ImportKind):
    """Terms of supply, from a buyer's table."""

    code = "stock.supply_terms"
    label = _("Terms of supply, one row a brand or SKU")
    columns = COLUMNS
    permission = "catalog.change_supplyterms"

    def open(self, path: Path, options: Options) -> TermsTable:
        return TermsTable(path, self.columns, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_terms(changes, actor=actor, at=at)
