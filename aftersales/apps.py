from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class AftersalesConfig(AppConfig):
    name = "aftersales"
    verbose_name = _("After-sales")

    def ready(self) -> None:
        from aftersales import receivers  # noqa: F401
        from aftersales.choices import PERMISSIONS

        grant_to_roles("aftersales", PERMISSIONS)
