"""What orders hold that lie picked or packed is off its shelf."""

from django.db import migrations

NOTE = """
    UPDATE catalog_reservation r SET picked = r.units FROM orders_order o
    WHERE r.document_kind = 'order' AND r.document_number = o.number AND r.status = 'held'
      AND o.status IN ('picked', 'packed') AND r.picked = 0
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_shops_offer_goods"), ("catalog", "0007_places_and_supply")]
    operations = [migrations.RunSQL(NOTE, migrations.RunSQL.noop)]
