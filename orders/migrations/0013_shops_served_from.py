"""The catalogue knows from which warehouses shops are served."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

SERVED = """
INSERT INTO catalog_channelwarehouse (channel_id, warehouse_id)
SELECT c.id, w.warehouse_id FROM orders_shopwarehouse w
JOIN orders_shop s ON s.id = w.shop_id JOIN catalog_channel c ON c.code = s.code
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0010_shown_stock'),
        ('orders', '0012_units_off_the_shelf'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='shopwarehouse',
            trigger=pgtrigger.compiler.Trigger(name='served_from', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n        DELETE FROM catalog_channelwarehouse k\n        USING catalog_channel c, orders_shop s\n        WHERE k.channel_id = c.id AND c.code = s.code AND s.id IN (OLD.shop_id, NEW.shop_id)\n          AND NOT EXISTS (SELECT 1 FROM orders_shopwarehouse w\n                          WHERE w.shop_id = s.id AND w.warehouse_id = k.warehouse_id);\n        INSERT INTO catalog_channelwarehouse (channel_id, warehouse_id)\n        SELECT c.id, w.warehouse_id FROM orders_shopwarehouse w\n        JOIN orders_shop s ON s.id = w.shop_id JOIN catalog_channel c ON c.code = s.code\n        WHERE w.shop_id IN (OLD.shop_id, NEW.shop_id)\n        ON CONFLICT DO NOTHING;\n        RETURN NULL;\n    ', hash='c070226de535fedee02f3aada44873080c1d1d88', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_served_from_aff49', table='orders_shopwarehouse', when='AFTER')),
        ),
        migrations.RunSQL(SERVED, migrations.RunSQL.noop),
    ]
