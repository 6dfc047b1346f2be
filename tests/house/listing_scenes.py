"""What the operations of listings lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from catalog.drafts import (
    ApprovalDraft,
    CommentDraft,
    MatchDraft,
    PriceChangeDraft,
    ReturnDraft,
    SettleDraft,
    ShopCodeDraft,
    VersionDraft,
)
from catalog.models import ChannelSku, GoodsCheck, ListingVersion, Sku
from catalog.operations import listings, matching
from catalog.operations.goods_checks import check_goods, settle_checks
from catalog.operations.price_changes import draft_prices, propose_prices, submit_price_changes
from catalog.operations.price_deciding import (
    approve_price_changes,
    end_price_changes,
    reject_price_changes,
    withdraw_price_changes,
)
from tests.catalog.listings import LATER, Desk
from tests.factories import ACTOR, NOON, make_sku

LISTING, VERSION, CODE = "catalog_listing", "catalog_listingversion", "catalog_channelsku"
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def step(
    operation: Callable[..., Any], state: str, by: str, draft: Callable[[ListingVersion], Any]
) -> Callable[..., Any]:
    """Return a scene in which a version in a state goes on."""

    def prepare(_house: Any) -> Callable[[], object]:
        desk = Desk()
        given = draft(getattr(desk, state)())
        return lambda: operation([given], actor=getattr(desk, by), at=LATER).one()

    return prepare


def number(version: ListingVersion) -> str:
    return version.number


def rewording(version: ListingVersion) -> VersionDraft:
    return VersionDraft(version.number, Desk().content(title="Other"), version.updated_at)


def drafting(again: bool) -> Callable[..., Any]:
    def prepare(_house: Any) -> Callable[[], object]:
        desk = Desk()
        if again:
            listings.discard_versions([desk.draft().number], actor=desk.writer, at=NOON)
        return lambda: listings.draft_listings([desk.draft_of], actor=desk.writer, at=NOON).one()

    return prepare


def shelving(back: bool) -> Callable[..., Any]:
    def prepare(_house: Any) -> Callable[[], object]:
        desk = Desk()
        desk.approved()
        name = desk.listing().number

        def off() -> Any:
            return listings.delist_listings([name], reason="x", actor=desk.writer, at=LATER).one()

        if not back:
            return off
        off()
        return lambda: listings.relist_listings([name], actor=desk.writer, at=LATER).one()

    return prepare


def asked() -> ChannelSku:
    desk = Desk()
    matching.open_shop_codes([ShopCodeDraft(desk.channel.code, "X-1")], actor=ACTOR, at=NOON)
    found: ChannelSku = ChannelSku.objects.get()
    return found


def matched(_house: Any) -> Callable[[], object]:
    pk = asked().pk
    return lambda: matching.match_skus([MatchDraft(pk, "TEA-1")], actor=ACTOR, at=NOON).one()


def ignored(_house: Any) -> Callable[[], object]:
    pk = asked().pk
    return lambda: matching.ignore_skus([pk], actor=ACTOR, at=NOON).one()


def opened(_house: Any) -> Callable[[], object]:
    asked()
    drafts = [ShopCodeDraft("S1", code) for code in ("X-2", "X-1")]
    return lambda: matching.open_shop_codes(drafts, actor=ACTOR, at=NOON)


def repricing(
    operation: Callable[..., Any] | None = None, amount: str = "7", **given: Any
) -> Callable[..., Any]:
    """Return a scene in which a price is asked for, or a change below the floor decided on."""

    def prepare(_house: Any) -> Callable[[], object]:
        desk = Desk()
        Sku.objects.filter(code="TEA-1").update(floor_price=8)
        draft = PriceChangeDraft((("TEA-1", Decimal(amount)),), desk.channel.code, reason="x")

        def ask() -> Any:
            return propose_prices([draft], actor=desk.writer, at=NOON).one()

        if operation is None:
            return ask
        number = ask().number
        return lambda: operation([number], actor=desk.approver, at=LATER, **given).one()

    return prepare


def settled(_house: Any) -> Callable[[], object]:
    sku = make_sku("LYING")
    check = GoodsCheck.objects.create(
        number="GC-1",
        kind="no_sale",
        sku=sku,
        figure=1,
        limit=1,
        days=1,
        quiet_days=1,
        created_at=NOON,
        updated_at=NOON,
    )
    return lambda: settle_checks([SettleDraft(check.number, "price")], actor=Desk().writer, at=LATER).one()


def passing(_house: Any) -> Callable[[], object]:
    settled(_house)
    return lambda: check_goods(actor=ACTOR, at=LATER)


def drafted(submits: bool) -> Callable[..., Any]:
    """Return a scene in which a price is drafted, or its draft submitted."""

    def prepare(_house: Any) -> Callable[[], object]:
        desk = Desk()
        draft = PriceChangeDraft((("TEA-1", Decimal(9)),), desk.channel.code)

        def ask() -> Any:
            return draft_prices([draft], actor=desk.writer, at=NOON).one()

        if not submits:
            return ask
        number = ask().number
        return lambda: submit_price_changes([number], actor=desk.writer, at=LATER).one()

    return prepare


def ending(_house: Any) -> Callable[[], object]:
    desk = Desk()
    draft = PriceChangeDraft((("TEA-1", Decimal(9)),), desk.channel.code, until=LATER + timedelta(days=9))
    number = propose_prices([draft], actor=desk.writer, at=NOON).one().number
    return lambda: end_price_changes([number], actor=desk.writer, at=LATER).one()


CHANGE, SKU = "catalog_pricechange", "catalog_sku"
LISTING_SCENES: dict[str, Scene] = {
    "draft_listings": (drafting(again=False), []),
    "draft_listings, of one that stands": (drafting(again=True), [LISTING]),
    "restore_versions": (step(listings.restore_versions, "approved", "writer", number), [LISTING]),
    "write_versions": (step(listings.write_versions, "draft", "writer", rewording), [VERSION]),
    "submit_versions": (step(listings.submit_versions, "draft", "writer", number), [VERSION]),
    "recall_versions": (step(listings.recall_versions, "submitted", "writer", number), [VERSION]),
    "discard_versions": (step(listings.discard_versions, "draft", "writer", number), [VERSION]),
    "comment_versions": (
        step(
            listings.comment_versions, "submitted", "checker", lambda v: CommentDraft(v.number, "title", "x")
        ),
        [VERSION],
    ),
    "check_versions": (step(listings.check_versions, "submitted", "checker", number), [VERSION]),
    "return_versions": (
        step(listings.return_versions, "submitted", "checker", lambda v: ReturnDraft(v.number, "x")),
        [VERSION],
    ),
    "approve_versions": (
        step(listings.approve_versions, "checked", "approver", lambda v: ApprovalDraft(v.number)),
        [LISTING, VERSION, "catalog_sku"],
    ),
    "delist_listings": (shelving(back=False), [LISTING]),
    "relist_listings": (shelving(back=True), [LISTING]),
    "settle_checks": (settled, ["catalog_goodscheck"]),
    "check_goods": (passing, ["catalog_goodscheck"]),
    "propose_prices": (repricing(amount="9"), [SKU]),
    "draft_prices": (drafted(submits=False), [SKU]),
    "submit_price_changes": (drafted(submits=True), [CHANGE, SKU]),
    "end_price_changes": (ending, [CHANGE]),
    "approve_price_changes": (repricing(approve_price_changes), [CHANGE, SKU]),
    "reject_price_changes": (repricing(reject_price_changes, reason="x"), [CHANGE]),
    "withdraw_price_changes": (repricing(withdraw_price_changes), [CHANGE]),
    "open_shop_codes": (opened, []),
    "match_skus": (matched, [CODE]),
    "ignore_skus": (ignored, [CODE]),
}
