"""The ledger's one way to write: movements, and the balances that follow them, in one statement with a kept plan."""

from django.db import migrations

CREATE = """
CREATE FUNCTION catalog_post_movements(entries json, actor text, posted_at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $body$
DECLARE
    written bigint;
    missing bigint;
BEGIN
    WITH posted AS (
        INSERT INTO catalog_stockmovement AS m (stock_id, batch_id, units, from_state, to_state, reason,
                                                document_kind, document_number, actor, at, key)
        SELECT e.stock_id, e.batch_id, e.units, e.from_state, e.to_state, e.reason,
               e.document_kind, e.document_number, actor, posted_at, e.key
        FROM json_to_recordset(entries) AS e(
            stock_id bigint, batch_id bigint, units bigint, from_state text, to_state text, reason text,
            document_kind text, document_number text, key text)
        ON CONFLICT (key) DO NOTHING
        RETURNING m.stock_id, m.batch_id, m.units, m.from_state, m.to_state
    ), of_stock AS (
        SELECT stock_id,
               sum(CASE 'available' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "available",
               sum(CASE 'reserved' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "reserved",
               sum(CASE 'shipped' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "shipped",
               sum(CASE 'sold' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "sold",
               sum(CASE 'returning' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "returning",
               sum(CASE 'inspecting' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "inspecting",
               sum(CASE 'quarantine' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "quarantine",
               sum(CASE 'damaged' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "damaged",
               sum(CASE 'in_transit' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "in_transit",
               sum(CASE 'lost' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "lost"
        FROM posted GROUP BY stock_id
    ), of_batch AS (
        SELECT stock_id, batch_id,
               sum(CASE 'available' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "available",
               sum(CASE 'reserved' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "reserved",
               sum(CASE 'shipped' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "shipped",
               sum(CASE 'sold' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "sold",
               sum(CASE 'returning' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "returning",
               sum(CASE 'inspecting' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "inspecting",
               sum(CASE 'quarantine' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "quarantine",
               sum(CASE 'damaged' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "damaged",
               sum(CASE 'in_transit' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "in_transit",
               sum(CASE 'lost' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END) AS "lost"
        FROM posted WHERE batch_id IS NOT NULL GROUP BY stock_id, batch_id
    ), stock_kept AS (
        UPDATE catalog_stock s SET
            "available" = s.available + d.available,
            "reserved" = s.reserved + d.reserved,
            "shipped" = s.shipped + d.shipped,
            "sold" = s.sold + d.sold,
            "returning" = s."returning" + d."returning",
            "inspecting" = s.inspecting + d.inspecting,
            "quarantine" = s.quarantine + d.quarantine,
            "damaged" = s.damaged + d.damaged,
            "in_transit" = s.in_transit + d.in_transit,
            "lost" = s.lost + d.lost
        FROM of_stock d WHERE s.id = d.stock_id RETURNING s.id
    ), batches_kept AS (
        UPDATE catalog_batchstock b SET
            "available" = b.available + d.available,
            "reserved" = b.reserved + d.reserved,
            "shipped" = b.shipped + d.shipped,
            "sold" = b.sold + d.sold,
            "returning" = b."returning" + d."returning",
            "inspecting" = b.inspecting + d.inspecting,
            "quarantine" = b.quarantine + d.quarantine,
            "damaged" = b.damaged + d.damaged,
            "in_transit" = b.in_transit + d.in_transit,
            "lost" = b.lost + d.lost
        FROM of_batch d WHERE b.stock_id = d.stock_id AND b.batch_id = d.batch_id RETURNING b.id
    )
    SELECT (SELECT count(*) FROM posted),
           (SELECT count(*) FROM of_stock) - (SELECT count(*) FROM stock_kept)
           + (SELECT count(*) FROM of_batch) - (SELECT count(*) FROM batches_kept)
    INTO written, missing;
    IF missing > 0 THEN
        RAISE EXCEPTION '% balances did not follow their movements; lock them before you post', missing;
    END IF;
    RETURN written;
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION catalog_post_movements(json, text, timestamptz)"),
    ]
