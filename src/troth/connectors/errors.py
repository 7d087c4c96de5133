"""What can be wrong with a mapping or with a whole export, and what is to be done about it?

The docstring of each class is its message. A fault of one row is no error: it is a `Reject`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar


class SourceError(Exception):
    """{file} cannot be read."""

    code: ClassVar[str] = "source:file:unreadable"

    def __init__(
        self, *, file: str, line: int | None = None, column: str | None = None, **found: Any
    ) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.found = found
        text = " ".join((type(self).__doc__ or "").split())
        super().__init__(text.format(file=file, line=line, column=column, **found))


class FileMissingError(SourceError):
    """No file matches {file}. Put the export there, or correct `files` in {asked_by}."""

    code = "source:file:missing"


class VariableMissingError(SourceError):
    """{file} names the environment variable {variable}, which is not set. Set it to the folder
    that holds the exports, or write the path into {asked_by}."""

    code = "source:variable:missing"


class FileUnreadableError(SourceError):
    """{file} cannot be read: {reason} Export it again, or correct `files` and `format`."""

    code = "source:file:unreadable"


class FileEmptyError(SourceError):
    """{file} holds no rows{what}. A full export without rows would withdraw everything that was
    landed. Export it again; if it may be empty, say `may_be_empty: true` in the feed."""

    code = "source:file:empty"


class ColumnMissingError(SourceError):
    """{file} has no column {column!r}, which {asked_by} asks for{hint}. It has: {present}.
    Export the column again, or correct the mapping."""

    code = "source:column:missing"


class ColumnTwiceError(SourceError):
    """{file} has the column {column!r} twice, so nobody can say which one is meant. Rename one
    of them in the export, or give the join a `prefix`."""

    code = "source:column:twice"


class EncodingWrongError(SourceError):
    """{file} is not {encoding}: byte {byte} at offset {offset}, line {line}. {hint}"""

    code = "source:encoding:wrong"


class GzipTruncatedError(SourceError):
    """{file} ends in the middle: the gzip stream is cut off after {read} bytes of text. Copy or
    export it again; nothing of it was landed."""

    code = "source:gzip:truncated"


class GzipBrokenError(SourceError):
    """{file} is not a sound gzip file: {reason}. Copy or export it again; if it is not
    compressed, say so by its name (.csv)."""

    code = "source:gzip:broken"


class QuoteOpenError(SourceError):
    """{file} opens a quotation mark in line {line} that is never closed. Correct that line, or
    say in `format` which quotation mark the file uses (`quote: ""` for none)."""

    code = "source:quote:open"


class SecretMissingError(SourceError):
    """{file}: {where} holds no secret. Put it there; it never stands in the mapping itself."""

    code = "source:secret:missing"


class DatabaseUnreachableError(SourceError):
    """{file}: the {engine} database does not answer: {reason} Check its address and the secret
    that the mapping names; nothing was landed."""

    code = "source:database:unreachable"


class QueryFailedError(SourceError):
    """{file}: the {engine} database refuses the query: {reason} Correct `query` in the mapping, or
    what the user of Troth may read there; nothing was landed."""

    code = "source:query:failed"


class WatermarkMixedError(SourceError):
    """{file}: the watermark {column!r} holds {value!r} beside values of another kind ({kind}), so
    nobody can say which is later. Name a column of one kind, or leave `watermark` out."""

    code = "source:watermark:mixed"


class ApiUnreachableError(SourceError):
    """{file}: {host} does not answer: {reason} It was asked {tries} times; nothing was landed. Run
    the sync again when it is there."""

    code = "source:api:unreachable"


class ApiBusyError(SourceError):
    """{file}: {host} answers {status} and asks to wait {seconds} seconds, longer than a sync does.
    Nothing was landed; sync again later, or make `page.size` larger so that it is asked less."""

    code = "source:api:busy"


class ApiRefusedError(SourceError):
    """{file}: {host} answers {status} to {path}: {reason} Correct the mapping, or the rights of
    the account that Troth uses there; nothing was landed."""

    code = "source:api:refused"


class ApiAnswerError(SourceError):
    """{file}: the answer of {host} to {path} cannot be used: {reason} Correct `rest` in the
    mapping; nothing was landed."""

    code = "source:api:answer"


class ApiAddressError(SourceError):
    """{file}: {reason} Troth asks only the host that `api.url` names, on the network that
    `api.network` says; nothing was landed."""

    code = "source:api:address"


class ApiMovedError(SourceError):
    """{file}: the list at {path} changed while it was read: {found} rows came, {total} were
    announced. Sync again when less is written there, or page by a cursor; nothing was landed."""

    code = "source:api:moved"


@dataclass(frozen=True, kw_only=True)
class MappingFault:
    """One thing that is wrong in a mapping, and where."""

    file: str
    line: int  # 1-based
    column: int  # 1-based
    message: str  # what was found, what was expected

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class MappingError(Exception):
    """The mapping is wrong. Correct these places and run `troth source check` again."""

    code: ClassVar[str] = "source:mapping:wrong"

    def __init__(self, faults: tuple[MappingFault, ...]) -> None:
        self.faults = faults
        self.file = faults[0].file
        self.line = faults[0].line
        self.column = faults[0].column
        super().__init__("\n".join([type(self).__doc__ or "", *map(str, faults)]))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`: did you mean …?` or nothing, for the end of a sentence about an unknown word."""
    names = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return f" (did you mean {names[close[0]]!r}?)" if close else ""
