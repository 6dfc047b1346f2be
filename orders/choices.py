"""Platforms, the life of an order, and who may move it."""

from __future__ import annotations

from datetime import timedelta
from string import ascii_uppercase

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import StockState
from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


class Party(models.TextChoices):
    """Who holds a shop before the law, and whom its money reaches."""

    AGENCY = "agency", _("agency")
    BRAND = "brand", _("brand")


class Bearer(models.TextChoices):
    """Who pays for a discount."""

    SHOP = "shop", _("shop")
    PLATFORM = "platform", _("platform")
    BRAND = "brand", _("brand")
    INFLUENCER = "influencer", _("influencer")
    PAYMENT_PROVIDER = "payment_provider", _("payment provider")
    SUBSIDY = "subsidy", _("public subsidy")


SELLER_BEARS = frozenset({Bearer.SHOP, Bearer.BRAND})  # what others bear reaches the seller after all


class RefundStatus(models.TextChoices):
    """The refund axis of an order, beside its status."""

    NONE = "none", _("no refund")
    REQUESTED = "requested", _("refund under way")
    PARTLY = "partly", _("partly refunded")
    FULLY = "fully", _("refunded")


class OrderStatus(models.TextChoices):
    """The nodes of an order's life."""

    CREATED = "created", _("to review")
    SHORT = "short", _("short of stock")
    UNMAPPED = "unmapped", _("unknown SKU")
    REVIEWED = "reviewed", _("to pick")
    PICKED = "picked", _("to pack")
    PACKED = "packed", _("to ship")
    SHIPPED = "shipped", _("shipped")
    DELIVERED = "delivered", _("delivered")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")
    RECORDED = "recorded", _("recorded only")


class InterceptOutcome(models.TextChoices):
    """What became of a parcel that its carrier was asked to stop (攔截), because the buyer wants the money back."""

    RETURNED = "returned", _("returned to sender")
    DELIVERED = "delivered", _("delivered anyway")
    CALLED_OFF = "called_off", _("called off")


O = OrderStatus  # noqa: E741 - the table below is read as a table
REVIEWERS = frozenset({Role.ONSITE_OPERATOR, Role.OPERATIONS, Role.OPERATIONS_MANAGER})
PACKERS = frozenset({Role.WAREHOUSE, Role.ONSITE_OPERATOR, Role.OPERATIONS_MANAGER})
SHIPPERS = PACKERS | {Role.LOGISTICS}
BRAND_SHIPPERS = SHIPPERS | {Role.BRAND_PARTNER}
CANCELLERS = frozenset(REVIEWERS | {Role.CUSTOMER_SERVICE, Role.AFTERSALES})
IMPORTERS = frozenset(REVIEWERS | {Role.SALES, Role.CUSTOMER_SERVICE, Role.MANAGEMENT})
REFUNDERS = frozenset(CANCELLERS | {Role.FINANCE})

CANCEL = Move(CANCELLERS)
ORDER_MOVES = MoveTable(
    kind="order",
    moves={
        O.CREATED: {O.REVIEWED: Move(REVIEWERS, within=timedelta(minutes=30)), O.CANCELLED: CANCEL},
        O.SHORT: {O.CREATED: Move(REVIEWERS), O.CANCELLED: CANCEL},
        O.UNMAPPED: {O.CREATED: Move(REVIEWERS), O.SHORT: Move(REVIEWERS), O.CANCELLED: CANCEL},
        O.REVIEWED: {
            O.PICKED: Move(PACKERS, within=timedelta(hours=4)),
            # Only out of a brand's own warehouse; the operations see to that.
            O.SHIPPED: Move(BRAND_SHIPPERS),
            O.CANCELLED: CANCEL,
        },
        O.PICKED: {O.PACKED: Move(PACKERS, within=timedelta(hours=2)), O.CANCELLED: CANCEL},
        O.PACKED: {O.SHIPPED: Move(SHIPPERS, within=timedelta(hours=4)), O.CANCELLED: CANCEL},
        O.SHIPPED: {O.DELIVERED: Move(SHIPPERS, within=timedelta(days=5)), O.CANCELLED: CANCEL},
        O.DELIVERED: {O.COMPLETED: Move(CANCELLERS, within=timedelta(days=10))},
        O.RECORDED: {O.CANCELLED: Move(IMPORTERS)},
        O.COMPLETED: {},
        O.CANCELLED: {},
    },
)

R = RefundStatus
REFUND = Move(REFUNDERS)
REFUND_MOVES = (
    MoveTable(  # over ``refund_status``; what amount goes with which state is the operation's to say
        kind="order_refund",
        moves={
            R.NONE: {R.REQUESTED: REFUND, R.PARTLY: REFUND, R.FULLY: REFUND},
            R.REQUESTED: {R.NONE: REFUND, R.PARTLY: REFUND, R.FULLY: REFUND},
            R.PARTLY: {R.REQUESTED: REFUND, R.PARTLY: REFUND, R.FULLY: REFUND},
            R.FULLY: {},
        },
    )
)

# Where the goods of an order that touches stock stand, by its status; in the others it holds none.
# What cancelling gives back, and what the audit of stock expects, follow from it.
STOCK_STATE = {
    O.CREATED: StockState.RESERVED,
    O.REVIEWED: StockState.RESERVED,
    O.PICKED: StockState.RESERVED,
    O.PACKED: StockState.RESERVED,
    O.SHIPPED: StockState.SHIPPED,
    O.DELIVERED: StockState.SHIPPED,
    O.COMPLETED: StockState.SOLD,
}
# Orders that wait for somebody here; those on their way only while the money is wanted back.
OPEN = (O.CREATED, O.SHORT, O.UNMAPPED, O.REVIEWED, O.PICKED, O.PACKED)
GOES_BACK = (R.REQUESTED, R.FULLY)  # the buyer wants the money, or has all of it: the order stands still
RESERVED_IN = frozenset(status for status, state in STOCK_STATE.items() if state == StockState.RESERVED)
SEES_ORDERS = frozenset(
    CANCELLERS
    | SHIPPERS
    | {Role.SALES, Role.FINANCE, Role.MANAGEMENT, Role.BRAND_PARTNER, Role.PRODUCT_SUPERVISOR}
)

PERMISSIONS: dict[str, frozenset[Role]] = {
    "orders.view_order": SEES_ORDERS,
    "orders.view_orderline": SEES_ORDERS,
    "orders.view_shop": SEES_ORDERS,
    "orders.view_shipment": SEES_ORDERS,
    "orders.view_oversale": SEES_ORDERS,
    "orders.add_shop": frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT}),
    "orders.change_shop": frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT}),
    "orders.place_order": frozenset(REVIEWERS | {Role.SALES, Role.CUSTOMER_SERVICE}),
    "orders.review_order": REVIEWERS,
    "orders.pick_order": PACKERS,
    "orders.pack_order": PACKERS,
    "orders.ship_order": SHIPPERS,
    "orders.cancel_order": CANCELLERS,
    "orders.refund_order": REFUNDERS,
    # Buyers in full, over REST.
    "orders.fulfil_order": frozenset({Role.BRAND_PARTNER, Role.OPERATIONS_MANAGER}),
    "orders.settle_intercept": frozenset(CANCELLERS | SHIPPERS),
    "orders.use_desk": frozenset(CANCELLERS | SHIPPERS | {Role.SALES, Role.FINANCE, Role.MANAGEMENT}),
    "orders.view_buyer": frozenset(CANCELLERS | SHIPPERS),
}

# Carriers by the codes under which parcels are kept; a shipment may name another.
CARRIERS = (
    ("SF", _("SF Express")),
    ("ZTO", _("ZTO Express")),
    ("YTO", _("YTO Express")),
    ("STO", _("STO Express")),
    ("YUNDA", _("Yunda Express")),
    ("JTSD", _("J&T Express")),
    ("JD", _("JD Logistics")),
    ("EMS", _("EMS")),
    ("DBL", _("Deppon Express")),
)
# How files, platforms and people name them beside their codes.
CARRIER_NAMES = {
    "SF": ("顺丰", "順豐", "sf express", "shunfeng"),
    "ZTO": ("中通", "zto express", "zhongtong"),
    "YTO": ("圆通", "圓通", "yto express", "yuantong"),
    "STO": ("申通", "sto express", "shentong"),
    "YUNDA": ("韵达", "韻達", "yd", "yunda express"),
    "JTSD": ("极兔", "極兔", "jt", "j&t", "j&t express", "jtexpress"),
    "JD": ("京东", "京東", "jdl", "jd logistics"),
    "EMS": ("邮政", "郵政", "邮政ems", "中国邮政"),
    "DBL": ("德邦", "deppon", "deppon express"),
}
CALLED_SUFFIXES = ("速运", "速運", "快递", "快遞", "速递", "速遞", "物流", "快运", "快運")
CODE_OF_CARRIER = {code.lower(): code for code, _name in CARRIERS} | {
    name: code for code, names in CARRIER_NAMES.items() for name in names
}


# The letters with which a carrier's waybills begin; those of digits alone tell nobody.
WAYBILL_LETTERS = {
    "SF": "SF", "YT": "YTO", "JT": "JTSD", "JD": "JD", "DPK": "DBL", "ZTO": "ZTO", "STO": "STO", "YD": "YUNDA",
}  # fmt: skip


def carrier_of_waybill(number: str) -> str:
    """Return the code of the carrier whose letters a waybill number wears; nothing where it wears none."""
    letters = number[: len(number) - len(number.lstrip(ascii_uppercase))]
    return next((code for begin, code in WAYBILL_LETTERS.items() if letters.startswith(begin)), "")


def waybill_as_kept(text: str) -> str:
    """Return a waybill number as carriers print it: without blanks, in capital letters."""
    return "".join(text.split()).upper()


def carrier_code(name: str) -> str:
    """Return the code of the carrier that ``name`` means, be it a code or what people call it; else the name itself."""
    called = " ".join(name.split())
    bare = called.lower()
    for suffix in CALLED_SUFFIXES:
        bare = bare.removesuffix(suffix)
    return CODE_OF_CARRIER.get(called.lower()) or CODE_OF_CARRIER.get(bare) or called


def carrier_label(name: str) -> str:
    """Return a carrier as people call it, be ``name`` its code or not; of one that isn't known, the name itself."""
    return str(dict(CARRIERS).get(carrier_code(name), name))
