"""Tables of policies and inputs by chance, close to where answers change: nulls, ties, equal ends.

Values come from few, so that cells overlap and inputs lie on their ends; instants lie around the
days on which clocks in Berlin and Sao Paulo are set.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from troth.core.policies.kinds import kind_named
from troth.core.policies.table_documents import read_table
from troth.core.policies.tables import PolicyTable

BERLIN = ZoneInfo("Europe/Berlin")
NUMBERS = ("0", "5", "9.99", "10", "10.01", "10.005", "99.995", "-3", "1000000")
TEXTS = ("DE", "FR", "a", "m", "", "\u00e9", "\U0001f600")
INSTANTS = (
    "2026-03-29T00:59:59Z",
    "2026-03-29T01:00:00Z",  # Berlin's clocks go from 02:00 to 03:00
    "2026-03-29T02:30:00@Europe/Berlin",  # an hour that there is not
    "2026-03-29T03:00:00@Europe/Berlin",
    "2026-10-25T02:30:00@Europe/Berlin",  # an hour that there is twice
    "2026-10-25T01:00:00+00:00",
    "2026-10-25T01:30:00.5Z",
    "2018-11-04T00:00:00@America/Sao_Paulo",  # a midnight that there is not
    "2026-06-01T00:00:00-03:00",
)
DAYS = ("2026-03-28", "2026-03-29", "2026-03-30", "2026-10-25")
CLOCKS = ("00:00:00Z", "01:00:00Z", "01:30:00Z", "23:59:59Z")
STEPS = [timedelta(microseconds=1), timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A kind of policy, its columns by the maker of their cells, and its outputs' cells."""

    kind: str
    columns: dict[str, Callable[[random.Random], str]]
    outputs: dict[str, tuple[str, ...]]
    hits: tuple[str, ...] = ("FIRST", "FIRST", "UNIQUE", "ANY", "PRIORITY")


def _ends(chance: random.Random, literal: Callable[[str], str], pool: tuple[str, ...]) -> str:
    one, other = chance.sample(range(len(pool)), 2)
    low, high = literal(pool[min(one, other)]), literal(pool[max(one, other)])
    single = literal(chance.choice(pool))
    return chance.choice(
        [
            "-",
            f"{chance.choice(['<', '<=', '>', '>='])} {single}",
            f"{chance.choice('[(')}{low}..{high}{chance.choice(')]')}",
            single,
            f"{single}, > {high}",
            f"not({single})",
            f"not(< {single}, {high})",
            f"? >= {low} and ? < {high}",
            "null",
            f"null, {single}",
            "not(null)",
        ]
    )


def number_cell(chance: random.Random) -> str:
    """Of few numbers, none in order, so that some intervals are empty."""
    if chance.random() < 0.04:
        return "? * 2 > 20"  # it computes: FEEL has to look
    pool = chance.choice([NUMBERS, sorted(NUMBERS, key=Decimal)])
    return _ends(chance, str, tuple(pool))


def severity_cell(chance: random.Random) -> str:
    return chance.choice(["-", "1", "< 3", "[2..4)", "not(2)", "1, 4", ">= 2.5", "null", "-"])


def text_cell(chance: random.Random) -> str:
    one, other = (f'"{text}"' for text in chance.sample(TEXTS, 2))
    return chance.choice(
        ["-", one, f"{one}, {other}", f"not({one})", "null", f"not({one}, null)", one]
    )


def ordered_text_cell(chance: random.Random) -> str:
    if chance.random() < 0.05:
        return 'starts with(?, "D")'
    return _ends(chance, lambda text: f'"{text}"', tuple(sorted(TEXTS)))


def flag_cell(chance: random.Random) -> str:
    return chance.choice(["-", "true", "false", "not(true)", "null", "-"])


def instant_cell(chance: random.Random, *, own: str) -> str:
    if chance.random() < 0.03:
        return chance.choice(
            ['< now() + duration("P1D")', '>= date("2026-03-29")', f"> {own}", f"<= {own}"]
        )
    return _ends(chance, lambda text: f'date and time("{text}")', INSTANTS)


placed_cell = functools.partial(instant_cell, own="placed_at")
opened_cell = functools.partial(instant_cell, own="opened_at")


def day_cell(chance: random.Random) -> str:
    return _ends(chance, lambda text: f'date("{text}")', DAYS)


def clock_cell(chance: random.Random) -> str:
    return _ends(chance, lambda text: f'time("{text}")', CLOCKS)


SHAPES = (
    Shape(
        kind="lead_time",
        columns={
            "total": number_cell,
            "country": text_cell,
            "channel": ordered_text_cell,
            "placed_at": placed_cell,
            "date(placed_at)": day_cell,
            "time(requested_at)": clock_cell,
        },
        outputs={
            "service_quantile": ("0.9", "0.95", "0.950", "0.975", ""),
            "default_lead_time_days": ("7", "20 + 1", "12", "", "7.0"),
        },
    ),
    Shape(
        kind="service_level",
        columns={
            "severity": severity_cell,
            "opened_at": opened_cell,
            "category": text_cell,
            "country": ordered_text_cell,
            "has_order": flag_cell,
        },
        outputs={
            "first_response_minutes_1": ("5", "60", "", "10 * severity"),
            "resolution_minutes_2": ("240", "480", ""),
        },
    ),
    Shape(
        kind="delivery",
        columns={"total": number_cell, "country": text_cell, "placed_at": placed_cell},
        outputs={"packaging": ('"box"', '"crate"', "")},
    ),
)


def table_document(chance: random.Random, shape: Shape, *, rules: int) -> dict[str, Any]:
    """A table of up to four columns."""
    names = chance.sample(sorted(shape.columns), chance.randint(1, min(4, len(shape.columns))))
    rows = []
    for _ in range(chance.randint(1, rules)):
        when = {name: shape.columns[name](chance) for name in names}
        then = {name: chance.choice(pool) for name, pool in shape.outputs.items()}
        for name, text in then.items():
            is_rare = "severity" in text and chance.random() < 0.8  # mostly constants
            if is_rare or not any(then.values()):
                then[name] = shape.outputs[name][0]
        rows.append({"when": when, "then": {name: text for name, text in then.items() if text}})
    hit = chance.choice(shape.hits)
    document: dict[str, Any] = {"hit": hit, "rules": rows, "inputs": names}
    if hit == "PRIORITY":
        name = next(name for name in shape.outputs if any(name in row["then"] for row in rows))
        texts = [text for text in shape.outputs[name] if text and "severity" not in text]
        document["priorities"] = {name: ", ".join(chance.sample(texts, len(texts)))}
    return document


def table(chance: random.Random, shape: Shape, *, rules: int = 8) -> PolicyTable:
    """A table that is valid."""
    document = table_document(chance, shape, rules=rules)
    found, faults = read_table(kind_named(shape.kind), document, path="table")
    assert found is not None, (faults, document)
    return found


def _instant(chance: random.Random) -> datetime:
    known = [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 3, 29, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        datetime(2018, 11, 4, 3, tzinfo=UTC),
        datetime(2026, 6, 1, 3, tzinfo=UTC),
    ]
    at = chance.choice(known)
    return at + chance.choice([timedelta(0), *STEPS, *(-step for step in STEPS)])


def _number(chance: random.Random) -> Decimal:
    return Decimal(chance.choice(NUMBERS)) + chance.choice(
        [Decimal(0), Decimal("0.001"), Decimal("-0.001"), Decimal(1)]
    )


def case(chance: random.Random, kind: str) -> dict[str, Any]:
    """The inputs of one case, as column tables hold them: null where nothing is known."""
    found: dict[str, Any] = {}
    for spec in kind_named(kind).inputs:
        if chance.random() < 0.1:
            found[spec.name] = None
        elif spec.name == "severity":
            found[spec.name] = chance.randint(1, 4)
        elif spec.type == "number":
            found[spec.name] = _number(chance)
        elif spec.type == "text":
            found[spec.name] = chance.choice((*TEXTS, "other", "b"))
        elif spec.type == "boolean":
            found[spec.name] = chance.random() < 0.5
        else:
            found[spec.name] = _instant(chance)
    return found


def odd_case(chance: random.Random, kind: str) -> dict[str, Any]:
    """As callers of Python may give them: left out, of other types and zones, not allowed."""
    found = {name: value for name, value in case(chance, kind).items() if chance.random() > 0.1}
    for name, value in found.items():
        if isinstance(value, datetime) and chance.random() < 0.5:
            found[name] = value.astimezone(BERLIN)
        elif isinstance(value, Decimal) and chance.random() < 0.4:
            found[name] = chance.choice([float(value), int(value), [value]])
        if chance.random() < 0.02:
            odd = ["text", 5, True, [], object(), datetime(2026, 3, 29, 1), Decimal("NaN"), 10**40]
            found[name] = chance.choice([*odd, Decimal("1e7000"), float("inf"), b"bytes"])
    return found
