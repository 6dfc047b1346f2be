"""The addresses of the API: each app's view sets under ``/api/v1/``."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from catalog.api.views import StockViewSet
from orders.api.views import OrderViewSet


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's document names a key."""

    target_class = "ops_portal.accounts.api.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer KEY"}


router = SimpleRouter()
router.register("orders", OrderViewSet, basename="orders")
router.register("stock", StockViewSet, basename="stock")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("v1/", include(router.urls)),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="portal/api_docs.html"),
        name="api-docs",
    ),
]
