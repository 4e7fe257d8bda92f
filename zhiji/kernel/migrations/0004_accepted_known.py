from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kernel', '0003_set_aside'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='accepted',
            index=models.Index(condition=models.Q(('customer_id__isnull', False)), fields=['customer_id'], name='accepted_known'),
        ),
    ]
