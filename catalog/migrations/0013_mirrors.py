"""What other systems say stands in a warehouse."""

import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0012_look_at_stock'),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE number_stock_snapshot", "DROP SEQUENCE number_stock_snapshot"),
        migrations.CreateModel(
            name='StockSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=30, unique=True, verbose_name='number')),
                ('taken_at', models.DateTimeField(verbose_name='taken at')),
                ('source', models.CharField(choices=[('file', 'file'), ('api', 'API')], max_length=10, verbose_name='came by')),
                ('source_key', models.CharField(max_length=120, verbose_name="sender's number")),
                ('actor', models.CharField(max_length=160, verbose_name='actor')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'stock snapshot',
                'verbose_name_plural': 'stock snapshots',
            },
        ),
        migrations.CreateModel(
            name='StockSnapshotLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('goods_owner', models.CharField(default='own', max_length=40, verbose_name='owner')),
                ('batch_code', models.CharField(blank=True, max_length=60, verbose_name='batch')),
                ('theirs', models.BigIntegerField(verbose_name='theirs')),
                ('ours', models.BigIntegerField(verbose_name='ours')),
                ('difference', models.BigIntegerField(verbose_name='difference')),
                ('is_listed', models.BooleanField(default=True, verbose_name='in their list')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='explanation')),
            ],
            options={
                'verbose_name': 'line of a snapshot',
                'verbose_name_plural': 'lines of a snapshot',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='warehouse',
            name='audit_update',
        ),
        migrations.AddField(
            model_name='warehouse',
            name='system',
            field=models.CharField(choices=[('none', 'our books lead'), ('jushuitan', 'Jushuitan'), ('wangdiantong', 'Wangdiantong'), ('other', 'another system')], db_default='none', default='none', max_length=20, verbose_name='whose books lead'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='warehouse',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_warehouse\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."code" IS DISTINCT FROM n."code" THEN \'"code":\' || json_build_array(o."code", n."code") END, CASE WHEN o."name" IS DISTINCT FROM n."name" THEN \'"name":\' || json_build_array(o."name", n."name") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."system" IS DISTINCT FROM n."system" THEN \'"system":\' || json_build_array(o."system", n."system") END, CASE WHEN o."inspects_receipts" IS DISTINCT FROM n."inspects_receipts" THEN \'"inspects_receipts":\' || json_build_array(o."inspects_receipts", n."inspects_receipts") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."code", o."name", o."kind", o."system", o."inspects_receipts") IS DISTINCT FROM ROW(n."code", n."name", n."kind", n."system", n."inspects_receipts") ; RETURN NULL;', hash='a7eda1072d9d644f5c69a1c618bbddb6f085cd85', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_64498', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_warehouse', when='AFTER')),
        ),
        migrations.AddField(
            model_name='stocksnapshot',
            name='warehouse',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddField(
            model_name='stocksnapshotline',
            name='request',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.stockrequest', verbose_name='stock request'),
        ),
        migrations.AddField(
            model_name='stocksnapshotline',
            name='sku',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku', verbose_name='SKU'),
        ),
        migrations.AddField(
            model_name='stocksnapshotline',
            name='snapshot',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='catalog.stocksnapshot', verbose_name='stock snapshot'),
        ),
        migrations.AddIndex(
            model_name='stocksnapshot',
            index=models.Index(fields=['warehouse', '-taken_at', '-id'], name='stock_snapshot_newest'),
        ),
        migrations.AddConstraint(
            model_name='stocksnapshot',
            constraint=models.UniqueConstraint(fields=('warehouse', 'source_key'), name='stock_snapshot_once'),
        ),
        migrations.AddConstraint(
            model_name='stocksnapshot',
            constraint=models.CheckConstraint(condition=models.Q(('source_key', ''), _negated=True), name='stock_snapshot_has_a_key'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksnapshot',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocksnapshot\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."taken_at" IS DISTINCT FROM n."taken_at" THEN \'"taken_at":\' || json_build_array(o."taken_at", n."taken_at") END, CASE WHEN o."source" IS DISTINCT FROM n."source" THEN \'"source":\' || json_build_array(o."source", n."source") END, CASE WHEN o."source_key" IS DISTINCT FROM n."source_key" THEN \'"source_key":\' || json_build_array(o."source_key", n."source_key") END, CASE WHEN o."actor" IS DISTINCT FROM n."actor" THEN \'"actor":\' || json_build_array(o."actor", n."actor") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."warehouse_id", o."taken_at", o."source", o."source_key", o."actor", o."created_at") IS DISTINCT FROM ROW(n."number", n."warehouse_id", n."taken_at", n."source", n."source_key", n."actor", n."created_at") ; RETURN NULL;', hash='e6eaaf94867ccce96adb1434f5bb2e9824aa8494', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_7d10a', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_stocksnapshot', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksnapshot',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocksnapshot\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;', hash='dde5a3bd62f4cb668f38bf65b2ccc9eed1a9557c', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_1f29d', referencing='REFERENCING OLD TABLE AS old_rows ', table='catalog_stocksnapshot', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='stocksnapshotline',
            index=models.Index(condition=models.Q(('difference', 0), _negated=True), fields=['snapshot'], name='snapshot_differs'),
        ),
        migrations.AddConstraint(
            model_name='stocksnapshotline',
            constraint=models.UniqueConstraint(fields=('snapshot', 'sku', 'goods_owner', 'batch_code'), name='snapshot_line_once'),
        ),
        migrations.AddConstraint(
            model_name='stocksnapshotline',
            constraint=models.CheckConstraint(condition=models.Q(('difference', django.db.models.expressions.CombinedExpression(models.F('theirs'), '-', models.F('ours')))), name='snapshot_difference_is_theirs_less_ours'),
        ),
        migrations.AddConstraint(
            model_name='stocksnapshotline',
            constraint=models.CheckConstraint(condition=models.Q(('theirs__gte', 0)), name='snapshot_theirs_not_negative'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksnapshotline',
            trigger=pgtrigger.compiler.Trigger(name='says_what_it_said', sql=pgtrigger.compiler.UpsertTriggerSql(func='RAISE EXCEPTION \'pgtrigger: Cannot update of "theirs", "ours", "difference", "sku_id", "batch_code", "goods_owner" rows from % table\', TG_TABLE_NAME;', hash='3cdc42a26e6a3439cd2f65bbdacaa03b15cd1829', operation='UPDATE OF "theirs", "ours", "difference", "sku_id", "batch_code", "goods_owner"', pgid='pgtrigger_says_what_it_said_2ec7f', table='catalog_stocksnapshotline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksnapshotline',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocksnapshotline\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."snapshot_id" IS DISTINCT FROM n."snapshot_id" THEN \'"snapshot_id":\' || json_build_array(o."snapshot_id", n."snapshot_id") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."goods_owner" IS DISTINCT FROM n."goods_owner" THEN \'"goods_owner":\' || json_build_array(o."goods_owner", n."goods_owner") END, CASE WHEN o."batch_code" IS DISTINCT FROM n."batch_code" THEN \'"batch_code":\' || json_build_array(o."batch_code", n."batch_code") END, CASE WHEN o."theirs" IS DISTINCT FROM n."theirs" THEN \'"theirs":\' || json_build_array(o."theirs", n."theirs") END, CASE WHEN o."ours" IS DISTINCT FROM n."ours" THEN \'"ours":\' || json_build_array(o."ours", n."ours") END, CASE WHEN o."difference" IS DISTINCT FROM n."difference" THEN \'"difference":\' || json_build_array(o."difference", n."difference") END, CASE WHEN o."is_listed" IS DISTINCT FROM n."is_listed" THEN \'"is_listed":\' || json_build_array(o."is_listed", n."is_listed") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END, CASE WHEN o."request_id" IS DISTINCT FROM n."request_id" THEN \'"request_id":\' || json_build_array(o."request_id", n."request_id") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."snapshot_id", o."sku_id", o."goods_owner", o."batch_code", o."theirs", o."ours", o."difference", o."is_listed", o."note", o."request_id") IS DISTINCT FROM ROW(n."snapshot_id", n."sku_id", n."goods_owner", n."batch_code", n."theirs", n."ours", n."difference", n."is_listed", n."note", n."request_id") ; RETURN NULL;', hash='6f08737573eaab64cd68f832356d91de1ba9b1fd', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_9510d', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_stocksnapshotline', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksnapshotline',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocksnapshotline\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;', hash='6b13f0056047420f9a8807b1631139e8d2a41669', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_ad8f9', referencing='REFERENCING OLD TABLE AS old_rows ', table='catalog_stocksnapshotline', when='AFTER')),
        ),
    ]
