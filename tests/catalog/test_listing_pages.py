"""The pages of listings: written, checked, approved and matched by people in a browser."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.test import Client

from catalog.choices import AttributeKind
from catalog.contents import content_of
from catalog.drafts import OfferedSku, ShopCodeDraft
from catalog.models import (
    Attribute,
    Category,
    ChannelSku,
    Keyword,
    ListingVersion,
    PlatformAttribute,
    Product,
    ProhibitedWord,
    Sku,
)
from catalog.operations.listings import submit_versions
from catalog.operations.matching import open_shop_codes
from catalog.operations.words import (
    KeywordDraft,
    ProhibitedDraft,
    save_keywords,
    save_prohibited_words,
)
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from tests.catalog.listings import Desk, codes, person
from tests.factories import ACTOR, NOON

pytestmark = pytest.mark.django_db
SHOP, BRAND = "S1", "ACME"


def at_desk(name: str, *roles: Role, shops: tuple[str, ...] = (SHOP,)) -> Client:
    """Return the browser of somebody of these roles who holds shops and the brand."""
    with acting_as(ACTOR):
        user = User.objects.get(pk=person(name, *roles).user_id)
        grants = [(GrantKind.SHOP, shop) for shop in shops] + [(GrantKind.BRAND, BRAND)]
        for kind, code in grants:
            Grant.objects.get_or_create(user=user, kind=kind, code=code)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def writer(**more: Any) -> Client:
    return at_desk("wen", Role.ONSITE_OPERATOR, **more)


def checker() -> Client:
    return at_desk("shen", Role.PRODUCT_SUPERVISOR)


def approver() -> Client:
    return at_desk("zhong", Role.OPERATIONS_MANAGER)


def form_of(version: ListingVersion, **changes: Any) -> dict[str, Any]:
    """Return what the editor sends for a version as it stands, but for ``changes``."""
    content = content_of(version.content)
    return {
        "seen": version.updated_at.isoformat(),
        "verb": "save",
        "platform_category": content.platform_category,
        "title": content.title,
        "subtitle": content.subtitle,
        "keywords": ", ".join(content.keywords),
        "selling_point": list(content.selling_points),
        "block_kind": [block.kind for block in content.blocks],
        "block_heading": [block.heading for block in content.blocks],
        "block_text": [block.text for block in content.blocks],
        "picture": [picture.sha256 for picture in content.pictures],
        "picture_role": [picture.role for picture in content.pictures],
        "picture_alt": [picture.alt for picture in content.pictures],
        "picture_sku": [picture.sku_code for picture in content.pictures],
        "sku": [sku.sku_code for sku in content.skus],
        "offered": [sku.sku_code for sku in content.skus],
        "price": [str(sku.price) for sku in content.skus],
        "channel_code": [sku.channel_code for sku in content.skus],
    } | changes


def page_of(version: ListingVersion, way: str = "") -> str:
    return f"/admin/listings/{version.listing.number}/{way}"


def fresh(version: ListingVersion) -> ListingVersion:
    return ListingVersion.objects.select_related("listing").get(pk=version.pk)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# -- writing -----------------------------------------------------------------------------------------------------


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing():
    version = fresh(Desk().draft())
    answer = writer().post(page_of(version), form_of(version))
    assert answer.status_code == 302
    after = fresh(version)
    assert (after.content, after.updated_at) == (version.content, version.updated_at)


def test_saving_writes_the_title_the_price_of_12_50_and_the_order_of_pictures():
    version = fresh(Desk().draft())
    form = form_of(version, title="  New   title ", price=["12.5"], channel_code=["T-1"])
    for name in ("picture", "picture_role", "picture_alt", "picture_sku"):
        form[name] = form[name][1::-1] + form[name][2:]
    form["picture_role"][2] = ""  # one is put aside
    writer().post(page_of(version), form)
    before, after = content_of(version.content), content_of(fresh(version).content)
    assert after.title == "New title"
    assert after.skus == (OfferedSku("TEA-1", Decimal("12.50"), "T-1"),)
    assert [each.sha256 for each in after.pictures[:2]] == [each.sha256 for each in before.pictures[1::-1]]
    assert len(after.pictures) == len(before.pictures) - 1


@pytest.mark.parametrize("price", ["abc", "-1", "1.234", "NaN", "9" * 20])
def test_a_price_that_is_none_is_named_and_nothing_is_written(price: str):
    version = fresh(Desk().draft())
    answer = writer().post(page_of(version), form_of(version, price=[price]))
    assert f"“{price[:40]}” is no amount of money." in answer.content.decode()
    assert fresh(version).content == version.content


def test_a_price_that_is_none_loses_nothing_of_the_form_and_not_what_its_writer_had_read():
    desk = Desk()
    version = fresh(desk.draft())
    form = form_of(version, price=["12.5o"], title="Typed a moment ago", keywords="fresh, spring")
    desk.write(version, subtitle="By somebody else")
    html = writer().post(page_of(version), form).content.decode()
    assert "Typed a moment ago</textarea>" in html
    assert 'value="fresh, spring"' in html
    assert 'name="price" value="12.5o"' in html
    assert f'name="seen" value="{form["seen"]}"' in html


def test_a_variant_that_is_not_ticked_is_not_offered():
    version = fresh(Desk().draft())
    writer().post(page_of(version), form_of(version, offered=[]))
    assert content_of(fresh(version).content).skus == ()


def test_of_two_who_write_the_second_sees_what_differs_and_keeps_his_words_by_saving_again():
    version = fresh(Desk().draft())
    late = form_of(version, title="Mine")
    at_desk("wu", Role.OPERATIONS).post(page_of(version), form_of(version, title="Theirs"))
    answer = writer().post(page_of(version), late)
    page = answer.content.decode()
    assert content_of(fresh(version).content).title == "Theirs"
    assert "<del>Theirs</del>" in page
    assert "<ins>Mine</ins>" in page
    writer().post(page_of(version), late | {"seen": fresh(version).updated_at.isoformat()})
    assert content_of(fresh(version).content).title == "Mine"


def asked_attributes(desk: Desk) -> None:
    """Let the platform ask for a season, of which there may be some, and for a length."""
    category = Category.objects.create(code="TEA", name="Tea")
    Product.objects.filter(pk=desk.product.pk).update(category=category)
    kinds = (("season", AttributeKind.CHOICES, ["spring", "autumn"]), ("length", AttributeKind.NUMBER, []))
    for code, kind, options in kinds:
        attribute = Attribute.objects.create(
            category=category, code=code, name=code, kind=kind, options=options
        )
        PlatformAttribute.objects.create(platform_category=desk.category, attribute=attribute)


def test_a_choice_that_is_taken_away_is_gone_and_what_the_form_does_not_ask_for_stays():
    desk = Desk()
    asked_attributes(desk)
    version = fresh(desk.draft(attributes={"season": ["spring"], "length": "5", "secret": "kept"}))
    form = form_of(version, shown_category="TEA", asked=["season", "length"])
    form["attribute-length"] = "7"
    writer().post(page_of(version), form)
    assert content_of(fresh(version).content).attributes == {"length": "7", "secret": "kept"}


def test_the_other_shop_s_words_are_offered_and_not_saved_by_themselves():
    here = fresh(Desk(SHOP).draft(title="Here"))
    there = fresh(Desk("S2").draft(title="There", skus=()))
    address = f"{page_of(here)}?from={there.listing.number}"
    shown = text_of(writer(shops=(SHOP, "S2")), address)
    assert ("There</textarea>" in shown, 'data-unsaved="1"' in shown) == (True, True)
    assert 'value="10.00"' in shown  # the price of this shop
    assert "There</textarea>" not in text_of(writer_of_one_shop(), address)
    assert content_of(fresh(here).content).title == "Here"


def writer_of_one_shop() -> Client:
    return at_desk("one", Role.ONSITE_OPERATOR)


def test_what_is_wrong_is_said_while_one_writes_and_nothing_is_written():
    ProhibitedWord.objects.create(word="best")
    version = fresh(Desk().draft())
    form = form_of(version, title="The best tea", price=[""])
    shown = writer().post(page_of(version, "check/"), form).content.decode()
    assert "The <mark>best</mark> tea" in shown
    assert "2 to settle" in shown
    assert "12 of 60 bytes" in shown
    assert fresh(version).content == version.content


def test_the_fields_of_a_category_come_when_it_is_chosen():
    desk = Desk()
    asked_attributes(desk)
    version = fresh(desk.draft(platform_category=""))
    client = writer()
    before = client.post(page_of(version, "attributes/"), {"platform_category": ""}).content.decode()
    after = client.post(page_of(version, "attributes/"), {"platform_category": "TEA"}).content.decode()
    assert 'type="checkbox" name="attribute-season" value="autumn"' in after
    assert 'shown_category" value="TEA"' in after
    assert 'shown_category" value=""' in before


def test_a_draft_that_is_not_ready_is_saved_but_not_submitted():
    version = fresh(Desk().draft())
    answer = writer().post(page_of(version), form_of(version, title="", verb="submit"), follow=True)
    assert "isn&#x27;t ready" in answer.content.decode()
    after = fresh(version)
    assert (after.status, content_of(after.content).title) == ("draft", "")


# -- checking and approving --------------------------------------------------------------------------------------


def act(client: Client, version: ListingVersion, verb: str, **more: str) -> Any:
    return client.post(f"/admin/listings/{version.number}/act/", {"verb": verb, **more})


def test_a_listing_goes_from_draft_to_live_by_3_people_and_3_clicks():
    version = fresh(Desk().draft())
    writer().post(page_of(version), form_of(version, verb="submit"))
    assert act(checker(), version, "check").status_code == 302
    assert act(approver(), version, "approve").status_code == 302
    after = fresh(version)
    assert (after.status, after.listing.status, after.listing.live_id) == ("approved", "live", version.pk)


def test_who_wrote_finds_no_button_to_check_and_who_checked_none_to_approve():
    desk = Desk()
    version = fresh(desk.submitted())
    buttons = {
        "check": 'name="verb" value="check"',
        "approve": 'name="verb" value="approve"',
        "recall": 'name="verb" value="recall"',
    }

    def offered(client: Client) -> set[str]:
        page = text_of(client, page_of(version))
        return {verb for verb, button in buttons.items() if button in page}

    assert (offered(writer()), offered(checker()), offered(approver())) == ({"recall"}, {"check"}, set())
    act(checker(), version, "check")
    assert (offered(writer()), offered(checker()), offered(approver())) == (set(), set(), {"approve"})
    act(checker(), version, "approve")
    assert fresh(version).status == "checked"


def test_the_review_of_a_change_shows_its_words_and_the_fall_of_the_price_by_20_percent():
    desk = Desk()
    first = desk.approved(title="Green tea in a tin")
    second = fresh(next_draft(first))
    form = form_of(second, title="Green tea in a box", price=["8.00"], verb="submit")
    writer().post(page_of(second), form)
    page = text_of(checker(), page_of(second))
    assert "Green tea in a <del>tin</del><ins>box</ins>" in page
    assert "2 changes against version 1" in page
    assert "-20.0 %" in page
    assert "<ins>8.00</ins>" in page


def next_draft(version: ListingVersion) -> ListingVersion:
    """Begin a change of what is live, as the page does."""
    assert act(writer(), version, "change").status_code == 302
    return ListingVersion.objects.latest("pk")


def test_a_comment_and_a_reason_lead_back_to_the_field_in_the_editor():
    version = fresh(Desk().submitted())
    answer = act(checker(), version, "comment", field="title", text="Say the weight.")
    assert answer["Location"].endswith(f"/admin/listings/{version.listing.number}/#part-title")
    act(checker(), version, "return", reason="Not yet")
    page = text_of(writer(), page_of(version))
    said = page.index("Say the weight.")
    assert page.index('id="part-title"') < said < page.index('id="part-pictures"')
    assert "Returned by shen:" in page


def test_a_price_below_its_floor_is_approved_with_a_reason_alone():
    desk = Desk()
    Sku.objects.filter(pk=desk.sku.pk).update(floor_price=Decimal("20.00"))
    version = fresh(desk.checked())
    assert "Why is a price below its floor?" in text_of(approver(), page_of(version))
    act(approver(), version, "approve")
    assert fresh(version).status == "checked"
    act(approver(), version, "approve", reason="Clearance")
    assert (fresh(version).status, fresh(version).floor_reason) == ("approved", "Clearance")


def test_editor_and_review_head_the_floor_price_by_its_name():
    version = fresh(Desk().draft())
    assert ">Floor price</th>" in text_of(writer(), page_of(version))
    codes(submit_versions([version.number], actor=person("wen"), at=NOON))
    assert ">Floor price</th>" in text_of(checker(), page_of(version))


def test_the_history_restores_the_first_of_two_versions_as_a_third():
    desk = Desk()
    first = desk.approved(title="First")
    second = desk_next(desk, first, "Second")
    page = text_of(writer(), page_of(second, "history/"))
    assert page.count('value="restore"') == 1
    act(writer(), first, "restore")
    third = ListingVersion.objects.latest("pk")
    assert (third.version, content_of(third.content).title, third.status) == (3, "First", "draft")


def desk_next(desk: Desk, first: ListingVersion, title: str) -> ListingVersion:
    """Bring a second version to the shop."""
    second = fresh(next_draft(first))
    writer().post(page_of(second), form_of(second, title=title, verb="submit"))
    act(checker(), second, "check")
    act(approver(), second, "approve")
    assert fresh(second).status == "approved"
    return fresh(second)


# -- the list ----------------------------------------------------------------------------------------------------


def test_many_are_submitted_at_once_and_what_is_not_ready_is_named():
    ready, bare = Desk(sku="TEA-1").draft(), Desk(sku="TEA-2").draft(title="")
    form = {"verb": "submit", "number": [ready.number, bare.number]}
    page = writer().post("/admin/listings/move/", form, follow=True).content.decode()
    assert (fresh(ready).status, fresh(bare).status) == ("submitted", "draft")
    assert f"{bare.number} isn" in page


def test_a_tab_shows_its_own_and_the_search_all():
    draft, waiting = fresh(Desk(sku="TEA-1").draft()), fresh(Desk(sku="TEA-2").submitted())
    client = writer()
    drafts = text_of(client, "/admin/listings/?tab=draft")
    assert (draft.listing.number in drafts, waiting.listing.number in drafts) == (True, False)
    assert waiting.listing.number in text_of(
        client, "/admin/listings/?tab=submitted&shop=S1&brand=ACME&mine=1"
    )
    found = client.get("/admin/listings/", {"q": "TEA-2"})
    assert found["Location"] == page_of(waiting)


@pytest.mark.parametrize("tab", ["draft", "all"])
def test_the_list_costs_as_many_statements_for_3_as_for_1(tab: str):
    client, serial = writer(), count(1)
    show = partial(text_of, client, f"/admin/listings/?tab={tab}")
    assert_statements(8, show, lambda: Desk(sku=f"TEA-{next(serial)}").draft())


def test_all_listings_show_the_version_that_is_worked_on_or_else_the_live_one():
    for number, state in enumerate(("draft", "approved", "submitted"), 1):
        getattr(Desk(sku=f"TEA-{number}"), state)()
    client = writer()
    for asked in ("?tab=all", "?q=TEA"):
        rows = client.get(f"/admin/listings/{asked}").context["rows"]
        assert sorted(
            (row["listing"].product.code, row["version"].status, row["is_open"]) for row in rows
        ) == [
            ("P-TEA-1", "draft", True),
            ("P-TEA-2", "approved", False),
            ("P-TEA-3", "submitted", True),
        ]


def test_another_shop_s_listing_is_not_there():
    own, theirs = fresh(Desk(SHOP).draft()), fresh(Desk("S2", "TEA-9").draft())
    client = writer_of_one_shop()
    assert client.get(page_of(own)).status_code == 200
    assert client.get(page_of(theirs)).status_code == 404
    assert client.get(page_of(theirs, "history/")).status_code == 404
    assert client.post(page_of(theirs), form_of(theirs, title="Stolen")).status_code == 404
    assert client.post(page_of(theirs, "check/"), form_of(theirs)).status_code == 404
    assert act(client, theirs, "discard").status_code == 404
    assert theirs.listing.number not in text_of(client, "/admin/listings/?tab=all")
    client.post("/admin/listings/move/", {"verb": "submit", "number": [theirs.number]})
    assert fresh(theirs).status == "draft"


def test_a_product_is_drafted_in_the_2_shops_that_are_ticked():
    Desk(SHOP)
    Desk("S2")
    form = {"product": "P-TEA-1", "shop": [SHOP, "S2"]}
    writer_of_one_shop().post("/admin/listings/new/", form | {"shop": ["S2"]})
    assert ListingVersion.objects.count() == 0
    answer = writer(shops=(SHOP, "S2")).post("/admin/listings/new/", form)
    made = list(ListingVersion.objects.order_by("pk").values_list("listing__channel__code", flat=True))
    assert (made, answer.status_code) == ([SHOP, "S2"], 302)


# -- codes of shops ----------------------------------------------------------------------------------------------


def noted(*drafts: ShopCodeDraft) -> list[ChannelSku]:
    open_shop_codes(drafts, actor=ACTOR, at=NOON)
    return list(ChannelSku.objects.select_related("sku").order_by("pk"))


def test_a_code_is_matched_with_the_sku_that_was_chosen():
    desk = Desk()
    (code,) = noted(ShopCodeDraft(SHOP, "X1", title="Product TEA-1"))
    client = writer()
    page = text_of(client, "/admin/sku-matching/")
    assert f'form="match-{code.pk}" value="TEA-1"' in page
    row = client.post(
        "/admin/sku-matching/match/",
        {"code": code.pk, "sku": "TEA-1", "verb": "match"},
        headers={"HX-Request": "true"},
    )
    assert "matching-done" in row.content.decode()
    code.refresh_from_db()
    assert (code.status, code.sku_id) == ("matched", desk.sku.pk)


def test_a_code_without_a_choice_stays_open_and_says_so():
    Desk()
    (code,) = noted(ShopCodeDraft(SHOP, "X1"))
    form = {"code": code.pk, "sku": "", "other": " ", "verb": "match"}
    row = writer().post("/admin/sku-matching/match/", form, headers={"HX-Request": "true"}).content.decode()
    assert "Choose the SKU that it is." in row
    code.refresh_from_db()
    assert code.status == "open"


def test_only_the_code_with_the_same_barcode_is_confirmed_with_all_that_are_sure():
    desk = Desk()
    Sku.objects.filter(pk=desk.sku.pk).update(barcode="6900000000017")
    sure, alike = noted(
        ShopCodeDraft(SHOP, "X1", barcode="6900000000017"), ShopCodeDraft(SHOP, "X2", title="Product TEA-1")
    )
    writer().post("/admin/sku-matching/match-sure/", {"code": [sure.pk, alike.pk]})
    assert [each.status for each in noted()] == ["matched", "open"]


def test_a_code_of_another_shop_is_neither_seen_nor_matched():
    Desk(SHOP)
    Desk("S2")
    (code,) = noted(ShopCodeDraft("S2", "THEIRS"))
    client = writer_of_one_shop()
    assert "THEIRS" not in text_of(client, "/admin/sku-matching/")
    client.post("/admin/sku-matching/match/", {"code": code.pk, "sku": "TEA-1"})
    client.post("/admin/sku-matching/match-sure/", {"code": [code.pk]})
    code.refresh_from_db()
    assert code.status == "open"


# -- words -------------------------------------------------------------------------------------------------------


def test_a_pasted_list_keeps_2_words_and_names_the_line_that_is_none():
    page = (
        approver()
        .post(
            "/admin/catalog/prohibitedword/paste/",
            {"platform": "", "gravity": "blocks", "words": "最好\t优选\t广告法\n第一\n" + "长" * 61},
        )
        .content.decode()
    )
    words = list(ProhibitedWord.objects.order_by("pk").values_list("word", "better", "reason"))
    assert sorted(words) == sorted([("最好", "优选", "广告法"), ("第一", "", "")])
    assert "Line 3:" in page


def test_a_keyword_that_is_pasted_again_is_changed():
    client = approver()
    for searches in ("900", "1200"):
        form = {"platform": "tmall", "category": "", "kind": "product", "words": f"连衣裙,{searches},50"}
        assert client.post("/admin/catalog/keyword/paste/", form).status_code == 302
    assert list(Keyword.objects.values_list("word", "searches", "competition")) == [("连衣裙", 1200, 50)]


def test_no_operator_pastes_words():
    assert (
        writer().post("/admin/catalog/keyword/paste/", {"kind": "product", "words": "x"}).status_code == 403
    )
    assert Keyword.objects.count() == 0


@pytest.mark.parametrize(
    ("save", "draft"), [(save_keywords, KeywordDraft("x")), (save_prohibited_words, ProhibitedDraft("x"))]
)
def test_words_are_kept_by_whoever_approves_and_by_nobody_else(save: Any, draft: Any):
    refused = save([draft], actor=person("wen", Role.ONSITE_OPERATOR), at=NOON)
    kept = save([draft], actor=person("zhong", Role.OPERATIONS_MANAGER), at=NOON)
    assert (codes(refused), len(kept.done)) == (["role_may_not_save"], 1)
