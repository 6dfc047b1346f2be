"""Receiving by scanner input alone: what each scan leads to, and that OK books once."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from catalog.choices import OWN, InboundSource, InboundStatus
from catalog.models import BatchStock, InboundDelivery, Sku, Stock, StockDocument, Warehouse
from catalog.operations.deliveries import local_day
from catalog.operations.inbound import InboundDraft, announce_deliveries
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import acting_as
from tests.catalog.inbound import counted
from tests.catalog.test_bins import make_bin
from tests.factories import ACTOR, make_sku, make_warehouse
from tests.house.agency import SIGN_IN, person

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/floor/receive/"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Scanner:
    """A worker whose scanner types into the one field of the page, and who carries on with what the page keeps."""

    def __init__(self, *, brands: tuple[str, ...] = ("ACME", "BOLT")) -> None:
        self.client = Client()
        self.client.force_login(person("wang", Role.WAREHOUSE, shops=("S1",), brands=brands), backend=SIGN_IN)
        self.keeps: dict[str, str] = {}
        self.page = ""
        self.sent: dict[str, str] = {}

    def scan(self, *codes: str) -> Scanner:
        for code in codes:
            self.post({**self.keeps, "code": code})
        return self

    def again(self) -> Scanner:
        """The second Enter: what was sent last goes again."""
        return self.post(self.sent)

    def post(self, sent: dict[str, str]) -> Scanner:
        self.sent = sent
        answer = self.client.post(ADDRESS, sent, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        self.page = unescape(answer.content.decode())
        form = self.page[self.page.index('class="floor-scan"') :]
        kept = dict(HIDDEN.findall(form[: form.index("</form>")]))
        self.keeps = {name: value for name, value in kept.items() if name != "csrfmiddlewaretoken"}
        return self

    @property
    def tone(self) -> str:
        return re.search(r'data-tone="(\w*)"', self.page)[1]

    @property
    def step(self) -> str:
        return self.keeps.get("step", "")


def today():
    return local_day(timezone.now())


@pytest.fixture
def here() -> Warehouse:
    return make_warehouse("MAIN")


def announce(*lines: tuple[str, int], **more: object) -> InboundDelivery:
    given = {"goods_owner": OWN, "promised_on": today(), **more}
    draft = InboundDraft("ACME", "MAIN", lines=lines, **given)
    return announce_deliveries([draft], actor=ACTOR, at=timezone.now()).one()


def with_barcode(code: str, barcode: str, **fields: object) -> Sku:
    sku = make_sku(code, tracks_batches=bool(fields.pop("tracks_batches", False)))
    with acting_as(ACTOR):
        Sku.objects.filter(pk=sku.pk).update(barcode=barcode, **fields)
    return sku


def test_a_delivery_is_received_and_closed_by_six_scans(here):
    with_barcode("A1", "6901234567892")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "6901234567892", "12", "OK")
    assert (worker.tone, worker.step) == ("done", "sku")
    assert counted(delivery) == {"A1": (12, 12, 0)}
    assert "Everything that was promised is here" in worker.page
    worker.scan("CLOSE", "OK")
    assert InboundDelivery.objects.get().status == InboundStatus.RECEIVED
    assert Stock.objects.get().available == 12


def test_each_further_scan_of_the_same_goods_adds_one(here):
    with_barcode("A1", "6901234567892")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "6901234567892", "A1", "6901234567892", "OK")
    assert counted(delivery) == {"A1": (12, 3, 0)}
    assert worker.keeps["delivery"] == delivery.number


def test_the_second_enter_of_any_scan_changes_nothing(here):
    make_sku("A1")
    delivery = announce(("A1", 12))
    worker = Scanner()
    for code in (delivery.number, "A1", "5", "OK"):
        worker.scan(code).again()
    assert counted(delivery) == {"A1": (12, 5, 0)}
    assert StockDocument.objects.count() == 1


def test_the_waybill_opens_the_delivery_and_two_by_one_waybill_are_asked_for(here):
    make_sku("A1")
    one = announce(("A1", 1), tracking="SF1")
    worker = Scanner().scan("SF1")
    assert worker.keeps["delivery"] == one.number
    two = announce(("A1", 1), tracking="SF1")
    worker = Scanner.__new__(Scanner)
    worker.client, worker.keeps = Client(), {}
    from ops_portal.accounts.models import User

    worker.client.force_login(User.objects.get(username="wang"), backend=SIGN_IN)
    worker.scan("SF1")
    assert worker.tone == "stop"
    assert one.number in worker.page
    assert two.number in worker.page


def test_what_nobody_knows_stops_and_keeps_what_was_scanned(here):
    make_sku("A1")
    make_sku("B1", brand="BOLT")
    delivery = announce(("A1", 12))
    worker = Scanner().scan("NOTHING")
    assert (worker.tone, worker.step) == ("stop", "delivery")
    worker.scan(delivery.number, "6999999999999")
    assert (worker.tone, worker.step, worker.keeps["delivery"]) == ("stop", "sku", delivery.number)
    assert "6999999999999" in worker.page
    worker.scan("B1")
    assert (worker.tone, worker.step) == ("stop", "sku")
    worker.scan("A1", "7", "B1")
    assert (worker.tone, worker.keeps["units"]) == ("stop", "7")
    worker.scan("OK")
    assert counted(delivery) == {"A1": (12, 7, 0)}


def test_goods_that_are_not_on_the_delivery_are_asked_for_before_they_go_in(here):
    make_sku("A1")
    make_sku("A2")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "A2")
    assert (worker.tone, worker.step) == ("stop", "extra")
    worker.scan("OK", "3", "OK")
    assert counted(delivery) == {"A1": (12, 0, 0), "A2": (0, 3, 0)}


def test_more_than_promised_is_asked_for_and_a_number_corrects_it(here):
    make_sku("A1")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "A1", "13", "OK")
    assert (worker.tone, worker.step) == ("stop", "more")
    assert counted(delivery) == {"A1": (12, 0, 0)}
    worker.scan("12", "OK")
    assert counted(delivery) == {"A1": (12, 12, 0)}
    worker.scan("A1", "2", "OK", "OK")
    assert counted(delivery) == {"A1": (12, 14, 0)}


def test_a_barcode_in_the_field_for_units_is_no_number_of_units(here):
    with_barcode("A1", "6901234567892")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "A1", "6909999999999")
    assert (worker.tone, worker.keeps["units"]) == ("stop", "1")


def test_damaged_units_are_booked_apart(here):
    make_sku("A1")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "A1", "12", "DAMAGED", "13")
    assert (worker.tone, worker.step) == ("stop", "damaged")
    worker.scan("2", "OK")
    assert counted(delivery) == {"A1": (12, 12, 2)}
    assert (Stock.objects.get().available, Stock.objects.get().damaged) == (10, 2)


def test_batch_and_expiry_are_asked_for_once(here):
    make_sku("D1", tracks_batches=True)
    delivery = announce(("D1", 12))
    worker = Scanner().scan(delivery.number, "D1")
    assert worker.step == "batch"
    worker.scan("LOT7")
    assert worker.step == "expires"
    worker.scan("nonsense")
    assert (worker.tone, worker.step) == ("stop", "expires")
    worker.scan("281231", "5", "OK")
    part = BatchStock.objects.select_related("batch").get()
    assert (part.batch.code, part.batch.expires_on.isoformat(), part.available) == ("LOT7", "2028-12-31", 5)
    worker.scan("D1", "LOT7")
    assert worker.step == "units"


def test_what_hardly_is_the_batch_or_the_last_day_is_asked_for_once_more(here):
    with_barcode("D1", "6901234567892", tracks_batches=True)
    with_barcode("D2", "6901234567908")
    make_bin(here, "A-01")
    delivery = announce(("D1", 12))
    worker = Scanner().scan(delivery.number, "D1")
    for code, says in (
        ("6901234567908", "“6901234567908” is D2, no batch."),
        ("A-01", "“A-01” is a bin, no batch."),
        ("12", "“12” looks like a number of units."),
    ):
        worker.scan(code)
        assert (worker.tone, worker.step, says in worker.page) == ("stop", "batch", True)
    worker.scan("12")
    assert (worker.step, worker.keeps["batch"]) == ("expires", "12")
    worker.scan("200101")
    assert (worker.tone, worker.step, "2020-01-01 is past." in worker.page) == ("stop", "expires", True)
    worker.scan("281231")
    assert (worker.step, worker.keeps["expires"]) == ("units", "2028-12-31")
    worker.scan("BACK", "D1", "LOT8", "200101", "200101", "5", "OK")
    assert "Batch LOT8 of D1 expired on 2020-01-01." in worker.page
    worker.scan("broken seal")
    assert BatchStock.objects.get().quarantine == 5


def test_a_code_that_nobody_knows_changes_no_number_of_units(here):
    make_sku("A1")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "A1", "5")
    for code in ("-1", "99999999", "1.5"):
        worker.scan(code)
        assert f"“{code}” is no number of units and no goods that we know." in worker.page
        assert (worker.tone, worker.keeps["units"]) == ("stop", "5")


def test_whose_goods_came_is_not_said_before_it_is_known(here):
    make_sku("A1")
    worker = Scanner().scan("NEW")
    assert "Owner of the goods" not in worker.page


def test_one_scan_of_a_gs1_label_gives_goods_batch_expiry_and_units(here):
    with_barcode("D1", "6901234567892", tracks_batches=True)
    delivery = announce(("D1", 48))
    label = "010690123456789217281231" + "10LOT7\x1d3724"
    worker = Scanner().scan(delivery.number, label)
    assert (worker.step, worker.keeps["units"], worker.keeps["batch"]) == ("units", "24", "LOT7")
    worker.scan(label, "OK")
    part = BatchStock.objects.select_related("batch").get()
    assert (part.batch.expires_on.isoformat(), part.available) == ("2028-12-31", 48)


def test_another_batch_is_not_added_to_the_one_in_hand(here):
    with_barcode("D1", "6901234567892", tracks_batches=True)
    delivery = announce(("D1", 48))
    worker = Scanner().scan(
        delivery.number, "(01)06901234567892(17)281231(10)LOT7", "(01)06901234567892(17)281231(10)LOT8"
    )
    assert (worker.tone, worker.keeps["batch"], worker.keeps["units"]) == ("stop", "LOT7", "1")


def test_goods_with_too_little_life_go_into_quarantine_for_a_reason_or_are_refused(here):
    with_barcode("D1", "", tracks_batches=True, receive_days=100)
    delivery = announce(("D1", 48))
    soon = (today() + timedelta(days=99)).isoformat()
    worker = Scanner().scan(delivery.number, "D1", "LOT7", soon, "5", "OK")
    assert (worker.tone, worker.step) == ("stop", "life")
    worker.scan("OK")
    assert (worker.tone, worker.step) == ("stop", "life")
    worker.scan("gift with purchase")
    assert worker.tone == "done"
    assert (Stock.objects.get().quarantine, StockDocument.objects.get().note) == (5, "gift with purchase")
    worker.scan("D1", "LOT7", "5", "OK", "BACK")
    assert worker.step == "sku"
    assert counted(delivery) == {"D1": (48, 5, 0)}


def test_a_made_on_date_gives_the_expiry_by_the_shelf_life(here):
    with_barcode("D1", "6901234567892", tracks_batches=True, shelf_life_days=365)
    delivery = announce(("D1", 48))
    worker = Scanner().scan(delivery.number, "(01)06901234567892(11)281201(10)LOT7")
    assert worker.keeps["expires"] == "2029-12-01"


def test_goods_that_nobody_announced_make_a_delivery_when_they_are_booked(here):
    make_sku("A1")
    worker = Scanner().scan("NEW", "A1", "3")
    assert not InboundDelivery.objects.exists()
    worker.scan("OK").again()
    delivery = InboundDelivery.objects.get()
    assert (delivery.source, delivery.status, delivery.goods_owner) == (
        InboundSource.UNANNOUNCED,
        InboundStatus.RECEIVING,
        OWN,
    )
    make_sku("A2")
    worker.scan("A2", "9", "OK")
    assert counted(delivery) == {"A1": (0, 3, 0), "A2": (0, 9, 0)}


def test_whose_goods_came_unannounced_is_asked_where_it_may_be_more_than_one(here):
    make_sku("A1")
    announce(("A1", 1))
    announce(("A1", 1), goods_owner="P-ACME")
    worker = Scanner().scan("NEW", "A1")
    assert worker.step == "owner"
    worker.scan("MALLORY")
    assert (worker.tone, worker.step) == ("stop", "owner")
    worker.scan("P-ACME", "OK")
    assert Stock.objects.get().owner == "P-ACME"


def test_a_closed_delivery_is_opened_again_only_by_the_word(here):
    make_sku("A1")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "A1", "5", "OK", "CLOSE", "OK", delivery.number)
    assert (worker.tone, worker.step) == ("stop", "reopen")
    worker.scan("REOPEN", "A1", "7", "OK")
    assert counted(delivery) == {"A1": (12, 12, 0)}


def test_a_delivery_closed_meanwhile_takes_nothing_in(here):
    from catalog.operations.receiving import close_deliveries

    make_sku("A1")
    delivery = announce(("A1", 12))
    worker = Scanner().scan(delivery.number, "A1", "5", "OK", "A1", "2")
    close_deliveries([delivery.number], actor=ACTOR, at=timezone.now()).one()
    worker.scan("OK")
    assert (worker.tone, worker.step) == ("stop", "reopen")
    assert counted(delivery) == {"A1": (12, 5, 0)}


def test_a_delivery_to_another_warehouse_or_of_another_brand_is_not_received_here(here):
    make_sku("A1")
    delivery = announce(("A1", 12))
    make_warehouse("FAR")
    worker = Scanner(brands=("BOLT",))
    session = worker.client.session
    session["floor_warehouse"] = "FAR"
    session.save()
    worker.scan(delivery.number)
    assert (worker.tone, worker.step) == ("stop", "delivery")
    worker.post(
        {"step": "units", "delivery": delivery.number, "sku": "A1", "units": "5", "key": "k", "code": "OK"}
    )
    assert worker.tone == "stop"
    assert not StockDocument.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"step": "rubbish", "code": "OK"},
        {"step": "units", "delivery": "+", "code": "OK"},
        {"step": "units", "delivery": "+", "made": "x", "sku": "NOTHING", "code": "OK"},
        {"step": "units", "delivery": "+", "made": "x", "sku": "A1", "units": "-5", "code": "OK"},
        {
            "step": "units",
            "delivery": "+",
            "made": "x",
            "sku": "A1",
            "units": "99999999999",
            "code": "OK",
            "key": "k",
        },
        {
            "step": "units",
            "delivery": "+",
            "made": "x",
            "sku": "A1",
            "units": "1",
            "damaged": "9",
            "key": "k",
            "code": "OK",
        },
        {"step": "expires", "sku": "A1", "expires": "rubbish", "code": "OK"},
        {"code": "\x1d\x1d" * 60},
        {"code": "(01)" * 30},
        {},
    ],
)
def test_forms_that_nobody_was_given_stop_and_book_nothing(here, sent):
    make_sku("A1")
    worker = Scanner().post(sent)
    assert worker.tone == "stop"
    assert not StockDocument.objects.exists()


def test_the_page_shows_what_is_expected_here_today_and_begins_with_a_number_in_its_address(here):
    make_sku("A1")
    one, late = announce(("A1", 12)), announce(("A1", 5), promised_on=today() - timedelta(days=3))
    far = announce(("A1", 5), promised_on=today() + timedelta(days=3))
    worker = Scanner()
    page = worker.client.get(ADDRESS).content.decode()
    assert page.index(late.number) < page.index(one.number)
    assert far.number not in page
    assert "A1" in worker.client.get(ADDRESS, {"delivery": one.number}).content.decode()
