from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class DeskConfig(AppConfig):
    name = "ops_portal.desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        from ops_portal.desk import receivers  # noqa: F401
        from ops_portal.desk.choices import PERMISSIONS

        grant_to_roles("desk", PERMISSIONS)
