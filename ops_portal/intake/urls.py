"""The pages of files coming in."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from ops_portal.intake import views

app_name = "intake"
staff = admin.site.admin_view
urlpatterns = [
    path("", staff(views.files_page), name="files"),
    path("list/", staff(views.runs_list), name="runs"),
    path("<str:number>/", staff(views.run_page), name="run"),
    path("<str:number>/start/", staff(views.start_run), name="start"),
    path("<str:number>/undo/", staff(views.undo_run), name="undo"),
]
