"""The warehouse floor by scanner alone: put away, move, look up, and the way in."""

from __future__ import annotations

import pytest

from catalog.models import Bin, BinMovement, Sku
from catalog.queries.shelves import skus_scanned, suggested_bins, to_put_away
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.testing.statements import assert_statements
from tests.catalog.floor import Scanner, worker_of
from tests.catalog.test_bins import held, make_bin, put
from tests.factories import make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db
FLOOR = "/admin/floor/"
PUT, MOVE, LOOK = f"{FLOOR}put-away/", f"{FLOOR}move/", f"{FLOOR}look/"


@pytest.fixture
def house():
    warehouse, sku = make_warehouse("NORTH"), make_sku("SHIRT-M")
    Sku.objects.filter(pk=sku.pk).update(barcode="6901234567892")
    receive(sku, 12, warehouse=warehouse)
    return warehouse, sku, make_bin(warehouse, "A-01"), make_bin(warehouse, "A-02")


def test_goods_are_put_away_with_two_scans(house):
    _warehouse, _sku, first, _second = house
    scanner = Scanner(worker_of(), PUT)
    assert [row.code for row in scanner.page["waiting"]] == ["SHIRT-M"]
    scanner.scan("6901234567892")
    assert (scanner.tone, scanner.page["goods"].units, scanner.page["bins"][0].bin) == ("ok", 12, first)
    answer = scanner.scan("a-01")
    assert (scanner.tone, held(first)) == ("done", {("SHIRT-M", ""): 12})
    assert "Put into bin A-01: 12 × SHIRT-M." in answer.content.decode()
    assert (scanner.page["waiting"], scanner.page["scan"].keeps) == ([], {})


def test_a_scan_that_is_sent_twice_puts_away_once(house):
    _warehouse, _sku, first, _second = house
    scanner = Scanner(worker_of(), PUT)
    for scans, units in ((("SHIRT-M", "5", "A-01"), 5), (("SHIRT-M", "A-01"), 12)):
        for code in scans:
            scanner.scan(code)
        assert scanner.tone == "done"
        scanner.scan("", again=True)
        assert (scanner.tone, held(first)) == ("done", {("SHIRT-M", ""): units})
    assert BinMovement.objects.count() == 2


def test_a_number_is_the_units_and_a_wrong_code_keeps_what_is_in_hand(house):
    _warehouse, _sku, first, _second = house
    scanner = Scanner(worker_of(), PUT)
    for code, tone, units in (
        ("SHIRT-M", "ok", 12),
        ("7", "ok", 7),
        ("99", "stop", 7),
        ("NOWHERE", "stop", 7),
        ("0", "stop", 7),
        ("SHIRT-M", "ok", 12),
        ("3", "ok", 3),
    ):
        scanner.scan(code)
        assert (code, scanner.tone, scanner.page["units"]) == (code, tone, units)
    scanner.scan("A-01")
    assert held(first) == {("SHIRT-M", ""): 3}
    assert to_put_away(first.warehouse_id)[0].units == 9


def test_what_can_t_be_put_away_is_said_and_nothing_is_written(house):
    warehouse, _sku, _first, _second = house
    make_bin(warehouse, "D-01", kind="damaged")
    make_sku("GONE")
    scanner = Scanner(worker_of(), PUT)
    for code, said in (
        ("A-01", "“A-01” is a bin. Scan the goods first."),
        ("12345", "“12345” is no SKU and no barcode that we know."),
        ("GONE", "Nothing of GONE waits to be put away here."),
        ("", "Scan the goods first."),
    ):
        scanner.scan(code)
        assert (scanner.tone, scanner.page["stop"]) == ("stop", said)
    scanner.scan("SHIRT-M")
    scanner.scan("D-01")
    assert (scanner.tone, scanner.page["units"]) == ("stop", 12)
    assert scanner.page["stop"] == "Bin D-01 is for goods of another standing: damaged goods."
    assert not BinMovement.objects.exists()


def test_among_several_batches_the_number_in_the_list_or_the_batch_is_scanned(house):
    warehouse, _sku, first, _second = house
    dated = make_sku("CREAM", tracks_batches=True)
    for batch, units in (("B1", 4), ("B2", 6)):
        receive(dated, units, warehouse=warehouse, batch=batch)
    scanner = Scanner(worker_of(), PUT)
    for answer, batch in (("2", "B2"), ("B1", "B1")):
        scanner.scan("CREAM")
        assert len(scanner.page["choices"]) == 2
        scanner.scan("WRONG")
        assert (scanner.tone, len(scanner.page["choices"])) == ("stop", 2)
        scanner.scan(answer)
        assert scanner.page["goods"].batch_code == batch
    scanner.scan("A-01")
    assert held(first) == {("CREAM", "B1"): 4}


def test_the_suggested_bin_is_that_of_the_same_goods_else_the_first_empty_one(house):
    warehouse, sku, first, second = house
    stock = stock_of(sku, warehouse)
    assert [row.bin for row in suggested_bins(warehouse.pk, stock.pk, None)] == [first]
    Bin.objects.filter(pk=first.pk).update(sequence=5)
    assert [row.bin for row in suggested_bins(warehouse.pk, stock.pk, None)] == [second]
    put(sku, first, 2).one()
    assert [(row.bin, row.units) for row in suggested_bins(warehouse.pk, stock.pk, None)] == [(first, 2)]
    other = make_sku("OTHER")
    receive(other, 1, warehouse=warehouse)
    put(other, second, 1).one()
    third = make_sku("THIRD")
    receive(third, 1, warehouse=warehouse)
    assert suggested_bins(warehouse.pk, stock_of(third, warehouse).pk, None) == []


def test_goods_are_moved_with_three_scans(house):
    _warehouse, sku, first, second = house
    put(sku, first, 12).one()
    scanner = Scanner(worker_of(), MOVE)
    for code, tone in (("A-01", "ok"), ("6901234567892", "ok"), ("5", "ok"), ("A-02", "done")):
        scanner.scan(code)
        assert (code, scanner.tone) == (code, tone)
    assert scanner.page["done"] == "From A-01 to A-02: 5 × SHIRT-M."
    scanner.scan("", again=True)
    assert (scanner.tone, held(first), held(second)) == (
        "done", {("SHIRT-M", ""): 7}, {("SHIRT-M", ""): 5},
    )  # fmt: skip


def test_the_only_goods_of_a_bin_are_moved_with_two_scans(house):
    _warehouse, sku, first, second = house
    put(sku, first, 12).one()
    scanner = Scanner(worker_of(), MOVE)
    scanner.scan("A-01")
    scanner.scan("A-02")
    assert (scanner.tone, held(second)) == ("done", {("SHIRT-M", ""): 12})


def test_a_move_that_can_t_be_is_said_and_nothing_is_written(house):
    warehouse, sku, first, _second = house
    make_bin(warehouse, "Q-01", kind="quarantine")
    put(sku, first, 12).one()
    scanner = Scanner(worker_of(), MOVE)
    for code, said in (
        ("X", "“X” is no bin of this warehouse. Scan the label of a bin."),
        ("A-02", "Bin A-02 is empty."),
        ("A-01", None),
        ("NOTHING", "Bin A-01 holds no “NOTHING”."),
        ("SHIRT-M", None),
        ("A-01", "The goods lie in bin A-01 already; scan another one."),
        ("Q-01", "Bin Q-01 is for goods of another standing: quarantine."),
        ("13", "There are 12 units, not 13."),
    ):
        scanner.scan(code)
        assert (scanner.tone, scanner.page.get("stop")) == ("stop" if said else "ok", said)
    assert (held(first), BinMovement.objects.count()) == ({("SHIRT-M", ""): 12}, 1)


def test_look_up_says_what_lies_in_a_bin_and_where_goods_lie(house):
    _warehouse, sku, first, second = house
    put(sku, first, 4).one()
    put(sku, second, 3).one()
    client = worker_of()
    scanner = Scanner(client, LOOK)
    scanner.scan("A-01")
    assert [(row.stock.sku.code, row.units) for row in scanner.page["contents"]] == [("SHIRT-M", 4)]
    scanner.scan("06901234567892")
    (found,) = scanner.page["found"]
    assert [(row.bin.code, row.units) for row in found["rows"]] == [("A-01", 4), ("A-02", 3)]
    assert [row.units for row in found["waiting"]] == [5]
    scanner.scan("?")
    assert scanner.tone == "stop"
    assert client.get(LOOK, {"code": "A-02"}).context["place"] == second


def test_the_way_in_leads_each_code_to_its_page(house):
    client = worker_of()
    for code, address in (
        ("SHIRT-M", f"{LOOK}?code=SHIRT-M"),
        ("a-01", f"{LOOK}?code=a-01"),
        ("6901234567892", f"{LOOK}?code=6901234567892"),
    ):
        assert client.post(FLOOR, {"code": code}).url == address
        answer = client.post(FLOOR, {"code": code}, headers={"HX-Request": "true"})
        assert answer.headers["HX-Redirect"] == address
    answer = client.post(FLOOR, {"code": "NOTHING"})
    assert (answer.status_code, answer.context["tone"]) == (200, "stop")


def test_the_tiles_say_how_much_waits(house):
    tiles = {tile["address"]: tile["waits"] for tile in worker_of().get(FLOOR).context["tiles"]}
    assert (tiles[PUT], tiles[MOVE]) == ("1", "")


def test_where_there_are_several_warehouses_the_floor_asks_and_remembers(house):
    make_warehouse("SOUTH")
    client = worker_of()
    assert client.get(PUT).url == FLOOR
    assert client.get(FLOOR).context["warehouse"] is None
    assert client.post(FLOOR, {"warehouse": "NORTH"}).url == FLOOR
    assert client.get(PUT).context["warehouse"].code == "NORTH"
    client.post(FLOOR, {"warehouse": "NOWHERE"})
    assert client.get(PUT).url == FLOOR


def test_goods_of_brands_that_aren_t_granted_are_not_to_be_seen_nor_moved(house):
    warehouse, sku, first, _second = house
    put(sku, first, 2).one()
    client = worker_of(brands=("OTHER",))
    scanner = Scanner(client, PUT)
    assert list(scanner.page["waiting"]) == []
    goods = to_put_away(warehouse.pk)[0]
    sent = {
        "stock": goods.stock_id, "batch": "", "kind": goods.kind, "sku": sku.pk, "units": "1", "code": "A-01",
    }  # fmt: skip
    assert client.post(PUT, sent).context["tone"] == "stop"
    assert client.get(LOOK, {"code": "A-01"}).context["contents"] == []
    assert client.get(LOOK, {"code": "SHIRT-M"}).context["tone"] == "stop"
    assert client.post(MOVE, {"from": "A-01", **sent, "code": "A-02"}).context["tone"] == "stop"
    assert BinMovement.objects.count() == 1


def test_a_key_that_the_page_did_not_give_is_not_taken(house):
    warehouse, sku, _first, _second = house
    goods = to_put_away(warehouse.pk)[0]
    sent = {"stock": goods.stock_id, "batch": "", "kind": goods.kind, "sku": sku.pk, "key": "movement:1:1"}
    worker_of().post(PUT, {**sent, "code": "A-01"})
    assert BinMovement.objects.get().key.startswith("floor:")


@pytest.mark.parametrize("role", [Role.CUSTOMER_SERVICE, Role.BRAND_PARTNER])
@pytest.mark.parametrize("address", [FLOOR, PUT, MOVE, LOOK])
def test_only_those_who_handle_goods_come_to_the_floor(house, role, address):
    client = worker_of(role=role)
    assert {client.get(address).status_code, client.post(address).status_code} <= {302, 403}


def test_a_barcode_of_two_variants_shows_both():
    viewer = User.objects.create(username="root", is_superuser=True)
    for code in ("ONE", "TWO"):
        Sku.objects.filter(pk=make_sku(code).pk).update(barcode="0123456789012")
    assert [sku.code for sku in skus_scanned(viewer, "123456789012")] == ["ONE", "TWO"]


def test_what_waits_takes_as_many_statements_with_1_row_as_with_3(house):
    warehouse, _sku, _first, _second = house
    client = worker_of()
    assert_statements(
        STATEMENTS, lambda: client.get(PUT), lambda: receive(make_sku(), 1, warehouse=warehouse)
    )


STATEMENTS = 6
