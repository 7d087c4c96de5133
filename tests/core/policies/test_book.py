"""Does the compiled book answer as the plain reading does, for whatever it is asked?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.core.policies import book as module
from troth.core.policies.book import PolicyBook
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.kinds import UnknownKindError
from troth.core.policies.resolution import resolve
from troth.core.policies.scopes import Scope, Subject, parse_scope
from troth.core.policies.versions import PolicyVersion

ZONE = ZoneInfo("America/New_York")
# Edges where versions begin and end, among them both sides of the clock changes of 2026.
EDGES = [
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 1, 59, 59, 999999, tzinfo=ZONE),
    datetime(2026, 3, 8, 3, tzinfo=ZONE),
    datetime(2026, 11, 1, 1, 30, tzinfo=ZONE),
    datetime(2026, 11, 1, 1, 30, tzinfo=ZONE, fold=1),
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
]
INSTANTS = [edge + timedelta(microseconds=step) for edge in EDGES for step in (-1, 0, 1)] + EDGES
ANSWERING = ("customer:c", "customer:p", "contract:k", "contract:l", "tier:gold", "tier:silver",
             "segment:s", "segment:t", "region:SP", "region:BR", "company")  # fmt: skip
QUANTILES = [None, Decimal("0.8"), Decimal("0.9"), Decimal("0.95")]
DAYS = [None, 5, 6, 30]
# Every pair of these has a value in common, so that any set of guardrails is publishable.
RAILS = [None, {"minimum": 6}, {"maximum": 30}, {"allowed": (6, 30)}, {"minimum": 6, "maximum": 6}]


@st.composite
def policies(draw: st.DrawFn) -> list[PolicyVersion]:
    found = []
    for number in range(draw(st.integers(0, 9))):
        is_rail = draw(st.integers(0, 4)) == 0
        text = draw(st.sampled_from(("guardrail:law", "guardrail:us") if is_rail else ANSWERING))
        values = RAILS if is_rail else DAYS
        outputs: dict[str, Any] = {
            name: draw(st.sampled_from(values))
            for name in ("history_days", "maximum_lead_time_days")
        }
        if not is_rail:
            outputs["service_quantile"] = draw(st.sampled_from(QUANTILES))
        start = draw(st.sampled_from(EDGES)).astimezone(UTC)
        end = draw(st.none() | st.sampled_from(EDGES))
        if end is not None and end.astimezone(UTC) <= start:
            end = None
        found.append(
            PolicyVersion(
                kind="lead_time",
                scope=parse_scope(text),
                number=number // 2 + 1,
                effective_from=start,
                effective_to=end,
                published_at=draw(st.sampled_from(EDGES)),
                outputs=outputs,
                author="a steward",
                reason="a test",
            )
        )
    return found


subjects = st.builds(
    Subject,
    customers=st.sampled_from([(), ("c",), ("c", "p"), ("p",), ("stranger",)]),
    contracts=st.sampled_from([(), ("k",), ("k", "l"), ("l", "k")]),
    tier=st.sampled_from([None, "gold", "silver", "other"]),
    segments=st.sampled_from([(), ("s",), ("s", "t"), ("t", "s")]),
    regions=st.sampled_from([(), ("SP", "BR"), ("BR",), ("BR", "BR")]),
)
instants = st.sampled_from(INSTANTS)


@settings(max_examples=300, deadline=None)
@given(policies(), st.lists(subjects, min_size=1, max_size=3), st.lists(instants, min_size=1))
def test_the_book_equals_the_plain_reading(
    versions: list[PolicyVersion], asked: list[Subject], at: list[datetime]
) -> None:
    known_at = at[0]
    book = PolicyBook.compile(versions, known_at=known_at)
    as_known = PolicyBook.compile_as_known(versions)
    for subject in asked:
        for instant in at:
            plain = resolve("lead_time", versions, subject, at=instant, known_at=known_at)
            assert book.resolve("lead_time", subject, instant) == plain
            row = book.values("lead_time", subject, instant)
            assert row.values == tuple(item.value for item in plain.outputs)
            assert row.versions == tuple(item.version for item in plain.outputs)
            then = resolve("lead_time", versions, subject, at=instant, known_at=instant)
            assert as_known.resolve("lead_time", subject, instant) == then


@settings(max_examples=200, deadline=None)
@given(policies(), subjects, instants)
def test_no_customer_rule_is_worse_than_what_was_signed(
    versions: list[PolicyVersion], subject: Subject, at: datetime
) -> None:
    """With the contract alone, and with everything: never worse while no guardrail bites."""
    answering = [item for item in versions if item.scope.layer != "guardrail"]
    known = INSTANTS[-1]
    full = resolve("lead_time", answering, subject, at=at, known_at=known)
    signed = resolve(
        "lead_time", answering, Subject(contracts=subject.contracts), at=at, known_at=known
    )
    for item in signed.outputs:
        if item.layer == "contract" and item.output == "maximum_lead_time_days":
            assert full[item.output] <= item.value
        if item.layer == "contract" and item.output == "service_quantile":
            assert full[item.output] >= item.value


def company(days: int, **changed: Any) -> PolicyVersion:
    fields: dict[str, Any] = {
        "kind": "lead_time",
        "scope": parse_scope("company"),
        "number": 1,
        "effective_from": datetime(2026, 1, 1, tzinfo=UTC),
        "effective_to": None,
        "published_at": datetime(2026, 1, 1, tzinfo=UTC),
        "outputs": {"history_days": days},
        "author": "a steward",
        "reason": "a test",
    }
    return PolicyVersion(**fields | changed)


def test_the_fast_path_explains_itself_on_demand() -> None:
    version = company(30)
    book = PolicyBook.compile([version])
    row = book.values("lead_time", Subject(), datetime(2026, 2, 1, tzinfo=UTC))
    assert row.values[2] == 30
    assert row.versions == ("", "", version.id, "", "")
    assert row.resolution.outputs[2].overrode == ("default: 120",)


def test_the_first_and_the_second_time_that_clocks_show_one_hour_are_kept_apart() -> None:
    second = datetime(2026, 11, 1, 1, 30, tzinfo=ZONE, fold=1)
    book = PolicyBook.compile([company(30, effective_from=second)])
    first = second.replace(fold=0)
    assert book.resolve("lead_time", Subject(), first)["history_days"] == 120
    assert book.resolve("lead_time", Subject(), second)["history_days"] == 30
    assert book.values("lead_time", Subject(), first).values[2] == 120
    assert book.values("lead_time", Subject(), second).values[2] == 30


def test_a_kind_without_versions_answers_its_defaults_and_an_unknown_one_is_told() -> None:
    book = PolicyBook.compile([])
    at = datetime(2026, 2, 1, tzinfo=UTC)
    assert book.resolve("queue", Subject(), at)["rank_weight"] == 0
    with pytest.raises(UnknownKindError):
        book.resolve("quue", Subject(), at)


def test_guardrails_that_clash_in_one_season_harm_no_other() -> None:
    clash = datetime(2026, 6, 1, tzinfo=UTC)
    law = company(0, scope=parse_scope("guardrail:law"), outputs={"history_days": {"minimum": 50}})
    own = company(
        0,
        scope=parse_scope("guardrail:company"),
        outputs={"history_days": {"maximum": 40}},
        effective_from=clash,
    )
    book = PolicyBook.compile([law, own])
    before = clash - timedelta(microseconds=1)
    assert book.resolve("lead_time", Subject(), before)["history_days"] == 120
    with pytest.raises(ContradictoryGuardrailsError, match="history_days"):
        book.values("lead_time", Subject(), clash)


def test_forgetting_merged_timelines_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LANES_KEPT", 2)
    own = [company(day, scope=Scope(layer=parse_scope("tier:t").layer, key=str(day)))
           for day in range(1, 6)]  # fmt: skip
    book = PolicyBook.compile(own)
    at = datetime(2026, 2, 1, tzinfo=UTC)
    asked = [1, 2, 3, 1, 4, 5, 1]
    found = [book.resolve("lead_time", Subject(tier=str(day)), at)["history_days"] for day in asked]
    assert found == asked
