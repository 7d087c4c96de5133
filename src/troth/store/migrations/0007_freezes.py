"""Freeze windows and the overrides of them. A row may be changed or ended, and is never deleted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from troth.store.models.customers import fresh_salt
from troth.store.protection import statements

KEPT = r"""
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    REVOKE DELETE ON store_freezewindow, store_freezeoverride FROM troth_app;
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
    dependencies = [("store", "0006_salted_words")]

    operations = [
        migrations.CreateModel(
            name="FreezeWindow",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("layer", models.TextField()),
                ("scope", models.TextField(blank=True)),
                ("kind", models.TextField()),
                ("title", models.TextField()),
                ("reason", models.TextField()),
                ("time_zone", models.TextField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("first_on", models.DateField(null=True)),
                ("last_on", models.DateField(null=True)),
                ("repeats", models.TextField(blank=True)),
                ("skips", models.JSONField(default=list)),
                ("calendar", models.TextField(blank=True)),
                ("uid", models.TextField()),
                ("author", _user()),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", _user(null=True)),
                ("end_reason", models.TextField(blank=True)),
                ("salt", models.BinaryField(default=fresh_salt)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["starts_at", "id"], name="freeze_by_start")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("layer", "scope", "uid"), name="one_window_per_event"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FreezeOverride",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                (
                    "window",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="store.freezewindow",
                    ),
                ),
                ("change", models.TextField()),
                ("authority", _user()),
                ("reason", models.TextField()),
                ("given_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("version", models.TextField(blank=True)),
                ("salt", models.BinaryField(default=fresh_salt)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("window", "change", "authority"),
                        name="one_override_per_authority",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            statements(("store_freezewindow", "store_freezeoverride")), migrations.RunSQL.noop
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
