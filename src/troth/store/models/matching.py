"""By which model are records matched that share no key, and what does it promise?"""

from __future__ import annotations

from django.db import models


class MatchModel(models.Model):
    """What was learnt of how records of one customer differ; the newest one is in use.

    The document holds no value of a record. Where nothing could be learnt, `sentence` says why.
    """

    id = models.TextField(primary_key=True)  # "mtm_" and 16 hex digits of what was learnt
    trained_at = models.DateTimeField()
    records = models.IntegerField()  # that it was learnt from
    sources = models.IntegerField(default=1)
    design = models.TextField()  # "person" or "organisation"
    design_digest = models.TextField()  # of what is compared; another one is learnt anew
    precision = models.DecimalField(max_digits=7, decimal_places=6)  # that troth.toml states
    sentence = models.TextField(blank=True)  # why nothing was learnt; "" where it was
    # Bits; of this weight or more two records are joined, or asked about.
    match_from = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    possible_from = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    # Numbers below are decimals written as text, so that their bytes repeat.
    expected = models.JSONField(default=dict)  # at match_from: precision, recall, pairs
    curve = models.JSONField(default=list)  # points as `expected`, the strictest first
    grounds = models.JSONField(default=dict)  # pairs, verdicts, rounds of learning
    document = models.TextField(blank=True)  # the model itself, canonical JSON
    digest = models.TextField(blank=True)  # of the document
    # Facts of this landing and before were scored; 0 where none were yet.
    through_landing = models.BigIntegerField(default=0)
    scored_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-trained_at"], name="newest_match_model")]
