"""Is a field that a contract collects covered by a privacy impact assessment that was signed?

What an assessment contains is GDPR Art. 35(7): (a) a systematic description of the processing and
its purposes, with the legitimate interest where it rests on one; (b) why it is necessary and
proportionate; (c) the risks to the rights and freedoms of the people; (d) the measures against
them. Beside it stand the basis of Art. 6(1), the recipients and the retention, as in the record of
Art. 30(1). It is signed for a time, since Art. 35(11) has it looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from troth.core.consent.purposes import Basis

LONGEST_DAYS = 1096  # three years; then somebody has to look again
LONGEST_TEXT = 10_000


class AssessmentError(ValueError):
    """This assessment is not whole. Give what the message names."""

    code = "assessment.wrong"


class Verdict(StrEnum):
    """What whoever signs says."""

    APPROVED = "approved"
    WITH_CONDITIONS = "approved_with_conditions"
    REFUSED = "refused"


class Standing(StrEnum):
    """Where a field stands."""

    KNOWN = "known"  # the record's own field: the product's register of processing has it
    ASSESSED = "assessed"
    IN_USE = "in_use"  # it landed before this workspace had assessments: told, and not held back
    MISSING = "missing"  # nobody signed for it, or for less careful treatment only
    REFUSED = "refused"
    EXPIRED = "expired"

    @property
    def is_live(self) -> bool:
        """Whether it lands."""
        return self in (Standing.KNOWN, Standing.ASSESSED, Standing.IN_USE)


# From the least careful to the most; what is above these needs no assessment.
PERSONAL_CLASSES = ("personal", "restricted")


@dataclass(frozen=True, kw_only=True)
class Collected:
    """One personal or restricted field that a contract collects."""

    contract: str
    feed: str  # "crm/accounts"
    record: str
    field: str
    classification: str  # one of PERSONAL_CLASSES
    is_known: bool  # the record's own; else one that the company added

    @property
    def name(self) -> str:
        """ "crm/accounts/birthday"."""
        return f"{self.feed}/{self.field}"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What an assessment says, after Art. 35(7). Raises AssessmentError: all that is missing."""

    description: str  # (a): what is done with the fields, from where, how
    purposes: tuple[str, ...]  # (a): keys of declared purposes
    basis: Basis
    interest: str  # (a): the legitimate interest, where that is the basis
    necessity: str  # (b): why it cannot be done with less
    risks: str  # (c)
    measures: str  # (d)
    retention: str
    recipients: str

    def __post_init__(self) -> None:
        missing = [
            f"{name} ({article})"
            for name, article in (
                ("description", "Art. 35(7)(a)"),
                ("purposes", "Art. 35(7)(a)"),
                ("necessity", "Art. 35(7)(b)"),
                ("risks", "Art. 35(7)(c)"),
                ("measures", "Art. 35(7)(d)"),
                ("retention", "Art. 30(1)(f)"),
                ("recipients", "Art. 30(1)(d)"),
            )
            if not self._says(name)
        ]
        if self.basis is Basis.LEGITIMATE_INTERESTS and not self._says("interest"):
            missing.append("interest (Art. 35(7)(a))")
        if missing:
            raise AssessmentError(
                f"The assessment does not answer {', '.join(missing)}. Answer each in a sentence "
                "at least."
            )

    def _says(self, name: str) -> bool:
        found = getattr(self, name)
        return bool(found.strip() if isinstance(found, str) else found)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What was said of an assessment, and of which fields."""

    contract: str
    fields: Mapping[str, str]  # "crm/accounts/birthday" → its class when it was assessed
    verdict: Verdict
    signed_at: datetime
    expires_on: date | None  # the last day on which a yes counts; None of a no


def check_expiry(expires_on: date, *, today: date) -> None:
    """Raises AssessmentError where a yes would count for no day, or for longer than it may."""
    if not today <= expires_on <= today + timedelta(days=LONGEST_DAYS):
        raise AssessmentError(
            f"An assessment is signed until a day from {today} to "
            f"{today + timedelta(days=LONGEST_DAYS)}, not until {expires_on}: then somebody looks "
            "at it again (Art. 35(11))."
        )


def standing_of(asked: Collected, signed: Iterable[Signed], *, at: datetime) -> Standing:
    """Where a field stands at an instant: the last word that was said of it counts."""
    if asked.is_known:
        return Standing.KNOWN
    words = [
        item
        for item in signed
        if item.contract == asked.contract and asked.name in item.fields and item.signed_at <= at
    ]
    if not words:
        return Standing.MISSING
    last = max(words, key=lambda item: item.signed_at)
    if last.verdict is Verdict.REFUSED:
        return Standing.REFUSED
    if last.expires_on is None or at.date() > last.expires_on:
        return Standing.EXPIRED
    was = last.fields[asked.name]
    is_as_careful = PERSONAL_CLASSES.index(was) >= PERSONAL_CLASSES.index(asked.classification)
    return Standing.ASSESSED if is_as_careful else Standing.MISSING
