from __future__ import annotations

from typing import Any

from catalog.operations.set_up import set_up_rules
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Create the rules that a new house begins with; a house that ever had some keeps what it has."

    def work(self, **options: Any) -> dict[str, Any]:
        made = set_up_rules(actor=self.principal, at=self.now())
        return {"checks": made.checks, "delisting": made.delisting}
