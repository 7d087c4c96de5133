"""What is compared between two records, and which pairs are compared at all?

A `Design` declares comparisons, each with levels from the most alike to the least, and blocking
rules. It holds no number that was learnt: those are in `model`. `persons` and `organisations`
are the designs of the house, cut to the columns that a workspace has anything in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from troth.analysis.matching.conditions import Condition


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One degree of likeness."""

    name: str  # for people: "same surname, similar given name"
    when: Condition
    # The column in which a rare value says more than a common one; an Exact level of the same
    # comparison gives the base rate.
    rare: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One respect in which two records are compared. The first level that holds is the one."""

    name: str  # "name", "birth", …
    # Where one of these is missing on either side, the comparison says nothing.
    needs: tuple[str, ...]
    levels: tuple[Level, ...]  # "unlike" comes after them by itself
    # Said only where all of `needs` are missing on a side, not where one is.
    needs_any: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Everything that it looks at."""
        found = dict.fromkeys(self.needs)
        for level in self.levels:
            found.update(dict.fromkeys(level.when.columns))
            if level.rare is not None:
                found[level.rare] = None
        return tuple(found)

    def silent_sql(self) -> str:
        """When it says nothing."""
        if self.needs_any:
            left = " and ".join(f'"{name}_l" is null' for name in self.needs)
            right = " and ".join(f'"{name}_r" is null' for name in self.needs)
            return f"(({left}) or ({right}))"
        parts = [f'"{name}_{side}" is null' for name in self.needs for side in "lr"]
        return "(" + " or ".join(parts) + ")"


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A column, or the first letters of one."""

    column: str
    letters: int | None = None

    def sql(self, record: str) -> str:
        """Of one record, whose table Splink calls l or r."""
        if self.letters is None:
            return f'{record}."{self.column}"'
        return f'substr({record}."{self.column}", 1, {self.letters})'


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocking:
    """Pairs that are alike in all of these are compared."""

    keys: tuple[Key, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What it looks at."""
        return tuple(key.column for key in self.keys)

    def sql(self) -> str:
        """Whether a pair is compared, for Splink."""
        return " and ".join(f"{key.sql('l')} = {key.sql('r')}" for key in self.keys)

    @property
    def name(self) -> str:
        """For people: "surname + postcode[:3]"."""
        return " + ".join(
            key.column if key.letters is None else f"{key.column}[:{key.letters}]"
            for key in self.keys
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """What is compared, of one kind of party."""

    kind: str  # "person", "organisation"
    comparisons: tuple[Comparison, ...]
    blocking: tuple[Blocking, ...]
    training: tuple[Blocking, ...]  # pairs that the weights are learnt from
    certain: tuple[Blocking, ...]  # pairs that are hardly ever two: how common matches are

    @property
    def columns(self) -> tuple[str, ...]:
        """Every standard column that a pair's score or its being compared rests on."""
        found: dict[str, None] = {}
        for comparison in self.comparisons:
            found.update(dict.fromkeys(comparison.columns))
        for rule in (*self.blocking, *self.training, *self.certain):
            found.update(dict.fromkeys(rule.columns))
        return tuple(found)

    @property
    def rare_columns(self) -> tuple[str, ...]:
        """Columns whose values' frequencies count."""
        levels = [level for item in self.comparisons for level in item.levels]
        return tuple(dict.fromkeys(level.rare for level in levels if level.rare is not None))

    def cut_to(self, present: Collection[str]) -> Design:
        """The design without what rests on columns in which there is nothing."""
        comparisons = []
        for item in self.comparisons:
            needs = tuple(name for name in item.needs if name in present)
            levels = tuple(
                level for level in item.levels if set(level.when.columns) <= set(present)
            )
            if needs and levels and (item.needs_any or needs == item.needs):
                comparisons.append(replace(item, needs=needs, levels=levels))
        return replace(
            self,
            comparisons=tuple(comparisons),
            blocking=_kept(self.blocking, present),
            training=_kept(self.training, present),
            certain=_kept(self.certain, present),
        )


def _kept(rules: tuple[Blocking, ...], present: Collection[str]) -> tuple[Blocking, ...]:
    return tuple(rule for rule in rules if set(rule.columns) <= set(present))


def on(*keys: str) -> Blocking:
    """A rule from its keys' names: on("surname", "postcode:3")."""
    found = []
    for key in keys:
        column, _, letters = key.partition(":")
        found.append(Key(column=column, letters=int(letters) if letters else None))
    return Blocking(keys=tuple(found))
