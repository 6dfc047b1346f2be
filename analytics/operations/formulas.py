"""The statements that add up the rows of shops' days. Each takes the days as JSON of (shop_id, day).

How an order counts for brands: it counts for each brand of which it has a line; the amounts are those of the
lines. A line whose SKU isn't in the catalogue, and an order without lines, count for key ''. What belongs to no
line (freight, for one) is added to the amounts of key '', so that the keys add up to the total.

A refund is that of the lines where a line carries one. Else the order's refund is shared over its lines in
proportion to their amounts, by largest remainder, ties to the earlier line, up to what the lines are worth.
What is left of the refund either way goes to key ''. So a full refund leaves exactly zero in every key.
"""

from __future__ import annotations

from typing import Final

_DAYS: Final = "json_to_recordset(%(days)s) AS w(shop_id bigint, day date)"

DELETE_ORDER_FIGURES: Final = f"""
    DELETE FROM analytics_orderfigures f USING {_DAYS}
    WHERE f.dimension IN ('total', 'brand', 'region') AND f.day = w.day AND f.shop_id = w.shop_id
"""

DELETE_BUYER_DAYS: Final = f"""
    DELETE FROM analytics_buyerday f USING {_DAYS}
    WHERE f.dimension IN ('total', 'brand', 'region') AND f.day = w.day AND f.shop_id = w.shop_id
"""

# No CTE is joined to another: without statistics of them, that could become quadratic.
INSERT_ORDER_FIGURES: Final = f"""
    WITH o AS MATERIALIZED (
        SELECT o.id, o.shop_id, o.placed_on AS day, o.customer_id, o.province, o.paid_at IS NOT NULL AS paid,
               o.total, CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.refund_amount END AS refund
        FROM {_DAYS} JOIN orders_order o ON o.shop_id = w.shop_id AND o.placed_on = w.day
        WHERE o.undone_at IS NULL
    ), weighed AS (
        SELECT o.id, o.shop_id, o.day, o.customer_id, o.province, o.paid, o.refund, l.position, l.units, l.amount,
               COALESCE(b.code, '') AS brand, CASE WHEN o.paid THEN l.refund_amount ELSE 0 END AS own_refund,
               sum(l.amount) OVER whole AS worth, bool_or(l.refund_amount > 0) OVER whole AS has_own_refund
        FROM o JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN catalog_sku s ON s.id = l.sku_id
        LEFT JOIN catalog_product p ON p.id = s.product_id
        LEFT JOIN catalog_brand b ON b.id = p.brand_id
        WINDOW whole AS (PARTITION BY o.id)
    ), parts AS (
        SELECT *, NOT has_own_refund AND refund > 0 AND worth > 0 AS shares, LEAST(refund, worth) * 100 AS cents,
               div(LEAST(refund, worth) * 100 * amount, NULLIF(worth, 0)) AS part,
               mod(LEAST(refund, worth) * 100 * amount, NULLIF(worth, 0)) AS remainder
        FROM weighed
    ), line AS (
        SELECT id, shop_id, day, customer_id, province, paid, brand, units, amount,
               CASE WHEN shares THEN (part + (rank <= left_over)::int) / 100 ELSE own_refund END AS refund
        FROM (
            SELECT *, cents - sum(part) OVER (PARTITION BY id) AS left_over,
                   row_number() OVER (PARTITION BY id ORDER BY remainder DESC, position) AS rank
            FROM parts
        ) ranked
    ), entry AS MATERIALIZED (
        SELECT d.dimension, d.key, o.day, o.shop_id, o.id, o.customer_id, o.paid,
               d.dimension <> 'brand' OR NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = o.id) AS counts,
               o.total AS amount, o.refund, 0 AS units
        FROM o CROSS JOIN LATERAL (VALUES ('total', ''), ('brand', ''), ('region', o.province)) AS d(dimension, key)
        UNION ALL
        SELECT d.dimension, d.key, day, shop_id, id, customer_id, paid, d.counts, d.amount, d.refund, d.units
        FROM line CROSS JOIN LATERAL (VALUES
            ('total', '', FALSE, 0, 0, units),
            ('region', province, FALSE, 0, 0, units),
            ('brand', brand, TRUE, amount, refund, units),
            ('brand', '', FALSE, -amount, -refund, 0)
        ) AS d(dimension, key, counts, amount, refund, units)
    ), buyers AS (
        INSERT INTO analytics_buyerday (dimension, day, shop_id, key, customer_id)
        SELECT DISTINCT dimension, day, shop_id, key, customer_id FROM entry
        WHERE counts AND paid AND customer_id IS NOT NULL
    )
    INSERT INTO analytics_orderfigures (dimension, day, shop_id, key, orders_created, orders_paid, gmv_created,
                                        gmv_paid, refund_amount, units_sold, computed_at)
    SELECT dimension, day, shop_id, key,
           count(DISTINCT id) FILTER (WHERE counts), count(DISTINCT id) FILTER (WHERE counts AND paid),
           sum(amount), COALESCE(sum(amount) FILTER (WHERE paid), 0), sum(refund),
           COALESCE(sum(units) FILTER (WHERE paid), 0), %(at)s
    FROM entry GROUP BY dimension, day, shop_id, key
    HAVING bool_or(counts) OR sum(amount) <> 0 OR sum(amount) FILTER (WHERE paid) <> 0 OR sum(refund) <> 0
"""

# A shop that is NULL is found by an index only where it is asked for by itself.
_FEEDBACK_DAYS: Final = """
    SELECT {columns} FROM {table} f JOIN json_to_recordset(%(days)s) AS w(shop_id bigint, day date)
        ON f.shop_id = w.shop_id AND f.{day} = w.day
    UNION ALL
    SELECT {columns} FROM {table} f JOIN json_to_recordset(%(days)s) AS w(shop_id bigint, day date)
        ON f.shop_id IS NULL AND w.shop_id IS NULL AND f.{day} = w.day
"""

DELETE_FEEDBACK_FIGURES: Final = f"""
    DELETE FROM analytics_feedbackfigures WHERE id IN (
        {_FEEDBACK_DAYS.format(columns="f.id", table="analytics_feedbackfigures", day="day")}
    )
"""

INSERT_FEEDBACK_FIGURES: Final = f"""
    INSERT INTO analytics_feedbackfigures (dimension, day, shop_id, key, feedback_items, feedback_rated,
                                           feedback_negative, computed_at)
    SELECT d.dimension, i.received_on, i.shop_id, d.key, count(*), count(i.is_negative),
           count(*) FILTER (WHERE i.is_negative), %(at)s
    FROM (
        {
    _FEEDBACK_DAYS.format(
        columns="f.shop_id, f.received_on, f.brand_id, f.is_negative, f.undone_at",
        table="feedback_feedbackitem",
        day="received_on",
    )
}
    ) i
    LEFT JOIN catalog_brand b ON b.id = i.brand_id
    CROSS JOIN LATERAL (VALUES ('total', ''), ('brand', COALESCE(b.code, ''))) AS d(dimension, key)
    WHERE i.undone_at IS NULL
    GROUP BY d.dimension, i.received_on, i.shop_id, d.key
"""
