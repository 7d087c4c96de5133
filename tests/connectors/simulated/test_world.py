"""Does the simulated company behave as its declared truth says?"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import mean, quantiles
from zoneinfo import ZoneInfo

from troth.connectors.simulated import Simulated

Rows = list[dict[str, str]]
File = Callable[[str], Rows]

_HOME = ZoneInfo("Europe/Berlin")


def _erp(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M:%S").replace(tzinfo=_HOME).astimezone(UTC)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _readable(rows: File) -> Rows:
    """Orders without those whose date was made unreadable."""
    faults = {row["key"] for row in rows("truth/faults.csv") if row["feed"] == "orders"}
    return [row for row in rows("exports/erp/auftraege.csv.gz") if row["VBELN"] not in faults]


def _lead_days(orders: Rows) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in orders:
        if row["GELIEFERT_AM"]:
            days = (_erp(row["GELIEFERT_AM"]) - _erp(row["ANGELEGT_AM"])).total_seconds() / 86_400
            found[row["WERK"], row["REGION"]].append(days)
    return found


def test_no_stock_is_ever_negative_or_promised_twice(rows: File) -> None:
    counts = rows("exports/wms/stock_levels.parquet")
    assert min(int(row["on_hand"]) for row in counts) >= 0
    assert min(int(row["reserved"]) for row in counts) >= 0
    assert min(int(row["on_hand"]) - int(row["reserved"]) for row in counts) >= 0


def test_work_is_open_at_the_horizon(rows: File) -> None:
    orders = Counter(row["STATUS"] for row in rows("exports/erp/auftraege.csv.gz"))
    assert orders["O"] > 0 and orders["V"] > 0 and orders["S"] > 0
    assert orders["G"] > 0.9 * sum(orders.values())
    cases = Counter(row["status"] for row in rows("exports/desk/cases.csv"))
    assert cases.keys() & {"new", "in_progress", "waiting_on_customer"}
    assert cases.keys() >= {"resolved", "closed"}
    shipments = Counter(row["state"] for row in rows("exports/wms/shipments.parquet"))
    assert shipments["PLANNED"] > 0 and shipments["SHIPPED"] > 0
    assert any(not row["received_at"] for row in rows("exports/wms/scheduled_supply.csv"))
    assert any(not row["used"] for row in rows("exports/wms/dock_capacity.csv"))


def test_nothing_is_told_from_beyond_the_horizon(rows: File, company: Simulated) -> None:
    past = {
        "exports/crm/accounts.csv": ("CreatedDate",),
        "exports/crm/contract_history.csv": ("LastModifiedDate",),
        "exports/desk/cases.csv": ("opened_at", "resolved_at", "closed_at", "status_since"),
        "exports/desk/surveys.csv": ("asked_at", "answered_at"),
        "exports/wms/shipments.parquet": ("created_at", "shipped_at", "delivered_at"),
        "exports/wms/scheduled_supply.csv": ("ordered_at", "received_at"),
        "exports/wms/dock_capacity.csv": ("published_at",),
        "exports/wms/returns.csv": ("returned_at",),
    }
    for name, columns in past.items():
        told = [_utc(row[column]) for row in rows(name) for column in columns if row[column]]
        assert told and max(told) < company.until, name
    erp = {
        "exports/erp/auftraege.csv.gz": ("VERSANDT_AM", "GELIEFERT_AM", "STORNIERT_AM"),
        "exports/erp/rechnungspositionen.csv.gz": ("FAKTURIERT_AM", "BEZAHLT_AM"),
    }
    for name, columns in erp.items():
        told = [_erp(row[column]) for row in rows(name) for column in columns if row[column]]
        assert told and max(told) < company.until, name


def test_an_order_is_placed_shipped_and_delivered_in_that_order(rows: File) -> None:
    for row in _readable(rows):
        moments = [row["ANGELEGT_AM"], row["VERSANDT_AM"], row["GELIEFERT_AM"]]
        told = [_erp(moment) for moment in moments if moment]
        assert told == sorted(told), row
        assert not (row["STORNIERT_AM"] and row["VERSANDT_AM"])


def test_lead_times_differ_by_lane_and_have_a_tail(rows: File) -> None:
    days = _lead_days(_readable(rows))
    large = {lane: quantiles(found, n=10) for lane, found in days.items() if len(found) > 100}
    assert len(large) >= 4
    at_90 = sorted(deciles[8] for deciles in large.values())
    assert at_90[-1] > 1.3 * at_90[0]
    assert all(deciles[8] > 1.6 * deciles[4] for deciles in large.values())


def test_the_strike_holds_back_its_carrier_in_its_region_alone(
    rows: File, company: Simulated
) -> None:
    world = json.loads((company.directory / "truth/parameters.json").read_text())["world"]
    regions = {row["VBELN"]: row["REGION"] for row in rows("exports/erp/auftraege.csv.gz")}
    first = company.starts_at.timestamp() + world["strike"]["from_day"] * 86_400
    end = first + world["strike"]["days"] * 86_400
    during: Counter[tuple[str, str]] = Counter()
    for row in rows("exports/wms/shipments.parquet"):
        if row["delivered_at"] and first + 86_400 <= _utc(row["delivered_at"]).timestamp() < end:
            during[row["carrier"], regions[row["order_ref"]]] += 1
    assert during["Nordpost", "DACH"] == 0
    assert during["Kurier Blau", "DACH"] > 0
    assert during["Swiftline", "US-East"] > 0


def test_more_is_ordered_in_the_peak_and_on_working_days(rows: File) -> None:
    days = [_erp(row["ANGELEGT_AM"]) for row in _readable(rows)]
    by_month = Counter((day.year, day.month) for day in days)
    assert by_month[2025, 12] > 1.1 * mean(by_month[2025, month] for month in (8, 9, 10))
    by_weekday = Counter(day.weekday() for day in days)
    assert by_weekday[6] < 0.6 * by_weekday[1]


def test_leaving_follows_the_declared_hazard_of_lateness(rows: File, company: Simulated) -> None:
    world = json.loads((company.directory / "truth/parameters.json").read_text())["world"]
    effect = world["lateness"]["leaving_log_hazard"]
    ratios = [
        float(row["hazard_now_a_day"]) / float(row["base_hazard_a_day"])
        for row in rows("truth/customers.csv")
        if float(row["base_hazard_a_day"]) > 1e-6
    ]
    allowed = {math.exp(effect * a / b) for b in (1, 2, 3, 4) for a in range(b + 1)}
    assert all(min(abs(ratio - one) for one in allowed) < 0.02 for ratio in ratios)
    assert len({round(ratio, 1) for ratio in ratios}) > 3  # some were late more often than others


def test_some_customers_left_and_order_no_more(rows: File, company: Simulated) -> None:
    debtor_of = {
        row["true_id"]: row["key"] for row in rows("truth/identities.csv") if row["system"] == "erp"
    }
    last: dict[str, datetime] = {}
    for row in _readable(rows):
        placed = _erp(row["ANGELEGT_AM"])
        last[row["KUNNR"]] = max(placed, last.get(row["KUNNR"], placed))
    left = [row for row in rows("truth/customers.csv") if row["left_at"]]
    assert 5 < len(left) < 60
    for row in left:
        assert row["is_alive"] == "false"
        ordered = last.get(debtor_of[row["true_id"]])
        assert ordered is None or ordered <= _utc(row["left_at"])


def test_late_deliveries_make_cases_and_lower_recommendation(rows: File) -> None:
    late, on_time = set(), set()
    for row in _readable(rows):
        if row["GELIEFERT_AM"]:
            is_late = _erp(row["GELIEFERT_AM"]) > _erp(row["ZUSAGETERMIN"])
            (late if is_late else on_time).add(row["VBELN"])
    about = Counter(row["order_number"] for row in rows("exports/desk/cases.csv"))
    share_late = sum(about[number] for number in late) / len(late)
    share_on_time = sum(about[number] for number in on_time) / len(on_time)
    assert share_late > 2.5 * share_on_time
    methods = Counter(row["method"] for row in rows("exports/desk/surveys.csv"))
    assert methods["CSAT"] > 20 and methods["NPS"] > 20


def test_cases_go_through_their_states_in_order(rows: File) -> None:
    events: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows("exports/desk/case_events.csv"):
        events[row["case_number"]].append((row["at"], row["event"]))
    seen: Counter[str] = Counter()
    for row in rows("exports/desk/cases.csv"):
        story = events[row["case_number"]]
        assert story == sorted(story, key=lambda pair: pair[0])
        names = [name for _, name in story]
        seen.update(names)
        assert names[0] == "opened"
        assert story[0][0] == row["opened_at"]
        if row["first_response_at"]:
            assert ("responded" in names) and names.index("responded") > names.index("assigned")
        if row["closed_at"]:
            assert names[-1] in ("closed", "cancelled")
    assert seen.keys() >= {
        *("opened", "assigned", "responded", "waiting", "resumed"),
        *("resolved", "reopened", "closed", "cancelled", "updated"),
    }


def test_what_is_picked_stays_within_the_capacity(rows: File) -> None:
    used = [row for row in rows("exports/wms/dock_capacity.csv") if row["used"]]
    assert all(int(row["used"]) <= int(row["available"]) for row in used)
    assert any(int(row["used"]) > 0.8 * int(row["available"]) for row in used)
