"""What can be wrong with a model, and where?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


class DmnError(ValueError):
    """A model cannot be read or asked."""

    code: ClassVar[str] = "dmn"


class DmnDocumentError(DmnError):
    """A document is no model of DMN: where, what stands there, what was expected."""

    code = "dmn.document"

    def __init__(self, *, source: str, line: int, found: str, expected: str, remedy: str) -> None:
        self.source, self.line, self.found = source, line, found
        self.expected, self.remedy = expected, remedy
        super().__init__(f"{source}, line {line}: found {found}, expected {expected}. {remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuilt, (self.source, self.line, self.found, self.expected, self.remedy))


def _rebuilt(source: str, line: int, found: str, expected: str, remedy: str) -> DmnDocumentError:
    return DmnDocumentError(source=source, line=line, found=found, expected=expected, remedy=remedy)


@dataclass(frozen=True, kw_only=True, slots=True)
class CellProblem:
    """What is wrong in one cell of a sheet, and what to do."""

    cell: str  # "B7"
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.cell}: found {self.found}, expected {self.expected}. {self.remedy}"


class DmnSheetError(DmnError):
    """A sheet is no decision table: each cell that is wrong."""

    code = "dmn.sheet"

    def __init__(self, problems: Iterable[CellProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[object, ...]:
        return (DmnSheetError, (self.problems,))


class DmnUnknownError(DmnError):
    """A model has no decision or service of that name."""

    code = "dmn.unknown"
