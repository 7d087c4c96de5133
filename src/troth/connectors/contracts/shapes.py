"""What does a checked contract say?

The names of the Open Data Contract Standard are those of the files; here each part has the name
that the house gives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# How a rule is tested: one word a code, `contract:entry:WORD` and `contract:batch:WORD`.
Test = Literal["required", "unique", "pattern", "length", "range", "step", "values", "missing"]
IN_FORCE = ("active", "deprecated")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that every value of a field has to keep."""

    test: Test
    says: str  # how the contract names it: "logicalTypeOptions.minimum"
    asks: str  # what it asks for, for people: "at least 0"
    is_at_entry: bool  # False: the row is let in, and a steward gets it to look at
    file: str
    line: int
    # What it compares with: a pattern, words, or (sign, bound) pairs.
    words: tuple[str, ...] = ()
    bounds: tuple[tuple[str, str], ...] = ()

    @property
    def code(self) -> str:
        """What a row that breaks it is kept under."""
        return f"contract:{'entry' if self.is_at_entry else 'batch'}:{self.test}"

    @property
    def place(self) -> str:
        """ "contracts/erp.yaml:21"."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, kw_only=True)
class FieldTerms:
    """What is agreed about one field."""

    name: str  # of the record's field, or of a custom one
    column: str  # `physicalName`: the source's column; "" where the contract names none
    about: str
    logical_type: str  # "" where it says none
    classification: str
    is_critical: bool
    may_change: tuple[str, ...]  # roles; empty: those of the contract
    is_at_entry: bool
    rules: tuple[Rule, ...]
    line: int


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service level: how fresh, how often, how long kept."""

    name: str  # the standard's own word: latency, frequency, retention…
    value: str
    unit: str
    seconds: int | None  # of latency, frequency and retention
    elements: tuple[str, ...]  # objects that it is about; empty: all
    driver: str
    line: int


@dataclass(frozen=True, kw_only=True)
class FeedTerms:
    """What is agreed about one feed of one source, which brings one kind of record."""

    record: str
    source: str
    feed: str
    about: str
    fields: tuple[FieldTerms, ...]
    services: tuple[Service, ...]
    line: int

    @property
    def rules(self) -> tuple[tuple[FieldTerms, Rule], ...]:
        return tuple((field, rule) for field in self.fields for rule in field.rules)

    def seconds(self, name: str) -> int | None:
        """The strictest promise of that name; None where there is none."""
        found = [item.seconds for item in self.services if item.name == name and item.seconds]
        return min(found, default=None)


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody who answers for the data."""

    username: str
    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Access:
    """A role that may read or change the data."""

    role: str
    access: str
    approvers: tuple[str, ...]

    @property
    def may_write(self) -> bool:
        return "write" in self.access.casefold()


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One contract file."""

    file: str
    id: str
    name: str
    version: str
    status: str
    standard: str  # apiVersion
    purpose: str
    team: tuple[Member, ...]
    roles: tuple[Access, ...]
    feeds: tuple[FeedTerms, ...]

    @property
    def is_in_force(self) -> bool:
        return self.status in IN_FORCE

    @property
    def owner(self) -> str:
        """Who is accountable; "" in a draft that names nobody yet."""
        return self._of_role("owner")

    @property
    def steward(self) -> str:
        """Who operates it."""
        return self._of_role("steward")

    @property
    def may_change(self) -> tuple[str, ...]:
        """The roles that may change the data."""
        return tuple(item.role for item in self.roles if item.may_write)

    def _of_role(self, word: str) -> str:
        return next((item.username for item in self.team if is_role(item.role, word)), "")


def is_role(role: str, word: str) -> bool:
    """Whether a team's role is that of an owner or a steward: "Data steward" is."""
    return word in role.casefold().split()
