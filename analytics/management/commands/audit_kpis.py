from __future__ import annotations

from typing import Any

from analytics.operations.rolling import refresh_stale_days
from analytics.queries.audit import audit_kpis
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Add every figure up again from the rows, in another way, and compare it with the roll-ups."

    def work(self, **options: Any) -> dict[str, Any]:
        refresh_stale_days(actor=self.principal, at=self.now())
        found = audit_kpis()
        return {"ok": found.ok, "checked": found.checked, "first_difference": found.first_difference}
