from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collect", "0003_nothing_words_and_left_out")]

    operations = [
        migrations.AddField(
            "importrun",
            "language",
            models.CharField(db_default="zh-hans", help_text="of whoever asked; reasons are in it", max_length=10),
        ),
    ]
