"""Differences between order, shipment and invoice, with the wall that hides them."""

import django.db.models.deletion
import troth.store.models.customers
from django.conf import settings
from django.db import migrations, models

from troth.store.protection import statements


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0015_segments'),
    ]

    operations = [
        migrations.CreateModel(
            name='CommitmentDifference',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('order_key', models.TextField()),
                ('line_key', models.TextField(blank=True)),
                ('kind', models.TextField()),
                ('number', models.IntegerField()),
                ('region', models.TextField()),
                ('expected', models.TextField()),
                ('found', models.TextField()),
                ('unit', models.TextField(blank=True)),
                ('figures', models.JSONField(default=dict)),
                ('state', models.TextField()),
                ('opened_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('righted_at', models.DateTimeField(null=True)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('salt', models.BinaryField(default=troth.store.models.customers.fresh_salt)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('billed_to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.customer')),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='store.customer')),
            ],
            options={
                'indexes': [models.Index(fields=['state', '-opened_at'], name='difference_by_day'), models.Index(fields=['customer', '-opened_at'], name='difference_of_customer'), models.Index(fields=['order_key'], name='difference_of_order')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('righted_at', None)), fields=('order_key', 'line_key', 'kind'), name='one_difference_a_kind')],
            },
        ),
        migrations.RunSQL(statements(("store_commitmentdifference",)), migrations.RunSQL.noop),
    ]
