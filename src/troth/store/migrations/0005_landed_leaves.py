"""The hashes of what a landing brought: they name the version that was changed."""

import django.db.models.deletion
from django.db import migrations, models

# As the log itself: what was written stays written.
GRANTS = """
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    REVOKE UPDATE, DELETE ON store_landedleaves FROM troth_app;
  END IF;
END
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0004_row_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='LandedLeaves',
            fields=[
                ('landing', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='store.landing')),
                ('leaves', models.BinaryField()),
            ],
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
