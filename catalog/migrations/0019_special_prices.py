"""Prices for a time, over what else holds in a shop."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0017_warehouse_of_a_brand"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="pricechange",
            name="audit_update",
        ),
        migrations.AddField(
            model_name="price",
            name="change",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.pricechange",
                verbose_name="price change",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="until"),
        ),
        migrations.AddField(
            model_name="pricechange",
            name="ended_at",
            field=models.DateTimeField(null=True, verbose_name="ended at"),
        ),
        migrations.AddField(
            model_name="pricechange",
            name="until",
            field=models.DateTimeField(null=True, verbose_name="until"),
        ),
        migrations.AlterField(
            model_name="pricechange",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("waiting", "to approve"),
                    ("applied", "applied"),
                    ("rejected", "rejected"),
                    ("withdrawn", "withdrawn"),
                    ("ended", "ended early"),
                ],
                max_length=12,
                verbose_name="status",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricechange",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_pricechange\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."platform_due_at" IS DISTINCT FROM n."platform_due_at" THEN \'"platform_due_at":\' || json_build_array(o."platform_due_at", n."platform_due_at") END, CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."channel_id" IS DISTINCT FROM n."channel_id" THEN \'"channel_id":\' || json_build_array(o."channel_id", n."channel_id") END, CASE WHEN o."since" IS DISTINCT FROM n."since" THEN \'"since":\' || json_build_array(o."since", n."since") END, CASE WHEN o."until" IS DISTINCT FROM n."until" THEN \'"until":\' || json_build_array(o."until", n."until") END, CASE WHEN o."ended_at" IS DISTINCT FROM n."ended_at" THEN \'"ended_at":\' || json_build_array(o."ended_at", n."ended_at") END, CASE WHEN o."rule" IS DISTINCT FROM n."rule" THEN \'"rule":\' || json_build_array(o."rule", n."rule") END, CASE WHEN o."reason" IS DISTINCT FROM n."reason" THEN \'"reason":\' || json_build_array(o."reason", n."reason") END, CASE WHEN o."below_floor" IS DISTINCT FROM n."below_floor" THEN \'"below_floor":\' || json_build_array(o."below_floor", n."below_floor") END, CASE WHEN o."requester_id" IS DISTINCT FROM n."requester_id" THEN \'"requester_id":\' || json_build_array(o."requester_id", n."requester_id") END, CASE WHEN o."decider_id" IS DISTINCT FROM n."decider_id" THEN \'"decider_id":\' || json_build_array(o."decider_id", n."decider_id") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."platform_due_at", o."number", o."channel_id", o."since", o."until", o."ended_at", o."rule", o."reason", o."below_floor", o."requester_id", o."decider_id", o."created_at") IS DISTINCT FROM ROW(n."platform_due_at", n."number", n."channel_id", n."since", n."until", n."ended_at", n."rule", n."reason", n."below_floor", n."requester_id", n."decider_id", n."created_at") ; RETURN NULL;',
                    hash="af5e8ad507e14dd33b07ce313da8e466c3d82ca0",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_e32e4",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="catalog_pricechange",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True),
                    models.Q(
                        ("change__isnull", False),
                        ("channel__isnull", False),
                        ("until__gt", models.F("since")),
                    ),
                    _connector="OR",
                ),
                name="special_price_of_a_change",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True),
                    models.Q(
                        ("channel__isnull", False),
                        models.Q(("since__isnull", True), ("since__lt", models.F("until")), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="price_change_ends_in_a_shop",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    models.Q(("ended_at__lt", models.F("until")), ("until__isnull", False)),
                    _connector="OR",
                ),
                name="price_change_ends_early",
            ),
        ),
    ]
