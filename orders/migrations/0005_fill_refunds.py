"""Orders that stand: put their refunds on lines, none above what the line is worth, and note them.

What the lines say stays where it adds up with the freight; elsewhere the lines are filled from the first.
"""

from django.db import migrations

SPREAD = """
WITH l AS (
    SELECT l.id, l.amount, l.refund_amount, o.refund_amount AS whole, o.freight,
           sum(l.amount) OVER (PARTITION BY l.order_id ORDER BY l.position) - l.amount AS before,
           sum(l.refund_amount) OVER (PARTITION BY l.order_id) AS told,
           bool_and(l.refund_amount <= l.amount) OVER (PARTITION BY l.order_id) AS fits
    FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
    WHERE o.refund_amount > 0 OR l.refund_amount > 0
)
UPDATE orders_orderline SET refund_amount = LEAST(GREATEST(l.whole - l.before, 0), l.amount)
FROM l
WHERE orders_orderline.id = l.id
  AND NOT (l.fits AND l.told <= l.whole AND l.whole - l.told <= l.freight)
  AND orders_orderline.refund_amount <> LEAST(GREATEST(l.whole - l.before, 0), l.amount)
"""
NOTE = """
WITH o AS (
    SELECT o.id, o.refund_amount, o.updated_at, (o.updated_at AT TIME ZONE s.timezone)::date AS refunded_on
    FROM orders_order o JOIN orders_shop s ON s.id = o.shop_id
    WHERE o.refund_amount > 0 AND o.undone_at IS NULL
), parts AS (
    SELECT o.id AS order_id, l.id AS line_id, l.position, l.refund_amount AS amount
    FROM o JOIN orders_orderline l ON l.order_id = o.id
    UNION ALL
    SELECT o.id, NULL, NULL, o.refund_amount - COALESCE(
        (SELECT sum(l.refund_amount) FROM orders_orderline l WHERE l.order_id = o.id), 0)
    FROM o
)
INSERT INTO orders_refund (order_id, line_id, amount, refunded_at, refunded_on, is_correction, actor)
SELECT parts.order_id, parts.line_id, parts.amount, o.updated_at, o.refunded_on, false, 'system:migration'
FROM parts JOIN o ON o.id = parts.order_id
WHERE parts.amount > 0
ORDER BY parts.order_id, parts.position
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_refund")]
    operations = [
        migrations.RunSQL(SPREAD, migrations.RunSQL.noop),
        migrations.RunSQL(NOTE, migrations.RunSQL.noop),
    ]
