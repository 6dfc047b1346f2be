"""Listings that are worked over, with what was before and after."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0002_brand_changes'),
        ('catalog', '0015_arrivals_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE number_optimisation", "DROP SEQUENCE number_optimisation"),
        migrations.CreateModel(
            name='Optimisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=30, unique=True, verbose_name='number')),
                ('cause', models.CharField(choices=[('sales', 'it sells too little'), ('feedback', 'what buyers say'), ('returns', 'it comes back too often'), ('check', 'a check found faults'), ('other', 'other')], max_length=10, verbose_name='cause')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('status', models.CharField(choices=[('open', 'under way'), ('done', 'done'), ('dropped', 'dropped')], max_length=10, verbose_name='status')),
                ('verdict', models.CharField(blank=True, choices=[('better', 'better than before'), ('same', 'no different'), ('worse', 'worse than before')], max_length=10, verbose_name='verdict')),
                ('conclusion', models.CharField(blank=True, max_length=500, verbose_name='conclusion')),
                ('figures', models.JSONField(null=True, verbose_name='figures')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('updated_at', models.DateTimeField(verbose_name='updated at')),
                ('after', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.listingversion', verbose_name='version after')),
                ('before', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.listingversion', verbose_name='version before')),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.listing', verbose_name='listing')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'optimisation',
                'verbose_name_plural': 'optimisations',
                'indexes': [models.Index(fields=['status', '-created_at', '-id'], name='optimisation_in_status')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('listing',), name='optimisation_once'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), models.Q(('after__isnull', False), ('figures__isnull', False), models.Q(('verdict', ''), _negated=True)), _connector='OR'), name='done_optimisation_keeps_before_and_after')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='optimisation',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'analytics_optimisation\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."number" IS DISTINCT FROM n."number" THEN \'"number":\' || json_build_array(o."number", n."number") END, CASE WHEN o."listing_id" IS DISTINCT FROM n."listing_id" THEN \'"listing_id":\' || json_build_array(o."listing_id", n."listing_id") END, CASE WHEN o."cause" IS DISTINCT FROM n."cause" THEN \'"cause":\' || json_build_array(o."cause", n."cause") END, CASE WHEN o."note" IS DISTINCT FROM n."note" THEN \'"note":\' || json_build_array(o."note", n."note") END, CASE WHEN o."before_id" IS DISTINCT FROM n."before_id" THEN \'"before_id":\' || json_build_array(o."before_id", n."before_id") END, CASE WHEN o."after_id" IS DISTINCT FROM n."after_id" THEN \'"after_id":\' || json_build_array(o."after_id", n."after_id") END, CASE WHEN o."verdict" IS DISTINCT FROM n."verdict" THEN \'"verdict":\' || json_build_array(o."verdict", n."verdict") END, CASE WHEN o."conclusion" IS DISTINCT FROM n."conclusion" THEN \'"conclusion":\' || json_build_array(o."conclusion", n."conclusion") END, CASE WHEN o."figures" IS DISTINCT FROM n."figures" THEN \'"figures":\' || json_build_array(o."figures", n."figures") END, CASE WHEN o."created_at" IS DISTINCT FROM n."created_at" THEN \'"created_at":\' || json_build_array(o."created_at", n."created_at") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."number", o."listing_id", o."cause", o."note", o."before_id", o."after_id", o."verdict", o."conclusion", o."figures", o."created_at") IS DISTINCT FROM ROW(n."number", n."listing_id", n."cause", n."note", n."before_id", n."after_id", n."verdict", n."conclusion", n."figures", n."created_at") ; RETURN NULL;', hash='a99c83398507355f767f45b0956302c476d136fc', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_ef4d2', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='analytics_optimisation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='optimisation',
            trigger=pgtrigger.compiler.Trigger(name='audit_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'analytics_optimisation\', old_rows."id"::text, \'D\', to_jsonb(old_rows.*) FROM old_rows; RETURN NULL;', hash='14a5c6678f4af38523e9785aeba11c60bfc9b5b9', level='STATEMENT', operation='DELETE', pgid='pgtrigger_audit_delete_b4055', referencing='REFERENCING OLD TABLE AS old_rows ', table='analytics_optimisation', when='AFTER')),
        ),
    ]
