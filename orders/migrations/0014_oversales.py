"""Orders that came for more than there was are noted."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0022_stages_and_price_bands'),
        ('orders', '0013_shops_served_from'),
    ]

    operations = [
        migrations.CreateModel(
            name='Oversale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wanted', models.PositiveBigIntegerField(verbose_name='wanted')),
                ('available', models.PositiveBigIntegerField(verbose_name='available then')),
                ('shown', models.PositiveBigIntegerField(null=True, verbose_name='shown to buyers')),
                ('noted_at', models.DateTimeField(verbose_name='came in at')),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='oversales', to='orders.order', verbose_name='order')),
                ('sku', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku', verbose_name='SKU')),
            ],
            options={
                'verbose_name': 'oversale',
                'verbose_name_plural': 'oversales',
                'indexes': [models.Index(fields=['noted_at', 'id'], name='oversale_by_time'), models.Index(fields=['sku', 'id'], name='oversale_of_sku')],
                'constraints': [models.UniqueConstraint(fields=('order', 'sku'), name='oversale_once'), models.CheckConstraint(condition=models.Q(('wanted__gt', 0)), name='oversale_wanted_something')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='oversale',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='07c08bdb95919d1c02e14aa11c47463748b244c4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b550a', table='orders_oversale', when='BEFORE')),
        ),
    ]
