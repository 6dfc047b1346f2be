"""Stock set aside until a moment."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0008_bins_follow'),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE number_stock_hold", "DROP SEQUENCE number_stock_hold"),
        migrations.CreateModel(
            name='StockHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=30, unique=True, verbose_name='number')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('expires_at', models.DateTimeField(verbose_name='held until')),
                ('status', models.CharField(choices=[('held', 'held'), ('used', 'used up'), ('released', 'released'), ('expired', 'expired')], max_length=12, verbose_name='status')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('updated_at', models.DateTimeField(verbose_name='updated at')),
                ('channel', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.channel', verbose_name='shop')),
                ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.warehouse', verbose_name='warehouse')),
            ],
            options={
                'verbose_name': 'stock hold',
                'verbose_name_plural': 'stock holds',
            },
        ),
        migrations.CreateModel(
            name='StockHoldLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('units', models.PositiveBigIntegerField(verbose_name='units')),
                ('drawn', models.PositiveBigIntegerField(db_default=0, default=0, verbose_name='taken by orders')),
                ('hold', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='catalog.stockhold', verbose_name='stock hold')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku', verbose_name='SKU')),
            ],
            options={
                'verbose_name': 'line of a hold',
                'verbose_name_plural': 'lines of a hold',
            },
        ),
        migrations.AddIndex(
            model_name='stockhold',
            index=models.Index(condition=models.Q(('status', 'held')), fields=['expires_at', 'id'], name='hold_ends'),
        ),
        migrations.AddIndex(
            model_name='stockhold',
            index=models.Index(condition=models.Q(('status', 'held')), fields=['channel'], name='hold_of_channel'),
        ),
        migrations.AddIndex(
            model_name='stockhold',
            index=models.Index(fields=['status', '-id'], name='hold_in_status'),
        ),
        migrations.AddConstraint(
            model_name='stockhold',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='hold_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='stockhold',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='hold_ends_after_it_begins'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockhold',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockhold\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."channel_id" IS DISTINCT FROM n."channel_id" THEN \'"channel_id":\' || json_build_array(o."channel_id", n."channel_id") END, CASE WHEN o."reason" IS DISTINCT FROM n."reason" THEN \'"reason":\' || json_build_array(o."reason", n."reason") END, CASE WHEN o."expires_at" IS DISTINCT FROM n."expires_at" THEN \'"expires_at":\' || json_build_array(o."expires_at", n."expires_at") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."warehouse_id", o."channel_id", o."reason", o."expires_at", o."created_at") IS DISTINCT FROM ROW(n."number", n."warehouse_id", n."channel_id", n."reason", n."expires_at", n."created_at") ; RETURN NULL;', hash='864f09217b8922349abd472498e0861a5e78d9c1', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_e91eb', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_stockhold', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockhold',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockhold\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;', hash='800f8830ae487b4214b7b946af3efda339a032c0', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_ae79b', referencing='REFERENCING OLD TABLE AS old_rows ', table='catalog_stockhold', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='stockholdline',
            constraint=models.UniqueConstraint(fields=('hold', 'position'), name='hold_line_position'),
        ),
        migrations.AddConstraint(
            model_name='stockholdline',
            constraint=models.UniqueConstraint(fields=('hold', 'sku'), name='hold_line_sku'),
        ),
        migrations.AddConstraint(
            model_name='stockholdline',
            constraint=models.CheckConstraint(condition=models.Q(('units__gt', 0)), name='hold_line_has_units'),
        ),
        migrations.AddConstraint(
            model_name='stockholdline',
            constraint=models.CheckConstraint(condition=models.Q(('drawn__lte', models.F('units'))), name='hold_line_drawn_within_units'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockholdline',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockholdline\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."hold_id" IS DISTINCT FROM n."hold_id" THEN \'"hold_id":\' || json_build_array(o."hold_id", n."hold_id") END, CASE WHEN o."position" IS DISTINCT FROM n."position" THEN \'"position":\' || json_build_array(o."position", n."position") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."units" IS DISTINCT FROM n."units" THEN \'"units":\' || json_build_array(o."units", n."units") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."hold_id", o."position", o."sku_id", o."units") IS DISTINCT FROM ROW(n."hold_id", n."position", n."sku_id", n."units") ; RETURN NULL;', hash='ec0b5ff8710faf6a3e75a2c427819b90fcd78367', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_2112d', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_stockholdline', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockholdline',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockholdline\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;', hash='78e3ab0329c04d0a58ca4eb9aaadfbb835513653', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_bd340', referencing='REFERENCING OLD TABLE AS old_rows ', table='catalog_stockholdline', when='AFTER')),
        ),
    ]
