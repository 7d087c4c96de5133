"""Does the batch form answer as the plain reading does, row by row?"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.analysis.policies import BatchAnswers, BatchError, BatchPolicies, ScopeColumn
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.resolution import resolve
from troth.core.policies.scopes import Layer, Subject, parse_scope
from troth.core.policies.versions import PolicyVersion

START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = {
    Layer.CUSTOMER: ["c", "p", "ruleless"],
    Layer.CONTRACT: ["k", "l"],
    Layer.TIER: ["gold", "silver"],
    Layer.SEGMENT: ["s", "t"],
    Layer.REGION: ["SP", "BR"],
}
LAYERS = (
    Layer.CUSTOMER,
    Layer.CUSTOMER,
    Layer.CONTRACT,
    Layer.CONTRACT,
    Layer.TIER,
    Layer.SEGMENT,
    Layer.REGION,
    Layer.REGION,
)
SCOPES = [f"{layer}:{key}" for layer, keys in KEYS.items() for key in keys if key != "ruleless"]
# Every set of these has a value in common, so that any of them may be published together.
RAILS = [None, {"minimum": 6}, {"maximum": 30}, {"allowed": (6, 30)}, {"minimum": 6, "maximum": 6}]
OPENS = [None, {"allowed": ("07:00", "08:00")}, {"allowed": ("08:00",)}]


def version(scope: str, outputs: dict[str, Any], day: int = 0, **changed: Any) -> PolicyVersion:
    fields: dict[str, Any] = {
        "kind": "lead_time",
        "scope": parse_scope(scope),
        "number": 1,
        "effective_from": START + timedelta(days=day),
        "effective_to": None,
        "published_at": START + timedelta(days=day),
        "outputs": outputs,
        "author": "a steward",
        "reason": "a test",
    }
    return PolicyVersion(**fields | changed)


@st.composite
def policies(draw: st.DrawFn, kind: str) -> list[PolicyVersion]:
    made = []
    for number in range(draw(st.integers(0, 9))):
        is_rail = draw(st.integers(0, 3)) == 0
        rails = ("guardrail:law", "guardrail:us")
        scope = draw(st.sampled_from(rails if is_rail else (*SCOPES, "company")))
        numbers, texts = (RAILS, OPENS) if is_rail else ([None, 5, 6, 30], [None, "07:00", "09:00"])
        if kind == "delivery":
            outputs = {"window_opens": draw(st.sampled_from(texts))}
        else:
            names = ("history_days", "maximum_lead_time_days")
            outputs = {name: draw(st.sampled_from(numbers)) for name in names}
            if not is_rail:
                shares = [None, Decimal("0.8"), Decimal("0.95")]
                outputs["service_quantile"] = draw(st.sampled_from(shares))
        day = draw(st.integers(0, 3))
        end = draw(st.none() | st.integers(day + 1, 5))
        made.append(
            version(
                scope,
                outputs,
                day,
                kind=kind,
                number=number // 2 + 1,
                effective_to=None if end is None else START + timedelta(days=end),
                published_at=START + timedelta(days=draw(st.integers(0, 4))),
            )
        )
    return made


Rows = list[tuple[tuple[int, ...], int]]  # the codes of each column, and the µs since START
rows_of_codes = st.lists(
    st.tuples(
        st.tuples(*(st.integers(-1, len(KEYS[layer]) - 1) for layer in LAYERS)),
        st.builds(
            lambda day, step: day * 86_400_000_000 + step, st.integers(-1, 6), st.integers(-1, 1)
        ),
    ),
    min_size=1,
    max_size=6,
)


def subject(codes: Sequence[int]) -> Subject:
    keys = [
        KEYS[layer][code] if code >= 0 else "" for layer, code in zip(LAYERS, codes, strict=True)
    ]

    def of(layer: Layer) -> tuple[str, ...]:
        return tuple(key for key, owner in zip(keys, LAYERS, strict=True) if owner is layer and key)

    return Subject(
        customers=of(Layer.CUSTOMER),
        contracts=of(Layer.CONTRACT),
        tier=next(iter(of(Layer.TIER)), None),
        segments=of(Layer.SEGMENT),
        regions=of(Layer.REGION),
    )


def answered(compiled: BatchPolicies, rows: Rows) -> BatchAnswers:
    columns = [
        ScopeColumn(layer=layer, codes=np.array([codes[at] for codes, _ in rows], dtype=np.int32))
        for at, layer in enumerate(LAYERS)
    ]
    begin = np.datetime64(START.replace(tzinfo=None), "us")
    at = begin + np.array([step for _, step in rows], dtype="timedelta64[us]")
    return compiled.resolve(columns, at)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["lead_time", "delivery"]), st.data(), rows_of_codes, st.booleans())
def test_every_row_equals_the_plain_reading(
    kind: str, data: st.DataObject, rows: Rows, is_known_then: bool
) -> None:
    versions = data.draw(policies(kind))
    known_at = START + timedelta(days=data.draw(st.integers(0, 4)))
    compiled = BatchPolicies.compile(
        kind,
        versions,
        KEYS,
        known_at=None if is_known_then else known_at,
        is_known_then=is_known_then,
    )
    answers = answered(compiled, rows)
    for row, (codes, step) in enumerate(rows):
        at = START + timedelta(microseconds=step)
        plain = resolve(
            kind, versions, subject(codes), at=at, known_at=at if is_known_then else known_at
        )
        for item in plain.outputs:
            assert answers.values(item.output)[row] == item.value
            assert answers.versions(item.output)[row] == item.version


def test_values_keep_their_exact_form_and_numbers_are_at_hand() -> None:
    company = version("company", {"service_quantile": Decimal("0.95")})
    compiled = BatchPolicies.compile("lead_time", [company], {})
    at = np.array(["2025-12-31", "2026-01-01"], dtype="datetime64[us]")
    answers = compiled.resolve([], at)
    assert answers.values("service_quantile") == [Decimal("0.9"), Decimal("0.95")]
    assert answers.numbers("service_quantile").tolist() == [0.9, 0.95]
    assert np.isnan(answers.numbers("maximum_lead_time_days")).all()
    assert answers.versions("service_quantile") == ["", company.id]


def test_more_rows_than_one_task_holds_are_all_answered() -> None:
    rules = [version(f"tier:{at}", {"history_days": at + 1}) for at in range(5)]
    compiled = BatchPolicies.compile("lead_time", rules, {Layer.TIER: [str(at) for at in range(5)]})
    codes = (np.arange(150_001) % 5).astype(np.int32)
    at = np.full(len(codes), np.datetime64("2026-06-01", "us"))
    answers = compiled.resolve(
        [ScopeColumn(layer=Layer.TIER, codes=codes)], at, outputs=["history_days"]
    )
    assert list(answers.ids) == ["history_days"]
    assert (answers.numbers("history_days") == codes + 1).all()


def test_columns_that_cannot_be_resolved_are_refused_with_what_was_expected() -> None:
    compiled = BatchPolicies.compile("lead_time", [], KEYS)
    at = np.array(["2026-01-01"], dtype="datetime64[us]")
    one = np.zeros(1, dtype=np.int32)
    tier, customer = (ScopeColumn(layer=layer, codes=one) for layer in (Layer.TIER, Layer.CUSTOMER))
    wide = ScopeColumn(layer=Layer.TIER, codes=np.zeros(1, dtype=np.int64))  # type: ignore[arg-type]
    outside = ScopeColumn(layer=Layer.TIER, codes=np.array([2], dtype=np.int32))
    rail = ScopeColumn(layer=Layer.GUARDRAIL, codes=one)
    for columns, said in (
        ([tier, customer], "in the order customer, contract"),
        ([rail], "in the order customer, contract"),
        ([wide], "expected 1 int32 codes"),
        ([outside], "outside of its keys"),
        ([customer] * 16, "at most 15"),
    ):
        with pytest.raises(BatchError, match=said):
            compiled.resolve(columns, at)
    with pytest.raises(BatchError, match="found float64"):
        compiled.resolve([], np.zeros(1))
    with pytest.raises(BatchError, match="has no quantile"):
        compiled.resolve([], at, outputs=["quantile"])
    with pytest.raises(BatchError, match="compiled without its keys"):
        BatchPolicies.compile("lead_time", [], {}).resolve([tier], at)
    with pytest.raises(BatchError, match="use values"):
        BatchPolicies.compile("delivery", [], {}).resolve([], at).numbers("window_opens")


def test_guardrails_that_clash_are_told_where_a_row_meets_them() -> None:
    rails = [
        version("guardrail:law", {"history_days": {"minimum": 50}}),
        version("guardrail:company", {"history_days": {"maximum": 40}}, 10),
    ]
    compiled = BatchPolicies.compile("lead_time", rails, {})
    before = np.array(["2026-01-05"], dtype="datetime64[us]")
    assert compiled.resolve([], before).values("history_days") == [120]
    with pytest.raises(ContradictoryGuardrailsError):
        compiled.resolve([], before + np.timedelta64(10, "D"))
