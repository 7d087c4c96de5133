"""How are rows put into CSV, so that no program for sheets takes a text for a formula?

A text that begins with one of = + - @, a tab or a line end is written with an apostrophe before it,
which is what programs for sheets take for "this is a text"; and so is one that begins with an
apostrophe, so that reading takes one away and has the text again. A lone `-` and plain numbers are
no formulas and stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from troth.core.dmn.errors import CellProblem, DmnSheetError
from troth.core.dmn.sheets import Rows, cell_name

_LARGEST = 10_000_000  # bytes
_MOST_CELLS = 1_000_000
_APOSTROPHE = "'"
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", _APOSTROPHE)
_HARMLESS = re.compile(r"-|-?[0-9]+(\.[0-9]+)?")
_SEPARATORS = ",;\t"
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def guarded(text: str) -> str:
    """The text as it is written."""
    if text.startswith(_BEGINS_A_FORMULA) and not _HARMLESS.fullmatch(text):
        return _APOSTROPHE + text
    return text


def unguarded(text: str) -> str:
    """The text as it was meant."""
    return text.removeprefix(_APOSTROPHE)


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """CSV as RFC 4180 has it, in UTF-8 with a mark, by which programs for sheets know UTF-8."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [guarded(text) for text in row] for row in rows
    )
    return out.getvalue().encode("utf-8-sig")


def read(document: bytes) -> Rows:
    """The rows of CSV; of comma, semicolon and tab the one that separates the first line.

    Raises DmnSheetError.
    """
    if len(document) > _LARGEST:
        raise _wrong("the file", f"{len(document):,} bytes", f"at most {_LARGEST:,}",
                     "A decision table is smaller.")  # fmt: skip
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        raise _wrong(f"line {line}", "bytes that are no UTF-8", "UTF-8",
                     "Save the sheet as CSV UTF-8.") from None  # fmt: skip
    separator = _separator(text)
    try:
        rows = list(_rows(text, separator))
    except csv.Error as error:
        raise _wrong("the file", f"what is no CSV ({error})", "CSV with quotes that are closed",
                     "Save the sheet as CSV UTF-8 again.") from None  # fmt: skip
    if separator == ";":
        _refuse_decimal_commas(rows)
    return [[unguarded(text) for text in row] for row in rows]


def _separator(text: str) -> str:
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    return max(_SEPARATORS, key=first.count)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    count = 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
        count += len(row) + 1
        if count > _MOST_CELLS:
            raise csv.Error(f"more than {_MOST_CELLS:,} cells")
        yield row


def _refuse_decimal_commas(rows: list[list[str]]) -> None:
    """In a sheet of a country that writes 0,5 for a half, `0,5` in FEEL is 0 or 5."""
    problems = [
        CellProblem(cell=cell_name(row, column), found=repr(text),
                    expected="0.5 for a number, or `0, 5` with a space for two",
                    remedy="Write which of both is meant, or send the table as .xlsx.")
        for row, cells in enumerate(rows)
        for column, text in enumerate(cells)
        if _DECIMAL_COMMA.fullmatch(text)
    ]  # fmt: skip
    if problems:
        raise DmnSheetError(problems)


def _wrong(where: str, found: str, expected: str, remedy: str) -> DmnSheetError:
    return DmnSheetError([CellProblem(cell=where, found=found, expected=expected, remedy=remedy)])
