"""The pages of the after-sales desk."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from aftersales import views

app_name = "aftersales"
urlpatterns = [
    path("", admin.site.admin_view(views.cases_page), name="cases"),
    path("new/", admin.site.admin_view(views.new_page), name="new"),
    path("parcels/", admin.site.admin_view(views.parcels_page), name="parcels"),
    path("parcels/intercepted/", admin.site.admin_view(views.intercepted), name="intercepted"),
    path("approve/", admin.site.admin_view(views.approve_many), name="approve-many"),
    path("<str:number>/", admin.site.admin_view(views.case_page), name="case"),
    path("<str:number>/<slug:verb>/", admin.site.admin_view(views.act), name="act"),
]
