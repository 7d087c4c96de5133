"""How is each metric defined, who answers for it, and which way is good?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from troth.analysis.metrics.dimensions import DIMENSIONS
from troth.analysis.metrics.metric import Metric
from troth.analysis.metrics.registry import FAMILIES, METRICS, REASONS, dimensions_of
from troth.analysis.metrics.tables import COLUMNS, DERIVED
from troth.analysis.metrics.terms import DEFAULT_TERMS


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One metric as a page shows it: plain values alone."""

    name: str
    family: str
    title: str
    definition: str
    source: str
    unit: str
    symbol: str
    aggregation: str
    better: str
    owner: str
    target: str | None  # a decimal in the metric's unit
    table: str
    grain: str
    dimensions: tuple[str, ...]  # what it can be split by

    def as_json(self) -> dict[str, Any]:
        """Plain values, ready for json.dumps."""
        return asdict(self)


def catalog() -> tuple[Entry, ...]:
    """Every metric, in the order of METRICS."""
    return tuple(_entry(metric) for metric in METRICS.values())


def _entry(metric: Metric) -> Entry:
    return Entry(
        name=metric.name,
        family=metric.family,
        title=metric.title,
        definition=metric.definition,
        source=metric.source,
        unit=metric.unit.value,
        symbol=metric.symbol,
        aggregation=metric.aggregation.value,
        better=metric.better.value,
        owner=metric.owner,
        target=None if metric.target is None else str(metric.target),
        table=metric.table,
        grain=metric.grain,
        dimensions=tuple(item.name for item in dimensions_of(metric)),
    )


def reference() -> str:
    """docs/reference/metrics.md: every metric, dimension, reason and table, from the code."""
    return "\n".join(
        (
            "# Metrics",
            "",
            "<!-- Generated from troth.analysis.metrics; change it there. -->",
            "",
            *_INTRODUCTION,
            "",
            *(line for family in FAMILIES for line in _family(family)),
            *_table(
                "Dimensions",
                ("dimension", "meaning"),
                [(f"`{item.name}`", item.about) for item in DIMENSIONS.values()],
            ),
            *_table(
                "Reasons",
                ("code", "meaning"),
                [(f"`{code}`", sentence) for code, sentence in REASONS.items()],
            ),
            *_tables(),
        )
    )


_INTRODUCTION = (
    "A metric judges each row of its table once: it is counted, or left out under exactly one",
    "reason. So `n = denominator + excluded` always holds. No value is not zero: a group in which",
    "nothing could be counted has no value. A group is unfinished (`is_complete` is false) while a",
    "row in it is open or its month still runs: do not compare it with finished ones. A group",
    "without a value in a dimension is `(none)`.",
    "",
    "The reading of OTIF belongs to a contract. Unless told otherwise, the terms are, for the",
    "request and for the promise:",
    "",
    f"- {DEFAULT_TERMS.sentence('requested date')}",
    f"- {DEFAULT_TERMS.sentence('first promise')}",
)


def _family(family: str) -> list[str]:
    lines = [f"## {family.title()}", ""]
    for entry in catalog():
        if entry.family == family:
            lines += [
                f"### `{entry.name}`",
                "",
                f"**{entry.title}**",
                "",
                entry.definition,
                "",
                f"- Unit: {entry.unit} ({entry.aggregation}); {entry.better} is better",
                f"- Target: {entry.target or 'none set'}",
                f"- One counted row: {entry.grain}",
                f"- Owner: {entry.owner}",
                f"- Split by: {', '.join(entry.dimensions)}",
                f"- Source: {entry.source}",
                "",
            ]
    return lines


def _tables() -> list[str]:
    lines = [
        "## Tables",
        "",
        "Metrics read these columns. Instants carry a zone; a month is its first day, in UTC.",
        "",
        *(
            f"`{name}` is made of {' and '.join(f'`{part}`' for part in parts)}."
            for name, parts in DERIVED.items()
        ),
        "",
    ]
    for name, columns in COLUMNS.items():
        rows = [(f"`{column}`", kind) for column, kind in columns.items()]
        lines += _table(f"`{name}`", ("column", "type"), rows, level=3)
    return lines


def _table(
    heading: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, level: int = 2
) -> list[str]:
    return [
        f"{'#' * level} {heading}",
        "",
        f"| {' | '.join(head)} |",
        f"|{'|'.join(' --- ' for _ in head)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
