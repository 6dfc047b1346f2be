"""The addresses of the API: each app's view sets under ``/api/v1/``."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from aftersales.api.views import CaseViewSet
from catalog.api.channel_stock import ChannelStockViewSet
from catalog.api.goods import PriceViewSet, ProductViewSet
from catalog.api.inbound import InboundViewSet
from catalog.api.listings import ListingViewSet
from catalog.api.mirrors import StockSnapshotViewSet
from catalog.api.packs import MediaViewSet, PackViewSet
from catalog.api.price_changes import PriceChangeViewSet
from catalog.api.requests import StockRequestViewSet, StockReturnViewSet
from catalog.api.stock_webhooks import StockWebhookViewSet
from catalog.api.views import StockViewSet
from consignment.api.views import ContractViewSet, StatementViewSet
from feedback.api.views import FeedbackViewSet
from ops_portal.outbox.api.views import DeliveryViewSet, EventViewSet, WebhookViewSet
from orders.api.brand_shipping import FulfilmentOrderViewSet
from orders.api.views import OrderViewSet


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's document names a key."""

    target_class = "ops_portal.accounts.api.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer KEY"}


router = SimpleRouter()
router.register("cases", CaseViewSet, basename="cases")
router.register("channel-stock", ChannelStockViewSet, basename="channel-stock")
router.register("contracts", ContractViewSet, basename="contracts")
router.register("feedback", FeedbackViewSet, basename="feedback")
router.register("fulfilment-orders", FulfilmentOrderViewSet, basename="fulfilment-orders")
router.register("inbound-deliveries", InboundViewSet, basename="inbound-deliveries")
router.register("material-packs", PackViewSet, basename="material-packs")
router.register("media", MediaViewSet, basename="media")
router.register("listings", ListingViewSet, basename="listings")
router.register("orders", OrderViewSet, basename="orders")
router.register("price-changes", PriceChangeViewSet, basename="price-changes")
router.register("prices", PriceViewSet, basename="prices")
router.register("products", ProductViewSet, basename="products")
router.register("statements", StatementViewSet, basename="statements")
router.register("stock", StockViewSet, basename="stock")
router.register("stock-requests", StockRequestViewSet, basename="stock-requests")
router.register("stock-returns", StockReturnViewSet, basename="stock-returns")
router.register("stock-snapshots", StockSnapshotViewSet, basename="stock-snapshots")
router.register("webhooks", WebhookViewSet, basename="webhooks")
router.register(
    r"webhooks/(?P<endpoint>[0-9]{1,18})/deliveries", DeliveryViewSet, basename="webhook-deliveries"
)
router.register("events", EventViewSet, basename="events")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "v1/stock-webhooks/<path:code>/",
        StockWebhookViewSet.as_view({"post": "create"}),
        name="stock-webhooks",
    ),
    path("v1/", include(router.urls)),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="portal/api_docs.html"),
        name="api-docs",
    ),
]
