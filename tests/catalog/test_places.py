"""Zones and bins: made in rows from a pattern, known by codes in capitals, guarded by the database."""

from __future__ import annotations

import pytest
from barcode.codex import Code128
from django.db import IntegrityError, transaction

from catalog.forms.places import PatternError, codes_of
from catalog.models import Bin, Zone
from catalog.operations.places import BinDraft, make_bins
from catalog.views.bins import bars_of
from tests.catalog.floor import worker_of
from tests.catalog.test_bins import make_bin, put
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
NEW = "/admin/bins/new/"


def test_the_last_range_of_a_pattern_runs_fastest_and_keeps_its_zeros():
    assert codes_of("a-{08..10}-{a..b}") == ["A-08-A", "A-08-B", "A-09-A", "A-09-B", "A-10-A", "A-10-B"]
    assert len(codes_of("A-{01..12}-{1..4}")) == 48
    assert codes_of(" Z-1 ") == ["Z-1"]


@pytest.mark.parametrize(
    "pattern",
    ["", "A-{1..99999}", "{1..100}{1..100}", "{A..3}", "{5..1}", "A {x", "库-1", "A" * 41, "A-{1..2}}"],
)
def test_a_pattern_that_can_t_be_read_is_refused(pattern):
    with pytest.raises(PatternError):
        codes_of(pattern)


def test_bins_are_made_in_rows_and_what_is_there_stays():
    warehouse = make_warehouse("NORTH")
    zone = Zone.objects.create(warehouse=warehouse, code="S", kind="storage")
    there = make_bin(warehouse, "A-01", sequence=7)
    drafts = [
        BinDraft(zone.pk, code, sequence) for sequence, code in enumerate(["a-02", "A-01", "A-03", "A-02"])
    ]
    outcome = make_bins(drafts, actor=ACTOR, at=NOON)
    assert [(place.code, place.sequence, place.warehouse_id) for place in outcome.done] == [
        ("A-02", 0, warehouse.pk), ("A-03", 2, warehouse.pk),
    ]  # fmt: skip
    assert [(index, refusal.code) for index, refusal in outcome.refused] == [
        (1, "bin_taken"),
        (3, "bin_taken"),
    ]
    there.refresh_from_db()
    assert (there.sequence, Bin.objects.count()) == (7, 3)


def test_a_zone_keeps_its_kind_while_its_bins_hold_units_and_its_warehouse_while_it_has_bins():
    warehouse = make_warehouse("NORTH")
    sku, place = make_sku("A"), make_bin(warehouse, "A-01")
    receive(sku, 5, warehouse=warehouse)
    Zone.objects.filter(pk=place.zone_id).update(kind="damaged")
    Zone.objects.filter(pk=place.zone_id).update(kind="storage")
    put(sku, place, 5).one()
    for change in ({"kind": "damaged"}, {"warehouse": make_warehouse("SOUTH")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Zone.objects.filter(pk=place.zone_id).update(**change)
    other = Zone.objects.create(warehouse=warehouse, code="D", kind="damaged")
    with pytest.raises(IntegrityError), transaction.atomic():
        Bin.objects.filter(pk=place.pk).update(zone=other)


def test_a_pattern_is_shown_before_bins_are_made_of_it():
    warehouse, client = make_warehouse("NORTH"), worker_of()
    zone = Zone.objects.create(warehouse=warehouse, code="S", kind="storage")
    make_bin(warehouse, "A-1", sequence=30)
    asked = {"zone": zone.pk, "pattern": "A-{1..3}", "first": ""}
    page = client.post(NEW, {**asked, "preview": "1"})
    assert (page.context["new"], page.context["there"], page.context["first"]) == (2, ["A-1"], 40)
    assert Bin.objects.count() == 1
    client.post(NEW, {**asked, "first": "40", "make": "1"})
    assert list(Bin.objects.order_by("code").values_list("code", "sequence")) == [
        ("A-1", 30), ("A-2", 50), ("A-3", 60),
    ]  # fmt: skip
    assert client.post(NEW, {**asked, "pattern": "{", "make": "1"}).context["refusal"]


def test_a_bin_typed_in_small_letters_is_kept_in_capitals():
    client = worker_of()
    zone = Zone.objects.create(warehouse=make_warehouse("NORTH"), code="S", kind="storage")
    client.post(
        "/admin/catalog/bin/add/", {"zone": zone.pk, "code": "a-9", "sequence": "0", "is_active": "on"}
    )
    assert Bin.objects.get().code == "A-9"


def test_labels_carry_the_code_as_bars_that_read_as_it():
    warehouse, client = make_warehouse("NORTH"), worker_of()
    place, other = make_bin(warehouse, "A-1"), make_bin(warehouse, "A-2")
    assert Bin.objects.filter(pk=other.pk).update(is_active=False)
    page = client.get("/admin/bins/labels/", {"zone": place.zone_id})
    ((shown, bars),) = page.context["labels"]
    assert (shown, page.context["following"]) == (place, "")
    modules = ["0"] * bars.width
    for at, width in bars.bars:
        modules[at : at + width] = "1" * width
    assert "".join(modules) == "0" * 10 + Code128("A-1").build()[0] + "0" * 10
    chosen = client.get("/admin/bins/labels/", {"bin": [place.pk, other.pk, "x"]})
    assert [place.code for place, _bars in chosen.context["labels"]] == ["A-1", "A-2"]


def test_a_code_that_bars_can_t_carry_has_a_label_without_them():
    assert bars_of("库-1") is None
