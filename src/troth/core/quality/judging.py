"""How good is each field of a customer, by five measures, and why was a point lost?

The measures are dimensions of data quality of ISO/IEC 25012:2008 (completeness, accuracy in its
syntactic sense, consistency, currentness, credibility), under the shorter words of the DAMA Data
Management Body of Knowledge: complete, valid, consistent, fresh (its timeliness), verified.
Each is a share from 0 to 1, or None where it cannot be said: missing is no value, neither good nor
bad. A field's score is the mean of what can be said of it, a customer's the weighted mean of its
fields' scores.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from troth.core.identity.golden import STEWARD
from troth.core.quality.expected import FIELDS, Expected
from troth.core.quality.forms import is_in_form, say_the_same


class Measure(StrEnum):
    """What is asked of a field."""

    COMPLETE = "complete"  # it has a value, where a customer of that kind should have one
    VALID = "valid"  # the value has the form of its field
    CONSISTENT = "consistent"  # the share of the records which say something that say the same
    FRESH = "fresh"  # a feed that says it is no older than its contract allows
    VERIFIED = "verified"  # a steward said it, or a record that keeps its contract does


MEASURES = tuple(Measure)
_NOTHING: Mapping[Measure, Fraction | None] = dict.fromkeys(MEASURES)
_YES, _NO = Fraction(1), Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A feed under contract, as the last run measured it (ADR 0026)."""

    name: str  # "crm/customers"
    lag_seconds: int | None = None  # None: it never told of anything
    promised_seconds: int | None = None  # how old it may be; None where the contract says nothing
    checked: frozenset[str] = frozenset()  # fields that its contract has a rule for


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What one source record says of the customer."""

    key: str  # "<system>:<the system's own key>"
    fields: Mapping[str, Any]
    feed: Feed | None = None  # None without a contract
    is_waiting: bool = False  # it breaks its contract, and waits for a steward


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """One field of the golden record."""

    value: str
    source: str = ""  # the record that it came from
    rule: str = ""  # by which it was chosen


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """Why a measure is below 1. The sentence holds no value of the customer."""

    measure: Measure
    code: str
    sentence: str
    records: tuple[str, ...] = ()  # those at fault


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldQuality:
    """One field by the five measures."""

    name: str
    weight: int
    measures: Mapping[Measure, Fraction | None]
    losses: tuple[Loss, ...] = ()
    source: str = ""
    rule: str = ""

    @property
    def score(self) -> Fraction | None:
        """The mean of what can be said; None where nothing can."""
        return mean_of((share, 1) for share in self.measures.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerQuality:
    """One customer by fields, in the order of `FIELDS`."""

    fields: tuple[FieldQuality, ...]

    @property
    def score(self) -> Fraction | None:
        """The mean of the fields' scores by their weights; None where nothing can be said."""
        return mean_of((field.score, field.weight) for field in self.fields)


def mean_of(shares: Iterable[tuple[Fraction | None, int]]) -> Fraction | None:
    """The mean of (share, weight) over the shares that there are."""
    numerators: dict[int, int] = {}  # by denominator: whole numbers add up faster than fractions
    total = 0
    for share, weight in shares:
        if share is not None:
            below = share.denominator
            numerators[below] = numerators.get(below, 0) + share.numerator * weight
            total += weight
    if not total:
        return None
    return sum((Fraction(above, below * total) for below, above in numerators.items()), _NO)


def judge(
    records: Sequence[Said], held: Mapping[str, Held], *, withheld: Collection[str] = ()
) -> CustomerQuality:
    """A customer's golden record, `held` by field, beside what its records say now.

    `withheld`: fields that were erased; nothing is asked of them. The order of the records counts
    for nothing but the order in which those at fault are named.
    """
    party_kind = _value(held, "party_kind")
    country = _value(held, "country")
    return CustomerQuality(
        fields=tuple(
            FieldQuality(name=field.name, weight=field.weight, measures=_NOTHING)
            if field.name in withheld
            else _judged(field, records, held.get(field.name), party_kind, country)
            for field in FIELDS
        )
    )


def _value(held: Mapping[str, Held], name: str) -> str:
    found = held.get(name)
    return found.value.strip() if found is not None else ""


def _judged(
    field: Expected, records: Sequence[Said], held: Held | None, party_kind: str, country: str
) -> FieldQuality:
    is_expected = field.is_expected_of(party_kind)
    if held is None or not held.value.strip():
        if not is_expected:
            return FieldQuality(name=field.name, weight=field.weight, measures=_NOTHING)
        return FieldQuality(
            name=field.name,
            weight=field.weight,
            measures={**_NOTHING, Measure.COMPLETE: _NO},
            losses=(_missing(field),),
        )
    telling = [record for record in records if _text(record.fields.get(field.name))]
    agreeing = [
        record
        for record in telling
        if say_the_same(field.name, held.value, _text(record.fields[field.name]))
    ]
    parts = (
        (None if is_expected is False else _YES, None),
        _valid(field, held.value, country),
        _consistent(telling, agreeing),
        _fresh(agreeing),
        _verified(field, held, agreeing),
    )
    return FieldQuality(
        name=field.name,
        weight=field.weight,
        measures=dict(zip(MEASURES, (share for share, _ in parts), strict=True)),
        losses=tuple(loss for _, loss in parts if loss is not None),
        source=held.source,
        rule=held.rule,
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


_Part = tuple[Fraction | None, Loss | None]


def _missing(field: Expected) -> Loss:
    return Loss(
        measure=Measure.COMPLETE,
        code="quality:missing",
        sentence=f"No record says it. {field.because}",
    )


def _valid(field: Expected, value: str, country: str) -> _Part:
    match is_in_form(field.name, value, country=country):
        case None:
            return None, None
        case True:
            return _YES, None
    sentence = "It does not have the form that such a field has."
    return _NO, Loss(measure=Measure.VALID, code="quality:malformed", sentence=sentence)


def _consistent(telling: Sequence[Said], agreeing: Sequence[Said]) -> _Part:
    if len(telling) < 2:  # one record cannot disagree
        return None, None
    others = tuple(record.key for record in telling if record not in agreeing)
    share = Fraction(len(agreeing), len(telling))
    if not others:
        return share, None
    verb = "says" if len(others) == 1 else "say"
    return share, Loss(
        measure=Measure.CONSISTENT,
        code="quality:disagreement",
        sentence=f"{len(others)} of {len(telling)} records {verb} something else.",
        records=others,
    )


def _fresh(agreeing: Sequence[Said]) -> _Part:
    """By how far the feeds are behind: a record that did not change is as new as its feed."""
    feeds = {
        record.feed.name: record.feed
        for record in agreeing
        if record.feed is not None and record.feed.promised_seconds is not None
    }
    if not feeds:
        return None, None
    late = [feed for feed in feeds.values() if _is_late(feed)]
    if len(late) < len(feeds):
        return _YES, None
    told = "; ".join(_lateness(feeds[name]) for name in sorted(feeds))
    sentence = f"Every feed that says so is older than its contract allows: {told}."
    return _NO, Loss(measure=Measure.FRESH, code="quality:late", sentence=sentence)


def _is_late(feed: Feed) -> bool:
    assert feed.promised_seconds is not None  # those alone are asked
    return feed.lag_seconds is None or feed.lag_seconds > feed.promised_seconds


def _lateness(feed: Feed) -> str:
    hours = "never heard of" if feed.lag_seconds is None else f"{feed.lag_seconds / 3600:.1f} h"
    return f"{feed.name} {hours}, {(feed.promised_seconds or 0) / 3600:.1f} h agreed"


def _verified(field: Expected, held: Held, agreeing: Sequence[Said]) -> _Part:
    """A record under contract vouches for a field that the contract has a rule for."""
    if held.rule == STEWARD:
        return _YES, None
    waiting = [record for record in agreeing if record.is_waiting]
    if any(
        not record.is_waiting and record.feed is not None and field.name in record.feed.checked
        for record in agreeing
    ):
        return _YES, None
    if not waiting:
        return None, None
    return _NO, Loss(
        measure=Measure.VERIFIED,
        code="quality:unverified",
        sentence="Who says so breaks its contract and waits for a steward.",
        records=tuple(record.key for record in waiting),
    )
