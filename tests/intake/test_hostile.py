"""Rows that are out of order: what of them is kept, and what of them stops nothing else."""

from __future__ import annotations

import pytest

from ops_portal.intake.models import RejectedRow
from ops_portal.intake.reading import CellError
from ops_portal.intake.tables import mask_mobiles, unreadable
from tests.factories import make_shop, make_sku, make_warehouse, receive
from tests.intake.conftest import HEADINGS, counts, order_file, order_rows, workbook

pytestmark = pytest.mark.django_db

PHONE = "13812345678"
SHORT = f"BADX2,2026-11-11 10:00:00,,{PHONE},张三丰,科技园,x"


@pytest.fixture(autouse=True)
def house():
    """A shop in Shanghai, a warehouse and 10 units of the SKU A."""
    make_shop("S1")
    receive(make_sku("A"), 10, warehouse=make_warehouse("MAIN"))


def kept() -> str:
    """Return everything that is kept of rejected rows."""
    return str([(row.reason, row.facts, row.cells) for row in RejectedRow.objects.all()])


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31 23:59:59",
        "9999-12-31T23:59:59-08:00",
        "0001-01-01",
        "1999-12-31 23:59:59",
        "2101-01-01",
        "2026-11-11T12:00:00+23:59",
        "2026-11-11T12:00:00-16:00",
    ],
)
@pytest.mark.parametrize("column", ["placed_at", "paid_at"])
def test_a_moment_that_no_database_takes_rejects_its_row_alone(take_in, write, column, moment):
    cells = order_rows("T2")[0].split(",")
    cells[HEADINGS.split(",").index(column)] = moment
    path = write(order_file(*order_rows("T1"), ",".join(cells), *order_rows("T3")))
    assert counts(take_in("orders.standard", path, "--shop", "S1")) == (3, 2, 0, 0, 1, 0)
    assert RejectedRow.objects.get().code == "unreadable"


def test_the_years_2000_to_2100_and_offsets_to_15_59_are_taken(take_in, write):
    moments = ["2000-01-01 00:00:00", "2100-12-31 23:59:59", "2026-11-11T12:00:00+15:59"]
    rows = [
        row.replace("2026-11-11 12:00:00", moment)
        for row, moment in zip(order_rows("T1", "T2", "T3", paid=""), moments, strict=True)
    ]
    assert counts(take_in("orders.standard", write(order_file(*rows)), "--shop", "S1"))[:2] == (3, 3)


@pytest.mark.parametrize("name", ["export.csv", "export.xlsx"])
def test_of_a_row_that_is_too_short_only_its_number_is_kept(take_in, write, name):
    # The unit price stands where the units are, and so on: the row is cut in the middle.
    headings = "platform_number,placed_at,paid_at,sku,units,unit_price,province,buyer_name,buyer_phone"
    rows = [headings, "T1,2026-11-11 12:00:00,,A,1,10.00,浙江省,李四,13900000000", SHORT]
    content = workbook([row.split(",") for row in rows]) if name.endswith("xlsx") else "\n".join([*rows, ""])
    answer = take_in("orders.standard", write(content, name=name), "--shop", "S1")
    assert counts(answer) == (2, 1, 0, 0, 1, 0)
    assert RejectedRow.objects.get().cells == ["BADX2", "•", "", "•", "•", "•", "•", "", ""]
    assert all(word not in kept() for word in (PHONE, "张三丰", "科技园"))


def test_of_a_row_with_too_many_cells_only_its_number_is_kept(take_in, write):
    row = order_rows("T2")[0].replace("T2,", f"T2,张三丰,{PHONE},")
    take_in("orders.standard", write(order_file(*order_rows("T1"), row)), "--shop", "S1")
    assert RejectedRow.objects.get().cells[:3] == ["T2", "•", "•"]


def test_a_cell_that_is_no_number_is_not_quoted(take_in, write):
    row = order_rows("T2")[0].replace(",A,1,10.00", ",A,张三丰,10.00")
    take_in("orders.standard", write(order_file(*order_rows("T1"), row)), "--shop", "S1")
    rejected = RejectedRow.objects.get()
    assert rejected.reason == "“•” is not a number."


@pytest.mark.parametrize("column", ["province", "sku", "unit_price"])
def test_a_mobile_number_in_another_column_is_masked(take_in, write, column):
    cells = order_rows("T2", units=0)[0].split(",")
    cells[HEADINGS.split(",").index(column)] = f"-{PHONE}"
    take_in("orders.standard", write(order_file(*order_rows("T1"), ",".join(cells))), "--shop", "S1")
    assert "138****5678" in kept()
    assert PHONE not in kept()


def test_a_negative_amount_that_is_a_mobile_number_is_quoted_masked(take_in, write):
    row = order_rows("T2")[0].replace(",10.00", f",-{PHONE}")
    take_in("orders.standard", write(order_file(*order_rows("T1"), row)), "--shop", "S1")
    assert RejectedRow.objects.get().code == "negative"
    assert PHONE not in kept()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812345678", "138****5678"),
        ("电话13812345678转1", "电话138****5678转1"),
        ("+86 138-1234-5678", "138****5678"),
        ("8613812345678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("2611112222333344", "2611112222333344"),
        ("6901234567892", "6901234567892"),
        ("2026-11-13 12:00:00", "2026-11-13 12:00:00"),
        ("12345678901", "12345678901"),
    ],
)
def test_mobile_numbers_are_masked_and_nothing_else(text, masked):
    assert mask_mobiles(text) == masked


def test_kinds_without_personal_columns_quote_the_cell():
    error = CellError("“%(value)s” is not a number.", value="two")
    assert str(unreadable(error, personal=False)) == "“two” is not a number."
    assert str(unreadable(error)) == "“•” is not a number."
    assert str(unreadable(ValueError("bad 'Zhang' here"))) == "bad “•” here"


def test_a_reading_without_personal_columns_in_the_file_hides_what_no_column_reads(take_in, write):
    text = "platform_number,placed_at,sku,units,unit_price,contact\nT1,2026-11-11 12:00:00,A,0,10.00,张三丰\n"
    take_in("orders.standard", write(text), "--shop", "S1")
    assert RejectedRow.objects.get().cells == ["T1", "2026-11-11 12:00:00", "A", "0", "10.00", "•"]


def test_the_preview_of_a_worksheet_row_that_ends_early_shows_its_cells(take_in, write):
    rows = [[*HEADINGS.split(","), "remark"], order_rows("T1")[0].split(",")]
    answer = take_in("orders.standard", write(workbook(rows), name="a.xlsx"), "--shop", "S1", "--dry-run")
    (first,) = answer["preview"]
    assert (first["sku"], first["buyer_phone"]) == ("A", "•")


def test_a_corrected_report_with_hidden_buyers_is_not_taken_for_orders(take_in, write):
    make_shop("S1")
    text = (
        "platform_number,placed_at,buyer_name,buyer_phone,sku,units,unit_price\n"
        "T1,2026-11-11 10:00:00,•,•,A,1,9.90\n"
    )
    answer = take_in("orders.standard", write(text), "--shop", "S1")
    assert (answer["created"], answer["rejected"]) == (0, 1)
