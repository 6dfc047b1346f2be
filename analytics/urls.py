"""The pages of the figures; mounted below the admin, whose theme they wear."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from analytics.views import optimisations
from analytics.views.dashboard import buyers_card, figures_page
from analytics.views.rows import rows_page

app_name = "analytics"

urlpatterns = [
    path("figures/", admin.site.admin_view(figures_page), name="figures"),
    path("figures/buyers/", admin.site.admin_view(buyers_card), name="buyers"),
    path("figures/rows/", admin.site.admin_view(rows_page), name="rows"),
    path("optimisations/", admin.site.admin_view(optimisations.list_page), name="optimisations"),
    path("optimisations/new/", admin.site.admin_view(optimisations.new_page), name="optimisation-new"),
    path(
        "optimisations/<str:number>/",
        admin.site.admin_view(optimisations.optimisation_page),
        name="optimisation",
    ),
    path(
        "optimisations/<str:number>/act/",
        admin.site.admin_view(optimisations.act_page),
        name="optimisation-act",
    ),
]
