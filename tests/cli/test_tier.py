"""Does `troth tier preview` say what another tier would change?"""

from __future__ import annotations

from tests.workspaces import Troth


def test_it_says_what_the_best_tier_would_change_and_changes_nothing(seen: Troth) -> None:
    customer = seen.one(
        "SELECT customer_id FROM store_casework JOIN store_customer AS c ON c.id = customer_id"
        " WHERE c.tier = 'Silver' AND severity > 1 ORDER BY opened_at DESC LIMIT 1"
    )
    before = seen.rows("SELECT * FROM store_tierassignment ORDER BY id")
    asked = ("tier", "preview", customer, "Gold", "--since", "2026-01-01")
    found = seen(*asked, "--json").json()
    assert (found["tier_before"], found["tier_after"]) == ("Silver", "Gold")
    work = found["consequences"]["work"]
    sooner = [item for item in work if item["metric"] == "resolution"]
    assert sooner
    assert all(item["due_after"] < item["due_before"] for item in sooner)
    told = seen(*asked).out
    assert "preview: nothing was changed" in told
    assert f"{found['consequences']['unchanged_work']:,} promises and clocks stay" in told
    assert seen.rows("SELECT * FROM store_tierassignment ORDER BY id") == before
    assert seen.one("SELECT tier FROM store_customer WHERE id = %s", customer) == "Silver"


def test_what_it_cannot_look_at_it_says(seen: Troth) -> None:
    customer = seen.one("SELECT id FROM store_customer ORDER BY id LIMIT 1")
    wrong = seen("tier", "preview", customer, "Golden")
    assert wrong.code == 2
    assert "Did you mean 'Gold'?" in wrong.err
    assert seen("tier", "preview", "nobody", "Gold").code == 2
    later = seen("tier", "preview", customer, "Gold", "--since", "2030-01-01")
    assert (later.code, "counts as now" in later.err) == (2, True)
