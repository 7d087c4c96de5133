"""Who signed for which personal fields, and which landed before anybody could?"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from troth.core.consent.assessments import Collected, Signed, Standing, Verdict, standing_of
from troth.store.models import FACTS, AssessmentSignOff

_BEGAN_WITH = "0017_assessments"


def standing(asked: Collected, *, at: datetime) -> Standing:
    """Where one field of a contract stands at an instant. Run it as the program."""
    if asked.is_known:
        return Standing.KNOWN
    found = standing_of(asked, _signed(asked.contract), at=at)
    # What somebody said counts more than that it was always so.
    return Standing.IN_USE if found is Standing.MISSING and _is_in_use(asked) else found


def _signed(contract: str) -> list[Signed]:
    rows = AssessmentSignOff.objects.filter(assessment__contract=contract)
    return [
        Signed(
            contract=contract,
            fields=row.assessment.fields,
            verdict=Verdict(row.verdict),
            signed_at=row.signed_at,
            expires_on=row.expires_on,
        )
        for row in rows.select_related("assessment")
    ]


def _is_in_use(asked: Collected) -> bool:
    """Whether a version of the feed's records had it before this workspace had assessments."""
    if AssessmentSignOff.objects.filter(
        assessment__contract=asked.contract, assessment__fields__has_key=asked.name
    ).exists():
        return False
    began = (
        MigrationRecorder(connection)
        .migration_qs.filter(app="store", name=_BEGAN_WITH)
        .values_list("applied", flat=True)
        .first()
    )
    source, _, feed = asked.feed.partition("/")
    facts = FACTS[asked.record]._default_manager.filter(
        landing__source=source, landing__feed=feed, landed_at__lt=began
    )
    return began is not None and facts.filter(custom__has_key=asked.field).exists()
