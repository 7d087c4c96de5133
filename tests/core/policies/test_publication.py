"""Is a version refused where it would leave the rules without an answer?"""

from datetime import UTC, datetime
from typing import Any

from troth.core.policies.publication import publishable
from troth.core.policies.scopes import parse_scope
from troth.core.policies.versions import PolicyVersion


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def version(scope: str, outputs: dict[str, Any], **changed: Any) -> PolicyVersion:
    fields: dict[str, Any] = {
        "kind": "lead_time",
        "scope": parse_scope(scope),
        "number": 1,
        "effective_from": day(1),
        "effective_to": None,
        "published_at": day(1),
        "outputs": outputs,
        "author": "a steward",
        "reason": "a test",
    }
    return PolicyVersion(**fields | changed)


def rail(key: str, start: int, end: int | None = None, /, **bound: Any) -> PolicyVersion:
    return version(
        f"guardrail:{key}",
        {"history_days": bound},
        effective_from=day(start),
        effective_to=None if end is None else day(end),
    )


def paths(new: PolicyVersion, *existing: PolicyVersion) -> list[str]:
    return [fault.path for fault in publishable(new, existing)]


def test_a_later_version_may_supersede_an_earlier_one() -> None:
    base = version("company", {"history_days": 30})
    later = version("company", {"history_days": 60}, number=2, published_at=day(2))
    assert paths(later, base) == []


def test_a_number_is_used_once_and_only_upwards() -> None:
    base = version("company", {"history_days": 30}, number=3)
    again = version("company", {"history_days": 60}, number=3, published_at=day(2))
    faults = publishable(again, [base])
    assert [fault.path for fault in faults] == ["number"]
    assert faults[0].remedy == "Publish it as number 4."
    assert paths(version("tier:gold", {"history_days": 60}), base) == []


def test_a_publication_before_one_that_it_overlaps_is_refused() -> None:
    base = version("company", {"history_days": 30}, published_at=day(5), effective_to=day(10))
    tied = version("company", {"history_days": 60}, number=2, published_at=day(5))
    after = version(
        "company",
        {"history_days": 60},
        number=2,
        published_at=day(4),
        effective_from=day(10),
    )
    assert paths(tied, base) == ["published_at"]
    assert paths(after, base) == []


def test_guardrails_that_leave_no_value_are_refused_and_named() -> None:
    faults = publishable(rail("company", 1, maximum=40), [rail("law", 1, minimum=50)])
    assert [fault.path for fault in faults] == ["outputs.history_days"]
    assert "guardrail:company and guardrail:law" in faults[0].expected


def test_guardrails_that_touch_in_one_value_are_published() -> None:
    assert paths(rail("company", 1, maximum=50), rail("law", 1, minimum=50)) == []


def test_only_the_time_in_which_both_hold_counts() -> None:
    law = rail("law", 1, 10, minimum=50)
    assert paths(rail("company", 10, maximum=40), law) == []
    assert paths(rail("company", 9, maximum=40), law) == ["outputs.history_days"]


def test_a_clash_far_in_the_future_is_refused_today() -> None:
    law = rail("law", 20, minimum=50)
    assert paths(rail("company", 1, maximum=40), law) == ["outputs.history_days"]


def test_three_guardrails_may_clash_where_no_two_do() -> None:
    existing = [rail("a", 1, allowed=(10, 20)), rail("b", 1, allowed=(20, 30))]
    assert paths(rail("c", 1, allowed=(10, 30)), *existing) == ["outputs.history_days"]


def test_an_allowed_set_outside_a_range_is_refused() -> None:
    assert paths(rail("a", 1, minimum=1, maximum=9, allowed=(10,))) == ["outputs.history_days"]


def test_a_guardrail_that_supersedes_its_own_earlier_version_is_not_compared_with_it() -> None:
    old = rail("law", 1, minimum=50)
    new = version(
        "guardrail:law",
        {"history_days": {"maximum": 40}},
        number=2,
        published_at=day(2),
    )
    assert paths(new, old) == []
