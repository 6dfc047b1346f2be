import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0011_goods_checks'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='stockmovement',
            index=models.Index(fields=['stock', '-id'], name='movement_of_stock'),
        ),
        migrations.AlterField(
            model_name='stockmovement',
            name='stock',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='catalog.stock', verbose_name='stock'),
        ),
        migrations.AddIndex(
            model_name='stockmovement',
            index=models.Index(condition=models.Q(('document_kind', 'return_to_owner')), fields=['-id'], name='movement_to_owner'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('expires_on__isnull', False)), fields=['expires_on', 'id'], name='batch_by_date'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(condition=models.Q(('status', 'held')), fields=['stock', 'id'], name='reservation_held'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(fields=['owner'], name='stock_of_owner'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(condition=models.Q(('damaged__gt', 0)), fields=['sku', 'warehouse', 'owner'], name='stock_is_damaged'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(condition=models.Q(('in_transit__gt', 0)), fields=['sku', 'warehouse', 'owner'], name='stock_on_the_way'),
        ),
    ]
