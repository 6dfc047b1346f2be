"""``stock.deliveries``, and receipts that name their delivery."""

from __future__ import annotations

import pytest
from django.utils import timezone

from catalog.choices import OWN
from catalog.models import InboundDelivery, Stock
from catalog.operations.deliveries import local_day
from catalog.operations.inbound import InboundDraft, announce_deliveries
from catalog.operations.receiving import ReceiptDraft, ReceiptLineDraft, receive_deliveries
from ops_portal.intake.models import RejectedRow
from tests.catalog.inbound import counted
from tests.factories import ACTOR, make_sku, make_warehouse
from tests.intake.conftest import counts

pytestmark = pytest.mark.django_db


def day() -> str:
    return local_day(timezone.now()).isoformat()


HEAD = "delivery_number,sku,warehouse,units,promised_on\n"


def test_a_file_announces_once_and_is_taken_back(take_in, undo, write):
    make_warehouse("MAIN")
    make_sku("A1")
    make_sku("A2")
    path = write(f"{HEAD}D1,A1,MAIN,5,{day()}\n,A2,,7,\nD2,A1,MAIN,1,{day()}\n")
    first = take_in("stock.deliveries", path)
    assert counts(first) == (3, 2, 0, 0, 0, 0)
    assert counted(InboundDelivery.objects.get(source_key="D1")) == {"A1": (5, 0, 0), "A2": (7, 0, 0)}
    assert counts(take_in("stock.deliveries", path)) == (3, 0, 0, 2, 0, 0)
    undo(first["run"])
    assert set(InboundDelivery.objects.values_list("status", flat=True)) == {"cancelled"}
    again = take_in("stock.deliveries", path)
    assert counts(again) == (3, 2, 0, 0, 0, 0)
    open_one = InboundDelivery.objects.get(source_key="D2", status="expected")
    draft = ReceiptDraft(open_one.number, (ReceiptLineDraft("A1", 1),), "K")
    receive_deliveries([draft], actor=ACTOR, at=timezone.now()).one()
    assert undo(again["run"]).get("status") != "undone"
    assert InboundDelivery.objects.filter(source_key="D1", status="expected").exists()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("D1,NOTHING,MAIN,5,{day}", "unknown_sku"),
        ("D1,A1,NOWHERE,5,{day}", "unknown_warehouse"),
        ("D1,A1,MAIN,0,{day}", "no_units"),
        ("D1,A1,MAIN,five,{day}", "unreadable"),
        ("D1,A1,MAIN,5,someday", "unreadable"),
        ("D1,A1,MAIN,5,", "value_missing"),
        ("D1,A1,MAIN,5,{day}\nD1,B1,MAIN,5,{day}", "several_brands"),
        ("D1,A1,MAIN,5,{day}\nD1,A1,FAR,5,{day}", "rows_differ"),
    ],
)
def test_a_row_that_can_not_be_announced_says_why(take_in, write, row, code):
    for place in ("MAIN", "FAR"):
        make_warehouse(place)
    make_sku("A1")
    make_sku("B1", brand="BOLT")
    take_in("stock.deliveries", write(HEAD + row.format(day=day()) + "\n"))
    assert set(RejectedRow.objects.values_list("code", flat=True)) == {code}
    assert not InboundDelivery.objects.exists()


def test_a_file_of_receipts_counts_on_the_delivery_that_it_names_and_undoing_it_takes_that_off(
    take_in, undo, write
):
    for place in ("MAIN", "FAR"):
        make_warehouse(place)
    make_sku("A1")
    make_sku("A2")
    draft = InboundDraft("ACME", "MAIN", OWN, local_day(timezone.now()), (("A1", 5), ("A2", 5)))
    delivery = announce_deliveries([draft], actor=ACTOR, at=timezone.now()).one()
    text = (
        "receipt_number,sku,warehouse,units,delivery\n"
        f"R1,A1,MAIN,4,{delivery.number}\n,A2,MAIN,6,{delivery.number}\n"
        "R2,A1,MAIN,3,\n"
        f"R3,A1,FAR,1,{delivery.number}\n"
        "R4,A1,MAIN,1,IN99999999\n"
    )
    first = take_in("stock.receipt", write(text))
    assert counted(delivery) == {"A1": (5, 4, 0), "A2": (5, 6, 0)}
    assert first["created"] == 2
    take_in("stock.receipt", write(text))
    assert Stock.objects.get(sku__code="A1").available == 7
    undo(first["run"])
    assert counted(delivery) == {"A1": (5, 0, 0), "A2": (5, 0, 0)}
    assert Stock.objects.get(sku__code="A1").available == 0
