"""Up to where a feed was read that is asked for what changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0013_values")]

    operations = [
        migrations.CreateModel(
            name="SourcePosition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.TextField()),
                ("feed", models.TextField()),
                ("position", models.TextField()),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "feed"), name="one_position_a_feed"
                    )
                ],
            },
        ),
    ]
