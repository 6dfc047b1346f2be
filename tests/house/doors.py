"""Who may open which door: the table that ``test_doors`` walks the site by. A new door is one line here.

Each line of ``DOORS`` says what a GET answers to each caller, in this order::

    stranger partner partner_key stock_key office_partner service operator warehouse manager root

A number is a status. ``login`` sends the caller to sign in; ``home`` sends him to the back office's first page,
as it does for what isn't there; ``302`` sends him elsewhere. Who the callers are, ``agency`` says.
``POSTS`` names, for the doors that take a POST, those who may; to all others it is refused and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from catalog.models import StockDocument, StockMovement
from tests.house.agency import CALLERS, OFFICE, Agency

STAFF_ONLY = "login login login login 200 200 200 200 200 200"
EVERYBODY = "200 200 200 200 200 200 200 200 200 200"
SIGNED_IN_TO_POST = "401 405 403 403 405 405 405 405 405 405"

DOORS: dict[str, str] = {
    "home": "home home home home home home home home home home",
    "livez": EVERYBODY,
    "readyz": EVERYBODY,
    "set_language": "302 302 302 302 302 302 302 302 302 302",
    # The API
    "schema": EVERYBODY,
    "api-docs": EVERYBODY,
    "feedback-list": "401 403 403 403 403 200 200 403 200 200",
    "feedback-detail": "401 403 403 403 403 200 200 403 200 200",
    "feedback-answer": SIGNED_IN_TO_POST,
    "feedback-close": SIGNED_IN_TO_POST,
    "orders-list": "401 200 200 403 200 200 200 200 200 200",
    "orders-detail": "401 200 200 403 200 200 200 200 200 200",
    "orders-bulk": SIGNED_IN_TO_POST,
    "orders-review": SIGNED_IN_TO_POST,
    "orders-pick": SIGNED_IN_TO_POST,
    "orders-pack": SIGNED_IN_TO_POST,
    "orders-ship": SIGNED_IN_TO_POST,
    "orders-deliver": SIGNED_IN_TO_POST,
    "orders-complete": SIGNED_IN_TO_POST,
    "orders-cancel": SIGNED_IN_TO_POST,
    "orders-refund": SIGNED_IN_TO_POST,
    "fulfilment-orders-list": "401 200 403 403 200 403 403 403 200 200",  # a key needs the scope by name
    "fulfilment-orders-detail": "401 404 403 403 404 403 403 403 404 404",  # the order lies on our floor
    "fulfilment-orders-ship": SIGNED_IN_TO_POST,
    "fulfilment-orders-parcels": SIGNED_IN_TO_POST,
    "cases-list": "401 200 200 403 200 200 200 200 200 200",
    "cases-detail": "401 200 200 403 200 200 200 200 200 200",
    "cases-approve": SIGNED_IN_TO_POST,
    "cases-reject": SIGNED_IN_TO_POST,
    "cases-withdraw": SIGNED_IN_TO_POST,
    "cases-send-back": SIGNED_IN_TO_POST,
    "cases-receive": SIGNED_IN_TO_POST,
    "cases-inspect": SIGNED_IN_TO_POST,
    "cases-refund": SIGNED_IN_TO_POST,
    "cases-refuse-refund": SIGNED_IN_TO_POST,
    "listings-list": "401 403 403 403 403 403 200 403 200 200",
    "listings-detail": "401 403 403 403 403 403 200 403 200 200",
    "material-packs-list": "401 200 200 403 200 403 200 403 200 200",
    "material-packs-detail": "401 200 200 403 200 403 404 403 200 200",
    "media-list": "401 200 200 403 200 403 200 403 200 200",
    "media-detail": "401 200 200 403 200 403 404 403 200 200",
    "products-list": "401 200 200 403 200 200 200 200 200 200",
    "products-detail": "401 200 200 403 200 404 404 200 200 200",
    "price-changes-list": "401 403 403 403 403 403 200 403 200 200",
    "price-changes-detail": "401 403 403 403 403 403 200 403 200 200",
    "price-changes-submit": SIGNED_IN_TO_POST,
    "prices-list": "401 200 200 403 200 200 200 200 200 200",
    "prices-detail": "401 200 200 403 200 404 404 200 200 200",
    "stock-list": "401 200 200 200 200 200 200 200 200 200",
    "stock-detail": "401 200 200 200 200 404 404 200 200 200",
    "inbound-deliveries-list": "401 200 200 200 200 200 200 200 200 200",
    "inbound-deliveries-detail": "401 200 200 200 200 404 404 200 200 200",
    "inbound-deliveries-promise": SIGNED_IN_TO_POST,
    "inbound-deliveries-cancel": SIGNED_IN_TO_POST,
    "inbound-deliveries-receive": SIGNED_IN_TO_POST,
    "inbound-deliveries-close": SIGNED_IN_TO_POST,
    "channel-stock-list": "401 403 403 200 403 200 200 200 200 200",
    "channel-stock-detail": "401 403 403 200 403 200 200 200 200 200",
    "stock-snapshots-list": "401 403 403 200 403 200 200 200 200 200",
    "stock-snapshots-detail": "401 403 403 200 403 200 200 200 200 200",
    "stock-snapshots-differences": "401 403 403 200 403 200 200 200 200 200",
    "stock-webhooks": "401 401 401 401 401 401 401 401 401 401",  # for what a warehouse's secret signs
    "stock-requests-list": "401 403 403 200 403 200 200 200 200 200",
    "stock-requests-detail": "401 403 403 200 403 404 404 200 200 200",
    "stock-returns-list": "401 200 200 200 200 200 200 200 200 200",
    "stock-returns-detail": "401 200 200 200 200 404 404 200 200 200",
    "statements-list": "401 200 200 403 200 403 403 403 200 200",
    "statements-detail": "401 200 200 403 200 403 403 403 200 200",
    "statements-lines": "401 200 200 403 200 403 403 403 200 200",
    "statements-confirm": SIGNED_IN_TO_POST,
    "statements-dispute": SIGNED_IN_TO_POST,
    "contracts-list": "401 200 200 403 200 403 403 403 200 200",
    "contracts-detail": "401 200 200 403 200 403 403 403 200 200",
    "webhooks-list": "401 200 200 403 200 403 403 403 200 200",
    "webhooks-detail": "401 404 404 403 404 403 403 403 200 200",
    "webhooks-rotate": SIGNED_IN_TO_POST,
    "webhooks-ping": SIGNED_IN_TO_POST,
    "webhooks-replay": SIGNED_IN_TO_POST,
    "webhook-deliveries-list": "401 404 404 403 404 403 403 403 200 200",
    "webhook-deliveries-detail": "401 404 404 403 404 403 403 403 200 200",
    "webhook-deliveries-replay": SIGNED_IN_TO_POST,
    "events-list": "401 200 200 403 200 403 403 403 200 200",
    "events-detail": "401 200 200 403 200 403 403 403 200 200",
    # The back office, beside the pages of models
    "admin:index": STAFF_ONLY,
    "admin:search": STAFF_ONLY,
    "admin:jsi18n": STAFF_ONLY,
    "admin:login": "200 200 200 200 home home home home home home",
    "admin:logout": "home home home home 405 405 405 405 405 405",
    # Whoever is signed in changes the own password, and nothing else.
    "admin/password_change/": "login 200 login login 200 200 200 200 200 200",
    "admin:password_change": "login 200 login login 200 200 200 200 200 200",  # shadowed by the line above
    "admin:password_change_done": STAFF_ONLY,
    "admin:view_on_site": "login login login login 404 404 404 404 404 404",
    "admin/(?P<url>.*)$": "login login login login 404 404 404 404 404 404",
    "admin:auth_user_password_change": "login login login login 403 403 403 403 403 200",
    "admin:outbox_endpoint_rotate_secret": "login login login login home 403 403 403 200 200",
    "admin:intake_importrun_report": "login login login login 404 404 404 404 404 404",
    "intake:files": "login login login login 403 200 200 200 200 200",
    "intake:runs": "login login login login 403 200 200 200 200 200",
    "intake:run": "login login login login 403 200 200 200 200 200",
    "intake:start": "login login login login 405 405 405 405 405 405",
    "intake:undo": "login login login login 405 405 405 405 405 405",
    "feedback:triage": "login login login login 403 200 200 403 200 200",
    "feedback:rules": "login login login login 403 200 200 403 200 200",
    "feedback:record": "login login login login 403 200 200 403 200 200",
    "feedback:act": "login login login login 405 405 405 405 405 405",
    "analytics:figures": "login login login login 403 403 403 403 200 200",
    "analytics:buyers": "login login login login 403 403 403 403 200 200",
    "analytics:rows": "login login login login 403 403 403 403 400 400",  # without a metric
    # The desks: for everybody in the office but partners
    "desk:inbox": "login login login login 403 200 200 200 200 200",
    "desk:cockpit": "login login login login 403 200 200 200 200 200",
    "desk:assign": "login login login login 405 405 405 405 405 405",
    "desk:take": "login login login login 405 405 405 405 405 405",
    "desk:note": "login login login login 405 405 405 405 405 405",
    "desk:run": "login login login login 403 200 200 200 200 200",
    "desk:ask-run": "login login login login 405 405 405 405 405 405",
    "desk:save-view": "login login login login 405 405 405 405 405 405",
    "desk:drop-view": "login login login login 405 405 405 405 405 405",
    # The after-sales desk
    "aftersales:cases": "login login login login 403 200 200 200 200 200",
    "aftersales:case": "login login login login 403 200 200 200 200 200",
    "aftersales:new": "login login login login 403 200 200 403 200 200",
    "aftersales:parcels": "login login login login 403 403 403 200 200 200",
    "aftersales:intercepted": "login login login login 405 405 405 405 405 405",
    "aftersales:approve-many": "login login login login 405 405 405 405 405 405",
    "aftersales:act": "login login login login 405 405 405 405 405 405",
    "orders:desk": "login login login login 403 200 200 200 200 200",
    "orders:move": "login login login login 405 405 405 405 405 405",
    "orders:pick": "login login login login 403 200 200 200 200 200",
    "orders:scan": "login login login login 403 403 200 200 200 200",
    "orders:brands": "login login login login 403 200 200 200 200 200",
    "orders:brands-file": "login login login login 405 405 405 405 405 405",
    "orders:brands-ship": "login login login login 405 405 405 405 405 405",
    "orders:order": "login login login login 403 200 200 200 200 200",
    "orders:buyer": "login login login login 405 405 405 405 405 405",
    "orders:step": "login login login login 405 405 405 405 405 405",
    # Settlement: partners read theirs over REST
    "consignment:statements": "login login login login 403 403 403 403 200 200",
    "consignment:statement": "login login login login 403 403 403 403 200 200",
    "consignment:csv": "login login login login 403 403 403 403 200 200",
    "consignment:partner": "login login login login 403 403 403 403 200 200",
    "consignment:new-contract": "login login login login 403 403 403 403 200 200",
    "consignment:contract": "login login login login 403 403 403 403 200 200",
    "consignment:sign": "login login login login 405 405 405 405 405 405",
    "consignment:amend": "login login login login 405 405 405 405 405 405",
    "consignment:end": "login login login login 405 405 405 405 405 405",
    "consignment:draft-month": "login login login login 405 405 405 405 405 405",
    "consignment:draft": "login login login login 405 405 405 405 405 405",
    "consignment:issue": "login login login login 405 405 405 405 405 405",
    "consignment:confirm": "login login login login 405 405 405 405 405 405",
    "consignment:dispute": "login login login login 405 405 405 405 405 405",
    "consignment:answer": "login login login login 405 405 405 405 405 405",
    # Products
    "catalog:goods": "login login login login 403 200 200 200 200 200",
    "catalog:product-new": "login login login login 403 403 200 403 200 200",
    "catalog:product-attributes": "login login login login 403 200 200 200 200 200",
    "catalog:product": "login login login login 403 404 404 200 200 200",
    "catalog:product-price": "login login login login 405 405 405 405 405 405",
    # Bundles
    "catalog:bundles": "login login login login 403 200 200 200 200 200",
    "catalog:bundle": "login login login login 403 404 404 200 200 200",
    "catalog:bundle-new": "login login login login 403 403 200 403 200 200",
    "catalog:bundle-version": "login login login login 403 403 404 403 200 200",
    # Material packs: partners send theirs over REST
    "catalog:packs": "login login login login 403 403 200 403 200 200",
    "catalog:pack-new": "login login login login 403 403 200 403 200 200",
    "catalog:pack-upload": "login login login login 403 403 405 403 405 405",
    "catalog:pack-attributes": "login login login login 403 403 200 403 200 200",
    "catalog:pack": "login login login login 403 403 404 403 200 200",
    "catalog:pack-act": "login login login login 403 403 405 403 405 405",
    "catalog:media": "login login login login 200 403 404 403 200 200",
    "catalog:thumbnail": "login login login login 200 403 404 403 200 200",
    # Listings that are worked over
    "analytics:optimisations": "login login login login 403 403 200 403 200 200",
    "analytics:optimisation-new": "login login login login 403 403 404 403 404 404",
    "analytics:optimisation": "login login login login 403 403 200 403 200 200",
    "analytics:optimisation-act": "login login login login 405 405 405 405 405 405",
    # The periodic check
    "catalog:goods-checks": "login login login login 403 403 200 403 200 200",
    "catalog:goods-checks-settle": "login login login login 405 405 405 405 405 405",
    # Price changes
    "catalog:price-changes": "login login login login 403 403 200 403 200 200",
    "catalog:price-change-new": "login login login login 403 403 200 403 200 200",
    **dict.fromkeys(
        ("catalog:price-change-file", "catalog:prices-export", "catalog:prices-template"),
        "login login login login 403 403 200 403 200 200",
    ),
    "catalog:price-change": "login login login login 403 403 200 403 200 200",
    "catalog:price-change-act": "login login login login 405 405 405 405 405 405",
    "catalog:transfers": "login login login login 403 200 200 200 200 200",
    "catalog:transfer": "login login login login 403 200 200 200 200 200",
    "catalog:transfer-new": "login login login login 403 403 403 200 200 200",
    "catalog:floor-transfer": "login login login login 403 403 403 200 200 200",
    "catalog:goods-labels": "login login login login 403 404 404 404 404 404",  # without goods
    "catalog:stock-desk": "login login login login 403 200 200 200 200 200",
    "catalog:stock-sku": "login login login login 403 404 404 200 200 200",
    "catalog:expiry": "login login login login 403 200 200 200 200 200",
    # Replenishment
    "catalog:replenishment": "login login login login 403 200 200 200 200 200",
    "catalog:replenishment-one": "login login login login 403 404 404 200 200 200",
    "catalog:replenishment-sheet": "login login login login 403 404 404 200 200 200",
    "catalog:replenishment-act": "login login login login 405 405 405 405 405 405",
    "catalog:what-if": "login login login login 403 200 200 200 200 200",
    **dict.fromkeys(
        (f"admin:catalog_campaignperiod_add_{sale}" for sale in ("38", "618", "99", "1111", "1212")),
        "login login login login 403 403 302 403 302 302",
    ),
    # Alerts of stock, limits, and the health of stock
    "catalog:alerts": "login login login login 403 200 200 200 200 200",
    "catalog:alerts-acknowledge": "login login login login 405 405 405 405 405 405",
    "catalog:limits": "login login login login 403 200 200 200 200 200",
    "catalog:stock-health": "login login login login 403 200 200 200 200 200",
    # What shops show, what is held for them, and where another system's books lead
    "catalog:channel-stock": "login login login login 403 200 200 200 200 200",
    "catalog:channel-stock-export": "login login login login 403 404 404 404 404 404",  # without a shop
    "catalog:channel-stock-preview": "login login login login 405 405 405 405 405 405",
    "catalog:channel-stock-set": "login login login login 405 405 405 405 405 405",
    "catalog:channel-stock-again": "login login login login 405 405 405 405 405 405",
    "catalog:holds": "login login login login 403 200 200 200 200 200",
    "catalog:hold-new": "login login login login 403 403 200 403 200 200",
    "catalog:holds-act": "login login login login 405 405 405 405 405 405",
    "catalog:differences": "login login login login 403 200 200 200 200 200",
    "catalog:stock-webhook": "login login login login 403 403 403 403 200 200",
    "catalog:differences-act": "login login login login 405 405 405 405 405 405",
    # Stock requests
    "catalog:stock-requests": "login login login login 403 200 200 200 200 200",
    "catalog:stock-request": "login login login login 403 404 404 200 200 200",
    "catalog:stock-request-new": "login login login login 403 403 200 200 200 200",
    "catalog:stock-request-act": "login login login login 405 405 405 405 405 405",
    "catalog:stock-skus": "login login login login 403 200 200 200 200 200",
    # Inbound deliveries: partners announce theirs over REST
    "catalog:inbound": "login login login login 403 200 200 200 200 200",
    "catalog:inbound-new": "login login login login 403 403 200 200 200 200",
    "catalog:inbound-delivery": "login login login login 403 404 404 200 200 200",
    "catalog:inbound-print": "login login login login 403 404 404 200 200 200",
    "catalog:inbound-act": "login login login login 405 405 405 405 405 405",
    "catalog:floor-receive": "login login login login 403 403 403 200 200 200",
    "catalog:inspection": "login login login login 403 403 403 200 200 200",
    "catalog:inspection-act": "login login login login 405 405 405 405 405 405",
    # Stocktakes
    "catalog:stocktakes": "login login login login 403 200 200 200 200 200",
    "catalog:stocktake": "login login login login 403 200 200 200 200 200",
    "catalog:stocktake-new": "login login login login 403 403 403 200 200 200",
    "catalog:stocktake-sheet": "login login login login 403 403 403 200 200 200",
    "catalog:stocktake-act": "login login login login 405 405 405 405 405 405",
    "catalog:floor-count": "login login login login 403 403 403 200 200 200",
    # Bins, and the warehouse floor
    "catalog:bins-new": "login login login login 403 403 403 200 200 200",
    "catalog:bins-labels": "login login login login 403 200 200 200 200 200",
    "admin:catalog_bin_print_labels": "login login login login 403 302 302 302 302 302",
    "admin:catalog_bin_make_many": "login login login login 403 403 403 302 302 302",
    "catalog:floor": "login login login login 403 403 403 200 200 200",
    "catalog:floor-put": "login login login login 403 403 403 200 200 200",
    "catalog:floor-move": "login login login login 403 403 403 200 200 200",
    "catalog:floor-look": "login login login login 403 403 403 200 200 200",
    # Listings, and the codes of shops
    "catalog:listings": "login login login login 403 403 200 403 200 200",
    "catalog:rulings": "login login login login 403 403 200 403 200 200",
    "catalog:rulings-act": "login login login login 405 405 405 405 405 405",
    "catalog:listing-new": "login login login login 403 403 200 403 200 200",
    "catalog:listing": "login login login login 403 403 200 403 200 200",
    "catalog:listing-history": "login login login login 403 403 200 403 200 200",
    "catalog:listings-export": "login login login login 405 405 405 405 405 405",
    "catalog:listings-move": "login login login login 405 405 405 405 405 405",
    "catalog:listing-check": "login login login login 405 405 405 405 405 405",
    "catalog:listing-attributes": "login login login login 405 405 405 405 405 405",
    "catalog:listing-pictures": "login login login login 405 405 405 405 405 405",
    "catalog:listing-act": "login login login login 405 405 405 405 405 405",
    "catalog:matching": "login login login login 403 403 200 403 200 200",
    "catalog:match-skus": "login login login login 403 403 200 403 200 200",
    "catalog:match": "login login login login 405 405 405 405 405 405",
    "catalog:match-sure": "login login login login 405 405 405 405 405 405",
    "admin:catalog_keyword_paste": "login login login login 403 403 403 403 200 200",
    "admin:catalog_prohibitedword_paste": "login login login login 403 403 403 403 200 200",
    # The first page of each app
    "admin:app_list aftersales": "login login login login 404 200 200 200 200 200",
    "admin:app_list accounts": "login login login login 404 404 404 404 200 200",
    "admin:app_list axes": "login login login login 404 404 404 404 404 200",
    "admin:app_list catalog": STAFF_ONLY,
    "admin:app_list consignment": "login login login login 200 404 404 404 200 200",
    "admin:app_list desk": "login login login login 404 200 200 200 200 200",
    "admin:app_list django_celery_beat": "login login login login 404 404 404 404 404 200",
    "admin:app_list feedback": "login login login login 404 200 200 404 200 200",
    "admin:app_list intake": "login login login login 404 200 200 200 200 200",
    "admin:app_list orders": STAFF_ONLY,
    "admin:app_list outbox": "login login login login 200 404 404 404 200 200",
    # Fields that are looked up while one types
    "admin:autocomplete": "login login login login 403 403 403 403 403 403",  # without a field
    "admin:autocomplete catalog.product.brand": STAFF_ONLY,
    "admin:autocomplete catalog.product.category": STAFF_ONLY,
    "admin:autocomplete catalog.sku.product": STAFF_ONLY,
    "admin:autocomplete catalog.platformcategory.category": STAFF_ONLY,
    "admin:autocomplete catalog.supplyterms.brand": STAFF_ONLY,
    "admin:autocomplete catalog.warehouse.brand": STAFF_ONLY,
    "admin:autocomplete catalog.channel.core_category": STAFF_ONLY,
    "admin:autocomplete catalog.supplyterms.sku": STAFF_ONLY,
    "admin:autocomplete catalog.campaignperiod.brand": STAFF_ONLY,
    "admin:autocomplete catalog.attribute.category": STAFF_ONLY,
    "admin:autocomplete catalog.keyword.category": STAFF_ONLY,
    "admin:autocomplete catalog.platformattribute.attribute": "login login login login 403 403 200 403 200 200",
}


def names(text: str) -> frozenset[str]:
    """Return the callers that ``text`` names."""
    named = frozenset(text.split())
    assert named <= set(CALLERS), named - set(CALLERS)
    return named


# Who may send what to the API, and the forms that stand beside the pages of models.
REVIEWERS = names("operator manager root")
PACKERS = names("operator warehouse manager root")
CANCELLERS = names("operator service manager root")
PLACERS = CANCELLERS
CASE_OPENERS = names("service operator manager root")
CASE_APPROVERS = names("service manager root")
CASE_RECEIVERS = names("warehouse manager root")
CASE_PAYERS = names("manager root")

TOLD = names("office_partner manager root")
SUPPLIERS = names("partner partner_key office_partner operator manager root")
WRITERS = names("operator manager root")

POSTS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("products-list", "products-detail", "prices-list", "catalog:product-new", "catalog:product-price"),
        WRITERS,
    ),
    **dict.fromkeys(
        ("price-changes-list", "price-changes-submit"),
        WRITERS,
    ),
    **dict.fromkeys(
        (
            "catalog:bins-new",
            "admin:catalog_bin_make_many",
            "catalog:floor",
            "catalog:floor-put",
            "catalog:floor-move",
            "catalog:floor-look",
            "catalog:floor-count",
            "catalog:floor-receive",
            "catalog:inspection-act",
            "inbound-deliveries-receive",
            "inbound-deliveries-close",
            "catalog:stocktake-new",
        ),
        names("warehouse manager root"),
    ),
    **dict.fromkeys(
        (
            "catalog:channel-stock-preview",  # without a shop: not found
            "catalog:channel-stock-set",
            "catalog:channel-stock-again",
            "catalog:hold-new",
            "catalog:holds-act",
        ),
        names("operator manager root"),
    ),
    "channel-stock-list": names("operator warehouse manager root"),
    "stock-snapshots-list": names("warehouse manager root"),
    "catalog:stock-webhook": names("manager root"),
    "catalog:differences-act": names("operator warehouse manager root"),
    "catalog:alerts-acknowledge": names("operator warehouse manager root"),
    "catalog:limits": names("operator manager root"),
    "desk:ask-run": names("operator manager root"),
    "catalog:stocktake-act": names("service operator warehouse manager root"),  # without a verb: nothing
    "admin:catalog_bin_print_labels": names("service operator warehouse manager root"),
    "catalog:replenishment-act": names(
        "service operator warehouse manager root"
    ),  # without a verb: not found
    "catalog:what-if": names("operator manager root"),
    **dict.fromkeys(
        (f"admin:catalog_campaignperiod_add_{sale}" for sale in ("38", "618", "99", "1111", "1212")), WRITERS
    ),
    **dict.fromkeys(
        ("catalog:transfer", "catalog:transfer-new", "catalog:floor-transfer"),
        names("warehouse manager root"),
    ),
    "catalog:stock-request-new": names("operator warehouse manager root"),
    "catalog:stock-request-act": names("service operator warehouse manager root"),  # without a verb: nothing
    "catalog:product": names("service operator warehouse manager root"),  # by the permission: not found
    **dict.fromkeys(
        ("inbound-deliveries-list", "inbound-deliveries-promise", "inbound-deliveries-cancel"),
        names("partner partner_key office_partner operator warehouse manager root"),
    ),
    "catalog:inbound-new": names("operator warehouse manager root"),
    "catalog:inbound-act": names("service operator warehouse manager root"),  # by the permission: not found
    "material-packs-list": SUPPLIERS,
    "media-list": SUPPLIERS,
    **dict.fromkeys(("catalog:pack-new", "catalog:pack-upload", "catalog:pack", "catalog:pack-act"), WRITERS),
    **dict.fromkeys(
        (
            "catalog:goods-checks-settle",
            "analytics:optimisation-new",
            "analytics:optimisation-act",
            "catalog:price-change-new",
            "catalog:price-change-file",
            "catalog:price-change-act",
            "catalog:bundle-new",
            "catalog:rulings-act",
            "catalog:bundle-version",
            "catalog:listing",
            "catalog:listing-new",
            "catalog:listings-move",
            "catalog:listings-export",
            "catalog:listing-check",
            "catalog:listing-attributes",
            "catalog:listing-pictures",
            "catalog:listing-act",
            "catalog:match",
            "catalog:match-sure",
        ),
        WRITERS,
    ),
    "admin:catalog_keyword_paste": names("manager root"),
    "admin:catalog_prohibitedword_paste": names("manager root"),
    "intake:files": names("service operator warehouse manager root"),
    "intake:start": names("service operator warehouse manager root"),
    "intake:undo": names("service operator warehouse manager root"),
    "webhooks-list": names("partner partner_key office_partner manager root"),
    "webhooks-rotate": names("manager root"),
    "webhooks-ping": names("manager root"),
    "webhooks-replay": names("manager root"),
    "webhook-deliveries-replay": names("manager root"),
    "admin:outbox_endpoint_rotate_secret": names("manager root"),
    "feedback-list": names("service operator manager root"),
    "feedback-answer": names("service manager root"),
    "feedback-close": names("service manager root"),
    "feedback:act": names("service manager root"),
    "orders-list": PLACERS,
    "orders-bulk": PLACERS,
    "orders-review": REVIEWERS,
    "orders-pick": PACKERS,
    "orders-pack": PACKERS,
    "orders-ship": PACKERS,
    "orders-deliver": PACKERS,
    "orders-complete": CANCELLERS,
    "orders-cancel": CANCELLERS,
    "orders-refund": CANCELLERS,
    "cases-list": CASE_OPENERS,
    "cases-approve": CASE_APPROVERS,
    "cases-reject": CASE_APPROVERS,
    "cases-withdraw": CASE_OPENERS,
    "cases-send-back": CASE_OPENERS,
    "cases-receive": CASE_RECEIVERS,
    "cases-inspect": CASE_RECEIVERS,
    "cases-refund": CASE_PAYERS,
    "cases-refuse-refund": CASE_PAYERS,
    "aftersales:new": CASE_OPENERS,
    "aftersales:act": CASE_APPROVERS,  # by the verb: here, to approve
    "aftersales:approve-many": CASE_APPROVERS,
    "aftersales:intercepted": CASE_RECEIVERS,
    "admin:auth_user_password_change": names("root"),
    # Without a verb or a number that they know, these write nothing.
    "orders:move": names("service operator warehouse manager root"),
    "orders:step": names("service operator warehouse manager root"),
    "orders:buyer": names("service operator warehouse manager root"),
    "orders:scan": names("operator warehouse manager root"),
    "orders:brands-file": names("service operator warehouse manager root"),
    "orders:brands-ship": names("operator warehouse manager root"),
    "fulfilment-orders-ship": names("partner office_partner manager root"),
    "fulfilment-orders-parcels": names("partner office_partner manager root"),
    "statements-confirm": names("partner partner_key office_partner manager root"),
    "statements-dispute": names("partner partner_key office_partner manager root"),
    **dict.fromkeys(
        ("consignment:draft-month", "consignment:draft", "consignment:issue", "consignment:confirm"),
        names("manager root"),
    ),
    **dict.fromkeys(("consignment:dispute", "consignment:answer"), names("manager root")),
    **dict.fromkeys(
        ("consignment:new-contract", "consignment:sign", "consignment:amend", "consignment:end"),
        names("manager root"),
    ),
    **dict.fromkeys(
        ("desk:assign", "desk:take", "desk:note", "desk:save-view", "desk:drop-view"),
        names("service operator warehouse manager root"),
    ),
}

# Doors that take a POST from everyone who may GET them, and what they do with it.
HARMLESS_POSTS: dict[str, str] = {
    "home": "sends on to the back office, as a GET does",
    "livez": "says that it lives, as a GET does",
    "readyz": "says that it is ready, as a GET does",
    "set_language": "sets a cookie",
    "admin:login": "signs in whoever brings a password; the tests of accounts hold that door",
    "admin:logout": "ends the caller's own session",
    "admin:password_change": "changes the caller's own password, if he brings the old one",
    "admin/password_change/": "the same",
    "consignment:statements": "shows, as a GET does",
    "consignment:statement": "shows, as a GET does",
    "consignment:partner": "shows, as a GET does",
    "consignment:contract": "shows, as a GET does",
    "consignment:csv": "hands out the lines and records that, as a GET does",
    "analytics:figures": "shows, as a GET does",
    "orders:desk": "refuses a POST",
    "orders:pick": "refuses a POST",
    "orders:brands": "refuses a POST",
    "orders:order": "refuses a POST",
    "analytics:buyers": "shows, as a GET does",
    "analytics:rows": "shows, as a GET does",
    "catalog:expiry": "refuses a POST",
    "catalog:bundles": "refuses a POST",
    "catalog:bundle": "refuses a POST",
    "catalog:replenishment": "refuses a POST",
    "catalog:replenishment-one": "refuses a POST",
    "catalog:replenishment-sheet": "refuses a POST",
    "catalog:stock-desk": "refuses a POST",
    "catalog:goods-labels": "refuses a POST",
    "catalog:transfers": "refuses a POST",
    "catalog:inbound": "refuses a POST",
    "catalog:inbound-delivery": "refuses a POST",
    "catalog:inbound-print": "refuses a POST",
    "catalog:inspection": "refuses a POST",
    "catalog:stock-sku": "refuses a POST",
    "admin:index": "shows, as a GET does",
    "admin:search": "shows, as a GET does",
    "admin:jsi18n": "shows, as a GET does",
    "admin:password_change_done": "shows, as a GET does",
    "admin:app_list": "shows, as a GET does",
}


@dataclass(frozen=True)
class Pages:
    """The pages of a model in the back office, by who may.

    ``sees`` opens the list, and what is one's own; ``blind`` are those of them to whom the oldest row, that of
    ACME and S1, is not theirs. Lists open to nobody else, and nothing opens to whoever isn't let into the office.
    """

    sees: frozenset[str]
    blind: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    deletes: frozenset[str] = frozenset()
    moves: dict[str, frozenset[str]] = field(default_factory=dict)

    def answer(self, kind: str, caller: str) -> set[str]:
        """Return what a GET of this kind of page may answer to ``caller``."""
        if caller not in OFFICE:
            return {"login"}
        if kind == "redirect":
            return {"302"}
        if kind.startswith("move "):
            return {"200" if caller in self.moves[kind.removeprefix("move ")] else "403"}
        if kind in ("add", "delete"):
            return {"200" if caller in (self.adds if kind == "add" else self.deletes) else "403"}
        if caller not in self.sees:
            # What isn't there is said before what isn't allowed; neither tells anything.
            return {"403", "home"} if kind == "history" else {"403"}
        return {"home" if caller in self.blind and kind != "list" else "200"}

    def may_post(self, kind: str) -> frozenset[str]:
        """Return who may write through this kind of page."""
        if kind.startswith("move "):
            return self.moves[kind.removeprefix("move ")]
        return {"add": self.adds, "change": self.changes, "delete": self.deletes}.get(kind, frozenset())


ROOT = names("root")
MANAGERS = names("manager root")
HOUSE = names("service operator warehouse manager root")
OFFICES = names("office_partner service operator warehouse manager root")
IMPORTERS = HOUSE
READERS = names("service operator manager root")
MERCHANTS = names("operator manager root")  # who look after goods
OF_BRAND = names("service operator")  # they hold no brand
PARTNER = names("office_partner")

PAGES: dict[str, Pages] = {
    "outbox.Endpoint": Pages(
        TOLD,
        PARTNER,
        adds=TOLD,
        changes=TOLD,
        moves=dict.fromkeys(("ping", "replay", "switch-on", "switch-off", "close"), TOLD),
    ),
    "outbox.Event": Pages(TOLD),
    "outbox.Delivery": Pages(TOLD, PARTNER, moves={"replay": TOLD}),
    "outbox.Attempt": Pages(TOLD, PARTNER),
    "accounts.User": Pages(MANAGERS, adds=ROOT, changes=ROOT),
    "accounts.Department": Pages(MANAGERS, adds=MANAGERS, changes=MANAGERS, deletes=ROOT),
    "accounts.ApiKey": Pages(MANAGERS, adds=ROOT, moves={"revoke": MANAGERS}),
    "accounts.AuditEntry": Pages(MANAGERS),
    "accounts.AccessRecord": Pages(MANAGERS),
    "desk.Team": Pages(HOUSE, adds=MANAGERS, changes=MANAGERS, deletes=ROOT),
    "intake.ImportRun": Pages(IMPORTERS, moves={"start": IMPORTERS, "undo": IMPORTERS}),
    "intake.RejectedRow": Pages(IMPORTERS),
    "catalog.Brand": Pages(OFFICES, OF_BRAND, adds=MERCHANTS, changes=MERCHANTS, deletes=ROOT),
    "catalog.Category": Pages(OFFICES, PARTNER, adds=MERCHANTS, changes=MERCHANTS, deletes=ROOT),
    "catalog.Warehouse": Pages(OFFICES, PARTNER, adds=MERCHANTS, changes=MERCHANTS, deletes=ROOT),
    "catalog.Product": Pages(OFFICES, OF_BRAND, adds=MERCHANTS, changes=MERCHANTS, deletes=ROOT),
    "catalog.Sku": Pages(OFFICES, OF_BRAND, adds=MERCHANTS, changes=MERCHANTS, deletes=ROOT),
    "catalog.BundleVersion": Pages(OFFICES, OF_BRAND),
    "catalog.Batch": Pages(OFFICES, OF_BRAND),
    "catalog.Stock": Pages(OFFICES, OF_BRAND),
    "catalog.StockMovement": Pages(OFFICES, OF_BRAND),
    "catalog.Reservation": Pages(OFFICES, OF_BRAND),
    "catalog.StockDocument": Pages(OFFICES, PARTNER),
    **{
        f"catalog.{name}": Pages(
            HOUSE, adds=names("warehouse manager root"), changes=names("warehouse manager root"), deletes=ROOT
        )
        for name in ("Zone", "Bin")
    },
    "catalog.BinStock": Pages(HOUSE, OF_BRAND),
    "catalog.BinMovement": Pages(HOUSE, OF_BRAND),
    "catalog.CountPlan": Pages(
        HOUSE, adds=names("warehouse manager root"), changes=names("warehouse manager root"), deletes=ROOT
    ),
    "catalog.SupplyTerms": Pages(HOUSE, OF_BRAND, adds=MERCHANTS, changes=MERCHANTS, deletes=ROOT),
    "catalog.CampaignPeriod": Pages(HOUSE, OF_BRAND, adds=MERCHANTS, changes=MERCHANTS, deletes=ROOT),
    "catalog.Channel": Pages(MERCHANTS, changes=MANAGERS),
    "catalog.ListingRule": Pages(MERCHANTS, adds=MANAGERS, changes=MANAGERS, deletes=ROOT),
    "catalog.CheckRule": Pages(MERCHANTS, adds=MANAGERS, changes=MANAGERS, deletes=ROOT),
    **{
        f"catalog.{name}": Pages(MERCHANTS, adds=MANAGERS, changes=MANAGERS, deletes=ROOT)
        for name in ("PlatformCategory", "Attribute", "Keyword", "ProhibitedWord")
    },
    "orders.Shop": Pages(OFFICES, PARTNER, adds=MANAGERS, changes=MANAGERS, deletes=ROOT),
    "orders.Order": Pages(
        HOUSE,
        moves={
            "review": REVIEWERS,
            "pick": PACKERS,
            "pack": PACKERS,
            "deliver": PACKERS,
            "complete": CANCELLERS,
            "cancel": CANCELLERS,
        },
    ),
    "orders.Shipment": Pages(HOUSE),
    "orders.Oversale": Pages(HOUSE),
    "aftersales.Case": Pages(
        HOUSE,
        moves={
            "approve": CASE_APPROVERS,
            "reject": CASE_APPROVERS,
            "withdraw": CASE_OPENERS,
            "receive": CASE_RECEIVERS,
            "close": HOUSE,
        },
    ),
    "consignment.Partner": Pages(MANAGERS, adds=MANAGERS, changes=MANAGERS),
    "consignment.Contract": Pages(names("office_partner manager root"), moves={"sign": MANAGERS}),
    "feedback.FeedbackItem": Pages(
        READERS,
        moves=dict.fromkeys(("close", "reject", "reopen"), names("service manager root")),
    ),
    # What others brought along: for superusers only.
    "axes.AccessAttempt": Pages(ROOT, deletes=ROOT),
    "axes.AccessLog": Pages(ROOT, deletes=ROOT),
    "axes.AccessFailureLog": Pages(ROOT, deletes=ROOT),
    "django_celery_beat.PeriodicTask": Pages(ROOT, adds=ROOT, changes=ROOT, deletes=ROOT),
    "django_celery_beat.IntervalSchedule": Pages(ROOT, adds=ROOT, changes=ROOT, deletes=ROOT),
    "django_celery_beat.CrontabSchedule": Pages(ROOT, adds=ROOT, changes=ROOT, deletes=ROOT),
    "django_celery_beat.SolarSchedule": Pages(ROOT, adds=ROOT, changes=ROOT, deletes=ROOT),
    "django_celery_beat.ClockedSchedule": Pages(ROOT, adds=ROOT, changes=ROOT, deletes=ROOT),
}

# What to put into the places of an address; pages of models get their oldest row, and any other number is 1.
ARGUMENTS: dict[str, Callable[[Agency], dict[str, Any]]] = {
    "webhooks-": lambda agency: {"pk": agency.oldest("outbox.Endpoint").pk},
    "webhook-deliveries-": lambda agency: {
        "endpoint": agency.oldest("outbox.Endpoint").pk,
        "pk": agency.oldest("outbox.Delivery").pk,
    },
    "events-": lambda agency: {"pk": agency.oldest("outbox.Event").pk},
    "admin:outbox_endpoint_rotate": lambda agency: {"object_id": agency.oldest("outbox.Endpoint").pk},
    "feedback": lambda agency: {"number": agency.oldest("feedback.FeedbackItem").number},
    "fulfilment-orders-": lambda agency: {"number": agency.orders["mixed"].number},
    "orders-": lambda agency: {"number": agency.orders["mixed"].number},
    "orders:": lambda agency: {"number": agency.orders["mixed"].number},
    "statements-": lambda agency: {"number": agency.oldest("consignment.Statement").number},
    "contracts-": lambda agency: {"number": agency.oldest("consignment.Contract").number},
    **dict.fromkeys(
        ("consignment:contract", "consignment:sign", "consignment:amend", "consignment:end"),
        lambda agency: {"number": agency.oldest("consignment.Contract").number},
    ),
    "consignment:": lambda agency: {
        "number": agency.oldest("consignment.Statement").number,
        "code": agency.oldest("consignment.Partner").code,
    },
    "products-": lambda agency: {"code": agency.oldest("catalog.Product").code},
    "price-changes-": lambda agency: {"number": agency.oldest("catalog.PriceChange").number},
    "prices-": lambda agency: {"pk": agency.oldest("catalog.Price").pk},
    "catalog:product": lambda agency: {"code": agency.oldest("catalog.Product").code},
    "desk:run": lambda agency: {"code": "replenishment"},
    "desk:ask-run": lambda agency: {"code": "replenishment"},
    "catalog:bundle": lambda agency: {"code": "AA"},
    "analytics:optimisation": lambda agency: {"number": agency.oldest("analytics.Optimisation").number},
    "catalog:price-change": lambda agency: {"number": agency.oldest("catalog.PriceChange").number},
    "catalog:replenishment-one": lambda agency: {"number": agency.oldest("catalog.Replenishment").number},
    "catalog:replenishment-sheet": lambda agency: {
        "number": agency.oldest("catalog.Replenishment").delivery.number
    },
    "catalog:pack": lambda agency: {"number": agency.oldest("catalog.MaterialPack").number, "verb": "drop"},
    **dict.fromkeys(
        ("catalog:media", "catalog:thumbnail"),
        lambda agency: {"sha256": agency.oldest("catalog.MediaFile").sha256},
    ),
    "material-packs-": lambda agency: {"number": agency.oldest("catalog.MaterialPack").number},
    "media-": lambda agency: {"pk": agency.oldest("catalog.MediaFile").pk},
    "cases-": lambda agency: {"number": agency.oldest("aftersales.Case").number},
    "aftersales:": lambda agency: {"number": agency.oldest("aftersales.Case").number, "verb": "approve"},
    "catalog:listing": lambda agency: {"number": agency.oldest("catalog.Listing").number},
    "listings-": lambda agency: {"number": agency.oldest("catalog.Listing").number},
    "inbound-deliveries-": lambda agency: {"number": agency.oldest("catalog.InboundDelivery").number},
    "catalog:inbound-": lambda agency: {
        "number": agency.oldest("catalog.InboundDelivery").number,
        "verb": "promise",
    },
    "channel-stock-": lambda agency: {"pk": agency.oldest("catalog.ChannelStock").pk},
    **dict.fromkeys(("stock-webhooks", "catalog:stock-webhook"), lambda agency: {"code": "MIRROR"}),
    "stock-snapshots-": lambda agency: {"number": agency.oldest("catalog.StockSnapshot").number},
    "stock-requests-": lambda agency: {"number": agency.oldest("catalog.StockRequest").number},
    "stock-returns-": lambda agency: {
        "pk": StockMovement.objects.filter(document_kind="return_to_owner").earliest("pk").pk
    },
    "catalog:stocktake": lambda agency: {"number": agency.oldest("catalog.Stocktake").number},
    "catalog:transfer": lambda agency: {
        "number": StockDocument.objects.filter(kind="transfer").earliest("pk").number
    },
    "catalog:stock-sku": lambda agency: {"code": "A1"},
    "catalog:stock-request": lambda agency: {"number": agency.oldest("catalog.StockRequest").number},
    "stock-": lambda agency: {"pk": agency.stock("A1").pk},
    "admin:auth_user_password_change": lambda agency: {"id": agency.oldest("accounts.User").pk},
    "intake:": lambda agency: {"number": agency.oldest("intake.ImportRun").number},
    "admin:intake_importrun_report": lambda agency: {"pk": agency.oldest("intake.ImportRun").pk},
    "admin:view_on_site": lambda agency: {"content_type_id": 1, "object_id": 1},
    "admin/(?P<url>.*)$": lambda agency: {"url": "nowhere/"},
}
