"""Exports go in; promises with reasons, clocks and figures come out. What must hold of that?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.databases import drop_database
from tests.workspaces import Troth, database_of

from troth.connectors.simulated import advance
from troth.store.server import Server


def decisions(troth: Troth) -> dict[str, Any]:
    """Each recorded decision's receipt, by id."""
    return dict(troth.rows("SELECT id, receipt FROM store_decision"))


def promises(troth: Troth) -> dict[str, tuple[Any, ...]]:
    """What was first promised for each order, and the decision that says why."""
    found = troth.rows("SELECT order_key, first_promised_at, first_decision_id FROM store_promise")
    return {key: tuple(rest) for key, *rest in found}


def first_run(troth: Troth) -> Any:
    return json.loads((troth.directory / "first.json").read_text())


# --- Once, and once more ---------------------------------------------------------------------


def test_the_first_run_decides_on_every_order_and_every_case(seen: Troth) -> None:
    first = first_run(seen)
    orders = seen.one("SELECT count(DISTINCT key) FROM fact_order")
    cases = seen.one("SELECT count(DISTINCT key) FROM fact_case")
    assert orders > 300
    assert cases > 50
    assert first["promises"]["subjects"] == orders == len(promises(seen))
    assert first["priorities"]["subjects"] == cases
    assert first["decisions_written"] == len(decisions(seen))
    assert first["landed"] == seen.one("SELECT sum(fact_count) FROM store_landing")


@pytest.mark.parametrize("options", [(), ("--thorough",)], ids=["plain", "thorough"])
def test_a_second_run_lands_nothing_and_writes_no_decision(
    ran: Troth, options: tuple[str, ...]
) -> None:
    entries = ran.one("SELECT count(*) FROM store_auditentry")
    before = decisions(ran)
    second = ran.run(*options)
    assert (second["landed"], second["decisions_written"], second["published"]) == (0, 0, 0)
    assert second["promises"]["rows_changed"] == second["priorities"]["rows_changed"] == 0
    assert second["is_unchanged"] == (not options)
    assert decisions(ran) == before
    assert ran.one("SELECT count(*) FROM store_auditentry") == entries


def test_a_run_that_found_rows_for_quarantine_says_so_each_time(ran: Troth) -> None:
    rejected = first_run(ran)["rejected"]
    answer = ran("run", ran.directory, "--json")
    assert rejected > 0, "the simulated company has no faulty row: choose another seed"
    assert answer.json()["rejected"] == rejected
    assert answer.code == 1


# --- Later ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Later:
    """The company a month later, and what stood before that."""

    troth: Troth
    promises: dict[str, tuple[Any, ...]]
    decisions: dict[str, Any]
    facts: int
    landings: int  # the last one before that
    second: Any


@pytest.fixture(scope="module")
def later(
    server: Server, finished: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Later]:
    directory = tmp_path_factory.mktemp("later") / "company"
    shutil.copytree(finished, directory)
    name = f"troth_later_{tmp_path_factory.getbasetemp().name.replace('-', '_')}"
    with database_of(server, "troth_ran", name, directory) as troth:
        before = promises(troth), decisions(troth)
        facts = troth.one("SELECT sum(fact_count) FROM store_landing")
        landings = troth.one("SELECT max(id) FROM store_landing")
        advance(directory, months=1)
        yield Later(
            troth=troth,
            promises=before[0],
            decisions=before[1],
            facts=int(facts),
            landings=landings,
            second=troth.run(),
        )
    drop_database(server.owner_url, name)


def test_a_later_export_lands_only_what_has_changed(later: Later) -> None:
    landed = {f"{feed['source']}/{feed['feed']}": feed for feed in later.second["feeds"]}
    assert landed["wms/sites"]["landed"] == 0
    assert landed["erp/exchange_rates"]["landed"] < landed["erp/exchange_rates"]["rows_read"] / 3
    assert 0 < later.second["landed"] < later.facts / 2
    # Of an order that moved on, what was known before is told again, and nothing else about then.
    told = later.troth.one(
        "SELECT count(*) FROM fact_order AS again WHERE again.known_at <= %s AND NOT EXISTS ("
        " SELECT FROM fact_order AS before WHERE before.key = again.key"
        "  AND before.known_at = again.known_at AND before.revision <= again.revision"
        "  AND before.delivered_at IS NOT DISTINCT FROM again.delivered_at"
        "  AND before.landing_id <= %s)",
        first_run(later.troth)["as_of"],
        later.landings,
    )
    assert told == 0


def test_what_was_first_promised_stays_as_it_was(later: Later) -> None:
    now = promises(later.troth)
    assert {key: now[key] for key in later.promises} == later.promises
    assert len(now) > len(later.promises)


def test_no_recorded_decision_is_lost_or_changed(later: Later) -> None:
    now = decisions(later.troth)
    assert {key: now[key] for key in later.decisions} == later.decisions
    assert len(now) == len(later.decisions) + later.second["decisions_written"]


def test_a_customer_keeps_its_id_and_tier_history(later: Later, seen: Troth) -> None:
    crosswalk = "SELECT source_key, customer_id FROM store_crosswalk"
    assert set(seen.rows(crosswalk)) <= set(later.troth.rows(crosswalk))
    tiers = "SELECT customer_id, starts_at, tier FROM store_tierassignment"
    assert set(seen.rows(tiers)) <= set(later.troth.rows(tiers))


def test_the_receipts_of_both_runs_re_execute(later: Later) -> None:
    answer = later.troth("receipts", "verify", "--json")
    assert answer.code == 0
    assert answer.json() == {"verified": len(decisions(later.troth)), "differences": []}


def test_a_run_as_of_an_earlier_moment_knows_nothing_of_what_came_later(
    later: Later, server: Server, template: str, tmp_path: Path
) -> None:
    # The same month of exports that lies after the moment, landed before anything is decided.
    for part in ("exports", "sources", "policies"):
        shutil.copytree(later.troth.directory / part, tmp_path / part)
    shutil.copy(later.troth.directory / "troth.toml", tmp_path)
    with database_of(server, template, "troth_earlier", tmp_path) as troth:
        done = troth.run("--at", first_run(later.troth)["as_of"])
        assert done["landed"] > later.facts
        assert done["decisions_written"] == len(later.decisions)
        assert decisions(troth) == later.decisions
        assert promises(troth) == later.promises
    drop_database(server.owner_url, "troth_earlier")


# --- Receipts -----------------------------------------------------------------------------------


def test_every_receipt_re_executes_to_the_byte(seen: Troth) -> None:
    answer = seen("receipts", "verify", "--json")
    assert answer.code == 0
    assert answer.json() == {"verified": len(decisions(seen)), "differences": []}


def test_a_receipt_with_one_byte_changed_is_named(ran: Troth) -> None:
    ((chosen, receipt),) = ran.rows(
        "SELECT id, receipt FROM store_decision WHERE kind = 'promise' ORDER BY id LIMIT 1"
    )
    place = receipt.index('"promised_at":"20') + len('"promised_at":"20')
    changed = receipt[:place] + str((int(receipt[place]) + 1) % 10) + receipt[place + 1 :]
    assert sum(a != b for a, b in zip(receipt, changed, strict=True)) == 1
    ran.rows("UPDATE store_decision SET receipt = %s WHERE id = %s", changed, chosen)
    answer = ran("receipts", "verify", "--json")
    assert answer.code == 1
    (difference,) = answer.json()["differences"]
    assert difference["id"] == chosen
    assert difference["path"].endswith("promised_at")
    told = ran("receipts", "verify")
    assert chosen in told.out


def test_a_receipt_whose_shared_input_is_gone_is_named_with_that_input(ran: Troth) -> None:
    ((digest, content),) = ran.rows(
        "SELECT digest, content FROM store_sharedinput WHERE kind LIKE 'lane%%'"
        " ORDER BY length(content) DESC LIMIT 1"
    )
    resting = ran.one("SELECT count(*) FROM store_decision WHERE receipt LIKE %s", f"%{digest}%")
    assert content
    assert resting
    ran.rows("DELETE FROM store_sharedinput WHERE digest = %s", digest)
    answer = ran("receipts", "verify", "--json")
    assert answer.code == 1
    differences = answer.json()["differences"]
    assert len(differences) == resting
    assert all(digest in json.dumps(item) for item in differences)


def test_a_single_receipt_is_shown_and_verified_by_its_id(seen: Troth) -> None:
    chosen = min(decisions(seen))
    assert json.loads(seen("receipts", "show", chosen).out)["kind"] in ("promise", "prioritise")
    assert seen("receipts", "verify", chosen, "--json").json()["verified"] == 1
    missing = seen("receipts", "show", "dec_none")
    assert missing.code == 2
    assert "dec_none" in missing.err


def test_no_name_address_or_number_of_a_person_stands_in_what_is_kept_for_ever(
    ran: Troth, capfd: pytest.CaptureFixture[str]
) -> None:
    ran.run("--thorough")
    kept = "\n".join(
        text
        for query in (
            "SELECT receipt FROM store_decision",
            "SELECT content FROM store_sharedinput",
            "SELECT to_jsonb(store_auditentry)::text FROM store_auditentry",
            "SELECT to_jsonb(store_run)::text FROM store_run",
            "SELECT to_jsonb(store_customer)::text FROM store_customer",
            "SELECT to_jsonb(store_promise)::text FROM store_promise",
            "SELECT to_jsonb(store_casework)::text FROM store_casework",
        )
        for (text,) in ran.rows(query)
    )
    kept += "".join(capfd.readouterr())
    values = {
        value.strip()
        for (fields,) in ran.rows("SELECT fields FROM fact_personal")
        for name, value in fields.items()
        if isinstance(value, str) and name != "postal_code" and len(value.strip()) >= 6
    }
    assert len(values) > 500
    assert [value for value in values if value in kept] == []


# --- Policies -----------------------------------------------------------------------------------

NEW_VERSION = """
policies:
  - kind: lead_time
    scope: company
    effective_from: 2026-05-01T00:00:00Z
    effective_to: 2026-06-01T00:00:00Z
    reason: A month in which nearly every date must hold.
    outputs:
      service_quantile: "0.99"
      default_lead_time_days: 30
      history_days: 120
      borrow_weight: 30
"""


def test_a_new_policy_version_changes_only_what_is_decided_while_it_is_in_force(
    ran: Troth,
) -> None:
    before, standing = decisions(ran), promises(ran)
    ran.write("policies/may.yaml", NEW_VERSION)
    held = ran.run()
    # It reaches customers, so that it waits for those who have to sign, asked once.
    assert (held["published"], held["decisions_written"]) == (0, 0)
    assert ran.run()["waiting"] == held["waiting"]
    ran.publish(ran.directory / "policies/may.yaml")
    result = ran.run()
    assert result["waiting"] is None
    now = promises(ran)
    changed = {key for key in standing if now[key] != standing[key]}
    in_may = "SELECT id FROM store_decision WHERE at >= '2026-05-01' AND at < '2026-06-01'"
    fresh = set(decisions(ran)) - set(before)
    assert len(fresh) == result["decisions_written"] > 10
    assert fresh <= {key for (key,) in ran.rows(in_may)}
    outside = ran.rows(
        "SELECT order_key FROM store_promise WHERE placed_at < '2026-05-01'"
        " OR placed_at >= '2026-06-01'"
    )
    assert changed.isdisjoint(key for (key,) in outside)
    # A higher quantile never promises an earlier day.
    assert all(now[key][0] >= standing[key][0] for key in changed)
    answer = ran("receipts", "verify", "--json")
    assert answer.json() == {"verified": len(before) + len(fresh), "differences": []}
    assert ran.run("--thorough")["decisions_written"] == 0


# --- Clocks -------------------------------------------------------------------------------------


def test_a_promise_and_its_clock_say_the_same(seen: Troth) -> None:
    found = seen.rows(
        "SELECT promise.state, clock.state, clock.breached, count(*) FROM store_promise AS promise"
        " JOIN store_clock AS clock ON clock.subject_kind = 'order'"
        "  AND clock.subject = promise.order_key AND clock.metric = 'delivery'"
        " GROUP BY 1, 2, 3"
    )
    assert sum(count for *_, count in found) == len(promises(seen))
    agreed = {
        ("kept", "completed", False),
        ("broken", "completed", True),
        ("open", "in_progress", False),
        ("late", "in_progress", True),
        ("cancelled", "cancelled", False),
        ("cancelled", "cancelled", True),  # it was late already when it was called off
    }
    assert {tuple(row) for *row, _ in found} <= agreed
    assert {"kept", "broken", "open"} <= {row[0] for row in found}


def test_a_clock_is_due_when_the_promise_is(seen: Troth) -> None:
    apart = seen.one(
        "SELECT count(*) FROM store_promise AS promise JOIN store_clock AS clock"
        " ON clock.subject = promise.order_key AND clock.metric = 'delivery'"
        " WHERE clock.due_at <> promise.promised_at OR clock.started_at <> promise.placed_at"
    )
    assert apart == 0
