from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "ops_portal.accounts"
    label = "accounts"
    verbose_name = _("People and access")

    def ready(self) -> None:
        from ops_portal.accounts.choices import PERMISSIONS
        from ops_portal.accounts.permissions import grant_to_roles

        grant_to_roles(self.label, PERMISSIONS)
        apps.get_app_config("axes").verbose_name = _("Sign-ins")
