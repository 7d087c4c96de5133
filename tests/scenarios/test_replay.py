"""Does a replay say what a proposed policy would have changed, and stop where it cannot know?"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.workspaces import Troth

from troth.actions.people import add_user
from troth.actions.people import system_user as system
from troth.actions.replaying import replay
from troth.analysis.replay.comparing import Compared, compare
from troth.cli.starting import database
from troth.connectors.workspace import find_workspace
from troth.core.access.roles import Role

SAFER = """\
policies:
  - kind: lead_time
    scope: company
    effective_from: 2027-01-01T00:00:00Z
    reason: Nearly every date has to hold.
    outputs: {service_quantile: "0.99", default_lead_time_days: 30, history_days: 120,
              borrow_weight: 30}
  - kind: service_level
    scope: "tier:Silver"
    effective_from: 2027-01-01T00:00:00Z
    reason: Silver is answered sooner.
    table: {rules: [{id: worst, when: {severity: "<= 2"}, then: {first_response_minutes_1: 5,
                     first_response_minutes_2: 10}}]}
"""
OVER = ("--over", "2026-03-01", "2026-06-01")


def test_a_safer_policy_moves_dates_later_and_keeps_more_of_them(ran: Troth) -> None:
    before = ran.one("SELECT count(*) FROM store_decision")
    chart = ran.directory / "moved.svg"
    path = ran.write("proposed/safer.yaml", SAFER)
    found = ran("policy", "replay", path, *OVER, "--chart", chart, "--json").json()
    totals = {line["measure"]: line for line in found["total"]}
    orders = ran.one(
        "SELECT count(*) FROM (SELECT DISTINCT ON (key) greatest(placed_at, known_at) AS at"
        " FROM fact_order WHERE known_at <= now() ORDER BY key, revision) AS first"
        " WHERE at >= '2026-03-01' AND at < '2026-06-01'"
    )
    assert totals["promise"]["decided"] == orders > 50
    assert totals["promise"]["sooner"] == 0
    assert totals["promise"]["later"] > 10
    assert totals["promise"]["kept_after"] > totals["promise"]["kept_before"]
    silver = [line for line in found["tiers"] if line["group"] == "Silver"]
    answered = next(line for line in silver if line["measure"] == "first_response")
    assert answered["sooner"] == answered["changed"] > 0
    others = [line for line in found["tiers"] if line["measure"] == "first_response"]
    assert sum(line["changed"] for line in others) == answered["changed"]
    assert found["worst"][0]["changed"] > 0
    assert b"<svg" in chart.read_bytes()
    shown = ran("policy", "replay", path, *OVER).out
    assert "came out the same to the byte" in shown
    assert "lead time for the company: service quantile: 0.9 → 0.99" in shown
    assert ran.one("SELECT count(*) FROM store_decision") == before


def test_what_is_in_force_must_reproduce_what_was_recorded(ran: Troth) -> None:
    path = ran.write("proposed/safer.yaml", SAFER)
    # The control: published, and decided by nobody yet.
    backdated = SAFER.replace("2027-01-01", "2026-01-01").replace("0.99", "0.6")
    ran.publish(ran.write("policies/other.yaml", backdated))
    stopped = ran("policy", "replay", path, *OVER)
    assert stopped.code == 2
    assert "are not what is recorded; the first is the promise of" in stopped.err
    assert "policy:replay:not-reproduced" in stopped.err
    ran.run()
    assert ran("policy", "replay", path, *OVER).code == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("kind: lead_time", "kind: tiers"), "outputs"),
        (("kind: service_level", "kind: communication"), "an input of communication"),
    ],
)
def test_a_file_that_is_wrong_is_refused_before_anything_is_decided(
    ran: Troth, change: tuple[str, str], words: str
) -> None:
    stopped = ran("policy", "replay", ran.write("proposed/x.yaml", SAFER.replace(*change)), *OVER)
    assert stopped.code == 2
    assert words in stopped.err


def test_what_no_decision_obeys_is_not_replayed(ran: Troth) -> None:
    text = (
        "policies: [{kind: communication, scope: company, effective_from: 2027-01-01T00:00:00Z,"
        " reason: a test, outputs: {tell_delay_hours: 1}}]"
    )
    stopped = ran("policy", "replay", ran.write("proposed/x.yaml", text), *OVER)
    assert stopped.code == 2
    assert "No recorded decision obeys communication" in stopped.err


def test_nobody_learns_of_a_customer_whom_they_may_not_see(
    ran: Troth, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ran.write("proposed/safer.yaml", SAFER)
    for name, value in ran.environment.items():
        monkeypatch.setenv(name, value)
    period = {"start": datetime(2026, 3, 1, tzinfo=UTC), "end": datetime(2026, 6, 1, tzinfo=UTC)}
    with database(find_workspace(ran.directory)):
        everything = replay([path], acting_user=system(), **period)
        hidden = everything.report.worst[0].group
        manager = add_user(
            username="mona", role=Role.OPERATIONS_MANAGER, name="Mona Manager", acting_user=system()
        )
        seen = replay([path], acting_user=manager, **period)
        assert hidden in {item.customer for item in seen.report.changed}
        ran.rows("UPDATE store_customer SET is_restricted = true WHERE id = %s", hidden)
        left = replay([path], acting_user=manager, **period)
    assert hidden not in {item.customer for item in left.report.changed}
    assert hidden not in {line.group for line in (*left.report.worst, *left.report.best)}
    assert left.reproduced == everything.reproduced


def test_a_broken_date_costs_what_the_terms_say() -> None:
    due, later = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)
    item = Compared(
        measure="promise", subject="o", customer="c", tier=None, before=due, after=later,
        done_at=datetime(2026, 1, 3, tzinfo=UTC), total=Decimal("99.99"), currency="EUR",
        credit_before=Decimal(10), credit_after=Decimal(10),
    )  # fmt: skip
    report = compare([item], start=due, end=later)
    (line,) = report.total
    assert (line.owed_before, line.owed_after) == ({"EUR": Decimal("10.00")}, {})
    assert (line.kept_before, line.kept_after, line.mean_hours) == (0, 1, 72.0)
    assert (report.worst[0].group, report.best) == ("c", ())
