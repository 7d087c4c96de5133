"""Which version holds when, and does the answer say where it came from?"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from troth.core.calendars.errors import NaiveInstantError
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.resolution import Resolution, resolve
from troth.core.policies.scopes import Subject, parse_scope
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


def asked(versions: list[PolicyVersion], at: datetime, known_at: datetime | None = None) -> int:
    subject = Subject(customers=("c",), contracts=("k",), tier="gold")
    known = day(31) if known_at is None else known_at
    found = resolve("lead_time", versions, subject, at=at, known_at=known)
    assert isinstance(found, Resolution)
    return int(found["history_days"])


def test_a_version_holds_from_its_first_instant_to_just_before_its_end() -> None:
    policies = [version("company", {"history_days": 30}, effective_to=day(5))]
    assert asked(policies, day(1)) == 30
    assert asked(policies, datetime(2026, 1, 4, 23, 59, 59, 999999, tzinfo=UTC)) == 30
    assert asked(policies, day(5)) == 120  # the built-in default
    assert asked(policies, datetime(2025, 12, 31, 23, tzinfo=UTC)) == 120


def test_of_two_that_overlap_the_later_published_one_holds_and_then_gives_way_again() -> None:
    base = version("company", {"history_days": 30})
    campaign = version(
        "company",
        {"history_days": 60},
        number=2,
        effective_from=day(10),
        effective_to=day(12),
        published_at=day(8),
    )
    assert [asked([campaign, base], day(at)) for at in (9, 10, 11, 12)] == [30, 60, 60, 30]


def test_what_was_not_published_yet_was_not_known() -> None:
    base = version("company", {"history_days": 30})
    late = version("company", {"history_days": 60}, number=2, published_at=day(20))
    assert asked([base, late], day(10), known_at=day(19)) == 30
    assert asked([base, late], day(10), known_at=day(20)) == 60


def test_a_superseding_version_takes_all_outputs_of_its_scope_with_it() -> None:
    base = version("company", {"history_days": 30, "borrow_weight": 5})
    later = version("company", {"borrow_weight": 6}, number=2, published_at=day(2))
    assert asked([base, later], day(3)) == 120


def test_another_kind_or_another_key_does_not_answer() -> None:
    others = [
        version("tier:silver", {"history_days": 30}),
        version("tier:gold", {"history_days": 30}, kind="queue"),
    ]
    assert asked(others, day(3)) == 120


def test_the_answer_says_what_it_overrode_and_what_lifted_it() -> None:
    own = version("customer:c", {"maximum_lead_time_days": 9})
    signed = version("contract:k", {"maximum_lead_time_days": 7})
    tier = version("tier:gold", {"maximum_lead_time_days": 5, "service_quantile": Decimal("0.95")})
    law = version("guardrail:law", {"maximum_lead_time_days": {"minimum": 8}})
    found = resolve(
        "lead_time",
        [law, tier, signed, own],
        Subject(customers=("c",), contracts=("k",), tier="gold"),
        at=day(2),
        known_at=day(2),
    )
    quantile, ceiling = found.outputs[0], found.outputs[4]
    assert (ceiling.value, ceiling.layer, ceiling.version) == (8, "guardrail", law.id)
    assert ceiling.overrode == (
        f"contract k: 7 ({signed.id})",
        f"customer c: 9 ({own.id})",
        f"tier gold: 5 ({tier.id})",
    )
    assert ceiling.floors == (
        f"contract k: 7 ({signed.id}) is signed and better than customer c: 9 ({own.id})",
    )
    assert ceiling.clamped_by == (f"guardrail law: minimum 8 ({law.id})",)
    assert quantile.overrode == ("default: 0.9",)
    assert found.versions == (tier.id, law.id)
    assert found.in_force == (own, signed, tier, law)


def test_an_instant_in_any_zone_is_the_same_instant() -> None:
    policies = [version("company", {"history_days": 30}, effective_from=day(3))]
    at = datetime.fromisoformat("2026-01-02T21:00:00-03:00")  # 2026-01-03T00:00Z
    assert asked(policies, at) == 30


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveInstantError):
        asked([], datetime(2026, 1, 1))


def test_guardrails_without_a_common_value_are_an_error() -> None:
    rails = [
        version("guardrail:law", {"history_days": {"minimum": 50}}),
        version("guardrail:company", {"history_days": {"maximum": 40}}),
    ]
    with pytest.raises(ContradictoryGuardrailsError, match="history_days"):
        asked(rails, day(2))
