"""What is each metric's value, group by group, and what was left out of it?

All metrics on one table are one aggregate: one pass, whatever the engine. Engines count and add
whole numbers only, and the division is done here: so a value is the same to the last digit on
every engine and at every run, in whatever order rows are added.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from ibis import literal, union
from ibis.expr.types import Expr, Table

from troth.analysis.metrics.dimensions import DIMENSIONS, group_key
from troth.analysis.metrics.errors import NaiveAsOfError
from troth.analysis.metrics.metric import COUNTED, Aggregation, Judgement, Metric, Setting
from troth.analysis.metrics.registry import dimensions_for, metric_named
from troth.analysis.metrics.tables import Tables, moments, named, require
from troth.analysis.metrics.terms import DEFAULT_TERMS, OtifTerms

_WIDE = "decimal(38, 0)"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One metric in one group: its value, what it rests on, and what was left out."""

    metric: str
    dimensions: Mapping[str, str]  # name → value, in the order asked for; "(none)" for no value
    value: float | None  # in the metric's unit; None: nothing to measure, which is not zero
    numerator: float | None  # rows that are true, or the sum; None for a median or a deviation
    denominator: int  # counted rows
    n: int  # all rows of the group: denominator + excluded
    excluded: Mapping[str, int]  # reason → rows left out, without zeros
    assumed: Mapping[str, int]  # reason → counted rows of which something is not known
    open: int  # rows whose end may still change the value
    is_complete: bool  # nothing is open and the month is over: may be compared with others
    terms: str  # of OTIF, in words; else empty
    as_of: str  # ISO 8601, UTC: what counted as now

    def as_json(self) -> dict[str, Any]:
        """Plain values, ready for json.dumps."""
        return asdict(self)


def measure(
    metrics: Iterable[str | Metric],
    tables: Tables,
    *,
    by: Sequence[str] = (),
    as_of: datetime | None = None,
    terms: OtifTerms = DEFAULT_TERMS,
    lost_after_days: int = 90,
) -> tuple[Row, ...]:
    """The rows of each metric in the order asked for, sorted by their dimensions.

    `as_of` counts as now; without it, the newest instant in the tables does. An order that is
    undelivered `lost_after_days` after its first promise is never delivered, no longer open.

    Raises UnknownMetricError, UnknownDimensionError, MissingTableError, MissingColumnsError,
    NaiveAsOfError.
    """
    asked = [metric_named(item) if isinstance(item, str) else item for item in metrics]
    for metric in asked:
        dimensions_for(metric, by)
        require(tables, metric.table, metric=metric.name)
    if not asked:
        return ()
    now = _aware(as_of) or newest(tables, [metric.table for metric in asked])
    setting = Setting(as_of=now, terms=terms, lost_after_days=lost_after_days)
    rows = {
        metric.name: tuple(_row(metric, record, by, setting) for record in records)
        for metric, records in _measured(asked, tables, by, setting)
    }
    return tuple(row for metric in asked for row in rows[metric.name])


def newest(tables: Tables, names: Iterable[str]) -> datetime:
    """The newest instant at which something happened in the tables behind `names`.

    1970-01-01 where nothing did.
    """
    columns = [table.aggregate(at=table[column].max()) for table, column in moments(tables, names)]
    everything = union(*columns) if len(columns) > 1 else columns[0]
    [found] = _fetched(everything.aggregate(at=everything.at.max()))
    at = found["at"]
    return datetime(1970, 1, 1, tzinfo=UTC) if at is None else at.astimezone(UTC)


def expression(
    metrics: Sequence[Metric], table: Table, *, by: Sequence[str], setting: Setting
) -> Table:
    """One aggregate of all `metrics`, which share `table`: a row a group, unsorted.

    Group columns are `by_0`, `by_1`…; metric number i has the columns `m<i>_…`.
    """
    dimensions = dimensions_for(metrics[0], by)
    keys = [f"by_{position}" for position in range(len(by))]
    judged: dict[str, Expr] = {
        key: group_key(table, dimension.column(metrics[0].table) or "")
        for key, dimension in zip(keys, dimensions, strict=True)
    }
    judgements = [metric.judge(table, setting) for metric in metrics]
    for position, judgement in enumerate(judgements):
        judged |= _judged(f"m{position}_", judgement)
    # Each row is judged once, and the figures are counted from that: engines do not notice that
    # twenty filtered counts share their conditions.
    rows = table.select(**judged)
    figures: dict[str, Expr] = {"n": rows.count()}
    for position, (metric, judgement) in enumerate(zip(metrics, judgements, strict=True)):
        figures |= _figures(f"m{position}_", metric.aggregation, rows, judgement)
    return rows.aggregate(by=keys, **figures) if keys else rows.aggregate(**figures)


def _judged(own: str, judgement: Judgement) -> dict[str, Expr]:
    """The columns that a metric adds to each row."""
    is_open = literal(False) if judgement.is_open is None else judgement.is_open
    columns = {"verdict": judgement.verdict(), "value": judgement.value, "open": is_open}
    columns |= {f"as_{reason}": rows for reason, rows in judgement.assumed}
    return {own + name: column for name, column in columns.items()}


def _figures(
    own: str, aggregation: Aggregation, rows: Table, judgement: Judgement
) -> dict[str, Expr]:
    verdict, value = rows[f"{own}verdict"], rows[f"{own}value"]
    counted = verdict == COUNTED
    figures: dict[str, Expr] = {"counted": rows.count(where=counted)}
    match aggregation:
        case Aggregation.SHARE:
            figures["sum"] = rows.count(where=counted & value)
        case Aggregation.MEAN:
            figures["sum"] = value.sum(where=counted)
        case Aggregation.MEDIAN:
            figures["middle"] = value.median(where=counted)
        case Aggregation.DEVIATION:
            # A square has up to 18 digits, and the sum of many needs more than 64 bits.
            figures["sum"] = value.cast(_WIDE).sum(where=counted)
            figures["squares"] = (value * value).cast(_WIDE).sum(where=counted)
    for position, (reason, _) in enumerate(judgement.left_out):
        figures[f"out_{reason}"] = rows.count(where=verdict == position)
    for reason, _ in judgement.assumed:
        figures[f"as_{reason}"] = rows.count(where=rows[f"{own}as_{reason}"] & counted)
    figures["open"] = rows.count(where=rows[f"{own}open"])
    return {own + name: figure for name, figure in figures.items()}


def _measured(
    metrics: Sequence[Metric], tables: Tables, by: Sequence[str], setting: Setting
) -> Iterator[tuple[Metric, list[dict[str, Any]]]]:
    """Each metric with its figures a group, in the order of the groups."""
    unique = sorted({metric.name: metric for metric in metrics}.values(), key=lambda m: m.table)
    for name, together in groupby(unique, key=lambda metric: metric.table):
        family = list(together)
        table = named(tables, name, setting.terms)
        fetched = _fetched(expression(family, table, by=by, setting=setting))
        fetched.sort(key=lambda record: [record[f"by_{i}"] for i in range(len(by))])
        for position, metric in enumerate(family):
            own = f"m{position}_"
            yield (
                metric,
                [
                    {
                        key.removeprefix(own): value
                        for key, value in record.items()
                        if key.startswith((own, "by_")) or key == "n"
                    }
                    for record in fetched
                ],
            )


def _row(metric: Metric, record: dict[str, Any], by: Sequence[str], setting: Setting) -> Row:
    values = {
        name: DIMENSIONS[name].text(record[f"by_{position}"]) for position, name in enumerate(by)
    }
    this_month = setting.as_of.strftime("%Y-%m")
    value, numerator = _value(metric, record)
    return Row(
        metric=metric.name,
        dimensions=values,
        value=value,
        numerator=numerator,
        denominator=record["counted"],
        n=record["n"],
        excluded=_counts(record, "out_"),
        assumed=_counts(record, "as_"),
        open=record["open"],
        is_complete=record["open"] == 0 and values.get("month", "") < this_month,
        terms=setting.terms.sentence(metric.reference) if metric.reference else "",
        as_of=setting.as_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _value(metric: Metric, record: dict[str, Any]) -> tuple[float | None, float | None]:
    """(value, numerator) in the metric's unit."""
    count = record["counted"]
    match metric.aggregation:
        case Aggregation.SHARE:
            return (100 * record["sum"] / count if count else None), record["sum"]
        case Aggregation.MEAN:
            if not count:
                return None, None
            total = int(record["sum"])
            return total / (count * metric.seconds), total / metric.seconds
        case Aggregation.MEDIAN:
            middle = record["middle"]
            return (None if middle is None else float(middle) / metric.seconds), None
        case Aggregation.DEVIATION:
            return _deviation(record, count, metric.seconds), None


def _deviation(record: dict[str, Any], count: int, seconds: int) -> float | None:
    if count < 2:
        return None
    total, squares = int(record["sum"]), int(record["squares"])
    variance = Fraction(count * squares - total * total, count * (count - 1))
    return math.sqrt(variance) / seconds


def _counts(record: dict[str, Any], prefix: str) -> dict[str, int]:
    return {
        key.removeprefix(prefix): count
        for key, count in record.items()
        if key.startswith(prefix) and count
    }


def _fetched(expr: Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = expr.to_pyarrow().to_pylist()
    return rows


def _aware(as_of: datetime | None) -> datetime | None:
    if as_of is None:
        return None
    if as_of.tzinfo is None:
        raise NaiveAsOfError(found=as_of)
    return as_of.astimezone(UTC)
