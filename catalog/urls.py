"""The pages of goods, material packs and listings; mounted below the admin, whose theme they wear."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from catalog.views import listings

app_name = "catalog"
urlpatterns = [
    # Listings
    path("listings/", admin.site.admin_view(listings.list_page), name="listings"),
    path("listings/move/", admin.site.admin_view(listings.move_page), name="listings-move"),
    path("listings/new/", admin.site.admin_view(listings.new_page), name="listing-new"),
]
