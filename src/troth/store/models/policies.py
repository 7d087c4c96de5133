"""Every policy version that was ever in force, never changed; and the changes that brought it."""

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


class PolicyChange(models.Model):
    """One change of policies: what it says, how far it has come, whom it reaches."""

    id = models.TextField(primary_key=True)  # "chg_" + 16 hex digits
    title = models.TextField()
    reason = models.TextField()
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    makers = models.JSONField()  # ids of all users who wrote or edited it
    state = models.TextField()  # of core.policies.changes; live and superseded follow by time
    documents = models.JSONField()  # the versions as they were written, without their numbers
    base = models.JSONField()  # "kind scope" → the version that it replaces, "" for none
    customers = models.JSONField(default=list)  # ids that the scopes name
    contracts = models.JSONField(default=list)  # keys that the scopes name
    revision = models.IntegerField(default=1)  # counts edits
    digest = models.TextField()  # of what is signed
    findings = models.JSONField(default=list)
    reach = models.JSONField(default=dict)  # {}: not measured yet
    replay = models.JSONField(default=dict)  # {}: not replayed
    needed = models.JSONField(default=list)  # sign-offs: function, because
    rule = models.TextField(blank=True)  # by which they were chosen, as a sentence
    versions = models.JSONField(default=list)  # ids of what it published
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    live_at = models.DateTimeField(null=True)  # the first of its versions comes into force
    ended_at = models.DateTimeField(null=True)  # none of its versions holds any more

    class Meta:
        indexes = [models.Index(fields=["state", "-created_at"])]


class PolicySignOff(models.Model):
    """One person's yes or no to a change, for one function. Rows are never changed."""

    id = models.TextField(primary_key=True)  # "sgn_" + 16 hex digits
    change = models.ForeignKey(PolicyChange, on_delete=models.PROTECT, related_name="sign_offs")
    function = models.TextField()
    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    verdict = models.TextField()  # approved, rejected
    reason = models.TextField()
    signed_at = models.DateTimeField()
    digest = models.TextField()  # of what was signed; another than the change's: void

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "digest", "function"], name="one_sign_off_per_function"
            ),
            models.UniqueConstraint(
                fields=["change", "digest", "user"], name="one_sign_off_per_person"
            ),
        ]
