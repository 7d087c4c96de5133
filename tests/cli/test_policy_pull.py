"""Does `troth policy pull` give back what is published, and keep what is not?"""

from __future__ import annotations

from pathlib import Path

from tests.workspaces import Troth

NAMES = {"lead_time.tier.yaml", "price_terms.tier.yaml"}
WRITTEN = """\
policies:
  - kind: lead_time
    scope: "tier:Gold"
    effective_from: 2026-01-01T00:00:00Z
    published_at: 2025-12-01T00:00:00Z
    reason: 'Gold: "plans" by our date, Grüße.'
    clause: "4.2"
    outputs: {service_quantile: "0.95"}
  - kind: lead_time
    scope: "tier:Gold"
    effective_from: 2100-01-01T00:00:00Z
    reason: Later, even more.
    outputs: {service_quantile: "0.99"}
  - kind: price_terms
    scope: "tier:Gold"
    effective_from: 2026-01-01T00:00:00Z
    reason: Large orders cost a little less.
    outputs: {discount_percent: "1"}
    table:
      hit: FIRST
      rules:
        - id: large
          when: {total: ">= 1000"}
          then: {discount_percent: "2.50"}
"""


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_what_is_pulled_plans_nothing_until_it_is_edited(blank: Troth) -> None:
    published = blank("policy", "apply", blank.write("gold.yaml", WRITTEN))
    assert published.code == 0, published.err
    folder = blank.directory / "pulled"
    pulled = blank("policy", "pull", str(folder))
    assert pulled.code == 0, pulled.err
    first = _files(folder)
    assert first.keys() == NAMES
    assert first["lead_time.tier.yaml"].count("kind: lead_time") == 2
    assert "Grüße" in first["lead_time.tier.yaml"]
    everything = [str(folder / name) for name in sorted(first)]
    assert "Nothing would change." in blank("policy", "plan", *everything).out
    assert "nothing has changed" in blank("policy", "pull", str(folder)).out
    assert _files(folder) == first

    path = folder / "price_terms.tier.yaml"
    edited = path.read_text("utf-8").replace("2.50", "3").replace("2026-01-01", "2100-06-01")
    path.write_text(edited, "utf-8")
    planned = blank("policy", "plan", *everything)
    assert planned.out.count("would publish") == 1
    refused = blank("policy", "pull", str(folder))
    assert (refused.code, "policy:pull:unpublished" in refused.err) == (2, True)
    assert "not published: price terms for tier Gold" in refused.err
    assert _files(folder) == first | {path.name: edited}

    assert blank("policy", "apply", str(path)).code == 0
    assert blank("policy", "pull", str(folder)).code == 0
    assert path.read_text("utf-8").count("kind: price_terms") == 2
    assert "Nothing would change." in blank("policy", "plan", *everything).out


def test_files_written_by_hand_stay_and_pulled_ones_go_when_they_are_over(blank: Troth) -> None:
    assert blank("policy", "apply", blank.write("gold.yaml", WRITTEN)).code == 0
    folder = blank.directory / "pulled"
    assert blank("policy", "pull", str(folder), "--kind", "lead_time").code == 0
    path = folder / "lead_time.tier.yaml"
    assert set(_files(folder)) == {path.name}
    stale = folder / "lead_time.region.yaml"
    stale.write_text(path.read_text("utf-8"), "utf-8")
    notes = folder / "notes.yaml"
    notes.write_text("# mine\n", "utf-8")
    done = blank("policy", "pull", str(folder))
    assert (done.code, stale.exists(), notes.exists()) == (0, False, True)
    assert f"removed {stale}" in done.out

    path.write_text("# my comment\n" + path.read_text("utf-8"), "utf-8")
    before = _files(folder)
    refused = blank("policy", "pull", str(folder))
    assert (refused.code, "written by hand" in refused.err) == (2, True)
    assert _files(folder) == before


def test_past_versions_come_with_all(blank: Troth) -> None:
    old = WRITTEN.split("  - kind: lead_time")[1]
    new = old.replace("2026-01", "2026-02").replace("2025-12", "2026-01").replace("0.95", "0.94")
    text = f"policies:\n  - kind: lead_time{old}  - kind: lead_time{new}"
    published = blank("policy", "apply", blank.write("gold.yaml", text))
    assert published.code == 0, published.err
    counts = []
    for name, options in (("some", ()), ("each", ("--all",))):
        folder = blank.directory / name
        assert blank("policy", "pull", str(folder), *options).code == 0
        counts.append(_files(folder)["lead_time.tier.yaml"].count("kind: lead_time"))
    assert counts == [1, 2]


def test_what_is_scheduled_can_be_corrected_and_applied_again_changes_nothing(
    blank: Troth,
) -> None:
    entry = WRITTEN.split("  - kind: lead_time")[2].split("  - kind: price_terms")[0]
    text = f"policies:\n  - kind: lead_time{entry}"
    for quantile, count in (("0.99", 1), ("0.98", 2)):  # the second takes the first one's place
        path = blank.write("later.yaml", text.replace("0.99", quantile))
        done = blank("policy", "apply", path)
        assert done.code == 0, done.err
        assert "Nothing has changed." in blank("policy", "apply", path).out
        assert len(blank("policy", "list", "--json").json()) == count
    now = text.replace("2100-01-01", "2026-02-01").replace("0.99", "0.95")
    assert blank("policy", "apply", blank.write("now.yaml", now)).code == 0
    dates = {
        item["number"]: item["published_at"] for item in blank("policy", "list", "--json").json()
    }
    assert all(date < "2100" for date in dates.values())
    assert dates[1] < dates[2]
