"""The kinds of files that bring orders."""

from ops_portal.intake.kinds import register
from orders.importers.standard import StandardOrders
from orders.importers.tmall import TmallReport


def register_kinds() -> None:
    """Make them known to the intake."""
    register(StandardOrders(), TmallReport())
