"""The pages of the desks; mounted below the admin, whose theme they wear."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from ops_portal.desk import views

app_name = "desk"

urlpatterns = [
    path("inbox/", admin.site.admin_view(views.inbox_page), name="inbox"),
    path("deadlines/", admin.site.admin_view(views.cockpit_page), name="cockpit"),
    path("assign/", admin.site.admin_view(views.assign), name="assign"),
    path("take/", admin.site.admin_view(views.take), name="take"),
    path("note/", admin.site.admin_view(views.note), name="note"),
    path("runs/<slug:code>/", admin.site.admin_view(views.run_part), name="run"),
    path("runs/<slug:code>/ask/", admin.site.admin_view(views.ask_run), name="ask-run"),
    path("views/save/", admin.site.admin_view(views.save_view), name="save-view"),
    path("views/drop/", admin.site.admin_view(views.drop_view), name="drop-view"),
]
