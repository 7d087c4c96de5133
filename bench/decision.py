"""How much faster is one policy decision than the fastest call of a rule engine?

Both hold 10,500 dated rules for single customers below tiers and a company default, give the
same answers first, and then answer inputs that no round repeats. The peer is zen-engine through
its static loader, its fastest way in; its day is a plain number, ours an instant. Rounds
alternate; a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import gc
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

import zen

from troth.core.policies.book import PolicyBook
from troth.core.policies.scopes import Subject, parse_scope
from troth.core.policies.versions import PolicyVersion

ROUNDS = 9
ASKED = 10_000  # inputs a round
TRACED = 50  # the peer's trace takes milliseconds on a table of this size
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 730
TIERS = ("gold", "silver", "bronze")
OUTPUTS = ("service_quantile", "default_lead_time_days", "history_days")

Input = tuple[Subject, datetime, dict[str, Any]]  # ours, ours, the peer's


def versions(rules: int, *, seed: int = 7) -> list[PolicyVersion]:
    """So many rules for customers, every 20th of whom has two, and for tiers and the company."""
    chosen = random.Random(seed)
    customers = customer_keys(rules)
    made = [
        _version("company", 1, 0, chosen),
        *(_version(f"tier:{tier}", 1, 0, chosen) for tier in TIERS),
    ]
    for at in range(rules):
        again = at >= len(customers)
        start = chosen.randrange(DAYS // 2) + (DAYS // 2 if again else 0)
        scope = f"customer:{customers[at % len(customers)]}"
        made.append(_version(scope, 2 if again else 1, start, chosen))
    return made


def customer_keys(rules: int) -> list[str]:
    """The customers that have rules of their own: 10,000 for 10,500 rules."""
    return [f"crm:A-{at:06d}" for at in range(rules - rules // 21)]


def _version(scope: str, number: int, start: int, chosen: random.Random) -> PolicyVersion:
    return PolicyVersion(
        kind="lead_time",
        scope=parse_scope(scope),
        number=number,
        effective_from=EPOCH + timedelta(days=start),
        effective_to=None,
        published_at=EPOCH + timedelta(days=start),
        outputs={
            "service_quantile": Decimal(chosen.randrange(600, 999)) / 1000,
            "default_lead_time_days": chosen.randrange(1, 60),
            "history_days": chosen.randrange(30, 400),
        },
        author="bench",
        reason="a dated rule",
    )


def zen_table(
    held: Sequence[PolicyVersion], layers: Sequence[str] = ("customer", "tier")
) -> dict[str, Any]:
    """The same rules as a decision table of zen: the first row that matches answers."""
    order = {layer: at for at, layer in enumerate((*layers, "company"))}
    ranked = sorted(held, key=lambda item: (order[item.scope.layer], item.scope.key, -item.number))
    rules = [
        {
            "_id": item.id,
            **{
                layer: f'"{item.scope.key}"' if item.scope.layer == layer else ""
                for layer in layers
            },
            "day": f">= {(item.effective_from - EPOCH).days}",
            **{name: str(item.outputs[name]) for name in OUTPUTS},
            "rule": f'"{item.id}"',
        }
        for item in ranked
    ]
    inputs = [
        {"id": name, "name": name, "type": "expression", "field": name} for name in (*layers, "day")
    ]
    outputs = [
        {"id": name, "name": name, "type": "expression", "field": name}
        for name in (*OUTPUTS, "rule")
    ]
    table = {"hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rules}
    place = {"x": 0, "y": 0}
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {
                "id": "table",
                "type": "decisionTableNode",
                "name": "table",
                "position": place,
                "content": table,
            },
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }


def zen_engine(
    held: Sequence[PolicyVersion], layers: Sequence[str] = ("customer", "tier")
) -> zen.ZenEngine:
    table = zen_table(held, layers)
    return zen.ZenEngine({"loader": {"type": "static", "content": {"rules": table}}})


def inputs(rules: int, *, seed: int = 11) -> Iterator[list[Input]]:
    """Rounds of inputs, no two alike; the tier follows from the customer."""
    chosen = random.Random(seed)
    customers = customer_keys(rules)
    second = 0
    while True:
        batch: list[Input] = []
        for _ in range(ASKED):
            at = chosen.randrange(len(customers))
            key, tier, day = customers[at], TIERS[at % 3], chosen.randrange(DAYS)
            second += 1
            instant = EPOCH + timedelta(days=day, seconds=second % 86_400)
            subject = Subject(customers=(key,), tier=tier)
            batch.append((subject, instant, {"customer": key, "tier": tier, "day": day}))
        yield batch


def check_equal(book: PolicyBook, engine: zen.ZenEngine, batch: Sequence[Input]) -> None:
    """Raises AssertionError where a value or the rule that gave it differs."""
    for subject, at, context in batch:
        ours = book.values("lead_time", subject, at)
        theirs = engine.evaluate("rules", context)["result"]
        values = tuple(Decimal(str(theirs[name])) for name in OUTPUTS)
        assert ours.values[:3] == values, (context, ours.values, theirs)
        assert set(ours.versions[:3]) == {theirs["rule"]}, (context, ours.versions, theirs)


def taken(run: Callable[[Sequence[Input]], None], batch: Sequence[Input]) -> float:
    """Microseconds for each input."""
    begin = perf_counter()
    run(batch)
    return (perf_counter() - begin) / len(batch) * 1e6


def _pair(
    sides: tuple[Callable[[Sequence[Input]], None], Callable[[Sequence[Input]], None]],
    batches: tuple[Sequence[Input], Sequence[Input]],
    *,
    is_ours_first: bool,
) -> tuple[float, float]:
    """The second side finds the inputs in the processor's cache, so they take turns."""
    if is_ours_first:
        ours = taken(sides[0], batches[0])
        return ours, taken(sides[1], batches[1])
    peer = taken(sides[1], batches[1])
    return taken(sides[0], batches[0]), peer


def compared(
    name: str,
    sides: tuple[Callable[[Sequence[Input]], None], Callable[[Sequence[Input]], None]],
    rounds: Sequence[tuple[Sequence[Input], Sequence[Input]]],
    *,
    bar: float | None,
    note: str,
) -> dict[str, Any]:
    """Times both sides round by round; the ratio is peer ÷ ours."""
    gc.collect()
    gc.disable()  # as timeit does: a collection would fall into either side's time by chance
    try:
        times = [_pair(sides, pair, is_ours_first=at % 2 == 0) for at, pair in enumerate(rounds)]
    finally:
        gc.enable()
    return {
        "name": name,
        "ours": round(statistics.median(ours for ours, _ in times), 3),
        "peer": round(statistics.median(peer for _, peer in times), 3),
        "ratio": round(statistics.median(peer / ours for ours, peer in times), 2),
        "bar": bar,
        "note": note,
    }


def by_values(book: PolicyBook) -> Callable[[Sequence[Input]], None]:
    def run(batch: Sequence[Input]) -> None:
        ask = book.values
        for subject, at, _ in batch:
            _ = ask("lead_time", subject, at).values

    return run


def by_values_and_ids(book: PolicyBook) -> Callable[[Sequence[Input]], None]:
    def run(batch: Sequence[Input]) -> None:
        ask = book.values
        for subject, at, _ in batch:
            row = ask("lead_time", subject, at)
            _ = row.values, row.versions

    return run


def by_resolution(book: PolicyBook) -> Callable[[Sequence[Input]], None]:
    def run(batch: Sequence[Input]) -> None:
        ask = book.resolve
        for subject, at, _ in batch:
            _ = ask("lead_time", subject, at).outputs

    return run


def by_zen(engine: zen.ZenEngine, options: dict[str, Any] | None = None) -> Any:
    def run(batch: Sequence[Input]) -> None:
        ask = engine.evaluate
        if options is None:
            for _, _, context in batch:
                ask("rules", context)["result"]
        else:
            for _, _, context in batch:
                ask("rules", context, options)["trace"]

    return run


def main() -> list[dict[str, Any]]:
    """One row a claim: microseconds for a decision, and the ratio. Raises AssertionError."""
    held = versions(10_500)
    book, engine = PolicyBook.compile(held), zen_engine(held)
    batches = inputs(10_500)
    warm = next(batches)
    check_equal(book, engine, warm)
    for key_batch in (next(batches) for _ in range(3)):
        by_values(book)(key_batch)  # nearly every customer was asked for once
    same = [(batch, batch) for batch in (next(batches) for _ in range(ROUNDS))]
    short = [(batch, batch[:TRACED]) for batch in (next(batches) for _ in range(ROUNDS))]
    plain = by_zen(engine)
    peer = "µs a decision; peer: zen-engine, static loader"
    return [
        compared("values", (by_values(book), plain), same, bar=20.0, note=peer),
        compared(
            "values and the rules that gave them, peer with trace",
            (by_values_and_ids(book), by_zen(engine, {"trace": True})),
            short,
            bar=15.0,
            note=f"{peer}; the trace on a sample of {TRACED} a round",
        ),
        compared(
            "values and the rules that gave them, peer with the rule as an output",
            (by_values_and_ids(book), plain),
            same,
            bar=15.0,
            note=f"{peer}; the stricter peer: no trace",
        ),
        compared(
            "every reason: layers, versions, what was overrode",
            (by_resolution(book), plain),
            same,
            bar=None,
            note=f"{peer}; its answer has no reasons",
        ),
        _first_sight(held, plain, next(batches)),
        *_scaling(book),
        _from_keys(book, engine, same),
    ]


def _from_keys(
    book: PolicyBook,
    engine: zen.ZenEngine,
    rounds: Sequence[tuple[Sequence[Input], Sequence[Input]]],
) -> dict[str, Any]:
    """Both sides make their input as well."""

    def by_fresh_context(batch: Sequence[Input]) -> None:
        ask = engine.evaluate
        for _, _, given in batch:
            ask("rules", {name: given[name] for name in ("customer", "tier", "day")})["result"]

    return compared(
        "values, both sides making their input",
        (by_keys(book), by_fresh_context),
        rounds,
        bar=None,
        note="µs a decision; peer: zen-engine, static loader",
    )


def _first_sight(
    held: Sequence[PolicyVersion], plain: Callable[[Sequence[Input]], None], batch: list[Input]
) -> dict[str, Any]:
    """A customer's first question merges its timelines: each asked once in a fresh book."""
    seen: dict[str, Input] = {item[2]["customer"]: item for item in batch}
    once = list(seen.values())

    def fresh(asked: Sequence[Input]) -> None:
        by_values(books.pop())(asked)

    books = [PolicyBook.compile(held) for _ in range(3)]
    return compared(
        "values, every customer asked for the first time",
        (fresh, plain),
        [(once, once)] * 3,
        bar=None,
        note="µs a decision, once per customer after a publication; peer warm",
    )


def by_keys(book: PolicyBook) -> Callable[[Sequence[Input]], None]:
    def run(batch: Sequence[Input]) -> None:
        ask = book.values
        for _, at, given in batch:
            subject = Subject(customers=(given["customer"],), tier=given["tier"])
            _ = ask("lead_time", subject, at).values

    return run


def _scaling(large: PolicyBook) -> list[dict[str, Any]]:
    """What 1,000 times the rules cost, for the same inputs: 10,500 rules against 10."""
    few = PolicyBook.compile(versions(10))
    batches = inputs(10_500, seed=3)
    for batch in (next(batches) for _ in range(3)):
        by_values(large)(batch)
        by_values(few)(batch)
    rounds = [(batch, batch) for batch in (next(batches) for _ in range(ROUNDS))]
    note = "ours: 10,500 rules; peer: our book with 10, same inputs; ratio: ours ÷ peer"
    rows = [
        compared(
            "10 → 10,500 rules costs, from a customer's keys to the values",
            (by_keys(large), by_keys(few)),
            rounds,
            bar=1.3,
            note=note,
        ),
        compared(
            "10 → 10,500 rules costs, the look-up alone",
            (by_values(large), by_values(few)),
            rounds,
            bar=1.3,
            note=f"{note}; what grows is the memory that a look-up touches",
        ),
    ]
    return [row | {"ratio": round(1 / row["ratio"], 2), "is_cost": True} for row in rows]


if __name__ == "__main__":
    for row in main():
        print(row)
