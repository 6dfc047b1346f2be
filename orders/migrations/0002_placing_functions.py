"""The two hot statements of placing orders. A session keeps their plans; as text, each order would be planned anew.

``orders_find_standing`` answers, for each wanted (shop, platform number) by its place ``i``, the order that stands, or
the id and number that a new one is to have. In ``orders_write_orders``, ``customers`` holds who bought which order:
those who come for the first time are created, nobody is locked.
"""

from django.db import migrations

FIND = """
CREATE FUNCTION orders_find_standing(wanted json) RETURNS TABLE (
    i int, id bigint, number text, platform_number text, status text, content_hash bytea,
    new_id bigint, new_number text
) LANGUAGE plpgsql AS $body$
BEGIN
    RETURN QUERY
    SELECT r.i, o.id, o.number::text, o.platform_number::text, o.status::text, o.content_hash,
           CASE WHEN o.id IS NULL THEN nextval('orders_order_id_seq') END,
           CASE WHEN o.id IS NULL THEN 'SO' || to_char(nextval('number_order'), 'FM9999999999900000000') END
    FROM json_to_recordset(wanted) AS r(i int, shop bigint, number text)
    LEFT JOIN orders_order o
        ON o.shop_id = r.shop AND o.platform_number = r.number AND o.undone_at IS NULL;
END
$body$;
"""
WRITE = """
CREATE FUNCTION orders_write_orders(
    customers json, orders json, lines json, births json, written_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO orders_customer (shop_id, buyer_key, sealed, created_at)
    SELECT DISTINCT ON (shop_id, buyer_key) shop_id, buyer_key, sealed, written_at
    FROM json_to_recordset(customers) AS b(shop_id bigint, buyer_key bytea, sealed bytea)
    ORDER BY shop_id, buyer_key
    ON CONFLICT DO NOTHING;

    INSERT INTO orders_order (
        shop_id, platform_number, refund_status, placed_at, placed_on, paid_at, ship_by, currency,
        goods_amount, discount_amount, freight, total, paid_amount, receivable, refund_amount, buyer_sealed,
        phone_key, province, city, remark, touches_stock, content_hash, id, number, status, review_by,
        warehouse_id, created_at, updated_at, customer_id
    )
    SELECT r.shop_id, r.platform_number, r.refund_status, r.placed_at, r.placed_on, r.paid_at, r.ship_by,
           r.currency, r.goods_amount, r.discount_amount, r.freight, r.total, r.paid_amount, r.receivable,
           r.refund_amount, r.buyer_sealed, r.phone_key, r.province, r.city, r.remark, r.touches_stock,
           r.content_hash, r.id, r.number, r.status, r.review_by, r.warehouse_id, r.created_at, r.updated_at, c.id
    FROM json_to_recordset(orders) AS r(
            shop_id bigint, platform_number varchar(60), refund_status varchar(10),
            placed_at timestamp with time zone, placed_on date, paid_at timestamp with time zone,
            ship_by timestamp with time zone, currency varchar(3), goods_amount numeric(14, 2),
            discount_amount numeric(14, 2), freight numeric(14, 2), total numeric(14, 2),
            paid_amount numeric(14, 2), receivable numeric(14, 2), refund_amount numeric(14, 2),
            buyer_sealed bytea, phone_key bytea, province varchar(40), city varchar(60), remark varchar(500),
            touches_stock boolean, content_hash bytea, id bigint, number varchar(30), status varchar(12),
            review_by timestamp with time zone, warehouse_id bigint, created_at timestamp with time zone,
            updated_at timestamp with time zone
        )
    LEFT JOIN json_to_recordset(customers) AS b(order_id bigint, shop_id bigint, buyer_key bytea)
        ON b.order_id = r.id
    LEFT JOIN orders_customer c ON c.shop_id = b.shop_id AND c.buyer_key = b.buyer_key
    ORDER BY r.shop_id, r.platform_number;

    INSERT INTO orders_orderline (
        position, sku_code, title, units, unit_price, discount_amount, amount, paid_amount, receivable,
        refund_amount, platform_line_number, is_gift, order_id, sku_id
    )
    SELECT position, sku_code, title, units, unit_price, discount_amount, amount, paid_amount, receivable,
        refund_amount, platform_line_number, is_gift, order_id, sku_id
    FROM json_to_recordset(lines) AS r(
            position integer, sku_code varchar(120), title varchar(300), units integer,
            unit_price numeric(14, 2), discount_amount numeric(14, 2), amount numeric(14, 2),
            paid_amount numeric(14, 2), receivable numeric(14, 2), refund_amount numeric(14, 2),
            platform_line_number varchar(60), is_gift boolean, order_id bigint, sku_id bigint
        );

    INSERT INTO lib_statemove (
        document_kind, document_number, from_status, to_status, actor, user_id, reason, at
    )
    SELECT document_kind, document_number, from_status, to_status, actor, user_id, reason, at
    FROM json_populate_recordset(NULL::lib_statemove, births);
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("lib", "0001_initial")]
    operations = [
        migrations.RunSQL(FIND, "DROP FUNCTION orders_find_standing(json)"),
        migrations.RunSQL(WRITE, "DROP FUNCTION orders_write_orders(json, json, json, json, timestamptz)"),
    ]
