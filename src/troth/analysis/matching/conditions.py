"""When are two records alike enough in one respect?

Each condition is said twice: as SQL, for Splink over all pairs at once, and as a function of two
values, for one new record against the rest. Both give the same answer, since DuckDB and rapidfuzz
measure the same distances, over the bytes of UTF-8. A value that is missing is like nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

Values = dict[str, Any]  # standard column → value, None where there is none


@dataclass(frozen=True, kw_only=True, slots=True)
class Exact:
    """Both have the same value."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What it compares."""
        return (self.column,)

    def sql(self) -> str:
        """For Splink, which takes an adjustment by frequency from a condition just so."""
        return f'"{self.column}_l" = "{self.column}_r"'

    def holds(self, left: Any, right: Any) -> bool:
        """For two values that are there."""
        return bool(left == right)


@dataclass(frozen=True, kw_only=True, slots=True)
class Similar:
    """The Jaro–Winkler similarity of both is at least so much, of at most 1."""

    column: str
    at_least: float

    @property
    def columns(self) -> tuple[str, ...]:
        """What it compares."""
        return (self.column,)

    def sql(self) -> str:
        """For Splink."""
        name = self.column
        return f'jaro_winkler_similarity("{name}_l", "{name}_r") >= {self.at_least!r}'

    def holds(self, left: Any, right: Any) -> bool:
        """For two values that are there."""
        return bool(JaroWinkler.similarity(left.encode(), right.encode()) >= self.at_least)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edits:
    """At most so many letters were added, left out, replaced or swapped with the next one."""

    column: str
    at_most: int

    @property
    def columns(self) -> tuple[str, ...]:
        """What it compares."""
        return (self.column,)

    def sql(self) -> str:
        """For Splink."""
        return f'damerau_levenshtein("{self.column}_l", "{self.column}_r") <= {self.at_most}'

    def holds(self, left: Any, right: Any) -> bool:
        """For two values that are there."""
        return bool(DamerauLevenshtein.distance(left.encode(), right.encode()) <= self.at_most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """Two whole numbers are at most so far apart."""

    column: str
    at_most: int

    @property
    def columns(self) -> tuple[str, ...]:
        """What it compares."""
        return (self.column,)

    def sql(self) -> str:
        """For Splink."""
        return f'abs("{self.column}_l" - "{self.column}_r") <= {self.at_most}'

    def holds(self, left: Any, right: Any) -> bool:
        """For two values that are there."""
        return abs(int(left) - int(right)) <= self.at_most


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """Of two lists of words, so many are in both; or all words of the shorter one.

    `of_shorter` is the share of the shorter list that must be in the longer, 0 to 1.
    """

    column: str
    at_least: int
    of_shorter: float = 0.0

    @property
    def columns(self) -> tuple[str, ...]:
        """What it compares."""
        return (self.column,)

    def sql(self) -> str:
        """For Splink."""
        left, right = f'"{self.column}_l"', f'"{self.column}_r"'
        shared = f"len(list_intersect({left}, {right}))"
        return (
            f"({shared} >= {self.at_least} and {shared} >="
            f" {self.of_shorter!r}::double * least(len({left}), len({right})))"
        )

    def holds(self, left: Any, right: Any) -> bool:
        """For two lists of words that are there, each word once in each."""
        shared = len(set(left) & set(right))
        return shared >= self.at_least and shared >= self.of_shorter * min(len(left), len(right))


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossed:
    """Each has in one column what the other has in the second: given and family name changed."""

    first: str
    second: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What it compares."""
        return (self.first, self.second)

    def sql(self) -> str:
        """For Splink."""
        a, b = self.first, self.second
        return f'("{a}_l" = "{b}_r" and "{b}_l" = "{a}_r")'


@dataclass(frozen=True, kw_only=True, slots=True)
class EitherIs:
    """One record's first column is the other's second: a day and month that were changed."""

    first: str
    second: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What it compares."""
        return (self.first, self.second)

    def sql(self) -> str:
        """For Splink."""
        a, b = self.first, self.second
        return f'("{a}_l" = "{b}_r" or "{b}_l" = "{a}_r")'


Single = Exact | Similar | Edits | Near | Shares
Pair = Crossed | EitherIs
Simple = Single | Pair


@dataclass(frozen=True, kw_only=True, slots=True)
class All:
    """Every one of several conditions holds."""

    of: tuple[Simple, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What it compares."""
        return tuple(dict.fromkeys(name for item in self.of for name in item.columns))

    def sql(self) -> str:
        """For Splink."""
        return "(" + " and ".join(item.sql() for item in self.of) + ")"


Condition = Simple | All


def meets(condition: Condition, left: Values, right: Values) -> bool:
    """Whether two records meet a condition: the plain meaning, pair by pair.

    A condition over a missing value does not hold.
    """
    if isinstance(condition, All):
        return all(meets(item, left, right) for item in condition.of)
    if isinstance(condition, Crossed | EitherIs):
        one = _same(left.get(condition.first), right.get(condition.second))
        other = _same(left.get(condition.second), right.get(condition.first))
        return one and other if isinstance(condition, Crossed) else one or other
    mine, theirs = left.get(condition.column), right.get(condition.column)
    return mine is not None and theirs is not None and condition.holds(mine, theirs)


def _same(left: Any, right: Any) -> bool:
    return left is not None and right is not None and bool(left == right)
