"""The triage console; mounted below the admin, whose theme it wears."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from feedback import views

app_name = "feedback"
urlpatterns = [
    path("", admin.site.admin_view(views.triage), name="triage"),
    path("rules/", admin.site.admin_view(views.rules), name="rules"),
    path("<str:number>/record/", admin.site.admin_view(views.record), name="record"),
    path("<str:number>/act/", admin.site.admin_view(views.act), name="act"),
]
