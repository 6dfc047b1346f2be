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


class WarehouseSystem(models.TextChoices):
    """Whose books of a warehouse lead: ours, or those of a system of which ours are a mirror."""

    NONE = "none", _("our books lead")
    JUSHUITAN = "jushuitan", _("Jushuitan")
    WANGDIANTONG = "wangdiantong", _("Wangdiantong")
    OTHER = "other", _("another system")


class SnapshotSource(models.TextChoices):
    FILE = "file", _("file")
    API = "api", "API"
    WEBHOOK = "webhook", "webhook"


class StockMessageKind(models.TextChoices):
    """What a signed message of another system tells: the whole stock of its warehouse, or what changed."""

    WHOLE = "stock.snapshot", _("whole stock")
    CHANGES = "stock.changed", _("changes only")


class StockDocumentKind(models.TextChoices):
    """Papers of the warehouse itself; orders and returns have papers of their own."""

    RECEIPT = "receipt", _("goods receipt")
    RELEASE = "release", _("release from quarantine")
    ADJUSTMENT = "adjustment", _("adjustment")
    TRANSFER = "transfer", _("transfer")
    RETURN_TO_OWNER = "return_to_owner", _("return to owner")
    INSPECTION = "inspection", _("inspection of returned goods")
    STOCKTAKE = "stocktake", _("stocktake")


class ZoneKind(models.TextChoices):
    """In what standing units lie in a zone: those that can be sold, and those that can't yet, or not any more."""

    STORAGE = "storage", _("storage")
    QUARANTINE = "quarantine", pgettext_lazy("zone", "quarantine")
    DAMAGED = "damaged", pgettext_lazy("zone", "damaged goods")
    RETURNS = "returns", pgettext_lazy("zone", "returns")


# The states whose units lie in the bins of each kind of zone; units in other states are not in the house.
ZONE_STATES: Final[dict[str, frozenset[str]]] = {
    ZoneKind.STORAGE: frozenset({S.AVAILABLE, S.RESERVED}),
    ZoneKind.QUARANTINE: frozenset({S.QUARANTINE}),
    ZoneKind.DAMAGED: frozenset({S.DAMAGED}),
    ZoneKind.RETURNS: frozenset({S.INSPECTING}),
}


class InboundStatus(models.TextChoices):
    ORDERED = "ordered", pgettext_lazy("delivery", "ordered")
    EXPECTED = "expected", pgettext_lazy("delivery", "expected")
    RECEIVING = "receiving", pgettext_lazy("delivery", "being received")
    RECEIVED = "received", pgettext_lazy("delivery", "received")
    CANCELLED = "cancelled", pgettext_lazy("delivery", "cancelled")


class InboundSource(models.TextChoices):
    """How a delivery became known."""

    FORM = "form", _("form")
    FILE = "file", _("file")
    API = "api", "API"
    REPLENISHMENT = "replenishment", _("replenishment")
    UNANNOUNCED = "unannounced", _("came unannounced")


class RequestKind(models.TextChoices):
    """What a request wants done once it is approved."""

    ADJUSTMENT = "adjustment", _("adjustment")
    RETURN_TO_OWNER = "return_to_owner", _("return to owner")


class RequestReason(models.TextChoices):
    DAMAGE = "damage", _("damaged in the house")
    LOSS = "loss", _("not to be found")
    FOUND = "found", _("found again")
    EXPIRED = "expired", _("past its date")
    WRONG_ENTRY = "wrong_entry", _("entered wrongly")
    SAMPLE = "sample", _("used as a sample")
    MIRROR = "mirror", _("their books say otherwise")
    END_OF_CONTRACT = "end_of_contract", _("end of the contract")
    SLOW = "slow", _("doesn't sell")
    OTHER = "other", _("other")


class RequestStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("request", "to approve")
    POSTED = "posted", pgettext_lazy("request", "approved and booked")
    REJECTED = "rejected", pgettext_lazy("request", "rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")


class CountClass(models.TextChoices):
    """Classes of goods by what they sell: A are the first 80 % of the units, B the next 15 %, C the rest."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class StocktakeKind(models.TextChoices):
    FULL = "full", _("whole warehouse")
    CYCLE = "cycle", _("cycle count")
    SPOT = "spot", _("spot check")


class StocktakeStatus(models.TextChoices):
    COUNTING = "counting", _("being counted")
    RECOUNTING = "recounting", _("differences being recounted")
    REVIEW = "review", pgettext_lazy("stocktake", "to approve")
    POSTED = "posted", pgettext_lazy("stocktake", "approved and booked")
    CANCELLED = "cancelled", pgettext_lazy("stocktake", "cancelled")


class CountStatus(models.TextChoices):
    OPEN = "open", _("to count")
    AGREES = "agrees", _("agrees")
    DIFFERS = "differs", _("differs")
    RECOUNTED = "recounted", _("recounted")


class AlertKind(models.TextChoices):
    OUT = "out", _("sold out")
    LOW = "low", _("too few")
    OVER = "over", _("too many")
    NEAR_EXPIRY = "near_expiry", _("near its date")
    STOP_SALE = "stop_sale", _("past its last day of sale")


class AlertStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("alert", "open")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("alert", "acknowledged")
    CLOSED = "closed", pgettext_lazy("alert", "over")


class DelistCause(models.TextChoices):
    """Why a rule takes a listing off the shelf."""

    SOLD_OUT = "sold_out", _("sold out")
    STOP_SALE = "stop_sale", _("past its last day of sale")
    LICENCE = "licence", _("no longer covered by a contract")


class RulingStatus(models.TextChoices):
    """How far it is known that a rule took a listing off the shelf, or put it back."""

    OFF = "off", pgettext_lazy("ruling", "taken off")
    KNOWN = "known", pgettext_lazy("ruling", "taken off, seen")
    BACK = "back", pgettext_lazy("ruling", "put back")
    SEEN = "seen", pgettext_lazy("ruling", "put back, seen")
    OVER = "over", pgettext_lazy("ruling", "put back by hand")


class ReplenishmentStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("replenishment", "suggested")
    APPROVED = "approved", pgettext_lazy("replenishment", "approved")
    ORDERED = "ordered", pgettext_lazy("replenishment", "ordered")
    DISMISSED = "dismissed", pgettext_lazy("replenishment", "dismissed")
    OVERTAKEN = "overtaken", pgettext_lazy("replenishment", "reckoned anew")


class HoldStatus(models.TextChoices):
    HELD = "held", pgettext_lazy("hold", "held")
    USED = "used", pgettext_lazy("hold", "used up")
    RELEASED = "released", pgettext_lazy("hold", "released")
    EXPIRED = "expired", pgettext_lazy("hold", "expired")


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


class SkuStage(models.TextChoices):
    """Where a SKU stands in its life; blank between the two. What is cleared is sold off and not ordered again."""

    NEW = "new", pgettext_lazy("SKU", "new")
    CLEARING = "clearing", pgettext_lazy("SKU", "being cleared")


class PriceBase(models.TextChoices):
    """From what new prices are reckoned."""

    PRICE = "price", _("price now")
    REFERENCE = "reference_price", _("reference price")
    FLOOR = "floor_price", _("floor price")
    COST = "cost", _("cost")


class PriceEnding(models.TextChoices):
    """On what a reckoned price ends: it is rounded up or down to the nearest such price."""

    NONE = "", _("to the cent")
    NINES = "0.99", ".99"
    NINE = "0.9", ".90"
    WHOLE = "1", _("whole amounts")
    NINE_OF_TEN = "9", _("9 as the last digit")


class PriceChangeStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("price change", "draft")
    WAITING = "waiting", pgettext_lazy("price change", "to approve")
    APPLIED = "applied", pgettext_lazy("price change", "applied")
    REJECTED = "rejected", pgettext_lazy("price change", "rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("price change", "withdrawn")
    ENDED = "ended", pgettext_lazy("price change", "ended early")


class CheckKind(models.TextChoices):
    """Why goods on sale are looked at again."""

    NO_SALE = "no_sale", _("doesn't sell")
    MARGIN = "margin", _("too little is left")
    RETURNS = "returns", _("comes back too often")
    CONTENT = "content", _("its listing has faults")


class CheckStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("check", "to look at")
    SETTLED = "settled", pgettext_lazy("check", "looked at")
    OVER = "over", pgettext_lazy("check", "over by itself")


class CheckAction(models.TextChoices):
    """What becomes of goods that were looked at."""

    KEEP = "keep", _("stays as it is")
    PRICE = "price", _("gets another price")
    IMPROVE = "improve", _("gets a better listing")
    DELIST = "delist", _("is delisted")
    RETURN = "return", _("goes back to its owner")


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
# Rules move what they did themselves; people say that they have seen it.
R = RulingStatus
OPEN_RULINGS: Final = frozenset({R.OFF, R.KNOWN, R.BACK})
RULING_MOVES: Final = MoveTable(
    kind="listing_ruling",
    moves={
        R.OFF: {R.KNOWN: Move(WRITERS), R.BACK: Move(frozenset()), R.OVER: Move(frozenset())},
        R.KNOWN: {R.BACK: Move(frozenset()), R.OVER: Move(frozenset())},
        R.BACK: {R.SEEN: Move(WRITERS), R.OFF: Move(frozenset())},
        R.SEEN: {},
        R.OVER: {},
    },
)
GOODS_CHECK_MOVES: Final = MoveTable(
    kind="goods_check",
    moves={
        CheckStatus.OPEN: {CheckStatus.SETTLED: Move(WRITERS), CheckStatus.OVER: Move(WRITERS)},
        CheckStatus.SETTLED: {},
        CheckStatus.OVER: {},
    },
)
PRICE_CHANGE_MOVES: Final = MoveTable(
    kind="price_change",
    moves={
        PriceChangeStatus.DRAFT: {
            PriceChangeStatus.WAITING: Move(WRITERS),
            PriceChangeStatus.APPLIED: Move(WRITERS),
            PriceChangeStatus.WITHDRAWN: Move(WRITERS),
        },
        PriceChangeStatus.WAITING: {
            PriceChangeStatus.APPLIED: Move(APPROVERS, within=APPROVE),
            PriceChangeStatus.REJECTED: Move(APPROVERS),
            PriceChangeStatus.WITHDRAWN: Move(WRITERS),
        },
        PriceChangeStatus.APPLIED: {PriceChangeStatus.ENDED: Move(WRITERS)},
        PriceChangeStatus.REJECTED: {},
        PriceChangeStatus.WITHDRAWN: {},
        PriceChangeStatus.ENDED: {},
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
STOCK_APPROVERS = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
PLANNERS = frozenset(
    {Role.ONSITE_OPERATOR, Role.OPERATIONS, Role.PRODUCT_SUPERVISOR, Role.OPERATIONS_MANAGER}
)
BUYERS = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
DECIDE = timedelta(hours=8)  # of working time
D, Q, T, A, N = InboundStatus, RequestStatus, StocktakeStatus, AlertStatus, ReplenishmentStatus
INBOUND_MOVES: Final = MoveTable(
    kind="inbound_delivery",
    moves={
        D.ORDERED: {
            D.EXPECTED: Move(PLANNERS | WAREHOUSE_ROLES | {Role.BRAND_PARTNER}),
            D.RECEIVING: Move(WAREHOUSE_ROLES),
            D.CANCELLED: Move(PLANNERS | WAREHOUSE_ROLES),
        },
        D.EXPECTED: {
            D.RECEIVING: Move(WAREHOUSE_ROLES),
            D.CANCELLED: Move(PLANNERS | WAREHOUSE_ROLES | {Role.BRAND_PARTNER}),
        },
        D.RECEIVING: {D.RECEIVED: Move(WAREHOUSE_ROLES)},
        D.RECEIVED: {D.RECEIVING: Move(WAREHOUSE_ROLES)},  # more came after it was closed
        D.CANCELLED: {},
    },
)
REQUEST_MOVES: Final = MoveTable(
    kind="stock_request",
    moves={
        Q.WAITING: {
            Q.POSTED: Move(STOCK_APPROVERS, within=DECIDE),
            Q.REJECTED: Move(STOCK_APPROVERS),
            Q.WITHDRAWN: Move(WAREHOUSE_ROLES | PLANNERS),
        },
        Q.POSTED: {},
        Q.REJECTED: {},
        Q.WITHDRAWN: {},
    },
)
STOCKTAKE_MOVES: Final = MoveTable(
    kind="stocktake",
    moves={
        T.COUNTING: {
            T.RECOUNTING: Move(WAREHOUSE_ROLES),
            T.REVIEW: Move(WAREHOUSE_ROLES),
            T.CANCELLED: Move(WAREHOUSE_ROLES),
        },
        T.RECOUNTING: {T.REVIEW: Move(WAREHOUSE_ROLES), T.CANCELLED: Move(WAREHOUSE_ROLES)},
        T.REVIEW: {
            T.POSTED: Move(STOCK_APPROVERS, within=DECIDE),
            T.RECOUNTING: Move(STOCK_APPROVERS),
            T.CANCELLED: Move(STOCK_APPROVERS),
        },
        T.POSTED: {},
        T.CANCELLED: {},
    },
)
ALERT_MOVES: Final = MoveTable(
    kind="stock_alert",
    moves={
        A.OPEN: {
            A.ACKNOWLEDGED: Move(PLANNERS | WAREHOUSE_ROLES),
            A.CLOSED: Move(PLANNERS | WAREHOUSE_ROLES),
        },
        A.ACKNOWLEDGED: {A.CLOSED: Move(PLANNERS | WAREHOUSE_ROLES)},
        A.CLOSED: {},
    },
)
REPLENISHMENT_MOVES: Final = MoveTable(
    kind="replenishment",
    moves={
        N.PROPOSED: {
            N.APPROVED: Move(BUYERS),
            N.DISMISSED: Move(PLANNERS | BUYERS),
            N.OVERTAKEN: Move(PLANNERS),
        },
        N.APPROVED: {N.ORDERED: Move(BUYERS), N.DISMISSED: Move(BUYERS)},
        N.ORDERED: {},
        N.DISMISSED: {},
        N.OVERTAKEN: {},
    },
)
HOLDERS = PLANNERS | BUYERS
HOLD_MOVES: Final = MoveTable(
    kind="stock_hold",
    moves={
        HoldStatus.HELD: {
            HoldStatus.RELEASED: Move(HOLDERS),
            HoldStatus.USED: Move(frozenset()),
            HoldStatus.EXPIRED: Move(frozenset()),
        },
        HoldStatus.USED: {},
        HoldStatus.RELEASED: {},
        HoldStatus.EXPIRED: {},
    },
)
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
    # The warehouse: places, deliveries, requests, counts
    **{
        f"catalog.view_{name}": frozenset(SEES_STOCK - {Role.BRAND_PARTNER})
        for name in ("zone", "bin", "binstock", "binmovement", "stockrequest", "stocktake", "countplan")
    },
    **{
        f"catalog.{verb}_{name}": WAREHOUSE_ROLES
        for verb in ("add", "change")
        for name in ("zone", "bin", "countplan")
    },
    "catalog.use_floor": WAREHOUSE_ROLES,  # receive, put away, count, with a scanner
    "catalog.view_inbounddelivery": SEES_STOCK,
    "catalog.announce_delivery": PLANNERS | WAREHOUSE_ROLES | {Role.BRAND_PARTNER},
    "catalog.request_stock": PLANNERS | WAREHOUSE_ROLES,
    "catalog.approve_stock": STOCK_APPROVERS,
    # What is wanted: limits, alerts, replenishment
    **{
        f"catalog.view_{name}": frozenset(SEES_STOCK - {Role.BRAND_PARTNER})
        for name in ("dailydemand", "campaignperiod", "supplyterms", "stocklimit", "stockalert", "replenishment")
    },
    **{
        f"catalog.{verb}_{name}": PLANNERS | BUYERS
        for verb in ("add", "change")
        for name in ("campaignperiod", "supplyterms", "stocklimit")
    },
    "catalog.acknowledge_alert": PLANNERS | WAREHOUSE_ROLES,
    "catalog.plan_stock": PLANNERS | BUYERS,
    "catalog.order_stock": BUYERS,
    # What shops may show
    "catalog.view_stockhold": frozenset(SEES_STOCK - {Role.BRAND_PARTNER}),
    "catalog.hold_stock": HOLDERS,
    "catalog.view_channelstock": frozenset(SEES_STOCK - {Role.BRAND_PARTNER}),
    "catalog.view_channelstockrule": frozenset(SEES_STOCK - {Role.BRAND_PARTNER}),
    "catalog.share_stock": HOLDERS,
    "catalog.view_stocksnapshot": frozenset(SEES_STOCK - {Role.BRAND_PARTNER}),
    "catalog.send_snapshot": WAREHOUSE_ROLES,
    "catalog.keep_stock_secret": STOCK_APPROVERS,
    "catalog.send_pending": HOLDERS | WAREHOUSE_ROLES,
    # Listings and what they are made by
    "catalog.view_listing": SEES_LISTINGS,
    "catalog.write_listing": WRITERS,
    "catalog.check_listing": CHECKERS,
    "catalog.approve_listing": APPROVERS,
    "catalog.match_sku": WRITERS,
    "catalog.view_pricechange": SEES_LISTINGS,
    "catalog.propose_price": WRITERS,
    "catalog.view_goodscheck": SEES_LISTINGS,
    "catalog.settle_check": WRITERS,
    "catalog.view_checkrule": SEES_LISTINGS,
    "catalog.add_checkrule": APPROVERS,
    "catalog.change_checkrule": APPROVERS,
    "catalog.approve_price": APPROVERS,
    **{
        f"catalog.{verb}_{name}": roles
        for verb, roles in (("view", SEES_LISTINGS), ("change", APPROVERS), ("add", APPROVERS))
        for name in (
            "platformcategory", "platformattribute", "attribute", "keyword", "prohibitedword",
        )
    },
    "catalog.delete_platformattribute": APPROVERS,
    "catalog.view_listingrule": SEES_LISTINGS,
    "catalog.add_listingrule": APPROVERS,
    "catalog.change_listingrule": APPROVERS,
    "catalog.view_listingruling": SEES_LISTINGS,
    "catalog.view_channel": SEES_LISTINGS,
    "catalog.change_channel": APPROVERS,
    # Material packs
    "catalog.view_materialpack": SEES_LISTINGS | {Role.BRAND_PARTNER},
    "catalog.use_packs": SEES_LISTINGS,
    "catalog.view_mediafile": SEES_LISTINGS | {Role.BRAND_PARTNER},
    "catalog.send_pack": WRITERS | {Role.BRAND_PARTNER},
    "catalog.enter_pack": WRITERS,
}  # fmt: skip
