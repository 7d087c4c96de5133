"""Every roll-out of a policy in stages: what it is, how far it came, and what was measured."""

from __future__ import annotations

from django.db import models


class Rollout(models.Model):
    """One change of one policy, from its first stage to its end. It is never deleted."""

    id = models.TextField(primary_key=True)  # "rol_" and 16 hex digits; what shares are chosen by
    kind = models.TextField()
    layer = models.TextField()
    scope = models.TextField(blank=True)  # the key within the layer, "" for the company
    document = models.JSONField()  # the version that each stage publishes, but for its audience
    change = models.TextField(blank=True)  # the signed change that it rolls out; "" for none
    # Each with share, regions and starts_at; once it is published, version and published_at too.
    stages = models.JSONField()
    guardrails = models.JSONField()
    state = models.TextField()  # planned, running, done, rolled_back
    stage = models.IntegerField(default=0)  # how many stages were published
    checked_at = models.DateTimeField(null=True)
    readings = models.JSONField(default=list)  # of the last check: a guardrail and its numbers
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        "store.User", on_delete=models.PROTECT, related_name="+", null=True
    )
    end_reason = models.TextField(blank=True)  # why it was rolled back
    restored = models.TextField(blank=True)  # the version that rolling back published

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "layer", "scope"],
                condition=models.Q(state__in=("planned", "running")),
                name="one_rollout_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "-created_at"], name="rollout_by_state")]
