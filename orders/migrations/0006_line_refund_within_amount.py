from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_fill_refunds")]
    operations = [
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('refund_amount__lte', models.F('amount'))), name='order_line_refund_within_amount'),
        ),
    ]
