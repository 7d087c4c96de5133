"""Does each row of freezes.md come out as it says?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from troth.core.policies.freezes import Between, FreezeKind, FreezeWindow, WholeDays
from troth.core.policies.freezing import blocks, meet
from troth.core.policies.recurrence import parse
from troth.core.policies.scopes import Layer, Scope, parse_scope
from troth.core.policies.versions import PolicyVersion

PEOPLE: dict[str, dict[Layer, tuple[str, ...]]] = {
    "anna": {
        Layer.CUSTOMER: ("anna",),
        Layer.CONTRACT: ("C-1",),
        Layer.TIER: ("Silver",),
        Layer.SEGMENT: ("retail",),
        Layer.REGION: ("NORD", "DE"),
    },
    "bert": {
        Layer.CUSTOMER: ("bert",),
        Layer.TIER: ("Gold",),
        Layer.SEGMENT: ("trade",),
        Layer.REGION: ("SUED", "DE"),
    },
}


class Village:
    """A directory of two."""

    def has_both(self, one: Scope, other: Scope) -> bool:
        return any(_is_in(keys, one) and _is_in(keys, other) for keys in PEOPLE.values())

    def has_any(self, one: Scope) -> bool:
        return any(_is_in(keys, one) for keys in PEOPLE.values())


def _is_in(keys: dict[Layer, tuple[str, ...]], scope: Scope) -> bool:
    return scope.key in keys.get(scope.layer, ())


def tables() -> list[list[dict[str, str]]]:
    text = Path(__file__).with_name("freezes.md").read_text(encoding="utf-8")
    found = []
    for is_table, lines in groupby(text.splitlines(), lambda line: line.startswith("|")):
        if is_table:
            cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
            found.append([dict(zip(cells[0], row, strict=True)) for row in cells[2:]])
    return found


HOLDS, BLOCKED, REACHED = tables()


def named(rows: list[dict[str, str]]) -> Any:
    return pytest.mark.parametrize("row", rows, ids=[row["the case"] for row in rows])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def window(**fields: Any) -> FreezeWindow:
    given = {
        "id": "frz_1",
        "scope": Scope(layer=Layer.COMPANY),
        "kind": FreezeKind.FISCAL_CLOSE,
        "title": "Close",
        "reason": "The books are closed.",
        "author": "1",
        "time_zone": "UTC",
    }
    return FreezeWindow(**(given | fields))


@named(HOLDS)
def test_a_freeze_holds_as_its_row_says(row: dict[str, str]) -> None:
    is_days = "T" not in row["from"]
    span: WholeDays | Between = (
        WholeDays(
            first_on=date.fromisoformat(row["from"]), last_on=date.fromisoformat(row["until"])
        )
        if is_days
        else Between(starts_at=instant(row["from"]), ends_at=instant(row["until"]))
    )
    found = window(
        span=span,
        time_zone=row["zone"],
        repeats=parse(row["rule"]) if row["rule"] else None,
        ended_at=instant(row["ended"]) if row["ended"] else None,
    )
    at = instant(row["at"])
    time = found.next_after(at)
    holds = time is not None and time.holds_at(at)
    assert holds == (row["holds"] == "yes")
    assert (found.state(at) == "running") == holds


@named(BLOCKED)
def test_a_change_is_blocked_as_its_row_says(row: dict[str, str]) -> None:
    frozen = window(span=WholeDays(first_on=date(2026, 12, 1), last_on=date(2026, 12, 10)))
    version = PolicyVersion(
        kind="lead_time",
        scope=Scope(layer=Layer.COMPANY),
        number=1,
        effective_from=instant(row["from"]),
        effective_to=instant(row["until"]) if row["until"] else None,
        published_at=min(instant(row["from"]), instant(row["now"])),
        outputs={},
        author="test",
        reason="test",
    )
    found = blocks([version], [frozen], now=instant(row["now"]), directory=Village())
    words = ["ends" if block.change.is_end else "comes" for block in found]
    assert (", ".join(words) or "no") == row["blocked"]


@named(REACHED)
def test_a_change_reaches_whom_its_row_says(row: dict[str, str]) -> None:
    found = meet(
        parse_scope(row["freeze"]),
        parse_scope(row["version"]),
        Village(),
        may_move=row["review"] == "yes",
    )
    assert (found.value if found else "no") == row["blocked"]
