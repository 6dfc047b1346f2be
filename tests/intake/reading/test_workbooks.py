import datetime
import gc
import os
import zipfile

import openpyxl
import pytest

from ops_portal.intake.reading import FileRefused, Limits, RowFault, count_rows_estimate, open_table
from ops_portal.intake.reading.values import Shows, date_text

HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>编号</t></is></c></row>'


def refusal(path, **options):
    with pytest.raises(FileRefused) as refused:
        open_table(path, **options)
    return refused.value.code


def only(path):
    (row,) = open_table(path)
    return row.cells[0]


def with_part(path, part, change):
    """Return a copy of a workbook in which one part is changed."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(path.with_stem("changed"), "w") as changed:
        for name in archive.namelist():
            content = archive.read(name)
            changed.writestr(name, change(content) if name == part else content)
    return path.with_stem("changed")


def test_what_openpyxl_wrote_is_read_as_text(tmp_path):
    wb = openpyxl.Workbook()
    wb.active.append(["单号", "金额", "时间", "日期", "完成", "公式"])
    at = datetime.datetime(2026, 11, 11, 20, 0, 0)  # noqa: DTZ001 - worksheet times carry no zone
    wb.active.append([314159265358979, 178.8, at, at.date(), True, "=1+1"])
    wb.save(tmp_path / "orders.dat")
    table = open_table(tmp_path / "orders.dat")
    assert (table.format, table.sheet) == ("xlsx", "Sheet")
    assert [row.cells for row in table] == [
        ["314159265358979", "178.8", "2026-11-11 20:00:00", "2026-11-11", "TRUE", "=1+1"]
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>3141592653589793238</v></c>", "3141592653589793238"),
        ("<c><v>1.23457E+18</v></c>", "1234570000000000000"),
        ("<c><v>178.80000000000001</v></c>", "178.8"),
        ("<c><v>12.0</v></c>", "12"),
        ("<c><v>1E+999999</v></c>", "1E+999999"),
        ('<c s="1"><v>46337.833333333336</v></c>', "2026-11-11 20:00:00"),
        ('<c s="2"><v>46337</v></c>', "2026-11-11"),
        ('<c t="b"><v>0</v></c>', "FALSE"),
        ('<c t="e"><v>#REF!</v></c>', "#REF!"),
        ("<c><f>A1*2</f><v>8</v></c>", "8"),
        ('<c t="str"><f>A1&amp;""</f><v>x</v></c>', "x"),
        ("<c><f>SUM(A1:A9)</f></c>", "=SUM(A1:A9)"),
        ('<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>z</t></rPh></is></c>', "ab"),
        ('<c t="s"><v>1</v></c>', "two"),
        ('<c t="inlineStr"><is><t>a_x000A_b</t></is></c>', "a\nb"),
    ],
)
def test_a_cell_is_read_as_the_text_it_stands_for(book, cell, text):
    parts = {"xl/sharedStrings.xml": "<sst><si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r></si></sst>"}
    assert only(book(f"{HEAD}<row>{cell}</row>", parts=parts)) == text


def test_inline_strings_beside_an_empty_table_of_strings_are_read(book, line):
    path = book(line("订单编号", "金额") + line("1001", "2.50"), parts={"xl/sharedStrings.xml": "<sst/>"})
    assert [row.cells for row in open_table(path)] == [["1001", "2.50"]]


def test_elements_with_a_prefix_are_read(book):
    sheet = "".join(
        f'<x:row><x:c t="inlineStr"><x:is><x:t>{text}</x:t></x:is></x:c></x:row>' for text in ("编号", "7a")
    )
    assert only(book(sheets=[f"<x:worksheet><x:sheetData>{sheet}</x:sheetData></x:worksheet>"])) == "7a"


def test_rows_keep_the_numbers_that_excel_shows(book):
    rows = '<row r="3"><c r="B3" t="inlineStr"><is><t>名称</t></is></c></row>'
    rows += '<row r="7"><c r="B7"><v>5</v></c></row>'
    table = open_table(book(rows))
    assert table.heading_row == 3
    assert [(row.number, row.cells) for row in table] == [(7, ["", "5"])]


def test_the_visible_sheet_with_the_known_headings_is_taken(book, line):
    bodies = [
        f"<worksheet><sheetData>{line(*cells)}{line('1', '2')}</sheetData></worksheet>"
        for cells in (("订单编号", "金额"), ("说明", "文字"), ("订单编号", "金额"))
    ]
    path = book(sheets=bodies, states=["hidden", "visible", "visible"])
    assert open_table(path, known_headings=[frozenset({"订单编号"})]).sheet == "S3"
    assert open_table(path).sheet == "S2"


def test_rows_after_a_number_are_the_tail_of_all_rows(book, line):
    table = open_table(book(line("a", "b") + "".join(line(str(n), "x") for n in range(5_000))))
    everything = list(table)
    assert list(table.rows(start_after=4_000)) == everything[3_999:]
    assert table.progress() == 1


def test_strings_beyond_the_memory_kept_for_them_come_from_disk(book, monkeypatch):
    monkeypatch.setattr("ops_portal.intake.reading.strings._MEMORY", 1_000)
    strings = "".join(f"<si><t>词{n}</t></si>" for n in range(2_000))
    cells = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in (0, 1_999, 5, 1_000))
    path = book(HEAD + cells, parts={"xl/sharedStrings.xml": f"<sst>{strings}</sst>"})
    assert [row.cells[0] for row in open_table(path)] == ["词0", "词1999", "词5", "词1000"]


def test_20_readings_of_shared_strings_leave_no_file_open(book):
    strings = "".join(f"<si><t>词{n}</t></si>" for n in range(20_000))
    path = book(
        '<row><c t="s"><v>0</v></c></row>' * 30, parts={"xl/sharedStrings.xml": f"<sst>{strings}</sst>"}
    )
    gc.collect()
    gc.disable()
    try:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            next(iter(open_table(path)))
        assert len(os.listdir("/proc/self/fd")) == before
    finally:
        gc.enable()


def test_a_row_beyond_the_columns_allowed_is_rejected_alone(book):
    path = book(f'{HEAD}<row r="30"><c r="ZZ30"><v>1</v></c></row><row r="31"><c r="A31"><v>2</v></c></row>')
    assert [(row.number, row.error) for row in open_table(path)] == [
        (30, RowFault.TOO_MANY_COLUMNS),
        (31, None),
    ]


def test_a_sheet_that_breaks_off_gives_its_rows_and_then_says_so(book, line):
    rows = line("a", "b") + line("1", "2") * 3
    path = book(sheets=[f"<worksheet><sheetData>{rows}<row><c><v>9</row>"])
    assert [(row.number, row.error) for row in open_table(path)] == [
        (2, None),
        (3, None),
        (4, None),
        (6, RowFault.DAMAGED),
    ]


def test_a_claim_of_16_384_columns_costs_nothing(book, line):
    body = f"<sheetData>{line('a', 'b')}{line('1', '2')}</sheetData>"
    path = book(sheets=[f'<worksheet><dimension ref="A1:XFD1048576"/>{body}</worksheet>'])
    assert [row.cells for row in open_table(path)] == [["1", "2"]]
    assert count_rows_estimate(path) == 2


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ('<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>', "unsafe_xml"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet/>', "unsafe_xml"),
        ("<worksheet>" + "<a>" * 1_000, "unsafe_xml"),
        ("<worksheet>" + "".join(f"<a{n}/>" for n in range(9_000)), "unsafe_xml"),
        ('<worksheet><dimension ref="A1:AZZZZ9"/></worksheet>', "damaged_file"),
        ("<worksheet><sheetData><row>" + "<c/>" * 20_000, "too_many_columns"),
        ("<worksheet><sheetData><row><c><c>", "damaged_file"),
        ("no xml at all", "damaged_file"),
        ("<worksheet/>", "empty_file"),
    ],
)
def test_open_table_refuses_a_hostile_sheet(book, sheet, code):
    assert refusal(book(sheets=[sheet])) == code


def test_open_table_refuses_too_many_strings_by_counting_tags(book):
    path = book(
        f'<row><c t="s"><v>{10**6}</v></c></row>',
        parts={"xl/sharedStrings.xml": "<sst>" + "<si/>" * 5_000 + "</sst>"},
    )
    assert refusal(path, limits=Limits(max_shared_strings=4_000)) == "zip_bomb"


def test_open_table_refuses_a_zip_bomb_by_its_directory(book):
    assert refusal(book(parts={"xl/media/a.bin": bytes(20_000_000)})) == "zip_bomb"
    assert refusal(book(parts={"x.bin": bytes(2_000)}), limits=Limits(max_uncompressed=2_000)) == "zip_bomb"
    assert refusal(book(parts={f"x{n}": "" for n in range(30)}), limits=Limits(max_entries=20)) == "zip_bomb"
    assert refusal(book(parts={"inner.zip": b"PK"})) == "zip_bomb"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_open_table_refuses_an_entry_named_twice(book):
    assert refusal(book(parts={"xl/workbook.xml": "<workbook/>"})) == "damaged_file"


def test_open_table_refuses_an_encrypted_entry(book):
    path = book()
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    assert refusal(path) == "encrypted"


def test_open_table_refuses_entries_that_overlap(book):
    path = book()
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    path.write_bytes(data)
    assert refusal(path) == "zip_bomb"


@pytest.mark.parametrize(
    ("part", "code"),
    [("xl/workbook.bin", "old_excel"), ("word/document.xml", "not_a_table"), ("r/r.xlsx", "not_a_table")],
)
def test_open_table_refuses_other_zips(tmp_path, part, code):
    path = tmp_path / "other.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, "x")
    assert refusal(path) == code


def test_open_table_refuses_half_a_workbook(book):
    path = book(HEAD)
    path.write_bytes(path.read_bytes()[:300])
    assert refusal(path) == "damaged_file"


@pytest.mark.parametrize(
    "row",
    ['<row><c t="s"><v>²</v></c><c><v>5</v></c></row>', '<row r="²"><c/><c><v>5</v></c></row>'],
)
def test_a_superscript_is_no_number_of_a_row_or_string(book, line, row):
    path = book(line("编号", "名称") + row, parts={"xl/sharedStrings.xml": "<sst><si><t>one</t></si></sst>"})
    assert [row.cells for row in open_table(path)] == [["", "5"]]


def test_a_superscript_is_no_number_of_a_format(book, line):
    styles = '<styleSheet><cellXfs><xf numFmtId="²"/></cellXfs></styleSheet>'
    path = book(line("编号") + '<row><c s="0"><v>5</v></c></row>')
    assert only(with_part(path, "xl/styles.xml", lambda _: styles.encode())) == "5"


@pytest.mark.parametrize(
    ("since_1904", "raw", "text"),
    [
        (True, "2958465", "2958465"),
        (True, "2957004", "2957004"),
        (True, "2957003", "9999-12-31 00:00:00"),
        (False, "2958465", "9999-12-31 00:00:00"),
        (False, "2958465.999999", "2958465.999999"),
        (False, "2958466", "2958466"),
    ],
)
def test_the_last_day_of_both_calendars_is_9999_12_31(since_1904, raw, text):
    assert date_text(raw, Shows.BOTH, since_1904=since_1904) == text


@pytest.mark.parametrize("encoding", ["bogus", "utf-7", "gbk"])
@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"])
def test_a_part_in_an_unknown_encoding_is_a_damaged_file(book, line, part, encoding):
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'.encode()
    path = book(line("编号") + line("1"))
    assert refusal(with_part(path, part, lambda content: declaration + content)) == "damaged_file"


def test_strings_in_an_unknown_encoding_are_a_damaged_file(book):
    strings = '<?xml version="1.0" encoding="bogus"?><sst><si><t>one</t></si></sst>'
    path = book('<row><c t="s"><v>0</v></c></row>', parts={"xl/sharedStrings.xml": strings})
    assert refusal(path) == "damaged_file"
