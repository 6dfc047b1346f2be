import pytest

from ops_portal.intake.reading import FileRefused, Limits, RowFault, count_rows_estimate, open_table

ORDERS = "订单编号,买家,金额\n1001,张三,178.80\n1002,李四,21.00\n"


def read(path, **options):
    return [(row.number, row.cells) for row in open_table(path, **options)]


def faults(path, **options):
    return {row.number: row.error for row in open_table(path, **options) if row.error}


@pytest.mark.parametrize(
    ("codec", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_open_table_reads_the_same_2_orders_in_each_encoding(write, codec, told):
    table = open_table(write(ORDERS, codec))
    assert (table.encoding, table.headings) == (told, ["订单编号", "买家", "金额"])
    assert [row.cells for row in table] == [["1001", "张三", "178.80"], ["1002", "李四", "21.00"]]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_although_one_chinese_character_ends_in_a_zero(write, codec):
    table = open_table(write("状态,含义\n" + "1,第一一一级一\n" * 40, codec))
    assert (table.encoding, table.headings) == (codec, ["状态", "含义"])


@pytest.mark.parametrize(("delimiter", "told"), [(",", "csv"), ("\t", "tsv"), (";", "csv"), ("|", "csv")])
def test_open_table_finds_each_of_4_delimiters(write, delimiter, told):
    table = open_table(write(ORDERS.replace(",", delimiter)))
    assert (table.format, table.delimiter, len(table.headings)) == (told, delimiter, 3)


def test_a_full_width_comma_splits_no_cell(write):
    assert read(write("状态,备注\n卖家已发货，等待买家确认,好\n")) == [
        (2, ["卖家已发货，等待买家确认", "好"])
    ]


def test_a_tab_at_the_end_of_each_cell_leaves_the_comma_the_delimiter(write):
    table = open_table(write("订单号\t,金额\t\n9001\t,1.50\t\n9002\t,2.50\t\n"))
    assert (table.delimiter, table.headings) == (",", ["订单号", "金额"])


def test_one_bad_byte_in_the_5th_megabyte_rejects_1_row_and_keeps_the_encoding(write):
    good = "1001,张三,178.80\n".encode()
    data = "订单编号,买家,金额\n".encode() + good * 230_000 + b"1002,\xff,1\n" + good * 3
    table = open_table(write(data))
    rows = list(table)
    assert (table.encoding, len(rows)) == ("utf-8", 230_004)
    assert [(row.number, row.error) for row in rows if row.error] == [(230_002, RowFault.UNDECODABLE)]
    assert rows[230_000].cells == ["1002", "\ufffd", "1"]


def test_a_gbk_file_whose_first_2_megabytes_are_ascii_is_told_as_gbk(write):
    data = b"id,note\n" + b"1001,plain text here\n" * 120_000 + "1002,退款\n".encode("gbk")
    table = open_table(write(data))
    assert table.encoding == "gb18030"
    assert list(table)[-1].cells == ["1002", "退款"]


def test_a_bad_byte_before_a_line_end_does_not_join_2_rows(write):
    path = write("名,数\n".encode("gbk") + b"a\x81\n" + "乙,2\n丙,3\n".encode("gbk") * 5)
    assert faults(path) == {2: RowFault.UNDECODABLE}
    assert len(read(path)) == 11


def test_the_heading_below_2_notes_is_found_by_its_shape(write):
    table = open_table(write("5月订单导出\n,,\n编号,名称,数量\n1,甲,2\n2,乙,3\n"))
    assert (table.heading_row, table.headings) == (3, ["编号", "名称", "数量"])
    assert [row.number for row in table] == [4, 5]


def test_the_heading_of_sparse_rows_is_still_the_first(write):
    table = open_table(write("h,t,b,v\nhat,Hat,Warm,Acme\nhat,,,\nhat,,,\nhat,,,\n"))
    assert table.heading_row == 1


def test_a_known_set_of_headings_wins_over_a_wider_row(write):
    text = "甲,乙,丙,丁\n备注,一,二,三\n订单编号　,金额（元）,,\n1,2,,\n"
    table = open_table(write(text), known_headings=[frozenset({"订单编号", "金额(元)"})])
    assert (table.heading_row, table.headings) == (3, ["订单编号", "金额（元）"])
    assert table.matched == frozenset({"订单编号", "金额(元)"})


def test_headings_lose_blanks_and_marks_and_get_a_number_where_they_repeat(write):
    table = open_table(write("\ufeff收货地址 ,\u3000金额\u3000,金额\t,\u200b编号\xa0,,\na,b,c,d,,\n"))
    assert table.headings == ["收货地址", "金额", "金额 (2)", "编号"]


def test_blank_rows_are_left_out_and_counted(write):
    assert read(write("a,b\n\n1,2\n,\n \n3,4\n")) == [(3, ["1", "2"]), (6, ["3", "4"])]


def test_a_line_break_in_quotes_is_1_row(write):
    assert read(write('a,b\n1,"x\ny"\n2,z\n')) == [(2, ["1", "x\ny"]), (3, ["2", "z"])]


def test_lone_cr_ends_a_line(write):
    assert read(write("a,b\r1,2\r3,4\r")) == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_a_nul_character_rejects_its_row_only(write):
    path = write("a,b\n1,x\0y\n2,z\n" + "3,w\n" * 20)
    assert faults(path) == {2: RowFault.NUL_CHARACTER}
    assert read(path)[0] == (2, ["1", "xy"])


def test_a_quote_that_is_never_closed_rejects_1_row_of_100_001(write):
    path = write("a,b\n" + "1,x\n" * 50_000 + '2,"y\n' + "3,z\n" * 50_000)
    assert faults(path) == {50_002: RowFault.UNCLOSED_QUOTE}
    assert len(read(path)) == 100_001


def test_a_quote_that_the_next_row_closes_rejects_the_first_of_the_two(write):
    path = write('a,b,c\n1,"x,y\n2,"z",w\n3,v,u\n')
    assert faults(path) == {2: RowFault.UNCLOSED_QUOTE}
    assert read(path)[1:] == [(3, ["2", "z", "w"]), (4, ["3", "v", "u"])]


def test_half_a_file_rejects_its_last_row_by_the_open_quote(write):
    path = write('a,b\n1,"x"\n2,"y')
    assert faults(path) == {3: RowFault.UNCLOSED_QUOTE}


def test_half_a_file_rejects_its_last_row_by_the_missing_cells(write):
    assert faults(write("a,b,c\n1,2,3\n4,5")) == {3: RowFault.CUT_OFF}


def test_an_unquoted_comma_rejects_the_row_it_shifts(write):
    assert faults(write("a,b\n1,x,y\n2,z\n3,w,\n")) == {2: RowFault.TOO_MANY_CELLS}


def test_a_cell_of_40_000_characters_rejects_its_row(write):
    assert faults(write("a,b\n1,{}\n2,x\n".format("y" * 40_000))) == {2: RowFault.CELL_TOO_LONG}
    assert faults(write("a,b\n1,{}\n2,x\n".format("y" * 200_000))) == {2: RowFault.CELL_TOO_LONG}


def test_a_line_of_6_megabytes_rejects_its_row(write):
    path = write("a,b\n" + "1,x\n" * 30 + "2," + "y" * 6_000_000 + "\n3,z\n")
    assert faults(path) == {32: RowFault.ROW_TOO_LONG}
    assert read(path)[-1] == (33, ["3", "z"])


@pytest.mark.parametrize("quote", ["", '"'])
def test_rows_after_a_number_are_the_tail_of_all_rows(write, quote):
    path = write("a,b\n" + "".join(f"{n},{quote}x{quote}\n" for n in range(60_000)))
    table = open_table(path)
    everything = list(table)
    for after in (0, 1, 2, 30_000, 59_999, 60_001):
        assert list(table.rows(start_after=after)) == [row for row in everything if row.number > after]


def test_progress_goes_from_0_to_1(write):
    table = open_table(write("a,b\n" + "1,2\n" * 400_000))
    assert table.progress() == 0
    rows = iter(table)
    next(rows)
    assert 0 < table.progress() < 0.5
    assert sum(1 for _ in rows) == 399_999
    assert table.progress() == 1


def test_the_estimate_is_within_a_tenth_of_400_001_rows(write):
    assert abs(count_rows_estimate(write("a,b\n" + "1,2\n" * 400_000)) - 400_001) < 40_000


def test_a_heading_without_rows_is_a_table_of_0_rows(write):
    assert read(write(ORDERS.splitlines()[0])) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\n\n , \n", "empty_file"),
        (b"1,2\n3,4\n", "no_heading"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "old_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("\n <html><table><tr><td>订单".encode("gbk"), "html_not_excel"),
        (b"<table><tr><td>1", "html_not_excel"),
        (b"%PDF-1.7\n...", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n", "not_a_table"),
        (b"\x1f\x8b\x08\x00", "not_a_table"),
        (bytes(range(256)) * 40, "not_a_table"),
        (bytes(100_000), "not_a_table"),
        (b"name\n" + b"\xff\xfe\xff\n" * 10, "unknown_encoding"),
        ((",".join(f"c{n}" for n in range(501)) + "\n").encode(), "too_many_columns"),
        (b"a," * 3_000_000, "too_many_columns"),
        (b"a" * 9_000_000, "not_a_table"),
    ],
)
def test_open_table_refuses_what_is_no_table(write, content, code):
    with pytest.raises(FileRefused) as refused:
        open_table(write(content))
    assert refused.value.code == code
    assert "%" not in str(refused.value)


def test_open_table_refuses_10_gigabytes_at_once(tmp_path):
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)
    with pytest.raises(FileRefused) as refused:
        open_table(path)
    assert refused.value.code == "file_too_large"


def test_limits_can_be_narrowed(write):
    with pytest.raises(FileRefused) as refused:
        open_table(write(ORDERS), limits=Limits(max_columns=2))
    assert refused.value.code == "too_many_columns"
