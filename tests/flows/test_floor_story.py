"""A delivery goes from the lorry to the shelf and is counted there: on a phone, by a scanner that types.

They need Chromium, as ``test_stories`` does.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.flows.houses import CHROMIUM, House, sideways, signed_in

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium."),
    pytest.mark.xdist_group("browser"),
]

PHONE = {"width": 390, "height": 844}
BATCH = "MZCLORRY1"
GOODS = {"MZC-MM05": 48, "MZC-SFS150": 36}
SHELF = "A06-12"
PLACES = ("A02-01", "A02-02")

FACTS = """
import json
from catalog.models import *
delivery = InboundDelivery.objects.filter(warehouse__code="SH01", brand__code="MZC", status="expected").get()
stocktake = Stocktake.objects.filter(warehouse__code="SH01", status="counting").get()
lying = [[i.bin.code, i.stock.sku.code, i.batch.code if i.batch else "", i.units]
         for i in BinStock.objects.filter(bin__code__in=("A02-01", "A02-02"), bin__warehouse__code="SH01", units__gt=0)
         .select_related("bin", "stock__sku", "batch").order_by("pk")]
print("FACTS" + json.dumps({"delivery": delivery.number, "stocktake": stocktake.number, "lying": lying}))
"""

STANDING = """
import json
from django.db.models import Sum
from catalog.models import *
batch = BatchStock.objects.filter(batch__code="MZCLORRY1", stock__warehouse__code="SH01")
shelf = BinStock.objects.filter(bin__code="A06-12", bin__warehouse__code="SH01", batch__code="MZCLORRY1")
print("FACTS" + json.dumps({
    "deliveries": list(InboundDelivery.objects.filter(number="%(delivery)s").values_list("status", flat=True)),
    "came": {b.stock.sku.code: b.available + b.reserved for b in batch.select_related("stock__sku")},
    "shelf": {i.stock.sku.code: i.units for i in shelf.select_related("stock__sku")},
    "stocktake": Stocktake.objects.get(number="%(stocktake)s").status,
    "lost": Stock.objects.aggregate(units=Sum("lost"))["units"],
}))
"""


def facts(house: House, code: str) -> dict:
    """Return what a house says of itself."""
    said = house.manage("shell", "-c", code)
    return json.loads(said.split("FACTS", 1)[1].splitlines()[0])


def scan(page: Page, code: str, *, tone: str = "") -> None:
    """Type a code and Enter into the input that has the focus, as a scanner does, and wait for the answer."""
    expect(page.locator("[data-scan]")).to_be_focused()
    page.evaluate("document.getElementById('floor').dataset.before = 'yes'")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    answer = page.locator("#floor:not([data-before])")
    expect(answer).to_be_visible()
    if tone:
        expect(answer).to_have_attribute("data-tone", tone)
    else:
        expect(answer).not_to_have_attribute("data-tone", "stop")


def asked(page: Page) -> str:
    return page.locator(".floor-code span").inner_text()


def on_the_floor(page: Page) -> None:
    """Go to the floor's home, as by a bookmark."""
    page.set_viewport_size(PHONE)
    page.goto("/admin/floor/")


def test_a_delivery_is_received_put_away_and_counted_by_scanner_alone_and_the_count_approved(house, browser):
    there = facts(house, FACTS)
    lost = facts(house, STANDING % there)["lost"]
    with signed_in(browser, house, "warehouse") as page:
        on_the_floor(page)
        page.get_by_role("button", name="SH01").click()
        receive(page, there["delivery"])
        on_the_floor(page)
        page.get_by_role("link", name="Put away").click()
        for code in GOODS:
            scan(page, code)
            if page.locator("input[name=among]").count():  # of several batches
                scan(page, BATCH)
            scan(page, SHELF, tone="done")
        on_the_floor(page)
        count(page, there)
    with signed_in(browser, house, "manager") as page:
        page.goto(f"/admin/stocktakes/{there['stocktake']}/")
        page.get_by_role("button", name="Approve and book").click()
        expect(page.get_by_role("button", name="Approve and book")).to_have_count(0)
    standing = facts(house, STANDING % there)
    assert standing == {
        "deliveries": ["received"],
        "came": GOODS,
        "shelf": GOODS,
        "stocktake": "posted",
        "lost": lost + 1,
    }
    audit = json.loads(house.manage("audit_stock", "--json").strip().splitlines()[-1])
    assert (audit["ok"], audit["first_difference"]) == (True, None)


def receive(page: Page, number: str) -> None:
    """Take in all that was promised of a delivery, scan by scan, and close it."""
    expires = f"{datetime.now(UTC) + timedelta(days=900):%y%m%d}"
    scan(page, number)
    scan(page, "NO-SUCH-GOODS", tone="stop")
    for code, units in GOODS.items():
        scan(page, code)
        scan(page, BATCH)
        scan(page, expires)
        scan(page, str(units))
        scan(page, "OK", tone="done")
    expect(page.locator("#floor")).to_contain_text("Everything that was promised is here.")
    scan(page, "CLOSE")
    scan(page, "OK", tone="done")


def count(page: Page, there: dict) -> None:
    """Count two bins; one unit of the first goods is not there, also when they are counted once more."""
    lying = there["lying"]
    assert {place for place, *_ in lying} == set(PLACES)
    missing = next(row for row in lying if row[3] > 1)
    scan(page, there["stocktake"])
    for place in PLACES:
        scan(page, place)
        for row in lying:
            if row[0] == place:
                scan(page, row[1])
                if row[2] and "atch" in asked(page):
                    scan(page, row[2])
                scan(page, str(row[3] - (row is missing)))
        scan(page, "OK")
        scan(page, "OK", tone="done")
    scan(page, "OK", tone="done")
    scan(page, missing[0])
    scan(page, str(missing[3] - 1))
    scan(page, "OK", tone="done")


def test_scans_faster_than_the_answers_or_without_a_connection_are_all_counted_and_survive_a_reload(
    house, browser
):
    """Eight pieces are scanned without a pause, two while nothing is connected; Enter twice is Enter once.

    The console tells of the lost connection, which ends that story.
    """
    code = "HXM-SS300"
    with signed_in(browser, house, "warehouse") as page:
        on_the_floor(page)
        if (place := page.locator("button[name=warehouse][value=SH01]")).count():
            place.click()
        page.goto("/admin/floor/receive/")
        scan(page, "NEW")
        scan(page, code)
        scan(page, "HXMFAST1")
        if "xpires" in asked(page):
            scan(page, f"{datetime.now(UTC) + timedelta(days=300):%y%m%d}")
        for _piece in range(8):
            page.keyboard.type(code)
            page.keyboard.press("Enter")
            page.keyboard.press("Enter")
        card = page.locator(".floor-card .floor-big")
        expect(card).to_have_text(f"9 × {code}")
        page.reload()
        expect(card).to_have_text(f"9 × {code}")
        with (
            pytest.raises(AssertionError, match="ERR_INTERNET_DISCONNECTED"),
            signed_in(browser, house, "warehouse") as other,
        ):
            scans_while_away(other, code)
        scan(page, "BACK")


def scans_while_away(page: Page, code: str) -> None:
    """Scan two pieces while nothing is connected: they are kept, and sent when it is."""
    on_the_floor(page)
    page.locator("button[name=warehouse][value=SH01]").click()
    page.goto("/admin/floor/receive/")
    for said in ("NEW", code, "HXMFAST2", f"{datetime.now(UTC) + timedelta(days=300):%y%m%d}"):
        scan(page, said)
    page.context.set_offline(True)
    for _piece in range(2):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    trouble = page.locator("[data-floor-trouble]")
    expect(trouble).to_contain_text(code)
    page.context.set_offline(False)
    expect(page.locator(".floor-card .floor-big")).to_have_text(f"3 × {code}")
    expect(trouble).to_be_hidden()


PAGES = {
    "warehouse": (
        "floor/", "floor/receive/", "floor/put-away/", "floor/move/", "floor/look/", "floor/count/", "deliveries-in/",
        "inspection/", "stocktakes/", "stock-requests/", "transfers/", "expiry/", "stock-desk/",
    ),
    "manager": (
        "stock-desk/", "stock-desk/MZC-MM05/", "deliveries-in/", "stocktakes/", "stock-requests/", "stock-alerts/",
        "stock-alerts/limits/", "stock-health/", "replenishment/", "what-if/", "channel-stock/", "channel-stock/holds/",
        "stock-differences/", "expiry/",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_pages_of_the_warehouse_fit_a_phone_without_an_error_in_the_console(house, browser, language):
    for name, paths in PAGES.items():
        with signed_in(browser, house, name, language=language) as page:
            for path in paths:
                page.goto(f"/admin/{path}")
                if path == "floor/" and (place := page.locator("button[name=warehouse][value=SH01]")).count():
                    place.click()
                assert page.evaluate("document.documentElement.lang").lower() == language, path
                assert sideways(page) == "", path
                page.set_viewport_size(PHONE)
                wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                assert not page.evaluate(wide), path
