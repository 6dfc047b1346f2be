from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = _("Figures")

    def ready(self) -> None:
        from analytics import receivers  # noqa: F401
        from analytics.choices import PERMISSIONS
        from analytics.desk import OPTIMISATIONS
        from ops_portal.desk.kinds import register

        grant_to_roles("analytics", PERMISSIONS)
        register(OPTIMISATIONS)
