"""The ways through the floor by scanner alone: in, on, and back from every page."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import BinMovement, Sku
from catalog.operations.deliveries import local_day
from catalog.operations.documents import post_stock_documents
from catalog.operations.inbound import InboundDraft, announce_deliveries
from ops_portal.lib.principals import acting_as
from tests.catalog.floor import Scanner, worker_of
from tests.catalog.test_bins import held, make_bin, put
from tests.factories import ACTOR, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
FLOOR = "/admin/floor/"
PUT, MOVE, LOOK, RECEIVE, TRANSFER, COUNT = (
    f"{FLOOR}{page}/" for page in ("put-away", "move", "look", "receive", "transfer", "count")
)


@pytest.fixture
def house():
    warehouse, sku = make_warehouse("NORTH"), make_sku("SHIRT-M")
    receive(sku, 12, warehouse=warehouse)
    return warehouse, sku, make_bin(warehouse, "A-01"), make_bin(warehouse, "A-02")


def leads_to(client, code):
    """Return to which page a scan on the way in leads; nothing where it stays."""
    answer = client.post(FLOOR, {"code": code}, headers={"HX-Request": "true"})
    return answer.headers.get("HX-Redirect", "")


def test_the_warehouse_is_chosen_and_changed_by_a_scan(house):
    make_bin(make_warehouse("SOUTH"), "S-01")
    make_bin(house[0], "X-01")
    make_bin(make_warehouse("WEST"), "X-01")
    client = worker_of()
    for code, chosen in (
        ("NOWHERE", None),
        ("X-01", None),
        ("s-01", "SOUTH"),
        ("north", "NORTH"),
        ("WEST", "WEST"),
    ):
        client.post(FLOOR, {"code": code})
        here = client.get(FLOOR).context["warehouse"]
        assert (code, here and here.code) == (code, chosen)
    assert (
        leads_to(client, "S-01") == ""
    )  # a bin of another warehouse doesn't move whoever has said where he is


def test_the_number_of_a_tile_leads_to_its_job_and_goods_of_that_code_come_first(house):
    client = worker_of()
    tiles = client.get(FLOOR).context["tiles"]
    assert [leads_to(client, str(number)) for number in range(1, len(tiles) + 1)] == [
        tile["address"] for tile in tiles
    ]
    assert {RECEIVE, TRANSFER, PUT, COUNT, MOVE, LOOK} <= {urlsplit(tile["address"]).path for tile in tiles}
    for code in ("0", "-1", "9", "99999999"):
        assert leads_to(client, code) == ""
    make_sku("3")
    assert leads_to(client, "3") == f"{LOOK}?code=3"


@pytest.mark.parametrize("page", [PUT, MOVE, LOOK, RECEIVE, TRANSFER, COUNT])
def test_back_leads_from_the_beginning_of_each_page_to_the_way_in(house, page):
    client = worker_of()
    answer = client.post(page, {"code": "back"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == FLOOR
    assert client.post(page, {"code": "BACK"}).url == FLOOR


def test_back_drops_what_is_in_hand_and_leaves_the_bin_in_two_steps(house):
    _warehouse, sku, first, _second = house
    scanner = Scanner(worker_of(), PUT)
    scanner.scan("SHIRT-M")
    scanner.scan("BACK")
    assert (scanner.page["scan"].keeps, len(scanner.page["waiting"])) == ({}, 1)
    put(sku, first, 5).one()
    scanner = Scanner(worker_of(), MOVE)
    for code, keeps in (
        ("A-01", {"from"}),
        ("SHIRT-M", {"from", "stock"}),
        ("BACK", {"from"}),
        ("BACK", set()),
    ):
        scanner.scan(code)
        assert (code, keeps <= set(scanner.page["scan"].keeps)) == (code, True)
    assert (scanner.page["scan"].keeps, BinMovement.objects.count()) == ({}, 1)


def test_among_goods_of_one_batch_the_bin_says_which_are_meant(house):
    warehouse, _sku, first, _second = house
    cream = make_sku("CREAM", tracks_batches=True)
    receive(cream, 6, warehouse=warehouse, batch="B1")
    line = StockLineDraft(
        cream.pk, warehouse.pk, OWN, 2, StockState.AVAILABLE, StockState.DAMAGED, batch_code="B1"
    )
    paper = StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))
    post_stock_documents([paper], actor=ACTOR, at=timezone.now()).one()
    damaged = make_bin(warehouse, "D-01", kind="damaged")
    scanner = Scanner(worker_of(), PUT)
    scanner.scan("CREAM")
    assert len(scanner.page["choices"]) == 2
    scanner.scan("B1")
    assert scanner.page["stop"] == (
        "Batch “B1” is there more than once: type the number in the list, or scan the bin."
    )
    scanner.scan("3")
    assert scanner.page["stop"] == "“3” is none of these: type a number from 1 to 2, or scan the batch."
    scanner.scan("D-01")
    assert (scanner.tone, held(damaged), held(first)) == ("done", {("CREAM", "B1"): 2}, {})


def test_a_gs1_label_is_read_wherever_goods_are_scanned(house):
    _warehouse, sku, first, _second = house
    with acting_as(ACTOR):
        Sku.objects.filter(pk=sku.pk).update(barcode="6901234567892")
    scanner = Scanner(worker_of(), PUT)
    scanner.scan("(01)06901234567892(10)LOT7")
    assert scanner.page["goods"].code == "SHIRT-M"
    scanner.scan("A-01")
    assert held(first) == {("SHIRT-M", ""): 12}
    assert leads_to(worker_of(), "(01)06901234567892").startswith(LOOK)


def test_the_tile_counts_the_deliveries_that_the_page_shows(house):
    draft = InboundDraft("ACME", "NORTH", OWN, lines=(("SHIRT-M", 5),), promised_on=local_day(timezone.now()))
    announce_deliveries([draft], actor=ACTOR, at=timezone.now()).one()
    client = worker_of()
    tiles = {tile["address"]: tile["waits"] for tile in client.get(FLOOR).context["tiles"]}
    assert (tiles[RECEIVE], len(client.get(RECEIVE).context["expected"])) == ("1", 1)
