"""How does a block of cells go to and from a program for sheets, as text?

Cells are parted by tabs, rows by line ends. A cell with one of these in it stands in quotes, with
its own quotes doubled, as Excel, LibreOffice and Google Sheets copy it. What merely begins with a
quote does not: FEEL's texts do, and they come out of those programs bare.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=[\t\n]|\Z)')
_BARE = re.compile(r"[^\t\n]*")
_NEEDS_QUOTES = ("\t", "\n", '""')


def cells_of(text: str) -> list[list[str]]:
    """The rows of a block. A line end at the very end begins no row."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    rows: list[list[str]] = [[]]
    at = 0
    while True:
        cell, at = _cell_at(text, at)
        rows[-1].append(cell)
        if at == len(text):
            return rows
        if text[at] == "\n":
            rows.append([])
        at += 1


def _cell_at(text: str, at: int) -> tuple[str, int]:
    """(the cell that begins at a place, where it ends)"""
    quoted = _QUOTED.match(text, at)
    if quoted and any(sign in quoted[1] for sign in _NEEDS_QUOTES):
        return quoted[1].replace('""', '"'), quoted.end()
    bare = _BARE.match(text, at)
    assert bare is not None
    return bare[0], bare.end()


def text_of(rows: Sequence[Sequence[str]]) -> str:
    """The block of rows, which `cells_of` reads."""
    return "\n".join("\t".join(map(_written, row)) for row in rows)


def _written(cell: str) -> str:
    if "\t" in cell or "\n" in cell or (cell.startswith('"') and _could_be_quoted(cell)):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _could_be_quoted(cell: str) -> bool:
    """Whether what follows could be taken for a part of it, or its own quotes for doubled ones."""
    return cell.count('"') % 2 == 1 or ('""' in cell and len(cell) > 2)
