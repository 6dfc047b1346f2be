"""What is due, and what a message says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ops_portal.outbox.choices import AT_ONCE, PING

# Whose turn it is, endpoint by endpoint in no fixed order: a long line before one keeps nobody else waiting.
DUE: Final = f"""
    SELECT p.id
    FROM (SELECT id FROM ONLY outbox_endpoint WHERE is_active ORDER BY random()) e
    CROSS JOIN LATERAL (
        SELECT w.id FROM outbox_delivery w
        WHERE w.endpoint_id = e.id AND w.status = 'pending' AND w.next_at <= %(at)s
          AND (w.claimed_until IS NULL OR w.claimed_until <= %(at)s)
          AND NOT EXISTS (
              SELECT FROM outbox_delivery b
              WHERE b.endpoint_id = e.id AND b.stream_id = w.stream_id AND b.sequence < w.sequence
                AND b.status = 'pending')
        ORDER BY w.next_at, w.id
        LIMIT greatest(0, {AT_ONCE} - (
            SELECT count(*) FROM outbox_delivery c
            WHERE c.endpoint_id = e.id AND c.claim IS NOT NULL AND c.claimed_until > %(at)s))
        FOR NO KEY UPDATE OF w SKIP LOCKED
    ) p
    LIMIT %(limit)s
"""

# The owner must still be active and see the brand, and a machine must still have a key that was not revoked.
CLAIM: Final = f"""
    WITH due AS MATERIALIZED ({DUE})
    UPDATE outbox_delivery d SET claim = gen_random_uuid(), claimed_until = %(until)s
    FROM due, outbox_event v, outbox_endpoint e, accounts_user u
    WHERE d.id = due.id AND v.id = d.event_id AND e.id = d.endpoint_id AND u.id = e.owner_id
    RETURNING d.id, d.claim, v.message_id, v.kind, v.occurred_at, v.object_kind, v.object_number, v.brand,
              v.sequence, v.facts, e.url, e.secret_sealed,
              (v.kind = '{PING}' AND u.is_active OR outbox_hears(u.id, v.brand))
              AND (NOT u.is_service
                   OR EXISTS (SELECT FROM accounts_apikey k WHERE k.user_id = u.id AND k.revoked_at IS NULL))
"""


def data_of(
    object_kind: str, object_number: str, brand: str, sequence: int, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a message says of its event: which object, the number that shows a gap, and the facts."""
    return {
        "object": {"kind": object_kind, "number": object_number},
        "brand": brand,
        "sequence": sequence,
        "facts": dict(facts),
    }
