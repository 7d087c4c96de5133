"""Which record's field wins, where several describe one customer?

Survivorship, field by field: a steward's word first, then the criteria that the workspace declares
for the field, one after the other until the records that are left agree. An empty value never
wins. Each value keeps the record that it came from and the rule that chose it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Criterion(StrEnum):
    """By what the records that say something of a field are told apart."""

    SOURCE = "source"  # the most trusted system
    RECENCY = "recency"  # known last
    FREQUENCY = "frequency"  # said by most records
    COMPLETENESS = "completeness"  # the record that says most of the customer


ONLY = "only"  # one record alone says something
AGREED = "agreed"  # all that say something say the same
STEWARD = "steward"  # a steward chose the record
KEY = "key"  # nothing told them apart: the smaller key


class SurvivorshipError(ValueError):
    """This rule of survivorship cannot be followed. Correct [survivorship] in troth.toml."""

    code = "identity.survivorship"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFields:
    """What one source record says about a customer."""

    key: str  # "<system>:<the system's own key>"
    known_at: datetime
    fields: Mapping[str, Any]

    @property
    def system(self) -> str:
        """The system that the record is from."""
        return self.key.partition(":")[0]


@dataclass(frozen=True, kw_only=True)
class Survivorship:
    """By which criteria each field's value is chosen. Raises SurvivorshipError."""

    sources: tuple[str, ...] = ()  # systems, the most trusted first; others come after, alike
    every: tuple[Criterion, ...] = (Criterion.SOURCE, Criterion.RECENCY)
    fields: Mapping[str, tuple[Criterion, ...]] = field(default_factory=dict)  # that differ

    def __post_init__(self) -> None:
        if len(set(self.sources)) < len(self.sources):
            raise SurvivorshipError("a system is named twice among the sources: name each once.")
        for name, criteria in {"every": self.every, **self.fields}.items():
            if not criteria or len(set(criteria)) < len(criteria):
                raise SurvivorshipError(
                    f"{name}: give at least one criterion, and none of them twice; "
                    f"there are {', '.join(Criterion)}."
                )

    def criteria(self, name: str) -> tuple[Criterion, ...]:
        """Those of one field, in their order."""
        return self.fields.get(name, self.every)


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldenRecord:
    """One customer's fields, each from the record that won it."""

    values: Mapping[str, Any]
    provenance: Mapping[str, str]  # field → source key
    rules: Mapping[str, str]  # field → a criterion, or only, agreed, steward, key


_TODAY = Survivorship()


def golden_record(
    records: Iterable[SourceFields],
    *,
    rules: Survivorship = _TODAY,
    words: Mapping[str, Sequence[str]] | None = None,
) -> GoldenRecord:
    """The surviving value of every field, fields in the order of their names.

    `words` gives the records that stewards chose for a field, the word that counts most first; one
    that says nothing of the field any more is passed over. Where the criteria leave several
    records, the one known last wins, then the smaller key. The order of the records does not
    matter.
    """
    # The one known last first, then by key: what is left at the end is taken from the front.
    ordered = sorted(records, key=lambda record: record.key)
    ordered.sort(key=lambda record: record.known_at, reverse=True)
    judges = _judges(ordered, rules)
    said: dict[str, list[SourceFields]] = {}
    for record in ordered:
        for name, value in record.fields.items():
            if not _is_empty(value):
                said.setdefault(name, []).append(record)
    chosen: dict[str, tuple[SourceFields, str]] = {}
    for name in sorted(said):
        wished = (words or {}).get(name, ())
        chosen[name] = _chosen(name, said[name], wished, rules.criteria(name), judges)
    return GoldenRecord(
        values={name: record.fields[name] for name, (record, _) in chosen.items()},
        provenance={name: record.key for name, (record, _) in chosen.items()},
        rules={name: rule for name, (_, rule) in chosen.items()},
    )


_Judge = Callable[[str, Sequence[SourceFields]], Callable[[SourceFields], Any]]


def _judges(records: Sequence[SourceFields], rules: Survivorship) -> Mapping[Criterion, _Judge]:
    """Criterion → given a field and its candidates, how good each is; more is better."""
    trust = {system: place for place, system in enumerate(rules.sources)}
    told = {
        record.key: sum(not _is_empty(value) for value in record.fields.values())
        for record in records
    }

    def frequency(name: str, found: Sequence[SourceFields]) -> Callable[[SourceFields], Any]:
        counts = Counter(_folded(record.fields[name]) for record in found)
        return lambda record: counts[_folded(record.fields[name])]

    return {
        Criterion.SOURCE: lambda _n, _f: lambda record: -trust.get(record.system, len(trust)),
        Criterion.RECENCY: lambda _n, _f: lambda record: record.known_at,
        Criterion.FREQUENCY: frequency,
        Criterion.COMPLETENESS: lambda _n, _f: lambda record: told[record.key],
    }


def _chosen(
    name: str,
    found: list[SourceFields],
    wished: Sequence[str],
    criteria: Sequence[Criterion],
    judges: Mapping[Criterion, _Judge],
) -> tuple[SourceFields, str]:
    """The record whose value survives, and the rule that settled which value it is."""
    by_key = {record.key: record for record in found}
    for key in wished:
        if key in by_key:
            return by_key[key], STEWARD
    rule = ""
    if _do_agree(name, found):
        rule = ONLY if len(found) == 1 else AGREED
    for criterion in (*criteria, Criterion.RECENCY):
        worth = judges[criterion](name, found)
        best = max(worth(record) for record in found)
        found = [record for record in found if worth(record) == best]
        if not rule and _do_agree(name, found):
            rule = criterion.value
    return found[0], rule or KEY


def _do_agree(name: str, found: Sequence[SourceFields]) -> bool:
    return len({_folded(record.fields[name]) for record in found}) == 1


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _folded(value: Any) -> Any:
    """As it is compared: two ways of writing capitals and blanks say the same."""
    return " ".join(value.split()).casefold() if isinstance(value, str) else value
