from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # orders come in while the index is built
    dependencies = [("orders", "0009_desk_indexes")]
    operations = [
        AddIndexConcurrently(
            model_name='order',
            index=models.Index(condition=models.Q(('paid_at__isnull', True), ('status__in', ('created', 'short', 'unmapped', 'reviewed', 'picked', 'packed'))), fields=['placed_at', 'id'], name='order_unpaid_oldest'),
        ),
    ]
