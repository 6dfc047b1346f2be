"""The pages of goods, material packs and listings; mounted below the admin, whose theme they wear."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from catalog.views import (
    alerts,
    bins,
    bundles,
    channel_stock,
    differences,
    expiry,
    floor_counting,
    floor_home,
    floor_look,
    floor_receiving,
    floor_shelves,
    floor_transfer,
    goods,
    goods_checks,
    holds,
    inbound,
    inspection,
    labels,
    listings,
    listings_editor,
    listings_export,
    listings_pictures,
    listings_review,
    matching,
    media,
    packs,
    price_changes,
    price_files,
    replenishment,
    requests,
    rulings,
    stock_desk,
    stock_health,
    stock_webhooks,
    stocktakes,
    transfers,
    what_if,
)

app_name = "catalog"
urlpatterns = [
    # Products
    path("goods/", admin.site.admin_view(goods.list_page), name="goods"),
    path("goods/new/", admin.site.admin_view(goods.new_page), name="product-new"),
    path("goods/attributes/", admin.site.admin_view(goods.attributes_part), name="product-attributes"),
    path("goods/<path:code>/price/", admin.site.admin_view(goods.price_page), name="product-price"),
    path("goods/<path:code>/", admin.site.admin_view(goods.product_page), name="product"),
    # Bundles
    path("bundles/", admin.site.admin_view(bundles.list_page), name="bundles"),
    path("bundles/new/", admin.site.admin_view(bundles.new_page), name="bundle-new"),
    path(
        "bundles/<path:code>/new-version/", admin.site.admin_view(bundles.version_page), name="bundle-version"
    ),
    path("bundles/<path:code>/", admin.site.admin_view(bundles.bundle_page), name="bundle"),
    # Material packs, and the pictures and films of all
    path("material-packs/", admin.site.admin_view(packs.list_page), name="packs"),
    path("material-packs/new/", admin.site.admin_view(packs.new_page), name="pack-new"),
    path("material-packs/upload/", admin.site.admin_view(packs.upload), name="pack-upload"),
    path("material-packs/attributes/", admin.site.admin_view(packs.attributes), name="pack-attributes"),
    path(
        "material-packs/media/<slug:sha256>/",
        admin.site.admin_view(media.media, cacheable=True),
        name="media",
    ),
    path(
        "material-packs/media/<slug:sha256>/small/",
        admin.site.admin_view(media.thumbnail, cacheable=True),
        name="thumbnail",
    ),
    path("material-packs/<str:number>/", admin.site.admin_view(packs.pack_page), name="pack"),
    path("material-packs/<str:number>/<slug:verb>/", admin.site.admin_view(packs.act), name="pack-act"),
    # Listings
    path("listings/", admin.site.admin_view(listings.list_page), name="listings"),
    path("listings/by-rule/", admin.site.admin_view(rulings.list_page), name="rulings"),
    path("listings/by-rule/act/", admin.site.admin_view(rulings.act_page), name="rulings-act"),
    path("listings/move/", admin.site.admin_view(listings.move_page), name="listings-move"),
    path("listings/export/", admin.site.admin_view(listings_export.export_file), name="listings-export"),
    path("listings/new/", admin.site.admin_view(listings.new_page), name="listing-new"),
    path("listings/<str:number>/", admin.site.admin_view(listings_editor.listing_page), name="listing"),
    path(
        "listings/<str:number>/check/",
        admin.site.admin_view(listings_editor.check_page),
        name="listing-check",
    ),
    path(
        "listings/<str:number>/attributes/",
        admin.site.admin_view(listings_editor.attributes_page),
        name="listing-attributes",
    ),
    path(
        "listings/<str:number>/pictures/",
        admin.site.admin_view(listings_pictures.pictures_page),
        name="listing-pictures",
    ),
    path(
        "listings/<str:number>/history/",
        admin.site.admin_view(listings_review.history_page),
        name="listing-history",
    ),
    path("listings/<str:number>/act/", admin.site.admin_view(listings_review.act_page), name="listing-act"),
    # Price changes
    path("price-changes/", admin.site.admin_view(price_changes.list_page), name="price-changes"),
    path("price-changes/new/", admin.site.admin_view(price_changes.new_page), name="price-change-new"),
    path("price-changes/file/", admin.site.admin_view(price_files.file_page), name="price-change-file"),
    path("price-changes/export/", admin.site.admin_view(price_files.export_file), name="prices-export"),
    path("price-changes/template/", admin.site.admin_view(price_files.template_file), name="prices-template"),
    path(
        "price-changes/<str:number>/", admin.site.admin_view(price_changes.change_page), name="price-change"
    ),
    path(
        "price-changes/<str:number>/act/",
        admin.site.admin_view(price_changes.act_page),
        name="price-change-act",
    ),
    # Alerts of stock and their limits
    path("stock-alerts/", admin.site.admin_view(alerts.list_page), name="alerts"),
    path(
        "stock-alerts/acknowledge/", admin.site.admin_view(alerts.acknowledge_page), name="alerts-acknowledge"
    ),
    path("stock-alerts/limits/", admin.site.admin_view(alerts.limits_page), name="limits"),
    path("stock-health/", admin.site.admin_view(stock_health.health_page), name="stock-health"),
    # The periodic check
    path("goods-checks/", admin.site.admin_view(goods_checks.list_page), name="goods-checks"),
    path("goods-checks/settle/", admin.site.admin_view(goods_checks.settle_page), name="goods-checks-settle"),
    # Codes of shops
    path("sku-matching/", admin.site.admin_view(matching.matching_page), name="matching"),
    path("sku-matching/match/", admin.site.admin_view(matching.match_page), name="match"),
    path("sku-matching/match-sure/", admin.site.admin_view(matching.match_sure_page), name="match-sure"),
    path("sku-matching/skus/", admin.site.admin_view(matching.skus_page), name="match-skus"),
    # Where another system's books lead
    path("stock-differences/", admin.site.admin_view(differences.list_page), name="differences"),
    path("stock-differences/act/", admin.site.admin_view(differences.act_page), name="differences-act"),
    path(
        "stock-differences/webhook/<path:code>/",
        admin.site.admin_view(stock_webhooks.webhook_page),
        name="stock-webhook",
    ),
    # What shops show of the stock
    path("channel-stock/", admin.site.admin_view(channel_stock.list_page), name="channel-stock"),
    path(
        "channel-stock/preview/",
        admin.site.admin_view(channel_stock.preview_page),
        name="channel-stock-preview",
    ),
    path("channel-stock/set/", admin.site.admin_view(channel_stock.set_page), name="channel-stock-set"),
    path("channel-stock/again/", admin.site.admin_view(channel_stock.again_page), name="channel-stock-again"),
    path(
        "channel-stock/export/", admin.site.admin_view(channel_stock.export_file), name="channel-stock-export"
    ),
    path("channel-stock/holds/", admin.site.admin_view(holds.list_page), name="holds"),
    path("channel-stock/holds/new/", admin.site.admin_view(holds.new_page), name="hold-new"),
    path("channel-stock/holds/act/", admin.site.admin_view(holds.act_page), name="holds-act"),
    # Replenishment
    path("replenishment/", admin.site.admin_view(replenishment.list_page), name="replenishment"),
    path("replenishment/act/", admin.site.admin_view(replenishment.act_page), name="replenishment-act"),
    path(
        "replenishment/orders/<str:number>/",
        admin.site.admin_view(replenishment.sheet_page),
        name="replenishment-sheet",
    ),
    path(
        "replenishment/<str:number>/", admin.site.admin_view(replenishment.one_page), name="replenishment-one"
    ),
    # Transfers between warehouses
    path("transfers/", admin.site.admin_view(transfers.list_page), name="transfers"),
    path("transfers/new/", admin.site.admin_view(transfers.new_page), name="transfer-new"),
    path("transfers/<str:number>/", admin.site.admin_view(transfers.transfer_page), name="transfer"),
    path("floor/transfer/", admin.site.admin_view(floor_transfer.transfer_page), name="floor-transfer"),
    # What lies where
    path("goods-labels/", admin.site.admin_view(labels.labels_page), name="goods-labels"),
    path("stock-desk/", admin.site.admin_view(stock_desk.list_page), name="stock-desk"),
    path("stock-desk/<path:code>/", admin.site.admin_view(stock_desk.sku_page), name="stock-sku"),
    path("what-if/", admin.site.admin_view(what_if.what_if_page), name="what-if"),
    # Dates of batches
    path("expiry/", admin.site.admin_view(expiry.list_page), name="expiry"),
    # Stock requests
    path("stock-requests/", admin.site.admin_view(requests.list_page), name="stock-requests"),
    path("stock-requests/new/", admin.site.admin_view(requests.new_page), name="stock-request-new"),
    path("stock-requests/act/", admin.site.admin_view(requests.act), name="stock-request-act"),
    path("stock-requests/skus/", admin.site.admin_view(requests.skus_part), name="stock-skus"),
    path("stock-requests/<str:number>/", admin.site.admin_view(requests.request_page), name="stock-request"),
    # Bins
    path("bins/new/", admin.site.admin_view(bins.make_page), name="bins-new"),
    path("bins/labels/", admin.site.admin_view(bins.labels_page), name="bins-labels"),
    # The warehouse floor: bins
    path("floor/", admin.site.admin_view(floor_home.floor_page), name="floor"),
    path("floor/put-away/", admin.site.admin_view(floor_shelves.put_page), name="floor-put"),
    path("floor/move/", admin.site.admin_view(floor_shelves.move_page), name="floor-move"),
    path("floor/look/", admin.site.admin_view(floor_look.look_page), name="floor-look"),
    # Inbound deliveries, and what of them waits for inspection
    path("deliveries-in/", admin.site.admin_view(inbound.list_page), name="inbound"),
    path("deliveries-in/new/", admin.site.admin_view(inbound.new_page), name="inbound-new"),
    path(
        "deliveries-in/<str:number>/", admin.site.admin_view(inbound.delivery_page), name="inbound-delivery"
    ),
    path(
        "deliveries-in/<str:number>/print/", admin.site.admin_view(inbound.print_page), name="inbound-print"
    ),
    path("deliveries-in/<str:number>/<slug:verb>/", admin.site.admin_view(inbound.act), name="inbound-act"),
    path("floor/receive/", admin.site.admin_view(floor_receiving.receive_page), name="floor-receive"),
    path("inspection/", admin.site.admin_view(inspection.list_page), name="inspection"),
    path("inspection/act/", admin.site.admin_view(inspection.act), name="inspection-act"),
    # Stocktakes
    path("floor/count/", admin.site.admin_view(floor_counting.count_page), name="floor-count"),
    path("stocktakes/", admin.site.admin_view(stocktakes.list_page), name="stocktakes"),
    path("stocktakes/new/", admin.site.admin_view(stocktakes.new_page), name="stocktake-new"),
    path("stocktakes/<str:number>/", admin.site.admin_view(stocktakes.stocktake_page), name="stocktake"),
    path("stocktakes/<str:number>/act/", admin.site.admin_view(stocktakes.act_page), name="stocktake-act"),
    path(
        "stocktakes/<str:number>/sheet/", admin.site.admin_view(stocktakes.sheet_page), name="stocktake-sheet"
    ),
]
