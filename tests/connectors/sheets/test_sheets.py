"""Does a table come back from a sheet as it went, and is each cell that is wrong told?"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.connectors.sheets import read_rows, written_rows
from troth.connectors.sheets.separated import guarded, unguarded
from troth.core.dmn import model_of, with_logic
from troth.core.dmn.checking import check_table
from troth.core.dmn.errors import DmnSheetError
from troth.core.dmn.models import HitPolicy, InputClause, OutputClause, Rule, TableBox
from troth.core.dmn.sheet_reading import table_of
from troth.core.dmn.sheets import Rows, rows_of
from troth.core.feel.types import NAMED

FORMATS = (".csv", ".xlsx")
TABLE = TableBox(
    hit_policy=HitPolicy.COLLECT,
    aggregation="SUM",
    inputs=(
        InputClause(expression="order.tier", type_ref="string", values='"A", "B"', label="Tier"),
        InputClause(expression="total", type_ref="number"),
    ),
    outputs=(OutputClause(name="discount", type_ref="number", default="0"),),
    annotations=("Why",),
    rules=(
        Rule(inputs=('"A"', "> 100"), outputs=("0.1",), annotations=("=contract()",), id="a"),
        Rule(inputs=("-", "[5..7]"), outputs=("-1 + 2",), annotations=("@home",), id="b"),
    ),
)
# What a cell may hold: also what a program for sheets could take for a formula, or for something
# of its own. XML has no place for most control characters, and CSV none for the first.
_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"],
                                exclude_characters="\ufffe\uffff") | st.just("\n"),
                 max_size=12)  # fmt: skip
_starts = st.sampled_from(["=", "+", "-", "@", "'", "''", "\t", "_x0041_", "- ", "-5", "#N/A", ""])
_cells = st.builds(str.__add__, _starts, _texts).filter(lambda text: not _is_never_meant(text))
_words = st.none() | _texts.map(str.strip).map(lambda text: text or None)
_ids = st.none() | st.text("abcxyz_", min_size=1, max_size=6)


def _is_never_meant(text: str) -> bool:
    """A date without its quotes is a sum; quotes that are bent begin no text."""
    return (text.strip()[:4].isdigit() and "-" in text) or text.startswith(tuple("“”„‟«»‘’‚"))


@st.composite
def _tables(draw: st.DrawFn) -> TableBox:
    inputs, outputs, notes = (draw(st.integers(low, 3)) for low in (0, 1, 0))
    policy = draw(st.sampled_from(HitPolicy))
    collects = policy is HitPolicy.COLLECT
    ids = draw(st.lists(_ids, max_size=5, unique_by=lambda text: text or object()))

    def cells(count: int) -> tuple[str, ...]:
        return tuple(draw(_cells) for _ in range(count))

    return TableBox(
        hit_policy=policy,
        aggregation=draw(st.sampled_from([None, "SUM", "MAX"])) if collects else None,
        type_ref=draw(st.sampled_from([None, "number"])),
        orientation="Rule-as-Column",
        inputs=tuple(
            InputClause(
                expression=draw(_words) or "x", type_ref=draw(_words), label=draw(_words),
                values=draw(_cells) or None,
            )
            for _ in range(inputs)
        ),
        outputs=tuple(
            OutputClause(
                name=draw(_words), type_ref=draw(_words), label=draw(_words),
                values=draw(_cells) or None, default=draw(_cells) or None,
            )
            for _ in range(outputs)
        ),
        annotations=tuple(draw(_words) or "" for _ in range(notes)),
        rules=tuple(
            Rule(inputs=cells(inputs), outputs=cells(outputs), annotations=cells(notes), id=id)
            for id in ids
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@given(table=_tables())
@settings(max_examples=60, deadline=None)
def test_a_table_that_was_not_changed_comes_back_the_same(name: str, table: TableBox) -> None:
    rows = read_rows(written_rows(rows_of(table), name), name)
    assert rows_of(table_of(rows).table) == _narrowed(rows_of(table), table)
    back = table_of(rows, table).table
    assert back == table
    assert [rule.id for rule in back.rules] == [rule.id for rule in table.rules]


def _narrowed(rows: Sequence[Sequence[str]], table: TableBox) -> tuple[tuple[str, ...], ...]:
    """Without the note columns at the end in which nothing stands."""
    count = len(rows[0])
    while count > 2 + len(table.inputs) + len(table.outputs) and not any(
        row[count - 1] for row in rows[2:]
    ):
        if any(table.annotations):
            break
        count -= 1
    return tuple(tuple(row[:count]) for row in rows)


@given(text=_cells)
def test_no_text_of_csv_is_a_formula_and_each_comes_back(text: str) -> None:
    written = guarded(text)
    assert unguarded(written) == text
    assert not written.startswith(("=", "+", "@", "\t"))
    assert not written.startswith("-") or written[1:].replace(".", "").strip("-").isdigit() or (
        written == "-"
    )  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_one_cell_that_was_changed_is_the_one_that_differs(name: str) -> None:
    rows = [list(row) for row in read_rows(written_rows(rows_of(TABLE), name), name)]
    rows[8][4] = "0.2"
    changed = table_of(rows, TABLE).table
    first, second = TABLE.rules
    assert changed == replace(TABLE, rules=(first, replace(second, outputs=("0.2",))))


def test_a_cell_of_a_workbook_is_a_text_and_never_a_formula() -> None:
    document = written_rows(rows_of(TABLE), ".xlsx")
    with zipfile.ZipFile(io.BytesIO(document)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "=contract()" in parts.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count('t="s"') > 20
    assert document == written_rows(rows_of(TABLE), ".xlsx")


def _typed(*cells: object, formats: Sequence[str | None] = ()) -> bytes:
    """A workbook in which somebody typed values into the first rule."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        kinds = ["output"] * len(cells)
        for row, texts in enumerate((["column", "", *kinds], ["rule", ""])):
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)
        for column, cell in enumerate(cells, 2):
            said = formats[column - 2] if column - 2 < len(formats) else None
            kind = workbook.add_format({"num_format": said}) if said else None
            if isinstance(cell, str):
                sheet.write(1, column, cell)
            else:
                sheet.write(1, column, cell, kind)
    return out.getvalue()


def test_what_was_typed_as_a_value_is_the_feel_that_means_it() -> None:
    document = _typed(
        5, 0.1, 1e21, True, dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 10, 30), dt.time(9),
        dt.timedelta(hours=30), 0.15, '"Gold"',
        formats=[None, None, None, None, "yyyy-mm-dd", "dd.mm.yyyy hh:mm", "hh:mm", "[h]:mm", "0%"],
    )  # fmt: skip
    (rule,) = table_of(read_rows(document, "a.xlsx")).table.rules
    assert rule.outputs == (
        "5", "0.1", "1000000000000000000000", "true", '@"2026-03-01"', '@"2026-03-01T10:30:00"',
        '@"09:00:00"', '@"P1DT6H"', "0.15", '"Gold"',
    )  # fmt: skip


def _told(rows: Rows | bytes, name: str = "a.xlsx") -> list[str]:
    with pytest.raises(DmnSheetError) as caught:
        table_of(read_rows(rows, name) if isinstance(rows, bytes) else rows)
    return [str(problem) for problem in caught.value.problems]


def test_each_cell_that_is_wrong_is_named() -> None:
    rows = [list(row) for row in rows_of(TABLE)]
    rows[0][1] = "UNIKE"
    rows[1][2] = "imput"
    rows[3][3] = ""
    rows[6][3] = "7"
    rows[7][4] = "2026-03-01"
    rows[8][3] = "„A“"
    rows.append(["ruel", "", "-"])
    told = _told(rows)
    cells = [line.partition(":")[0] for line in told]
    assert cells == ["A10", "B1", "C2", "D4", "D7", "E8", "D9"]
    assert told[1].startswith("B1: found 'UNIKE', expected UNIQUE, FIRST")
    assert told[5] == (
        "E8: found '2026-03-01', expected @\"2026-03-01\". Without its quotes it is a sum."
    )
    assert _told([["hit policy", "FIRST"]])[0].startswith("A2: found no row `column`")


def test_a_problem_of_the_check_is_found_in_its_cell() -> None:
    rows = [list(row) for row in rows_of(TABLE)]
    rows[8][3] = "[5..7"
    rows[5][2] = '"A", '
    sheet = table_of(rows, TABLE)
    names = {"order": NAMED["context"], "total": NAMED["number"]}
    found = [sheet.cell_of(problem.place) for problem in check_table(sheet.table, names)]
    assert {"C6", "D9"} <= set(found)
    assert check_table(TABLE, names) == ()


def test_formulas_and_errors_of_a_workbook_are_told() -> None:
    assert _told(_typed("=1+1", 5, "=NA()")) == [
        "C2: found a formula, expected a text or a value. Replace the formula with what it gives.",
        "E2: found a formula, expected a text or a value. Replace the formula with what it gives.",
    ]
    document = _changed(_typed(5), b'<c r="C2"><v>5</v></c>', b'<c r="C2" t="e"><v>#N/A</v></c>')
    assert _told(document) == [
        "C2: found the error #N/A, expected a text or a value. Mend or empty the cell."
    ]


def _changed(document: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with other bytes in its sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as parts, zipfile.ZipFile(out, "w") as changed:
        for name in parts.namelist():
            content = parts.read(name)
            assert not name.endswith("sheet1.xml") or old in content
            changed.writestr(name, content.replace(old, new))
    return out.getvalue()


def test_a_workbook_that_is_larger_than_any_table_is_refused() -> None:
    far = _changed(_typed(5), b'<c r="C2"><v>5</v></c>', b'<c r="XFD1048576"><v>5</v></c>')
    assert _told(far)[0].startswith("XFD1048576: found 1,048,576 rows of 16,384 columns")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b" " * 60_000_000)
    assert "60,000,000 bytes unpacked" in _told(bomb.getvalue())[0]
    entities = _changed(_typed(5), b"<worksheet", b"<!DOCTYPE x []><worksheet")
    assert "a declaration of types or entities" in _told(entities)[0]


def test_a_file_that_is_no_sheet_is_told() -> None:
    assert "no workbook" in _told(b"PK\x03\x04 and no more")[0]
    assert "expected UTF-8" in _told("column;ö".encode("latin-1"), "a.csv")[0]
    assert "no CSV" in _told(b'column,"in', "a.csv")[0]
    assert "ends in .csv or .xlsx" in _told(b"", "a.ods")[0]


def test_a_sheet_with_semicolons_is_read_and_its_decimal_commas_are_asked_about() -> None:
    text = "hit policy;FIRST;\r\ncolumn;;output\r\nrule;;{}\r\n"
    (rule,) = table_of(read_rows(text.format("0.5").encode(), "a.csv")).table.rules
    assert rule.outputs == ("0.5",)
    (told,) = _told(text.format("0,5").encode(), "a.csv")
    assert told.startswith("C3: found '0,5', expected 0.5 for a number, or `0, 5` with a space")


def test_a_row_that_was_copied_is_a_rule_of_its_own() -> None:
    rows = [list(row) for row in rows_of(TABLE)]
    rows.insert(8, [*rows[7][:4], "0.3", ""])
    rows.append(["", "", "-", "< 5", "0.4"])
    rows.append(["", "", "", "", ""])
    rules = table_of(rows, TABLE).table.rules
    assert [(rule.id, rule.outputs) for rule in rules] == [
        ("a", ("0.1",)), (None, ("0.3",)), ("b", ("-1 + 2",)), (None, ("0.4",)),
    ]  # fmt: skip


def test_a_model_answers_by_the_table_that_came_back() -> None:
    model = model_of(
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m"'
        ' namespace="urn:m"><inputData id="i" name="total"><variable name="total"/></inputData>'
        '<decision id="d" name="Price"><informationRequirement><requiredInput href="#i"/>'
        "</informationRequirement></decision></definitions>"
    )
    table = replace(TABLE, inputs=TABLE.inputs[1:], rules=(
        Rule(inputs=("> 100",), outputs=("1",)), Rule(inputs=("-",), outputs=("2",)),
    ))  # fmt: skip
    before = with_logic(model, "Price", table)
    rows = [list(row) for row in read_rows(written_rows(rows_of(table), "t.xlsx"), "t.xlsx")]
    rows[8][3] = "20"
    after = with_logic(before, "Price", table_of(rows, table).table)
    assert (before.evaluate("Price", {"total": 200}), after.evaluate("Price", {"total": 200})) == (
        3,
        21,
    )


@pytest.mark.parametrize(("text", "found"), [("a\ufffe", "U+FFFE"), ("b" * 32_768, "32,768")])
def test_what_a_cell_of_a_workbook_cannot_hold_is_refused_with_its_place(
    text: str, found: str
) -> None:
    rows = (("hit policy", "UNIQUE"), ("note", text))
    with pytest.raises(DmnSheetError, match=rf"B2.*{re.escape(found)}"):
        written_rows(rows, ".xlsx")
    assert read_rows(written_rows(rows, ".csv"), ".csv")[1][1] == text
