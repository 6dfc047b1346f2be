"""``import_file``: its answers, its refusals, its dry run, and files that mean harm."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from catalog.models import Brand, Stock, StockMovement
from catalog.queries.audit import audit_stock
from ops_portal.intake.models import ImportRun, RejectedRow, RunChange
from ops_portal.lib.models import StateMove
from orders.models import Customer, Order
from tests.factories import make_shop, make_sku, make_warehouse, receive
from tests.intake.conftest import answer_of, counts, order_file, order_rows

pytestmark = pytest.mark.django_db


def test_the_list_of_kinds_names_16_with_their_columns():
    kinds = {kind["kind"]: kind for kind in answer_of("import_file", "--kinds")["kinds"]}
    assert sorted(kinds) == [
        "catalog.keywords", "catalog.material_packs", "catalog.prohibited_words", "catalog.shopify",
        "catalog.snapshots", "catalog.standard", "catalog.variants", "feedback.reviews", "orders.brand_waybills",
        "orders.olist",
        "orders.standard", "orders.tmall_report", "prices.changes", "stock.deliveries", "stock.limits",
        "stock.receipt", "stock.snapshot", "stock.supply_terms",
    ]  # fmt: skip
    assert (kinds["orders.olist"]["folder"], kinds["orders.standard"]["needs"]) == (True, ["shop"])
    number = kinds["orders.standard"]["columns"][0]
    assert (number["name"], number["required"]) == ("platform_number", True)
    assert "订单编号" in number["headings"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["orders.nothing", "FILE", "--shop", "S1"], "unknown_kind"),
        (["orders.standard", "NOWHERE", "--shop", "S1"], "no_such_file"),
        (["orders.standard", "FILE", "--shop", "S2"], "unknown_shop"),
        (["orders.standard", "FILE"], "unknown_shop"),
        (["orders.olist", "FILE", "--shop", "S1"], "no_such_file"),
        (["stock.receipt", "FILE"], "columns_missing"),
        (["orders.standard", "FILE", "--shop", "S1", "--map", "nothing=sku"], "bad_mapping"),
        (["orders.standard", "FILE", "--shop", "S1", "--map", "sku=nothing"], "bad_mapping"),
        (["orders.standard", "FILE", "--shop", "S1", "--map", "sku"], "bad_arguments"),
        (["feedback.reviews", "FILE", "--map", "text=sku", "--at", "soon"], "bad_date"),
        (["orders.standard"], "bad_arguments"),
    ],
)
def test_what_the_command_refuses_with_exit_1_and_no_run(write, arguments, code):
    make_shop("S1")
    path = str(write(order_file(*order_rows("T1"))))
    answer = answer_of("import_file", *[path if part == "FILE" else part for part in arguments])
    assert (answer["exit"], answer["error"]["code"]) == (1, code)
    assert not ImportRun.objects.exists()


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (64 << 20))
    return made.getvalue()


HOSTILE = {
    "zip_bomb": bomb,
    "too_many_columns": lambda: b"a," * 1_000_000 + b"\n",
    "not_a_table": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 64,
    "old_excel": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096),
    "html_not_excel": lambda: b"<html><table><tr><td>1</td></tr></table></html>",
    "empty_file": lambda: b"",
    "damaged_file": lambda: b"PK\x03\x04" + struct.pack("<30s", b"nothing"),
}


@pytest.mark.parametrize("code", HOSTILE)
def test_a_hostile_file_is_refused_and_leaves_no_run(take_in, write, code):
    make_shop("S1")
    path = write(HOSTILE[code](), name="export.xlsx")
    answer = take_in("orders.standard", path, "--shop", "S1")
    assert (answer["exit"], answer["error"]["code"]) == (1, code)
    assert not ImportRun.objects.exists()


@pytest.fixture
def house():
    make_shop("S1")
    warehouse = make_warehouse("MAIN")
    receive(make_sku("A"), 3, warehouse=warehouse)


MIXED = order_file(
    *order_rows("T1", "T2"),
    *order_rows("T3", units=2),  # short: one unit is left
    *order_rows("T1"),  # the same again
    *order_rows("T4", units=0),
    *order_rows("T5", sku="NEW"),
)


def test_a_dry_run_counts_what_the_real_run_counts_and_writes_nothing(house, take_in, write, monkeypatch):
    from orders.importers.standard import StandardOrders

    monkeypatch.setattr(StandardOrders, "chunk", 2)  # what the chunk before did counts in the next
    tables = (Order, Customer, ImportRun, RejectedRow, RunChange, StateMove, StockMovement, Stock, Brand)
    before = [list(table.objects.order_by("pk").values_list()) for table in tables]
    dry = take_in("orders.standard", write(MIXED), "--shop", "S1", "--dry-run")
    assert [list(table.objects.order_by("pk").values_list()) for table in tables] == before
    real = take_in("orders.standard", write(MIXED), "--shop", "S1")
    assert counts(dry) == counts(real) == (6, 4, 0, 1, 1, 2)
    assert (dry["run"], dry["exit"]) == (None, 0)
    with open(dry["report"]) as one, open(real["report"]) as other:
        assert one.read() == other.read()
    assert audit_stock().ok


def test_a_dry_run_previews_the_first_20_orders_as_they_were_read(house, take_in, write):
    numbers = [f"T{n}" for n in range(25)]
    answer = take_in("orders.standard", write(order_file(*order_rows(*numbers))), "--shop", "S1", "--dry-run")
    assert len(answer["preview"]) == 20
    first = answer["preview"][0]
    assert (first["row"], first["platform_number"], first["sku"], first["buyer_phone"]) == (2, "T0", "A", "•")
