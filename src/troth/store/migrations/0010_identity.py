"""Stewards' verdicts, merges that can be undone, and why each value of a customer survived."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from troth.store.models.customers import fresh_salt
from troth.store.protection import statements

# What was said stays: it is withdrawn, with an author of its own.
KEPT = r"""
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    REVOKE DELETE ON store_identityverdict, store_fieldword FROM troth_app;
  END IF;
END
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0012_consents"),
    ]

    operations = [
        migrations.AddField(
            model_name='crosswalk',
            name='home',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.customer'),
        ),
        migrations.AddField(
            model_name='customer',
            name='merged_into',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='aliases', to='store.customer'),
        ),
        migrations.AddField(
            model_name='customer',
            name='provenance',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='customerpersonal',
            name='rules',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='resolutionquestion',
            name='evidence',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='resolutionquestion',
            name='probability',
            field=models.DecimalField(decimal_places=8, max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='resolutionquestion',
            name='weight',
            field=models.DecimalField(decimal_places=3, max_digits=9, null=True),
        ),
        migrations.CreateModel(
            name='FieldWord',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('field', models.TextField()),
                ('source_key', models.TextField()),
                ('reason', models.TextField()),
                ('given_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('salt', models.BinaryField(default=fresh_salt)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('customer', 'field'), name='one_word_a_field')],
            },
        ),
        migrations.CreateModel(
            name='IdentityVerdict',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('verdict', models.TextField()),
                ('level', models.TextField()),
                ('one', models.TextField()),
                ('other', models.TextField()),
                ('customers', models.JSONField()),
                ('reason', models.TextField()),
                ('given_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawal', models.TextField(blank=True)),
                ('salt', models.BinaryField(default=fresh_salt)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['-given_at'], name='verdict_by_day')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('level', 'one', 'other'), name='one_verdict_a_pair'), models.UniqueConstraint(condition=models.Q(('level', 'customer'), ('verdict', 'same'), ('withdrawn_at', None)), fields=('other',), name='merged_once')],
            },
        ),
        migrations.RunSQL(
            statements(("store_identityverdict", "store_fieldword")), migrations.RunSQL.noop
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
