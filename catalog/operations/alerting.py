"""Alerts of stock: opened once when something begins, acknowledged by a person, closed when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.choices import ALERT_MOVES, PLANNERS, WAREHOUSE_ROLES, AlertKind, AlertStatus
from catalog.models import StockAlert
from catalog.queries.alerts_found import FOUND, OVER
from ops_portal.lib.numbers import number_sql
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import NoSuch, Outcome, raise_first
from ops_portal.lib.states import move_all, move_record, pick, record_moves, unable_to_move
from ops_portal.outbox.drafts import EventDraft
from ops_portal.outbox.operations import recording as outbox

SWEEPING: Final = 4_420_026_001  # the lock under which one sweep goes on at a time
MEMORY: Final = "256MB"  # a million places fit into it; there is one sweep at a time
NOTE_LENGTH: Final = 500
ACKNOWLEDGERS: Final = PLANNERS | WAREHOUSE_ROLES

OPEN: Final = f"""
    WITH found AS ({FOUND}), opened AS (
        INSERT INTO catalog_stockalert
            (number, kind, sku_id, warehouse_id, batch_id, status, units, "limit", opened_at, note, updated_at)
        SELECT {number_sql("SA")}, f.kind, f.sku_id, f.warehouse_id, f.batch_id, '{AlertStatus.OPEN}', f.units,
               f.wanted, %(at)s, '', %(at)s
        FROM found f
        WHERE NOT EXISTS (
            SELECT FROM catalog_stockalert a
            WHERE a.sku_id = f.sku_id AND a.warehouse_id = f.warehouse_id AND a.status <> '{AlertStatus.CLOSED}'
              AND (a.kind = f.kind OR (f.kind = '{AlertKind.LOW}' AND a.kind = '{AlertKind.OUT}'))
              AND a.batch_id IS NOT DISTINCT FROM f.batch_id
        )
        ORDER BY f.kind, f.sku_id, f.warehouse_id, f.batch_id
        ON CONFLICT DO NOTHING
        RETURNING id, number, kind, sku_id, warehouse_id, batch_id, units, "limit"
    )
    SELECT o.number, o.kind, k.code, w.code, b.code, b.expires_on, o.units, o."limit", brand.code
    FROM opened o
    JOIN catalog_sku k ON k.id = o.sku_id JOIN catalog_product p ON p.id = k.product_id
    JOIN catalog_brand brand ON brand.id = p.brand_id JOIN catalog_warehouse w ON w.id = o.warehouse_id
    LEFT JOIN catalog_batch b ON b.id = o.batch_id
    ORDER BY o.id
"""


class NoSuchAlert(NoSuch):
    """The alert does not exist."""

    code = "no_such_alert"
    sentence = _("There is no alert %(number)s.")


@dataclass(frozen=True, slots=True)
class Swept:
    """The numbers of the alerts that a sweep opened and closed."""

    opened: tuple[str, ...]
    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AcknowledgeDraft:
    """Somebody knows of the alert, and says what is done about it."""

    number: str
    note: str = ""


@operation
def sweep_alerts(*, actor: Principal, at: datetime) -> Swept:
    """Close the alerts that are over and open one for each thing that began; tell partners of those that opened.

    What an alert is and when it is over says ``catalog.queries.alerts_found``. While an alert is open or
    acknowledged there is no second of its kind for the same goods in the same place. Sweeps go one after the other:
    each looks when the one before is done. At most ten statements, whatever the number of goods.
    """
    on = timezone.localdate(at, timezone.get_default_timezone())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s), set_config('work_mem', %s, true)", [SWEEPING, MEMORY]
        )
        cursor.execute(OVER, {"on": on})
        over = [pk for (pk,) in cursor.fetchall()]
    closed = close_alerts(over, actor=actor, at=at)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"on": on, "at": at})
        opened = cursor.fetchall()
    record_moves(
        [move_record(ALERT_MOVES.kind, row[0], "", AlertStatus.OPEN, actor=actor, at=at) for row in opened]
    )
    outbox.record([event_of(row) for row in opened], actor=actor, at=at)
    return Swept(tuple(row[0] for row in opened), tuple(closed))


def close_alerts(pks: Sequence[int], *, actor: Principal, at: datetime) -> list[str]:
    """Close alerts that are over, with when; return their numbers."""
    if not pks:
        return []
    locked = list(
        StockAlert.objects.filter(pk__in=pks)
        .exclude(status=AlertStatus.CLOSED)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    StockAlert.objects.filter(pk__in=[alert.pk for alert in locked]).update(closed_at=at)
    moved = move_all(locked, AlertStatus.CLOSED, table=ALERT_MOVES, actor=actor, at=at)
    return [alert.number for alert in moved.done]


def event_of(row: Sequence[Any]) -> EventDraft:
    """Return what partners of the brand hear of an alert that opened: of near dates ``stock.near_expiry``."""
    number, kind, sku, warehouse, batch, expires_on, units, limit, brand = row
    facts = {"sku": sku, "warehouse": warehouse, "units": units, "limit": limit}
    if batch is not None:
        facts |= {"batch": batch, "expires_on": expires_on.isoformat()}
    return EventDraft(
        kind=f"stock.{kind}",
        object_kind="stock_alert",
        object_number=number,
        brands=frozenset({brand}),
        facts=facts,
    )


@operation
def acknowledge_alerts(
    drafts: Sequence[AcknowledgeDraft], *, actor: Principal, at: datetime
) -> Outcome[StockAlert]:
    """Note that somebody knows of open alerts and what is done about them: they stay quiet until they are over.

    Refuses NoSuchAlert, IllegalMove, RoleMayNotMove.
    """
    picked = pick(
        StockAlert.objects.all(),
        [draft.number for draft in drafts],
        AlertStatus.ACKNOWLEDGED,
        missing=NoSuchAlert,
        unable=lambda _index, alert: unable_to_move(
            alert, AlertStatus.ACKNOWLEDGED, table=ALERT_MOVES, actor=actor
        ),
    )
    for index, alert in picked.ready.items():
        alert.acknowledged_by_id = actor.user_id
        alert.acknowledged_at = at
        alert.note = drafts[index].note.strip()[:NOTE_LENGTH]
    fields = ["acknowledged_by", "acknowledged_at", "note"]
    StockAlert.objects.bulk_update(picked.documents, fields)
    raise_first(
        move_all(picked.documents, AlertStatus.ACKNOWLEDGED, table=ALERT_MOVES, actor=actor, at=at).refused
    )
    return picked.outcome()


@operation
def claim_untold(*, actor: Principal, at: datetime) -> list[int]:
    """Mark the alerts of which the team was not told yet as told, and return those that are still open.

    Whoever asks at the same time gets others or none: each alert is told once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_stockalert SET told_at = %s WHERE id IN ("
            " SELECT id FROM catalog_stockalert WHERE told_at IS NULL ORDER BY id FOR NO KEY UPDATE"
            ") AND told_at IS NULL RETURNING id, status",
            [at],
        )
        return sorted(pk for pk, status in cursor.fetchall() if status == AlertStatus.OPEN)


@operation
def give_back_untold(pks: Sequence[int], *, actor: Principal, at: datetime) -> None:
    """Let the team be told of these alerts later, because no message of them got out."""
    locked = StockAlert.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    StockAlert.objects.filter(pk__in=[alert.pk for alert in locked]).update(told_at=None)
