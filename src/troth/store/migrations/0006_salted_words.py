"""A salt for what people write of a customer, so that no digest in the log lets it be guessed."""

from django.db import migrations, models

from troth.store.models.customers import fresh_salt


class Migration(migrations.Migration):
    dependencies = [("store", "0005_landed_leaves")]

    operations = [
        migrations.AddField(
            model_name=name, name="salt", field=models.BinaryField(default=fresh_salt)
        )
        for name in ("breakglass", "customeraccess")
    ]
