"""Does the calendar of freezes show months and a list, take a form and a file, and end a freeze?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.actions.freezing import freeze, publish, version
from tests.console.company import customer_id

from troth.actions import freezes as actions
from troth.core.access.roles import Role
from troth.store.models import FreezeWindow, User

Reader = Callable[[Role], Client]
FORM = {
    "layer": "customer", "key": customer_id(1), "kind": "launch", "title": "Spring line",
    "reason": "They launch on the 1st.", "first_on": "2091-03-01", "last_on": "2091-03-05",
    "time_zone": "Europe/Berlin", "returns": "yearly",
}  # fmt: skip
CALENDAR = (
    "BEGIN:VCALENDAR\nX-WR-CALNAME:Year\n"
    "BEGIN:VEVENT\nUID:1\nSUMMARY:Sale\nDTSTART;VALUE=DATE:20911127\nEND:VEVENT\nEND:VCALENDAR\n"
)
IMPORT = {"layer": "company", "key": "", "kind": "season", "time_zone": "Europe/Berlin"}


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.fixture
def manager(company: None, reader: Reader) -> Client:
    return reader(Role.OPERATIONS_MANAGER)


def test_a_form_makes_a_freeze_and_its_month_shows_the_days(manager: Client) -> None:
    answer = manager.post("/freezes/add", FORM)
    row = FreezeWindow.objects.get(title="Spring line")
    assert (answer.status_code, answer["Location"]) == (302, f"/freezes/{row.pk}")
    assert (row.repeats, row.first_on, row.last_on) == (
        "FREQ=YEARLY", date(2091, 3, 1), date(2091, 3, 5),
    )  # fmt: skip
    shown = text(manager, f"/freezes?month=2091-03&layer=customer&q={customer_id(1)}")
    days = re.findall(r'class="frozen" href="[^"]*day=([0-9-]+)', shown)
    assert days == [f"2091-03-0{day}" for day in range(1, 6)]
    assert "March 2091" in shown
    assert "Spring line" in text(manager, f"/freezes/{row.pk}")
    assert "Spring line" in text(manager, f"/customers/{customer_id(1)}")


def test_a_day_narrows_the_list_to_what_holds_on_it(manager: Client) -> None:
    manager.post("/freezes/add", FORM)
    inside = text(manager, "/freezes?day=2091-03-05&state=all")
    assert 'title="Spring line"' in inside
    outside = text(manager, "/freezes?day=2091-03-06&state=all")
    assert 'title="Spring line"' not in outside
    assert "Harvest" in outside


def test_times_of_day_are_read_on_the_customers_clock(manager: Client) -> None:
    manager.post("/freezes/add", FORM | {"first_time": "18:00", "last_time": "06:00"})
    row = FreezeWindow.objects.get(title="Spring line")
    assert row.first_on is None
    assert row.starts_at.isoformat() == "2091-03-01T17:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"last_on": "2091-02-01"}, "before the first day"),
        ({"first_on": "soon"}, "write a day as"),
        ({"first_time": "18:00"}, "give both times of day"),
        ({"time_zone": "Mars"}, "is no zone"),
        ({"returns": "rule", "rule": "FREQ=DAILY"}, "it returns DAILY"),
        ({"layer": "tier", "key": "gol"}, "Nobody is in tier:gol"),
        ({"kind": "nap"}, "choose what the customer is busy with"),
    ],
)
def test_a_form_that_is_wrong_says_so_and_keeps_what_was_typed(
    manager: Client, change: dict[str, str], told: str
) -> None:
    answer = manager.post("/freezes/add", FORM | change)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert told in shown
    assert 'value="Spring line"' in shown
    assert not FreezeWindow.objects.filter(title="Spring line").exists()


def test_a_calendar_is_shown_first_and_then_imported(manager: Client) -> None:
    upload = SimpleUploadedFile("year.ics", CALENDAR.encode(), "text/calendar")
    seen = manager.post("/freezes/import", IMPORT | {"calendar": upload, "do": "preview"})
    shown = seen.content.decode()
    assert "Sale" in shown
    assert "Added" in shown
    assert not FreezeWindow.objects.filter(title="Sale").exists()
    done = manager.post("/freezes/import", IMPORT | {"text": CALENDAR, "do": "import"})
    assert done.status_code == 302
    assert FreezeWindow.objects.get(title="Sale").calendar == "Year"
    again = manager.post("/freezes/import", IMPORT | {"text": CALENDAR, "do": "preview"})
    assert "Nothing would change." in again.content.decode()


def test_a_faulty_calendar_is_told_event_by_event_with_its_line(manager: Client) -> None:
    faulty = CALENDAR.replace("SUMMARY:Sale", "SUMMARY:Sale\nRRULE:FREQ=SECONDLY")
    answer = manager.post("/freezes/import", IMPORT | {"text": faulty, "do": "import"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'side-cell">6</td>.*?RRULE.*?it returns SECONDLY', shown, re.DOTALL)
    assert not FreezeWindow.objects.filter(title="Sale").exists()


def test_the_calendar_file_holds_what_the_page_shows(manager: Client) -> None:
    answer = manager.get("/freezes.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    assert b"SUMMARY:Harvest" in answer.content


def test_an_override_and_an_end_go_by_their_forms(
    manager: Client, people: dict[Role, User]
) -> None:
    row = freeze("tier:gold", people[Role.OPERATIONS_MANAGER])
    address = f"/freezes/{row.pk}"
    short = manager.post(f"{address}/cancel", {"reason": "over"})
    assert short.status_code == 422
    assert 'value="over"' in short.content.decode()
    found = version("tier:gold")
    why = "A law asks for it by Monday."
    manager.post(f"{address}/override", {"change": found.id, "reason": why})
    publish(found, people[Role.OPERATIONS_ENGINEER])
    assert why in text(manager, f"/policies/{found.id}")
    assert found.id in text(manager, address)
    manager.post(f"{address}/cancel", {"reason": "The harvest is in."})
    assert "Ended early" in text(manager, address)


def test_whoever_may_not_manage_freezes_is_offered_no_form(company: None, reader: Reader) -> None:
    client = reader(Role.AUDITOR)
    assert "/freezes/add" not in text(client, "/freezes")
    shown = text(client, "/freezes/frz_0000000000000000")
    assert "/cancel" not in shown
    assert "/override" not in shown


def test_an_empty_calendar_says_what_would_be_here(company: None, reader: Reader) -> None:
    client = reader(Role.OPERATIONS_MANAGER)
    for row in FreezeWindow.objects.all():
        actions.cancel(
            freeze_id=row.pk, reason="It is over now.", acting_user=User.objects.get(
                username=Role.OPERATIONS_MANAGER.value
            )
        )  # fmt: skip
    assert "No freeze is planned" in text(client, "/freezes")


def test_a_thousand_freezes_come_in_pages(company: None, reader: Reader) -> None:
    author = User.objects.get(username=Role.OPERATIONS_MANAGER.value)
    start = timezone.now() + timedelta(days=1)
    FreezeWindow.objects.bulk_create(
        FreezeWindow(
            id=f"frz_{number}", layer="tier", scope="gold", kind="launch", title=f"Launch {number}",
            reason="x", time_zone="UTC", starts_at=start, ends_at=start + timedelta(days=2),
            uid=str(number), author=author, created_at=start,
        )
        for number in range(1_000)
    )  # fmt: skip
    shown = text(reader(Role.OPERATIONS_MANAGER), "/freezes")
    assert shown.count("<tr data-row>") == 50
    assert "1–50 of 1,002" in shown
    assert re.search(r'class="many"[^>]*>1,00[01]<', shown)
