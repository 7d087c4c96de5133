"""Is a document read as it says, and is each fault named with its place and remedy?"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from troth.core.policies.kinds import KINDS, UnknownKindError, kind_named
from troth.core.policies.outputs import read_value
from troth.core.policies.scopes import Layer, Scope, ScopeError, Subject, parse_scope, standard
from troth.core.policies.specs import OutputSpec
from troth.core.policies.versions import (
    InvalidPolicyError,
    from_document,
    to_document,
    validate,
)

HISTORY, OPENS = "outputs.history_days", "outputs.window_opens"


def document(**changed: Any) -> dict[str, Any]:
    return {
        "kind": "lead_time",
        "scope": "tier:gold",
        "number": 1,
        "effective_from": "2026-01-01T00:00:00-03:00",
        "published_at": "2025-12-15T12:00:00Z",
        "outputs": {"service_quantile": 0.95, "history_days": 90},
        "author": "a steward",
        "reason": "gold customers get a safer promise",
    } | changed


def test_a_document_becomes_a_version_in_utc_with_exact_decimals() -> None:
    version = from_document(document())
    assert version.effective_from == datetime(2026, 1, 1, 3, tzinfo=UTC)  # 00:00 −03:00
    assert version.effective_from.tzinfo is UTC
    assert version.outputs == {"service_quantile": Decimal("0.95"), "history_days": 90}
    assert version.scope == Scope(layer=Layer.TIER, key="gold")


def test_what_is_written_is_read_back_with_the_same_id() -> None:
    version = from_document(document(clause="MSA §4.2", effective_to="2027-01-01T00:00:00Z"))
    again = from_document(to_document(version))
    assert again == version
    assert again.id == version.id


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": "tier:silver"},
        {"number": 2},
        {"effective_from": "2026-01-02T00:00:00-03:00"},
        {"effective_to": "2027-01-01T00:00:00Z"},
        {"published_at": "2025-12-15T12:00:01Z"},
        {"outputs": {"service_quantile": 0.96, "history_days": 90}},
        {"author": "somebody else"},
        {"reason": "another"},
        {"clause": "MSA §4.2"},
    ],
)
def test_the_id_changes_with_anything_that_it_says(changed: dict[str, Any]) -> None:
    assert from_document(document(**changed)).id != from_document(document()).id


def test_the_id_does_not_depend_on_how_the_same_is_written() -> None:
    other = document(
        effective_from=datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-3))),
        outputs={"history_days": 90, "service_quantile": "0.950"},
    )
    assert from_document(other).id == from_document(document()).id


@pytest.mark.parametrize(
    ("changed", "path", "said"),
    [
        ({"kind": "lead_tme"}, "kind", "Did you mean 'lead_time'?"),
        ({"scope": "teir:gold"}, "scope", "begins with no layer"),
        ({"scope": "tier"}, "scope", "names no tier"),
        ({"scope": "company:x"}, "scope", "write 'company'"),
        ({"number": 0}, "number", "a whole number from 1"),
        ({"number": True}, "number", "a whole number from 1"),
        ({"effective_from": "2026-01-01T00:00:00"}, "effective_from", "with its offset"),
        ({"effective_from": "soon"}, "effective_from", "with its offset"),
        ({"effective_to": "2026-01-01T00:00:00-03:00"}, "effective_to", "an instant after"),
        ({"published_at": None}, "published_at", "with its offset"),
        ({"author": " "}, "author", "Say the author in words."),
        ({"reson": "x"}, "reson", "Did you mean 'reason'?"),
        ({"outputs": {}}, "outputs", "Give at least one of service_quantile"),
        ({"outputs": {"service_quantil": 1}}, "outputs.service_quantil", "'service_quantile'?"),
        ({"outputs": {"service_quantile": 0.4}}, "outputs.service_quantile", "from 0.5 to 0.999"),
        ({"outputs": {"service_quantile": "x"}}, "outputs.service_quantile", "a number"),
        ({"outputs": {"service_quantile": float("nan")}}, "outputs.service_quantile", "a number"),
        ({"outputs": {"history_days": 9.5}}, "outputs.history_days", "a whole number of days"),
        ({"outputs": {"history_days": True}}, "outputs.history_days", "a whole number of days"),
    ],
)
def test_each_fault_names_its_place_and_what_to_do(
    changed: dict[str, Any], path: str, said: str
) -> None:
    faults = validate(document(**changed))
    assert [fault.path for fault in faults] == [path]
    assert said in faults[0].sentence
    with pytest.raises(InvalidPolicyError, match=path.replace("[", r"\[")):
        from_document(document(**changed))


def test_all_faults_are_told_at_once() -> None:
    faults = validate(document(number=0, author="", outputs={"history_days": 0}))
    assert [fault.path for fault in faults] == ["number", "author", "outputs.history_days"]


def test_something_else_than_a_mapping_is_told() -> None:
    assert [fault.path for fault in validate([1, 2])] == ["document"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "scope", "outputs", "path"),
    [
        ("delivery", "customer:c", {"window_opens": "8:00"}, "outputs.window_opens"),
        ("delivery", "customer:c", {"window_closes": "24:30"}, "outputs.window_closes"),
        ("delivery", "customer:c", {"weekdays": [0, 7]}, "outputs.weekdays[1]"),
        ("delivery", "customer:c", {"weekdays": []}, "outputs.weekdays"),
        ("delivery", "customer:c", {"time_zone": "Europe/Berln"}, "outputs.time_zone"),
        ("service_level", "company", {"calendar": {"week": 1}}, "outputs.calendar"),
        ("queue", "tier:gold", {"aging_points_per_hour": 2}, "outputs.aging_points_per_hour"),
        ("queue", "company", {"aging_points_per_hour": 0}, "outputs.aging_points_per_hour"),
        ("tiers", "tier:gold", {"trailing_months": 6}, "outputs.trailing_months"),
        ("tiers", "company", {"thresholds": [{"name": "a"}]}, "outputs.thresholds[0].shape"),
        ("tiers", "company", {"thresholds": [{"nam": "a"}]}, "outputs.thresholds[0].nam"),
        ("lead_time", "guardrail", {"history_days": 3}, "outputs.history_days"),
        ("lead_time", "guardrail", {"history_days": {"min": 3}}, "outputs.history_days.min"),
        ("lead_time", "guardrail", {"history_days": {"maximum": 0}}, f"{HISTORY}.maximum"),
        ("lead_time", "guardrail", {"history_days": {"minimum": None}}, "outputs.history_days"),
        ("lead_time", "guardrail", {"history_days": {"allowed": []}}, f"{HISTORY}.allowed"),
        ("delivery", "guardrail", {"window_opens": {"minimum": "07:00"}}, f"{OPENS}.minimum"),
        ("delivery", "guardrail", {"weekdays": {"allowed": [1]}}, "outputs.weekdays"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_valid_is_refused_where_it_stands(
    kind: str, scope: str, outputs: dict[str, Any], path: str
) -> None:
    faults = validate(document(kind=kind, scope=scope, outputs=outputs))
    assert [fault.path for fault in faults] == [path]


def test_structured_answers_are_read_all_the_way_down() -> None:
    thresholds = [{"name": "gold", "shape": "star", "enter": 1000.5, "leave": "900"}]
    tiers = from_document(
        document(kind="tiers", scope="region:BR", outputs={"thresholds": thresholds})
    )
    assert tiers.outputs["thresholds"] == (
        {"name": "gold", "shape": "star", "enter": Decimal("1000.5"), "leave": Decimal(900)},
    )
    rail = from_document(
        document(scope="guardrail:law", outputs={"service_quantile": {"allowed": [0.8, "0.9"]}})
    )
    assert rail.outputs["service_quantile"] == {"allowed": (Decimal("0.8"), Decimal("0.9"))}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_built_in_default_is_itself_valid(kind: Any) -> None:
    for spec in kind.outputs:
        assert read_value(spec, spec.default, path=spec.name) == spec.default
        assert spec.better is None or spec.is_number


def test_null_is_no_answer_and_may_be_written() -> None:
    version = from_document(document(outputs={"maximum_lead_time_days": None}))
    assert version.outputs == {"maximum_lead_time_days": None}


def test_a_boolean_and_an_allowed_set_are_checked() -> None:
    flag = OutputSpec(name="is_on", about="A switch.", type="boolean")
    assert read_value(flag, False, path="is_on") is False
    with pytest.raises(ValueError, match="true or false"):
        read_value(flag, "no", path="is_on")
    colour = OutputSpec(name="colour", about="One of two.", type="text", allowed=("red", "blue"))
    with pytest.raises(ValueError, match="one of red, blue"):
        read_value(colour, "green", path="colour")


def test_an_unknown_kind_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownKindError, match="use one of lead_time, delivery"):
        kind_named("lead")


def test_a_customer_key_may_hold_colons() -> None:
    scope = parse_scope("customer:erp:C-1")
    assert scope == Scope(layer=Layer.CUSTOMER, key="erp:C-1")
    assert parse_scope(str(scope)) == scope
    assert str(parse_scope("company")) == "company"
    with pytest.raises(ScopeError):
        parse_scope("default")


def test_two_subjects_have_one_identity_only_where_they_have_the_same_keys() -> None:
    asked = [
        Subject(),
        Subject(customers=("a",)),
        Subject(customers=("a", "b")),
        Subject(customers=("ab",)),
        Subject(contracts=("a",)),
        Subject(tier="a"),
        Subject(segments=("a",)),
        Subject(regions=("a",)),
        Subject(customers=("a",), contracts=("b",)),
        Subject(contracts=("a", "b")),
    ]
    assert len({subject.identity for subject in asked}) == len(asked)
    assert Subject(customers=("a",)).identity == Subject(customers=("a",)).identity
    with pytest.raises(ScopeError, match="control character"):
        Subject(customers=("a\x1fb",))
    with pytest.raises(ScopeError, match="control character"):
        Subject(tier="a\x1eb")


def test_the_standard_subject_keeps_contracts_and_regions() -> None:
    subject = Subject(
        customers=("c",), contracts=("k",), tier="gold", segments=("s",), regions=("BR",)
    )
    assert standard(subject) == Subject(contracts=("k",), regions=("BR",), member="c")
