"""Bins follow the ledger: what leaves the house leaves its bin, and each bin holds what its movements say.

``catalog_move_units`` writes movements of bins and brings the bins along. ``catalog_pick_units`` takes promised units
off their bins. ``catalog_post_movements`` now ends by asking whether a balance of which units went still holds what
lies in its bins; where it doesn't, ``catalog_bins_follow`` takes the excess out of them, the first to pick from first.
"""

from importlib import import_module

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models
from django.db.models.functions import Upper

POST = import_module("catalog.migrations.0002_post_movements").CREATE

MOVE = """
CREATE FUNCTION catalog_move_units(entries json, by_actor text, moved_at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $body$
DECLARE
    written bigint;
    missing bigint;
BEGIN
    WITH moved AS (
        INSERT INTO catalog_binmovement AS m (stock_id, batch_id, from_bin_id, to_bin_id, units,
                                              document_kind, document_number, actor, at, key)
        SELECT e.stock_id, e.batch_id, e.from_bin_id, e.to_bin_id, e.units, e.document_kind, e.document_number,
               by_actor, moved_at, e.key
        FROM json_to_recordset(entries) AS e(
            stock_id bigint, batch_id bigint, from_bin_id bigint, to_bin_id bigint, units bigint,
            document_kind text, document_number text, key text)
        ON CONFLICT (key) DO NOTHING
        RETURNING m.stock_id, m.batch_id, m.from_bin_id, m.to_bin_id, m.units
    ), net AS (
        SELECT m.stock_id, m.batch_id, w.bin_id, sum(w.units) AS units
        FROM moved m CROSS JOIN LATERAL (VALUES (m.to_bin_id, m.units), (m.from_bin_id, -m.units)) AS w(bin_id, units)
        WHERE w.bin_id IS NOT NULL GROUP BY 1, 2, 3
    ), taken AS (
        UPDATE catalog_binstock b SET units = b.units + n.units FROM net n
        WHERE n.units < 0 AND b.stock_id = n.stock_id AND b.batch_id IS NOT DISTINCT FROM n.batch_id
          AND b.bin_id = n.bin_id
        RETURNING b.id
    ), put AS (
        INSERT INTO catalog_binstock AS b (stock_id, batch_id, bin_id, units)
        SELECT n.stock_id, n.batch_id, n.bin_id, n.units FROM net n WHERE n.units > 0 ORDER BY 1, 2, 3
        ON CONFLICT (stock_id, batch_id, bin_id) DO UPDATE SET units = b.units + EXCLUDED.units
        RETURNING b.id
    )
    SELECT (SELECT count(*) FROM moved),
           (SELECT count(*) FROM net WHERE units < 0) - (SELECT count(*) FROM taken)
    INTO written, missing;
    IF missing > 0 THEN
        RAISE EXCEPTION '% bins hold nothing of what is to leave them', missing USING ERRCODE = 'check_violation';
    END IF;
    RETURN written;
END
$body$;
"""

# The units that went lie one behind the other in the sequence of their movements, and so do those in the bins in the
# sequence of picking: where two stretches overlap, that movement emptied that bin. The first to go are those beyond
# the bins.
FOLLOW = """
CREATE FUNCTION catalog_bins_follow(movements bigint[], by_actor text, moved_at timestamptz) RETURNS void
LANGUAGE sql AS $body$
    WITH gone AS (
        SELECT m.id, m.stock_id, m.batch_id, m.units, m.document_kind, m.document_number, s.kind,
               sum(m.units) OVER (PARTITION BY m.stock_id, m.batch_id, s.kind ORDER BY m.id) AS upto
        FROM catalog_stockmovement m
        CROSS JOIN LATERAL (SELECT CASE WHEN m.from_state IN ('available', 'reserved') THEN 'storage'
                                        WHEN m.from_state = 'inspecting' THEN 'returns'
                                        ELSE m.from_state END) AS s(kind)
        WHERE m.id = ANY(movements)
    ), keys AS (
        SELECT stock_id, batch_id, kind, sum(units) AS units FROM gone GROUP BY 1, 2, 3
    ), lying AS (
        SELECT k.stock_id, k.batch_id, k.kind, k.units AS gone, i.bin_id, i.units,
               sum(i.units) OVER (PARTITION BY k.stock_id, k.batch_id, k.kind
                                  ORDER BY n.sequence, n.code, n.id) AS upto,
               sum(i.units) OVER (PARTITION BY k.stock_id, k.batch_id, k.kind) AS placed
        FROM keys k
        JOIN catalog_binstock i ON i.stock_id = k.stock_id AND i.batch_id IS NOT DISTINCT FROM k.batch_id
                               AND i.units > 0
        JOIN catalog_bin n ON n.id = i.bin_id
        JOIN catalog_zone z ON z.id = n.zone_id AND z.kind = k.kind
    ), excess AS (
        SELECT p.stock_id, p.batch_id, p.kind, p.gone - (p.placed - h.units) AS beyond
        FROM (SELECT DISTINCT stock_id, batch_id, kind, gone, placed FROM lying) AS p
        JOIN catalog_stock s ON s.id = p.stock_id
        LEFT JOIN catalog_batchstock b ON b.stock_id = p.stock_id AND b.batch_id = p.batch_id
        CROSS JOIN LATERAL (SELECT CASE p.kind
            WHEN 'storage' THEN
                CASE WHEN p.batch_id IS NULL THEN s.available + s.reserved ELSE b.available + b.reserved END
                - coalesce((SELECT sum(r.picked) FROM catalog_reservation r
                            WHERE r.stock_id = p.stock_id AND r.batch_id IS NOT DISTINCT FROM p.batch_id
                              AND r.status = 'held' AND r.picked > 0), 0)
            WHEN 'quarantine' THEN CASE WHEN p.batch_id IS NULL THEN s.quarantine ELSE b.quarantine END
            WHEN 'damaged' THEN CASE WHEN p.batch_id IS NULL THEN s.damaged ELSE b.damaged END
            ELSE CASE WHEN p.batch_id IS NULL THEN s.inspecting ELSE b.inspecting END
        END) AS h(units)
        WHERE p.placed > h.units
    ), taken AS (
        SELECT g.id, l.bin_id, l.stock_id, l.batch_id, g.document_kind, g.document_number,
               least(g.upto - e.beyond, l.upto) - greatest(g.upto - g.units - e.beyond, l.upto - l.units) AS units
        FROM excess e
        JOIN gone g ON g.stock_id = e.stock_id AND g.batch_id IS NOT DISTINCT FROM e.batch_id AND g.kind = e.kind
        JOIN lying l ON l.stock_id = e.stock_id AND l.batch_id IS NOT DISTINCT FROM e.batch_id AND l.kind = e.kind
        WHERE least(g.upto - e.beyond, l.upto) > greatest(g.upto - g.units - e.beyond, l.upto - l.units)
    ), moved AS (
        INSERT INTO catalog_binmovement AS m (stock_id, batch_id, from_bin_id, units, document_kind, document_number,
                                              actor, at, key)
        SELECT t.stock_id, t.batch_id, t.bin_id, t.units, t.document_kind, t.document_number, by_actor, moved_at,
               'movement:' || t.id || ':' || t.bin_id
        FROM taken t ORDER BY t.id, t.bin_id
        RETURNING m.stock_id, m.batch_id, m.from_bin_id, m.units
    )
    UPDATE catalog_binstock i SET units = i.units - d.units
    FROM (SELECT stock_id, batch_id, from_bin_id, sum(units) AS units FROM moved GROUP BY 1, 2, 3) AS d
    WHERE i.stock_id = d.stock_id AND i.batch_id IS NOT DISTINCT FROM d.batch_id AND i.bin_id = d.from_bin_id
$body$;
"""

PICK = """
CREATE FUNCTION catalog_pick_units(reservations bigint[], by_actor text, picked_at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $body$
DECLARE
    picks bigint;
BEGIN
    WITH wanted AS (
        SELECT r.id, r.stock_id, r.batch_id, r.document_kind, r.document_number, r.units - r.picked AS units,
               sum(r.units - r.picked) OVER (PARTITION BY r.stock_id, r.batch_id ORDER BY r.id) AS upto
        FROM catalog_reservation r
        WHERE r.id = ANY(reservations) AND r.status = 'held' AND r.picked < r.units
    ), lying AS (
        SELECT i.stock_id, i.batch_id, i.bin_id, i.units,
               sum(i.units) OVER (PARTITION BY i.stock_id, i.batch_id ORDER BY n.sequence, n.code, n.id) AS upto
        FROM catalog_binstock i
        JOIN catalog_bin n ON n.id = i.bin_id
        JOIN catalog_zone z ON z.id = n.zone_id AND z.kind = 'storage'
        WHERE i.units > 0 AND i.stock_id IN (SELECT w.stock_id FROM wanted w)
    ), taken AS (
        SELECT w.id, l.bin_id, w.stock_id, w.batch_id, w.document_kind, w.document_number,
               least(w.upto, l.upto) - greatest(w.upto - w.units, l.upto - l.units) AS units
        FROM wanted w
        JOIN lying l ON l.stock_id = w.stock_id AND l.batch_id IS NOT DISTINCT FROM w.batch_id
        WHERE least(w.upto, l.upto) > greatest(w.upto - w.units, l.upto - l.units)
    ), moved AS (
        INSERT INTO catalog_binmovement AS m (stock_id, batch_id, from_bin_id, units, document_kind, document_number,
                                              actor, at, key)
        SELECT t.stock_id, t.batch_id, t.bin_id, t.units, t.document_kind, t.document_number, by_actor, picked_at,
               'picked:' || t.id || ':' || t.bin_id
        FROM taken t ORDER BY t.id, t.bin_id
        RETURNING m.stock_id, m.batch_id, m.from_bin_id, m.units
    ), bins_kept AS (
        UPDATE catalog_binstock i SET units = i.units - d.units
        FROM (SELECT stock_id, batch_id, from_bin_id, sum(units) AS units FROM moved GROUP BY 1, 2, 3) AS d
        WHERE i.stock_id = d.stock_id AND i.batch_id IS NOT DISTINCT FROM d.batch_id AND i.bin_id = d.from_bin_id
    ), noted AS (
        UPDATE catalog_reservation r SET picked = r.units FROM wanted w WHERE r.id = w.id RETURNING w.units
    )
    SELECT coalesce(sum(units), 0) INTO picks FROM noted;
    RETURN picks;
END
$body$;
"""

IN_THE_HOUSE = "'available', 'reserved', 'quarantine', 'damaged', 'inspecting'"
FOLLOWED = (
    POST.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace("    missing bigint;\n", "    missing bigint;\n    left_ids bigint[];\n    left_stock bigint[];\n")
    .replace(
        "RETURNING m.stock_id, m.batch_id, m.units, m.from_state, m.to_state\n",
        "RETURNING m.id, m.stock_id, m.batch_id, m.units, m.from_state, m.to_state\n",
    )
    .replace(
        "    )\n    SELECT (SELECT count(*) FROM posted),",
        f"""    ), left_house AS (
        SELECT p.id, p.stock_id FROM posted p
        WHERE p.from_state IN ({IN_THE_HOUSE})
          AND NOT (p.from_state IN ('available', 'reserved') AND p.to_state IN ('available', 'reserved'))
    )
    SELECT (SELECT array_agg(id) FROM left_house), (SELECT array_agg(stock_id) FROM left_house),
           (SELECT count(*) FROM posted),""",
    )
    .replace("INTO written, missing;", "INTO left_ids, left_stock, written, missing;")
    .replace(
        "    RETURN written;",
        """    IF left_ids IS NOT NULL
       AND EXISTS (SELECT FROM catalog_binstock i WHERE i.stock_id = ANY(left_stock) AND i.units > 0) THEN
        PERFORM catalog_bins_follow(left_ids, actor, posted_at);
    END IF;
    RETURN written;""",
    )
)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_places_and_supply")]
    operations = [
        migrations.AddConstraint(
            model_name="bin",
            constraint=models.CheckConstraint(
                condition=models.Q(code=Upper("code")), name="bin_code_in_capitals"
            ),
        ),
        migrations.AddIndex(
            model_name='bin',
            index=models.Index(fields=['warehouse', 'sequence', 'code'], name='bin_in_sequence'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='zone',
            trigger=pgtrigger.compiler.Trigger(name='keeps_what_its_bins_hold', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."warehouse_id" IS DISTINCT FROM (NEW."warehouse_id"))', func="\n                    IF NEW.warehouse_id <> OLD.warehouse_id\n                       AND EXISTS (SELECT FROM catalog_bin WHERE zone_id = NEW.id) THEN\n                        RAISE EXCEPTION 'zone % has bins; it stays in its warehouse', NEW.code\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    IF EXISTS (SELECT FROM catalog_binstock i JOIN catalog_bin n ON n.id = i.bin_id\n                               WHERE n.zone_id = NEW.id AND i.units > 0) THEN\n                        RAISE EXCEPTION 'zone % holds units; empty its bins before it becomes another', NEW.code\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='8d3b06515ea46a17009472596bd19bbffac38232', operation='UPDATE OF "kind", "warehouse_id"', pgid='pgtrigger_keeps_what_its_bins_hold_3c435', table='catalog_zone', when='BEFORE')),
        ),
        migrations.RunSQL(MOVE, "DROP FUNCTION catalog_move_units(json, text, timestamptz)"),
        migrations.RunSQL(FOLLOW, "DROP FUNCTION catalog_bins_follow(bigint[], text, timestamptz)"),
        migrations.RunSQL(PICK, "DROP FUNCTION catalog_pick_units(bigint[], text, timestamptz)"),
        migrations.RunSQL(FOLLOWED, POST.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
    ]
