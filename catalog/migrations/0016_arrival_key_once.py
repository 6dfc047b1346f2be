"""The same counting of an arrival is booked once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # papers are written while the index is built
    dependencies = [("catalog", "0015_arrivals_once")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY stock_line_key_once"
                    " ON catalog_stockdocumentline (document_id, key) WHERE key <> ''",
                    "DROP INDEX CONCURRENTLY stock_line_key_once",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="stockdocumentline",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("document", "key"),
                        name="stock_line_key_once",
                    ),
                ),
            ],
        ),
    ]
