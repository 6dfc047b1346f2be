"""Rules by which goods on sale are looked at again."""

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0010_shown_stock'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE number_goods_check", "DROP SEQUENCE number_goods_check"),
        migrations.CreateModel(
            name='GoodsCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=30, unique=True, verbose_name='number')),
                ('kind', models.CharField(choices=[('no_sale', "doesn't sell"), ('margin', 'too little is left'), ('returns', 'comes back too often'), ('content', 'its listing has faults')], max_length=10, verbose_name='kind')),
                ('status', models.CharField(choices=[('open', 'to look at'), ('settled', 'looked at'), ('over', 'over by itself')], default='open', max_length=10, verbose_name='status')),
                ('figure', models.DecimalField(decimal_places=4, max_digits=16, verbose_name='figure')),
                ('limit', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='limit')),
                ('days', models.PositiveIntegerField(verbose_name='over (days)')),
                ('quiet_days', models.PositiveIntegerField(verbose_name='then quiet for (days)')),
                ('action', models.CharField(blank=True, choices=[('keep', 'stays as it is'), ('price', 'gets another price'), ('improve', 'gets a better listing'), ('delist', 'is delisted'), ('return', 'goes back to its owner')], max_length=12, verbose_name='action')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('quiet_until', models.DateTimeField(null=True, verbose_name='quiet until')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('updated_at', models.DateTimeField(verbose_name='updated at')),
                ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.channel', verbose_name='shop')),
                ('decider', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku', verbose_name='SKU')),
            ],
            options={
                'verbose_name': 'check of goods',
                'verbose_name_plural': 'checks of goods',
            },
        ),
        migrations.CreateModel(
            name='CheckRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('no_sale', "doesn't sell"), ('margin', 'too little is left'), ('returns', 'comes back too often'), ('content', 'its listing has faults')], max_length=10, verbose_name='kind')),
                ('limit', models.DecimalField(decimal_places=4, default=1, max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit')),
                ('days', models.PositiveIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1)], verbose_name='over (days)')),
                ('quiet_days', models.PositiveIntegerField(default=30, verbose_name='then quiet for (days)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('brand', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.brand', verbose_name='brand')),
            ],
            options={
                'verbose_name': 'rule of checks',
                'verbose_name_plural': 'rules of checks',
                'constraints': [models.UniqueConstraint(fields=('kind', 'brand'), name='check_rule_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('days__gt', 0), ('limit__gte', 0)), name='check_rule_has_limits')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='checkrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_checkrule\', new_rows."id"::text, \'I\', to_jsonb(new_rows.*) FROM new_rows; RETURN NULL;', hash='e766bb3816853ad7a6a2d5c51288d9986816b9d8', level='STATEMENT', operation='INSERT', pgid='pgtrigger_audit_insert_7099f', referencing='REFERENCING NEW TABLE AS new_rows ', table='catalog_checkrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='checkrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_checkrule\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."brand_id" IS DISTINCT FROM n."brand_id" THEN \'"brand_id":\' || json_build_array(o."brand_id", n."brand_id") END, CASE WHEN o."limit" IS DISTINCT FROM n."limit" THEN \'"limit":\' || json_build_array(o."limit", n."limit") END, CASE WHEN o."days" IS DISTINCT FROM n."days" THEN \'"days":\' || json_build_array(o."days", n."days") END, CASE WHEN o."quiet_days" IS DISTINCT FROM n."quiet_days" THEN \'"quiet_days":\' || json_build_array(o."quiet_days", n."quiet_days") END, CASE WHEN o."is_active" IS DISTINCT FROM n."is_active" THEN \'"is_active":\' || json_build_array(o."is_active", n."is_active") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."kind", o."brand_id", o."limit", o."days", o."quiet_days", o."is_active") IS DISTINCT FROM ROW(n."kind", n."brand_id", n."limit", n."days", n."quiet_days", n."is_active") ; RETURN NULL;', hash='318d4c2863ae1720d1649c39c964a06453d13879', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_bb874', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_checkrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='checkrule',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_checkrule\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;', hash='42ceff90dc87f955fb6b54dad9daec0da508d98c', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_58f6d', referencing='REFERENCING OLD TABLE AS old_rows ', table='catalog_checkrule', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='goodscheck',
            index=models.Index(fields=['status', 'kind', '-created_at', '-id'], name='check_in_status'),
        ),
        migrations.AddIndex(
            model_name='goodscheck',
            index=models.Index(condition=models.Q(('status', 'settled')), fields=['kind', 'sku', 'channel'], name='check_that_is_quiet'),
        ),
        migrations.AddConstraint(
            model_name='goodscheck',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('kind', 'sku', 'channel'), name='check_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='goodscheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'settled'), _negated=True), models.Q(('action', ''), _negated=True), _connector='OR'), name='settled_check_has_an_action'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='goodscheck',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_goodscheck\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."sku_id" IS DISTINCT FROM n."sku_id" THEN \'"sku_id":\' || json_build_array(o."sku_id", n."sku_id") END, CASE WHEN o."channel_id" IS DISTINCT FROM n."channel_id" THEN \'"channel_id":\' || json_build_array(o."channel_id", n."channel_id") END, CASE WHEN o."action" IS DISTINCT FROM n."action" THEN \'"action":\' || json_build_array(o."action", n."action") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END, CASE WHEN o."decider_id" IS DISTINCT FROM n."decider_id" THEN \'"decider_id":\' || json_build_array(o."decider_id", n."decider_id") END, CASE WHEN o."quiet_until" IS DISTINCT FROM n."quiet_until" THEN \'"quiet_until":\' || json_build_array(o."quiet_until", n."quiet_until") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."kind", o."sku_id", o."channel_id", o."action", o."note", o."decider_id", o."quiet_until", o."created_at") IS DISTINCT FROM ROW(n."number", n."kind", n."sku_id", n."channel_id", n."action", n."note", n."decider_id", n."quiet_until", n."created_at") ; RETURN NULL;', hash='6087925f637132633325829215a873da8ccf23ed', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_ea257', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_goodscheck', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='goodscheck',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_goodscheck\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;', hash='880f382b10997e5f7ce4a054ae9f01c5ba0d84e6', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_9b019', referencing='REFERENCING OLD TABLE AS old_rows ', table='catalog_goodscheck', when='AFTER')),
        ),
    ]
