"""From a supplier's archive to a listing in two shops, by those who work it: in a browser, clicking and typing.

They need Chromium, as ``test_stories`` does.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ops_portal.demo.goods_samples import write_archive
from ops_portal.demo.vocabulary.packs import JACKET, JACKET_NAME
from tests.flows.houses import CHROMIUM, sideways, signed_in

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium."),
    pytest.mark.xdist_group("browser"),
]

DOUYIN, PINDUODUO = "砚山序服饰旗舰店", "山禾优选专营店"
TITLE = "砚山序雾感抓绒立领开衫女秋冬宽松显瘦早八通勤外套"
WORD = "260g抓绒"


def open_menu(page: Page, name: str) -> None:
    """Go to a page by the menu."""
    page.get_by_role("link", name=re.compile(rf"(^|\s){name}$")).first.click()


PATIENCE = 60_000  # ms; the machine may have other work


def open_tab(page: Page, tab: str, shop: str) -> None:
    """Go to the listings by the menu, choose a tab, open the jacket of a shop."""
    open_menu(page, "Listings")
    chosen = page.get_by_role("navigation", name="Listings").get_by_role("link", name=re.compile(f"^{tab}"))
    chosen.click()
    expect(chosen).to_have_attribute("aria-current", "page", timeout=PATIENCE)
    row = page.locator("tbody tr").filter(has_text=JACKET).filter(has_text=shop)
    row.locator("a").first.click(timeout=PATIENCE)
    expect(page.locator(".listing-title")).to_have_text(JACKET_NAME)


@pytest.fixture(scope="module")
def archive(house):
    sample = write_archive(house.home)
    return house.home / sample.name


def test_a_pack_of_12_variants_goes_over_two_approvals_into_two_shops(house, browser, archive):
    with signed_in(browser, house, "operator") as page:
        open_menu(page, "Material packs")
        page.get_by_role("link", name="New material pack").click()
        page.select_option("#brand", "YSX")
        page.set_input_files("[data-drop] input[type=file]", archive)
        page.wait_for_url("**/material-packs/MP*/")
        expect(page.locator("[data-variants] tbody tr")).to_have_count(12)
        expect(page.locator("[data-tile]")).to_have_count(13)
        expect(page.locator(".pack-missing li")).to_have_text(["Attribute: 适用季节"])
        page.get_by_label("适用季节").select_option(["秋", "冬"])
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Nothing is missing.")).to_be_visible()
        expect(page.locator(".pack-score")).to_contain_text("100")
        page.get_by_label(re.compile(DOUYIN)).check()
        page.get_by_label(re.compile(PINDUODUO)).check()
        page.get_by_role("button", name="Enter the product").click()

        page.wait_for_url("**/admin/listings/L*/")  # the draft of one shop, with a way to the other
        page.locator(".listing-shops").get_by_role("link", name=re.compile(DOUYIN)).click()
        expect(page.locator("[aria-current=page]").filter(has_text=DOUYIN)).to_be_visible()
        expect(page.locator("input[name=price]")).to_have_count(12)
        page.fill("#listing-title", "砚山序全网最低抓绒外套")
        expect(page.locator("#listing-side mark")).to_have_text("全网最低")
        page.get_by_role("button", name="Save and submit").click()
        expect(page.locator(".listing-chip-draft").first).to_be_visible()  # it may not be said
        page.fill("#listing-title", TITLE)
        page.fill("[data-fill=price]", "159")
        page.get_by_role("button", name="Fill in").click()
        expect(page.locator("input[name=price]").last).to_have_value("159")
        page.get_by_role("button", name="Save and submit").click()
        expect(page.locator(".listing-chip-submitted").first).to_be_visible()
        expect(page.get_by_role("button", name="Complete and right")).to_have_count(0)
        page.locator(".listing-shops").get_by_role("link", name=re.compile(PINDUODUO)).click()
        page.fill("[data-fill=price]", "139.9")
        page.get_by_role("button", name="Fill in").click()
        page.get_by_role("button", name="Save and submit").click()
        expect(page.locator(".listing-chip-submitted").first).to_be_visible()

    with signed_in(browser, house, "supervisor") as page:
        open_tab(page, "To check", PINDUODUO)
        expect(page.get_by_text("A new listing: all of it is new")).to_be_visible()
        title = page.locator("#part-title")
        title.locator("summary").click()
        title.get_by_role("textbox", name="Comment").fill("标题里把“抓绒”放到前面")
        title.get_by_role("button", name="Comment").click()
        expect(page.locator("#part-title .listing-said")).to_contain_text("放到前面")
        page.get_by_text("Return…").click()
        page.get_by_label("What is to be changed?").fill("标题再改一下")
        page.get_by_role("button", name="Return", exact=True).click()
        open_tab(page, "To check", DOUYIN)
        page.get_by_role("button", name="Complete and right").click()

    with signed_in(browser, house, "operator") as page:
        open_tab(page, "Returned", PINDUODUO)
        expect(page.locator("#part-title .listing-said")).to_contain_text("放到前面")
        page.fill("#listing-title", TITLE.replace("雾感抓绒立领", "抓绒雾感立领"))
        page.get_by_role("button", name="Save and submit").click()
        expect(page.locator(".listing-chip-submitted").first).to_be_visible()
        open_tab(page, "To approve", DOUYIN)
        expect(page.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)

    with signed_in(browser, house, "supervisor") as page:
        open_tab(page, "To check", PINDUODUO)
        page.get_by_role("button", name="Complete and right").click()
        open_tab(page, "To approve", PINDUODUO)
        expect(page.get_by_text("You checked this version")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)

    with signed_in(browser, house, "manager") as page:
        for shop in (DOUYIN, PINDUODUO):
            open_tab(page, "To approve", shop)
            page.get_by_role("button", name="Approve and put live").click()
            expect(page.locator(".listing-headline .listing-chip").first).to_have_text("live")
        open_menu(page, "Listings")
        page.get_by_role("link", name=re.compile("^Live")).click()
        rows = page.locator("tbody tr").filter(has_text=JACKET)
        expect(rows).to_have_count(2)
        expect(rows.filter(has_text=DOUYIN)).to_contain_text("¥159.00")
        expect(rows.filter(has_text=PINDUODUO)).to_contain_text("¥139.90")
        expect(rows.first).to_contain_text("12 variants")
    change_and_restore(house, browser)


def change_and_restore(house, browser):
    """A change of a live listing shows only what it changes, and the old one can come back."""
    with signed_in(browser, house, "operator") as page:
        open_tab(page, "Live", DOUYIN)
        page.get_by_role("button", name="Change it").click()
        page.fill("#listing-title", TITLE.replace("雾感抓绒", WORD))
        page.get_by_label(f"Price {JACKET}-B-S").fill("169")
        page.get_by_role("button", name="Save and submit").click()
        expect(page.locator(".listing-chip-submitted").first).to_be_visible()

    with signed_in(browser, house, "supervisor") as page:
        open_tab(page, "To check", DOUYIN)
        expect(page.get_by_text("2 changes against version 1")).to_be_visible()
        expect(page.locator("[data-part]")).to_have_count(2)
        expect(page.locator("#part-title del")).to_have_text("雾感")
        expect(page.locator("#part-title ins")).to_have_text("260g")
        expect(page.locator("#part-skus")).to_contain_text("169")
        page.get_by_role("button", name="Complete and right").click()

    with signed_in(browser, house, "manager") as page:
        open_tab(page, "To approve", DOUYIN)
        page.get_by_role("button", name="Approve the change").click()
        expect(page.locator(".listing-headline .listing-chip").first).to_have_text("live")
        open_menu(page, "Products")
        page.locator(".goods-search").fill(JACKET)
        page.keyboard.press("Enter")
        page.get_by_role("link", name=re.compile(JACKET_NAME)).first.click()
        prices = page.locator("#prices tbody tr")
        expect(prices.filter(has_text=f"{JACKET}-B-S")).to_contain_text("¥169.00")
        expect(prices.filter(has_text=f"{JACKET}-B-M")).to_contain_text("¥159.00")
        expect(prices.filter(has_text=f"{JACKET}-B-M")).to_contain_text("¥139.90")

    with signed_in(browser, house, "operator") as page:
        open_tab(page, "Live", DOUYIN)
        page.get_by_role("link", name="All versions").first.click()
        oldest = page.locator(".listing-version").filter(has_text="Version 1")
        oldest.get_by_role("button", name="Restore as a new draft").click()
        expect(page.locator("#listing-title")).to_have_value(TITLE)
        expect(page.locator(".listing-chip-draft").first).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_every_page_of_goods_opens_without_an_error_in_every_language(house, browser, language):
    with signed_in(browser, house, "supervisor", language=language) as page:
        found = {f"/admin/{name}/" for name in ("goods", "goods/YSX-WY01", "sku-matching", "listings/new")}
        found |= {f"/admin/material-packs/{name}" for name in ("", "new/")}
        found |= {
            f"/admin/listings/?tab={tab}"
            for tab in ("draft", "returned", "submitted", "checked", "live", "off")
        }
        for listed in (
            "listings/?tab=submitted",
            "listings/?tab=returned",
            "listings/?tab=live",
            "material-packs/",
        ):
            page.goto(f"/admin/{listed}")
            found.add(str(page.locator("tbody a, .pack-list a").first.get_attribute("href")))
        for address in sorted(found):
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            page.wait_for_load_state("networkidle")
            assert not sideways(page), address
