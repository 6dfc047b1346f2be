import datetime

import django.db.models.functions.comparison
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # orders come in while the indexes are built
    dependencies = [("orders", "0008_owner_is_somebody")]
    operations = [
        AddIndexConcurrently(
            model_name='order',
            index=models.Index(models.F('status'), django.db.models.functions.comparison.Coalesce('ship_by', models.Value(datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), models.DateTimeField())), models.F('id'), condition=models.Q(('status__in', ('created', 'short', 'unmapped', 'reviewed', 'picked', 'packed'))), name='order_open_by_clock'),
        ),
        AddIndexConcurrently(
            model_name='order',
            index=models.Index(django.db.models.functions.comparison.Coalesce('ship_by', models.Value(datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), models.DateTimeField())), models.F('id'), condition=models.Q(('refund_status__in', ('requested', 'fully')), ('status__in', ('created', 'short', 'unmapped', 'reviewed', 'picked', 'packed', 'shipped'))), name='order_held_by_clock'),
        ),
        AddIndexConcurrently(
            model_name='order',
            index=models.Index(condition=models.Q(('owner__isnull', False)), fields=['owner'], name='order_of_owner'),
        ),
        AddIndexConcurrently(
            model_name='shipment',
            index=models.Index(fields=['shipped_at', 'id'], name='shipment_by_time'),
        ),
        AddIndexConcurrently(
            model_name='shipment',
            index=models.Index(fields=['waybill_number'], name='shipment_of_waybill'),
        ),
    ]
