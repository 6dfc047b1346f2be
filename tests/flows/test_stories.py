"""A day in the agency as each of its users lives it: in a browser, in a house of its own with the demonstration agency.

They need Chromium, as Debian's package ``chromium`` brings it or where ``CHROMIUM`` points; without it they are
skipped.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.flows.houses import CHROMIUM, sideways, signed_in

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium."),
    pytest.mark.xdist_group("browser"),
]


def test_an_operator_brings_a_file_and_an_order_of_it_goes_out_and_comes_back(house, browser):
    key = house.manage("create_api_key", "--role", "operations_manager").split()[-1]
    _status, stock = house.get("stock/?page_size=100", house.secret("key-HXM"))
    served_from = [row for row in stock["results"] if (row["warehouse"], row["owner"]) == ("SH01", "HXM")]
    goods = max(served_from, key=lambda row: row["available"])
    placed = datetime.now(UTC) + timedelta(hours=8) - timedelta(minutes=5)
    file = house.home / "JD-HXM today.csv"
    rows = [f"99880000000{serial},{placed:%Y-%m-%d %H:%M:%S}," for serial in range(3)]
    heading = "platform_number,placed_at,paid_at,sku,units,unit_price,receiver_name,receiver_phone,remark"
    lines = [f"{row}{row.split(',')[1]},{goods['sku']},1,19.90,张**,138****0000,發順豐" for row in rows]
    file.write_text("\n".join([heading, *lines, "998800000009,,,,0,,,,"]), encoding="utf-8")

    with signed_in(browser, house, "operator") as page:
        page.goto("/admin/files/")
        page.set_input_files("input[type=file]", file)
        page.wait_for_url("**/admin/files/IR*/")
        expect(page.locator(".files-counts .good dd")).to_have_text("3")
        expect(page.locator(".files-counts .bad dd")).to_have_text("1")
        page.get_by_role("button", name="Import").click()
        expect(page.locator(".files-status.done")).to_be_visible()

        page.goto("/admin/order-desk/?q=998800000001")
        number = page.locator(".orders-title").inner_text().split()[0]
        for reached in ("to pick", "to pack", "to ship"):
            page.locator("button.orders-next").click()
            expect(page.locator(".orders-chip-main")).to_have_text(reached)
        page.get_by_role("link", name="Ship at the station").click()
        page.select_option("select[name=carrier]", index=0)
        expect(page.locator("input[name=code]")).to_be_focused()
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        expect(page.locator(".orders-big")).to_have_text(number)
        page.locator("input[name=code]").fill("SF1234567890123")
        page.keyboard.press("Enter")
        expect(page.locator(".orders-gone")).to_be_visible()
        page.goto(f"/admin/order-desk/{number}/")
        page.get_by_role("button", name="Delivered").click()
        expect(page.locator(".orders-chip-main")).to_have_text("delivered")
        page.goto(f"/admin/case-desk/new/?order={number}")
        page.select_option("#kind", "return")
        page.locator(".case-units").fill("1")
        page.get_by_role("button", name="Open the case").click()
        page.wait_for_url("**/admin/case-desk/AS*/")
        case = page.url.rstrip("/").rpartition("/")[2]

    with signed_in(browser, house, "aftersales") as page:
        page.goto(f"/admin/case-desk/{case}/")
        page.get_by_role("button", name="Approve").click()
        expect(page.locator(".case-pill-approved").first).to_be_visible()
    with signed_in(browser, house, "warehouse") as page:
        page.goto("/admin/case-desk/parcels/")
        expect(page.locator(".case-scan input")).to_be_focused()
        page.keyboard.type(case)
        page.keyboard.press("Enter")
        page.locator(".case-next button.desk-button-primary").click()
        page.get_by_role("button", name="Book the inspection").click()
        page.goto(f"/admin/case-desk/{case}/")
        expect(page.locator(".case-pill-inspected").first).to_be_visible()
    with signed_in(browser, house, "aftersales") as page:
        page.goto(f"/admin/case-desk/{case}/")
        page.get_by_role("button", name="Refunded").click()
        expect(page.locator(".case-pill-paid").first).to_be_visible()

    assert house.get(f"orders/{number}/", key)[1]["refund_amount"] == "19.90"
    after = house.get(f"stock/?sku={goods['sku']}&page_size=100", key)[1]["results"]
    there = next(
        row for row in after if (row["warehouse"], row["owner"]) == (goods["warehouse"], goods["owner"])
    )
    assert there["available"] == goods["available"] - 2  # the two others are held
    house.manage("audit_stock")


def test_customer_service_works_off_tickets_without_a_mouse(house, browser):
    with signed_in(browser, house, "service") as page:
        page.goto("/admin/triage/")
        page.keyboard.press("j")
        item = page.locator("#triage-item")
        expect(item).to_be_visible()
        first = str(item.get_attribute("data-number"))
        page.keyboard.press("t")
        expect(page.locator("[data-key=t]")).to_have_count(0)
        page.keyboard.press("3")
        expect(page.locator("[data-key='3'][aria-pressed=true]")).to_be_visible()
        page.keyboard.press("a")
        page.keyboard.type("亲，非常抱歉，马上为您处理。")
        page.keyboard.press("Control+Enter")
        expect(page.locator(f"#triage-item:not([data-number={first}])")).to_be_visible()
        second = str(item.get_attribute("data-number"))
        page.keyboard.press("x")
        page.keyboard.press("Enter")
        expect(page.locator(f"#triage-item:not([data-number={second}])")).to_be_visible()
        page.goto(f"/admin/triage/?queue=all&q={first}&item={first}")
        expect(page.locator(".triage-answer")).to_contain_text("马上为您处理")
        page.goto(f"/admin/triage/?queue=all&q={second}&item={second}")
        expect(page.locator(".triage-status").first).to_have_text("rejected")


def test_a_manager_opens_a_figure_down_to_the_order(house, browser):
    with signed_in(browser, house, "manager") as page:
        page.goto("/admin/figures/")
        card = page.locator("[data-metric=orders_paid] .figures-value a")
        shown = card.inner_text()
        card.click()
        expect(page.locator("[data-value]")).to_have_attribute("data-value", shown)
        expect(page.locator("[data-count]")).to_have_text(shown.replace(",", ""))
        page.locator(".figures-rows tbody th a").first.click()
        expect(page.get_by_text(re.compile("^SO[0-9]+")).first).to_be_visible()


def test_a_partner_reads_what_is_its_own_and_nothing_else(house):
    key = house.secret("key-MZC")
    status, orders = house.get("orders/?page_size=100", key)
    assert (status, len(orders["results"]) > 9) == (200, True)
    number = orders["results"][0]["number"]
    detail = house.get(f"orders/{number}/", key)[1]
    assert detail["lines"]
    assert all(line["sku"].startswith("MZC") for line in detail["lines"])
    assert "张" not in json.dumps(detail, ensure_ascii=False)
    assert {row["sku"][:3] for row in house.get("stock/?page_size=100", key)[1]["results"]} == {"MZC"}
    other = house.get("orders/?page_size=100", house.secret("key-YSX"))[1]["results"]
    strange = next(
        row["number"] for row in other if row["number"] not in {own["number"] for own in orders["results"]}
    )
    assert house.get(f"orders/{strange}/", key)[0] == 404
    statements = house.get("statements/", key)[1]["results"]
    assert statements
    assert all(statement["status"] != "draft" for statement in statements)
    foreign = house.get("statements/", house.secret("key-YSX"))[1]["results"]
    assert house.get(f"statements/{foreign[0]['number']}/", key)[0] == 404
    assert house.get("feedback/", key)[0] == 403


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_every_page_of_work_opens_without_an_error_in_every_language(house, browser, language):
    pages = (
        "/admin/", "/admin/desk/inbox/", "/admin/desk/deadlines/", "/admin/order-desk/", "/admin/order-desk/pick/",
        "/admin/order-desk/scan/", "/admin/case-desk/", "/admin/case-desk/parcels/", "/admin/triage/",
        "/admin/settlement/", "/admin/figures/", "/admin/files/",
    )  # fmt: skip
    with signed_in(browser, house, "manager", language=language) as page:
        for address in pages:
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            assert not sideways(page), address
