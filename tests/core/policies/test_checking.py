"""Is every conflict between policies found, with a case that shows it when it is asked?"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any

from troth.core.feel.values import outgoing
from troth.core.policies.checking import GUARDRAIL, PolicyFinding, check
from troth.core.policies.resolution import resolve
from troth.core.policies.scopes import Subject
from troth.core.policies.tables import said
from troth.core.policies.versions import PolicyVersion, from_document

AT = datetime(2026, 3, 1, tzinfo=UTC)
OUTPUT = "first_response_minutes_1"
CATEGORIES = ("outage", "billing", "advice")


def version(scope: str, number: int = 1, **changed: Any) -> PolicyVersion:
    document: dict[str, Any] = {
        "kind": "service_level", "scope": scope, "number": number, "author": "a steward",
        "effective_from": "2026-01-01T00:00:00Z", "published_at": "2026-01-01T00:00:00Z",
        "reason": "a test",
    } | changed  # fmt: skip
    return from_document(document)


def rules(*rows: tuple[str, dict[str, Any], int], hit: str = "FIRST") -> dict[str, Any]:
    return {"hit": hit, "rules": [{"id": name, "when": when, "then": {OUTPUT: minutes}}
                                  for name, when, minutes in rows]}  # fmt: skip


def faults(*versions: PolicyVersion) -> list[PolicyFinding]:
    return [item for item in check(versions, at=AT) if not item.is_hint]


def case_of(finding: PolicyFinding) -> dict[str, Any]:
    return {name: outgoing(value) for name, value in (finding.values or {}).items()}


def test_a_rule_that_never_decides_is_named_with_a_case_in_which_another_does() -> None:
    gold = version("tier:gold", table=rules(("a", {"severity": "<= 2"}, 5),
                                            ("b", {"severity": 1}, 7)))  # fmt: skip
    (finding,) = faults(gold)
    assert (finding.kind, finding.rules) == ("masked", ("b", "a"))
    assert gold.table is not None
    assert said(gold.table, case_of(finding), at=AT).rule == "a"


def test_two_rules_where_one_may_match_are_found_with_a_case_that_fails() -> None:
    gold = version("tier:gold", table=rules(("a", {"severity": "<= 2"}, 5),
                                            ("b", {"category": '"outage"'}, 7),
                                            hit="UNIQUE"))  # fmt: skip
    (finding,) = faults(gold)
    assert finding.kind == "overlap"
    assert gold.table is not None
    assert said(gold.table, case_of(finding), at=AT).faults == ("rules 1, 2 match, where one may",)


def test_an_answer_that_a_guardrail_refuses_is_found_where_its_rule_decides() -> None:
    law = version("guardrail:law", outputs={OUTPUT: {"maximum": 100}})
    gold = version("tier:gold", outputs={OUTPUT: 100}, table=rules(
        ("fine", {"severity": "<= 2", "category": '"outage"'}, 5),
        ("slow", {"severity": "<= 3"}, 120),
    ))  # fmt: skip
    company = version("company", outputs={OUTPUT: 101})
    by_version = {item.version.id: item for item in faults(law, gold, company)}
    assert by_version[company.id].witness is None
    slow = by_version[gold.id]
    assert (slow.kind, slow.rules) == (GUARDRAIL, ("slow",))
    assert "2 h does not stand before guardrail law; it becomes 1 h 40 min" in slow.sentence
    found = resolve(
        "service_level", [law, gold], Subject(tier="gold"), at=AT, known_at=AT, case=case_of(slow)
    )
    item = next(item for item in found.outputs if item.output == OUTPUT)
    assert (item.value, item.layer) == (100, "guardrail")
    assert "rule slow" in item.overrode[0]


def test_what_is_over_or_superseded_is_not_looked_at_and_what_is_coming_is() -> None:
    law = version("guardrail:law", outputs={OUTPUT: {"maximum": 100}})
    old = version("company", outputs={OUTPUT: 101}, effective_to="2026-02-01T00:00:00Z")
    assert faults(law, old) == []
    coming = version("company", 2, outputs={OUTPUT: 102}, effective_from="2026-09-01T00:00:00Z")
    assert [item.version for item in faults(law, old, coming)] == [coming]
    past = version("guardrail:law", outputs={OUTPUT: {"maximum": 100}},
                   effective_to="2026-09-01T00:00:00Z")  # fmt: skip
    assert faults(past, coming) == []


def _random_table(draw: Random) -> dict[str, Any]:
    rows = []
    for at in range(draw.randint(1, 5)):
        low = draw.randint(1, 4)
        when: dict[str, Any] = {"severity": draw.choice([f"<= {low}", f"[{low}..4]", low, "-"])}
        if draw.random() < 0.6:
            when["category"] = f'"{draw.choice(CATEGORIES)}"'
        rows.append((f"r{at}", when, draw.choice([30, 90, 150])))
    return rules(*rows)


def test_every_breach_of_a_guardrail_is_found_and_nothing_else_is_told() -> None:
    """Two hundred tables with a breach and two hundred without one, each asked in every case."""
    draw = Random(4)
    law = version("guardrail:law", outputs={OUTPUT: {"maximum": 100}})
    clean = breached = 0
    while min(clean, breached) < 200:
        gold = version("tier:gold", table=_random_table(draw))
        assert gold.table is not None
        found = [item for item in faults(law, gold) if item.kind == GUARDRAIL]
        told = {rule for item in found for rule in item.rules}
        clamped: set[str] = set()
        for severity, category in product(range(1, 5), (*CATEGORIES, "another")):
            case = {"severity": severity, "category": category}
            answers = resolve("service_level", [law, gold], Subject(tier="gold"), at=AT,
                              known_at=AT, case=case).outputs  # fmt: skip
            value = next(item for item in answers if item.output == OUTPUT)
            if value.layer == "guardrail":
                clamped.add(said(gold.table, case, at=AT).rule or "")
        assert clamped <= told
        for item in found:  # no alarm is false: its case shows it
            case = case_of(item)
            assert (said(gold.table, case, at=AT).rule,) == item.rules
            answers = resolve("service_level", [law, gold], Subject(tier="gold"), at=AT,
                              known_at=AT, case=case).outputs  # fmt: skip
            assert next(v for v in answers if v.output == OUTPUT).layer == "guardrail"
        clean += not found
        breached += bool(found)
