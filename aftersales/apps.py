from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class AftersalesConfig(AppConfig):
    name = "aftersales"
    verbose_name = _("After-sales")

    def ready(self) -> None:
        from aftersales import receivers  # noqa: F401
        from aftersales.choices import PERMISSIONS
        from aftersales.desk import CASES
        from ops_portal.desk.kinds import register

        grant_to_roles("aftersales", PERMISSIONS)
        register(CASES)
