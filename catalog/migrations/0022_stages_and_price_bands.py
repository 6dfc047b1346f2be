"""A SKU has a stage of life; a shop has a core category, a price band and a tone."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0022_listing_rulings'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='channel',
            name='audit_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='sku',
            name='audit_update',
        ),
        migrations.AddField(
            model_name='channel',
            name='core_category',
            field=models.ForeignKey(blank=True, db_index=False, help_text='What the shop stands for, with all below it; a listing of something else is warned of.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.category', verbose_name='core category'),
        ),
        migrations.AddField(
            model_name='channel',
            name='highest_price',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='price band to'),
        ),
        migrations.AddField(
            model_name='channel',
            name='lowest_price',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='A listing with a price outside the band is warned of.', max_digits=14, null=True, verbose_name='price band from'),
        ),
        migrations.AddField(
            model_name='channel',
            name='tone',
            field=models.CharField(blank=True, db_default='', default='', help_text='Who writes a listing reads it beside the form.', max_length=300, verbose_name='tone of the brand'),
        ),
        migrations.AddField(
            model_name='sku',
            name='stage',
            field=models.CharField(blank=True, choices=[('new', 'new'), ('clearing', 'being cleared')], db_default='', default='', help_text="What is being cleared is sold off: it isn't ordered again, and nobody is warned that it runs out.", max_length=10, verbose_name='stage of life'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='channel',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_channel\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."code" IS DISTINCT FROM n."code" THEN \'"code":\' || json_build_array(o."code", n."code") END, CASE WHEN o."name" IS DISTINCT FROM n."name" THEN \'"name":\' || json_build_array(o."name", n."name") END, CASE WHEN o."platform" IS DISTINCT FROM n."platform" THEN \'"platform":\' || json_build_array(o."platform", n."platform") END, CASE WHEN o."fee_rate" IS DISTINCT FROM n."fee_rate" THEN \'"fee_rate":\' || json_build_array(o."fee_rate", n."fee_rate") END, CASE WHEN o."is_active" IS DISTINCT FROM n."is_active" THEN \'"is_active":\' || json_build_array(o."is_active", n."is_active") END, CASE WHEN o."core_category_id" IS DISTINCT FROM n."core_category_id" THEN \'"core_category_id":\' || json_build_array(o."core_category_id", n."core_category_id") END, CASE WHEN o."lowest_price" IS DISTINCT FROM n."lowest_price" THEN \'"lowest_price":\' || json_build_array(o."lowest_price", n."lowest_price") END, CASE WHEN o."highest_price" IS DISTINCT FROM n."highest_price" THEN \'"highest_price":\' || json_build_array(o."highest_price", n."highest_price") END, CASE WHEN o."tone" IS DISTINCT FROM n."tone" THEN \'"tone":\' || json_build_array(o."tone", n."tone") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."code", o."name", o."platform", o."fee_rate", o."is_active", o."core_category_id", o."lowest_price", o."highest_price", o."tone") IS DISTINCT FROM ROW(n."code", n."name", n."platform", n."fee_rate", n."is_active", n."core_category_id", n."lowest_price", n."highest_price", n."tone") ; RETURN NULL;', hash='7a713df0384cc52942be3281a508f08118c83327', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_c9f23', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_channel', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sku',
            trigger=pgtrigger.compiler.Trigger(name='audit_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO accounts_auditentry (table_name, row_pk, operation, changes) SELECT \'catalog_sku\', COALESCE(o."id", n."id")::text, \'U\', (\'{\' || concat_ws(\',\', CASE WHEN o."code" IS DISTINCT FROM n."code" THEN \'"code":\' || json_build_array(o."code", n."code") END, CASE WHEN o."product_id" IS DISTINCT FROM n."product_id" THEN \'"product_id":\' || json_build_array(o."product_id", n."product_id") END, CASE WHEN o."name" IS DISTINCT FROM n."name" THEN \'"name":\' || json_build_array(o."name", n."name") END, CASE WHEN o."barcode" IS DISTINCT FROM n."barcode" THEN \'"barcode":\' || json_build_array(o."barcode", n."barcode") END, CASE WHEN o."list_price" IS DISTINCT FROM n."list_price" THEN \'"list_price":\' || json_build_array(o."list_price", n."list_price") END, CASE WHEN o."is_bundle" IS DISTINCT FROM n."is_bundle" THEN \'"is_bundle":\' || json_build_array(o."is_bundle", n."is_bundle") END, CASE WHEN o."tracks_batches" IS DISTINCT FROM n."tracks_batches" THEN \'"tracks_batches":\' || json_build_array(o."tracks_batches", n."tracks_batches") END, CASE WHEN o."is_active" IS DISTINCT FROM n."is_active" THEN \'"is_active":\' || json_build_array(o."is_active", n."is_active") END, CASE WHEN o."options" IS DISTINCT FROM n."options" THEN \'"options":\' || json_build_array(o."options", n."options") END, CASE WHEN o."cost" IS DISTINCT FROM n."cost" THEN \'"cost":\' || json_build_array(o."cost", n."cost") END, CASE WHEN o."floor_price" IS DISTINCT FROM n."floor_price" THEN \'"floor_price":\' || json_build_array(o."floor_price", n."floor_price") END, CASE WHEN o."reference_price" IS DISTINCT FROM n."reference_price" THEN \'"reference_price":\' || json_build_array(o."reference_price", n."reference_price") END, CASE WHEN o."price_role" IS DISTINCT FROM n."price_role" THEN \'"price_role":\' || json_build_array(o."price_role", n."price_role") END, CASE WHEN o."stage" IS DISTINCT FROM n."stage" THEN \'"stage":\' || json_build_array(o."stage", n."stage") END, CASE WHEN o."weight_grams" IS DISTINCT FROM n."weight_grams" THEN \'"weight_grams":\' || json_build_array(o."weight_grams", n."weight_grams") END, CASE WHEN o."length_mm" IS DISTINCT FROM n."length_mm" THEN \'"length_mm":\' || json_build_array(o."length_mm", n."length_mm") END, CASE WHEN o."width_mm" IS DISTINCT FROM n."width_mm" THEN \'"width_mm":\' || json_build_array(o."width_mm", n."width_mm") END, CASE WHEN o."height_mm" IS DISTINCT FROM n."height_mm" THEN \'"height_mm":\' || json_build_array(o."height_mm", n."height_mm") END, CASE WHEN o."packaging" IS DISTINCT FROM n."packaging" THEN \'"packaging":\' || json_build_array(o."packaging", n."packaging") END, CASE WHEN o."shelf_life_days" IS DISTINCT FROM n."shelf_life_days" THEN \'"shelf_life_days":\' || json_build_array(o."shelf_life_days", n."shelf_life_days") END, CASE WHEN o."receive_days" IS DISTINCT FROM n."receive_days" THEN \'"receive_days":\' || json_build_array(o."receive_days", n."receive_days") END, CASE WHEN o."near_days" IS DISTINCT FROM n."near_days" THEN \'"near_days":\' || json_build_array(o."near_days", n."near_days") END, CASE WHEN o."ship_days" IS DISTINCT FROM n."ship_days" THEN \'"ship_days":\' || json_build_array(o."ship_days", n."ship_days") END) || \'}\')::jsonb FROM old_rows o FULL JOIN new_rows n ON o."id" = n."id" WHERE ROW(o."code", o."product_id", o."name", o."barcode", o."list_price", o."is_bundle", o."tracks_batches", o."is_active", o."options", o."cost", o."floor_price", o."reference_price", o."price_role", o."stage", o."weight_grams", o."length_mm", o."width_mm", o."height_mm", o."packaging", o."shelf_life_days", o."receive_days", o."near_days", o."ship_days") IS DISTINCT FROM ROW(n."code", n."product_id", n."name", n."barcode", n."list_price", n."is_bundle", n."tracks_batches", n."is_active", n."options", n."cost", n."floor_price", n."reference_price", n."price_role", n."stage", n."weight_grams", n."length_mm", n."width_mm", n."height_mm", n."packaging", n."shelf_life_days", n."receive_days", n."near_days", n."ship_days") ; RETURN NULL;', hash='dfcb521e0c423c174bd16c9d7a78e9d55633a790', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_audit_update_6d662', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='catalog_sku', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='channel',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('highest_price__gte', models.F('lowest_price')), ('lowest_price__gte', 0)), ('lowest_price__isnull', True), ('highest_price__isnull', True), _connector='OR'), name='channel_price_band_in_order', violation_error_message='The band ends below its beginning.'),
        ),
    ]
