"""A table for contact values told elsewhere than as contact points."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('profile', '0005_contact_values_respelled'),
        ('resolve', '0002_roots'),
    ]

    operations = [
        migrations.CreateModel(
            name='SealedValue',
            fields=[
                ('pk', models.CompositePrimaryKey('customer_id', 'digest', blank=True, editable=False, primary_key=True, serialize=False)),
                ('digest', models.BinaryField()),
                ('kind', models.CharField(max_length=10)),
                ('ciphertext', models.BinaryField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='resolve.customer')),
            ],
        ),
    ]
