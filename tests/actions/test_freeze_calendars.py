"""What becomes of the freezes when a calendar is imported, again, changed, and with a gap?"""

from __future__ import annotations

import pytest
from tests.actions.freezing import ANNA, VIP, WHY, People, add_customers, add_people

from troth.actions import freezes
from troth.actions.freeze_calendars import CalendarFaultsError, Importing, import_calendar
from troth.core.policies.freezes import FreezeKind
from troth.core.policies.scopes import parse_scope
from troth.store.models import AuditEntry, Customer, FreezeWindow, User
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import NotAllowedError, as_the_program


@pytest.fixture
def people(db: None) -> People:
    found = add_people()
    add_customers(named=found.boss)
    return found


def calendar(*events: tuple[str, str, str], name: str = "Anna's year") -> bytes:
    """Events of (UID, title, first day of three)."""
    lines = ["BEGIN:VCALENDAR", f"X-WR-CALNAME:{name}"]
    for uid, title, day in events:
        lines += [
            "BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART;VALUE=DATE:{day}",
            "DURATION:P3D", "RRULE:FREQ=YEARLY", "END:VEVENT",
        ]  # fmt: skip
    return "\n".join([*lines, "END:VCALENDAR"]).encode()


CLOSE = ("1", "Close", "20261228")
SALE = ("2", "Sale", "20261127")


def bring(
    user: User, document: bytes, scope: str = "company", *, is_preview: bool = False,
    zone: str = "Europe/Berlin",
) -> Importing:  # fmt: skip
    return import_calendar(
        document, scope=parse_scope(scope), kind=FreezeKind.SEASON, time_zone=zone, name="year.ics",
        acting_user=user, is_preview=is_preview,
    )  # fmt: skip


def test_the_same_calendar_again_changes_nothing_and_leaves_no_entry(people: People) -> None:
    first = bring(people.manager, calendar(CLOSE, SALE))
    assert [item.what for item in first.events] == ["added", "added"]
    entries = AuditEntry.objects.count()
    again = bring(people.manager, calendar(SALE, CLOSE))
    assert [item.what for item in again.events] == ["unchanged", "unchanged"]
    assert (FreezeWindow.objects.count(), AuditEntry.objects.count()) == (2, entries)


def test_a_changed_event_changes_its_freeze_and_a_vanished_one_is_told(people: People) -> None:
    bring(people.manager, calendar(CLOSE, SALE))
    found = bring(people.manager, calendar(("1", "Close of the year", "20261228")))
    (event,) = found.events
    assert (event.what, event.changed) == ("changed", ("title",))
    assert [item.title for item in found.vanished] == ["Sale"]
    assert {row.title for row in FreezeWindow.objects.filter(ended_at=None)} == {
        "Close of the year", "Sale",
    }  # fmt: skip


def test_another_calendar_of_the_same_scope_makes_nothing_vanish(people: People) -> None:
    bring(people.manager, calendar(CLOSE))
    found = bring(people.manager, calendar(SALE, name="Marketing"))
    assert found.vanished == ()


def test_a_preview_says_the_same_and_changes_nothing(people: People) -> None:
    bring(people.manager, calendar(CLOSE))
    seen = bring(people.manager, calendar(("1", "Closed", "20261228"), SALE), is_preview=True)
    assert [item.what for item in seen.events] == ["changed", "added"]
    assert [row.title for row in FreezeWindow.objects.all()] == ["Close"]


def test_what_somebody_ended_is_not_begun_again_by_its_calendar(people: People) -> None:
    bring(people.manager, calendar(CLOSE))
    row = FreezeWindow.objects.get()
    freezes.cancel(freeze_id=row.pk, reason=WHY, acting_user=people.manager)
    (event,) = bring(people.manager, calendar(("1", "Close again", "20261228"))).events
    assert event.what == "ended"
    assert FreezeWindow.objects.get().title == "Close"


def test_one_faulty_event_keeps_all_of_them_out(people: People) -> None:
    faulty = calendar(CLOSE, SALE).replace(b"SUMMARY:Sale", b"RDATE:20270101")
    with pytest.raises(CalendarFaultsError, match="line 12: VEVENT, RDATE"):
        bring(people.manager, faulty)
    assert not FreezeWindow.objects.exists()


def test_a_customers_own_zone_counts_where_nobody_names_one(people: People) -> None:
    with as_the_program():
        Customer.objects.filter(pk=ANNA).update(time_zone="Asia/Tokyo")
    bring(people.manager, calendar(CLOSE), f"customer:{ANNA}", zone="")
    assert FreezeWindow.objects.get().time_zone == "Asia/Tokyo"


def test_an_event_of_a_customer_whom_somebody_may_not_see_stands_in_nobodys_way(
    people: People,
) -> None:
    bring(people.boss, calendar(CLOSE), f"customer:{VIP}")
    assert bring(people.manager, calendar(CLOSE), f"customer:{ANNA}").events[0].what == "added"
    with pytest.raises(NotFoundError):
        bring(people.manager, calendar(CLOSE), f"customer:{VIP}")
    with pytest.raises(NotAllowedError):
        bring(people.maker, calendar(CLOSE))


def test_the_log_says_nothing_of_what_stands_in_a_customers_calendar(people: People) -> None:
    bring(people.boss, calendar(CLOSE, name="Merger with Initech"), f"customer:{VIP}")
    entry = AuditEntry.objects.filter(action="freeze:calendar:imported").get()
    assert "Initech" not in entry.envelope
    assert "Close" not in entry.envelope
