"""A document with a life, for the tests of the floor: it knows no app above."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.apps.registry import Apps
from django.db import models

from ops_portal.lib.money import AmountField, CurrencyField
from ops_portal.lib.principals import Principal
from ops_portal.lib.states import Move, MoveTable

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CLERK = Principal("person", "clerk", roles=frozenset({"warehouse"}))
GUEST = Principal("person", "guest", roles=frozenset({"finance"}))

PARCEL_MOVES = MoveTable(
    kind="parcel",
    moves={
        "packed": {"sent": Move(frozenset({"warehouse"})), "lost": Move(frozenset({"warehouse", "finance"}))},
        "sent": {"lost": Move(frozenset({"finance"}))},
    },
)


class Parcel(models.Model):
    number = models.CharField(max_length=20, unique=True)
    status = models.CharField(
        max_length=10, choices=[("packed", "Packed"), ("sent", "On its way"), ("lost", "Lost")]
    )
    updated_at = models.DateTimeField(null=True)
    value = AmountField(default=Decimal(0), db_default=Decimal(0))
    currency = CurrencyField()
    contents = models.JSONField(null=True)
    sent_on = models.DateField(null=True)

    class Meta:
        app_label = "parcels"
        # A registry of its own: no test that walks the portal's models meets this one.
        apps = Apps()

    def __str__(self) -> str:
        return self.number
