"""The life of a delivery, how long it is tried, and who may look after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


class DeliveryStatus(TextChoices):
    """Where the delivery of an event to an endpoint stands."""

    PENDING = "pending", _("Waiting")
    DELIVERED = "delivered", pgettext_lazy("message", "Delivered")
    FAILED = "failed", _("Given up")


class DisabledReason(TextChoices):
    """Why an endpoint gets nothing."""

    GONE = "gone", _("It answered that it is gone (410)")
    BY_HAND = "by_hand", _("Switched off by hand")
    CLOSED = "closed", _("Closed for good")


_MANAGERS = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT})
_OWNERS = frozenset({Role.OPERATIONS_MANAGER, Role.BRAND_PARTNER})
_MACHINE = Move(frozenset())  # the portal's own jobs may make every move
_REPLAY = Move(frozenset(_OWNERS))

DELIVERY_MOVES: Final = MoveTable(
    "delivery",
    {
        DeliveryStatus.PENDING: {DeliveryStatus.DELIVERED: _MACHINE, DeliveryStatus.FAILED: _REPLAY},
        DeliveryStatus.DELIVERED: {DeliveryStatus.PENDING: _REPLAY},
        DeliveryStatus.FAILED: {DeliveryStatus.PENDING: _REPLAY},
    },
)

# What to wait after the first, second, … attempt that failed: three days in all, then the delivery is given up.
WAITS: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    *[timedelta(hours=6)] * 11,
)
# Each wait is drawn between itself and this much more, so that what failed together does not come back together.
JITTER: Final = 0.2
# How long a worker may keep a delivery to itself; longer than any attempt can take.
LEASE: Final = timedelta(seconds=45)
# How many deliveries to one endpoint are under way at once: a slow one leaves workers for the others.
AT_ONCE: Final = 4
# How long attempts are remembered.
ATTEMPTS_KEPT: Final = timedelta(days=30)
# For how long the secret before the last one signs beside it.
OLD_SECRET_SIGNS: Final = timedelta(hours=24)
MOST_ENDPOINTS: Final = 20

PING: Final = "ping"
EXCERPT_LENGTH: Final = 500

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "outbox.view_endpoint": _MANAGERS | _OWNERS,
    "outbox.add_endpoint": _OWNERS,
    "outbox.change_endpoint": _OWNERS,
    "outbox.view_event": _MANAGERS | _OWNERS,
    "outbox.view_delivery": _MANAGERS | _OWNERS,
    "outbox.replay_delivery": _OWNERS,
    "outbox.view_attempt": _MANAGERS | _OWNERS,
}
