from __future__ import annotations

from typing import Any

from ops_portal.lib.doors.commands import JsonCommand
from orders.queries.refunds import differing_refund


class Command(JsonCommand):
    help = (
        "Add the refunds up again: those of each line and of each order are what the line and the order say."
    )

    def work(self, **options: Any) -> dict[str, Any]:
        first = differing_refund()
        return {"ok": first is None, "first_difference": first}
