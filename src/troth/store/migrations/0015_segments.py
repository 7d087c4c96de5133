"""In which segment the last run placed each customer, with the wall that hides it."""

import django.db.models.deletion
from django.db import migrations, models

from troth.store.protection import statements


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0014_matching'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerSegment',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='placement', serialize=False, to='store.customer')),
                ('segment', models.TextField()),
                ('since', models.DateTimeField()),
                ('came_from', models.TextField(blank=True)),
                ('as_of', models.DateTimeField()),
                ('rule', models.TextField(blank=True)),
                ('policy_version', models.TextField(blank=True)),
                ('currency', models.TextField()),
                ('revenue_12m', models.DecimalField(decimal_places=2, max_digits=24, null=True)),
                ('revenue_before_12m', models.DecimalField(decimal_places=2, max_digits=24, null=True)),
                ('revenue_growth_percent', models.DecimalField(decimal_places=1, max_digits=16, null=True)),
                ('orders_12m', models.IntegerField(null=True)),
                ('orders_before_12m', models.IntegerField(null=True)),
                ('days_bought_24m', models.IntegerField(null=True)),
                ('days_since_last', models.IntegerField(null=True)),
                ('tenure_months', models.IntegerField(null=True)),
                ('cases_12m', models.IntegerField(null=True)),
                ('reopened_12m', models.IntegerField(null=True)),
                ('breached_12m', models.IntegerField(null=True)),
                ('contacts_12m', models.IntegerField(null=True)),
                ('contact_minutes_12m', models.DecimalField(decimal_places=2, max_digits=16, null=True)),
                ('channels_12m', models.IntegerField(null=True)),
                ('returns_12m', models.IntegerField(null=True)),
                ('promises_12m', models.IntegerField(null=True)),
                ('broken_promises_12m', models.IntegerField(null=True)),
                ('last_nps', models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                ('goods_cost_12m', models.DecimalField(decimal_places=2, max_digits=24, null=True)),
                ('expected_value', models.DecimalField(decimal_places=2, max_digits=24, null=True)),
                ('leaving_percent', models.DecimalField(decimal_places=4, max_digits=7, null=True)),
                ('recency_score', models.IntegerField(null=True)),
                ('frequency_score', models.IntegerField(null=True)),
                ('monetary_score', models.IntegerField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['segment'], name='customers_of_segment'), models.Index(fields=['-since'], name='segment_by_since')],
            },
        ),
        migrations.RunSQL(statements(("store_customersegment",)), migrations.RunSQL.noop),
    ]
