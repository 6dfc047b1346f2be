"""Who may do what in the catalogue."""

from __future__ import annotations

from catalog.choices.roles import (
    APPROVERS,
    BUYERS,
    CATALOG_ROLES,
    CHECKERS,
    HOLDERS,
    PLANNERS,
    SEES_LISTINGS,
    SEES_STOCK,
    STOCK_APPROVERS,
    WAREHOUSE_ROLES,
    WRITERS,
)
from ops_portal.accounts.choices import Role

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
