"""Does the main job hold on data that nobody made up for it?

The data is public and is not in this repository: TROTH_DATA names its folder, by default
`../shared/data`. Where it is missing these tests skip and say so.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.databases import drop_database
from tests.workspaces import Troth, database_of

from troth.connectors.starter import write_starter_policies
from troth.connectors.workspace import make_workspace
from troth.store.server import Server

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TROTH_DATA") or ROOT.parent / "shared" / "data")


def need(folder: str) -> Path:
    if not (DATA / folder).is_dir():
        pytest.skip(f"{DATA / folder} is not there: set TROTH_DATA to the folder of the data")
    return DATA / folder


class Example:
    """Makes a workspace of one of examples/, as its README says."""

    def __init__(self, server: Server, template: str, directory: Path) -> None:
        self._server, self._template, self._directory = server, template, directory

    def lay(self, name: str, *, currency: str) -> Iterator[Troth]:
        directory = self._directory / name
        directory.mkdir()
        make_workspace(directory, name=name, currency=currency, now="data")
        write_starter_policies(directory / "policies", currency=currency)
        shutil.copytree(
            ROOT / "examples" / name / "sources", directory / "sources", dirs_exist_ok=True
        )
        database = f"troth_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        os.environ["TROTH_DATA"] = str(DATA)
        with database_of(self._server, self._template, database, directory) as troth:
            yield troth
        drop_database(self._server.owner_url, database)


@pytest.fixture(scope="module")
def example(
    server: Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Example]:
    before = os.environ.get("TROTH_DATA")
    yield Example(server, template, tmp_path_factory.mktemp("examples"))
    if before is None:
        os.environ.pop("TROTH_DATA", None)
    else:
        os.environ["TROTH_DATA"] = before


@pytest.fixture(scope="module")
def olist(example: Example) -> Iterator[Troth]:
    need("olist_sample")
    for troth in example.lay("olist", currency="BRL"):
        result = troth.run()
        assert result["failures"] == []
        yield troth


def figure(troth: Troth, name: str) -> float:
    (row,) = troth("metrics", name, "--json").json()
    return float(row["value"])


def test_dates_promised_on_real_orders_are_kept_as_often_as_asked_and_sooner_than_the_companys(
    olist: Troth,
) -> None:
    quantile = olist.one(
        "SELECT document->'outputs'->>'service_quantile' FROM store_policyversion"
        " WHERE kind = 'lead_time' AND layer = 'company'"
    )
    assert quantile == "0.9"
    ours = figure(olist, "promise_coverage"), figure(olist, "promise_tightness")
    # By hand, over the orders that both promised and that arrived. The company's estimate is a day,
    # which counts to its end.
    count, kept, lead, their_kept, their_lead = olist.rows(
        "SELECT count(*), avg((delivered_at <= first_promised_at)::int),"
        " avg(extract(epoch FROM first_promised_at - placed_at)) / 86400,"
        " avg((delivered_at <= source_promised_at)::int),"
        " avg(extract(epoch FROM source_promised_at - placed_at)) / 86400"
        " FROM store_promise WHERE delivered_at IS NOT NULL AND source_promised_at IS NOT NULL"
    )[0]
    print(
        f"\n{count:,} delivered orders of olist   kept   mean promised lead time"
        f"\n  promised by Troth at 0.9      {kept:7.1%} {lead:8.2f} days"
        f"\n  the company's own estimates   {their_kept:7.1%} {their_lead:8.2f} days"
        "\n  orders that were never delivered are over-sampled in this extract and left out"
    )
    assert count > 5000
    assert (round(their_kept, 3), round(their_lead, 1)) == (Decimal("0.934"), Decimal("24.8"))
    assert ours[0] == pytest.approx(100 * float(kept), abs=0.01)
    assert ours[1] == pytest.approx(float(lead), abs=0.01)
    assert Decimal("0.87") <= kept <= Decimal("0.93")
    assert lead < Decimal("24.8")
    assert lead < their_lead - 1


CEILING = """\
policies:
  - kind: lead_time
    scope: company
    effective_from: 2026-01-01T00:00:00Z
    reason: Nobody in these two states is told to wait longer than twelve days.
    table:
      rules:
        - id: near
          when: {destination: '"SP", "RJ"'}
          then: {maximum_lead_time_days: 12, service_quantile: 0.9, default_lead_time_days: 30,
                 history_days: 120, borrow_weight: 30}
    outputs: {service_quantile: "0.9", default_lead_time_days: 30, history_days: 120,
              borrow_weight: 30}
"""


def test_a_replay_reports_exactly_the_orders_that_a_query_finds(olist: Troth) -> None:
    path = olist.write("proposed/ceiling.yaml", CEILING)
    found = olist("policy", "replay", path, "--over", "2017-06-01", "2018-06-01", "--json").json()
    within = "decided_at >= '2017-06-01' AND decided_at < '2018-06-01'"
    (decided,) = found["total"]
    orders = (
        "SELECT first.key FROM (SELECT DISTINCT ON (key) *, greatest(placed_at, known_at) AS"
        " decided_at FROM fact_order ORDER BY key, revision) AS first"
    )
    assert decided["decided"] == found["reproduced"] == len(olist.rows(f"{orders} WHERE {within}"))
    expected = olist.rows(
        f"{orders} JOIN store_promise AS promise ON promise.order_key = first.key"
        f" WHERE {within} AND first.destination_region IN ('SP', 'RJ')"
        " AND promise.first_promised_at > first.placed_at + interval '12 days'"
    )
    changed = {item["subject"] for item in found["changed"]}
    assert changed == {key for (key,) in expected}
    print(f"\n{len(changed):,} of {decided['decided']:,} promises of olist would be sooner")
    assert len(changed) > 100
    assert {item["measure"] for item in found["changed"]} == {"promise"}
    assert all(float(item["hours"]) < 0 for item in found["changed"])
    assert decided["kept_after"] < decided["kept_before"]


def test_no_promise_rests_on_a_delivery_that_was_not_known_yet(olist: Troth) -> None:
    late = olist.one(
        "SELECT count(*) FROM store_sharedinput AS lane JOIN store_decision AS decision"
        " ON position(lane.digest IN decision.receipt) > 0"
        " WHERE lane.kind LIKE 'lane%%' AND (lane.content::jsonb->>'as_of')::timestamptz"
        "  > decision.at AND decision.id IN (SELECT id FROM store_decision ORDER BY id LIMIT 300)"
    )
    assert late == 0


def test_every_receipt_on_real_orders_re_executes(olist: Troth) -> None:
    answer = olist("receipts", "verify", "--json").json()
    assert answer["verified"] == olist.one("SELECT count(*) FROM store_decision") > 5000
    assert answer["differences"] == []


def test_a_small_traders_history_runs_through(example: Example) -> None:
    need("northwind")
    for troth in example.lay("northwind", currency="USD"):
        result = troth.run()
        assert result["failures"] == []
        # 830 orders of 91 customers; 77 products; 2,155 lines.
        assert result["promises"]["subjects"] == 830
        assert result["customers"]["customers"] == 91
        assert troth.one("SELECT count(*) FROM fact_product") == 77
        assert troth.one("SELECT count(*) FROM fact_order_line") == 2155
        assert troth("receipts", "verify", "--json").json()["differences"] == []
        again = troth.run("--thorough")
        assert (again["landed"], again["decisions_written"]) == (0, 0)


def desk_counts(troth: Troth, result: Any, *, cases: int, events: int) -> None:
    assert result["failures"] == []
    assert result["priorities"]["subjects"] == cases
    assert troth.one("SELECT count(DISTINCT key) FROM fact_case") == cases
    landed, rejected = (
        sum(feed[name] for feed in result["feeds"] if feed["feed"] == "events")
        for name in ("landed", "rejected")
    )
    assert landed + rejected >= events * 0.99
    assert troth.one("SELECT count(*) FROM store_casework") == cases
    clocks = dict(troth.rows("SELECT metric, count(*) FROM store_clock GROUP BY 1"))
    assert clocks == {"first_response": cases, "resolution": cases}
    paused = troth.one("SELECT count(*) FROM store_clock WHERE pauses > 0")
    assert paused > 0


def test_a_thousand_incidents_of_a_real_desk_run_through(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = pq.read_table(need("servicenow_incidents") / "incident_event_log.parquet")
    numbers = log.column("number").to_pylist()
    chosen = set(list(dict.fromkeys(numbers))[:1000])
    few = log.filter([number in chosen for number in numbers])
    (tmp_path / "servicenow_incidents").mkdir()
    pq.write_table(few, tmp_path / "servicenow_incidents" / "incident_event_log.parquet")
    for troth in example.lay("servicenow", currency="USD"):
        monkeypatch.setenv("TROTH_DATA", str(tmp_path))
        desk_counts(troth, troth.run(), cases=1000, events=few.num_rows)
        assert troth("receipts", "verify", "--json").json()["differences"] == []


@pytest.mark.soak
def test_the_whole_log_of_a_real_desk_runs_through(example: Example) -> None:
    need("servicenow_incidents")
    for troth in example.lay("servicenow", currency="USD"):
        desk_counts(troth, troth.run(), cases=24_918, events=141_712)
