"""Which cases are enough to know what some tables answer in every case?

All tables are laid over each other: their columns become the axes of one space, and a case for
each set of rules that can match together stands for all cases of that set. Where every cell is a
unary test over inputs and every answer a constant, that is exact. Where it is not, it is said why,
and more cases are made up, close to where cells change their mind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from troth.core.dmn.analysis.axes import Axis
from troth.core.dmn.analysis.problem import Problem, problem_of
from troth.core.dmn.item_types import Types
from troth.core.dmn.models import HitPolicy
from troth.core.feel.values import outgoing
from troth.core.policies.checking import columns_of_kind
from troth.core.policies.kinds import kind_named
from troth.core.policies.specs import InputSpec
from troth.core.policies.tables import PolicyTable, constant_of

MOST = 20_000  # sets of rules that are looked at
Case = Mapping[str, Any]  # plain values by input; what is left out is null

_LITERAL = re.compile(r'"([^"\\]*)"|(?<![\w.@"])(\d+(?:\.\d+)?)')
_DAY = datetime(2026, 3, 29, 1, tzinfo=UTC)  # on which clocks in Europe are set
_STEPS = tuple(timedelta(seconds=step) for step in (0, 1, -1, 21_600, 46_800, 86_400))
_ANY = {"number": Decimal(1), "boolean": True, "text": "other", "instant": _DAY}


@dataclass(frozen=True, kw_only=True)
class Regions:
    """A case for each region of a space of cases."""

    cases: tuple[Case, ...]
    because: tuple[str, ...] = ()  # why these are not enough, as sentences; empty: they are

    @property
    def is_exact(self) -> bool:
        """Whether what holds for these cases holds for all."""
        return not self.because


def regions_of(kind: str, tables: Iterable[PolicyTable], *, most: int = MOST) -> Regions:
    """The regions of tables of one kind, with null of each input among them.

    Raises UnknownKindError.
    """
    listed = _distinct(tables)
    if not listed:
        return Regions(cases=({},))
    problem = _laid_over(kind, listed)
    because = [*_unread(problem), *_uncertain(listed)]
    points: list[tuple[int, ...]] = []
    for point in _points(problem):
        if len(points) == most:
            because.append(f"more than {most:,} sets of rules can match together")
            break
        points.append(point)
    return Regions(
        cases=tuple(_case(kind, problem.axes, point) for point in points),
        because=tuple(dict.fromkeys(because)),
    )


def made_up(
    kind: str, tables: Iterable[PolicyTable], observed: Sequence[Case], *, count: int
) -> Iterator[Case]:
    """Cases by chance, the same each time: from what cells name and what was observed.

    The chance is a digest of a counter, as core draws no random number.
    """
    listed = _distinct(tables)
    asked = {name for table in listed for name in table.asked}
    pools = {
        spec.name: _pool(spec, listed, observed)
        for spec in kind_named(kind).inputs
        if spec.name in asked
    }
    for number in range(count):
        drawn = sha256(f"{kind} {number}".encode()).digest()
        case: dict[str, Any] = {}
        for place, (name, pool) in enumerate(pools.items()):
            at = (2 * place) % len(drawn)
            case[name] = pool[int.from_bytes(drawn[at : at + 2]) % len(pool)]
        yield case


def _distinct(tables: Iterable[PolicyTable]) -> list[PolicyTable]:
    return list({id(table): table for table in tables}.values())


def _laid_over(kind: str, tables: Sequence[PolicyTable]) -> Problem:
    """All rules of all tables over the columns of all; what they answer is not looked at."""
    names = dict.fromkeys(name for table in tables for name in table.inputs)
    joined = replace(
        tables[0],
        hit=HitPolicy.FIRST,
        inputs=tuple(names),
        outputs=(),
        rules=tuple(rule for table in tables for rule in table.rules),
        priorities={},
    )
    spec = kind_named(kind)
    return problem_of(
        joined.box,
        columns_of_kind(spec, joined),
        names=[item.name for item in spec.inputs],
        types=Types.none(),
        nulls="always",
    )


def _unread(problem: Problem) -> Iterator[str]:
    for finding in problem.unread:
        texts = ", ".join(f"`{place.text}`" for place in finding.cells)
        yield f"the cell {texts} is no test of its input alone"
    for column in problem.columns:
        if column.is_computed:
            yield f"the column `{column.expression}` is worked out from other inputs"


def _uncertain(tables: Iterable[PolicyTable]) -> Iterator[str]:
    known: set[str] = set()
    for table in tables:
        for rule in table.rules:
            for text in rule.then.values():
                if text not in known and not constant_of(text)[1]:
                    yield f"the answer `{text}` is worked out from the case"
                known.add(text)


def _points(problem: Problem) -> Iterator[tuple[int, ...]]:
    """A point for each set of rules that match together.

    Axis by axis the codes that leave the same rules are one branch, and what was branched to
    before with the same rules left is not followed again: from there on all is the same.
    """
    axes = [_by_code(axis) for axis in problem.axes]
    everything = (1 << problem.size) - 1
    seen: set[tuple[int, int]] = set()

    def walk(place: int, alive: int, point: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if (place, alive) in seen:
            return
        seen.add((place, alive))
        if place == len(axes):
            yield point
            return
        branches: dict[int, int] = {}
        for code, mask in enumerate(axes[place]):
            branches.setdefault(alive & mask, code)
        for left, code in branches.items():
            yield from walk(place + 1, left, (*point, code))

    yield from walk(0, everything, ())


def _by_code(axis: Axis) -> list[int]:
    """The set of rules that each code passes."""
    masks = [0] * axis.size
    for rule, runs in enumerate(axis.sets):
        for first, end in runs:
            for code in range(first, end):
                masks[code] |= 1 << rule
    return masks


def _case(kind: str, axes: Sequence[Axis], point: Sequence[int]) -> Case:
    specs = {spec.name: spec for spec in kind_named(kind).inputs}
    return {
        axis.name: _value(specs[axis.name], axis, code)
        for axis, code in zip(axes, point, strict=True)
        if axis.name in specs
    }


def _value(spec: InputSpec, axis: Axis, code: int) -> Any:
    """The value of a class; of one that anything is in, one that the input can have."""
    is_null = axis.has_null and code == axis.size - 1
    value = axis.values[code]
    if value is not None or is_null:
        return outgoing(value)
    return spec.allowed[0] if spec.allowed else _ANY[spec.type]


def _pool(spec: InputSpec, tables: Sequence[PolicyTable], observed: Sequence[Case]) -> list[Any]:
    """What one input may be: what cells name and its neighbours, what was seen, null."""
    if spec.allowed:
        return [*spec.allowed, None]
    texts = [
        text
        for table in tables
        for rule in table.rules
        for text in (*table.inputs, *rule.when.values(), *rule.then.values())
    ]
    found = [match for text in dict.fromkeys(texts) for match in _LITERAL.finditer(text)]
    seen = list(dict.fromkeys(case.get(spec.name) for case in observed))[:200]
    pool: list[Any]
    match spec.type:
        case "boolean":
            pool = [True, False]
        case "number":
            near = [Decimal(0), Decimal(1), Decimal(-1)]
            near += [] if spec.is_whole else [Decimal("0.01"), Decimal("-0.01")]
            named = {Decimal(item[2]) for item in found if item[2]} | {Decimal(0), Decimal(100)}
            pool = sorted({number + step for number in named for step in near})
            pool = [item for item in pool if not spec.is_whole or item == item.to_integral_value()]
        case "text":
            pool = sorted({item[1] for item in found if item[1] is not None} | {"other"})
        case _:
            pool = _instants(item[1] for item in found if item[1])
    return [*pool, *seen, None]


def _instants(texts: Iterable[str]) -> list[datetime]:
    """Those that are written, as an instant, a day or a time of day, and others around them."""
    named = {_DAY}
    for text in texts:
        for read in (datetime.fromisoformat, _of_that_day):
            try:
                at = read(text)
            except ValueError:
                continue
            named.add(at if at.tzinfo else at.replace(tzinfo=UTC))
    return sorted({at + step for at in named for step in _STEPS})


def _of_that_day(text: str) -> datetime:
    return datetime.combine(_DAY, time.fromisoformat(text))
