"""Each counting of an arrival has a key of its own."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0014_transfers_arrive'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='stockdocumentline',
            name='audit_update',
        ),
        migrations.AddField(
            model_name='stockdocumentline',
            name='key',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=60),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockdocumentline',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_stockdocumentline\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."document_id" IS DISTINCT FROM n."document_id" THEN \'"document_id":\' || json_build_array(o."document_id", n."document_id") END, CASE WHEN o."position" IS DISTINCT FROM n."position" THEN \'"position":\' || json_build_array(o."position", n."position") END, CASE WHEN o."stock_id" IS DISTINCT FROM n."stock_id" THEN \'"stock_id":\' || json_build_array(o."stock_id", n."stock_id") END, CASE WHEN o."batch_id" IS DISTINCT FROM n."batch_id" THEN \'"batch_id":\' || json_build_array(o."batch_id", n."batch_id") END, CASE WHEN o."units" IS DISTINCT FROM n."units" THEN \'"units":\' || json_build_array(o."units", n."units") END, CASE WHEN o."from_state" IS DISTINCT FROM n."from_state" THEN \'"from_state":\' || json_build_array(o."from_state", n."from_state") END, CASE WHEN o."to_state" IS DISTINCT FROM n."to_state" THEN \'"to_state":\' || json_build_array(o."to_state", n."to_state") END, CASE WHEN o."key" IS DISTINCT FROM n."key" THEN \'"key":\' || json_build_array(o."key", n."key") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."document_id", o."position", o."stock_id", o."batch_id", o."units", o."from_state", o."to_state", o."key") IS DISTINCT FROM ROW(n."document_id", n."position", n."stock_id", n."batch_id", n."units", n."from_state", n."to_state", n."key") ; RETURN NULL;', hash='8c9244ac2b233732428ac7bdecb9cc368980333f', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_85b10', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_stockdocumentline', when='AFTER')),
        ),
    ]
