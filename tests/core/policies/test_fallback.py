"""Where a table cannot be evaluated for a case, who answers, and is it told?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.decisions.answers import policies_used, read_used, write_used
from troth.core.policies import timelines as lines_module
from troth.core.policies.book import PolicyBook
from troth.core.policies.resolution import ResolvedOutput, resolve
from troth.core.policies.scopes import Subject
from troth.core.policies.versions import PolicyVersion, from_document

START = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 3, 1, tzinfo=UTC)
WHO = Subject(customers=("c",), tier="gold")
# Two rules match a severity of 2, where one may.
TORN = [
    {"id": "a", "when": {"severity": "< 3"}, "then": {"first_response_minutes_1": 5}},
    {"id": "b", "when": {"severity": "> 1"}, "then": {"first_response_minutes_1": 6}},
]
INVALID = [{"id": "x", "then": {"first_response_minutes_1": "severity - 2"}}]
WHOLE = [{"id": "w", "when": {"severity": "<= 2"}, "then": {"first_response_minutes_1": 12}}]


def version(number: int, scope: str = "tier:gold", **changed: Any) -> PolicyVersion:
    at = (START + timedelta(days=number)).isoformat()
    document: dict[str, Any] = {
        "kind": "service_level", "scope": scope, "number": number, "author": "a steward",
        "effective_from": at, "published_at": at, "reason": "a test",
    } | changed  # fmt: skip
    if "rules" in document:
        document["table"] = {"rules": document.pop("rules")}
    return from_document(document)


def answer(versions: list[PolicyVersion], severity: int = 2, **asked: Any) -> ResolvedOutput:
    at = asked.get("at", AT)
    case = {"severity": severity}
    found = resolve("service_level", versions, WHO, at=at, known_at=at, case=case)
    assert PolicyBook.compile_as_known(versions).resolve("service_level", WHO, at, case) == found
    return found.outputs[1]


COMPANY = version(1, "company", outputs={"first_response_minutes_1": 90})


def test_the_last_version_that_can_be_evaluated_answers_in_the_failed_ones_place() -> None:
    old = version(1, outputs={"first_response_minutes_1": 20})
    good, torn, invalid = version(2, rules=WHOLE), version(3, rules=TORN), version(4, rules=INVALID)
    found = answer([COMPANY, old, good, torn, invalid])
    assert (found.value, found.layer, found.rule) == (12, "tier", "w")
    assert found.version == good.id
    assert found.instead_of == (invalid.id, torn.id)
    assert any(
        f"tier gold ({torn.id}): rules 1, 2 match, where one may; number 2 ({good.id}) answers in"
        " its place" in told
        for told in found.overrode
    )
    other = answer([COMPANY, old, good, torn, invalid], severity=1)
    assert (other.value, other.version, other.instead_of) == (5, torn.id, (invalid.id,))
    healthy = answer([COMPANY, old, good, torn, invalid], severity=4)
    assert (healthy.value, healthy.version, healthy.instead_of) == (2, invalid.id, ())


def test_without_an_earlier_version_the_next_layer_answers_and_then_the_default() -> None:
    torn = version(3, rules=TORN)
    found = answer([COMPANY, torn])
    assert (found.value, found.layer, found.instead_of) == (90, "company", ())
    assert any("rules 1, 2 match" in told for told in found.overrode)
    assert answer([torn]).layer == "default"


def test_where_no_version_can_be_evaluated_the_newest_ones_own_outputs_hold() -> None:
    first = version(1, rules=TORN, outputs={"first_response_minutes_1": 33})
    second = version(2, rules=TORN, outputs={"first_response_minutes_1": 44})
    found = answer([COMPANY, first, second])
    assert (found.value, found.version, found.instead_of) == (44, second.id, ())


def test_a_version_that_has_ended_or_was_not_known_answers_for_nobody() -> None:
    ended = version(1, outputs={"first_response_minutes_1": 20},
                    effective_to="2026-02-01T00:00:00Z")  # fmt: skip
    late = version(2, outputs={"first_response_minutes_1": 21},
                   published_at="2026-06-01T00:00:00Z")  # fmt: skip
    torn = version(3, rules=TORN, published_at="2026-01-05T00:00:00Z")
    assert answer([COMPANY, ended, late, torn]).value == 90
    assert answer([COMPANY, ended, torn], at=datetime(2026, 1, 20, tzinfo=UTC)).value == 20


def test_a_version_in_stage_falls_back_to_what_holds_outside() -> None:
    old = version(1, outputs={"first_response_minutes_1": 20})
    torn = version(2, rules=TORN, audience={"regions": ["SP"]})
    case = {"severity": 2}
    for regions in (("SP",), ("RJ",)):
        who = Subject(tier="gold", regions=regions)
        found = resolve("service_level", [old, torn], who, at=AT, known_at=AT, case=case)
        assert found["first_response_minutes_1"] == 20
        assert bool(found.faults) is (regions == ("SP",))


def test_a_receipt_says_who_answered_in_whose_place_and_others_keep_their_bytes() -> None:
    good, torn = version(2, rules=WHOLE), version(3, rules=TORN)
    for severity, names in ((2, [torn.id]), (1, None)):
        found = resolve("service_level", [good, torn], WHO, at=AT, known_at=AT,
                        case={"severity": severity})  # fmt: skip
        used = policies_used(found)
        written = write_used(used)
        assert written[1].get("instead_of") == names
        assert read_used(written, (), path="policies") == used


RULES = st.sampled_from([None, TORN, INVALID, WHOLE])


@st.composite
def policies(draw: st.DrawFn) -> list[PolicyVersion]:
    found = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        rules = draw(RULES)
        default = {"first_response_minutes_1": 30 + number}
        given_: dict[str, Any] = {} if rules is None else {"rules": rules}
        if rules is None or draw(st.booleans()):
            given_["outputs"] = default
        found.append(
            version(
                number,
                draw(st.sampled_from(("tier:gold", "tier:gold", "company", "customer:c"))),
                effective_to=draw(st.sampled_from([None, None, "2026-02-04T12:00:00Z"])),
                audience=draw(st.sampled_from([None, None, {"share": 50, "key": "k"}])),
                **given_,
            )
        )
    return found


def differing(versions: list[PolicyVersion], severities: list[int]) -> int:
    book = PolicyBook.compile_as_known(versions)
    found = 0
    for severity in [*severities, *severities]:  # the second time from what is kept
        for who in (WHO, Subject(customers=("d",), tier="gold"), Subject(tier="gold")):
            for at in (START + timedelta(days=4), START + timedelta(days=20), AT):
                case = {"severity": severity}
                plain = resolve("service_level", versions, who, at=at, known_at=at, case=case)
                row = book.values("service_level", who, at, case)
                found += book.resolve("service_level", who, at, case) != plain
                found += row.values != tuple(item.value for item in plain.outputs)
    return found


@settings(max_examples=120, deadline=None)
@given(policies(), st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_the_book_falls_back_as_the_plain_reading_does(
    versions: list[PolicyVersion], severities: list[int]
) -> None:
    assert differing(versions, severities) == 0


def test_a_book_that_does_not_fall_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = [version(1, rules=WHOLE), version(2, rules=TORN)]
    assert differing(versions, [2]) == 0
    right = lines_module.Timeline.chain

    def first_only(line: lines_module.Timeline, at: datetime) -> tuple[PolicyVersion, ...]:
        return right(line, at)[:1]

    monkeypatch.setattr(lines_module.Timeline, "chain", first_only)
    assert differing(versions, [2]) > 0
