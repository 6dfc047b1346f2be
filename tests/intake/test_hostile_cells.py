"""Every kind of file with every sort of nonsense, in its cells and in its bytes: taken or refused, never a crash."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from catalog.choices import WarehouseSystem
from catalog.models import Warehouse
from catalog.operations.alerting import sweep_alerts
from catalog.operations.channel_stock import show_stock
from catalog.operations.limits import compute_limits
from catalog.operations.replenishing import suggest_replenishment
from catalog.queries.audit import audit_stock
from ops_portal.intake.kinds import Options, all_kinds
from ops_portal.intake.running import import_file, prepare
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import Refused
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db(transaction=True)

NONSENSE = (
    "", " ", "-1", "0", "1.5", "1e999", "1e-9", "NaN", "Infinity", "9" * 26, "9223372036854775808", "2147483648",
    "１２", "٣", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-02-30",
    "46000", "=1+1", "@SUM(A1)", "+1", "a\x00b", "<script>alert(1)</script>", "#REF!", "N/A", "\u202e",
    "\ufeff", "x" * 5000, "長" * 300, "\U0001f600" * 100, "'; DROP TABLE catalog_stock; --", "%(sku)s", "{0}",
    "../../etc/passwd", "true", "null", "[]", "1,2", "A1;A1", "\t",
)  # fmt: skip
PLAIN = {
    "sku": "A1", "warehouse": "MAIN", "units": "5", "owner": "own", "brand": "ACME", "product": "P-A1", "name": "Tea",
    "title": "Tea", "date": "2026-11-12", "promised_on": "2026-11-12", "price": "9.90", "list_price": "9.90",
    "seen_at": "2026-11-10 08:00:00", "taken_at": "2026-11-10 08:00:00", "low": "3", "high": "30", "lead_days": "7",
}  # fmt: skip
OF_ITS_OWN = ("number", "snapshot", "item", "handle", "word")  # what names a row's paper
KINDS = {kind.code: kind for kind in all_kinds() if not kind.is_folder}


@pytest.fixture(autouse=True)
def house(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "storage"
    place, sku, dated = make_warehouse("MAIN"), make_sku("A1"), make_sku("D1", tracks_batches=True)
    receive(sku, 5, warehouse=place)
    receive(dated, 5, warehouse=place, batch="B1")
    make_shop("S1")
    with acting_as(ACTOR):
        Warehouse.objects.filter(pk=place.pk).update(system=WarehouseSystem.OTHER)


def heading(kind: Any) -> list[str]:
    return [next(iter(column.headings), column.name) for column in kind.columns]


def rows_of(kind: Any, sku: str) -> list[list[str]]:
    """Return a row for each column and nonsense in it, all else in it as it should be."""
    names = [column.name for column in kind.columns]
    plain = {**PLAIN, "sku": sku, "batch": "" if sku == "A1" else "B2"}
    rows = []
    for place in range(len(names)):
        for turn, text in enumerate(NONSENSE):
            own = {name: f"{name}-{sku}-{place}-{turn}" for name in OF_ITS_OWN}
            row = [{**plain, **own}.get(name, "") for name in names]
            row[place] = text
            rows.append(row)
    return rows


def taken_in(kind: Any, path: Any) -> Any:
    """Return the finished run, or the refusal of the whole file; whatever else is raised goes through."""
    try:
        asked = kind.wants | kind.takes
        given = {name: value for name, value in {"brand": "ACME", "shop": "S1"}.items() if name in asked}
        draft = prepare(kind, path, Options(**given))
        run = import_file(draft, actor=ACTOR, clock=lambda: NOON + timedelta(days=1), tell=lambda text: None)
    except Refused as refused:
        return refused
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_row_with_nonsense_in_any_column_is_taken_or_refused_with_a_reason(code, tmp_path):
    kind, path = KINDS[code], tmp_path / "nonsense.csv"
    given = [row for sku in ("A1", "D1") for row in rows_of(kind, sku)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading(kind), *given])
    run = taken_in(kind, path)
    assert (run.status, run.failure) == ("done", "")
    assert run.rejected > len(NONSENSE)
    # A row of an order says more than this house knows, and a file of prices takes each SKU once.
    if not code.startswith(("orders.", "prices.")):
        assert run.created + run.updated + run.unchanged > len(NONSENSE) // 2
    for reckon in (sweep_alerts, compute_limits, suggest_replenishment, show_stock):
        reckon(actor=ACTOR, at=NOON + timedelta(days=2))
    assert audit_stock().first_difference is None


def workbook_bomb() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return into.getvalue()


def files_of(kind: Any) -> dict[str, tuple[str, bytes]]:
    """Return files that are broken in their bytes, by what is wrong with them: a name and what is in them."""
    into = io.StringIO()
    csv.writer(into).writerows([heading(kind), *rows_of(kind, "A1")[:3]])
    text = into.getvalue()
    return {
        "gbk": ("a.csv", text.replace("Tea", "茶").encode("gb18030")),
        "utf-16": ("a.csv", text.encode("utf-16")),
        "half": ("a.csv", text.encode()[: len(text) * 2 // 3]),
        "half of a character": ("a.csv", text.encode() + "茶".encode()[:2]),
        "nul": ("a.csv", text.encode().replace(b"A1", b"A\x00")),
        "empty": ("a.csv", b""),
        "heading alone": ("a.csv", ",".join(heading(kind)).encode()),
        "100,000 columns": ("a.csv", text.encode() + b"," * 100_000 + b"\n"),
        "100,000 headings": (
            "a.csv",
            ",".join([*heading(kind), *(f"c{n}" for n in range(100_000))]).encode(),
        ),
        "one line of 20 MB": ("a.csv", text.encode() + b"x" * 20_000_000),
        "open quote": ("a.csv", text.encode() + b'"' + b"x,\n" * 10_000),
        "no workbook": ("a.xlsx", b"PK\x03\x04" + b"\x00" * 200),
        "csv as xlsx": ("a.xlsx", text.encode()),
        "bomb": ("a.xlsx", workbook_bomb()),
        "picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40),
        "web page": ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>"),
        "twice the heading": ("a.csv", (",".join(heading(kind)) + "\n").encode() * 2),
    }


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_file_that_is_broken_in_its_bytes_is_taken_or_refused_with_a_reason(code, tmp_path):
    kind = KINDS[code]
    said = {}
    for wrong, (name, content) in files_of(kind).items():
        path = tmp_path / name
        path.write_bytes(content)
        answer = taken_in(kind, path)
        said[wrong] = answer.code if isinstance(answer, Refused) else answer.status
    assert said["gbk"] == said["utf-16"] == said["nul"] == "done"
    assert said["bomb"] == "zip_bomb"
    assert said["100,000 headings"] == "too_many_columns"
    assert said["picture"] == said["one line of 20 MB"] == "not_a_table"
    assert set(said.values()).isdisjoint({"failed", "running"})
    assert audit_stock().first_difference is None
