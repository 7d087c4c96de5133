"""By which model records are matched that share no key."""

from django.db import migrations, models

from troth.store.protection import statements


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0010_identity'),
    ]

    operations = [
        migrations.CreateModel(
            name='MatchModel',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('trained_at', models.DateTimeField()),
                ('records', models.IntegerField()),
                ('sources', models.IntegerField(default=1)),
                ('design', models.TextField()),
                ('design_digest', models.TextField()),
                ('precision', models.DecimalField(decimal_places=6, max_digits=7)),
                ('sentence', models.TextField(blank=True)),
                ('match_from', models.DecimalField(decimal_places=6, max_digits=12, null=True)),
                ('possible_from', models.DecimalField(decimal_places=6, max_digits=12, null=True)),
                ('expected', models.JSONField(default=dict)),
                ('curve', models.JSONField(default=list)),
                ('grounds', models.JSONField(default=dict)),
                ('document', models.TextField(blank=True)),
                ('digest', models.TextField(blank=True)),
                ('through_landing', models.BigIntegerField(default=0)),
                ('scored_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-trained_at'], name='newest_match_model')],
            },
        ),
        migrations.RunSQL(statements(("store_matchmodel",)), migrations.RunSQL.noop),
    ]
