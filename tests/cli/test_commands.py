"""What does each command answer, to a person and to a machine, and with which exit code?"""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.workspaces import Troth, spawn

from troth.cli import COMMANDS

ORDER = {"order": "erp:SO-1", "placed_at": "2026-01-05T08:00:00Z", "time_zone": "UTC"}


# --- init and doctor ---


def test_a_new_workspace_has_a_place_for_everything_and_says_what_to_do_next(
    blank: Troth, tmp_path: Path
) -> None:
    directory = tmp_path / "new"
    answer = blank("init", directory, "--name", 'My "shop"', "--currency", "BRL")
    assert answer.code == 0
    assert f"troth run {directory}" in answer.out
    assert {path.name for path in directory.iterdir()} >= {"sources", "policies", "troth.toml"}
    assert stat.S_IMODE((directory / ".troth").stat().st_mode) == 0o700
    assert "BRL" in (directory / "policies/company.yaml").read_text()
    again = blank("init", directory)
    assert again.code == 2
    assert "exists already" in again.err


def test_the_doctor_finds_a_sound_workspace_sound(blank: Troth) -> None:
    answer = blank("doctor", "--json")
    found = {item["about"]: item for item in answer.json()}
    assert answer.code == 0, answer.out
    assert all(item["is_well"] for item in found.values())
    assert {"Troth", "Python", "workspace", "disk", "database", "server", "tables"} <= set(found)
    assert found["tables"]["found"] == "up to date"
    assert "troth_app" in found["application role"]["found"]


def test_the_doctor_says_what_to_do_where_the_database_does_not_answer(
    blank: Troth,
) -> None:
    silent = Troth(
        directory=blank.directory,
        app_url="postgresql://troth_app@127.0.0.1:1/troth",
        owner_url="postgresql://troth_app@127.0.0.1:1/troth",
    )
    answer = silent("doctor")
    assert answer.code == 1
    assert "wrong" in answer.out
    assert "→" in answer.out


def test_a_command_whose_database_does_not_answer_says_so(blank: Troth) -> None:
    silent = Troth(
        directory=blank.directory,
        app_url="postgresql://troth_app@127.0.0.1:1/troth",
        owner_url="postgresql://troth_app@127.0.0.1:1/troth",
    )
    answer = silent("quarantine", "list")
    assert answer.code == 2
    assert "does not answer" in answer.err
    assert "troth doctor" in answer.err


def test_the_doctor_outside_of_a_workspace_says_how_to_lay_one(tmp_path: Path) -> None:
    process = spawn("doctor", "--workspace", tmp_path)
    out, _ = process.communicate()
    assert process.returncode == 1
    assert "troth init" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(blank: Troth, name: str) -> None:
    answer = blank(name, "--help")
    assert answer.code == 0
    assert answer.out.startswith(f"Usage: troth {name}")


# --- policy ---

GOLD = """\
policies:
  - kind: lead_time
    scope: "tier:Silver"
    effective_from: 2026-01-01T00:00:00Z
    reason: They plan by our date.
    outputs: {service_quantile: "0.93"}
"""


def test_a_plan_changes_nothing_and_applying_it_asks_those_who_have_to_sign(ran: Troth) -> None:
    path = ran.write("policies/silver.yaml", GOLD)
    planned = ran("policy", "plan", path)
    assert planned.code == 0
    assert "lead time for tier Silver: service quantile: new: 0.93" in planned.out
    versions = "SELECT count(*) FROM store_policyversion"
    before = ran.one(versions)
    applied = ran("policy", "apply", path)
    assert applied.code == 0
    assert "operations: may sign: nobody here may give it. It changes lead time:" in applied.out
    assert ran("policy", "apply", path).out == applied.out  # one change, however often
    assert ran.one(versions) == before
    change = ran.one("SELECT id FROM store_policychange WHERE state = 'proposed'")
    assert ran("change", "publish", change).code == 2
    shown = ran("change", "show", change, "--json").json()
    for needed in (item["function"] for item in shown["needed"]):
        name = f"for-{needed}"
        ran("user", "add", name, "--name", name, "--role", "administrator")
        signed = ran("change", "sign", change, "--for", needed, "--as", name, "--reason", "Yes.")
        assert signed.code == 0, signed.err
    published = ran("change", "publish", change)
    assert published.code == 0, published.err
    assert ran.one(versions) == before + 1
    assert ran("change", "list", "--state", "all", "--json").json()[0]["id"] == change
    assert "Nothing would change." in ran("policy", "plan", path).out
    assert "Nothing has changed." in ran("policy", "apply", path).out
    listed = ran("policy", "list", "--json").json()
    assert len(listed) == before + 1


def test_conflicts_are_found_before_anything_is_published(ran: Troth) -> None:
    def conflicts(*files: Path) -> list[dict[str, Any]]:
        found = ran("policy", "check", *files, "--json").json()
        return [item for item in found if not item["is_hint"]]

    before = conflicts()
    # What the simulated company signed, and no policy of it holds promises to.
    assert {item["kind"] for item in before} == {"not-held"}
    assert {item["scope"].removeprefix("contract:") for item in before} == {
        key
        for (key,) in ran.rows(
            "SELECT key FROM fact_contract AS c JOIN store_run AS run ON run.id ="
            " (SELECT max(id) FROM store_run WHERE finished_at IS NOT NULL)"
            " WHERE status = 'signed' AND lead_time_days IS NOT NULL"
            " AND revision = (SELECT max(revision) FROM fact_contract WHERE key = c.key)"
            " AND COALESCE(starts_on, signed_on) <= run.as_of"
            " AND COALESCE(ends_on, 'infinity') >= run.as_of::date"
        )
    }
    rule = "    table: {hit: FIRST, rules: [{then: {service_quantile: 0.9}}, {when: {total: 1},"
    text = GOLD + rule + " then: {service_quantile: 0.8}}]}\n"
    path = ran.write("proposed/masked.yaml", text)
    found = ran("policy", "check", path)
    assert found.code == 1
    assert "masked: lead time for tier Silver: Rule 2 never decides" in found.out
    (item,) = [item for item in conflicts(path) if item["kind"] != "not-held"]
    assert item["witness"] == {"total": "1"}
    assert conflicts() == before


def test_each_value_in_force_is_shown_with_where_it_comes_from(ran: Troth) -> None:
    ran.publish(ran.write("policies/silver.yaml", GOLD))
    silver = ran.one("SELECT id FROM store_customer WHERE tier = 'Silver' ORDER BY id LIMIT 1")
    at = "2026-06-30T00:00:00Z"

    def quantile(customer: str, at: str) -> tuple[str, str]:
        shown = ran("policy", "show", customer, "--at", at, "--json").json()
        (found,) = [item for item in shown if item["output"] == "service_quantile"]
        return found["value"], found["layer"]

    tiered = ran.one(
        "SELECT tier FROM store_tierassignment WHERE customer_id = %s AND starts_at <= %s"
        " ORDER BY starts_at DESC LIMIT 1",
        silver,
        at,
    )
    assert tiered == "Silver"
    assert quantile(silver, at) == ("0.93", "tier")
    assert quantile(silver, "2025-06-01T00:00:00Z") == ("0.9", "company")
    nobody = ran("policy", "show", "cus_nobody")
    assert nobody.code == 2
    assert "cus_nobody" in nobody.err


# --- decide ---


def test_one_question_and_a_table_of_them_get_the_same_answers(
    blank: Troth, tmp_path: Path
) -> None:
    one = tmp_path / "one.json"
    one.write_text(json.dumps({"facts": ORDER}))
    answer = blank("decide", "promise", "--input", one)
    assert answer.code == 0
    whole = answer.json()
    assert whole["reasons"]
    lines = tmp_path / "many.jsonl"
    lines.write_text(f"{json.dumps({'facts': ORDER})}\n\n{json.dumps({'facts': ORDER})}\n")
    many = blank("decide", "promise", "--input", lines)
    assert [json.loads(line)["receipt"] for line in many.out.splitlines()] == [whole["receipt"]] * 2
    table = tmp_path / "many.csv"
    table.write_text(
        "facts.order,facts.placed_at,facts.time_zone,policy.lead_time.default_lead_time_days\n"
        "erp:SO-1,2026-01-05T08:00:00Z,UTC,\n"
        "erp:SO-1,2026-01-05T08:00:00Z,UTC,10\n"
    )
    first, second = map(json.loads, blank("decide", "promise", "--input", table).out.splitlines())
    assert first["receipt"] == whole["receipt"]
    # Ten days from the 5th at eight, by the end of that day.
    assert second["outcome"]["promised_at"] == "2026-01-16T00:00:00Z"


def test_a_line_that_cannot_be_decided_is_named_and_the_others_are_decided(
    blank: Troth, tmp_path: Path
) -> None:
    lines = tmp_path / "many.jsonl"
    bad = {"facts": ORDER | {"placed_at": "soon"}}
    lines.write_text(f"{json.dumps(bad)}\n{json.dumps({'facts': ORDER})}\n")
    answer = blank("decide", "promise", "--input", lines, "--outcome-only")
    assert answer.code == 1
    assert f"{lines}:1: facts.placed_at" in answer.err
    wrong, right = map(json.loads, answer.out.splitlines())
    assert (wrong["line"], right["subject"]) == (1, "erp:SO-1")


def test_deciding_needs_no_workspace_and_records_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps({"facts": ORDER}))
    process = spawn("decide", "promise", "--input", tmp_path / "one.json", "--outcome-only")
    out, told = process.communicate()
    assert process.returncode == 0, told
    assert json.loads(out)["subject"] == "erp:SO-1"


# --- metrics ---


def test_figures_come_as_a_table_as_json_and_as_csv(seen: Troth) -> None:
    as_json = seen("metrics", "promise_coverage", "--by", "tier", "--json").json()
    assert {row["dimensions"]["tier"] for row in as_json} >= {"Silver", "Standard"}
    text = seen("metrics", "promise_coverage", "--by", "tier", "--csv").out
    as_csv = list(csv.DictReader(io.StringIO(text)))
    assert [(row["tier"], float(row["value"])) for row in as_csv] == [
        (row["dimensions"]["tier"], float(row["value"])) for row in as_json
    ]
    assert "promise_coverage" in seen("metrics").out


def test_a_figure_is_what_the_rows_say(seen: Troth) -> None:
    (row,) = seen("metrics", "promise_coverage", "--json").json()
    kept, delivered = seen.rows(
        "SELECT count(*) FILTER (WHERE delivered_at <= first_promised_at), count(*)"
        " FROM store_promise WHERE delivered_at IS NOT NULL"
    )[0]
    assert float(row["value"]) == pytest.approx(100 * kept / delivered)
    assert row["denominator"] == delivered


def test_an_unknown_measure_or_dimension_is_told_the_known_ones(seen: Troth) -> None:
    for arguments in (("promise_coverag",), ("promise_coverage", "--by", "mood")):
        answer = seen("metrics", *arguments)
        assert answer.code == 2
        assert answer.err.strip()
    assert "promise_coverage" in seen("metrics", "promise_coverag").err


# --- source ---


def test_a_source_is_checked_without_landing_anything(blank: Troth, simulated: Path) -> None:
    blank.write("sources/crm.yaml", (simulated / "sources/crm.yaml").read_text())
    (blank.directory / "exports").rmdir()
    (blank.directory / "exports").symlink_to(simulated / "exports")
    answer = blank("source", "check", "crm", "--rows", "3")
    assert answer.code == 0, answer.err
    assert "crm/accounts → customer" in answer.out
    assert blank.one("SELECT count(*) FROM store_landing") == 0
    assert "crm" in blank("source", "list").out
    nobody = blank("source", "check", "erp")
    assert nobody.code == 2
    assert "crm" in nobody.err


def test_a_source_is_synced_alone_and_again_lands_nothing(blank: Troth, simulated: Path) -> None:
    blank.write("sources/crm.yaml", (simulated / "sources/crm.yaml").read_text())
    (blank.directory / "exports").rmdir()
    (blank.directory / "exports").symlink_to(simulated / "exports")
    first = blank("source", "sync", "crm", "--json").json()
    again = blank("source", "sync", "crm", "--json").json()
    assert sum(feed["landed"] for feed in first) > 100
    assert [feed["landed"] for feed in again] == [0] * len(first)
