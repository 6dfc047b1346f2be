"""Small files of every make, and the command that takes them in."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

Taken = dict[str, Any]

HEADINGS = (
    "platform_number,placed_at,paid_at,buyer_id,buyer_name,buyer_phone,province,city,sku,units,unit_price"
)


def order_rows(*numbers: str, sku: str = "A", units: int = 1, paid: str = "2026-11-11 12:05:00") -> list[str]:
    """Return one row for each order number, of one SKU at 10.00."""
    return [
        f"{number},2026-11-11 12:00:00,{paid},b1,张三,13800000000,浙江省,杭州市,{sku},{units},10.00"
        for number in numbers
    ]


def order_file(*rows: str) -> str:
    """Return rows below the headings of ``orders.standard``."""
    return "\n".join([HEADINGS, *rows, ""])


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    """Keep what is stored apart from the house."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write text in an encoding, or bytes, to a file and return its path."""

    def write_file(content: str | bytes, encoding: str = "utf-8", name: str = "export.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_file


@pytest.fixture
def take_in() -> Callable[..., Taken]:
    """Run ``import_file`` and return the last line that it printed."""

    def run(kind: str, path: Path | str, *more: str) -> Taken:
        return answer_of("import_file", kind, str(path), *more)

    return run


@pytest.fixture
def undo() -> Callable[..., Taken]:
    """Run ``undo_import`` and return the last line that it printed."""

    def run(number: str) -> Taken:
        return answer_of("undo_import", number)

    return run


def answer_of(*arguments: str) -> Taken:
    """Return the JSON that a command printed, with ``exit``: the status with which it ended."""
    out = io.StringIO()
    status = 0
    try:
        call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as error:
        status = int(error.code or 0)
    answer: Taken = json.loads(out.getvalue().strip().splitlines()[-1])
    return {**answer, "exit": status}


def counts(taken: Taken) -> tuple[int, int, int, int, int, int]:
    """Return rows, created, updated, unchanged, rejected, held."""
    names = ("rows", "created", "updated", "unchanged", "rejected", "held")
    return tuple(taken[name] for name in names)  # type: ignore[return-value]


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """Return a workbook of inline strings; a cell that begins with ``=`` is a formula without a stored value."""

    def cell(text: str) -> str:
        if text.startswith("="):
            return f"<c><f>{escape(text[1:])}</f></c>"
        return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    parts = {
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<R><Relationship Id="r1" Target="worksheets/sheet1.xml"/></R>',
        "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{body}</sheetData></worksheet>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()
