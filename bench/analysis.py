"""How fast is a decision table analysed, against comparing its rules pair by pair?

10,000 rules over six inputs (four numbers, a text of 50 values, a boolean), a partition of all
inputs in which 100 rules were widened over their neighbours. The first peer finds the pairs that
overlap by a self-join in DuckDB, with all its threads, over boxes that are coded already: reading
cells, gaps and sentences are ours alone to do. The second compares each pair in plain Python, over
the same boxes; it has fewer rules, as it needs their square.
"""

from __future__ import annotations

import heapq
import random
import statistics
from collections.abc import Callable, Sequence
from itertools import combinations
from time import perf_counter
from typing import Any

import duckdb

from troth.core.dmn.analysis import Kind, analyse, columns_of
from troth.core.dmn.analysis.bitmaps import overlaps
from troth.core.dmn.analysis.columns import NO_TYPES
from troth.core.dmn.analysis.problem import problem_of
from troth.core.dmn.models import HitPolicy, InputClause, OutputClause, Rule, TableBox

ROUNDS = 5
SPAN = 1_000_000  # of the numbers
TEXTS = tuple(f"c{number:02}" for number in range(50))
ROOT = ((0, SPAN),) * 4 + ((0, len(TEXTS)), (0, 2))
Box = tuple[tuple[int, int], ...]


def table(rules: int, *, widened: int = 0, policy: HitPolicy = HitPolicy.UNIQUE) -> TableBox:
    """A partition of all inputs into so many rules, the largest box halved each time."""
    chosen = random.Random(7)
    heap: list[tuple[float, int, Box]] = [(-1.0, 0, ROOT)]
    while len(heap) < rules:
        share, _, box = heapq.heappop(heap)
        axis = chosen.choice([at for at, (first, end) in enumerate(box) if end - first > 1])
        first, end = box[axis]
        cut = chosen.randrange(first + 1, end)
        for run in ((first, cut), (cut, end)):
            part = (*box[:axis], run, *box[axis + 1 :])
            size = share * (run[1] - run[0]) / (end - first)
            heapq.heappush(heap, (size, chosen.randrange(1 << 60), part))
    boxes = [box for _, _, box in heap]
    chosen.shuffle(boxes)
    for at in range(widened):
        boxes[at] = (ROOT[0], *boxes[at][1:])
    return TableBox(
        hit_policy=policy,
        inputs=(
            *(InputClause(expression=f"n{at}", type_ref="number") for at in range(4)),
            InputClause(expression="c", type_ref="string", values=_texts(0, len(TEXTS))),
            InputClause(expression="b", type_ref="boolean"),
        ),
        outputs=(OutputClause(),),
        rules=tuple(
            Rule(inputs=_cells(box), outputs=(str(chosen.randrange(20)),)) for box in boxes
        ),
    )


def _texts(first: int, end: int) -> str:
    return ", ".join(f'"{text}"' for text in TEXTS[first:end])


def _cells(box: Box) -> tuple[str, ...]:
    cells = []
    for at, (first, end) in enumerate(box):
        if (first, end) == ROOT[at]:
            cells.append("-")
        elif at == 4:
            cells.append(_texts(first, end))
        elif at == 5:
            cells.append("true" if first else "false")
        elif first == 0:
            cells.append(f"< {end}")
        else:
            cells.append(f">= {first}" if end == SPAN else f"[{first}..{end})")
    return tuple(cells)


def median(run: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Seconds, the median of some rounds."""
    times = []
    for _ in range(rounds):
        begin = perf_counter()
        run()
        times.append(perf_counter() - begin)
    return statistics.median(times)


def by_duckdb(boxes: Sequence[Sequence[Any]]) -> Callable[[], int]:
    """Counts the pairs of boxes that overlap; each axis of each box is one run of codes."""
    base = duckdb.connect()
    axes = range(len(boxes[0]))
    fields = ", ".join(f"f{axis} integer, e{axis} integer" for axis in axes)
    base.execute(f"create table box (id integer, {fields})")
    rows = [(at, *(bound for runs in box for bound in runs[0])) for at, box in enumerate(boxes)]
    marks = ", ".join("?" * len(rows[0]))
    base.execute("begin")
    base.executemany(f"insert into box values ({marks})", rows)
    base.execute("commit")
    meet = " and ".join(f"a.f{axis} < b.e{axis} and b.f{axis} < a.e{axis}" for axis in axes)
    query = f"select count(*) from box a join box b on a.id < b.id and {meet}"
    return lambda: int((base.execute(query).fetchone() or (0,))[0])


def by_pairs(boxes: Sequence[Sequence[Any]]) -> int:
    """Counts them in plain Python, leaving a pair at the first axis where it does not meet."""
    flat = [tuple(runs[0] for runs in box) for box in boxes]
    return sum(
        all(a[0] < b[1] and b[0] < a[1] for a, b in zip(one, other, strict=True))
        for one, other in combinations(flat, 2)
    )


def _row(name: str, ours: float, peer: float, bar: float | None, note: str) -> dict[str, Any]:
    return {
        "name": name,
        "ours": f"{ours:.2f} s",
        "peer": f"{peer:.2f} s",
        "ratio": round(peer / ours, 2),
        "bar": bar,
        "note": note,
    }


def main() -> list[dict[str, Any]]:
    """One row a claim: seconds and the ratio. Raises AssertionError where counts differ."""
    large = table(10_000, widened=100)
    problem = _problem(large)
    count = sum(mask.bit_count() - 1 for mask in overlaps(problem.axes, problem.size)) // 2
    asked = by_duckdb(problem.boxes)
    assert asked() == count == analyse(large).counts[Kind.OVERLAP].found
    joined = median(asked)
    small = table(2_000, widened=20)
    boxes = _problem(small).boxes
    assert by_pairs(boxes) == analyse(small).counts[Kind.OVERLAP].found
    pairs = median(lambda: by_pairs(boxes), 3)
    clean = table(10_000, policy=HitPolicy.FIRST)
    assert analyse(clean).is_clean
    note = f"{count} pairs of 10,000 rules × 6 inputs; peer: DuckDB's self-join over coded boxes"
    return [
        _row(
            "the pairs that overlap",
            median(lambda: overlaps(problem.axes, problem.size)), joined, 1.0, note,
        ),
        _row(
            "the whole analysis of UNIQUE: cells read, gaps, overlaps, what is redundant, merges",
            median(lambda: analyse(large), 3), joined, None, note,
        ),
        _row(
            "the whole analysis of a clean FIRST: masked and redundant rules as well",
            median(lambda: analyse(clean), 3), joined, None, note,
        ),
        _row(
            "the whole analysis of 2,000 rules",
            median(lambda: analyse(small), 3), pairs, 1.0,
            "peer: the pairs that overlap alone, each compared in Python",
        ),
    ]  # fmt: skip


def _problem(box: TableBox) -> Any:
    columns = columns_of(box)
    return problem_of(box, columns, names=(), types=NO_TYPES, nulls="named")


if __name__ == "__main__":
    for row in main():
        print(row)
