"""The lists of the stock desks as files: whole, harmless, recorded, and nobody's but the reader's."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from catalog.choices import OWN, MatchStatus
from catalog.drafts import RequestDraft, RequestLineDraft, StockDocumentDraft, StockLineDraft
from catalog.models import Channel, ChannelSku, Product, Replenishment, Sku, StockAlert, Warehouse
from catalog.operations.channel_stock import show_stock
from catalog.operations.documents import post_stock_documents
from catalog.operations.inbound import InboundDraft, announce_deliveries
from catalog.operations.requests import request_stock
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord
from ops_portal.intake.handing_out import all_pages
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.statements import statements_of
from tests.accounts.people import person
from tests.catalog.counts import House
from tests.catalog.inbound import TODAY
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
FILES = {
    "stock-desk/": ("stock", "SKU"),
    "stock-desk/MINE/": ("sku", "Document"),
    "stock-alerts/?status=all": ("stock_alert", "Alert"),
    "expiry/?stage=all": ("batch", "Batch"),
    "deliveries-in/?tab=all": ("inbound", "Promised (units)"),
    "stock-requests/?status=all": ("stock_request", "Requested by"),
    "transfers/?tab=all": ("transfer", "Sent (units)"),
    "replenishment/?status=all": ("replenishment", "Suggested"),
    "channel-stock/?shop=S1": ("channel_stock", "Not yet downloaded"),
}
# Transfers are everybody's in the house, on their pages as in their files.
SHARED = ("transfers/?tab=all",)
BY_BRAND = [each for each in FILES if each not in SHARED and "MINE" not in each and "S1" not in each]


def stock(sku: Sku, warehouse: Warehouse, far: Warehouse, code: str) -> None:
    """Let a SKU stand in every list."""
    batched = make_sku(f"{code}-B", brand=sku.product.brand.code, tracks_batches=True)
    receive(sku, 20, warehouse=warehouse)
    receive(batched, 5, warehouse=warehouse, batch=f"LOT-{code}", expires_on=TODAY + timedelta(days=9))
    line = RequestLineDraft(sku.code, OWN, 2, "available", "damaged", "")
    request_stock(
        [RequestDraft("adjustment", "damage", warehouse.code, (line,), code)], actor=ACTOR, at=NOON
    ).one()
    moved = StockLineDraft(sku.pk, warehouse.pk, OWN, 3, "available", "in_transit")
    draft = StockDocumentDraft("transfer", (moved,), to_warehouse_id=far.pk)
    post_stock_documents([draft], actor=ACTOR, at=NOON).one()
    brand = sku.product.brand.code
    draft = InboundDraft(brand, warehouse.code, lines=((sku.code, 7),), goods_owner=OWN, promised_on=TODAY)
    announce_deliveries([draft], actor=ACTOR, at=NOON).one()
    Replenishment.objects.create(
        number=f"RP-{code}", sku=sku, warehouse=warehouse, goods_owner=OWN, status="proposed", suggested=40, units=40,
        reasoning={}, created_at=NOON, updated_at=NOON,
    )  # fmt: skip
    StockAlert.objects.create(
        number=f"SA-{code}", kind="low", sku=sku, warehouse=warehouse, units=3, limit=5, opened_at=NOON,
        updated_at=NOON,
    )  # fmt: skip


@pytest.fixture
def goods():
    warehouse, far = make_warehouse("MAIN"), make_warehouse("FAR")
    mine, theirs = make_sku("MINE"), make_sku("THEIRS", brand="BOLT")
    with acting_as(ACTOR):
        stock(mine, warehouse, far, "MINE")
        stock(theirs, warehouse, far, "THEIRS")
        for shop, sku in (("S1", mine), ("S2", theirs)):
            make_shop(shop)
            channel = Channel.objects.get(code=shop)
            ChannelSku.objects.create(
                channel=channel, code=f"{shop}-{sku.code}", title="=SUM(1)", sku=sku, status=MatchStatus.MATCHED,
                pending_units=4, created_at=NOON, updated_at=NOON,
            )  # fmt: skip
    show_stock(actor=ACTOR, at=NOON)
    return mine, theirs


@pytest.fixture
def boss(client, goods):
    client.force_login(person("boss", roles=[Role.MANAGEMENT], is_staff=True))
    return client


def table(client, address: str) -> list[list[str]]:
    answer = client.get(f"/admin/{address}{'&' if '?' in address else '?'}format=csv")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


@pytest.mark.parametrize("address", FILES)
def test_each_list_goes_out_whole_and_that_is_recorded(boss, address):
    kind, heading = FILES[address]
    headings, *rows = table(boss, address)
    assert heading in headings
    text = str(rows)
    assert "MINE" in text or "transfer" in text
    assert {len(row) for row in rows} == {len(headings)}
    record = AccessRecord.objects.get()
    assert (record.principal, record.what, record.document_kind) == ("person:boss", "export", kind)


@pytest.mark.parametrize("address", BY_BRAND)
def test_a_file_holds_the_readers_brands_and_no_other(boss, client, address):
    assert "THEIRS" in str(table(boss, address))
    client.force_login(
        person("ops", roles=[Role.ONSITE_OPERATOR], brands=["ACME"], shops=["S1"], is_staff=True)
    )
    text = str(table(client, address))
    assert "MINE" in text
    assert "THEIRS" not in text
    assert "BOLT" not in text


@pytest.mark.parametrize("address", ["stock-desk/THEIRS/", "channel-stock/export/?shop=S2"])
def test_a_file_of_what_is_not_the_readers_is_not_there(goods, client, address):
    client.force_login(
        person("ops", roles=[Role.ONSITE_OPERATOR], brands=["ACME"], shops=["S1"], is_staff=True)
    )
    for way in ("csv", "xlsx"):
        assert client.get(f"/admin/{address}{'&' if '?' in address else '?'}format={way}").status_code == 404
    assert "S2-THEIRS" not in str(table(client, "channel-stock/?shop=S2"))


@pytest.mark.parametrize("address", FILES)
def test_a_partner_takes_no_file(goods, client, address):
    client.force_login(person("acme", roles=[Role.BRAND_PARTNER], brands=["ACME"], is_staff=True))
    assert client.get(f"/admin/{address}{'&' if '?' in address else '?'}format=csv").status_code == 403
    assert AccessRecord.objects.count() == 0


def test_cells_do_nothing_when_they_are_opened(boss):
    with acting_as(ACTOR):
        Product.objects.filter(skus__code="MINE").update(name="=cmd|' /C calc'!A0")
    for address in FILES:
        for row in table(boss, address):
            assert not [cell for cell in row if cell.startswith(("=", "+", "@"))], address


def test_the_reckoning_tells_of_units_not_yet_downloaded(boss):
    headings, row = table(boss, "channel-stock/?shop=S1")
    found = dict(zip(headings, row, strict=True))
    assert [found[name] for name in ("Available", "Not yet downloaded", "May show")] == ["17", "4", "13"]


def test_the_stock_file_of_a_platform_is_a_workbook_in_its_words(boss):
    answer = boss.get("/admin/channel-stock/export/?shop=S1&format=xlsx")
    book = load_workbook(io.BytesIO(answer.getvalue()))
    rows = list(book["库存"].iter_rows(values_only=True))
    assert rows[0] == ("宝贝ID", "宝贝标题", "销售属性", "商家编码", "商品条形码", "库存", "系统SKU")
    assert [rows[1][place] for place in (1, 3, 5, 6)] == ["'=SUM(1)", "S1-MINE", 13, "MINE"]
    assert AccessRecord.objects.get().document_number == "S1"


def test_a_stocktake_goes_out_once_it_is_counted_and_never_before(client):
    house = House()
    stocktake = house.open()
    client.force_login(person("boss", roles=[Role.MANAGEMENT], is_staff=True))
    address = f"stocktakes/{stocktake.number}/"
    assert client.get(f"/admin/{address}?format=csv")["Content-Type"].startswith("text/html")
    house.count(stocktake, house.first, house.tea, 8)
    house.count(stocktake, house.second, house.tea, 6)
    house.count(stocktake, None, house.salt, 4)
    house.close(stocktake, house.first, house.second, None)
    house.submit(stocktake)
    house.recount(stocktake, house.first, house.tea, 8)
    submitted = table(client, address) if stocktake.status == "review" else None
    if submitted is None:
        house.submit(stocktake)
        submitted = table(client, address)
    headings, *rows = submitted
    found = dict(zip(headings, rows[0], strict=True))
    assert (len(rows), found["Bin"], found["Difference"]) == (1, "A-01", "-2")
    assert len(table(client, f"{address}?lines=all")) == 1 + 3


def test_a_page_more_takes_the_same_statements_again_and_one_for_where_it_begins(boss, goods):
    def show():
        table(boss, "stock-alerts/?status=all")

    show()
    one = len(statements_of(show))
    with acting_as(ACTOR):
        for place in range(60):
            sku = make_sku(f"MORE-{place}")
            StockAlert.objects.create(
                number=f"SA-M{place}", kind="low", sku=sku, warehouse=make_warehouse("MAIN"), units=1,
                opened_at=NOON, updated_at=NOON,
            )  # fmt: skip
    assert len(table(boss, "stock-alerts/?status=all")) == 1 + 62
    assert len(statements_of(show)) - one == 5 + 1


def test_a_list_that_leads_back_to_itself_ends():
    assert list(all_pages(lambda after: ([1], "x"))) == [1, 1]
