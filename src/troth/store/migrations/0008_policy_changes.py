"""Changes of policies and their sign-offs, with the walls that hide those of hidden customers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


from troth.store.protection import statements

# A sign-off stays as it was given.
GRANTS = """
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    REVOKE UPDATE, DELETE ON store_policysignoff FROM troth_app;
  END IF;
END
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0007_freezes'),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyChange',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('title', models.TextField()),
                ('reason', models.TextField()),
                ('makers', models.JSONField()),
                ('state', models.TextField()),
                ('documents', models.JSONField()),
                ('base', models.JSONField()),
                ('customers', models.JSONField(default=list)),
                ('contracts', models.JSONField(default=list)),
                ('revision', models.IntegerField(default=1)),
                ('digest', models.TextField()),
                ('findings', models.JSONField(default=list)),
                ('reach', models.JSONField(default=dict)),
                ('replay', models.JSONField(default=dict)),
                ('needed', models.JSONField(default=list)),
                ('rule', models.TextField(blank=True)),
                ('versions', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('proposed_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('live_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PolicySignOff',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('function', models.TextField()),
                ('verdict', models.TextField()),
                ('reason', models.TextField()),
                ('signed_at', models.DateTimeField()),
                ('digest', models.TextField()),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sign_offs', to='store.policychange')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='policychange',
            index=models.Index(fields=['state', '-created_at'], name='store_polic_state_63e05a_idx'),
        ),
        migrations.AddConstraint(
            model_name='policysignoff',
            constraint=models.UniqueConstraint(fields=('change', 'digest', 'function'), name='one_sign_off_per_function'),
        ),
        migrations.AddConstraint(
            model_name='policysignoff',
            constraint=models.UniqueConstraint(fields=('change', 'digest', 'user'), name='one_sign_off_per_person'),
        ),
        migrations.RunSQL(
            statements(("store_policychange", "store_policysignoff")), migrations.RunSQL.noop
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
