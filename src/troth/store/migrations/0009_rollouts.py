"""Roll-outs in stages, with the wall that hides those of hidden customers. Never deleted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from troth.store.protection import statements

KEPT = r"""
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    REVOKE DELETE ON store_rollout FROM troth_app;
  END IF;
END
$$;
"""


def _user(*, null: bool = False) -> "models.ForeignKey[object, object]":
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        null=null,
    )


class Migration(migrations.Migration):
    dependencies = [("store", "0008_policy_changes")]

    operations = [
        migrations.CreateModel(
            name="Rollout",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("layer", models.TextField()),
                ("scope", models.TextField(blank=True)),
                ("document", models.JSONField()),
                ("change", models.TextField(blank=True)),
                ("stages", models.JSONField()),
                ("guardrails", models.JSONField()),
                ("state", models.TextField()),
                ("stage", models.IntegerField(default=0)),
                ("checked_at", models.DateTimeField(null=True)),
                ("readings", models.JSONField(default=list)),
                ("author", _user()),
                ("reason", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", _user(null=True)),
                ("end_reason", models.TextField(blank=True)),
                ("restored", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("planned", "running"))),
                        fields=("kind", "layer", "scope"),
                        name="one_rollout_at_a_time",
                    )
                ],
                "indexes": [
                    models.Index(fields=["state", "-created_at"], name="rollout_by_state")
                ],
            },
        ),
        migrations.RunSQL(statements(("store_rollout",)), migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
