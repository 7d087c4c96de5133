"""Every policy version that was ever in force. Rows are never changed."""

from __future__ import annotations

from django.db import models


class PolicyVersion(models.Model):
    """One version of one policy for one scope."""

    id = models.TextField(primary_key=True)  # "pol_" + digest of its content
    kind = models.TextField()
    layer = models.TextField()
    scope = models.TextField(blank=True)
    number = models.IntegerField()
    effective_from = models.DateTimeField()
    effective_to = models.DateTimeField(null=True)
    published_at = models.DateTimeField()
    document = models.JSONField()  # the version as core.policies writes it, outputs included
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    clause = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "layer", "scope", "number"], name="one_number_per_version"
            ),
        ]
