"""The kinds of files that bring orders."""

from ops_portal.intake.kinds import register
from orders.importers.olist import OlistOrders
from orders.importers.standard import StandardOrders
from orders.importers.tmall import TmallReport

register(StandardOrders(), TmallReport(), OlistOrders())
