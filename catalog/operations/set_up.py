"""What a new house begins with: rules by which goods are looked at again and listings go off the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import Model

from catalog.choices import CheckKind, DelistCause
from catalog.models import CheckRule, Listing, ListingRule
from ops_portal.accounts.models import AuditEntry
from ops_portal.lib.principals import Principal, operation

SETTING_UP: Final = 4_420_026_004  # the lock under which a house is set up once at a time
# By kind, the limit and over how many days; what was looked at is quiet for as long.
CHECKS: Final[Mapping[str, tuple[Decimal, int]]] = {
    CheckKind.NO_SALE: (Decimal(5), 30),
    CheckKind.MARGIN: (Decimal("0.25"), 30),
    CheckKind.RETURNS: (Decimal("0.15"), 30),
    CheckKind.CONTENT: (Decimal(2), 30),
}
# By cause, for how many hours it holds before a listing goes off the shelf.
DELISTING: Final[Mapping[str, int]] = {
    DelistCause.SOLD_OUT: 24,
    DelistCause.STOP_SALE: 0,
    DelistCause.LICENCE: 24,
}


@dataclass(frozen=True, slots=True)
class SetUp:
    """How many rules of each sort were created."""

    checks: int
    delisting: int


@operation
def set_up_rules(*, actor: Principal, at: datetime) -> SetUp:
    """Create the rules that a house begins with; of a sort of which it ever had a rule, none.

    What somebody changed or deleted stays so. Where listings stand already, the rules of delisting are switched off:
    nothing goes off the shelf that nobody asked to.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SETTING_UP])
    checks: list[CheckRule] = []
    if not had_any(CheckRule):
        checks = [
            CheckRule(kind=kind, limit=limit, days=days, quiet_days=days)
            for kind, (limit, days) in CHECKS.items()
        ]
    delisting: list[ListingRule] = []
    if not had_any(ListingRule):
        is_on = not Listing.objects.exists()
        delisting = [ListingRule(cause=cause, hours=hours, is_on=is_on) for cause, hours in DELISTING.items()]
    CheckRule.objects.bulk_create(checks)
    ListingRule.objects.bulk_create(delisting)
    return SetUp(len(checks), len(delisting))


def had_any(model: type[Model]) -> bool:
    """Tell whether there is a row of ``model``, or the trail knows of one that was."""
    table = model._meta.db_table
    return model._default_manager.exists() or AuditEntry.objects.filter(table_name=table).exists()
