from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from orders import receivers  # noqa: F401
        from orders.choices import PERMISSIONS
        from orders.desk import register_orders

        grant_to_roles("orders", PERMISSIONS)
        register_orders()
