"""The pages of settlement."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "consignment"
urlpatterns: list[URLPattern] = []
