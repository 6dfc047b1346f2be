from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class OutboxConfig(AppConfig):
    name = "ops_portal.outbox"
    verbose_name = _("Outbox")

    def ready(self) -> None:
        from ops_portal.outbox.choices import PERMISSIONS

        grant_to_roles("outbox", PERMISSIONS)
