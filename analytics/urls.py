"""The pages of the figures; mounted below the admin, whose theme they wear."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from analytics.views.dashboard import buyers_card, figures_page
from analytics.views.rows import rows_page

app_name = "analytics"

urlpatterns = [
    path("", admin.site.admin_view(figures_page), name="figures"),
    path("buyers/", admin.site.admin_view(buyers_card), name="buyers"),
    path("rows/", admin.site.admin_view(rows_page), name="rows"),
]
