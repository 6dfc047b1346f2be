from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_owner_and_intercepts")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE orders_order VALIDATE CONSTRAINT orders_order_owner_id_fk", migrations.RunSQL.noop
        ),
    ]
