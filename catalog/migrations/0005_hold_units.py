"""The statement by which every order that is placed takes its units, with a kept plan.

``catalog_hold_units`` writes reservations and the movements that fill them. They all lead from available to reserved,
so the balances follow by those two columns, without the detour through ``catalog_post_movements``.
"""

from django.db import migrations

HOLD = """
CREATE FUNCTION catalog_hold_units(entries json, actor text, held_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    missing bigint;
BEGIN
    WITH held AS (
        INSERT INTO catalog_reservation AS r (document_kind, document_number, item, stock_id, batch_id, units, status,
                                              created_at, updated_at)
        SELECT e.document_kind, e.document_number, e.item, e.stock_id, e.batch_id, e.units, 'held', held_at, held_at
        FROM json_to_recordset(entries) AS e(
            document_kind text, document_number text, item int, stock_id bigint, batch_id bigint, units bigint)
        RETURNING r.id, r.stock_id, r.batch_id, r.units, r.document_kind, r.document_number
    ), posted AS (
        INSERT INTO catalog_stockmovement AS m (stock_id, batch_id, units, from_state, to_state, reason,
                                                document_kind, document_number, actor, at, key)
        SELECT h.stock_id, h.batch_id, h.units, 'available', 'reserved', '',
               h.document_kind, h.document_number, actor, held_at, 'reservation:' || h.id || ':reserved'
        FROM held h
        RETURNING m.stock_id, m.batch_id, m.units
    ), of_stock AS (
        SELECT p.stock_id, sum(p.units) AS units FROM posted p GROUP BY p.stock_id
    ), of_batch AS (
        SELECT p.stock_id, p.batch_id, sum(p.units) AS units FROM posted p
        WHERE p.batch_id IS NOT NULL GROUP BY p.stock_id, p.batch_id
    ), stock_kept AS (
        UPDATE catalog_stock s SET available = s.available - d.units, reserved = s.reserved + d.units
        FROM of_stock d WHERE s.id = d.stock_id RETURNING s.id
    ), batches_kept AS (
        UPDATE catalog_batchstock b SET available = b.available - d.units, reserved = b.reserved + d.units
        FROM of_batch d WHERE b.stock_id = d.stock_id AND b.batch_id = d.batch_id RETURNING b.id
    )
    SELECT (SELECT count(*) FROM of_stock) - (SELECT count(*) FROM stock_kept)
           + (SELECT count(*) FROM of_batch) - (SELECT count(*) FROM batches_kept)
    INTO missing;
    IF missing > 0 THEN
        RAISE EXCEPTION '% balances did not follow their movements; lock them before you hold', missing;
    END IF;
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_goods_coming_back")]
    operations = [
        migrations.RunSQL(HOLD, "DROP FUNCTION catalog_hold_units(json, text, timestamptz)"),
    ]
