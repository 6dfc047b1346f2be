"""Places in a warehouse, deliveries, requests, counts; demand, limits, alerts and replenishment."""

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_listings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE number_inbound_delivery", "DROP SEQUENCE number_inbound_delivery"),
        migrations.RunSQL("CREATE SEQUENCE number_stock_request", "DROP SEQUENCE number_stock_request"),
        migrations.RunSQL("CREATE SEQUENCE number_stocktake", "DROP SEQUENCE number_stocktake"),
        migrations.RunSQL("CREATE SEQUENCE number_stock_alert", "DROP SEQUENCE number_stock_alert"),
        migrations.RunSQL("CREATE SEQUENCE number_replenishment", "DROP SEQUENCE number_replenishment"),
        migrations.CreateModel(
            name="Bin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="bin")),
                (
                    "sequence",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="pick sequence"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "bin",
                "verbose_name_plural": "bins",
            },
        ),
        migrations.CreateModel(
            name="BinMovement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.BigIntegerField(verbose_name="units")),
                ("document_kind", models.CharField(max_length=20, verbose_name="document kind")),
                ("document_number", models.CharField(max_length=60, verbose_name="document number")),
                ("actor", models.CharField(max_length=160, verbose_name="actor")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("key", models.CharField(max_length=160, unique=True)),
            ],
            options={
                "verbose_name": "bin movement",
                "verbose_name_plural": "bin movements",
            },
        ),
        migrations.CreateModel(
            name="BinStock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.BigIntegerField(db_default=0, default=0, verbose_name="units")),
            ],
            options={
                "verbose_name": "bin balance",
                "verbose_name_plural": "bin balances",
            },
        ),
        migrations.CreateModel(
            name="CampaignPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="to")),
                (
                    "uplift",
                    models.DecimalField(
                        decimal_places=2,
                        default=1,
                        max_digits=6,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="times the usual demand",
                    ),
                ),
            ],
            options={
                "verbose_name": "campaign period",
                "verbose_name_plural": "campaign periods",
            },
        ),
        migrations.CreateModel(
            name="Count",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "to count"),
                            ("agrees", "agrees"),
                            ("differs", "differs"),
                            ("recounted", "recounted"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("is_open", models.BooleanField(default=True, verbose_name="under way")),
                ("booked", models.BigIntegerField(null=True, verbose_name="by the books")),
                ("counted", models.BigIntegerField(null=True, verbose_name="counted")),
                ("counted_at", models.DateTimeField(null=True, verbose_name="counted at")),
                ("rebooked", models.BigIntegerField(null=True, verbose_name="by the books at the recount")),
                ("recounted", models.BigIntegerField(null=True, verbose_name="recounted")),
                ("recounted_at", models.DateTimeField(null=True, verbose_name="recounted at")),
                (
                    "posted",
                    models.BigIntegerField(
                        default=0, help_text="Units of the last count's difference.", verbose_name="entered so far"
                    ),
                ),
            ],
            options={
                "verbose_name": "count",
                "verbose_name_plural": "counts",
            },
        ),
        migrations.CreateModel(
            name="CountPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "goods",
                    models.CharField(
                        blank=True,
                        choices=[("A", "A"), ("B", "B"), ("C", "C")],
                        default="",
                        max_length=1,
                        verbose_name="goods",
                    ),
                ),
                ("every_days", models.PositiveIntegerField(default=90, verbose_name="every (days)")),
                ("places_a_day", models.PositiveIntegerField(default=30, verbose_name="places a day")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "count plan",
                "verbose_name_plural": "count plans",
            },
        ),
        migrations.CreateModel(
            name="DailyDemand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("units", models.PositiveBigIntegerField(default=0, verbose_name="units")),
                ("was_out", models.BooleanField(default=False, verbose_name="out of stock")),
            ],
            options={
                "verbose_name": "demand of a day",
                "verbose_name_plural": "demand by day",
            },
        ),
        migrations.CreateModel(
            name="InboundDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                ("goods_owner", models.CharField(max_length=40, verbose_name="owner")),
                ("supplier", models.CharField(blank=True, max_length=120, verbose_name="supplier")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ordered", "ordered"),
                            ("expected", "expected"),
                            ("receiving", "being received"),
                            ("received", "received"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("form", "form"),
                            ("file", "file"),
                            ("api", "API"),
                            ("replenishment", "replenishment"),
                            ("unannounced", "came unannounced"),
                        ],
                        max_length=14,
                        verbose_name="came by",
                    ),
                ),
                ("source_key", models.CharField(blank=True, max_length=120, verbose_name="sender's number")),
                ("tracking", models.CharField(blank=True, max_length=120, verbose_name="waybill")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("promised_on", models.DateField(verbose_name="promised for")),
                ("expected_on", models.DateField(verbose_name="expected on")),
                ("arrived_on", models.DateField(blank=True, null=True, verbose_name="arrived on")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
            ],
            options={
                "verbose_name": "inbound delivery",
                "verbose_name_plural": "inbound deliveries",
            },
        ),
        migrations.CreateModel(
            name="InboundLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="position")),
                ("promised", models.PositiveBigIntegerField(verbose_name="promised")),
                (
                    "received",
                    models.PositiveBigIntegerField(db_default=0, default=0, verbose_name="received"),
                ),
                (
                    "damaged",
                    models.PositiveBigIntegerField(db_default=0, default=0, verbose_name="of them damaged"),
                ),
            ],
            options={
                "verbose_name": "line of a delivery",
                "verbose_name_plural": "lines of a delivery",
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "units",
                    models.BigIntegerField(
                        help_text="Below zero: fewer than the books said.", verbose_name="units"
                    ),
                ),
                ("document_number", models.CharField(max_length=60, verbose_name="document number")),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "entry of a count",
                "verbose_name_plural": "entries of a count",
            },
        ),
        migrations.CreateModel(
            name="Replenishment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                ("goods_owner", models.CharField(max_length=40, verbose_name="owner")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "suggested"),
                            ("approved", "approved"),
                            ("ordered", "ordered"),
                            ("dismissed", "dismissed"),
                            ("overtaken", "reckoned anew"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("suggested", models.PositiveBigIntegerField(verbose_name="suggested")),
                ("units", models.PositiveBigIntegerField(verbose_name="units")),
                ("runs_out_on", models.DateField(null=True, verbose_name="runs out on")),
                ("reasoning", models.JSONField(verbose_name="reasoning")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
            ],
            options={
                "verbose_name": "replenishment",
                "verbose_name_plural": "replenishments",
            },
        ),
        migrations.CreateModel(
            name="StockAlert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("out", "sold out"),
                            ("low", "too few"),
                            ("over", "too many"),
                            ("near_expiry", "near its date"),
                            ("stop_sale", "past its last day of sale"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "open"), ("acknowledged", "acknowledged"), ("closed", "over")],
                        default="open",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("units", models.BigIntegerField(verbose_name="units")),
                ("limit", models.BigIntegerField(null=True, verbose_name="limit")),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("acknowledged_at", models.DateTimeField(null=True, verbose_name="acknowledged at")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed at")),
                ("told_at", models.DateTimeField(null=True, verbose_name="told at")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
            ],
            options={
                "verbose_name": "stock alert",
                "verbose_name_plural": "stock alerts",
            },
        ),
        migrations.CreateModel(
            name="StockLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("low", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="warn below")),
                ("high", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="warn above")),
                ("is_computed", models.BooleanField(default=False, verbose_name="computed")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
            ],
            options={
                "verbose_name": "stock limit",
                "verbose_name_plural": "stock limits",
            },
        ),
        migrations.CreateModel(
            name="StockRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due at")),
                (
                    "platform_due_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="due on the platform at"),
                ),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="clock stands since")),
                (
                    "time_left",
                    models.DurationField(blank=True, null=True, verbose_name="time left on the clock"),
                ),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[("adjustment", "adjustment"), ("return_to_owner", "return to owner")],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("damage", "damaged in the house"),
                            ("loss", "not to be found"),
                            ("found", "found again"),
                            ("expired", "past its date"),
                            ("wrong_entry", "entered wrongly"),
                            ("sample", "used as a sample"),
                            ("mirror", "their books say otherwise"),
                            ("end_of_contract", "end of the contract"),
                            ("slow", "doesn't sell"),
                            ("other", "other"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "to approve"),
                            ("posted", "approved and booked"),
                            ("rejected", "rejected"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
            ],
            options={
                "verbose_name": "stock request",
                "verbose_name_plural": "stock requests",
            },
        ),
        migrations.CreateModel(
            name="StockRequestLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="position")),
                ("goods_owner", models.CharField(max_length=40, verbose_name="owner")),
                ("units", models.PositiveBigIntegerField(verbose_name="units")),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("outside", "outside"),
                            ("available", "available"),
                            ("reserved", "reserved"),
                            ("shipped", "shipped"),
                            ("sold", "sold"),
                            ("returning", "returning"),
                            ("inspecting", "inspecting"),
                            ("quarantine", "quarantine"),
                            ("damaged", "damaged"),
                            ("in_transit", "in transit"),
                            ("lost", "lost"),
                        ],
                        max_length=12,
                        verbose_name="from",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("outside", "outside"),
                            ("available", "available"),
                            ("reserved", "reserved"),
                            ("shipped", "shipped"),
                            ("sold", "sold"),
                            ("returning", "returning"),
                            ("inspecting", "inspecting"),
                            ("quarantine", "quarantine"),
                            ("damaged", "damaged"),
                            ("in_transit", "in transit"),
                            ("lost", "lost"),
                        ],
                        max_length=12,
                        verbose_name="to",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a request",
                "verbose_name_plural": "lines of a request",
            },
        ),
        migrations.CreateModel(
            name="Stocktake",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due at")),
                (
                    "platform_due_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="due on the platform at"),
                ),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="clock stands since")),
                (
                    "time_left",
                    models.DurationField(blank=True, null=True, verbose_name="time left on the clock"),
                ),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("full", "whole warehouse"),
                            ("cycle", "cycle count"),
                            ("spot", "spot check"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("counting", "being counted"),
                            ("recounting", "differences being recounted"),
                            ("review", "to approve"),
                            ("posted", "approved and booked"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("scope", models.JSONField(default=dict, verbose_name="what is counted")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
            ],
            options={
                "verbose_name": "stocktake",
                "verbose_name_plural": "stocktakes",
            },
        ),
        migrations.CreateModel(
            name="SupplyTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("supplier", models.CharField(blank=True, max_length=120, verbose_name="supplier")),
                ("lead_days", models.PositiveIntegerField(default=7, verbose_name="lead time (days)")),
                (
                    "lead_spread",
                    models.DecimalField(
                        decimal_places=2,
                        default=2,
                        max_digits=6,
                        verbose_name="spread of the lead time (days)",
                    ),
                ),
                ("review_days", models.PositiveIntegerField(default=7, verbose_name="ordered every (days)")),
                (
                    "minimum_units",
                    models.PositiveIntegerField(default=1, verbose_name="minimum order (units)"),
                ),
                ("pack_units", models.PositiveIntegerField(default=1, verbose_name="units in a carton")),
                (
                    "service_level",
                    models.DecimalField(
                        decimal_places=4,
                        default="0.95",
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="service level",
                    ),
                ),
                ("is_core", models.BooleanField(default=False, verbose_name="core goods")),
            ],
            options={
                "verbose_name": "terms of supply",
                "verbose_name_plural": "terms of supply",
            },
        ),
        migrations.CreateModel(
            name="Zone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, verbose_name="code")),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("storage", "storage"),
                            ("quarantine", "quarantine"),
                            ("damaged", "damaged goods"),
                            ("returns", "returns"),
                        ],
                        default="storage",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
            ],
            options={
                "verbose_name": "zone",
                "verbose_name_plural": "zones",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="sku",
            name="audit_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="stockdocument",
            name="audit_update",
        ),
        migrations.AddField(
            model_name="reservation",
            name="picked",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="picked"),
        ),
        migrations.AddField(
            model_name="sku",
            name="near_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="From so many days before its date on a batch is near it.",
                null=True,
                verbose_name="near its date (days)",
            ),
        ),
        migrations.AddField(
            model_name="sku",
            name="receive_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="A delivery with fewer days before its date is not taken in for sale.",
                null=True,
                verbose_name="fewest days left at receipt",
            ),
        ),
        migrations.AddField(
            model_name="sku",
            name="ship_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="With fewer days before its date a batch is no longer sold.",
                null=True,
                verbose_name="fewest days left at shipping",
            ),
        ),
        migrations.AddField(
            model_name="stockdocument",
            name="delivery_number",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=30, verbose_name="inbound delivery"
            ),
        ),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=models.Q(("picked__gt", 0), ("status", "held")),
                fields=["stock", "batch"],
                name="reservation_off_the_shelf",
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["at"], name="movement_by_time"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sku",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_sku\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."code" IS DISTINCT FROM n."code" THEN \'"code":\' || json_build_array(o."code", n."code") END, CASE WHEN o."product_id" IS DISTINCT FROM n."product_id" THEN \'"product_id":\' || json_build_array(o."product_id", n."product_id") END, CASE WHEN o."name" IS DISTINCT FROM n."name" THEN \'"name":\' || json_build_array(o."name", n."name") END, CASE WHEN o."barcode" IS DISTINCT FROM n."barcode" THEN \'"barcode":\' || json_build_array(o."barcode", n."barcode") END, CASE WHEN o."list_price" IS DISTINCT FROM n."list_price" THEN \'"list_price":\' || json_build_array(o."list_price", n."list_price") END, CASE WHEN o."is_bundle" IS DISTINCT FROM n."is_bundle" THEN \'"is_bundle":\' || json_build_array(o."is_bundle", n."is_bundle") END, CASE WHEN o."tracks_batches" IS DISTINCT FROM n."tracks_batches" THEN \'"tracks_batches":\' || json_build_array(o."tracks_batches", n."tracks_batches") END, CASE WHEN o."is_active" IS DISTINCT FROM n."is_active" THEN \'"is_active":\' || json_build_array(o."is_active", n."is_active") END, CASE WHEN o."options" IS DISTINCT FROM n."options" THEN \'"options":\' || json_build_array(o."options", n."options") END, CASE WHEN o."cost" IS DISTINCT FROM n."cost" THEN \'"cost":\' || json_build_array(o."cost", n."cost") END, CASE WHEN o."floor_price" IS DISTINCT FROM n."floor_price" THEN \'"floor_price":\' || json_build_array(o."floor_price", n."floor_price") END, CASE WHEN o."reference_price" IS DISTINCT FROM n."reference_price" THEN \'"reference_price":\' || json_build_array(o."reference_price", n."reference_price") END, CASE WHEN o."price_role" IS DISTINCT FROM n."price_role" THEN \'"price_role":\' || json_build_array(o."price_role", n."price_role") END, CASE WHEN o."weight_grams" IS DISTINCT FROM n."weight_grams" THEN \'"weight_grams":\' || json_build_array(o."weight_grams", n."weight_grams") END, CASE WHEN o."length_mm" IS DISTINCT FROM n."length_mm" THEN \'"length_mm":\' || json_build_array(o."length_mm", n."length_mm") END, CASE WHEN o."width_mm" IS DISTINCT FROM n."width_mm" THEN \'"width_mm":\' || json_build_array(o."width_mm", n."width_mm") END, CASE WHEN o."height_mm" IS DISTINCT FROM n."height_mm" THEN \'"height_mm":\' || json_build_array(o."height_mm", n."height_mm") END, CASE WHEN o."packaging" IS DISTINCT FROM n."packaging" THEN \'"packaging":\' || json_build_array(o."packaging", n."packaging") END, CASE WHEN o."shelf_life_days" IS DISTINCT FROM n."shelf_life_days" THEN \'"shelf_life_days":\' || json_build_array(o."shelf_life_days", n."shelf_life_days") END, CASE WHEN o."receive_days" IS DISTINCT FROM n."receive_days" THEN \'"receive_days":\' || json_build_array(o."receive_days", n."receive_days") END, CASE WHEN o."near_days" IS DISTINCT FROM n."near_days" THEN \'"near_days":\' || json_build_array(o."near_days", n."near_days") END, CASE WHEN o."ship_days" IS DISTINCT FROM n."ship_days" THEN \'"ship_days":\' || json_build_array(o."ship_days", n."ship_days") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."code", o."product_id", o."name", o."barcode", o."list_price", o."is_bundle", o."tracks_batches", o."is_active", o."options", o."cost", o."floor_price", o."reference_price", o."price_role", o."weight_grams", o."length_mm", o."width_mm", o."height_mm", o."packaging", o."shelf_life_days", o."receive_days", o."near_days", o."ship_days") IS DISTINCT FROM ROW(n."code", n."product_id", n."name", n."barcode", n."list_price", n."is_bundle", n."tracks_batches", n."is_active", n."options", n."cost", n."floor_price", n."reference_price", n."price_role", n."weight_grams", n."length_mm", n."width_mm", n."height_mm", n."packaging", n."shelf_life_days", n."receive_days", n."near_days", n."ship_days") ; RETURN NULL;',
                    hash="22b3356034a8877a54388b685e3e873b45a06cc0",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_6d662",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_sku",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stockdocument",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockdocument\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."source_key" IS DISTINCT FROM n."source_key" THEN \'"source_key":\' || json_build_array(o."source_key", n."source_key") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END, CASE WHEN o."to_warehouse_id" IS DISTINCT FROM n."to_warehouse_id" THEN \'"to_warehouse_id":\' || json_build_array(o."to_warehouse_id", n."to_warehouse_id") END, CASE WHEN o."delivery_number" IS DISTINCT FROM n."delivery_number" THEN \'"delivery_number":\' || json_build_array(o."delivery_number", n."delivery_number") END, CASE WHEN o."actor" IS DISTINCT FROM n."actor" THEN \'"actor":\' || json_build_array(o."actor", n."actor") END, CASE WHEN o."at" IS DISTINCT FROM n."at" THEN \'"at":\' || json_build_array(o."at", n."at") END, CASE WHEN o."undone_at" IS DISTINCT FROM n."undone_at" THEN \'"undone_at":\' || json_build_array(o."undone_at", n."undone_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."kind", o."source_key", o."note", o."to_warehouse_id", o."delivery_number", o."actor", o."at", o."undone_at") IS DISTINCT FROM ROW(n."number", n."kind", n."source_key", n."note", n."to_warehouse_id", n."delivery_number", n."actor", n."at", n."undone_at") ; RETURN NULL;',
                    hash="315878cb4835add321d6e95f31b5942169fb5c81",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_cc79a",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_stockdocument",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(("picked__gte", 0), ("picked__lte", models.F("units"))),
                name="reservation_picked_within_units",
            ),
        ),
        migrations.AddField(
            model_name="bin",
            name="warehouse",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="binmovement",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.batch",
                verbose_name="batch",
            ),
        ),
        migrations.AddField(
            model_name="binmovement",
            name="from_bin",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.bin",
                verbose_name="from",
            ),
        ),
        migrations.AddField(
            model_name="binmovement",
            name="stock",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.stock",
                verbose_name="stock",
            ),
        ),
        migrations.AddField(
            model_name="binmovement",
            name="to_bin",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.bin",
                verbose_name="to",
            ),
        ),
        migrations.AddField(
            model_name="binstock",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.batch",
                verbose_name="batch",
            ),
        ),
        migrations.AddField(
            model_name="binstock",
            name="bin",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contents",
                to="catalog.bin",
                verbose_name="bin",
            ),
        ),
        migrations.AddField(
            model_name="binstock",
            name="stock",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bins",
                to="catalog.stock",
                verbose_name="stock",
            ),
        ),
        migrations.AddField(
            model_name="campaignperiod",
            name="brand",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.brand",
                verbose_name="brand",
            ),
        ),
        migrations.AddField(
            model_name="count",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.batch",
                verbose_name="batch",
            ),
        ),
        migrations.AddField(
            model_name="count",
            name="bin",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.bin",
                verbose_name="bin",
            ),
        ),
        migrations.AddField(
            model_name="count",
            name="counter",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="counted by",
            ),
        ),
        migrations.AddField(
            model_name="count",
            name="recounter",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="recounted by",
            ),
        ),
        migrations.AddField(
            model_name="count",
            name="stock",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.stock",
                verbose_name="stock",
            ),
        ),
        migrations.AddField(
            model_name="countplan",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="dailydemand",
            name="sku",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddField(
            model_name="dailydemand",
            name="warehouse",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="inbounddelivery",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.brand",
                verbose_name="brand",
            ),
        ),
        migrations.AddField(
            model_name="inbounddelivery",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="inbounddelivery",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="inboundline",
            name="delivery",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="catalog.inbounddelivery",
                verbose_name="inbound delivery",
            ),
        ),
        migrations.AddField(
            model_name="inboundline",
            name="sku",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddField(
            model_name="posting",
            name="count",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="postings",
                to="catalog.count",
                verbose_name="count",
            ),
        ),
        migrations.AddField(
            model_name="replenishment",
            name="decider",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="replenishment",
            name="delivery",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.inbounddelivery",
                verbose_name="inbound delivery",
            ),
        ),
        migrations.AddField(
            model_name="replenishment",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="replenishment",
            name="sku",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddField(
            model_name="replenishment",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="stockalert",
            name="acknowledged_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="acknowledged by",
            ),
        ),
        migrations.AddField(
            model_name="stockalert",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.batch",
                verbose_name="batch",
            ),
        ),
        migrations.AddField(
            model_name="stockalert",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="stockalert",
            name="sku",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddField(
            model_name="stockalert",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="stocklimit",
            name="sku",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddField(
            model_name="stocklimit",
            name="warehouse",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="stockrequest",
            name="decider",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="stockrequest",
            name="document",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.stockdocument",
                verbose_name="stock document",
            ),
        ),
        migrations.AddField(
            model_name="stockrequest",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="stockrequest",
            name="requester",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="requested by",
            ),
        ),
        migrations.AddField(
            model_name="stockrequest",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="stockrequestline",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.batch",
                verbose_name="batch",
            ),
        ),
        migrations.AddField(
            model_name="stockrequestline",
            name="bin",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.bin",
                verbose_name="bin",
            ),
        ),
        migrations.AddField(
            model_name="stockrequestline",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="catalog.stockrequest",
                verbose_name="stock request",
            ),
        ),
        migrations.AddField(
            model_name="stockrequestline",
            name="sku",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddField(
            model_name="stocktake",
            name="approved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="approved by",
            ),
        ),
        migrations.AddField(
            model_name="stocktake",
            name="opened_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="opened by",
            ),
        ),
        migrations.AddField(
            model_name="stocktake",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="stocktake",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.countplan",
                verbose_name="count plan",
            ),
        ),
        migrations.AddField(
            model_name="stocktake",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="count",
            name="stocktake",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counts",
                to="catalog.stocktake",
                verbose_name="stocktake",
            ),
        ),
        migrations.AddField(
            model_name="supplyterms",
            name="brand",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.brand",
                verbose_name="brand",
            ),
        ),
        migrations.AddField(
            model_name="supplyterms",
            name="sku",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.sku",
                verbose_name="SKU",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="zones",
                to="catalog.warehouse",
                verbose_name="warehouse",
            ),
        ),
        migrations.AddField(
            model_name="countplan",
            name="zone",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.zone",
                verbose_name="zone",
            ),
        ),
        migrations.AddField(
            model_name="bin",
            name="zone",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bins",
                to="catalog.zone",
                verbose_name="zone",
            ),
        ),
        migrations.AddConstraint(
            model_name="binmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gt", 0)), name="bin_movement_has_units"
            ),
        ),
        migrations.AddConstraint(
            model_name="binmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("from_bin__isnull", False), ("to_bin__isnull", False), _connector="OR"),
                    models.Q(
                        ("from_bin__isnull", True),
                        ("to_bin__isnull", True),
                        models.Q(("from_bin", models.F("to_bin")), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="bin_movement_leads_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="binmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor", ""), _negated=True), name="bin_movement_has_an_actor"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="binmovement",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="027d445175d705e24f64723e69284244092146bf",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f4a4d",
                    table="catalog_binmovement",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="binstock",
            constraint=models.UniqueConstraint(
                fields=("stock", "batch", "bin"), name="bin_stock_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="binstock",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gte", 0)), name="bin_stock_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                name="campaign_period_in_sequence",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("uplift__gte", 0)), name="campaign_uplift_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="campaignperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_campaignperiod', new_rows.\"id\"::text, 'I', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;",
                    hash="8ffdb92a49ae585cccb2adc32804bcabdf7f4e93",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_57ba0",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_campaignperiod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="campaignperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_campaignperiod\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."name" IS DISTINCT FROM n."name" THEN \'"name":\' || json_build_array(o."name", n."name") END, CASE WHEN o."brand_id" IS DISTINCT FROM n."brand_id" THEN \'"brand_id":\' || json_build_array(o."brand_id", n."brand_id") END, CASE WHEN o."starts_on" IS DISTINCT FROM n."starts_on" THEN \'"starts_on":\' || json_build_array(o."starts_on", n."starts_on") END, CASE WHEN o."ends_on" IS DISTINCT FROM n."ends_on" THEN \'"ends_on":\' || json_build_array(o."ends_on", n."ends_on") END, CASE WHEN o."uplift" IS DISTINCT FROM n."uplift" THEN \'"uplift":\' || json_build_array(o."uplift", n."uplift") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."name", o."brand_id", o."starts_on", o."ends_on", o."uplift") IS DISTINCT FROM ROW(n."name", n."brand_id", n."starts_on", n."ends_on", n."uplift") ; RETURN NULL;',
                    hash="883031a2c922e08ece55cfbc0617ee512bca761f",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_1214a",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_campaignperiod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="campaignperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_campaignperiod', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="5960f629104302f75ee269b95713cdaa4144a999",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_70e96",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_campaignperiod",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="dailydemand",
            index=models.Index(fields=["day"], name="demand_of_day"),
        ),
        migrations.AddConstraint(
            model_name="dailydemand",
            constraint=models.UniqueConstraint(fields=("sku", "warehouse", "day"), name="demand_once"),
        ),
        migrations.AddIndex(
            model_name="inbounddelivery",
            index=models.Index(fields=["status", "due_at", "id"], name="inbound_in_status"),
        ),
        migrations.AddIndex(
            model_name="inbounddelivery",
            index=models.Index(fields=["-created_at", "-id"], name="inbound_newest"),
        ),
        migrations.AddIndex(
            model_name="inbounddelivery",
            index=models.Index(fields=["brand", "-promised_on"], name="inbound_of_brand"),
        ),
        migrations.AddConstraint(
            model_name="inbounddelivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("source_key", ""), _negated=True),
                    models.Q(("status", "cancelled"), _negated=True),
                ),
                fields=("brand", "source_key"),
                name="inbound_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="inbounddelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("goods_owner", ""), _negated=True), name="inbound_has_an_owner"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="inbounddelivery",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_inbounddelivery\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."brand_id" IS DISTINCT FROM n."brand_id" THEN \'"brand_id":\' || json_build_array(o."brand_id", n."brand_id") END, CASE WHEN o."goods_owner" IS DISTINCT FROM n."goods_owner" THEN \'"goods_owner":\' || json_build_array(o."goods_owner", n."goods_owner") END, CASE WHEN o."supplier" IS DISTINCT FROM n."supplier" THEN \'"supplier":\' || json_build_array(o."supplier", n."supplier") END, CASE WHEN o."source" IS DISTINCT FROM n."source" THEN \'"source":\' || json_build_array(o."source", n."source") END, CASE WHEN o."source_key" IS DISTINCT FROM n."source_key" THEN \'"source_key":\' || json_build_array(o."source_key", n."source_key") END, CASE WHEN o."tracking" IS DISTINCT FROM n."tracking" THEN \'"tracking":\' || json_build_array(o."tracking", n."tracking") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END, CASE WHEN o."promised_on" IS DISTINCT FROM n."promised_on" THEN \'"promised_on":\' || json_build_array(o."promised_on", n."promised_on") END, CASE WHEN o."expected_on" IS DISTINCT FROM n."expected_on" THEN \'"expected_on":\' || json_build_array(o."expected_on", n."expected_on") END, CASE WHEN o."arrived_on" IS DISTINCT FROM n."arrived_on" THEN \'"arrived_on":\' || json_build_array(o."arrived_on", n."arrived_on") END, CASE WHEN o."due_at" IS DISTINCT FROM n."due_at" THEN \'"due_at":\' || json_build_array(o."due_at", n."due_at") END, CASE WHEN o."closed_at" IS DISTINCT FROM n."closed_at" THEN \'"closed_at":\' || json_build_array(o."closed_at", n."closed_at") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."warehouse_id", o."brand_id", o."goods_owner", o."supplier", o."source", o."source_key", o."tracking", o."note", o."promised_on", o."expected_on", o."arrived_on", o."due_at", o."closed_at", o."created_at") IS DISTINCT FROM ROW(n."number", n."warehouse_id", n."brand_id", n."goods_owner", n."supplier", n."source", n."source_key", n."tracking", n."note", n."promised_on", n."expected_on", n."arrived_on", n."due_at", n."closed_at", n."created_at") ; RETURN NULL;',
                    hash="559862b7ebe2d0f1fec64e4757bd7dad31e9eace",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_9b1bc",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_inbounddelivery",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="inbounddelivery",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_inbounddelivery', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="0a852f17d49d3570b394004667fd27fabd2c5661",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_bc2b3",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_inbounddelivery",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="inboundline",
            constraint=models.UniqueConstraint(fields=("delivery", "position"), name="inbound_line_position"),
        ),
        migrations.AddConstraint(
            model_name="inboundline",
            constraint=models.UniqueConstraint(fields=("delivery", "sku"), name="inbound_line_of_sku"),
        ),
        migrations.AddConstraint(
            model_name="inboundline",
            constraint=models.CheckConstraint(
                condition=models.Q(("damaged__lte", models.F("received"))),
                name="inbound_damaged_within_received",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="inboundline",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_inboundline\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."delivery_id" IS DISTINCT FROM n."delivery_id" THEN \'"delivery_id":\' || json_build_array(o."delivery_id", n."delivery_id") END, CASE WHEN o."position" IS DISTINCT FROM n."position" THEN \'"position":\' || json_build_array(o."position", n."position") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."promised" IS DISTINCT FROM n."promised" THEN \'"promised":\' || json_build_array(o."promised", n."promised") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."delivery_id", o."position", o."sku_id", o."promised") IS DISTINCT FROM ROW(n."delivery_id", n."position", n."sku_id", n."promised") ; RETURN NULL;',
                    hash="2ce81ec52a397b5e3742232fde55069a9c234082",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_ed5ae",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_inboundline",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="inboundline",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_inboundline', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="035c4bffb846426e03b0a43dfe3934462cdf89da",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_dfe40",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_inboundline",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(("units", 0), _negated=True), name="posting_has_units"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="posting",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f3250877e6193abbf7a2f2fd8f0ca75e81dcf704",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_91090",
                    table="catalog_posting",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="replenishment",
            index=models.Index(fields=["status", "runs_out_on", "id"], name="replenishment_in_status"),
        ),
        migrations.AddIndex(
            model_name="replenishment",
            index=models.Index(fields=["-created_at", "-id"], name="replenishment_newest"),
        ),
        migrations.AddConstraint(
            model_name="replenishment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "proposed")),
                fields=("sku", "warehouse", "goods_owner"),
                name="replenishment_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="replenishment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delivery__isnull", False), ("status", "ordered")),
                    ("status", "approved"),
                    models.Q(models.Q(("status__in", ("approved", "ordered")), _negated=True), ("delivery__isnull", True)),
                    _connector="OR",
                ),
                name="ordered_replenishment_has_a_delivery",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="replenishment",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_replenishment\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."goods_owner" IS DISTINCT FROM n."goods_owner" THEN \'"goods_owner":\' || json_build_array(o."goods_owner", n."goods_owner") END, CASE WHEN o."suggested" IS DISTINCT FROM n."suggested" THEN \'"suggested":\' || json_build_array(o."suggested", n."suggested") END, CASE WHEN o."units" IS DISTINCT FROM n."units" THEN \'"units":\' || json_build_array(o."units", n."units") END, CASE WHEN o."runs_out_on" IS DISTINCT FROM n."runs_out_on" THEN \'"runs_out_on":\' || json_build_array(o."runs_out_on", n."runs_out_on") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END, CASE WHEN o."decider_id" IS DISTINCT FROM n."decider_id" THEN \'"decider_id":\' || json_build_array(o."decider_id", n."decider_id") END, CASE WHEN o."delivery_id" IS DISTINCT FROM n."delivery_id" THEN \'"delivery_id":\' || json_build_array(o."delivery_id", n."delivery_id") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."sku_id", o."warehouse_id", o."goods_owner", o."suggested", o."units", o."runs_out_on", o."note", o."decider_id", o."delivery_id", o."created_at") IS DISTINCT FROM ROW(n."number", n."sku_id", n."warehouse_id", n."goods_owner", n."suggested", n."units", n."runs_out_on", n."note", n."decider_id", n."delivery_id", n."created_at") ; RETURN NULL;',
                    hash="535e26fae496f258d7794c8cd4768c9e22e7b49f",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_5e847",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_replenishment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="replenishment",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_replenishment', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="6b50f97d8517a1b0d7f4cc733b516063207a25d2",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_438ac",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_replenishment",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="stockalert",
            index=models.Index(fields=["status", "-opened_at", "-id"], name="alert_in_status"),
        ),
        migrations.AddConstraint(
            model_name="stockalert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "closed"), _negated=True),
                fields=("kind", "sku", "warehouse", "batch"),
                name="alert_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="stockalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "closed"), _negated=True),
                    ("closed_at__isnull", False),
                    _connector="OR",
                ),
                name="alert_closed_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stockalert",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockalert\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."batch_id" IS DISTINCT FROM n."batch_id" THEN \'"batch_id":\' || json_build_array(o."batch_id", n."batch_id") END, CASE WHEN o."limit" IS DISTINCT FROM n."limit" THEN \'"limit":\' || json_build_array(o."limit", n."limit") END, CASE WHEN o."opened_at" IS DISTINCT FROM n."opened_at" THEN \'"opened_at":\' || json_build_array(o."opened_at", n."opened_at") END, CASE WHEN o."acknowledged_by_id" IS DISTINCT FROM n."acknowledged_by_id" THEN \'"acknowledged_by_id":\' || json_build_array(o."acknowledged_by_id", n."acknowledged_by_id") END, CASE WHEN o."acknowledged_at" IS DISTINCT FROM n."acknowledged_at" THEN \'"acknowledged_at":\' || json_build_array(o."acknowledged_at", n."acknowledged_at") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."kind", o."sku_id", o."warehouse_id", o."batch_id", o."limit", o."opened_at", o."acknowledged_by_id", o."acknowledged_at", o."note") IS DISTINCT FROM ROW(n."number", n."kind", n."sku_id", n."warehouse_id", n."batch_id", n."limit", n."opened_at", n."acknowledged_by_id", n."acknowledged_at", n."note") ; RETURN NULL;',
                    hash="aa1425aa230bd7a31eda705b0341fa306ed9344a",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_418d1",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_stockalert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stockalert",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_stockalert', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="c2567b3c4399401d0e65748f899c16137f461c8e",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_30c70",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_stockalert",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="stocklimit",
            constraint=models.UniqueConstraint(fields=("sku", "warehouse"), name="limit_once"),
        ),
        migrations.AddConstraint(
            model_name="stocklimit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("low__isnull", True),
                    ("high__isnull", True),
                    ("high__gt", models.F("low")),
                    _connector="OR",
                ),
                name="limits_in_sequence",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stocklimit",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_stocklimit', new_rows.\"id\"::text, 'I', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;",
                    hash="87d5f05e635ee4988451cb8406402d3b2db68c94",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_b964f",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_stocklimit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stocklimit",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocklimit\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."low" IS DISTINCT FROM n."low" THEN \'"low":\' || json_build_array(o."low", n."low") END, CASE WHEN o."high" IS DISTINCT FROM n."high" THEN \'"high":\' || json_build_array(o."high", n."high") END, CASE WHEN o."is_computed" IS DISTINCT FROM n."is_computed" THEN \'"is_computed":\' || json_build_array(o."is_computed", n."is_computed") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."sku_id", o."warehouse_id", o."low", o."high", o."is_computed") IS DISTINCT FROM ROW(n."sku_id", n."warehouse_id", n."low", n."high", n."is_computed") ; RETURN NULL;',
                    hash="4aa433bf33a123ada97b5dd1b7e6317cdb5e0fb3",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_59c13",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_stocklimit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stocklimit",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_stocklimit', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="cac0d1599b3392e6c5ac098f416503426433984b",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_965b1",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_stocklimit",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="stockrequest",
            index=models.Index(fields=["status", "-created_at", "-id"], name="request_in_status"),
        ),
        migrations.AddIndex(
            model_name="stockrequest",
            index=models.Index(fields=["-created_at", "-id"], name="request_newest"),
        ),
        migrations.AddConstraint(
            model_name="stockrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decider__isnull", True),
                    ("requester__isnull", True),
                    models.Q(("decider", models.F("requester")), _negated=True),
                    _connector="OR",
                ),
                name="request_decided_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("document__isnull", False), ("status__in", ("waiting", "posted"))),
                    models.Q(models.Q(("status", "posted"), _negated=True), ("document__isnull", True)),
                    _connector="OR",
                ),
                name="posted_request_has_a_document",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stockrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockrequest\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."platform_due_at" IS DISTINCT FROM n."platform_due_at" THEN \'"platform_due_at":\' || json_build_array(o."platform_due_at", n."platform_due_at") END, CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."reason" IS DISTINCT FROM n."reason" THEN \'"reason":\' || json_build_array(o."reason", n."reason") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."requester_id" IS DISTINCT FROM n."requester_id" THEN \'"requester_id":\' || json_build_array(o."requester_id", n."requester_id") END, CASE WHEN o."decider_id" IS DISTINCT FROM n."decider_id" THEN \'"decider_id":\' || json_build_array(o."decider_id", n."decider_id") END, CASE WHEN o."document_id" IS DISTINCT FROM n."document_id" THEN \'"document_id":\' || json_build_array(o."document_id", n."document_id") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."platform_due_at", o."number", o."kind", o."reason", o."note", o."warehouse_id", o."requester_id", o."decider_id", o."document_id", o."created_at") IS DISTINCT FROM ROW(n."platform_due_at", n."number", n."kind", n."reason", n."note", n."warehouse_id", n."requester_id", n."decider_id", n."document_id", n."created_at") ; RETURN NULL;',
                    hash="a066218534d72d88e96d0054df5a87b0438d7a67",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_39940",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_stockrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stockrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_stockrequest', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="9fe1549454080cd60e000a7debab5d5462aa42d3",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_c39ae",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_stockrequest",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="stockrequestline",
            constraint=models.UniqueConstraint(fields=("request", "position"), name="request_line_position"),
        ),
        migrations.AddConstraint(
            model_name="stockrequestline",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gt", 0)), name="request_line_has_units"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stockrequestline",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockrequestline\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."request_id" IS DISTINCT FROM n."request_id" THEN \'"request_id":\' || json_build_array(o."request_id", n."request_id") END, CASE WHEN o."position" IS DISTINCT FROM n."position" THEN \'"position":\' || json_build_array(o."position", n."position") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."goods_owner" IS DISTINCT FROM n."goods_owner" THEN \'"goods_owner":\' || json_build_array(o."goods_owner", n."goods_owner") END, CASE WHEN o."batch_id" IS DISTINCT FROM n."batch_id" THEN \'"batch_id":\' || json_build_array(o."batch_id", n."batch_id") END, CASE WHEN o."bin_id" IS DISTINCT FROM n."bin_id" THEN \'"bin_id":\' || json_build_array(o."bin_id", n."bin_id") END, CASE WHEN o."units" IS DISTINCT FROM n."units" THEN \'"units":\' || json_build_array(o."units", n."units") END, CASE WHEN o."from_state" IS DISTINCT FROM n."from_state" THEN \'"from_state":\' || json_build_array(o."from_state", n."from_state") END, CASE WHEN o."to_state" IS DISTINCT FROM n."to_state" THEN \'"to_state":\' || json_build_array(o."to_state", n."to_state") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."request_id", o."position", o."sku_id", o."goods_owner", o."batch_id", o."bin_id", o."units", o."from_state", o."to_state") IS DISTINCT FROM ROW(n."request_id", n."position", n."sku_id", n."goods_owner", n."batch_id", n."bin_id", n."units", n."from_state", n."to_state") ; RETURN NULL;',
                    hash="8ed34b29b20c8cdfa461b8ef0743fc21c6dde3d5",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_fa589",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_stockrequestline",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stockrequestline",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_stockrequestline', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="0942b8535538615ee84dbba5f9ae97afb791e785",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_aa353",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_stockrequestline",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="stocktake",
            index=models.Index(fields=["status", "-created_at", "-id"], name="stocktake_in_status"),
        ),
        migrations.AddIndex(
            model_name="stocktake",
            index=models.Index(fields=["-created_at", "-id"], name="stocktake_newest"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stocktake",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocktake\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."platform_due_at" IS DISTINCT FROM n."platform_due_at" THEN \'"platform_due_at":\' || json_build_array(o."platform_due_at", n."platform_due_at") END, CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."plan_id" IS DISTINCT FROM n."plan_id" THEN \'"plan_id":\' || json_build_array(o."plan_id", n."plan_id") END, CASE WHEN o."scope" IS DISTINCT FROM n."scope" THEN \'"scope":\' || json_build_array(o."scope", n."scope") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END, CASE WHEN o."opened_by_id" IS DISTINCT FROM n."opened_by_id" THEN \'"opened_by_id":\' || json_build_array(o."opened_by_id", n."opened_by_id") END, CASE WHEN o."approved_by_id" IS DISTINCT FROM n."approved_by_id" THEN \'"approved_by_id":\' || json_build_array(o."approved_by_id", n."approved_by_id") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."platform_due_at", o."number", o."warehouse_id", o."kind", o."plan_id", o."scope", o."note", o."opened_by_id", o."approved_by_id", o."created_at") IS DISTINCT FROM ROW(n."platform_due_at", n."number", n."warehouse_id", n."kind", n."plan_id", n."scope", n."note", n."opened_by_id", n."approved_by_id", n."created_at") ; RETURN NULL;',
                    hash="ab6972d1768384dd44bfbe9a078175459f79c889",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_8feb4",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_stocktake",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stocktake",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_stocktake', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="ecea0565d8eaeb491c1a5bd900be50a0b310d121",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_2e1a8",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_stocktake",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="count",
            index=models.Index(fields=["stock", "bin", "-counted_at"], name="count_of_stock"),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.UniqueConstraint(
                fields=("stocktake", "stock", "batch", "bin"), name="count_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("counted__isnull", True), ("counted__gte", 0), _connector="OR"),
                    models.Q(("recounted__isnull", True), ("recounted__gte", 0), _connector="OR"),
                ),
                name="count_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("booked__isnull", True), ("counted__isnull", True)),
                    models.Q(("booked__isnull", False), ("counted__isnull", False)),
                    _connector="OR",
                ),
                name="count_beside_the_books",
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rebooked__isnull", True), ("recounted__isnull", True)),
                    models.Q(
                        ("counted__isnull", False), ("rebooked__isnull", False), ("recounted__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="recount_beside_the_books",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="count",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_count\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."stocktake_id" IS DISTINCT FROM n."stocktake_id" THEN \'"stocktake_id":\' || json_build_array(o."stocktake_id", n."stocktake_id") END, CASE WHEN o."stock_id" IS DISTINCT FROM n."stock_id" THEN \'"stock_id":\' || json_build_array(o."stock_id", n."stock_id") END, CASE WHEN o."batch_id" IS DISTINCT FROM n."batch_id" THEN \'"batch_id":\' || json_build_array(o."batch_id", n."batch_id") END, CASE WHEN o."bin_id" IS DISTINCT FROM n."bin_id" THEN \'"bin_id":\' || json_build_array(o."bin_id", n."bin_id") END, CASE WHEN o."status" IS DISTINCT FROM n."status" THEN \'"status":\' || json_build_array(o."status", n."status") END, CASE WHEN o."booked" IS DISTINCT FROM n."booked" THEN \'"booked":\' || json_build_array(o."booked", n."booked") END, CASE WHEN o."counted" IS DISTINCT FROM n."counted" THEN \'"counted":\' || json_build_array(o."counted", n."counted") END, CASE WHEN o."counter_id" IS DISTINCT FROM n."counter_id" THEN \'"counter_id":\' || json_build_array(o."counter_id", n."counter_id") END, CASE WHEN o."counted_at" IS DISTINCT FROM n."counted_at" THEN \'"counted_at":\' || json_build_array(o."counted_at", n."counted_at") END, CASE WHEN o."rebooked" IS DISTINCT FROM n."rebooked" THEN \'"rebooked":\' || json_build_array(o."rebooked", n."rebooked") END, CASE WHEN o."recounted" IS DISTINCT FROM n."recounted" THEN \'"recounted":\' || json_build_array(o."recounted", n."recounted") END, CASE WHEN o."recounter_id" IS DISTINCT FROM n."recounter_id" THEN \'"recounter_id":\' || json_build_array(o."recounter_id", n."recounter_id") END, CASE WHEN o."recounted_at" IS DISTINCT FROM n."recounted_at" THEN \'"recounted_at":\' || json_build_array(o."recounted_at", n."recounted_at") END, CASE WHEN o."posted" IS DISTINCT FROM n."posted" THEN \'"posted":\' || json_build_array(o."posted", n."posted") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."stocktake_id", o."stock_id", o."batch_id", o."bin_id", o."status", o."booked", o."counted", o."counter_id", o."counted_at", o."rebooked", o."recounted", o."recounter_id", o."recounted_at", o."posted") IS DISTINCT FROM ROW(n."stocktake_id", n."stock_id", n."batch_id", n."bin_id", n."status", n."booked", n."counted", n."counter_id", n."counted_at", n."rebooked", n."recounted", n."recounter_id", n."recounted_at", n."posted") ; RETURN NULL;',
                    hash="d450333e9161717ffbdd2c587c32d143cba6ee2a",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_39f81",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_count",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="count",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_count', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="d567d2bbf697907592368ac4f984bf5e3a0c759e",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_d9c29",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_count",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="supplyterms",
            constraint=models.UniqueConstraint(
                fields=("brand", "sku"), name="supply_terms_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="supplyterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lead_spread__gte", 0), ("service_level__gt", 0), ("service_level__lt", 1)
                ),
                name="supply_terms_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplyterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("minimum_units__gt", 0), ("pack_units__gt", 0), ("review_days__gt", 0)),
                name="supply_terms_give_units",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supplyterms",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_supplyterms', new_rows.\"id\"::text, 'I', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;",
                    hash="e3f4c3e9d18a123198127e05470e3954df9279d6",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_6d393",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_supplyterms",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supplyterms",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_supplyterms\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."brand_id" IS DISTINCT FROM n."brand_id" THEN \'"brand_id":\' || json_build_array(o."brand_id", n."brand_id") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."supplier" IS DISTINCT FROM n."supplier" THEN \'"supplier":\' || json_build_array(o."supplier", n."supplier") END, CASE WHEN o."lead_days" IS DISTINCT FROM n."lead_days" THEN \'"lead_days":\' || json_build_array(o."lead_days", n."lead_days") END, CASE WHEN o."lead_spread" IS DISTINCT FROM n."lead_spread" THEN \'"lead_spread":\' || json_build_array(o."lead_spread", n."lead_spread") END, CASE WHEN o."review_days" IS DISTINCT FROM n."review_days" THEN \'"review_days":\' || json_build_array(o."review_days", n."review_days") END, CASE WHEN o."minimum_units" IS DISTINCT FROM n."minimum_units" THEN \'"minimum_units":\' || json_build_array(o."minimum_units", n."minimum_units") END, CASE WHEN o."pack_units" IS DISTINCT FROM n."pack_units" THEN \'"pack_units":\' || json_build_array(o."pack_units", n."pack_units") END, CASE WHEN o."service_level" IS DISTINCT FROM n."service_level" THEN \'"service_level":\' || json_build_array(o."service_level", n."service_level") END, CASE WHEN o."is_core" IS DISTINCT FROM n."is_core" THEN \'"is_core":\' || json_build_array(o."is_core", n."is_core") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."brand_id", o."sku_id", o."supplier", o."lead_days", o."lead_spread", o."review_days", o."minimum_units", o."pack_units", o."service_level", o."is_core") IS DISTINCT FROM ROW(n."brand_id", n."sku_id", n."supplier", n."lead_days", n."lead_spread", n."review_days", n."minimum_units", n."pack_units", n."service_level", n."is_core") ; RETURN NULL;',
                    hash="8cc4f3ad978d7447ffa4d6d4eb6894c98a175ef0",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_43b49",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_supplyterms",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supplyterms",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_supplyterms', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="e70df22bb8471bd8fce0cfe69d37b9ba24a35422",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_ff71c",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_supplyterms",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="zone",
            constraint=models.UniqueConstraint(fields=("warehouse", "code"), name="zone_once"),
        ),
        migrations.AddConstraint(
            model_name="zone",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="zone_has_a_code"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="zone",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_zone', new_rows.\"id\"::text, 'I', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;",
                    hash="1dbb1b22e29b301a58a41d36159d87afee181df6",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_e6bdd",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_zone",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="zone",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_zone\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."code" IS DISTINCT FROM n."code" THEN \'"code":\' || json_build_array(o."code", n."code") END, CASE WHEN o."name" IS DISTINCT FROM n."name" THEN \'"name":\' || json_build_array(o."name", n."name") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."warehouse_id", o."code", o."name", o."kind") IS DISTINCT FROM ROW(n."warehouse_id", n."code", n."name", n."kind") ; RETURN NULL;',
                    hash="050becc6ea03b26eae5f80d35990995dbebde4ce",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_2f7c8",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_zone",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="zone",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_zone', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="b388b67724efe12da1f1a0824bcef8f8cf100b49",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_1bc72",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_zone",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="countplan",
            constraint=models.UniqueConstraint(
                fields=("warehouse", "zone", "goods"), name="count_plan_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="countplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("every_days__gt", 0), ("places_a_day__gt", 0)), name="count_plan_counts"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="countplan",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_countplan', new_rows.\"id\"::text, 'I', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;",
                    hash="c50a300084cd13db6eaa9a6f20fd3089a4fad2a0",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_7556e",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_countplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="countplan",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_countplan\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."zone_id" IS DISTINCT FROM n."zone_id" THEN \'"zone_id":\' || json_build_array(o."zone_id", n."zone_id") END, CASE WHEN o."goods" IS DISTINCT FROM n."goods" THEN \'"goods":\' || json_build_array(o."goods", n."goods") END, CASE WHEN o."every_days" IS DISTINCT FROM n."every_days" THEN \'"every_days":\' || json_build_array(o."every_days", n."every_days") END, CASE WHEN o."places_a_day" IS DISTINCT FROM n."places_a_day" THEN \'"places_a_day":\' || json_build_array(o."places_a_day", n."places_a_day") END, CASE WHEN o."is_active" IS DISTINCT FROM n."is_active" THEN \'"is_active":\' || json_build_array(o."is_active", n."is_active") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."warehouse_id", o."zone_id", o."goods", o."every_days", o."places_a_day", o."is_active") IS DISTINCT FROM ROW(n."warehouse_id", n."zone_id", n."goods", n."every_days", n."places_a_day", n."is_active") ; RETURN NULL;',
                    hash="e55485327c29d6782700f10a29c66f0fadb18b9e",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_d047e",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_countplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="countplan",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_countplan', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="7b332c09250ef0f124dda8dcb8588786180521ca",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_6cbc0",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_countplan",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="bin",
            constraint=models.UniqueConstraint(fields=("warehouse", "code"), name="bin_once"),
        ),
        migrations.AddConstraint(
            model_name="bin",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="bin_has_a_code"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bin",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_bin', new_rows.\"id\"::text, 'I', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;",
                    hash="11881049d077d60e522b65f723960f7e007574d6",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_a3395",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_bin",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bin",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_bin\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."zone_id" IS DISTINCT FROM n."zone_id" THEN \'"zone_id":\' || json_build_array(o."zone_id", n."zone_id") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."code" IS DISTINCT FROM n."code" THEN \'"code":\' || json_build_array(o."code", n."code") END, CASE WHEN o."sequence" IS DISTINCT FROM n."sequence" THEN \'"sequence":\' || json_build_array(o."sequence", n."sequence") END, CASE WHEN o."is_active" IS DISTINCT FROM n."is_active" THEN \'"is_active":\' || json_build_array(o."is_active", n."is_active") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."zone_id", o."warehouse_id", o."code", o."sequence", o."is_active") IS DISTINCT FROM ROW(n."zone_id", n."warehouse_id", n."code", n."sequence", n."is_active") ; RETURN NULL;',
                    hash="92fdaca292cd76fc6dbb4764bbcf02ddb8d2e27d",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_5aebc",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_bin",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bin",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_bin', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="f9b28d5c9566d3d36d6c7a7ff303a26e4ccd0102",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_603fe",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_bin",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bin",
            trigger=pgtrigger.compiler.Trigger(
                name="stands_in_its_zone",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    SELECT warehouse_id INTO NEW.warehouse_id FROM catalog_zone WHERE id = NEW.zone_id;\n                    IF TG_OP = 'UPDATE' AND NEW.zone_id <> OLD.zone_id\n                       AND EXISTS (SELECT FROM catalog_binstock WHERE bin_id = NEW.id AND units > 0) THEN\n                        RAISE EXCEPTION 'bin % holds units; empty it before it goes to another zone', NEW.code\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="34c111a8a034f1f7832481b075aa7b38fb94014d",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_stands_in_its_zone_05c51",
                    table="catalog_bin",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.CreateModel(
            name="ListingRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("sold_out", "sold out"),
                            ("stop_sale", "past its last day of sale"),
                            ("licence", "no longer covered by a contract"),
                        ],
                        max_length=12,
                        verbose_name="cause",
                    ),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="on")),
                (
                    "hours",
                    models.PositiveIntegerField(
                        default=2,
                        help_text="For so long the cause holds before the listing is taken off the shelf.",
                        validators=[django.core.validators.MaxValueValidator(8760)],
                        verbose_name="after so many hours",
                    ),
                ),
                (
                    "relists",
                    models.BooleanField(
                        default=True,
                        help_text="What the rule took off the shelf it puts back when the cause is over.",
                        verbose_name="puts back",
                    ),
                ),
            ],
            options={
                "verbose_name": "delisting rule",
                "verbose_name_plural": "delisting rules",
            },
        ),
        migrations.CreateModel(
            name="ListingRuleHit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("sold_out", "sold out"),
                            ("stop_sale", "past its last day of sale"),
                            ("licence", "no longer covered by a contract"),
                        ],
                        max_length=12,
                        verbose_name="cause",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("delisted_at", models.DateTimeField(null=True, verbose_name="delisted at")),
            ],
            options={
                "verbose_name": "cause for delisting",
                "verbose_name_plural": "causes for delisting",
            },
        ),
        migrations.AddIndex(
            model_name="stockalert",
            index=models.Index(condition=models.Q(("told_at", None)), fields=["id"], name="alert_to_tell"),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(
                condition=models.Q(("from_state", "outside")),
                fields=["stock", "-at", "-id"],
                include=("units",),
                name="movement_came_in",
            ),
        ),
        migrations.AddField(
            model_name="listingrule",
            name="channel",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: every shop that has no rule of its own for the cause.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.channel",
                verbose_name="shop",
            ),
        ),
        migrations.AddField(
            model_name="listingrulehit",
            name="listing",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.listing",
                verbose_name="listing",
            ),
        ),
        migrations.AddConstraint(
            model_name="listingrule",
            constraint=models.UniqueConstraint(
                fields=("channel", "cause"), name="listing_rule_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="listingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours__lte", 8760)), name="listing_rule_within_a_year"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="listingrule",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_listingrule', new_rows.\"id\"::text, 'I', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;",
                    hash="4de7998f437077c6d433d2abda5308ee79db43db",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_c2ebc",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="catalog_listingrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="listingrule",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_listingrule\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."channel_id" IS DISTINCT FROM n."channel_id" THEN \'"channel_id":\' || json_build_array(o."channel_id", n."channel_id") END, CASE WHEN o."cause" IS DISTINCT FROM n."cause" THEN \'"cause":\' || json_build_array(o."cause", n."cause") END, CASE WHEN o."is_on" IS DISTINCT FROM n."is_on" THEN \'"is_on":\' || json_build_array(o."is_on", n."is_on") END, CASE WHEN o."hours" IS DISTINCT FROM n."hours" THEN \'"hours":\' || json_build_array(o."hours", n."hours") END, CASE WHEN o."relists" IS DISTINCT FROM n."relists" THEN \'"relists":\' || json_build_array(o."relists", n."relists") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."channel_id", o."cause", o."is_on", o."hours", o."relists") IS DISTINCT FROM ROW(n."channel_id", n."cause", n."is_on", n."hours", n."relists") ; RETURN NULL;',
                    hash="aae0025d55aead4c6126aa2ef92e85fef2450dff",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_01baf",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_listingrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="listingrule",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_listingrule', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="00b1d8ef13c3fadc0177e02390d29fa2a817a100",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_13f57",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_listingrule",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="listingrulehit",
            constraint=models.UniqueConstraint(fields=("listing", "cause"), name="listing_rule_hit_once"),
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("units", models.BigIntegerField(verbose_name="units")),
                ("is_recount", models.BooleanField(default=False, verbose_name="recount")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("key", models.CharField(max_length=80, unique=True)),
            ],
            options={
                "verbose_name": "scan of a count",
                "verbose_name_plural": "scans of a count",
            },
        ),
        migrations.AlterField(
            model_name="stockdocument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("receipt", "goods receipt"),
                    ("release", "release from quarantine"),
                    ("adjustment", "adjustment"),
                    ("transfer", "transfer"),
                    ("return_to_owner", "return to owner"),
                    ("inspection", "inspection of returned goods"),
                    ("stocktake", "stocktake"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="count",
            index=models.Index(fields=["stocktake", "status", "bin"], name="count_to_do"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stocktake",
            trigger=pgtrigger.compiler.Trigger(
                name="approved_by_another",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."approved_by_id" IS NOT NULL)',
                    func="\n                    IF NEW.approved_by_id = NEW.opened_by_id\n                       OR EXISTS (SELECT FROM catalog_count WHERE stocktake_id = NEW.id\n                                  AND NEW.approved_by_id IN (counter_id, recounter_id))\n                       OR EXISTS (SELECT FROM catalog_tally t JOIN catalog_count c ON c.id = t.count_id\n                                  WHERE c.stocktake_id = NEW.id AND t.counter_id = NEW.approved_by_id) THEN\n                        RAISE EXCEPTION 'whoever opened or counted % does not approve it', NEW.number\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="7cafb0cacaf29721f633983af36165955974e242",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_approved_by_another_ea51d",
                    table="catalog_stocktake",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)),
                fields=("stock", "batch", "bin"),
                name="count_in_one_stocktake",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktake",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "posted"), _negated=True),
                    ("approved_by__isnull", False),
                    _connector="OR",
                ),
                name="stocktake_posted_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="tally",
            name="count",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tallies",
                to="catalog.count",
                verbose_name="count",
            ),
        ),
        migrations.AddField(
            model_name="tally",
            name="counter",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="counted by",
            ),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(fields=["at"], name="tally_by_time"),
        ),
        migrations.AddConstraint(
            model_name="tally",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gte", 0)), name="tally_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tally",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_tally\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."count_id" IS DISTINCT FROM n."count_id" THEN \'"count_id":\' || json_build_array(o."count_id", n."count_id") END, CASE WHEN o."units" IS DISTINCT FROM n."units" THEN \'"units":\' || json_build_array(o."units", n."units") END, CASE WHEN o."counter_id" IS DISTINCT FROM n."counter_id" THEN \'"counter_id":\' || json_build_array(o."counter_id", n."counter_id") END, CASE WHEN o."is_recount" IS DISTINCT FROM n."is_recount" THEN \'"is_recount":\' || json_build_array(o."is_recount", n."is_recount") END, CASE WHEN o."at" IS DISTINCT FROM n."at" THEN \'"at":\' || json_build_array(o."at", n."at") END, CASE WHEN o."key" IS DISTINCT FROM n."key" THEN \'"key":\' || json_build_array(o."key", n."key") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."count_id", o."units", o."counter_id", o."is_recount", o."at", o."key") IS DISTINCT FROM ROW(n."count_id", n."units", n."counter_id", n."is_recount", n."at", n."key") ; RETURN NULL;',
                    hash="ac400e54b8ad99f21647f22fc6b0b570cfe0e22b",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_892ed",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_tally",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tally",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_tally', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="c2e02dac79e6230d7d64a25be77c08dd50ebfc29",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_7f4db",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_tally",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="warehouse",
            name="audit_update",
        ),
        migrations.AddField(
            model_name="warehouse",
            name="inspects_receipts",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="What comes in waits in quarantine until it has passed inspection.",
                verbose_name="inspects what it receives",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="warehouse",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_warehouse\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."code" IS DISTINCT FROM n."code" THEN \'"code":\' || json_build_array(o."code", n."code") END, CASE WHEN o."name" IS DISTINCT FROM n."name" THEN \'"name":\' || json_build_array(o."name", n."name") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."inspects_receipts" IS DISTINCT FROM n."inspects_receipts" THEN \'"inspects_receipts":\' || json_build_array(o."inspects_receipts", n."inspects_receipts") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."code", o."name", o."kind", o."inspects_receipts") IS DISTINCT FROM ROW(n."code", n."name", n."kind", n."inspects_receipts") ; RETURN NULL;',
                    hash="0bb82a66ecf1af9dfdd9072e7a5a61da5b6b2e47",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_64498",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_warehouse",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="inbounddelivery",
            index=models.Index(
                condition=models.Q(("tracking", ""), _negated=True),
                fields=["tracking"],
                name="inbound_of_waybill",
            ),
        ),
        migrations.AddIndex(
            model_name="inbounddelivery",
            index=models.Index(
                condition=models.Q(("source_key", ""), _negated=True),
                fields=["source_key"],
                name="inbound_of_sender",
            ),
        ),
        migrations.AddIndex(
            model_name="stock",
            index=models.Index(
                condition=models.Q(("quarantine__gt", 0)),
                fields=["warehouse", "id"],
                name="stock_in_quarantine",
            ),
        ),
        migrations.AddIndex(
            model_name="stockdocument",
            index=models.Index(
                condition=models.Q(("delivery_number", ""), _negated=True),
                fields=["delivery_number"],
                name="stock_document_of_delivery",
            ),
        ),
        migrations.RunSQL("CREATE SEQUENCE number_price_change", "DROP SEQUENCE number_price_change"),
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due at")),
                (
                    "platform_due_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="due on the platform at"),
                ),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="clock stands since")),
                (
                    "time_left",
                    models.DurationField(blank=True, null=True, verbose_name="time left on the clock"),
                ),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "to approve"),
                            ("applied", "applied"),
                            ("rejected", "rejected"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("since", models.DateTimeField(null=True, verbose_name="since")),
                ("rule", models.CharField(blank=True, max_length=200, verbose_name="rule")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("below_floor", models.PositiveIntegerField(default=0, verbose_name="below the floor")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("updated_at", models.DateTimeField(verbose_name="updated at")),
                (
                    "channel",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.channel",
                        verbose_name="shop",
                    ),
                ),
                (
                    "decider",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
            ],
            options={
                "verbose_name": "price change",
                "verbose_name_plural": "price changes",
            },
        ),
        migrations.CreateModel(
            name="PriceChangeLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="position")),
                (
                    "before",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="price before"
                    ),
                ),
                (
                    "floor",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="floor price"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="price")),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="catalog.pricechange",
                        verbose_name="price change",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.sku",
                        verbose_name="SKU",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a price change",
                "verbose_name_plural": "lines of a price change",
            },
        ),
        migrations.AddIndex(
            model_name="pricechange",
            index=models.Index(fields=["status", "-created_at", "-id"], name="price_change_in_status"),
        ),
        migrations.AddIndex(
            model_name="pricechange",
            index=models.Index(fields=["-created_at", "-id"], name="price_change_newest"),
        ),
        migrations.AddConstraint(
            model_name="pricechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decider__isnull", True),
                    ("requester__isnull", True),
                    models.Q(("decider", models.F("requester")), _negated=True),
                    _connector="OR",
                ),
                name="price_change_decided_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("below_floor", 0),
                    models.Q(("status", "applied"), _negated=True),
                    models.Q(("decider__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="price_below_floor_is_allowed",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricechange",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_pricechange\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."platform_due_at" IS DISTINCT FROM n."platform_due_at" THEN \'"platform_due_at":\' || json_build_array(o."platform_due_at", n."platform_due_at") END, CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."channel_id" IS DISTINCT FROM n."channel_id" THEN \'"channel_id":\' || json_build_array(o."channel_id", n."channel_id") END, CASE WHEN o."since" IS DISTINCT FROM n."since" THEN \'"since":\' || json_build_array(o."since", n."since") END, CASE WHEN o."rule" IS DISTINCT FROM n."rule" THEN \'"rule":\' || json_build_array(o."rule", n."rule") END, CASE WHEN o."reason" IS DISTINCT FROM n."reason" THEN \'"reason":\' || json_build_array(o."reason", n."reason") END, CASE WHEN o."below_floor" IS DISTINCT FROM n."below_floor" THEN \'"below_floor":\' || json_build_array(o."below_floor", n."below_floor") END, CASE WHEN o."requester_id" IS DISTINCT FROM n."requester_id" THEN \'"requester_id":\' || json_build_array(o."requester_id", n."requester_id") END, CASE WHEN o."decider_id" IS DISTINCT FROM n."decider_id" THEN \'"decider_id":\' || json_build_array(o."decider_id", n."decider_id") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."platform_due_at", o."number", o."channel_id", o."since", o."rule", o."reason", o."below_floor", o."requester_id", o."decider_id", o."created_at") IS DISTINCT FROM ROW(n."platform_due_at", n."number", n."channel_id", n."since", n."rule", n."reason", n."below_floor", n."requester_id", n."decider_id", n."created_at") ; RETURN NULL;',
                    hash="92b2982cb50942353de22f2e08cf952b15c899e1",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_e32e4",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_pricechange",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricechange",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT 'catalog_pricechange', old_rows.\"id\"::text, 'D', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;",
                    hash="d2ae61c551ae250f63ad6c83990bf6abb56bedd0",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_39207",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="catalog_pricechange",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="pricechangeline",
            constraint=models.UniqueConstraint(fields=("change", "position"), name="price_change_position"),
        ),
        migrations.AddConstraint(
            model_name="pricechangeline",
            constraint=models.UniqueConstraint(fields=("change", "sku"), name="price_change_of_sku"),
        ),
        migrations.AddConstraint(
            model_name="pricechangeline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0)), name="price_change_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricechangeline",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="52bccd94b039edef2219d3e983c4c2c88a98e36f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_81e73",
                    table="catalog_pricechangeline",
                    when="BEFORE",
                ),
            ),
        ),
    ]
