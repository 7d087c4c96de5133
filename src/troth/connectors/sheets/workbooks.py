"""How are rows put into an .xlsx workbook, and which are in one that somebody sends?

Every cell is written as a text, in a format in which what is typed stays a text, so that nothing
becomes a formula. What is typed as a number, date or boolean all the same is read as that value.
A workbook is a ZIP of XML, so its size unpacked and the extent of its sheet are looked at before
it is read (CWE-409): one cell at the far corner would be seventeen thousand million.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from troth.core.dmn.errors import CellProblem, DmnError, DmnSheetError
from troth.core.dmn.sheets import HEADS, Rows, cell_name
from troth.core.dmn.xml import Element, read_xml

_LARGEST = 10_000_000  # bytes, packed
_LARGEST_UNPACKED = 50_000_000
_MOST_PARTS = 500
_MOST_ROWS, _MOST_COLUMNS, _MOST_CELLS = 50_000, 500, 1_000_000
_LONGEST = 32_767  # characters that Excel keeps of one cell
_WIDTH, _WIDTH_OF_B = 24, 10  # characters
_NO_SIGN = re.compile("[\ufffe\uffff]")  # no characters, and the readers of workbooks differ
_NEEDED = re.compile(r"(\[Content_Types\]|_rels/.*|xl/.*)\.(xml|rels)")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
SHEET = "Table"
_NO_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with one sheet. Raises DmnSheetError where a cell cannot hold a text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": _NO_DAY})  # the same table gives the same bytes
        sheet = workbook.add_worksheet(SHEET)
        plain = workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        head = workbook.add_format(
            {"num_format": "@", "text_wrap": True, "valign": "top", "bold": True,
             "bg_color": "#E8EEF2"}
        )  # fmt: skip
        width = max((len(row) for row in rows), default=1)
        sheet.set_column(0, max(width - 1, 0), _WIDTH, plain)
        sheet.set_column(0, 1, _WIDTH_OF_B, plain)
        sheet.freeze_panes(len(HEADS), 2)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{cell_name(len(rows), width)}"})
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                _refuse_unkept(text, at, column)
                sheet.write_string(at, column, text, head if at < len(HEADS) else plain)
    return out.getvalue()


def _refuse_unkept(text: str, row: int, column: int) -> None:
    sign = _NO_SIGN.search(text)
    if sign is not None:
        raise _wrong(cell_name(row, column), f"U+{ord(sign.group()):04X}", "signs that XML has",
                     "Remove it, or export the table as .csv.")  # fmt: skip
    if len(text) > _LONGEST:
        raise _wrong(cell_name(row, column), f"{len(text):,} characters", f"at most {_LONGEST:,}",
                     "Export the table as .csv.")  # fmt: skip


def read(document: bytes) -> Rows:
    """The rows of the sheet `Table`, or else of the first, from A1 on. Raises DmnSheetError."""
    if len(document) > _LARGEST:
        raise _wrong("the file", f"{len(document):,} bytes", f"at most {_LARGEST:,}",
                     "A decision table is smaller.")  # fmt: skip
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as parts:
            _look_at_parts(parts)
            place, sheet = _table_sheet(parts)
            _look_at_cells(sheet)
            workbook = CalamineWorkbook.from_filelike(_repacked(parts))
        return workbook.get_sheet_by_index(place).to_python(skip_empty_area=False)
    except DmnSheetError:
        raise
    except (zipfile.BadZipFile, CalamineError, DmnError, LookupError, RuntimeError) as error:
        raise _wrong("the file", f"what is no workbook ({error})", "a workbook in .xlsx",
                     "Save it again as .xlsx, without a password.") from None  # fmt: skip


def _repacked(parts: zipfile.ZipFile) -> io.BytesIO:
    """The parts that hold cells, with the sizes that were looked at and no others."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as repacked:
        for name in dict.fromkeys(parts.namelist()):
            if _NEEDED.fullmatch(name):
                repacked.writestr(name, parts.read(name))
    out.seek(0)
    return out


def _look_at_parts(parts: zipfile.ZipFile) -> None:
    found = parts.infolist()
    unpacked = sum(part.file_size for part in found)
    if len(found) > _MOST_PARTS or unpacked > _LARGEST_UNPACKED:
        raise _wrong("the file", f"{len(found):,} parts of {unpacked:,} bytes unpacked",
                     f"at most {_MOST_PARTS} of {_LARGEST_UNPACKED:,}",
                     "Copy the table into a new workbook.")  # fmt: skip


def _table_sheet(parts: zipfile.ZipFile) -> tuple[int, Element]:
    """(place, XML) of the sheet called as we call ours, or else of the first.

    By the workbook's list of sheets and its relations (ISO/IEC 29500-1, 12.3.23).
    """
    listed = _part(parts, "xl/workbook.xml").one("sheets")
    sheets = [] if listed is None else list(listed.all("sheet"))
    place = next((at for at, sheet in enumerate(sheets) if sheet.get("name") == SHEET), 0)
    relations = _part(parts, "xl/_rels/workbook.xml.rels").children
    targets = {relation.get("Id"): relation.get("Target") or "" for relation in relations}
    target = targets[sheets[place].get("id")]
    path = target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return place, _part(parts, path)


def _part(parts: zipfile.ZipFile, name: str) -> Element:
    return read_xml(parts.read(name), source=name)


def _look_at_cells(sheet: Element) -> None:
    problems, rows, columns = [], 0, 0
    for row, column, cell in _cells(sheet):
        rows, columns = max(rows, row + 1), max(columns, column + 1)
        if cell.one("f") is not None:
            problems.append(_problem(cell_name(row, column), "a formula", "a text or a value",
                                     "Replace the formula with what it gives."))  # fmt: skip
        elif cell.get("t") == "e":
            problems.append(_problem(cell_name(row, column), f"the error {cell.text_of('v')}",
                                     "a text or a value", "Mend or empty the cell."))  # fmt: skip
    if rows > _MOST_ROWS or columns > _MOST_COLUMNS or rows * columns > _MOST_CELLS:
        raise _wrong(cell_name(rows - 1, columns - 1), f"{rows:,} rows of {columns:,} columns",
                     f"at most {_MOST_CELLS:,} cells in {_MOST_ROWS:,} rows",
                     "Delete the rows and columns behind the table.")  # fmt: skip
    if problems:
        raise DmnSheetError(problems)


def _cells(sheet: Element) -> Iterator[tuple[int, int, Element]]:
    """(row, column, cell) of each cell, from 0; one that does not say where it is follows on."""
    row = -1
    for part in sheet.all("sheetData"):
        for element in part.all("row"):
            said = element.get("r")
            row = int(said) - 1 if said and said.isdecimal() else row + 1
            column = -1
            for cell in element.all("c"):
                at = _REFERENCE.fullmatch(cell.get("r") or "")
                column = _column(at[1]) if at else column + 1
                yield (int(at[2]) - 1 if at else row), column, cell


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _problem(cell: str, found: str, expected: str, remedy: str) -> CellProblem:
    return CellProblem(cell=cell, found=found, expected=expected, remedy=remedy)


def _wrong(cell: str, found: str, expected: str, remedy: str) -> DmnSheetError:
    return DmnSheetError([_problem(cell, found, expected, remedy)])
