from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Goods and stock")

    def ready(self) -> None:
        from catalog import background, receivers  # noqa: F401
        from catalog.choices import PERMISSIONS
        from catalog.desk import register_listings
        from catalog.desk_of_alerts import ALERTS
        from catalog.desk_of_checks import CHECKS
        from catalog.desk_of_counts import STOCKTAKES
        from catalog.desk_of_inbound import INBOUND
        from catalog.desk_of_packs import PACKS
        from catalog.desk_of_prices import PRICES
        from catalog.desk_of_replenishment import REPLENISHMENTS
        from catalog.desk_of_requests import REQUESTS
        from catalog.desk_of_rulings import RULINGS
        from ops_portal.desk import runs
        from ops_portal.desk.kinds import register

        grant_to_roles("catalog", PERMISSIONS)
        runs.register(background.REPLENISHMENT)
        runs.register(background.CHECKS)
        register(ALERTS)
        register(REPLENISHMENTS)
        register(REQUESTS)
        register(STOCKTAKES)
        register(INBOUND)
        register(CHECKS)
        register(PRICES)
        register(RULINGS)
        register_listings()
        register(PACKS)
