"""Is a CSV export sound text, and what are its columns?

DuckDB reads UTF-8 only, and tells little of a file that it cannot read. So each file is looked
through once: gzip is unpacked and other encodings are rewritten to a temporary file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from troth.connectors.errors import (
    ColumnTwiceError,
    EncodingWrongError,
    FileEmptyError,
    FileUnreadableError,
    GzipBrokenError,
    GzipTruncatedError,
)
from troth.connectors.mapping.shapes import Format

if TYPE_CHECKING:
    import _csv

_CHUNK = 1 << 20
_DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
csv.field_size_limit(1 << 30)


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """A CSV export that was looked through."""

    shown: str  # its name in messages
    path: Path  # UTF-8 text: the export itself, or a copy
    header: tuple[str, ...]
    delimiter: str
    quote: str
    newlines: int  # lines of the file, for telling a row's line without counting again
    has_nul: bool = False

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(line, values) of each row after the header; blank lines are no rows."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = _reader(file, self.delimiter, self.quote)
            next(reader)
            line = reader.line_num + 1
            for values in reader:
                if values:
                    yield line, values
                line = reader.line_num + 1

    def is_open_from(self, line: int) -> bool:
        """Whether the row that begins in this line opens a quotation mark and never closes it."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = _reader(islice(file, line - 1, None), self.delimiter, self.quote, strict=True)
            try:
                for _ in reader:
                    pass
            except csv.Error as wrong:
                return "unexpected end" in str(wrong)
        return False


def inspect(path: Path, *, shown: str, form: Format, copy: Path) -> TextFile:
    """Look through one export; `copy` is where a UTF-8 copy goes if one is needed.

    Raises GzipTruncatedError, GzipBrokenError, EncodingWrongError, FileEmptyError,
    ColumnTwiceError, FileUnreadableError.
    """
    is_packed = path.name.endswith(".gz")
    try:
        with _opened(path, is_packed=is_packed) as file:
            start = file.read(4)
        if not start:
            raise FileEmptyError(file=shown, what=": it has no byte, not even a header")
        encoding, mark = _encoding(start, form)
        must_copy = is_packed or encoding != "utf-8"
        with _opened(path, is_packed=is_packed) as file:
            newlines, has_nul = _look_through(
                file, shown, encoding=encoding, mark=mark, copy=copy if must_copy else None
            )
    except EOFError as wrong:
        raise GzipTruncatedError(file=shown, read=_readable(path)) from wrong
    except (gzip.BadGzipFile, zlib.error) as wrong:
        raise GzipBrokenError(file=shown, reason=str(wrong)) from wrong
    except OSError as wrong:
        raise FileUnreadableError(file=shown, reason=f"{wrong.strerror or wrong}.") from wrong
    found = _with_header(copy if must_copy else path, shown, form, newlines)
    return replace(found, has_nul=has_nul)


def _opened(path: Path, *, is_packed: bool) -> AbstractContextManager[IO[bytes]]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if is_packed else path.open("rb")


def _encoding(start: bytes, form: Format) -> tuple[str, int]:
    """(the encoding, the length of the byte order mark)."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding, len(mark)
    name = codecs.lookup(form.encoding or "utf-8").name
    return ("utf-8" if name in ("utf-8", "ascii", "utf-8-sig") else name), 0


def _look_through(
    file: IO[bytes], shown: str, *, encoding: str, mark: int, copy: Path | None
) -> tuple[int, bool]:
    """Decode it all and write the copy if wanted. (number of lines, whether a NUL stands in it)

    One in the header means that the encoding is wrong; elsewhere it is the fault of its row.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    file.read(mark)
    offset, newlines, last, has_nul = mark, 0, "\n", False
    with copy.open("wb") if copy else io.BytesIO() as target:
        while True:
            chunk = file.read(_CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as wrong:
                at = offset - pending + wrong.start
                line = newlines + 1 + wrong.object[: wrong.start].count(b"\n")
                raise _wrong(
                    shown, encoding, wrong.object, wrong.start, offset=at, line=line
                ) from wrong
            if "\0" in text:
                has_nul = True
                if newlines == 0 and "\n" not in text[: text.index("\0")]:
                    at = offset + max(0, chunk.find(b"\0"))
                    raise _wrong(shown, encoding, b"\0", 0, offset=at, line=1)
            newlines += text.count("\n")
            last = text[-1:] or last
            if copy:
                target.write(text.encode())
            offset += len(chunk)
            if not chunk:
                return newlines + (last != "\n"), has_nul


def _wrong(
    shown: str, encoding: str, found: bytes, start: int, *, offset: int, line: int
) -> EncodingWrongError:
    byte = found[start]
    if byte == 0:
        hint = (
            "No text holds a zero byte. Perhaps the file is UTF-16: say `encoding: utf-16-le` in "
            "`format`."
        )
    else:
        end = start
        while end < len(found) and end - start < 12 and found[end : end + 1] not in b"\r\n":
            end += 1
        part = found[max(0, start - 12) : end].decode("cp1252", errors="replace")
        hint = (
            f"Read as windows-1252, it says {part!r}: if that looks right, say "
            "`encoding: windows-1252` in `format`. Otherwise ask the system for UTF-8."
        )
    return EncodingWrongError(
        file=shown, line=line, encoding=encoding, byte=f"0x{byte:02x}", offset=offset, hint=hint
    )


def _readable(path: Path) -> int:
    """How many bytes of text come before a gzip stream breaks off."""
    read = 0
    try:
        with gzip.open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                read += len(chunk)
    except EOFError:
        pass
    return read


def _with_header(path: Path, shown: str, form: Format, newlines: int) -> TextFile:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        delimiter = form.delimiter or max(_DELIMITERS, key=first.count)
        file.seek(0)
        header: list[str] = next(_reader(file, delimiter, form.quote), [])
    names = tuple(name.strip() for name in header)
    if not any(names):
        raise FileEmptyError(file=shown, what=": its first line, the header, is blank")
    for name in names:
        if name and names.count(name) > 1:
            raise ColumnTwiceError(file=shown, line=1, column=name)
    # Columns without a name, as spreadsheets leave them at the end, are told by their place.
    named = tuple(name or f"column {index + 1}" for index, name in enumerate(names))
    return TextFile(
        shown=shown,
        path=path,
        header=named,
        delimiter=delimiter,
        quote=form.quote,
        newlines=newlines,
    )


def _reader(
    lines: Iterable[str], delimiter: str, quote: str, *, strict: bool = False
) -> _csv.Reader:
    if not quote:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=strict)
