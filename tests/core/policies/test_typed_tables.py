"""Is each cell of a typed table that is wrong marked where it stands, and no other?"""

from __future__ import annotations

import pytest

from troth.core.dmn.analysis import Kind
from troth.core.policies.kinds import kind_named
from troth.core.policies.outputs import refuse
from troth.core.policies.table_documents import read_table, table_document
from troth.core.policies.typed_tables import Looked, look, sheet_text

QUEUE = kind_named("queue")
HEADS = (
    ("hit policy", "UNIQUE"),
    ("column", "", "input", "input", "output", "note"),
    ("name", "", "severity", "category", "rank_weight", "note"),
)
SOUND = (("rule", "r1", "1", '"bug"', "10", "why"), ("rule", "r2", "2", "", "20", ""))


def any_layer(name: str, path: str) -> None:
    pass


def looked(*rules: tuple[str, ...], hit: str = "UNIQUE") -> Looked:
    rows = (("hit policy", hit), *HEADS[1:], *rules)
    return look(QUEUE, "\n".join("\t".join(row) for row in rows), is_answerable=any_layer)


def places(found: Looked) -> list[tuple[int, int]]:
    """(line, column) of the marked cells."""
    return [(mark.line, mark.column) for mark in found.cells]


def test_a_sound_table_is_read_whole_and_nothing_is_marked() -> None:
    found = looked(*SOUND)
    assert (found.cells, found.faults) == ((), ())
    assert found.document == {
        "hit": "UNIQUE",
        "inputs": ["severity", "category"],
        "outputs": ["rank_weight"],
        "rules": [
            {"id": "r1", "when": {"severity": "1", "category": '"bug"'},
             "then": {"rank_weight": "10"}, "note": "why"},
            {"id": "r2", "when": {"severity": "2", "category": ""}, "then": {"rank_weight": "20"}},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "is_refused", "words"),
    [
        (2, "<<", True, "expected"),  # no FEEL
        (2, '"x"', False, "expected a test of a number, found text"),  # not of the type
        (2, "7", False, "expected one of 1, 2, 3, 4, found 7"),  # no allowed value
        (3, "New York", True, 'Write "New York".'),  # no text of FEEL
        (3, "Gold", True, 'Write "Gold".'),
        (3, "2026-01-31", True, 'expected @"2026-01-31"'),
        (3, "“Gold”", True, "straight quotes"),
        (4, "-5", True, "expected a number of points from 0 to 1000000"),  # not of the range
        (4, '"a"', True, "expected a number of points"),
        (4, "", True, "expected an answer"),
    ],
)
def test_a_wrong_cell_is_marked_where_it_stands(
    column: int, cell: str, is_refused: bool, words: str
) -> None:
    wrong = [*SOUND[0]]
    wrong[column] = cell
    found = looked(SOUND[1], tuple(wrong))
    assert places(found) == [(4, column)]
    assert found.is_readable is not is_refused
    assert words in found.cells[0].sentence
    assert found.cells[0].place.startswith("rule 2, ")


def test_a_row_that_was_copied_gets_an_id_of_its_own() -> None:
    found = looked(SOUND[1], ("rule", "r2", "1", "", "1", ""), ("rule", "", "3", "", "1", ""))
    assert [row["id"] for row in (found.document or {})["rules"]] == ["r2", "r1", "r3"]


def test_all_wrong_cells_are_told_at_once() -> None:
    found = looked(
        ("rule", "r1", "<<", "Gold", "10", ""),
        ("rule", "r2", "2", "2026-01-31", "-1", ""),
        ("rule", "r3", "3", "", "30", ""),
    )
    assert places(found) == [(3, 2), (3, 3), (4, 3), (4, 4)]


def test_an_overlap_is_marked_on_both_rules_with_an_input_in_words() -> None:
    found = looked(("rule", "r1", "<= 2", "", "10", ""), ("rule", "r2", "2", "", "20", ""))
    (mark,) = [mark for mark in found.rows if not mark.is_hint]
    assert (mark.kind, mark.lines, mark.rules) == ("overlap", (3, 4), (1, 2))
    assert "Rules 1 and 2 both match when severity = 2" in mark.sentence
    assert found.is_readable  # it can be written down; it cannot be proposed
    first = looked(
        ("rule", "r1", "<= 2", "", "10", ""), ("rule", "r2", "2", "", "20", ""), hit="FIRST"
    )
    assert [mark.kind for mark in first.rows if not mark.is_hint] == ["masked"]


def test_a_wrong_cell_takes_its_rule_out_and_leaves_the_others_their_marks() -> None:
    wrong = ("rule", "r0", "<<", "", "5", "")
    found = looked(wrong, ("rule", "r1", "<= 2", "", "1", ""), ("rule", "r2", "2", "", "2", ""))
    (mark,) = found.rows  # and no gap, which the wrong cell may yet fill
    assert (mark.kind, mark.lines) == ("overlap", (4, 5))
    assert "Rules 2 and 3" in mark.sentence
    gaps = looked(("rule", "r1", "<= 2", "", "1", "")).rows
    assert Kind.GAP.value in [mark.kind for mark in gaps]  # the control


def test_lines_that_are_empty_are_no_rules_and_shift_no_mark() -> None:
    empty = ("rule", "", "", " ", "", "")
    found = looked(SOUND[1], ("", "", "", "", "", ""), empty, ("rule", "r1", "9", "", "1", ""))
    assert places(found) == [(6, 2)]
    assert found.cells[0].place == "rule 2, severity"


def test_a_sheet_without_rules_is_no_table() -> None:
    for text in ("", "\n", "hit policy\tUNIQUE\ncolumn\t\tinput\nname\t\tseverity\n\t\t"):
        assert look(QUEUE, text, is_answerable=any_layer) == Looked(document=None)


def test_columns_and_heads_that_are_wrong_are_told() -> None:
    twice = "column\t\tinput\tinput\toutput\nname\t\tseverity\tseverity\trank_weight"
    found = look(QUEUE, f"{twice}\nrule\tr1\t1\t2\t3", is_answerable=any_layer)
    assert found.faults == ("2 columns are called `severity`, expected one. Remove the others.",)
    assert not found.is_readable
    assert "hit: Found 'COLLECT'" in looked(*SOUND, hit="COLLECT").faults[0]
    assert "B1: found 'UNIKE'" in looked(*SOUND, hit="UNIKE").faults[0]
    unknown = (
        "hit policy\tUNIQUE\ncolumn\t\tinput\toutput\nname\t\tseverty\trank_weight\nrule\tr1\t1\t2"
    )
    assert "severity" in look(QUEUE, unknown, is_answerable=any_layer).faults[0]


def test_an_output_that_the_layer_may_not_answer_is_marked_in_its_column() -> None:
    def never(name: str, path: str) -> None:
        refuse(path, "tier:gold", "a scope in company", "Remove the column.")

    rows = "\n".join("\t".join(row) for row in (*HEADS, *SOUND))
    assert places(look(QUEUE, rows, is_answerable=never)) == [(3, 4), (4, 4)]


def test_a_table_goes_into_a_sheet_and_comes_back_the_same() -> None:
    document = {
        "hit": "PRIORITY",
        "inputs": ["severity", "category"],
        "outputs": ["rank_weight"],
        "priorities": {"rank_weight": "20, 10"},
        "rules": [
            {"id": "a", "when": {"category": '"a", "b"'}, "then": {"rank_weight": "10"}},
            {"id": "b", "when": {"severity": "[1..3)"}, "then": {"rank_weight": "20"},
             "note": '"so"\nit is'},
        ],
    }  # fmt: skip
    table, _ = read_table(QUEUE, document, path="table")
    assert table is not None
    found = look(QUEUE, sheet_text(table), is_answerable=any_layer)
    again, faults = read_table(QUEUE, found.document, path="table")
    assert faults == []
    assert again is not None
    assert table_document(again) == table_document(table)
    assert sheet_text(None) == ""
