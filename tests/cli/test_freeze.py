"""Does `troth freeze` freeze, list, import, export and end, and does `policy apply` obey?"""

from __future__ import annotations

from tests.workspaces import Troth

POLICY = """
policies:
  - kind: lead_time
    scope: company
    effective_from: 2026-01-01T00:00:00Z
    outputs: {service_quantile: 0.9}
    reason: A test.
"""
ADD = (
    "freeze", "add", "--for", "company", "--title", "Close", "--reason", "The books are closed.",
    "--zone", "Europe/Berlin",
)  # fmt: skip


def test_a_freeze_goes_from_the_first_day_to_its_end(blank: Troth) -> None:
    wrong = blank(*ADD, "--from", "2026-12-28", "--until", "2026-12-01")
    assert (wrong.code, "lies before the first day" in wrong.err) == (2, True)
    assert "troth explain freeze.window" in wrong.err
    added = blank(*ADD, "--from", "2020-01-01", "--until", "2020-12-31", "--rule", "FREQ=YEARLY")
    assert added.code == 0, added.err
    (row,) = blank("freeze", "list", "--json").json()
    assert (row["title"], row["state"], row["repeats"]) == ("Close", "running", "FREQ=YEARLY")

    path = blank.directory / "company.yaml"
    path.write_text(POLICY)
    refused = blank("policy", "apply", str(path))
    assert refused.code == 2
    assert "within the freeze “Close”" in refused.err
    assert "troth explain policy:frozen" in refused.err

    calendar = blank.directory / "freezes.ics"
    assert blank("freeze", "export", str(calendar)).code == 0
    again = blank("freeze", "import", str(calendar), "--for", "company", "--json")
    assert [item["what"] for item in again.json()["events"]] == ["unchanged"]
    text = calendar.read_text().replace("SUMMARY:Close", "SUMMARY:Year's end")
    calendar.write_text(text)
    seen = blank("freeze", "import", str(calendar), "--for", "company", "--dry-run")
    assert "would be changed: Year's end" in seen.out

    ended = blank("freeze", "cancel", row["id"], "--reason", "The books are open again.")
    assert ended.code == 0, ended.err
    assert blank("policy", "apply", str(path)).code == 0


def test_a_calendar_that_is_none_is_refused_with_its_line(blank: Troth) -> None:
    path = blank.directory / "bad.ics"
    path.write_text("BEGIN:VCALENDAR\nnothing\n")
    found = blank("freeze", "import", str(path), "--for", "company")
    assert (found.code, "line 2: found 'nothing'" in found.err) == (2, True)
    assert blank("freeze", "import", str(path), "--for", "tier").code == 2
