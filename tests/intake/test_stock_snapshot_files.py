"""``stock.snapshot``: what another system's books say stands in a warehouse, as 聚水潭 and 旺店通 write it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from catalog.choices import WarehouseSystem
from catalog.models import Sku, StockSnapshot, StockSnapshotLine, Warehouse
from catalog.operations.mirroring import explain_differences
from ops_portal.intake.models import RejectedRow
from tests.factories import ACTOR, make_sku, make_warehouse, receive
from tests.intake.conftest import Taken, counts

pytestmark = pytest.mark.django_db
KIND = "stock.snapshot"
HEAD = "商品编码,实际库存数,仓库编码,快照时间,批次,货主\n"


def moment(hours: int) -> str:
    """Return a time of the warehouse's clock, so many hours ago."""
    return timezone.localtime(timezone.now() - timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture
def warehouse():
    """A mirrored warehouse with 10 of A since yesterday, 4 more of it since an hour ago, and 5 of B's batch."""
    place = make_warehouse("CLOUD")
    Warehouse.objects.filter(pk=place.pk).update(system=WarehouseSystem.JUSHUITAN, name="云仓")
    long_ago, lately = (timezone.now() - timedelta(hours=hours) for hours in (24, 1))
    receive(make_sku("A"), 10, warehouse=place, at=long_ago)
    receive(Sku.objects.get(code="A"), 4, warehouse=place, at=lately)
    receive(make_sku("B", tracks_batches=True), 5, warehouse=place, batch="B1", at=long_ago)
    return Warehouse.objects.get(pk=place.pk)


def lines() -> list[tuple[str, str, int, int]]:
    """Return SKU, batch, theirs and ours of every line."""
    rows = StockSnapshotLine.objects.order_by("sku__code", "batch_code", "pk")
    return list(rows.values_list("sku__code", "batch_code", "theirs", "ours"))


def refusals() -> list[tuple[int, str]]:
    return list(RejectedRow.objects.order_by("row_number").values_list("row_number", "code"))


def taken_back(run: Taken) -> bool:
    return run.get("status") == "undone"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_is_held_against_our_books_of_its_moment_and_taken_back(
    take_in, undo, write, warehouse, encoding
):
    path = write(f"{HEAD}A,9,CLOUD,{moment(3)},,\nB,7,CLOUD,{moment(3)},B1,\n", encoding)
    first = take_in(KIND, path)
    assert counts(first) == (2, 2, 0, 0, 0, 0)
    assert lines() == [("A", "", 9, 10), ("B", "B1", 7, 5)]
    assert StockSnapshot.objects.get().source == "file"
    assert counts(take_in(KIND, path)) == (2, 0, 0, 2, 0, 0)
    assert taken_back(undo(first["run"]))
    assert not StockSnapshot.objects.exists()


def test_what_was_settled_meanwhile_is_not_taken_back(take_in, undo, write, warehouse):
    run = take_in(KIND, write(f"{HEAD}A,9,CLOUD,{moment(3)},,\nB,7,CLOUD,{moment(3)},B1,\n"))
    line = StockSnapshotLine.objects.get(sku__code="A")
    explain_differences(line.snapshot.number, [line.pk], note="on its way", actor=ACTOR, at=timezone.now())
    assert not taken_back(undo(run["run"]))
    assert len(lines()) == 2


def test_a_dry_run_says_what_the_real_one_does_and_leaves_nothing(take_in, write, warehouse):
    path = write(f"{HEAD}A,9,CLOUD,{moment(3)},,\nNOTHING,7,CLOUD,{moment(3)},,\n")
    dry = take_in(KIND, path, "--dry-run")
    assert not StockSnapshot.objects.exists()
    assert counts(dry) == counts(take_in(KIND, path)) == (2, 1, 0, 0, 1, 0)


def test_a_file_without_a_moment_gets_that_of_the_file_and_two_moments_make_two_snapshots(
    take_in, write, warehouse
):
    path = write("商品编码,库存,仓库\nA,9,CLOUD\n")
    assert counts(take_in(KIND, path))[4] == 1
    assert refusals() == [(2, "no_moment")]
    for hours, ours in ((3, 10), (0, 14)):
        take_in(
            KIND,
            write(f"商品编码,库存,仓库\nA,9,CLOUD\n{'' * hours}", name=f"{hours}.csv"),
            "--at",
            moment(hours),
        )
        assert StockSnapshotLine.objects.order_by("-pk")[0].ours == ours
    taken = [(timezone.now() - each).total_seconds() // 3600 for each in snapshots()]
    assert taken == [0, 3]


def snapshots() -> list[datetime]:
    return list(StockSnapshot.objects.order_by("-taken_at").values_list("taken_at", flat=True))


def test_a_barcode_names_a_sku_and_its_name_a_warehouse_where_only_one_has_it(take_in, write, warehouse):
    Sku.objects.filter(code="A").update(barcode="6901234567892")
    head = "条码,库存,仓库名称,快照时间\n"
    assert counts(take_in(KIND, write(f"{head}6901234567892,9,云仓,{moment(3)}\n")))[1] == 1
    assert lines() == [("A", "", 9, 10)]
    Warehouse.objects.filter(pk=make_warehouse("CLOUD2").pk).update(name="云仓", system="other")
    take_in(KIND, write(f"{head}6901234567892,9,云仓,{moment(4)}\n", name="two.csv"))
    assert refusals() == [(2, "no_mirror")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("NOTHING,9,CLOUD,{at},,", "unknown_sku"),
        ("A,9,MAIN,{at},,", "no_mirror"),
        ("A,9,NOWHERE,{at},,", "no_mirror"),
        ("A,-1,CLOUD,{at},,", "not_at_that_time"),
        ("A,five,CLOUD,{at},,", "unreadable"),
        ("A,=1+1,CLOUD,{at},,", "unreadable"),
        ("A,99999999999999999999,CLOUD,{at},,", "unreadable"),
        ("A,,CLOUD,{at},,", "value_missing"),
        (",9,CLOUD,{at},,", "value_missing"),
        ("A,9,,{at},,", "value_missing"),
        ("A,9,CLOUD,someday,,", "unreadable"),
        ("A,9,CLOUD,2099-01-01 00:00:00,,", "not_at_that_time"),
        ("合计,9,CLOUD,{at},,", "total_row"),
        ("{long},9,CLOUD,{at},,", "too_long"),
        ("A,9,CLOUD,{at},,\nA,8,CLOUD,{at},,", "said_otherwise"),
    ],
)
def test_a_row_that_can_not_be_taken_says_why(take_in, write, warehouse, row, code):
    make_warehouse("MAIN")
    take_in(KIND, write(HEAD + row.format(at=moment(3), long="A" * 61) + "\n"))
    assert [each for _row, each in refusals()] == [code]
    assert len(lines()) == (1 if code == "said_otherwise" else 0)
