"""Does `troth rollout` begin, show, widen and undo, with stable exit codes?"""

from __future__ import annotations

from tests.workspaces import Troth

DOCUMENT = """\
policy: {kind: lead_time, scope: company, outputs: {history_days: 60}}
stages: [{share: 10}, {share: 50}]
guardrails: [{measure: promise_coverage, worse_by: 5}]
reason: A try.
"""


def test_a_roll_out_goes_its_way_on_the_command_line(blank: Troth) -> None:
    path = blank.write("hasty.yaml", DOCUMENT)
    begun = blank("rollout", "start", path)
    assert begun.code == 0, begun.err
    assert "10 % of customers" in begun.out
    (row,) = blank("rollout", "list", "--json").json()
    assert (row["state"], row["stage"], len(row["stages"])) == ("running", 1, 3)
    key = row["id"]
    shown = blank("rollout", "show", key, "--json").json()
    assert (shown["customers_inside"], shown["outputs"]) == (0, {"history_days": 60})
    assert "0 customers" in blank("rollout", "show", key).out
    checked = blank("rollout", "check", key)
    assert (checked.code, "nothing inside (0 counted)" in checked.out) == (0, True)
    assert "50 % of customers" in blank("rollout", "advance", key, "--reason", "It went well.").out
    twice = blank("rollout", "start", path)
    assert (twice.code, "being rolled out already" in twice.err) == (2, True)
    undone = blank("rollout", "rollback", key, "--reason", "Too hasty.")
    assert (undone.code, "is in force" in undone.out) == (0, True)
    assert blank("rollout", "list", "--json").json() == []
    again = blank("rollout", "rollback", key, "--reason", "Again.")
    assert (again.code, "policy:rollout" in again.err) == (2, True)
    unknown = blank("rollout", "show", "rol_0")
    assert unknown.code == 2
    bad = blank("rollout", "start", blank.write("bad.yaml", DOCUMENT.replace("50", "5")))
    assert (bad.code, "stages[1]" in bad.err) == (2, True)
