"""Every door of the house."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from ops_portal import health
from ops_portal.lib.doors.identity import carried

admin.site.index_title = _("Start")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/password_change/", carried(admin.site.password_change)),  # before the site's own
    path("admin/desk/", include("ops_portal.desk.urls")),
    path("admin/files/", include("ops_portal.intake.urls")),
    path("admin/order-desk/", include("orders.urls")),
    path("admin/case-desk/", include("aftersales.urls")),
    path("admin/triage/", include("feedback.urls")),
    path("admin/settlement/", include("consignment.urls")),
    path("admin/", include("analytics.urls")),
    path("admin/", include("catalog.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("ops_portal.api")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "ops_portal.lib.doors.errors.bad_request"
handler403 = "ops_portal.lib.doors.errors.permission_denied"
handler404 = "ops_portal.lib.doors.errors.not_found"
handler500 = "ops_portal.lib.doors.errors.server_error"
