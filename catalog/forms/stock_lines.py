"""Lines of goods as a form holds them: a SKU, whose and of which batch, units, and what is to become of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.choices import OWN, StockState
from catalog.models import Batch, Sku, Warehouse
from catalog.queries.standing import Standing, standing_in

MOST_LINES: Final = 500
MOST_DIGITS: Final = 9
MOST_BATCHES: Final = 60
BETWEEN: Final = re.compile(r"[\t,;，；]+|\s{2,}|\s")
SHOWN: Final = (
    StockState.AVAILABLE,
    StockState.RESERVED,
    StockState.QUARANTINE,
    StockState.DAMAGED,
    StockState.LOST,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it was filled in. ``goods`` is the owner and the batch, ``way`` the states from and to."""

    sku_code: str
    owner: str = ""
    batch: str = ""
    units: str = ""
    way: str = ""
    bin_code: str = ""

    @property
    def goods(self) -> str:
        """Return owner and batch as the form names them together."""
        return f"{self.owner}|{self.batch}"

    @property
    def count(self) -> int:
        """Return the units, nought where none are given."""
        return number_of(self.units)

    @property
    def states(self) -> tuple[str, str]:
        """Return from and to."""
        here, _sign, there = self.way.partition(">")
        return here, there


@dataclass(frozen=True, slots=True)
class Choice:
    """Goods of one owner and batch that stand in the warehouse."""

    value: str
    label: str
    units: Mapping[str, int]

    @property
    def standing(self) -> list[tuple[str, int]]:
        """Return the states in which units are, in words."""
        labels = dict(StockState.choices)
        return [(str(labels[state]), self.units[state]) for state in SHOWN if self.units.get(state)]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line as the form shows it: the SKU, and what stands of it."""

    row: Row
    sku: Any
    choices: Sequence[Choice] = ()

    @property
    def chosen(self) -> Choice | None:
        """Return the goods that the line names."""
        return next((each for each in self.choices if each.value == self.row.goods), None)


@dataclass(slots=True)
class Lines:
    """The lines of a form and what was wrong with those that were added."""

    rows: list[Row] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def number_of(text: str) -> int:
    """Return the number that was typed, nought for what is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0


def rows_in(sent: Any) -> list[Row]:
    """Return the lines that a form sent."""
    names = ("sku", "goods", "units", "way", "bin")
    columns = [sent.getlist(name)[:MOST_LINES] for name in names]
    rows = []
    for place, code in enumerate(columns[0]):
        _sku, goods, units, way, bin_code = (
            column[place].strip() if place < len(column) else "" for column in columns
        )
        owner, _sign, batch = goods.partition("|")
        rows.append(Row(code.strip()[:60], owner[:40], batch[:60], units[:12], way[:30], bin_code[:40]))
    return rows


def skus_named(texts: Sequence[str], user: Any) -> dict[str, list[Sku]]:
    """Return the SKUs that codes or barcodes name, of those that the reader may see: one statement."""
    wanted = {text for text in texts if text}
    if not wanted:
        return {}
    found: dict[str, list[Sku]] = {}
    seen = Sku.objects.visible_to(user).filter(Q(code__in=wanted) | Q(barcode__in=wanted))
    for sku in seen.filter(is_bundle=False).select_related("product").order_by("code"):
        for text in {sku.code, sku.barcode} & wanted:
            found.setdefault(text, []).append(sku)
    return found


def add_lines(lines: Lines, text: str, *, user: Any, warehouse: Warehouse | None, way: str) -> None:
    """Add the goods that a pasted text names, one line each: SKU or barcode, units, and batch or owner if need be."""
    parts = [
        [part for part in BETWEEN.split(line.strip()) if part] for line in text.splitlines() if line.strip()
    ][: MOST_LINES + 1]
    known = skus_named([part[0][:60] for part in parts], user)
    ids = {sku.pk for found in known.values() for sku in found}
    choices = choices_of(ids, warehouse)
    for place, (first, *rest) in enumerate(parts, start=1):
        found = known.get(first[:60], [])
        if len(found) != 1:
            text = (
                _("There is no SKU “%(sku)s”.")
                if not found
                else _("More than one SKU has the barcode %(sku)s.")
            )
            said = text % {"sku": first[:60]}
            lines.troubles.append(
                said if len(parts) == 1 else _("Line %(place)d: %(said)s") % {"place": place, "said": said}
            )
            continue
        if len(lines.rows) >= MOST_LINES:
            lines.troubles.append(_("There are at most %(most)d lines.") % {"most": MOST_LINES})
            return
        (sku,) = found
        lines.rows.append(row_of(sku, rest, choices.get(sku.pk, ()), way))


def row_of(sku: Sku, rest: Sequence[str], choices: Sequence[Choice], way: str) -> Row:
    """Return a line of a SKU; what stands beside it in a pasted line names its units, batch and owner."""
    units = next((part for part in rest if number_of(part)), "")
    words = {part for part in rest if part is not units}
    ends = [each for each in choices if words & set(each.value.split("|"))]
    here = way.partition(">")[0]
    held = [each for each in ends or choices if each.units.get(here)]
    best = next(iter([*held, *ends, *choices]), None)
    owner, _sign, batch = (best.value if best else f"{OWN}|").partition("|")
    return Row(sku.code, owner, batch, units, way)


def choices_of(sku_ids: set[int], warehouse: Warehouse | None) -> dict[int, list[Choice]]:
    """Return the goods of SKUs that stand in a warehouse, by SKU; of those kept by batch also batches not there."""
    if not sku_ids or warehouse is None:
        return {}
    standing = standing_in(warehouse, sku_ids)
    batches: dict[int, list[Batch]] = {}
    for batch in Batch.objects.filter(sku__in=sku_ids).order_by("sku", "expires_on", "pk"):
        batches.setdefault(batch.sku_id, []).append(batch)
    by_batch = set(Sku.objects.filter(pk__in=sku_ids, tracks_batches=True).values_list("pk", flat=True))
    return {
        sku_id: choices_for(sku_id, standing, batches.get(sku_id, []) if sku_id in by_batch else None)
        for sku_id in sku_ids
    }


def choices_for(sku_id: int, standing: Standing, batches: Sequence[Batch] | None) -> list[Choice]:
    """Return the goods of one SKU: by owner, and by batch where it is kept by batch."""
    owners = sorted({owner for sku, owner, _batch in standing if sku == sku_id} | {OWN}, key=rank)
    found: list[Choice] = []
    for owner in owners:
        for batch in [None] if batches is None else batches:
            code = batch.code if batch else ""
            units = standing.get((sku_id, owner, code), {})
            if batch is not None and not any(units.values()) and len(found) > MOST_BATCHES:
                continue
            label = _("our own") if owner == OWN else owner
            if batch is not None:
                until = f" ({batch.expires_on})" if batch.expires_on else ""
                label = f"{label} · {batch.code}{until}"
            found.append(Choice(f"{owner}|{code}", label, units))
    return sorted(found, key=lambda each: not each.standing)


def rank(owner: str) -> tuple[bool, str]:
    """Order owners: our own first."""
    return (owner != OWN, owner)


def shown_rows(rows: Sequence[Row], *, user: Any, warehouse: Warehouse | None) -> list[ShownRow]:
    """Return lines with their SKUs and what stands of them: four statements, however many lines."""
    seen = Sku.objects.visible_to(user).filter(code__in={row.sku_code for row in rows})
    skus = {sku.code: sku for sku in seen.select_related("product")} if rows else {}
    choices = choices_of({sku.pk for sku in skus.values()}, warehouse)
    shown = []
    for row in rows:
        sku = skus.get(row.sku_code)
        mine = choices.get(sku.pk, []) if sku is not None else []
        if mine and row.goods not in {each.value for each in mine}:
            owner, _sign, batch = mine[0].value.partition("|")
            row = replace(row, owner=owner, batch=batch)
        shown.append(ShownRow(row, sku, mine))
    return shown
