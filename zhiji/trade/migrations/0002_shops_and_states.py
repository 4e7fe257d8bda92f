"""Orders are told apart by shop, have a state and a moment of payment; refunds are rows of their own."""

import django.db.models.deletion
from django.db import migrations, models


# What was here was paid when it was placed; of refunds the last fact tells when.
STANDING = """
    UPDATE commerce_order SET paid_at = placed_at, state = CASE WHEN refunded <= 0 THEN 'paid'
        WHEN refunded >= amount THEN 'refunded' ELSE 'part_refunded' END;
    INSERT INTO commerce_refund (order_id, external_id, shop, customer_id, amount, at, message_key)
    SELECT DISTINCT ON (kept.id) kept.id, kept.external_id, '', kept.customer_id, kept.refunded, told.occurred_at,
           told.message_key
    FROM commerce_order AS kept
    JOIN resolve_customer AS owner ON owner.id = kept.customer_id
    JOIN resolve_customer AS same ON same.root_id = owner.root_id
    JOIN kernel_fact AS told ON told.customer_id = same.id AND told.name = 'order_refunded'
         AND told.properties->>'order_id' = kept.external_id
    WHERE kept.refunded > 0 ORDER BY kept.id, told.id DESC
    ON CONFLICT (message_key) DO NOTHING;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED
"""


class Migration(migrations.Migration):

    dependencies = [
        ('commerce', '0001_initial'),
        ('kernel', '0001_initial'),
        ('resolve', '0002_roots'),
    ]

    operations = [
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=80)),
                ('shop', models.CharField(blank=True, db_default='', max_length=80)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('at', models.DateTimeField()),
                ('message_key', models.UUIDField(unique=True)),
            ],
        ),
        migrations.AddField(
            model_name='order',
            name='paid_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='shop',
            field=models.CharField(blank=True, db_default='', max_length=80),
        ),
        migrations.AddField(
            model_name='order',
            name='state',
            field=models.CharField(choices=[('paid', '已付款'), ('unpaid', '待付款'), ('closed', '交易关闭'), ('part_refunded', '部分退款'), ('refunded', '已退款')], db_default='paid', max_length=14),
        ),
        migrations.AlterField(
            model_name='order',
            name='external_id',
            field=models.CharField(max_length=80),
        ),
        migrations.AddField(
            model_name='refund',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='resolve.customer'),
        ),
        migrations.AddField(
            model_name='refund',
            name='order',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='refunds', to='commerce.order'),
        ),
        migrations.RunSQL(STANDING, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['paid_at'], name='order_paid_at'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'paid'), _negated=True), fields=['state', '-placed_at'], name='order_of_another_state'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('external_id', 'shop'), name='order_once'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('order', None)), fields=['external_id'], name='refund_of_none_yet'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['at'], name='refund_at'),
        ),
    ]
