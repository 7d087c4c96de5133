"""Does a column of cases get from tables what each case gets by itself?"""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.random_policies import SHAPES, case, table

from troth.analysis import policy_inputs
from troth.analysis.policies import BatchAnswers, BatchError, BatchPolicies, ScopeColumn
from troth.analysis.policy_inputs import InputColumn, InputColumnError
from troth.core.policies.kinds import kind_named
from troth.core.policies.resolution import Resolution, resolve
from troth.core.policies.scopes import Layer, Subject, parse_scope
from troth.core.policies.specs import InputType
from troth.core.policies.versions import PolicyVersion, from_document

# Berlin's clocks go back at this instant, and the second version takes over.
EDGE = datetime(2026, 10, 25, 1, tzinfo=UTC)
KEYS = {Layer.CUSTOMER: ["c"], Layer.CONTRACT: ["k"], Layer.TIER: ["gold"]}
SUBJECT = Subject(customers=("c",), contracts=("k",), tier="gold")
TICK = timedelta(microseconds=1)


def document(scope: str, **changed: Any) -> PolicyVersion:
    return from_document(
        {
            "kind": "lead_time", "scope": scope, "number": 1, "author": "a steward",
            "effective_from": "2026-01-01T00:00:00Z", "published_at": "2026-01-01T00:00:00Z",
            "reason": "a test",
        } | changed
    )  # fmt: skip


def cases_of(kind: str, cases: list[dict[str, Any]]) -> dict[str, InputColumn]:
    return {
        spec.name: InputColumn.of_values(spec.type, [case.get(spec.name) for case in cases])
        for spec in kind_named(kind).inputs
    }


def answered(
    versions: list[PolicyVersion], kind: str, cases: list[dict[str, Any]], at: list[datetime]
) -> BatchAnswers:
    columns = [
        ScopeColumn(layer=layer, codes=np.zeros(len(cases), dtype=np.int32)) for layer in KEYS
    ]
    instants = np.array([item.replace(tzinfo=None) for item in at], dtype="datetime64[us]")
    compiled = BatchPolicies.compile(kind, versions, KEYS)
    return compiled.resolve(columns, instants, inputs=cases_of(kind, cases))


def check(answers: BatchAnswers, row: int, plain: Resolution) -> None:
    for item in plain.outputs:
        assert answers.values(item.output)[row] == item.value
        assert type(answers.values(item.output)[row]) is type(item.value)
        assert answers.versions(item.output)[row] == item.version
        assert answers.rules(item.output)[row] == item.rule


def versions_by_chance(chance: random.Random) -> tuple[str, list[PolicyVersion]]:
    shape = chance.choice(SHAPES)
    made = []
    name = next(iter(shape.outputs))
    for number, scope in enumerate(
        chance.choices(["customer:c", "contract:k", "tier:gold", "company"], k=4), start=1
    ):
        spec = kind_named(shape.kind).by_name[name]
        is_answerable = parse_scope(scope).layer in spec.layers
        made.append(
            PolicyVersion(
                kind=shape.kind,
                scope=parse_scope(scope if is_answerable else "company"),
                number=number,
                effective_from=chance.choice([EDGE, EDGE - timedelta(days=300)]),
                effective_to=chance.choice([None, EDGE, EDGE + TICK]),
                published_at=EDGE - timedelta(days=400 - number),
                outputs={},
                author="a steward",
                reason="a test",
                table=table(chance, shape) if chance.random() < 0.9 else None,
            )
        )
    if shape.kind == "service_level":
        bound = {"first_response_minutes_1": {"minimum": 10, "maximum": 50}}
        made.append(document("guardrail:law", kind=shape.kind, outputs=bound))
    return shape.kind, made


@pytest.mark.parametrize("seed", range(3))
def test_layers_with_tables_settle_row_by_row_as_the_plain_reading_does(seed: int) -> None:
    chance = random.Random(100 + seed)
    rows = by_feel = ruled = 0
    for _ in range(20):
        kind, versions = versions_by_chance(chance)
        cases = [case(chance, kind) for _ in range(12)]
        at = [EDGE + chance.choice([-TICK, TICK * 0, TICK]) for _ in cases]
        answers = answered(versions, kind, cases, at)
        for row, (one, when) in enumerate(zip(cases, at, strict=True)):
            plain = resolve(kind, versions, SUBJECT, at=when, known_at=EDGE, case=one)
            check(answers, row, plain)
            ruled += any(item.rule for item in plain.outputs)
        rows, by_feel = rows + len(cases), by_feel + answers.by_feel
        assert bool(answers.by_feel) == bool(answers.reasons)
    assert ruled > rows // 4
    assert by_feel < rows * 0.6


def test_what_feel_has_to_answer_is_counted_and_says_why() -> None:
    rules = [
        {"id": "a", "when": {"total": "> 100"}, "then": {"history_days": 9}},
        {"id": "b", "when": {"total": "? * 2 > 100"}, "then": {"history_days": 8}},
    ]
    version = document("company", table={"hit": "FIRST", "rules": rules})
    cases: list[dict[str, Any]] = [{"total": at} for at in (101, 100, 51, 50)] + [{}]
    answers = answered([version], "lead_time", cases, [EDGE] * 5)
    assert answers.values("history_days") == [9, 8, 8, 120, 120]
    assert answers.rules("history_days") == ["a", "b", "b", "", ""]
    assert answers.by_feel == 4  # all that rule a does not answer
    (reason,) = answers.reasons
    assert reason.startswith(version.id)
    assert "? * 2 > 100" in reason
    plain = answered([version], "lead_time", [{"total": 500}], [EDGE])
    assert (plain.by_feel, plain.reasons) == (0, ())


def test_versions_in_stages_are_feels_and_each_row_is_its_own_customers() -> None:
    staged = document(
        "tier:gold", outputs={"history_days": 9}, audience={"share": 50, "key": "a roll-out"}
    )
    company = document("company", outputs={"history_days": 8})
    keys = {Layer.CUSTOMER: [f"c{at}" for at in range(40)], Layer.TIER: ["gold"]}
    compiled = BatchPolicies.compile("lead_time", [staged, company], keys)
    codes = np.arange(40, dtype=np.int32)
    columns = [
        ScopeColumn(layer=Layer.CUSTOMER, codes=codes),
        ScopeColumn(layer=Layer.TIER, codes=codes * 0),
    ]
    at = np.full(40, np.datetime64("2026-06-01", "us"))
    answers = compiled.resolve(columns, at)
    who = [Subject(customers=(key,), tier="gold") for key in keys[Layer.CUSTOMER]]
    expected = [
        resolve("lead_time", [staged, company], one, at=EDGE, known_at=EDGE)["history_days"]
        for one in who
    ]
    assert set(expected) == {8, 9}
    assert answers.values("history_days") == expected
    assert answers.by_feel == 40


def test_a_boundary_that_is_off_by_one_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with a threshold one too high, the comparison fails."""
    whole = policy_inputs.thresholds
    shifted = lambda cuts, places: [at + 1 for at in whole(cuts, places)]
    monkeypatch.setattr(policy_inputs, "thresholds", shifted)
    with pytest.raises(AssertionError):
        for seed in range(3):
            test_layers_with_tables_settle_row_by_row_as_the_plain_reading_does(seed)


def test_columns_of_arrow_are_the_values_that_they_hold() -> None:
    chance = random.Random(3)
    kinds: dict[InputType, list[pa.DataType]] = {
        "number": [pa.decimal128(24, 3), pa.int32()],
        "text": [pa.string(), pa.dictionary(pa.int32(), pa.string())],
        "boolean": [pa.bool_()],
        "instant": [pa.timestamp("us", tz="UTC"), pa.timestamp("ms", tz="Europe/Berlin")],
    }
    cases = [case(chance, "lead_time") | {"flag": chance.random() < 0.5} for _ in range(50)]
    names = {"number": "total", "text": "country", "boolean": "flag", "instant": "placed_at"}
    for type_, each in kinds.items():
        for kind in each:
            values = [one[names[type_]] for one in cases]
            if kind == pa.int32():
                values = [None if value is None else int(value) for value in values]
            if kind == kinds["instant"][1]:
                values = [v and v.replace(microsecond=v.microsecond // 1000 * 1000) for v in values]
            halves = [pa.array(values[:20], kind), pa.array(values, kind).slice(20)]
            column = InputColumn.of_arrow(type_, pa.chunked_array(halves))
            assert [column.value(row) for row in range(50)] == values
    for type_, kind in (("number", pa.float64()), ("instant", pa.timestamp("us"))):
        with pytest.raises(InputColumnError, match="found"):
            InputColumn.of_arrow(type_, pa.chunked_array([pa.array([], kind)]))
    with pytest.raises(InputColumnError, match="64 bits"):
        large = pa.array([Decimal(10) ** 25], pa.decimal128(30, 0))
        InputColumn.of_arrow("number", pa.chunked_array([large]))


def test_inputs_that_cannot_be_read_are_refused_with_what_was_expected() -> None:
    compiled = BatchPolicies.compile("lead_time", [], {})
    at = np.array(["2026-01-01"], dtype="datetime64[us]")
    text = InputColumn.of_values("text", ["a"])
    for inputs, words in (
        ({"total": text}, "total is text; lead_time asks for"),
        ({"price": text}, "price is text"),
        ({"country": InputColumn.of_values("text", ["a", "b"])}, "expected 1 int64 keys"),
    ):
        with pytest.raises(BatchError, match=words):
            compiled.resolve([], at, inputs=inputs)
    with pytest.raises(InputColumnError, match="does not fit"):
        InputColumn.of_values("number", [10**30])
    with pytest.raises(InputColumnError, match="is no number"):
        InputColumn.of_values("number", [float("nan")])
