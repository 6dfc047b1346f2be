import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60, unique=True, verbose_name="code")),
                ("last", models.BigIntegerField(default=0, verbose_name="last number")),
            ],
            options={
                "verbose_name": "number series",
                "verbose_name_plural": "number series",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("last__gte", 0)), name="series_not_negative")
                ],
            },
        ),
        migrations.CreateModel(
            name="StateMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document_kind", models.CharField(max_length=40, verbose_name="document kind")),
                ("document_number", models.CharField(max_length=60, verbose_name="document number")),
                ("from_status", models.CharField(blank=True, max_length=30, verbose_name="from")),
                ("to_status", models.CharField(max_length=30, verbose_name="to")),
                ("actor", models.CharField(max_length=160, verbose_name="actor")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "move",
                "verbose_name_plural": "record of moves",
                "indexes": [
                    models.Index(fields=["document_kind", "document_number", "id"], name="move_of_document")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("actor", ""), _negated=True), name="move_has_an_actor"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key_digest", models.BinaryField(max_length=32)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status_code", models.PositiveSmallIntegerField()),
                ("body", models.BinaryField()),
                ("content_type", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "stored answer",
                "verbose_name_plural": "stored answers",
                "indexes": [models.Index(fields=["created_at"], name="answer_by_age")],
                "constraints": [models.UniqueConstraint(fields=("user", "key_digest"), name="answer_of_key")],
            },
        ),
        migrations.RunSQL("CREATE SEQUENCE number_order", "DROP SEQUENCE number_order"),
        migrations.RunSQL("CREATE SEQUENCE number_stock_document", "DROP SEQUENCE number_stock_document"),
        migrations.RunSQL("CREATE SEQUENCE number_import_run", "DROP SEQUENCE number_import_run"),
        migrations.RunSQL("CREATE SEQUENCE number_customer", "DROP SEQUENCE number_customer"),
    ]
