"""What shops may show of the stock, and which SKUs are to be reckoned anew."""

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

ALL_ARE_STALE = """
INSERT INTO catalog_stalestock (sku_id) SELECT DISTINCT sku_id FROM catalog_channelsku WHERE status = 'matched'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0009_channel_stock'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChannelStock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('units', models.PositiveBigIntegerField(verbose_name='shown')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('pushed_at', models.DateTimeField(verbose_name='told at')),
            ],
            options={
                'verbose_name': 'channel stock',
                'verbose_name_plural': 'channel stock',
            },
        ),
        migrations.CreateModel(
            name='ChannelStockRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('share', models.DecimalField(decimal_places=4, default=1, max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)], verbose_name='share')),
                ('buffer', models.PositiveIntegerField(default=0, verbose_name='buffer (units)')),
                ('presale', models.PositiveIntegerField(default=0, verbose_name='pre-sale quota (units)')),
                ('is_on', models.BooleanField(default=True, verbose_name='on')),
                ('updated_at', models.DateTimeField(verbose_name='updated at')),
            ],
            options={
                'verbose_name': 'rule of channel stock',
                'verbose_name_plural': 'rules of channel stock',
            },
        ),
        migrations.CreateModel(
            name='ChannelWarehouse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'warehouse of the shop',
                'verbose_name_plural': 'warehouses of the shop',
            },
        ),
        migrations.CreateModel(
            name='StaleStock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sku_id', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'SKU to reckon anew',
                'verbose_name_plural': 'SKUs to reckon anew',
            },
        ),
        migrations.AddField(
            model_name='channelsku',
            name='pending_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='not yet downloaded: as of'),
        ),
        migrations.AddField(
            model_name='channelsku',
            name='pending_units',
            field=models.PositiveBigIntegerField(db_default=0, default=0, verbose_name='not yet downloaded (units)'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stock',
            trigger=pgtrigger.compiler.Trigger(name='leaves_stale', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n        INSERT INTO catalog_stalestock (sku_id)\n        SELECT DISTINCT n.sku_id FROM new_rows n JOIN old_rows o ON o.id = n.id\n        WHERE n.available <> o.available;\n        RETURN NULL;\n    ', hash='fa52dda82d903e00ac89c707d581cf4258878df2', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_leaves_stale_11cef', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_stock', when='AFTER')),
        ),
        migrations.AddField(
            model_name='channelstock',
            name='channel_sku',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='shown', to='catalog.channelsku', verbose_name='SKU of a shop'),
        ),
        migrations.AddField(
            model_name='channelstockrule',
            name='channel',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.channel', verbose_name='shop'),
        ),
        migrations.AddField(
            model_name='channelstockrule',
            name='sku',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku', verbose_name='SKU'),
        ),
        migrations.AddField(
            model_name='channelwarehouse',
            name='channel',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.channel', verbose_name='shop'),
        ),
        migrations.AddField(
            model_name='channelwarehouse',
            name='warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddConstraint(
            model_name='channelstockrule',
            constraint=models.UniqueConstraint(fields=('channel', 'sku'), name='channel_stock_rule_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='channelstockrule',
            constraint=models.CheckConstraint(condition=models.Q(('share__gte', 0), ('share__lte', 1)), name='channel_stock_share_is_a_share'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channelstockrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_channelstockrule\', new_rows."id"::text, \'I\', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;', hash='de5d996b72000cc238bf92c7d5df98729cfbe8b0', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_1856b', referencing='REFERENCING NEW TABLE AS new_rows ', table='catalog_channelstockrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channelstockrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_channelstockrule\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."channel_id" IS DISTINCT FROM n."channel_id" THEN \'"channel_id":\' || json_build_array(o."channel_id", n."channel_id") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."share" IS DISTINCT FROM n."share" THEN \'"share":\' || json_build_array(o."share", n."share") END, CASE WHEN o."buffer" IS DISTINCT FROM n."buffer" THEN \'"buffer":\' || json_build_array(o."buffer", n."buffer") END, CASE WHEN o."presale" IS DISTINCT FROM n."presale" THEN \'"presale":\' || json_build_array(o."presale", n."presale") END, CASE WHEN o."is_on" IS DISTINCT FROM n."is_on" THEN \'"is_on":\' || json_build_array(o."is_on", n."is_on") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."channel_id", o."sku_id", o."share", o."buffer", o."presale", o."is_on") IS DISTINCT FROM ROW(n."channel_id", n."sku_id", n."share", n."buffer", n."presale", n."is_on") ; RETURN NULL;', hash='30409e7e3dae5856ed4c0baae35c0c7bd5fd50c0', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_22166', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_channelstockrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channelstockrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_channelstockrule\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;', hash='dca0fe68d748bd0fb6013924ced7eb780d5fed3d', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_c56e5', referencing='REFERENCING OLD TABLE AS old_rows ', table='catalog_channelstockrule', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='channelwarehouse',
            constraint=models.UniqueConstraint(fields=('channel', 'warehouse'), name='channel_warehouse_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channelwarehouse',
            trigger=pgtrigger.compiler.Trigger(name='offers_anew', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        INSERT INTO catalog_stalestock (sku_id)\n        SELECT DISTINCT sku_id FROM catalog_channelsku\n        WHERE channel_id = (CASE TG_OP WHEN 'DELETE' THEN OLD.channel_id ELSE NEW.channel_id END)\n          AND status = 'matched';\n        RETURN NULL;\n    ", hash='945805638fe8823f4946ff7c598d7294f69bc858', operation='INSERT OR DELETE', pgid='pgtrigger_offers_anew_eae17', table='catalog_channelwarehouse', when='AFTER')),
        ),
        migrations.RunSQL(ALL_ARE_STALE, migrations.RunSQL.noop),
    ]
