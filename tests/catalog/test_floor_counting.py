"""The floor page of counting, by scans alone: what is asked, what is counted, and that the books are never shown."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Count, Stocktake, Tally
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from tests.catalog.counts import House, make_bin, put, shown
from tests.factories import ACTOR, make_sku, receive

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/floor/count/"
INPUT = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Worker:
    """Somebody with a scanner: what was scanned is posted with what the page sends along."""

    def __init__(self, name: str, *, start: str = ADDRESS) -> None:
        self.user = User.objects.get(username=name)
        with acting_as(ACTOR):
            Grant.objects.get_or_create(user=self.user, kind=GrantKind.BRAND, code="ACME")
        self.client = Client()
        self.client.force_login(self.user, backend="ops_portal.accounts.backends.RoleBackend")
        self.page = ""
        self.keeps: dict[str, str] = {}
        self.read(self.client.get(start))

    def read(self, answer):
        assert answer.status_code == 200, answer.status_code
        self.page = answer.content.decode()
        form = self.page.split('class="floor-scan"')[1].split("</form>")[0]
        self.keeps = {name: value for name, value in INPUT.findall(form) if name != "csrfmiddlewaretoken"}

    def post(self, code, keeps):
        self.read(self.client.post(ADDRESS, {**keeps, "code": code}, headers={"HX-Request": "true"}))

    def scan(self, *codes):
        for code in codes:
            self.post(code, self.keeps)
        return self

    @property
    def tone(self):
        found = re.search(r'data-tone="(\w*)"', self.page)
        return found.group(1) if found else ""

    def says(self, text):
        return text in self.page


@pytest.fixture
def house():
    return House()


def test_a_stocktake_is_counted_handed_in_and_recounted_by_scans_alone(house):
    stocktake = house.open(at=timezone.now())
    worker = Worker("counter")
    assert worker.says("3 places to count")
    worker.scan("A-01", *["TEA"] * 8, "OK")
    assert worker.says("Units that were not scanned count as 0")
    worker.scan("OK")
    assert (worker.tone, worker.says("A-01 is counted.")) == ("done", True)
    worker.scan("A-02", "TEA", "6", "OK", "OK", "-", "SALT", "4", "OK", "OK")
    assert worker.says("All places are counted")
    worker.scan("OK")
    assert shown(stocktake)[1] == ("A-01", "TEA", "differs", 10, 8)
    stocktake.refresh_from_db()
    assert stocktake.status == "recounting"
    other = Worker("other")
    assert other.says("Scan the bin A-01")
    other.scan("A-01", "TEA", "9", "OK")
    stocktake.refresh_from_db()
    assert (other.tone, stocktake.status) == ("done", "review")
    assert Count.objects.get(stocktake=stocktake, bin=house.first).recounted == 9


def test_back_drops_a_question_then_leaves_the_place_then_the_stocktake(house):
    house.open(at=timezone.now())
    worker = Worker("counter").scan("A-01", "TEA", "OK")
    assert worker.says("Units that were not scanned count as 0")
    worker.scan("BACK")
    assert (worker.says("Units that were not scanned count as 0"), worker.says("Outside")) == (False, False)
    assert worker.keeps["place"] == "A-01"
    worker.scan("BACK")
    assert (worker.says("3 places to count"), "place" in worker.keeps) == (True, False)
    worker.scan("BACK")
    assert "stocktake" not in worker.keeps
    assert Count.objects.get(bin=house.first, stock__sku=house.tea).status == "open"


def test_the_page_never_shows_what_the_books_say(house):
    put(house.salt, house.first, 3)
    receive(house.tea, 777, warehouse=house.warehouse)
    put(house.tea, house.first, 777)
    house.open(at=timezone.now())
    worker = Worker("counter")
    for code in ("A-01", "TEA", "222", "OK", "OK", "A-02", "OK", "OK", "-", "OK", "OK", "OK"):
        worker.scan(code)
        assert not re.search(r"\b78\d\b|\b777\b", re.sub(r'value="[^"]*"', "", worker.page)), code
    other = Worker("other")
    for code in ("A-01", "TEA"):
        assert not re.search(r"\b78\d\b|\b777\b|\b222\b", re.sub(r'value="[^"]*"', "", other.page))
        other.scan(code)


def test_a_bin_leads_to_its_stocktake(house):
    salt = house.open(at=timezone.now(), skus=("SALT",))
    house.open(at=timezone.now(), bins=("A-02",))
    worker = Worker("counter")
    assert worker.says(salt.number)
    assert worker.scan("X-1").tone == "stop"
    worker.scan("A-02", "TEA", "3")
    assert Tally.objects.get().count.bin == house.second


def test_the_same_post_twice_counts_once(house):
    house.open(at=timezone.now())
    worker = Worker("counter").scan("A-01")
    keeps = dict(worker.keeps)
    worker.post("TEA", keeps)
    worker.post("TEA", keeps)
    assert Tally.objects.get().units == 1
    keeps = dict(worker.keeps)
    worker.post("7", keeps)
    worker.post("7", keeps)
    worker.scan("TEA")
    assert Count.objects.get(bin=house.first).counted == 8


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        (["B-77"], "There is no bin “B-77” here"),
        (["A-01", "XXX"], "Nobody knows “XXX”"),
        (["A-01", "A-02"], "is a bin. Say OK first"),
        (["A-01", "5"], "Scan the goods first"),
        (["OK"], "still to count: 3"),
    ],
)
def test_a_wrong_scan_says_what_it_is_and_keeps_its_place(house, codes, text):
    house.open(at=timezone.now())
    worker = Worker("counter").scan(*codes)
    assert (worker.tone, worker.says(text)) == ("stop", True)
    assert worker.keeps.get("place", "") == ("A-01" if len(codes) == 2 else "")
    assert not Tally.objects.exists()


def test_a_place_that_is_done_is_not_counted_again(house):
    house.open(at=timezone.now())
    worker = Worker("counter").scan("A-01", "OK", "OK", "A-01")
    assert (worker.tone, worker.says("was counted already")) == ("stop", True)


def test_owner_and_batch_are_asked_where_more_than_one_is_possible(house):
    cream, lotion = make_sku("CREAM", tracks_batches=True), make_sku("LOTION", tracks_batches=True)
    day = date(2027, 5, 1)
    for batch, owner in (("B1", "own"), ("B2", "own"), ("B1", "LI")):
        receive(cream, 5, warehouse=house.warehouse, owner=owner, batch=batch, expires_on=day)
    receive(lotion, 5, warehouse=house.warehouse, batch="C1")
    house.open(at=timezone.now())
    worker = Worker("counter").scan("-", "LOTION")
    assert Tally.objects.get().count.batch.code == "C1"
    worker.scan("CREAM")
    assert worker.says("Whose are these?")
    assert worker.scan("WANG").tone == "stop"
    worker.scan("own")
    assert worker.says("Which batch is on the label?")
    assert worker.says("B2 · 2027-05-01")
    assert worker.scan("B9").tone == "stop"
    worker.scan("B2", "CREAM", "4", "B1")
    counts = Count.objects.filter(stock__sku=cream, counted__isnull=False).order_by("batch__code")
    assert [(each.stock.owner, each.batch.code, each.counted) for each in counts] == [
        ("own", "B1", 1),
        ("own", "B2", 5),
    ]


def test_a_barcode_is_a_sku_and_one_of_two_skus_is_asked_for_by_name(house):
    house.tea.barcode = house.salt.barcode = "6901234567892"
    with acting_as(ACTOR):
        house.tea.save()
    house.open(at=timezone.now())
    worker = Worker("counter").scan("A-01", "6901234567892")
    assert Tally.objects.get().count.stock.sku == house.tea
    with acting_as(ACTOR):
        house.salt.save()
    assert worker.scan("6901234567892").says("barcode of several SKUs: TEA, SALT")


def test_a_warehouse_without_bins_asks_for_goods_at_once():
    house = House.__new__(House)
    House.__init__(house)
    type(house.first).objects.update(is_active=False)
    house.open(at=timezone.now())
    worker = Worker("counter").scan("SALT", "4", "OK", "OK")
    assert worker.says("What lies outside the bins is counted")


def test_where_only_the_outside_of_the_bins_is_left_goods_are_scanned_at_once(house):
    house.open(at=timezone.now(), skus=("SALT",))
    worker = Worker("counter")
    assert worker.says("Scan the goods outside the bins")
    worker.scan("SALT", "4", "OK", "OK", "OK")
    assert Stocktake.objects.get().status == "review"


def test_the_first_counter_is_shown_nothing_to_recount_while_others_count(house):
    now = timezone.now()
    stocktake = house.open(at=now)
    house.count(stocktake, house.first, house.tea, 8, at=now)
    house.count(stocktake, house.second, house.tea, 6, actor=house.other, at=now)
    house.count(stocktake, None, house.salt, 4, at=now)
    house.close(stocktake, house.first, house.second, None, at=now)
    house.submit(stocktake, at=now)
    assert Worker("counter").says("What is left you counted first")
    worker = Worker("other").scan("A-02")
    assert (worker.tone, worker.says("Go to A-01")) == ("stop", True)
    worker.scan("A-01", "SALT")
    assert (worker.tone, worker.says("Count TEA alone")) == ("stop", True)
    worker.scan("OK")
    assert worker.says("Is there nothing of it?")
    worker.scan("TEA", "TEA", "OK")
    assert Count.objects.get(stocktake=stocktake, bin=house.first).recounted == 2


def test_goods_of_another_stocktake_stop_the_scan(house):
    house.open(at=timezone.now(), skus=("SALT",))
    worker = Worker("counter").scan("A-01", "TEA")
    assert (worker.tone, worker.says("leave it where it is")) == ("stop", True)


def test_a_page_without_scripts_is_whole(house):
    house.open(at=timezone.now())
    worker = Worker("counter")
    answer = worker.client.post(ADDRESS, {**worker.keeps, "code": "A-01"})
    assert b"<html" in answer.content
    assert b'id="floor"' in answer.content


def test_strangers_and_agents_count_nothing(house):
    agent = User.objects.create_user("agent", roles=[Role.CUSTOMER_SERVICE], is_staff=True)
    client = Client()
    assert client.get(ADDRESS).status_code == 302
    client.force_login(agent, backend="ops_portal.accounts.backends.RoleBackend")
    assert client.get(ADDRESS).status_code == 403


def test_nonsense_in_the_kept_fields_is_no_error(house):
    house.open(at=timezone.now())
    worker = Worker("counter")
    for nonsense in ({"place": "Z-1"}, {"last": "x"}, {"count": "9" * 40}, {"asks": "batch", "sku": "?"}):
        for code in ("TEA", "5", "OK"):
            worker.post(code, {**worker.keeps, **nonsense})
    assert Stocktake.objects.get().status == "counting"


def test_a_scan_takes_the_same_statements_with_one_and_three_goods_in_the_bin(house):
    house.open(at=timezone.now())
    worker = Worker("counter").scan("A-01")
    skus = iter([make_sku(f"N{number}") for number in range(3)])

    def add():
        sku = next(skus)
        receive(sku, 1, warehouse=house.warehouse)
        worker.scan(sku.code)

    def show():
        worker.client.post(ADDRESS, {**worker.keeps, "code": ""}, headers={"HX-Request": "true"})

    assert_statements(9, show, add)


def test_two_in_one_bin_are_told_of_each_other(house):
    make_bin(house.warehouse, "A-03")
    stocktake = house.open(at=timezone.now())
    house.count(stocktake, house.first, house.tea, 2, actor=house.other, at=timezone.now())
    worker = Worker("counter").scan("A-01")
    assert worker.says("other has begun to count here")
    worker.scan("TEA", "8")
    assert Count.objects.get(bin=house.first).counted == 10
