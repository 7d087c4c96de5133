"""Does a policy's table answer as DMN says, beside the layers, in every form of asking?"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.policies.book import PolicyBook
from troth.core.policies.differences import differences, title_of
from troth.core.policies.kinds import kind_named
from troth.core.policies.outputs import Fault
from troth.core.policies.resolution import resolve
from troth.core.policies.scopes import Subject
from troth.core.policies.table_documents import read_table, table_document
from troth.core.policies.tables import PolicyTable, said
from troth.core.policies.versions import (
    InvalidPolicyError,
    PolicyVersion,
    from_document,
    to_document,
    validate,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOLD = Subject(tier="gold")


def table(document: dict[str, Any], kind: str = "service_level") -> PolicyTable:
    found, faults = read_table(kind_named(kind), document, path="table")
    assert faults == []
    assert found is not None
    return found


def faults_of(document: Any, kind: str = "service_level") -> list[Fault]:
    found, faults = read_table(kind_named(kind), document, path="table")
    assert found is None
    return faults


def version(scope: str = "tier:gold", **changed: Any) -> PolicyVersion:
    document: dict[str, Any] = {
        "kind": "service_level", "scope": scope, "number": 1, "author": "a steward",
        "effective_from": "2026-01-01T00:00:00Z", "published_at": "2026-01-01T00:00:00Z",
        "reason": "a test",
    } | changed  # fmt: skip
    return from_document(document)


def minutes(versions: list[PolicyVersion], case: dict[str, Any] | None) -> tuple[Any, str, str]:
    found = resolve("service_level", versions, GOLD, at=AT, known_at=AT, case=case)
    book = PolicyBook.compile(versions)
    assert book.resolve("service_level", GOLD, AT, case) == found
    item = next(item for item in found.outputs if item.output == "first_response_minutes_1")
    return item.value, item.layer, item.rule


RULES = [
    {"id": "outage", "when": {"severity": 1, "category": '"outage"'},
     "then": {"first_response_minutes_1": 5}},
    {"id": "bad", "when": {"severity": "<= 2"},
     "then": {"first_response_minutes_1": "10 * severity"}},
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        ({"severity": 1, "category": "outage"}, (5, "tier", "outage")),
        ({"severity": 1, "category": "billing"}, (10, "tier", "bad")),
        ({"severity": 2, "category": "outage"}, (20, "tier", "bad")),
        ({"severity": 3, "category": "outage"}, (45, "tier", "")),  # its own default
        ({"category": "outage"}, (45, "tier", "")),  # what is not known passes no test
        (None, (45, "tier", "")),
    ],
)
def test_the_first_rule_that_matches_answers_and_without_one_the_outputs_beside_it(
    case: dict[str, Any] | None, answer: tuple[Any, str, str]
) -> None:
    gold = version(table={"hit": "FIRST", "rules": RULES}, outputs={"first_response_minutes_1": 45})
    company = version("company", outputs={"first_response_minutes_1": 90})
    assert minutes([gold, company], case) == answer


def test_where_a_table_has_no_answer_the_next_layer_has() -> None:
    gold = version(table={"hit": "FIRST", "rules": RULES})
    company = version("company", outputs={"first_response_minutes_1": 90})
    assert minutes([gold, company], {"severity": 4}) == (90, "company", "")
    assert minutes([gold], {"severity": 4}) == (60, "default", "")


def test_a_contract_is_a_floor_for_a_customers_table_and_guardrails_clamp_it() -> None:
    who = Subject(customers=("c",), contracts=("k",))
    own = version("customer:c", table={"rules": [
        {"id": "slow", "when": {"severity": 1}, "then": {"first_response_minutes_1": 80}},
        {"id": "fast", "when": {"severity": 2}, "then": {"first_response_minutes_1": 1}},
    ]})  # fmt: skip
    signed = version("contract:k", outputs={"first_response_minutes_1": 30})
    law = version("guardrail:law", outputs={"first_response_minutes_1": {"minimum": 4}})

    def answer(severity: int) -> Any:
        return resolve(
            "service_level", [own, signed, law], who, at=AT, known_at=AT,
            case={"severity": severity},
        ).outputs[1]  # fmt: skip

    floored, clamped = answer(1), answer(2)
    assert (floored.value, floored.layer, floored.rule) == (30, "contract", "")
    assert "customer c: 80" in floored.floors[0]
    assert "rule slow" in floored.floors[0]
    assert (clamped.value, clamped.layer, clamped.rule) == (4, "guardrail", "")
    assert clamped.overrode[0] == f"customer c: 1 ({own.id}, rule fast)"


def test_two_rules_where_one_may_match_give_no_answer_and_are_told() -> None:
    gold = version(table={"rules": [
        {"id": "a", "when": {"severity": "< 3"}, "then": {"first_response_minutes_1": 5}},
        {"id": "b", "when": {"severity": "> 1"}, "then": {"first_response_minutes_1": 6}},
    ]})  # fmt: skip
    company = version("company", outputs={"first_response_minutes_1": 90})
    assert minutes([gold, company], {"severity": 1}) == (5, "tier", "a")
    assert minutes([gold, company], {"severity": 2}) == (90, "company", "")
    found = resolve(
        "service_level", [gold, company], GOLD, at=AT, known_at=AT, case={"severity": 2}
    )
    assert found.faults == (f"tier gold ({gold.id}): rules 1, 2 match, where one may",)
    assert found.faults[0] in found.outputs[1].overrode


def test_an_answer_that_is_not_valid_is_none_and_is_told() -> None:
    gold = version(
        table={"rules": [{"id": "a", "then": {"first_response_minutes_1": "severity - 1"}}]}
    )
    assert minutes([gold], {"severity": 3}) == (2, "tier", "a")
    assert minutes([gold], {"severity": 1}) == (60, "default", "")
    found = resolve("service_level", [gold], GOLD, at=AT, known_at=AT, case={"severity": 1})
    assert "expected a number of working minutes from 1" in found.faults[0]


def test_any_needs_agreement_and_priority_takes_the_most_important() -> None:
    rows = [
        {"id": "a", "when": {"total": "> 100"}, "then": {"packaging": '"box"'}},
        {"id": "b", "when": {"country": '"DE"'}, "then": {"packaging": '"crate"'}},
    ]
    case = {"total": Decimal(200), "country": "DE"}
    both = table({"hit": "ANY", "rules": rows}, "delivery")
    assert said(both, case, at=AT).faults == ("rules 1, 2 match and answer differently",)
    assert said(both, {"country": "DE"}, at=AT).outputs == {"packaging": "crate"}
    ranked = {"hit": "PRIORITY", "rules": rows, "priorities": {"packaging": '"crate", "box"'}}
    assert said(table(ranked, "delivery"), case, at=AT).rule == "b"


def test_now_is_the_evaluations_own_moment() -> None:
    found = table({"rules": [
        {"id": "week", "when": {"requested_at": '< now() + duration("P7D")'},
         "then": {"default_lead_time_days": 3}},
    ]}, "lead_time")  # fmt: skip
    case = {"requested_at": datetime(2026, 3, 6, tzinfo=UTC)}
    assert said(found, case, at=AT).rule == "week"
    assert said(found, case, at=datetime(2026, 2, 1, tzinfo=UTC)).rule == ""


def test_a_table_that_never_ends_answers_nothing_and_says_so() -> None:
    endless = "count(for i in 1..1000 * severity, j in 1..1000 return i)"
    found = said(table({"rules": [{"then": {"first_response_minutes_1": endless}}]}),
                 {"severity": 1}, at=AT)  # fmt: skip
    assert found.outputs == {}
    assert "more steps than it may" in found.faults[0]


def test_a_cell_that_never_ends_is_refused() -> None:
    endless = "count(for i in 1..1000, j in 1..1000 return i)"
    (fault,) = faults_of({"rules": [{"then": {"first_response_minutes_1": endless}}]})
    assert "more steps than it may" in fault.sentence


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ("FIRST", "table", "a mapping"),
        ({"rules": []}, "table.rules", "a list of rules"),
        ({"hit": "COLLECT", "rules": RULES}, "table.hit", "FIRST where the order"),
        ({"rules": [{"when": {"severity": 1}}]}, "table.rules[0].then", "an answer"),
        ({"rules": [{"then": {"first_respnse_minutes_1": 5}}]},
         "table.rules[0].then.first_respnse_minutes_1", "Did you mean 'first_response_minutes_1'?"),
        ({"rules": [{"then": {"first_response_minutes_1": 0}}]},
         "table.rules[0].then.first_response_minutes_1", "from 1 to"),
        ({"rules": [{"when": {"severity": "<="}, "then": {"first_response_minutes_1": 5}}]},
         "table.rules[0].when.severity, column 3", "double quotes"),
        ({"rules": [{"when": {"sverity": 1}, "then": {"first_response_minutes_1": 5}}]},
         "table.inputs[0]", "an input of service_level"),
        # A name that holds an input's, or of an input of another kind, is null whatever the case.
        ({"rules": [{"when": {"my_severity": 1}, "then": {"first_response_minutes_1": 5}}]},
         "table.inputs[0]", "Did you mean `severity`?"),
        ({"rules": [{"when": {"category": "DE"}, "then": {"first_response_minutes_1": 5}}]},
         "table.rules[0].when.category", "Write text in double quotes"),
        ({"rules": [{"when": {"severity": "> total"}, "then": {"first_response_minutes_1": 5}}]},
         "table.rules[0].when.severity", "an input of service_level"),
        ({"rules": [{"then": {"first_response_minutes_1": "10 * sverity"}}]},
         "table.rules[0].then.first_response_minutes_1", "Did you mean `severity`?"),
        ({"rules": [{"id": "a", "then": {"resolution_minutes_1": 5}},
                    {"id": "a", "then": {"resolution_minutes_1": 6}}]},
         "table.rules[1].id", "no other rule has"),
        ({"rules": RULES, "inputs": ["severity"]}, "table.inputs", "every column"),
        ({"rules": RULES, "priorities": {"x": "1"}}, "table.priorities", "but for PRIORITY"),
        ({"rules": RULES, "hits": "FIRST"}, "table.hits", "Did you mean 'hit'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(document: Any, path: str, words: str) -> None:
    faults = faults_of(document)
    assert [fault.path for fault in faults] == [path]
    assert words in faults[0].sentence


def test_a_guardrail_has_no_table_and_a_layer_answers_what_it_may() -> None:
    base = to_document(version(table={"rules": RULES}))
    (fault,) = validate({**base, "scope": "guardrail:law"})
    assert fault.path == "table"
    queue = {**base, "kind": "queue", "table": {"rules": [{"then": {"aging_points_per_hour": 2}}]}}
    (fault,) = validate(queue)
    assert "guardrail, company" in fault.sentence
    with pytest.raises(InvalidPolicyError, match="outputs"):
        from_document({**base, "table": None})


def test_a_table_is_read_back_with_the_same_id_and_a_version_without_one_keeps_its_own() -> None:
    with_table = version(table={"hit": "FIRST", "rules": RULES})
    assert from_document(to_document(with_table)) == with_table
    assert from_document(to_document(with_table)).id == with_table.id
    plain = version("company", outputs={"first_response_minutes_1": 90})
    assert "table" not in to_document(plain)
    again = table(table_document(with_table.table))  # type: ignore[arg-type]
    assert again == with_table.table


def test_a_change_is_told_rule_by_rule() -> None:
    before = version(
        table={
            "hit": "FIRST",
            "rules": [*RULES, {"id": "rest", "then": {"resolution_minutes_4": 5}}],
        },
        outputs={"first_response_minutes_2": 240},
    )
    after = version(
        table={"hit": "FIRST", "rules": [
            {"id": "bad", "when": {"severity": "<= 3"}, "then": {"first_response_minutes_1": 15}},
            RULES[0],
            {"id": "new", "when": {"team": '"b"'}, "then": {"resolution_minutes_1": 300}},
        ]},
        outputs={"first_response_minutes_2": 120},
        number=2,
    )  # fmt: skip
    assert title_of(after) == "service level for tier gold"
    assert [item.sentence for item in differences(before, after)] == [
        "first response of severity 2 where no rule matches: 4 h → 2 h",
        "rule rest: gone: in any case: resolution of severity 4: 5",
        "rule bad: severity: <= 2 → <= 3",
        (
            "rule bad: first response of severity 1: 10 * severity working minutes"
            " → 15 working minutes"
        ),
        'rule new: new: when team "b": resolution of severity 1: 300',
        "rule bad: place: 2 → 1",
        "rule outage: place: 1 → 2",
    ]
    assert differences(after, after) == ()


CELLS = {
    "severity": st.sampled_from(["1", "< 3", "[2..4]", "not(2)", "-"]),
    "category": st.sampled_from(['"a"', '"a", "b"', 'not("a")', "-"]),
    "country": st.sampled_from(['"DE"', "null", "-"]),
}


@st.composite
def tabled(draw: st.DrawFn) -> list[PolicyVersion]:
    found = []
    for number, scope in enumerate(draw(st.lists(st.sampled_from(
        ("customer:c", "contract:k", "tier:gold", "company")), max_size=5)), start=1):  # fmt: skip
        rules = [
            {"id": f"r{at}", "when": {name: draw(cell) for name, cell in CELLS.items()},
             "then": {"first_response_minutes_1": draw(st.sampled_from(["7", "severity", "90"]))}}
            for at in range(draw(st.integers(1, 4)))
        ]  # fmt: skip
        hit = draw(st.sampled_from(["FIRST", "UNIQUE", "ANY"]))
        default = draw(st.sampled_from([{}, {"first_response_minutes_1": 33}]))
        found.append(version(scope, number=number, outputs=default,
                             published_at=f"2026-01-0{number}T00:00:00Z",
                             table={"hit": hit, "rules": rules}))  # fmt: skip
    return found


CASES = st.fixed_dictionaries(
    {},
    optional={
        "severity": st.sampled_from([1, 2, 3, 4]),
        "category": st.sampled_from(["a", "b", "c"]),
        "country": st.sampled_from(["DE", "FR"]),
    },
)


@settings(max_examples=150, deadline=None)
@given(tabled(), st.lists(CASES, min_size=1, max_size=4))
def test_the_book_equals_the_plain_reading_of_tables(
    versions: list[PolicyVersion], cases: list[dict[str, Any]]
) -> None:
    book = PolicyBook.compile(versions)
    who = Subject(customers=("c",), contracts=("k",), tier="gold")
    for case in [*cases, *cases]:  # the second time from what is kept
        plain = resolve("service_level", versions, who, at=AT, known_at=AT, case=case)
        assert book.resolve("service_level", who, AT, case) == plain
        row = book.values("service_level", who, AT, case)
        assert row.values == tuple(item.value for item in plain.outputs)
