"""The pages of the order desk; mounted below the admin, whose theme they wear."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from orders.views import brand_shipping
from orders.views.desk import desk_page, move_page
from orders.views.order import order_page, show_buyer, step_page
from orders.views.picking import pick_page
from orders.views.scanning import scan_page

app_name = "orders"
urlpatterns = [
    path("", admin.site.admin_view(desk_page), name="desk"),
    path("move/", admin.site.admin_view(move_page), name="move"),
    path("pick/", admin.site.admin_view(pick_page), name="pick"),
    path("scan/", admin.site.admin_view(scan_page), name="scan"),
    path("brands/", admin.site.admin_view(brand_shipping.list_page), name="brands"),
    path("brands/file/", admin.site.admin_view(brand_shipping.file_page), name="brands-file"),
    path("brands/ship/", admin.site.admin_view(brand_shipping.ship_page), name="brands-ship"),
    path("<str:number>/", admin.site.admin_view(order_page), name="order"),
    path("<str:number>/buyer/", admin.site.admin_view(show_buyer), name="buyer"),
    path("<str:number>/step/", admin.site.admin_view(step_page), name="step"),
]
