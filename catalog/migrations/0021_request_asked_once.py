"""A request of the same form is asked once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # requests are written while the index is built
    dependencies = [("catalog", "0020_special_price_in_force")]
    operations = [
        migrations.AddField(
            model_name="stockrequest",
            name="source_key",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=60),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY request_asked_once"
                    " ON catalog_stockrequest (source_key) WHERE NOT source_key = ''",
                    "DROP INDEX CONCURRENTLY request_asked_once",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="stockrequest",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("source_key", ""), _negated=True),
                        fields=("source_key",),
                        name="request_asked_once",
                    ),
                ),
            ],
        ),
    ]
