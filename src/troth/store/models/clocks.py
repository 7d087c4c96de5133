"""Every running and stopped clock: promises and cases alike."""

from __future__ import annotations

from django.db import models


class Clock(models.Model):
    """One clock on one subject for one metric, as core.work.clocks left it."""

    subject_kind = models.TextField()  # order, case
    subject = models.TextField()
    metric = models.TextField()  # delivery, first_response, resolution
    customer = models.ForeignKey("store.Customer", on_delete=models.PROTECT, null=True)
    region = models.TextField()
    target_seconds = models.BigIntegerField(null=True)  # working seconds
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.TextField()  # in_progress, paused, completed, cancelled
    breached = models.BooleanField(default=False)
    breached_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    working_elapsed_seconds = models.BigIntegerField(default=0)
    wall_elapsed_seconds = models.BigIntegerField(default=0)
    working_paused_seconds = models.BigIntegerField(default=0)
    wall_paused_seconds = models.BigIntegerField(default=0)
    pauses = models.IntegerField(default=0)
    resets = models.IntegerField(default=0)
    fixed_due_at = models.DateTimeField(null=True)  # the target of a clock that has no span
    as_of = models.DateTimeField()  # the last instant that it was looked at
    calendar_digest = models.TextField(blank=True)  # SharedInput

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject", "metric"], name="one_clock_per_metric"
            ),
        ]
        indexes = [models.Index(fields=["state", "breached", "due_at"])]
