"""The addresses of the API: each app's view sets under ``/api/v1/``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

VIEW_SETS = (
    ("orders", "orders.api.views.OrderViewSet"),
    ("stock", "catalog.api.views.StockViewSet"),
)

router = SimpleRouter()
for prefix, dotted in VIEW_SETS:
    module, _, name = dotted.rpartition(".")
    if find_spec(module.rpartition(".")[0]) and find_spec(module):
        router.register(prefix, getattr(import_module(module), name), basename=prefix)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("v1/", include(router.urls)),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="portal/api_docs.html"),
        name="api-docs",
    ),
]
