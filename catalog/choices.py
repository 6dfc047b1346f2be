"""The states of stock, the ways between them, and what catalogue documents there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable

OWN = "own"


class StockState(models.TextChoices):
    """Where a unit stands. ``outside`` is the world: it has no balance."""

    OUTSIDE = "outside", _("outside")
    AVAILABLE = "available", _("available")
    RESERVED = "reserved", _("reserved")
    SHIPPED = "shipped", _("shipped")
    SOLD = "sold", _("sold")
    RETURNING = "returning", _("returning")
    INSPECTING = "inspecting", _("inspecting")
    QUARANTINE = "quarantine", _("quarantine")
    DAMAGED = "damaged", _("damaged")
    IN_TRANSIT = "in_transit", _("in transit")
    LOST = "lost", _("lost")


BALANCES: tuple[str, ...] = tuple(state for state in StockState.values if state != StockState.OUTSIDE)

S = StockState
STOCK_WAYS: dict[StockState, frozenset[StockState]] = {
    S.OUTSIDE: frozenset({S.QUARANTINE, S.AVAILABLE, S.DAMAGED}),
    S.QUARANTINE: frozenset({S.AVAILABLE, S.DAMAGED, S.OUTSIDE}),
    S.AVAILABLE: frozenset({S.RESERVED, S.IN_TRANSIT, S.QUARANTINE, S.DAMAGED, S.LOST, S.OUTSIDE}),
    S.RESERVED: frozenset({S.AVAILABLE, S.SHIPPED}),
    S.SHIPPED: frozenset({S.SOLD, S.RETURNING, S.LOST}),
    S.SOLD: frozenset({S.RETURNING}),
    S.RETURNING: frozenset({S.INSPECTING, S.LOST}),
    S.INSPECTING: frozenset({S.AVAILABLE, S.DAMAGED, S.LOST}),
    S.DAMAGED: frozenset({S.AVAILABLE, S.OUTSIDE}),
    S.IN_TRANSIT: frozenset({S.OUTSIDE, S.LOST}),
    S.LOST: frozenset({S.AVAILABLE, S.OUTSIDE}),
}


class ReservationStatus(models.TextChoices):
    """How far the units of a reservation have gone."""

    HELD = "held", _("held")
    RELEASED = "released", _("released")
    SHIPPED = "shipped", _("shipped")
    SOLD = "sold", _("sold")
    RETURNING = "returning", _("returning")


class WarehouseKind(models.TextChoices):
    OWN = "own", _("our own")
    BRAND = "brand", _("the brand's")
    THIRD_PARTY = "third_party", _("third party's")
    PLATFORM = "platform", _("the platform's")


class StockDocumentKind(models.TextChoices):
    """Papers of the warehouse itself; orders and returns have papers of their own."""

    RECEIPT = "receipt", _("goods receipt")
    RELEASE = "release", _("release from quarantine")
    ADJUSTMENT = "adjustment", _("adjustment")
    TRANSFER = "transfer", _("transfer")
    RETURN_TO_OWNER = "return_to_owner", _("return to owner")
    INSPECTION = "inspection", _("inspection of returned goods")


class Platform(models.TextChoices):
    TAOBAO = "taobao", _("Taobao")
    TMALL = "tmall", _("Tmall")
    JD = "jd", _("JD")
    PINDUODUO = "pinduoduo", _("Pinduoduo")
    DOUYIN = "douyin", _("Douyin")
    OWN = "own", _("own store")
    OTHER = "other", _("other")


class AttributeKind(models.TextChoices):
    """What the value of an attribute is."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    CHOICE = "choice", _("one of a list")
    CHOICES = "choices", _("some of a list")


class PriceRole(models.TextChoices):
    """What a price is for."""

    TRAFFIC = "traffic", _("traffic builder")
    PROFIT = "profit", _("profit maker")
    IMAGE = "image", _("image builder")


class KeywordKind(models.TextChoices):
    BRAND = "brand", _("brand word")
    PRODUCT = "product", _("product word")
    LONG_TAIL = "long_tail", _("long-tail word")


class Gravity(models.TextChoices):
    """What becomes of a listing that says a prohibited word."""

    BLOCKS = "blocks", _("may not be submitted")
    WARNS = "warns", _("is pointed out")


class MediaKind(models.TextChoices):
    IMAGE = "image", _("picture")
    VIDEO = "video", _("video")


class MediaRole(models.TextChoices):
    MAIN = "main", _("main picture")
    DETAIL = "detail", _("detail picture")
    SCENE = "scene", _("scene picture")
    SKU = "sku", _("picture of a variant")
    VIDEO = "video", _("video")


class BlockKind(models.TextChoices):
    """What a block of a listing's content tells."""

    DESCRIPTION = "description", _("description")
    MATERIAL = "material", _("material")
    USAGE = "usage", _("how to use it")
    CAUTION = "caution", _("cautions")
    STORY = "story", _("story")
    FAQ = "faq", _("questions and answers")


class PackSource(models.TextChoices):
    """How a material pack came."""

    FORM = "form", _("form")
    FILE = "file", _("file")
    ARCHIVE = "archive", _("zip archive")
    API = "api", "API"


class PackStatus(models.TextChoices):
    RECEIVED = "received", _("received")
    RETURNED = "returned", _("returned to the supplier")
    ENTERED = "entered", _("entered")
    DROPPED = "dropped", _("dropped")


class ListingStatus(models.TextChoices):
    NEW = "new", pgettext_lazy("listing", "not yet live")
    LIVE = "live", pgettext_lazy("listing", "live")
    OFF = "off", pgettext_lazy("listing", "delisted")


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("to check")
    CHECKED = "checked", _("to approve")
    RETURNED = "returned", _("returned for changes")
    APPROVED = "approved", _("approved")
    DISCARDED = "discarded", _("discarded")


class MatchStatus(models.TextChoices):
    """Whether it is known which SKU a shop means."""

    OPEN = "open", _("to match")
    MATCHED = "matched", _("matched")
    IGNORED = "ignored", _("not ours")


WRITERS = frozenset(
    {Role.ONSITE_OPERATOR, Role.OPERATIONS, Role.PRODUCT, Role.PRODUCT_SUPERVISOR, Role.OPERATIONS_MANAGER}
)
CHECKERS = frozenset({Role.PRODUCT_SUPERVISOR})
APPROVERS = frozenset({Role.PRODUCT_SUPERVISOR, Role.OPERATIONS_MANAGER})
CHECK, APPROVE = timedelta(hours=4), timedelta(hours=4)  # of working time
V, L, P = VersionStatus, ListingStatus, PackStatus
EDITABLE: Final = frozenset({V.DRAFT, V.RETURNED})
OPEN_VERSIONS: Final = frozenset({V.DRAFT, V.SUBMITTED, V.CHECKED, V.RETURNED})
VERSION_MOVES: Final = MoveTable(
    kind="listing_version",
    moves={
        V.DRAFT: {V.SUBMITTED: Move(WRITERS), V.DISCARDED: Move(WRITERS)},
        V.SUBMITTED: {
            V.CHECKED: Move(CHECKERS, within=CHECK),
            V.RETURNED: Move(APPROVERS),
            V.DRAFT: Move(WRITERS),
        },
        V.CHECKED: {V.APPROVED: Move(APPROVERS, within=APPROVE), V.RETURNED: Move(APPROVERS)},
        V.RETURNED: {V.SUBMITTED: Move(WRITERS), V.DISCARDED: Move(WRITERS)},
        V.APPROVED: {},
        V.DISCARDED: {},
    },
)
LISTING_MOVES: Final = MoveTable(
    kind="listing",
    moves={
        L.NEW: {L.LIVE: Move(APPROVERS)},
        L.LIVE: {L.OFF: Move(WRITERS)},
        L.OFF: {L.LIVE: Move(WRITERS)},
    },
)
PACK_MOVES: Final = MoveTable(
    kind="material_pack",
    moves={
        P.RECEIVED: {P.RETURNED: Move(WRITERS), P.ENTERED: Move(WRITERS), P.DROPPED: Move(WRITERS)},
        P.RETURNED: {
            P.RECEIVED: Move(WRITERS | {Role.BRAND_PARTNER}),
            P.ENTERED: Move(WRITERS),
            P.DROPPED: Move(WRITERS),
        },
        P.ENTERED: {},
        P.DROPPED: {},
    },
)

WAREHOUSE_ROLES = frozenset({Role.WAREHOUSE, Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
CATALOG_ROLES = frozenset({Role.PRODUCT, Role.PRODUCT_SUPERVISOR, Role.OPERATIONS, Role.ONSITE_OPERATOR})
SEES_STOCK = (
    WAREHOUSE_ROLES | CATALOG_ROLES | {Role.CUSTOMER_SERVICE, Role.FINANCE, Role.BRAND_PARTNER, Role.SALES}
)
SEES_LISTINGS = WRITERS | APPROVERS | {Role.MANAGEMENT}

PERMISSIONS: dict[str, frozenset[str]] = {
    **{
        f"catalog.{verb}_{name}": frozenset(CATALOG_ROLES | {Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
        for verb in ("add", "change")
        for name in ("brand", "category", "product", "sku", "bundleversion", "bundlecomponent", "warehouse")
    },
    **{
        f"catalog.view_{name}": frozenset(SEES_STOCK)
        for name in (
            "brand", "category", "product", "sku", "bundleversion", "bundlecomponent", "warehouse",
            "batch", "stock", "batchstock", "stockmovement", "reservation", "stockdocument", "stockdocumentline",
        )
    },
    "catalog.move_stock": WAREHOUSE_ROLES,
    # Listings and what they are made by
    "catalog.view_listing": SEES_LISTINGS,
    "catalog.write_listing": WRITERS,
    "catalog.check_listing": CHECKERS,
    "catalog.approve_listing": APPROVERS,
    "catalog.match_sku": WRITERS,
    **{
        f"catalog.{verb}_{name}": roles
        for verb, roles in (("view", SEES_LISTINGS), ("change", APPROVERS), ("add", APPROVERS))
        for name in (
            "platformcategory", "platformattribute", "attribute", "keyword", "prohibitedword",
        )
    },
    "catalog.delete_platformattribute": APPROVERS,
    "catalog.view_channel": SEES_LISTINGS,
    "catalog.change_channel": APPROVERS,
    # Material packs
    "catalog.view_materialpack": SEES_LISTINGS | {Role.BRAND_PARTNER},
    "catalog.use_packs": SEES_LISTINGS,
    "catalog.view_mediafile": SEES_LISTINGS | {Role.BRAND_PARTNER},
    "catalog.send_pack": WRITERS | {Role.BRAND_PARTNER},
    "catalog.enter_pack": WRITERS,
}  # fmt: skip
