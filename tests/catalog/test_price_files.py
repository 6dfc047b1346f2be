"""New prices from a file: what it asks for is shown row by row, then changed, drafted, or refused with its reason."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.drafts import PriceChangeDraft
from catalog.models import Price, PriceChange, Sku
from catalog.operations.price_changes import propose_prices, submit_price_changes
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.models import RejectedRow
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.intake.running import import_file, prepare
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.batches import codes_of
from tests.catalog.listings import person
from tests.catalog.test_price_changes import browser, seen_of
from tests.factories import ACTOR, make_shop, make_sku

pytestmark = pytest.mark.django_db
FILE, EXPORT = "/admin/price-changes/file/", "/admin/price-changes/export/"
D = Decimal
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def goods(settings, tmp_path):
    """Three SKUs at 10.00 with a cost of 4 and a floor of 8, and two shops, the first of which lin sees."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    make_shop("S1")
    make_shop("S2")
    skus = [make_sku(code) for code in ("A", "B", "=C")]
    with acting_as(ACTOR):
        Sku.objects.update(cost=D(4), floor_price=D(8))
    return skus


@pytest.fixture
def lin(goods):
    return browser("lin", Role.ONSITE_OPERATOR)


def send(client, content, name="prices.csv", **form):
    data = content.encode() if isinstance(content, str) else content
    return client.post(FILE, {"file": SimpleUploadedFile(name, data), "do": "preview", **form})


def ticket_of(page):
    return re.search(r'name="ticket" value="([^"]+)"', page).group(1)


def again(client, page, do="apply", **form):
    return client.post(FILE, {"ticket": ticket_of(page), "seen": seen_of(page), "do": do, **form})


def left_out(page):
    """Return the rows that a page says are left out, with the reasons."""
    rows = re.findall(r'<tr><th scope="row">(\d+)</th><td>(.*?)</td></tr>', page)
    return [(int(row), why.replace("&#x27;", "'").replace("&quot;", '"')) for row, why in rows]


def written():
    rows = Price.objects.order_by("pk").exclude(since__year=2000)
    return list(rows.values_list("sku__code", "channel__code", "amount"))


def test_an_export_is_edited_and_sent_back(lin):
    book = openpyxl.load_workbook(BytesIO(lin.get(EXPORT, {"shop": "S1"}).content))
    sheet = book.active
    assert [[cell.value for cell in row] for row in sheet.iter_rows(max_col=6)] == [
        ["shop", "sku", "price", "valid from", "valid until", "reason"],
        ["S1", "=C", 10, None, None, None],
        ["S1", "A", 10, None, None, None],
        ["S1", "B", 10, None, None, None],
    ]
    assert [cell.data_type for cell in sheet[2][:3]] == ["s", "s", "n"]
    taken = AccessRecord.objects.get()
    assert (taken.what, taken.document_kind, taken.document_number) == ("export", "price", "S1")
    sheet["C3"], sheet["C4"], sheet["F4"] = 9.5, 7.9, "clearance"
    sent = BytesIO()
    book.save(sent)
    page = send(lin, sent.getvalue(), "prices.xlsx").content.decode()
    assert re.findall(r"<b>(\d+)</b> prices? change", page) == ["2"]
    assert "1 stays" in page
    assert "1 below the floor" in page
    assert written() == []
    assert again(lin, page).url.endswith("?tab=all")
    changes = PriceChange.objects.order_by("pk").values_list("status", "reason", "below_floor")
    assert list(changes) == [("applied", "", 0), ("waiting", "clearance", 1)]
    assert written() == [("A", "S1", D("9.50"))]


def test_each_row_that_is_wrong_is_named_with_its_reason_and_the_others_go_on(lin):
    page = send(
        lin,
        "shop,sku,price,since,until,reason\r\n"
        "S1,A,9,,,\r\n"
        "S1,X,9,,,\r\n"  # 3: unknown
        "S2,A,9,,,\r\n"  # 4: not hers
        "S1,A,9.10,,,\r\n"  # 5: twice
        "S1,B,nine,,,\r\n"  # 6: no number
        "S1,B,=8+1,,,\r\n"  # 7: a formula
        "S1,B,-1,,,\r\n"  # 8
        "S1,B,,,,\r\n"  # 9: no price
        "S1,B,9,2020-01-01 00:00,,\r\n"  # 10: past
        "S1,B,9,2030-11-11 00:00,2030-11-10,\r\n"  # 11: ends before it begins
        ",B,9,,2030-11-12,\r\n"  # 12: a list price with an end
        "S1,B,9,soon,,\r\n"  # 13
        "S1,B\0,9,,,\r\n"  # 14: NUL
        "合计,,99,,,\r\n"  # 15: a total
        "S1,B,8,2030-11-11,2030-11-13,\r\n"
        "S1,B,8,2030-11-12,2030-11-14,\r\n"  # 17: overlaps row 16
        "S1,B,8,,2060-11-14,\r\n",  # 18: too far ahead
    ).content.decode()
    faults = dict(left_out(page))
    assert sorted(faults) == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18]
    said = {
        3: "There is no SKU X",
        4: "There is no shop S2",
        5: "stands in row 2 already",
        6: "“nine” is not a number",
        7: "“=8+1” is not a number",
        8: "“-1” is no price",
        9: "no value in the column price",
        10: "past",
        11: "end is not after its beginning",
        12: "List prices have no end",
        13: "“soon” is not a date",
        14: "NUL",
        15: "total",
        17: "overlaps that of row 16",
        18: "within ten years",
    }
    assert {row: text for row, text in said.items() if text not in faults[row]} == {}
    assert "<b>2</b> prices change" in page
    again(lin, page)
    assert written() == [("A", "S1", D("9.00")), ("B", "S1", D("8.00"))]


def test_a_fault_calls_the_column_as_the_file_does(lin):
    page = send(lin, "店铺编码,SKU编码,新价格\r\nS1,A,\r\n").content.decode()
    assert [text for _row, text in left_out(page)] == ["The row has no value in the column 新价格."]


def test_rows_that_are_left_out_are_in_sight_beside_those_that_are_not(lin):
    page = send(lin, "shop,sku,price\r\nS1,A,9\r\nS1,X,9\r\n").content.decode()
    assert '<details class="desk-box" open>' in page


@pytest.mark.parametrize(
    ("content", "prices", "faults"),
    [
        ("店铺编码,SKU编码,新价格\r\nS1,A,9\r\n".encode("gb18030"), 1, []),
        ("店鋪編碼,SKU編碼,新價格\r\nS1,A,¥9.00\r\n".encode("utf-16"), 1, []),
        (b"shop,sku,price,reason\r\nS1,A,9,x\r\nS1,B,9.5", 1, ["The file ends in the middle of this row."]),
        (b"", 0, "Choose a file with something in it"),
        (b"\x00\x01\x02\x03" * 100, 0, "This is not a table"),
        (b"name,colour\r\ntea,green\r\n", 0, "The file has no column for: sku, price"),
        (b"PK\x03\x04half of a workbook", 0, "The workbook is damaged"),
    ],
)
def test_files_as_spreadsheets_write_them_and_files_that_are_none(lin, content, prices, faults):
    answer = send(lin, content)
    page = answer.content.decode()
    assert answer.status_code == 200
    if isinstance(faults, str):
        assert faults in page
        assert "prices-group" not in page
    else:
        assert f"<b>{prices}</b> price" in page
        assert [why for _row, why in left_out(page)] == faults


def test_what_is_shown_is_what_is_written_or_nothing(lin):
    page = send(lin, "sku,price\nA,9\n", shop="S1").content.decode()
    propose_prices(
        [PriceChangeDraft((("A", D("9.50")),), "S1")], actor=person("mei", Role.OPERATIONS), at=timezone.now()
    ).one()
    answer = again(lin, page, shop="S1")
    assert "Prices have changed since you looked" in answer.content.decode()
    assert len(written()) == 1
    assert again(lin, answer.content.decode(), shop="S1").status_code == 302
    assert written()[-1] == ("A", "S1", D("9.00"))


def test_a_file_is_looked_at_by_nobody_but_who_sent_it(lin):
    page = send(lin, "sku,price\nA,9\n", shop="S1").content.decode()
    other = browser("tom", Role.ONSITE_OPERATOR)
    answer = other.post(FILE, {"ticket": ticket_of(page), "seen": seen_of(page), "do": "apply", "shop": "S1"})
    assert "Choose a file with something in it" in answer.content.decode()
    assert not PriceChange.objects.exists()


def test_a_file_below_the_floor_needs_a_reason_in_the_file_or_on_the_page(lin):
    page = send(lin, "shop,sku,price\nS1,A,7\n").content.decode()
    assert "a reason is needed" in page
    assert "give a reason" in again(lin, page).content.decode()
    page = send(lin, "shop,sku,price\nS1,A,7\n", reason="clearance").content.decode()
    again(lin, page, reason="clearance")
    assert list(PriceChange.objects.values_list("status", "reason")) == [("waiting", "clearance")]


def test_a_special_price_of_a_time_that_is_taken_is_left_out(lin):
    day = (timezone.now() + timedelta(days=10)).astimezone(ZONE).strftime("%Y-%m-%d")
    later = (timezone.now() + timedelta(days=12)).astimezone(ZONE).strftime("%Y-%m-%d")
    text = f"shop,sku,price,valid from,valid until\nS1,A,9,{day},{later}\n"
    page = send(lin, text).content.decode()
    again(lin, page)
    price = Price.objects.get(until__isnull=False)
    assert price.since == datetime.fromisoformat(day).replace(tzinfo=ZONE)
    page = send(lin, text.replace("A,9", "A,8.5")).content.decode()
    assert [row for row, _why in left_out(page)] == [2]
    page = send(lin, "shop,sku,price\nS1,A,8.5\n").content.decode()
    assert f"{day} 00:00 to {later} 00:00" in page


def test_a_file_is_saved_as_a_draft_and_submitted_on_its_page(lin):
    page = send(lin, "shop,sku,price\nS1,A,9\nS1,B,9\n").content.decode()
    address = again(lin, page, do="draft").url
    assert written() == []
    shown = lin.get(address).content.decode()
    assert 'value="submit"' in shown
    assert 'value="submit"' not in browser("tom", Role.ONSITE_OPERATOR).get(address).content.decode()
    lin.post(address + "act/", {"verb": "submit"})
    assert written() == [("A", "S1", D("9.00")), ("B", "S1", D("9.00"))]


def test_a_file_too_long_or_of_too_many_changes_is_refused_whole(lin, monkeypatch):
    monkeypatch.setattr("catalog.forms.price_files.MOST_ROWS", 2)
    assert "at most 2 rows" in send(lin, "sku,price\nA,9\nB,9\nX,9\n").content.decode()
    monkeypatch.setattr("catalog.forms.price_files.MOST_CHANGES", 1)
    assert "at most 1 shops" in send(lin, "sku,price,reason\nA,9,x\nB,9,y\n").content.decode()
    monkeypatch.setattr("catalog.views.price_files.MOST_BYTES", 4)
    assert "larger than" in send(lin, "sku,price\nA,9\n").content.decode()


def test_the_template_has_the_headings_that_are_read(lin):
    for language in ("en", "zh-hans", "zh-hant"):
        lin.cookies["portal_language"] = language
        book = openpyxl.load_workbook(BytesIO(lin.get("/admin/price-changes/template/").content))
        book.active.append(["S1", "A", 9, "2030-11-11", "2030-11-12", "x"])
        sent = BytesIO()
        book.save(sent)
        page = send(lin, sent.getvalue(), "prices.xlsx").content.decode()
        assert page.count("2030-11-11 00:00") == 1, language


def take_in(text, tmp_path, actor=ACTOR, shop=""):
    path = tmp_path / "prices.csv"
    path.write_text(text)
    return import_file(prepare(kind_of("prices.changes"), path, Options(shop=shop)), actor=actor)


def test_an_import_of_prices_makes_drafts_and_taking_it_back_withdraws_them(goods, tmp_path):
    run = take_in("sku,price,reason\nA,9,\nB,10,\n=C,7,cheap\nX,1,\nA,8,\n", tmp_path, shop="S1")
    assert (run.created, run.unchanged, run.rejected) == (2, 1, 2)
    assert list(RejectedRow.objects.order_by("row_number").values_list("row_number", "code")) == [
        (5, "unknown_sku"), (6, "sku_twice"),
    ]  # fmt: skip
    assert list(PriceChange.objects.order_by("pk").values_list("status", "channel__code", "reason")) == [
        ("draft", "S1", ""), ("draft", "S1", "cheap"),
    ]  # fmt: skip
    assert written() == []
    undo_runs([run.pk], actor=ACTOR, at=timezone.now()).one()
    assert set(PriceChange.objects.values_list("status", flat=True)) == {"withdrawn"}


def test_an_import_whose_prices_hold_is_not_taken_back(goods, tmp_path):
    run = take_in("sku,price\nA,9\n", tmp_path, shop="S1")
    number = PriceChange.objects.get().number
    submit_price_changes([number], actor=person("lin", Role.ONSITE_OPERATOR), at=timezone.now()).one()
    refused = undo_runs([run.pk], actor=ACTOR, at=timezone.now()).refused
    assert codes_of(undo_runs([run.pk], actor=ACTOR, at=timezone.now())) == ["used_since"]
    assert number in str(refused[0][1])
    assert written() == [("A", "S1", D("9.00"))]


def test_an_import_touches_only_the_shops_and_brands_of_who_sends_it(goods, tmp_path):
    make_sku("Z", brand="OTHER")
    browser("lin", Role.ONSITE_OPERATOR)
    lin = person("lin", Role.ONSITE_OPERATOR)
    run = take_in("shop,sku,price\nS1,A,9\nS2,A,9\nS1,Z,9\n", tmp_path, actor=lin)
    assert (run.created, run.rejected) == (1, 2)
    assert list(PriceChange.objects.values_list("channel__code", "requester")) == [("S1", lin.user_id)]


def test_an_export_holds_what_its_reader_sees_and_of_goods_on_offer(lin):
    make_sku("Z", brand="OTHER")
    with acting_as(ACTOR):
        Sku.objects.filter(code="B").update(is_active=False)
        Sku.objects.filter(code="A").update(name="tea\x01bag")
    sheet = openpyxl.load_workbook(BytesIO(lin.get(EXPORT).content)).active
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["=C", "A"]
    assert lin.get(EXPORT, {"shop": "S2"}).status_code == 404
    page = send(lin, "sku,price\nB,9\nZ,9\nA,9\n").content.decode()
    assert [row for row, _why in left_out(page)] == [2, 3]
