import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_portal.intake.reading import harmless, open_report, open_table

HEADINGS = ["编号", "名称", "备注"]
# Control characters are left out: a file that is full of them is refused as binary data.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\r\n"), max_size=20)
rows = st.lists(st.lists(texts, min_size=3, max_size=3).filter(lambda row: "".join(row).strip()), max_size=6)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "@SUM(A1)", "-2+3", "\tx", "\rx", " =1", "＝1", "-1;cmd", "=cmd|' /C calc'!A0"]
)
def test_harmless_puts_a_mark_before_what_a_spreadsheet_would_run(cell):
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-12.50", "-1,234.5", "-5%", "-", "12", "a=b", "张三", ""])
def test_harmless_leaves_numbers_and_words_as_they_are(cell):
    assert harmless(cell) == cell


def test_open_report_writes_utf_8_with_a_mark_and_none_as_blank(tmp_path):
    with open_report(tmp_path / "r.csv", ["行", "原因"]) as report:
        report.write([2, None])
        report.write(["=1", "x"])
    assert (tmp_path / "r.csv").read_bytes() == "\ufeff行,原因\r\n2,\r\n'=1,x\r\n".encode()
    assert report.rows == 2


def test_open_report_refuses_a_row_of_another_width(tmp_path):
    with open_report(tmp_path / "r.csv", ["a", "b"]) as report, pytest.raises(ValueError, match="1 cells"):
        report.write(["x"])


@settings(deadline=None, max_examples=300)
@given(
    rows=rows,
    codec=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    # With "\n" line ends and minimal quoting the csv module leaves a CR in a cell unquoted: a CRLF to any reader.
    style=st.sampled_from([(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_ALL, "\n")]),
)
def test_what_was_written_in_any_encoding_and_delimiter_is_read_back_equal(rows, codec, delimiter, style):
    quoting, end = style
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([HEADINGS, *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text.getvalue().encode(codec))
        table = open_table(path, known_headings=[frozenset(HEADINGS)])
        assert [(row.cells, row.error) for row in table] == [(row, None) for row in rows]


@settings(deadline=None, max_examples=100)
@given(rows=rows)
def test_a_report_is_read_back_as_it_was_made_harmless(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        with open_report(path, HEADINGS) as report:
            report.write_all(rows)
        read = [row.cells for row in open_table(path, known_headings=[frozenset(HEADINGS)])]
    assert read == [[harmless(cell) for cell in row] for row in rows]
