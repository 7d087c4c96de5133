"""Privacy impact assessments and their sign-offs, behind the wall. Never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from troth.store.protection import statements

KEPT = r"""
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    -- An assessment is locked while it is signed, which takes the right to UPDATE.
    REVOKE DELETE ON store_assessment FROM troth_app;
    REVOKE UPDATE, DELETE ON store_assessmentsignoff FROM troth_app;
  END IF;
END
$$;
"""


def _user() -> "models.ForeignKey[object, object]":
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [("store", "0016_differences")]

    operations = [
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("contract", models.TextField()),
                ("contract_version", models.TextField()),
                ("fields", models.JSONField()),
                ("description", models.TextField()),
                ("purposes", models.JSONField()),
                ("basis", models.TextField()),
                ("interest", models.TextField(blank=True)),
                ("necessity", models.TextField()),
                ("risks", models.TextField()),
                ("measures", models.TextField()),
                ("retention", models.TextField()),
                ("recipients", models.TextField()),
                ("drafted_at", models.DateTimeField()),
                ("drafted_by", _user()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-drafted_at", "id"], name="assessment_by_day")
                ]
            },
        ),
        migrations.CreateModel(
            name="AssessmentSignOff",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                (
                    "assessment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sign_off",
                        to="store.assessment",
                    ),
                ),
                ("verdict", models.TextField()),
                ("reason", models.TextField()),
                ("conditions", models.TextField(blank=True)),
                ("expires_on", models.DateField(null=True)),
                ("signed_at", models.DateTimeField()),
                ("signed_by", _user()),
            ],
        ),
        migrations.RunSQL(
            statements(("store_assessment", "store_assessmentsignoff")), migrations.RunSQL.noop
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
