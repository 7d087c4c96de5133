"""What customers are told of each purpose and what they said, behind the wall. Never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from troth.store.protection import statements

KEPT = r"""
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    -- A notice is locked while the next version is made of it, which takes the right to UPDATE.
    REVOKE DELETE ON store_consentnotice FROM troth_app;
    REVOKE UPDATE, DELETE ON store_consentevent FROM troth_app;
  END IF;
END
$$;
"""


def _to(model: str) -> "models.ForeignKey[object, object]":
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model
    )


class Migration(migrations.Migration):
    dependencies = [("store", "0011_source_positions")]

    operations = [
        migrations.CreateModel(
            name="ConsentNotice",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("purpose", models.TextField()),
                ("version", models.IntegerField()),
                ("basis", models.TextField()),
                ("title", models.TextField()),
                ("text", models.TextField()),
                ("layers", models.JSONField(default=list)),
                ("valid_days", models.IntegerField(null=True)),
                ("asks_again", models.BooleanField(default=False)),
                ("declared_at", models.DateTimeField()),
                ("declared_by", _to(settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("purpose", "version"), name="notice_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="ConsentEvent",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("customer", _to("store.customer")),
                ("purpose", models.TextField()),
                ("said", models.TextField()),
                ("effective_at", models.DateTimeField()),
                ("known_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("notice_version", models.IntegerField(default=0)),
                ("source", models.TextField()),
                ("how", models.TextField()),
                ("recorded_by", _to(settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "purpose"], name="consent_by_customer")
                ]
            },
        ),
        migrations.RunSQL(
            statements(("store_consentnotice", "store_consentevent")), migrations.RunSQL.noop
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
