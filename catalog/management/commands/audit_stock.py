from __future__ import annotations

from typing import Any

from catalog.queries.audit import audit_stock
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Add the stock ledger up again: documents = movements, reservations = reserved, ledger = balances."

    def work(self, **options: Any) -> dict[str, Any]:
        found = audit_stock()
        return {"ok": found.ok, "checked": found.checked, "first_difference": found.first_difference}
