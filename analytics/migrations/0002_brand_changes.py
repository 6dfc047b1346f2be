"""Changes of the catalogue that move orders from one brand to another are noted for the figures.

No signal tells of them all: products and SKUs are also edited by hand, in bulk, and lines find their SKU late.
A full join can't be planned as a nested loop, so that a change of thousands of rows doesn't become quadratic.
"""

from django.db import migrations

WATCHED = (
    ("brand", "catalog_brand", "code"),
    ("product", "catalog_product", "brand_id"),
    ("sku", "catalog_sku", "product_id"),
    ("line", "orders_orderline", "sku_id"),
)

CREATE = """
CREATE FUNCTION analytics_{kind}_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO analytics_changedgoods (kind, row_id)
    SELECT '{kind}', n.id FROM old_rows o FULL JOIN new_rows n ON n.id = o.id
    WHERE o.{column} IS DISTINCT FROM n.{column};
    RETURN NULL;
END
$body$;
CREATE TRIGGER analytics_{kind}_changed AFTER UPDATE ON {table}
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION analytics_{kind}_changed();
"""

DROP = """
DROP TRIGGER analytics_{kind}_changed ON {table};
DROP FUNCTION analytics_{kind}_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0001_initial"),
        ("catalog", "0001_initial"),
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            CREATE.format(kind=kind, table=table, column=column), DROP.format(kind=kind, table=table)
        )
        for kind, table, column in WATCHED
    ]
