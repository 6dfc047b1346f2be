from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class ConsignmentConfig(AppConfig):
    name = "consignment"
    verbose_name = _("Consignment")

    def ready(self) -> None:
        from consignment import background, receivers  # noqa: F401
        from consignment.choices import PERMISSIONS
        from ops_portal.desk import runs

        runs.register(background.STATEMENTS)
        grant_to_roles("consignment", PERMISSIONS)
