"""Who hears of a brand, and the one way to record: numbers, events and deliveries in one statement with a kept plan."""

from django.db import migrations

HEARS = """
CREATE FUNCTION outbox_hears(owner bigint, brand text) RETURNS boolean LANGUAGE sql STABLE AS $body$
    SELECT EXISTS (
        SELECT FROM accounts_user u
        WHERE u.id = owner AND u.is_active AND (
            u.is_superuser
            OR ('brand_partner' <> ALL (u.roles) AND u.roles && ARRAY['operations_manager', 'management', 'finance']::varchar[])
            OR EXISTS (SELECT FROM accounts_grant g WHERE g.user_id = u.id AND g.kind = 'brand' AND g.code = brand)))
$body$
"""

RECORD = """
CREATE FUNCTION outbox_record(given json, actor text, occurred timestamptz, only_to bigint) RETURNS bigint
LANGUAGE plpgsql AS $body$
DECLARE
    waiting bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM outbox_endpoint WHERE disabled_reason <> 'closed') THEN
        RETURN 0;
    END IF;
    WITH told AS MATERIALIZED (
        SELECT e.position, b.brand, e.event ->> 'kind' AS kind, e.event ->> 'object_kind' AS object_kind,
               e.event ->> 'object_number' AS object_number, (e.event -> 'facts')::jsonb AS facts
        FROM json_array_elements(given) WITH ORDINALITY AS e(event, position)
        CROSS JOIN LATERAL json_array_elements_text(e.event -> 'brands') AS b(brand)
    ), ears AS MATERIALIZED (
        SELECT b.brand, p.id, p.kinds, p.is_active
        FROM (SELECT DISTINCT brand FROM told) b
        JOIN outbox_endpoint p ON p.id = only_to
            OR only_to IS NULL AND p.disabled_reason <> 'closed' AND outbox_hears(p.owner_id, b.brand)
    ), heard AS MATERIALIZED (
        SELECT t.*, row_number() OVER (
            PARTITION BY t.object_kind, t.object_number, t.brand ORDER BY t.position) AS nth
        FROM told t WHERE t.brand IN (SELECT brand FROM ears)
    ), numbered AS (
        INSERT INTO outbox_stream AS s (object_kind, object_number, brand, last)
        SELECT object_kind, object_number, brand, count(*) FROM heard
        GROUP BY object_kind, object_number, brand
        ORDER BY object_kind, object_number, brand
        ON CONFLICT (object_kind, object_number, brand) DO UPDATE SET last = s.last + EXCLUDED.last
        RETURNING s.id, s.object_kind, s.object_number, s.brand, s.last
    ), counted AS (
        SELECT n.*, count(*) OVER (PARTITION BY n.id) AS taken, h.position, h.nth, h.kind, h.facts
        FROM numbered n JOIN heard h USING (object_kind, object_number, brand)
    ), written AS (
        INSERT INTO outbox_event (message_id, kind, object_kind, object_number, brand, sequence, stream_id,
                                  facts, actor, occurred_at)
        SELECT gen_random_uuid(), kind, object_kind, object_number, brand, last - taken + nth, id,
               facts, outbox_record.actor, occurred
        FROM counted ORDER BY position, brand
        RETURNING id, kind, brand, stream_id, sequence
    ), delivered AS (
        INSERT INTO outbox_delivery (event_id, endpoint_id, stream_id, sequence, status, attempts, next_at,
                                     created_at, updated_at)
        SELECT w.id, e.id, w.stream_id, w.sequence, 'pending', 0, occurred, occurred, occurred
        FROM written w JOIN ears e ON e.brand = w.brand
        WHERE e.is_active AND (only_to IS NOT NULL OR e.kinds = '{}' OR w.kind = ANY (e.kinds))
        ORDER BY w.id, e.id
        RETURNING 1
    )
    SELECT count(*) INTO waiting FROM delivered;
    RETURN waiting;
END
$body$
"""


class Migration(migrations.Migration):

    dependencies = [("outbox", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(HEARS, "DROP FUNCTION outbox_hears(bigint, text)"),
        migrations.RunSQL(RECORD, "DROP FUNCTION outbox_record(json, text, timestamptz, bigint)"),
    ]
