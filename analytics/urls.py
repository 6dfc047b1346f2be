"""The page of the figures; mounted below the admin, whose theme it wears."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from analytics.views import figures_page

app_name = "analytics"

urlpatterns = [path("", admin.site.admin_view(figures_page), name="figures")]
