"""Which format of a sheet does the end of a file's name mean?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from troth.connectors.sheets import separated, workbooks
from troth.core.dmn.errors import CellProblem, DmnSheetError
from troth.core.dmn.sheets import Rows

# The end of a name → (bytes to rows, rows of texts to bytes). One line a format.
FORMATS: dict[
    str, tuple[Callable[[bytes], Rows], Callable[[Sequence[Sequence[str]]], bytes]]
] = {
    ".csv": (separated.read, separated.written),
    ".xlsx": (workbooks.read, workbooks.written),
}  # fmt: skip


def read_rows(document: bytes, name: str) -> Rows:
    """The rows of the sheet in a file of that name. Raises DmnSheetError."""
    return _format(name)[0](document)


def written_rows(rows: Sequence[Sequence[str]], name: str) -> bytes:
    """What is put into a file of that name. Raises DmnSheetError."""
    return _format(name)[1](rows)


def _format(
    name: str,
) -> tuple[Callable[[bytes], Rows], Callable[[Sequence[Sequence[str]]], bytes]]:
    for ending, found in FORMATS.items():
        if name.lower().endswith(ending):
            return found
    raise DmnSheetError(
        [CellProblem(cell="the file's name", found=repr(name),
                     expected=f"one that ends in {' or '.join(FORMATS)}",
                     remedy="Save the sheet in one of these formats.")]
    )  # fmt: skip
