import datetime
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('act', '0001_initial'),
        ('resolve', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DeliverySettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sender_name', models.CharField(db_default='知己小店', max_length=80, verbose_name='发件人名称')),
                ('sender_address', models.EmailField(db_default='hello@shop.example', max_length=254, verbose_name='发件地址')),
                ('reply_to', models.EmailField(blank=True, db_default='', help_text='留空则回复到发件地址', max_length=254, verbose_name='回复地址')),
                ('shop_name', models.CharField(db_default='知己小店', max_length=80, verbose_name='店铺名称')),
                ('shop_url', models.URLField(blank=True, db_default='', verbose_name='店铺网址')),
                ('postal', models.CharField(blank=True, db_default='', help_text='显示在每封邮件的末尾', max_length=200, verbose_name='联系地址')),
                ('cap_per_day', models.SmallIntegerField(db_default=1, verbose_name='每 24 小时最多')),
                ('cap_per_week', models.SmallIntegerField(db_default=3, verbose_name='每 7 天最多')),
                ('quiet_from', models.TimeField(db_default=datetime.time(21, 0), default=datetime.time(21, 0), verbose_name='免打扰开始')),
                ('quiet_until', models.TimeField(db_default=datetime.time(9, 0), default=datetime.time(9, 0), verbose_name='免打扰结束')),
                ('max_attempts', models.SmallIntegerField(db_default=8, verbose_name='暂时失败时最多尝试')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(unique=True)),
                ('channel', models.CharField(db_default='email', max_length=20)),
                ('name', models.CharField(max_length=80, verbose_name='名称')),
                ('purpose', models.CharField(choices=[('marketing', '营销'), ('service', '服务')], db_default='marketing', max_length=20, verbose_name='目的')),
                ('subject', models.CharField(max_length=200, verbose_name='主题')),
                ('html', models.TextField(verbose_name='正文（HTML）')),
                ('text', models.TextField(verbose_name='正文（纯文本）')),
                ('version', models.IntegerField(db_default=1)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReceivedMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.TextField(unique=True)),
                ('envelope_from', models.TextField()),
                ('envelope_to', models.TextField()),
                ('subject', models.TextField(blank=True, db_default='')),
                ('raw', models.BinaryField()),
                ('repeats', models.IntegerField(db_default=0, help_text='how often the same Message-ID came again')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['envelope_to', '-id'], name='deliver_rec_envelop_186092_idx')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('send_key', models.TextField(unique=True)),
                ('channel', models.CharField(db_default='email', max_length=20)),
                ('template_version', models.IntegerField(null=True)),
                ('written', models.JSONField(help_text='{subject, text} of a letter a person wrote without a template', null=True)),
                ('rule_id', models.BigIntegerField(db_index=True, null=True)),
                ('purpose', models.CharField(choices=[('marketing', '营销'), ('service', '服务')], db_default='marketing', max_length=20)),
                ('subject', models.CharField(blank=True, db_default='', max_length=300)),
                ('variables', models.JSONField(db_default={}, help_text='what the template was filled in with, since sending')),
                ('links', models.JSONField(db_default=[])),
                ('state', models.CharField(choices=[('planned', '待发送'), ('sending', '发送中'), ('sent', '已发送'), ('failed', '失败'), ('refused', '未发送'), ('bounced', '退信')], db_default='planned', max_length=10)),
                ('reason', models.CharField(blank=True, db_default='', help_text='a code of reasons.py', max_length=30)),
                ('reply', models.TextField(blank=True, db_default='', help_text="the mail server's words, addresses taken out")),
                ('attempts', models.SmallIntegerField(db_default=0)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='not before: retries, quiet hours')),
                ('planned_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('sender', models.CharField(blank=True, db_default='', max_length=40)),
                ('leased_until', models.DateTimeField(null=True)),
                ('counted_at', models.DateTimeField(help_text='when it passed the frequency cap: counts from then', null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('opened_at', models.DateTimeField(null=True)),
                ('clicked_at', models.DateTimeField(null=True)),
                ('bounced_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='resolve.customer')),
                ('entry', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='act.ruleentry')),
                ('template', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='deliver.template')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'planned')), fields=['due_at'], name='message_due'), models.Index(condition=models.Q(('state', 'sending')), fields=['leased_until'], name='message_leased'), models.Index(fields=['customer', '-planned_at'], name='deliver_mes_custome_ec197f_idx'), models.Index(fields=['state', '-id'], name='deliver_mes_state_74c262_idx'), models.Index(fields=['template', '-id'], name='deliver_mes_templat_f55009_idx'), models.Index(fields=['rule_id', '-id'], name='deliver_mes_rule_id_063e05_idx')],
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('subject', models.CharField(max_length=200)),
                ('html', models.TextField()),
                ('text', models.TextField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='deliver.template')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('template', 'version'), name='template_version_once')],
            },
        ),
        migrations.CreateModel(
            name='WebhookCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('send_key', models.TextField(unique=True)),
                ('rule_id', models.BigIntegerField(null=True)),
                ('url', models.TextField()),
                ('host', models.CharField(max_length=260)),
                ('secret', models.BinaryField(help_text='encrypted under the master key')),
                ('body', models.JSONField()),
                ('state', models.CharField(choices=[('planned', '待调用'), ('sending', '调用中'), ('sent', '成功'), ('failed', '失败'), ('refused', '被拒绝')], db_default='planned', max_length=10)),
                ('attempts', models.SmallIntegerField(db_default=0)),
                ('status', models.SmallIntegerField(null=True)),
                ('reason', models.TextField(blank=True, db_default='')),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('planned_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('leased_until', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='resolve.customer')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='act.ruleentry')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'planned')), fields=['due_at'], name='webhook_due'), models.Index(condition=models.Q(('state__in', ['planned', 'sending'])), fields=['host'], name='webhook_open'), models.Index(fields=['state', '-id'], name='deliver_web_state_1b005e_idx')],
            },
        ),
    ]
