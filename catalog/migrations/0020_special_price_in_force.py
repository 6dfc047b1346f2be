"""Find the special price of a moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # prices are written while the index is built
    dependencies = [("catalog", "0019_special_prices")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY special_price_in_force"
                    " ON catalog_price (sku_id, channel_id, until) WHERE until IS NOT NULL",
                    "DROP INDEX CONCURRENTLY special_price_in_force",
                ),
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="price",
                    index=models.Index(
                        condition=models.Q(("until__isnull", False)),
                        fields=["sku", "channel", "until"],
                        name="special_price_in_force",
                    ),
                ),
            ],
        ),
    ]
