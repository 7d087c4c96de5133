"""What customers are worth, and the models that say so, with the walls that hide them."""

import django.db.models.deletion
from django.db import migrations, models

from troth.store.protection import statements


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0009_rollouts'),
    ]

    operations = [
        migrations.CreateModel(
            name='ValueModel',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('relation', models.TextField()),
                ('as_of', models.DateTimeField()),
                ('form', models.TextField(blank=True)),
                ('sentence', models.TextField(blank=True)),
                ('customers', models.IntegerField(default=0)),
                ('rests_on', models.JSONField(default=dict)),
                ('terms', models.JSONField(default=dict)),
                ('parameters', models.JSONField(default=dict)),
                ('check_result', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(fields=['relation', '-as_of'], name='newest_value_model')],
            },
        ),
        migrations.CreateModel(
            name='CustomerValue',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='worth', serialize=False, to='store.customer')),
                ('as_of', models.DateTimeField()),
                ('form', models.TextField()),
                ('horizon_months', models.IntegerField()),
                ('silence_days', models.IntegerField()),
                ('currency', models.TextField()),
                ('value', models.DecimalField(decimal_places=2, max_digits=24)),
                ('low', models.DecimalField(decimal_places=2, max_digits=24)),
                ('high', models.DecimalField(decimal_places=2, max_digits=24)),
                ('alive', models.DecimalField(decimal_places=6, max_digits=7)),
                ('leaving', models.DecimalField(decimal_places=6, max_digits=7)),
                ('purchases', models.DecimalField(decimal_places=3, max_digits=12, null=True)),
                ('per_purchase', models.DecimalField(decimal_places=2, max_digits=24, null=True)),
                ('remaining_months', models.DecimalField(decimal_places=2, max_digits=8, null=True)),
                ('margin_percent', models.DecimalField(decimal_places=2, max_digits=5)),
                ('days_bought', models.IntegerField(null=True)),
                ('first_on', models.DateField()),
                ('last_on', models.DateField()),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.valuemodel')),
            ],
            options={
                'indexes': [models.Index(fields=['-value'], name='worth_by_value'), models.Index(fields=['-leaving'], name='worth_by_leaving')],
            },
        ),
        migrations.RunSQL(
            statements(("store_customervalue", "store_valuemodel")), migrations.RunSQL.noop
        ),
    ]
