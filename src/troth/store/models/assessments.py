"""What was assessed before personal fields are collected, and who signed. Only ever added to."""

from __future__ import annotations

from django.db import models


class Assessment(models.Model):
    """A privacy impact assessment of some fields of one contract, as it was drafted."""

    id = models.TextField(primary_key=True)  # "pia_" and 16 hex digits
    contract = models.TextField()  # the contract's id
    contract_version = models.TextField()
    fields = models.JSONField()  # "source/feed/field" → its class, personal or restricted
    description = models.TextField()
    purposes = models.JSONField()  # keys of purposes that are declared
    basis = models.TextField()  # a core.consent.purposes.Basis
    interest = models.TextField(blank=True)  # where the basis is a legitimate interest
    necessity = models.TextField()
    risks = models.TextField()
    measures = models.TextField()
    retention = models.TextField()
    recipients = models.TextField()
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-drafted_at", "id"], name="assessment_by_day")]


class AssessmentSignOff(models.Model):
    """One person's yes or no to an assessment; it has one, and a new look is a new assessment."""

    id = models.TextField(primary_key=True)  # "pis_" and 16 hex digits
    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, related_name="sign_off")
    verdict = models.TextField()  # a core.consent.assessments.Verdict
    reason = models.TextField()
    conditions = models.TextField(blank=True)  # under which it is a yes
    expires_on = models.DateField(null=True)  # the last day of a yes
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
