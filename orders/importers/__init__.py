"""The kinds of files that bring orders."""

from typing import Any

from ops_portal.intake.kinds import offer, register
from orders.importers.olist import OlistOrders
from orders.importers.standard import StandardOrders
from orders.importers.tmall import TmallReport
from orders.importers.waybills import BrandWaybills
from orders.models import Shop


def shops_of(user: Any) -> list[tuple[str, str]]:
    """Return the shops that ``user`` sees."""
    shops = Shop.objects.visible_to(user).order_by("code").values_list("code", "name")
    return [(code, f"{code} – {name}") for code, name in shops]


register(StandardOrders(), TmallReport(), OlistOrders(), BrandWaybills())
offer("shop", shops_of)
