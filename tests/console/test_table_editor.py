"""Is a table typed in a real browser as in a program for sheets: by keys, by clipboard, with marks
where something is wrong?
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.console.company import add_people
from tests.console.test_pages import browser, faults_of, serving, signed_in, watched
from tests.console.test_policy_editing import publish

from troth.core.access.roles import Role
from troth.core.dmn.clipboard import cells_of, text_of
from troth.store.models import PolicyChange, PolicyVersion, User
from troth.store.server import Server

pytestmark = pytest.mark.page

__all__ = ["browser"]  # a fixture
Editor = tuple[str, User]
_CHECKED = "#sheet-status:has-text('Checked')"
_GOOD = "#sheet-status:has-text('nothing is wrong')"


@pytest.fixture
def editor(own_database: Server, workspace: Path) -> Iterator[Editor]:
    """The application, and somebody who writes policies."""
    people = add_people()
    with serving() as origin:
        yield origin, people[Role.OPERATIONS_ENGINEER]


def opened(browser: Any, editor: Editor, *, width: int = 1440) -> Any:
    origin, user = editor
    context = signed_in(browser, origin, user, width=width, scheme="light")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
    return context


def at(page: Any, row: int, column: int) -> Any:
    """A cell; column 0 is the rule's number, then its id, then the table's own."""
    return page.locator(f'[data-row="{row}"] > *').nth(column)


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def paste(page: Any, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    press(page, "Control+v")


def saved(page: Any, editor: Editor) -> dict[str, Any]:
    """The table of the one draft, after saving."""
    page.fill("#reason", "They wait too long.")
    press(page, "Control+s")
    page.wait_for_url("**/changes/chg_*")
    row = PolicyChange.objects.get()
    table: dict[str, Any] = row.documents[0]["table"]
    assert row.state == "draft"
    assert page.url.endswith(row.pk)
    return table


def rule(name: str, when: dict[str, str], weight: str, **note: str) -> dict[str, Any]:
    return {"id": name, "when": when, "then": {"rank_weight": weight}, **note}


def test_a_block_from_a_sheet_is_pasted_mended_where_it_is_marked_and_drafted(
    browser: Any, editor: Editor
) -> None:
    version = publish()
    with watched(opened(browser, editor)) as (page, complaints):
        page.goto(f"{editor[0]}/policies/{version.pk}/edit")
        page.wait_for_selector(_GOOD)
        page.select_option("[data-add-column]", "input:category")
        at(page, 1, 1).click()
        press(page, "ArrowDown")  # below the last rule there is nothing yet
        press(page, "Control+Enter")
        # As Excel copies it: the second row overlaps, a text stands bare, a number is too large.
        paste(page, 'r3\t> 1\tbug\t30\tnew\r\nr4\t1\t"a, b"\t2000000\t\r\n')
        page.wait_for_selector("[aria-invalid=true]")
        assert page.locator("[role=row][data-row]").count() == 4
        wrong = page.locator(".sheet-cell[aria-invalid=true]")
        assert wrong.all_text_contents() == ["bug", "2000000"]
        at(page, 2, 3).click()
        assert page.inner_text("#sheet-tip") == (
            'Found bug, expected a text in double quotes. Write "bug".'
        )
        assert at(page, 2, 3).get_attribute("aria-describedby") == "sheet-tip"
        page.click("[data-do=quote]")
        at(page, 3, 4).click()
        page.keyboard.type("40")
        press(page, "Enter")
        # Each cell can be read now: what contradicts stands on the rules, with a case in words.
        page.wait_for_selector(".sheet-number[data-tone=watch]")
        assert page.locator("[aria-invalid=true]").count() == 0
        assert "Rules 2 and 3 both match when severity = 2" in at(page, 1, 6).text_content()
        assert "Rules 1 and 4 both match" in at(page, 3, 6).text_content()
        assert faults_of(page, complaints) == []
        at(page, 1, 3).click()
        page.keyboard.type('not("bug")')
        press(page, "Enter")
        at(page, 0, 3).click()
        page.keyboard.type('not("a, b")')
        press(page, "Tab")
        page.wait_for_selector(_GOOD)
        assert page.locator("[data-tone=watch]").count() == 0
        assert 'rule r2: category: any → not("bug")' in page.inner_text("#sheet-side")
        table = saved(page, editor)
        assert complaints == []
    assert table == {
        "hit": "UNIQUE",
        "inputs": ["severity", "category"],
        "outputs": ["rank_weight"],
        "rules": [
            rule("r1", {"severity": "1", "category": 'not("a, b")'}, "10", note="why"),
            rule("r2", {"severity": "> 1", "category": 'not("bug")'}, "20"),
            rule("r3", {"severity": "> 1", "category": '"bug"'}, "30", note="new"),
            rule("r4", {"severity": "1", "category": '"a, b"'}, "40"),
        ],
    }


def test_the_keyboard_alone_edits_moves_undoes_leaves_and_saves(
    browser: Any, editor: Editor
) -> None:
    version = publish()
    with watched(opened(browser, editor)) as (page, complaints):
        page.goto(f"{editor[0]}/policies/{version.pk}/edit")
        page.wait_for_selector(_CHECKED)
        page.focus("[data-do=redo]")
        press(page, "Tab")  # into the table, where it was left
        assert at(page, 0, 2).evaluate("cell => cell === document.activeElement")
        press(page, "F2", "End")
        page.keyboard.type(", 2")
        press(page, "Escape")
        assert at(page, 0, 2).text_content() == "1"  # Escape takes nothing over
        press(page, "F2", "End")
        page.keyboard.type(", 2")
        press(page, "Enter")
        page.keyboard.type("> 2")  # typing replaces
        press(page, "Tab")
        page.keyboard.type("25")
        press(page, "Enter")
        assert at(page, 0, 2).text_content() == "1, 2"
        # A rule is put in, filled by Tab, moved up, and all of it undone and done again.
        press(page, "Home", "Control+Enter")
        for text in ("r9", "4", "90"):
            page.keyboard.type(text)
            press(page, "Tab")
        press(page, "Alt+ArrowUp")
        ids = page.locator(".sheet-row[data-row] > .sheet-id")
        assert ids.all_text_contents() == ["r1", "r2", "r9", ""]
        press(page, "Alt+ArrowUp", "Control+z")
        assert ids.all_text_contents() == ["r1", "r2", "r9", ""]
        press(page, "Control+y")
        assert ids.all_text_contents() == ["r1", "r9", "r2", ""]
        # Cells and rules are emptied and removed.
        press(page, "Home", "Shift+End", "Delete")
        assert at(page, 1, 2).text_content() == ""
        press(page, "Control+Backspace")
        assert ids.all_text_contents() == ["r1", "r2", ""]
        # The page's own keys stay out of it, and Tab leaves after Escape.
        press(page, "Escape", "Tab")
        assert not page.evaluate("document.activeElement.closest('#table-sheet')")
        assert page.url.endswith("/edit")
        table = saved(page, editor)
        assert complaints == []
    assert table["rules"] == [
        rule("r1", {"severity": "1, 2"}, "10", note="why"),
        rule("r2", {"severity": "> 2"}, "25"),
    ]


def test_a_block_goes_to_a_sheet_and_comes_back_and_one_cell_fills_many(
    browser: Any, editor: Editor
) -> None:
    version = publish()
    with watched(opened(browser, editor)) as (page, complaints):
        page.goto(f"{editor[0]}/policies/{version.pk}/edit")
        page.wait_for_selector(_CHECKED)
        at(page, 0, 2).click()
        press(page, "Shift+ArrowDown", "Shift+ArrowRight", "Control+c")
        assert page.evaluate("navigator.clipboard.readText()") == "1\t10\n> 1\t20"
        press(page, "Control+x")
        assert at(page, 1, 3).text_content() == ""
        at(page, 0, 2).click()
        press(page, "Control+v")
        assert at(page, 1, 3).text_content() == "20"
        at(page, 0, 3).click()
        press(page, "Shift+ArrowDown")
        paste(page, "7")
        assert at(page, 0, 3).text_content() == at(page, 1, 3).text_content() == "7"
        # A whole sheet, as `troth policy export` writes it, takes the place of the table.
        whole = "hit policy\tFIRST\ncolumn\t\tinput\toutput\nname\t\tteam\trank_weight\n"
        paste(page, f'{whole}rule\tx1\t"north"\t3')
        assert page.locator("[data-hit]").input_value() == "FIRST"
        assert at(page, 0, 2).text_content() == '"north"'
        # The two readers of a clipboard, ours here and theirs in the browser, agree.
        blocks = ['"Gold"\t<= 2\r\n"S"\t-\r\n', '"A", "B"\t""\tx', '"one\ntwo"\t"""Gold"""',
                  'a\t\t\n\n"b', "", '"a\tb', '""x"\t"']  # fmt: skip
        both = page.evaluate(
            """async (blocks) => {
                const { cellsOf, textOf } = await import("/static/js/sheet.js");
                return blocks.map((text) => [cellsOf(text), textOf(cellsOf(text))]);
            }""",
            blocks,
        )
        assert both == [[cells_of(text), text_of(cells_of(text))] for text in blocks]
        # Of PRIORITY, the values of each output are ranked.
        page.select_option("[data-hit]", "PRIORITY")
        page.wait_for_selector("#sheet-side:has-text('priorities')")
        page.fill(".sheet-values input", "3, 2")
        page.wait_for_selector(_CHECKED)
        table = saved(page, editor)
        assert (table["hit"], table["priorities"]) == ("PRIORITY", {"rank_weight": "3, 2"})
        assert complaints == []


def test_nothing_typed_is_lost_when_leaving_when_refused_and_when_signed_out(
    browser: Any, editor: Editor
) -> None:
    version = publish()
    context = opened(browser, editor)
    with watched(context) as (page, complaints):
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        address = f"{editor[0]}/policies/{version.pk}/edit"
        page.goto(address)
        page.wait_for_selector(_CHECKED)
        at(page, 0, 3).click()
        page.keyboard.type("-8")
        press(page, "Enter")
        page.click("a.crumb")
        assert asked == ["beforeunload"]  # dismissed: the page stays, with what was typed
        assert at(page, 0, 3).text_content() == "-8"
        page.fill("#reason", "They wait.")
        page.click("#policy-form [value=save]")
        page.wait_for_selector(".notice.bad")  # refused, without being asked whether to leave
        assert asked == ["beforeunload"]
        assert at(page, 0, 3).text_content() == "-8"
        assert page.input_value("#reason") == "They wait."
        page.click("a.crumb")
        assert asked == ["beforeunload", "beforeunload"]  # still nowhere but here
        context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        at(page, 0, 3).click()
        page.keyboard.type("8")
        press(page, "Enter")
        page.wait_for_selector("#sheet-status:has-text('You were signed out.')")
        assert at(page, 0, 3).text_content() == "8"
        assert [line for line in complaints if "422" not in line] == []


def test_a_table_is_begun_on_a_phone_and_one_of_a_thousand_rules_is_edited(
    browser: Any, editor: Editor
) -> None:
    plain = publish(table=None)
    rules = [
        {"id": f"r{n}", "when": {"severity": str(1 + n % 4), "category": f'"c{n // 4}"'},
         "then": {"rank_weight": str(n)}}
        for n in range(1000)
    ]  # fmt: skip
    with watched(opened(browser, editor, width=390)) as (page, complaints):
        page.goto(f"{editor[0]}/policies/{plain.pk}/edit")
        assert page.is_visible(".sheet-empty")
        page.select_option("[data-add-column]", "input:has_order")
        page.select_option("[data-add-column]", "output:rank_weight")
        at(page, 0, 2).click()
        page.keyboard.type("true")
        press(page, "Tab")
        page.keyboard.type("50")
        press(page, "Enter")
        page.wait_for_selector("#sheet-side:has-text('rule r1')", state="attached")
        assert faults_of(page, complaints) == []
        table = saved(page, editor)
    assert table["rules"] == [rule("r1", {"has_order": "true"}, "50")]
    many = publish(2, table={"hit": "UNIQUE", "rules": rules})
    PolicyChange.objects.all().delete()
    with watched(opened(browser, editor)) as (page, complaints):
        page.goto(f"{editor[0]}/policies/{many.pk}/edit")
        page.wait_for_selector(_GOOD)
        at(page, 500, 2).click()
        page.keyboard.type("2")
        press(page, "Enter")
        page.wait_for_selector('[data-row="501"] > .sheet-number[data-tone=watch]')
        assert "Rules 501 and 502 both match" in at(page, 500, 6).text_content()
        table = saved(page, editor)
        assert complaints == []
    assert len(table["rules"]) == 1000
    assert table["rules"][500]["when"] == {"severity": "2", "category": '"c125"'}
    assert PolicyVersion.objects.count() == 2
