"""A warehouse may belong to a brand, which then ships from it."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0016_arrival_key_once'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='warehouse',
            name='audit_update',
        ),
        migrations.AddField(
            model_name='warehouse',
            name='brand',
            field=models.ForeignKey(blank=True, db_index=False, help_text="Of a brand's own warehouse: the brand ships the orders that are reserved there.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.brand', verbose_name='shipped by the brand'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='warehouse',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_warehouse\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."code" IS DISTINCT FROM n."code" THEN \'"code":\' || json_build_array(o."code", n."code") END, CASE WHEN o."name" IS DISTINCT FROM n."name" THEN \'"name":\' || json_build_array(o."name", n."name") END, CASE WHEN o."kind" IS DISTINCT FROM n."kind" THEN \'"kind":\' || json_build_array(o."kind", n."kind") END, CASE WHEN o."system" IS DISTINCT FROM n."system" THEN \'"system":\' || json_build_array(o."system", n."system") END, CASE WHEN o."brand_id" IS DISTINCT FROM n."brand_id" THEN \'"brand_id":\' || json_build_array(o."brand_id", n."brand_id") END, CASE WHEN o."inspects_receipts" IS DISTINCT FROM n."inspects_receipts" THEN \'"inspects_receipts":\' || json_build_array(o."inspects_receipts", n."inspects_receipts") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."code", o."name", o."kind", o."system", o."brand_id", o."inspects_receipts") IS DISTINCT FROM ROW(n."code", n."name", n."kind", n."system", n."brand_id", n."inspects_receipts") ; RETURN NULL;', hash='192533af9f804ad649a40a054767b4f600468589', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_64498', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_warehouse', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='warehouse',
            constraint=models.CheckConstraint(condition=models.Q(('brand__isnull', True), ('kind', 'brand'), _connector='OR'), name='warehouse_of_a_brand_is_the_brands', violation_error_message="Only a warehouse that is the brand's can be shipped from by a brand."),
        ),
    ]
