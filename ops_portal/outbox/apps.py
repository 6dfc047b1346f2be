from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class OutboxConfig(AppConfig):
    name = "ops_portal.outbox"
    label = "outbox"
    verbose_name = _("Messages out")

    def ready(self) -> None:
        from ops_portal.outbox import receivers  # noqa: F401
        from ops_portal.outbox.choices import PERMISSIONS

        grant_to_roles("outbox", PERMISSIONS)
