"""How is service inside a stage of a roll-out, beside service outside of it?

The measures are those of `analysis.metrics` over orders and cases, and two that a change of policy
is watched by most: how many clocks were breached, and what is owed for broken promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from troth.analysis.metrics.measuring import measure
from troth.analysis.metrics.metric import Aggregation, Better
from troth.analysis.metrics.registry import METRICS
from troth.core.policies.rollouts import Reading

CLOCKS_BREACHED, CREDIT_OWED = "clocks_breached", "credit_owed"
TABLES = ("promises", "cases")
_UNIT = {CLOCKS_BREACHED: "%", CREDIT_OWED: "% of an order"}
# A deviation has no count of rows that a minimum could be asked of, and medians need whole sides.
MEASURES: tuple[str, ...] = (
    *(
        metric.name
        for metric in METRICS.values()
        if metric.table in TABLES and metric.aggregation is not Aggregation.DEVIATION
    ),
    CLOCKS_BREACHED,
    CREDIT_OWED,
)
_SETTLED = ("kept", "broken", "late")


@dataclass(frozen=True, kw_only=True)
class Side:
    """The orders and cases of one side, as `analysis.metrics` knows them."""

    promises: pa.Table
    cases: pa.Table
    credit: Mapping[str, Decimal]  # order key → what its customer is owed, in percent; else 0


def readings(
    names: Iterable[str], inside: Side, outside: Side, *, as_of: datetime
) -> tuple[Reading, ...]:
    """Each of MEASURES that is asked for, inside and outside."""
    return tuple(_reading(name, inside, outside, as_of) for name in dict.fromkeys(names))


def _reading(name: str, inside: Side, outside: Side, as_of: datetime) -> Reading:
    own = _OWN.get(name)
    if own is not None:
        found = [own(side) for side in (inside, outside)]
        is_higher_better, unit = False, _UNIT[name]
    else:
        metric = METRICS[name]
        found = [_measured(name, side, as_of) for side in (inside, outside)]
        is_higher_better, unit = metric.better is Better.HIGHER, metric.symbol
    return Reading(
        measure=name,
        unit=unit,
        is_higher_better=is_higher_better,
        inside=found[0][0],
        outside=found[1][0],
        inside_count=found[0][1],
        outside_count=found[1][1],
    )


def _measured(name: str, side: Side, as_of: datetime) -> tuple[Decimal | None, int]:
    tables = {"promises": ibis.memtable(side.promises), "cases": ibis.memtable(side.cases)}
    (row,) = measure([name], tables, as_of=as_of)
    return (None if row.value is None else Decimal(repr(round(row.value, 4)))), row.denominator


def _clocks_breached(side: Side) -> tuple[Decimal | None, int]:
    """Of the clocks that ended or are past their due time, the share that is breached."""
    states = side.promises.column("state").to_pylist()
    verdicts = [state != "kept" for state in states if state in _SETTLED]
    for metric in ("first_response", "resolution"):
        ended = side.cases.column(f"{metric}_state").to_pylist()
        breached = side.cases.column(f"{metric}_breached").to_pylist()
        verdicts += [
            bool(is_breached)
            for state, is_breached in zip(ended, breached, strict=True)
            if is_breached or state == "completed"
        ]
    return _share(verdicts)


def _credit_owed(side: Side) -> tuple[Decimal | None, int]:
    """What is owed for a broken or late promise, on average over the promises that are settled."""
    is_settled = pc.is_in(side.promises.column("state"), value_set=pa.array(_SETTLED))
    settled = side.promises.filter(is_settled)
    keys: list[str] = settled.column("order_key").to_pylist()
    if not keys:
        return None, 0
    owed = sum((side.credit.get(key, Decimal(0)) for key in keys), Decimal(0))
    return round(owed / len(keys), 4), len(keys)


def _share(verdicts: Sequence[bool]) -> tuple[Decimal | None, int]:
    if not verdicts:
        return None, 0
    return round(Decimal(100 * sum(verdicts)) / len(verdicts), 4), len(verdicts)


_OWN: Mapping[str, Callable[[Side], tuple[Decimal | None, int]]] = {
    CLOCKS_BREACHED: _clocks_breached,
    CREDIT_OWED: _credit_owed,
}
