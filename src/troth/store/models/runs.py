"""Each run of the main job: a journal, not a state."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One run: what counted as now, how far it came, what it did."""

    as_of = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    stage = models.TextField()
    summary = models.JSONField(default=dict)
