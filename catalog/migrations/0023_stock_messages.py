"""Other systems sign what they tell of the stock of their warehouses."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0022_stages_and_price_bands'),
    ]

    operations = [
        migrations.CreateModel(
            name='StockMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('webhook_id', models.CharField(max_length=100, verbose_name='message id')),
                ('digest', models.CharField(max_length=64, verbose_name='digest of the body')),
                ('kind', models.CharField(choices=[('stock.snapshot', 'whole stock'), ('stock.changed', 'changes only')], max_length=20, verbose_name='kind')),
                ('system', models.CharField(choices=[('none', 'our books lead'), ('jushuitan', 'Jushuitan'), ('wangdiantong', 'Wangdiantong'), ('other', 'another system')], max_length=20, verbose_name='system')),
                ('noted', models.PositiveIntegerField(verbose_name='lines noted')),
                ('unknown', models.PositiveIntegerField(verbose_name='lines not known')),
                ('missing', models.PositiveIntegerField(verbose_name='not in their list')),
                ('received_at', models.DateTimeField(verbose_name='received at')),
            ],
            options={
                'verbose_name': 'message of stock',
                'verbose_name_plural': 'messages of stock',
            },
        ),
        migrations.CreateModel(
            name='StockSender',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret_sealed', models.BinaryField()),
                ('secret_at', models.DateTimeField(verbose_name='secret of')),
            ],
            options={
                'verbose_name': 'sender of stock',
                'verbose_name_plural': 'senders of stock',
            },
        ),
        migrations.CreateModel(
            name='UnknownStockLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('sku_code', models.CharField(blank=True, max_length=60, verbose_name='SKU code')),
                ('barcode', models.CharField(blank=True, max_length=40, verbose_name='barcode')),
                ('goods_owner', models.CharField(default='own', max_length=40, verbose_name='owner')),
                ('batch_code', models.CharField(blank=True, max_length=60, verbose_name='batch')),
                ('units', models.BigIntegerField(verbose_name='units')),
                ('why', models.CharField(max_length=40, verbose_name='why')),
            ],
            options={
                'verbose_name': 'line that could not be noted',
                'verbose_name_plural': 'lines that could not be noted',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='stocksnapshot',
            name='audit_update',
        ),
        migrations.AddField(
            model_name='stocksnapshot',
            name='is_whole',
            field=models.BooleanField(db_default=True, default=True, verbose_name='whole stock'),
        ),
        migrations.AlterField(
            model_name='stocksnapshot',
            name='source',
            field=models.CharField(choices=[('file', 'file'), ('api', 'API'), ('webhook', 'webhook')], max_length=10, verbose_name='came by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksnapshot',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocksnapshot\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."taken_at" IS DISTINCT FROM n."taken_at" THEN \'"taken_at":\' || json_build_array(o."taken_at", n."taken_at") END, CASE WHEN o."source" IS DISTINCT FROM n."source" THEN \'"source":\' || json_build_array(o."source", n."source") END, CASE WHEN o."is_whole" IS DISTINCT FROM n."is_whole" THEN \'"is_whole":\' || json_build_array(o."is_whole", n."is_whole") END, CASE WHEN o."source_key" IS DISTINCT FROM n."source_key" THEN \'"source_key":\' || json_build_array(o."source_key", n."source_key") END, CASE WHEN o."actor" IS DISTINCT FROM n."actor" THEN \'"actor":\' || json_build_array(o."actor", n."actor") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."warehouse_id", o."taken_at", o."source", o."is_whole", o."source_key", o."actor", o."created_at") IS DISTINCT FROM ROW(n."number", n."warehouse_id", n."taken_at", n."source", n."is_whole", n."source_key", n."actor", n."created_at") ; RETURN NULL;', hash='33e760766ccf3d6d4fb5a77c7df8d09c6c28f1ff', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_7d10a', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_stocksnapshot', when='AFTER')),
        ),
        migrations.AddField(
            model_name='stockmessage',
            name='snapshot',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.stocksnapshot', verbose_name='stock snapshot'),
        ),
        migrations.AddField(
            model_name='stockmessage',
            name='warehouse',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddField(
            model_name='stocksender',
            name='warehouse',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddField(
            model_name='unknownstockline',
            name='message',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='catalog.stockmessage', verbose_name='message of stock'),
        ),
        migrations.AddField(
            model_name='unknownstockline',
            name='sku',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku', verbose_name='SKU'),
        ),
        migrations.AddIndex(
            model_name='stockmessage',
            index=models.Index(fields=['warehouse', '-id'], name='stock_message_newest'),
        ),
        migrations.AddConstraint(
            model_name='stockmessage',
            constraint=models.UniqueConstraint(fields=('warehouse', 'webhook_id'), name='stock_message_once'),
        ),
        migrations.AddConstraint(
            model_name='stockmessage',
            constraint=models.CheckConstraint(condition=models.Q(('webhook_id', ''), _negated=True), name='stock_message_has_an_id'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockmessage',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4749a7b2a6a8914eb2214ad1ab3f777454e638f5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_abdc3', table='catalog_stockmessage', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksender',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocksender\', new_rows."id"::text, \'I\', to_jsonb(new_rows.*) || jsonb_build_object(\'secret_sealed\', \'•\') FROM new_rows; RETURN NULL;', hash='91f6271d6fa52491d51c43653810e5b14a87f079', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_35690', referencing='REFERENCING NEW TABLE AS new_rows ', table='catalog_stocksender', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksender',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocksender\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."warehouse_id" IS DISTINCT FROM n."warehouse_id" THEN \'"warehouse_id":\' || json_build_array(o."warehouse_id", n."warehouse_id") END, CASE WHEN o."secret_sealed" IS DISTINCT FROM n."secret_sealed" THEN \'"secret_sealed":\' || json_build_array(\'•\', \'•\') END, CASE WHEN o."secret_at" IS DISTINCT FROM n."secret_at" THEN \'"secret_at":\' || json_build_array(o."secret_at", n."secret_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."warehouse_id", o."secret_sealed", o."secret_at") IS DISTINCT FROM ROW(n."warehouse_id", n."secret_sealed", n."secret_at") ; RETURN NULL;', hash='a46b552f196d78534dfb1bd08ddb2d90f3469c88', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_9f19a', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_stocksender', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stocksender',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stocksender\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) || jsonb_build_object(\'secret_sealed\', \'•\') FROM old_rows; RETURN NULL;', hash='cacb1a7acfef2b32381ece6d9653cfec14be11c2', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_afae2', referencing='REFERENCING OLD TABLE AS old_rows ', table='catalog_stocksender', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='unknownstockline',
            constraint=models.UniqueConstraint(fields=('message', 'position'), name='unknown_line_once'),
        ),
        migrations.AddConstraint(
            model_name='unknownstockline',
            constraint=models.CheckConstraint(condition=models.Q(('units__gte', 0)), name='unknown_line_not_negative'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='unknownstockline',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ee3d7f7b9bdd8cb8c3bf51d0b4c124c4f04932a9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_cbf89', table='catalog_unknownstockline', when='BEFORE')),
        ),
    ]
