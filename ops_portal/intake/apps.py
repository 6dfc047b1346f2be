from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class IntakeConfig(AppConfig):
    name = "ops_portal.intake"
    label = "intake"
    verbose_name = _("Files coming in")

    def ready(self) -> None:
        from ops_portal.intake import receivers  # noqa: F401
        from ops_portal.intake.choices import PERMISSIONS

        grant_to_roles("intake", PERMISSIONS)
