"""Random tables whose inputs can be gone through one by one, and clean ones that partition them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from troth.core.dmn.models import HitPolicy, InputClause, OutputClause, Rule, TableBox
from troth.core.feel import evaluate
from troth.core.feel.values import Value, incoming


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A type of input: texts that cells name, in order, and values in and between all of them."""

    kind: str
    texts: tuple[str, ...]
    values: tuple[Value, ...]
    is_line: bool = True
    allowed: str | None = None


def _values(*texts: str) -> tuple[Value, ...]:
    return tuple(incoming(evaluate(text)) for text in texts)


NUMBERS = Sample(
    kind="number",
    texts=("-1", "0", "1", "2.5", "4"),
    values=tuple(map(Decimal, ("-2", "-1", "-0.5", "0", "0.5", "1", "2", "2.5", "3", "4", "9"))),
)
DATES = Sample(
    kind="date",
    texts=('@"2026-02-27"', 'date("2026-02-28")', '@"2026-03-01"', '@"2026-03-04"'),
    values=_values(*(f'@"2026-{day}"' for day in ("02-26", "02-27", "02-28", "03-01", "03-02",
                                                  "03-04", "03-05"))),
)  # fmt: skip
# Equal to the second, ordered to the nanosecond.
MOMENTS = Sample(
    kind="date and time",
    texts=('@"2026-01-01T10:00:00"', '@"2026-01-01T10:00:00.5"', '@"2026-01-01T10:00:02"'),
    values=_values(*(f'@"2026-01-01T{time}"' for time in (
        "09:59:59.9", "10:00:00", "10:00:00.2", "10:00:00.5", "10:00:00.7", "10:00:01",
        "10:00:02", "10:00:02.5", "10:00:03"))),
)  # fmt: skip
ZONED = Sample(
    kind="time",
    texts=('@"10:00:00Z"', '@"12:00:00+01:00"', 'time("13:30:00Z")'),
    values=_values(*(f'@"{time}"' for time in (
        "09:00:00Z", "10:00:00Z", "10:00:00.5Z", "10:30:00Z", "11:00:00Z", "12:00:00.5+01:00",
        "12:00:00Z", "13:30:00Z", "13:30:00.5Z", "14:00:00Z"))),
)  # fmt: skip
MONTHS = Sample(
    kind="years and months duration",
    texts=('@"P1M"', '@"P2M"', 'duration("P1Y")'),
    values=_values(*(f'@"{text}"' for text in ("P0M", "P1M", "P2M", "P3M", "P1Y", "P13M"))),
)
SPANS = Sample(
    kind="dayTimeDuration",
    texts=('@"PT1H"', '@"P1D"'),
    values=_values(*(f'@"{text}"' for text in ("PT0S", "PT1H", "PT2H", "P1D", "P2D"))),
)
TEXTS = Sample(
    kind="string", texts=('"a"', '"b"', '"c"'), values=("a", "b", "c", "x"), is_line=False
)
LISTED = Sample(
    kind="string", texts=('"a"', '"b"', '"c"'), values=("a", "b", "c"), is_line=False,
    allowed='"a", "b", "c"',
)  # fmt: skip
# Looked at with null where a cell names it.
NULLABLE = Sample(
    kind="string", texts=('"a"', '"b"', "null"), values=("a", "b", "x", None), is_line=False
)
BOOLEANS = Sample(kind="boolean", texts=("true", "false"), values=(True, False), is_line=False)
BOUNDED = replace(NUMBERS, allowed="[0..4)", values=tuple(v for v in NUMBERS.values if 0 <= v < 4))
SAMPLES = (
    NUMBERS,
    DATES,
    MOMENTS,
    ZONED,
    MONTHS,
    SPANS,
    TEXTS,
    LISTED,
    BOOLEANS,
    BOUNDED,
    NULLABLE,
)


def cell(sample: Sample, chosen: random.Random) -> str:
    """A random cell, wide ones more often than narrow ones."""
    shape = chosen.randrange(12)
    one, other = (chosen.choice(sample.texts) for _ in range(2))
    if shape < 3:
        return "-"
    if not sample.is_line:
        shapes = (
            one,
            f"{one}, {other}",
            f"not({one})",
            f"!= {one}",
            f"? = {one}",
            f"not({one}, {other})",
            f"? != {one}",
            f"[{one}, {other}]",
            f"not(? = {one})",
        )
        return shapes[shape - 3]
    low, high = sorted((one, other), key=sample.texts.index)
    opening, closing = chosen.choice("[(]"), chosen.choice("])[")
    interval = f"{opening}{low}..{high}{closing}"
    sign = chosen.choice(("<", "<=", ">", ">="))
    shapes = (
        f"{sign} {one}", f"{sign} {one}", interval, interval, one, f"not({interval})",
        f"{one}, {sign} {other}", f"? {sign} {one} or ? = {other}",
        chosen.choice((f"{opening}{high}..{low}{closing}", f"? > {low} and ? <= {high}",
                       f"!= {one}", f"? between {low} and {high}", f"? in ({interval}, {one})")),
    )  # fmt: skip
    return shapes[shape - 3]


def columns(chosen: random.Random, *, most: int = 3) -> list[Sample]:
    return [chosen.choice(SAMPLES) for _ in range(chosen.randint(1, most))]


def table(
    samples: Sequence[Sample], rows: Sequence[tuple[Sequence[str], str]], policy: HitPolicy
) -> TableBox:
    """A table of one output, whose priorities are those of the numbers, high ones first."""
    return TableBox(
        hit_policy=policy,
        inputs=tuple(
            InputClause(expression=f"i{at}", type_ref=sample.kind, values=sample.allowed)
            for at, sample in enumerate(samples)
        ),
        outputs=(OutputClause(values="3, 2, 1" if policy is HitPolicy.PRIORITY else None),),
        rules=tuple(Rule(inputs=tuple(cells), outputs=(answer,)) for cells, answer in rows),
    )


def random_table(chosen: random.Random) -> tuple[TableBox, list[Sample]]:
    samples = columns(chosen)
    policy = chosen.choice(
        (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.PRIORITY, HitPolicy.COLLECT)
    )
    rows = [
        ([cell(sample, chosen) for sample in samples], str(chosen.randint(1, 3)))
        for _ in range(chosen.randint(1, 7))
    ]
    made = table(samples, rows, policy)
    if chosen.random() < 0.25:
        default = OutputClause(values=made.outputs[0].values, default=str(chosen.randint(1, 3)))
        made = replace(made, outputs=(default,))
    return made, [_seen(sample, made, at) for at, sample in enumerate(samples)]


def _seen(sample: Sample, box: TableBox, column: int) -> Sample:
    """The sample without null, unless a cell names it."""
    if any("null" in rule.inputs[column] for rule in box.rules):
        return sample
    return replace(sample, values=tuple(v for v in sample.values if v is not None))


def inputs(samples: Sequence[Sample]) -> Iterator[dict[str, Value]]:
    """All inputs there are, up to those between which no cell can tell."""
    for values in itertools.product(*(sample.values for sample in samples)):
        yield {f"i{at}": value for at, value in enumerate(values)}


# A box of a partition: for each column the first and the end of a run of places. Of a line the
# places are: before the first text, from it, from the second, ….
Box = tuple[tuple[int, int], ...]


def places(sample: Sample) -> int:
    if sample.is_line:
        return len(sample.texts) + 1
    return len(sample.values)


def partition(samples: Sequence[Sample], size: int, chosen: random.Random) -> list[Box]:
    """Boxes that hold every input, each once; at most so many."""
    boxes: list[Box] = [tuple((0, places(sample)) for sample in samples)]
    for _ in range(size * 3):
        if len(boxes) >= size:
            break
        at = chosen.randrange(len(boxes))
        wide = [axis for axis, (first, end) in enumerate(boxes[at]) if end - first > 1]
        if wide:
            axis = chosen.choice(wide)
            box = boxes.pop(at)
            first, end = box[axis]
            cut = chosen.randrange(first + 1, end)
            boxes += [(*box[:axis], run, *box[axis + 1 :]) for run in ((first, cut), (cut, end))]
    chosen.shuffle(boxes)
    return boxes


def cells_of(samples: Sequence[Sample], box: Box) -> list[str]:
    """The cells that match a box."""
    return [_cell_of(sample, first, end) for sample, (first, end) in zip(samples, box, strict=True)]


def _cell_of(sample: Sample, first: int, end: int) -> str:
    if (first, end) == (0, places(sample)):
        return "-"
    if sample.is_line:
        low = sample.texts[first - 1] if first else None
        high = sample.texts[end - 1] if end <= len(sample.texts) else None
        if low is None:
            return f"< {high}"
        return f">= {low}" if high is None else f"[{low}..{high})"
    if end > len(sample.texts):
        return f"not({', '.join(sample.texts[:first])})" if first else "-"
    return ", ".join(sample.texts[first:end])
