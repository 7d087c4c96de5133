"""What does an XML document of DMN hold? Read safely: no entities, no DTD, nothing huge.

A document from outside may name files or unfold into gigabytes by its entities (CWE-611, CWE-776),
so a declaration of types or entities is refused, and size, depth and count are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from troth.core.dmn.errors import DmnDocumentError

_LARGEST = 50_000_000  # bytes
_DEEPEST, _MOST_ELEMENTS = 200, 1_000_000


@dataclass(slots=True, kw_only=True)
class Element:
    """An element: its name without prefix, its namespace, and where it stands."""

    name: str
    namespace: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)

    def all(self, *names: str) -> Iterator[Element]:
        return (child for child in self.children if child.name in names)

    def one(self, *names: str) -> Element | None:
        return next(self.all(*names), None)

    def text_of(self, name: str) -> str | None:
        child = self.one(name)
        return None if child is None else child.text


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._open: list[Element] = []
        self._count = 0
        self.root: Element | None = None
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        self.parser = parser

    def _line(self) -> int:
        return self.parser.CurrentLineNumber

    def _refuse(self, *_: object) -> None:
        raise DmnDocumentError(
            source=self._source, line=self._line(), found="a declaration of types or entities",
            expected="plain elements", remedy="Remove the <!DOCTYPE …> from the document.",
        )  # fmt: skip

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _DEEPEST or self._count > _MOST_ELEMENTS:
            raise DmnDocumentError(
                source=self._source, line=self._line(), found="elements too many or too deep",
                expected=f"at most {_MOST_ELEMENTS:,}, nested at most {_DEEPEST} deep",
                remedy="Split the model in several and import them.",
            )  # fmt: skip
        namespace, _, local = name.rpartition(" ")
        element = Element(
            name=local,
            namespace=namespace,
            attributes={key.rpartition(" ")[2]: value for key, value in attributes.items()},
            line=self._line(),
        )
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].pieces.append(text)


def read_xml(document: bytes, *, source: str) -> Element:
    """The root of a document; `source` names it in errors. Raises DmnDocumentError."""
    if len(document) > _LARGEST:
        raise DmnDocumentError(
            source=source, line=0, found=f"{len(document):,} bytes",
            expected=f"at most {_LARGEST:,}", remedy="Split the model and import its parts.",
        )  # fmt: skip
    reader = _Reader(source)
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
