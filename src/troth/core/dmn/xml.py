"""What does an XML document of DMN hold? Read safely: no entities, no DTD, nothing huge.

A document from outside may name files or unfold into gigabytes by its entities (CWE-611, CWE-776),
so a declaration of types or entities is refused, and size, depth and count are bounded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from troth.core.dmn.errors import DmnDocumentError

_LARGEST = 50_000_000  # bytes
_DEEPEST, _MOST_ELEMENTS = 100, 1_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"']")
_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """An element: its name without prefix, its namespace, and where it stands."""

    name: str
    namespace: str
    attributes: Mapping[str, str]  # names without prefix
    line: int
    start: int  # where its tag begins, in bytes of the document
    end: int  # behind its last byte
    children: tuple[Element, ...]
    text: str  # its own, without that of its children

    def get(self, name: str) -> str | None:
        """An attribute."""
        return self.attributes.get(name)

    def all(self, *names: str) -> Iterator[Element]:
        """The children of these names, in the order of the document."""
        return (child for child in self.children if child.name in names)

    def one(self, *names: str) -> Element | None:
        """The first child of these names."""
        return next(self.all(*names), None)

    def text_of(self, name: str) -> str | None:
        """The text of the first child of that name."""
        child = self.one(name)
        return None if child is None else child.text


class _Open:
    """An element whose end was not read yet."""

    __slots__ = ("attributes", "children", "line", "name", "pieces", "start")

    def __init__(self, name: str, attributes: dict[str, str], line: int, start: int) -> None:
        self.name, self.line, self.start = name, line, start
        self.attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self.children: list[Element] = []
        self.pieces: list[str] = []

    def closed(self, end: int) -> Element:
        namespace, _, local = self.name.rpartition(" ")
        return Element(
            name=local, namespace=namespace, attributes=self.attributes, line=self.line,
            start=self.start, end=end, children=tuple(self.children), text="".join(self.pieces),
        )  # fmt: skip


class _Reader:
    def __init__(self, document: bytes, source: str) -> None:
        self._document = document
        self._source = source
        self._open: list[_Open] = []
        self._count = 0
        self.root: Element | None = None
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        self.parser = parser

    def _refuse(self, *_: object) -> None:
        raise DmnDocumentError(
            source=self._source, line=self.parser.CurrentLineNumber,
            found="a declaration of types or entities", expected="plain elements",
            remedy="Remove the <!DOCTYPE …> from the document.",
        )  # fmt: skip

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        self._count += 1
        if len(self._open) >= _DEEPEST or self._count > _MOST_ELEMENTS:
            raise DmnDocumentError(
                source=self._source, line=line, found="elements too many or too deep",
                expected=f"at most {_MOST_ELEMENTS:,}, nested at most {_DEEPEST} deep",
                remedy="Split the model in several and import them.",
            )  # fmt: skip
        self._open.append(_Open(name, attributes, line, self.parser.CurrentByteIndex))

    def _end(self, name: str) -> None:
        opened = self._open.pop()
        element = opened.closed(self._end_of(opened))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element

    def _end_of(self, opened: _Open) -> int:
        """The parser stands behind `<a/>`, but before `</a>`."""
        at = self.parser.CurrentByteIndex
        if not opened.children and not opened.pieces:
            tag_end = end_of_tag(self._document, opened.start)
            if self._document[tag_end - 2 : tag_end] == b"/>":
                return tag_end
        return self._document.index(b">", at) + 1

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].pieces.append(text)


def end_of_tag(document: bytes, start: int) -> int:
    """Behind the `>` of the tag that begins there."""
    found = _TAG.match(document, start)
    if found is None:
        raise AssertionError("no tag begins there")
    return found.end()


def decoded(document: bytes, *, source: str) -> tuple[str, str]:
    """(the document's text, its encoding), by its first bytes (XML 1.0, appendix F).

    Raises DmnDocumentError.
    """
    encoding = next((name for mark, name in _MARKS if document.startswith(mark)), None)
    if encoding is None:
        declared = _DECLARED.match(document)
        encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    try:
        return document.decode(encoding), encoding
    except (UnicodeDecodeError, LookupError):
        raise DmnDocumentError(
            source=source, line=1, found=f"bytes that are no text in {encoding}",
            expected="the encoding that its first line names, or UTF-8",
            remedy="Save the model as UTF-8.",
        ) from None  # fmt: skip


def read_xml(document: bytes, *, source: str) -> Element:
    """The root of a document in UTF-8; `source` names it in errors. Raises DmnDocumentError."""
    if len(document) > _LARGEST:
        raise DmnDocumentError(
            source=source, line=0, found=f"{len(document):,} bytes",
            expected=f"at most {_LARGEST:,}", remedy="Split the model and import its parts.",
        )  # fmt: skip
    reader = _Reader(document, source)
    try:
        reader.parser.Parse(document, True)
    except expat.ExpatError as error:
        raise DmnDocumentError(
            source=source, line=error.lineno, found=expat.errors.messages[error.code],
            expected="well-formed XML", remedy="Export the model again, or mend the document.",
        ) from None  # fmt: skip
    if reader.root is None:
        raise AssertionError("a document without a root is not well-formed")
    return reader.root
