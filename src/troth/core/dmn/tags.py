"""How is an element of XML written? A tree of tags, laid out as the document around it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from troth.core.dmn.errors import DmnError

# What XML 1.0 has no place for, not even as a reference (2.2, Char).
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """An element that is to be written: its text, or its children in their order."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Tag, ...] = ()
    text: str | None = None
    # An id that nothing refers to says nothing: it is written, and two tags are one without it.
    id: str | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, str] | None:
        """By what it is the same element, though all else of it changes; None: by its place."""
        found = dict(self.attributes)
        key = found.get("id") or self.id or found.get("name")
        return None if key is None else (self.name, key)


def tag(
    name: str,
    attributes: Mapping[str, str | None] | None = None,
    children: Iterable[Tag | None] = (),
    *,
    id: str | None = None,
) -> Tag:
    """A tag without the attributes and children that are None."""
    return Tag(
        name=name,
        attributes=tuple((k, v) for k, v in (attributes or {}).items() if v is not None),
        children=tuple(child for child in children if child is not None),
        id=id,
    )


def leaf(name: str, text: str) -> Tag:
    """A tag that holds a text."""
    return Tag(name=name, text=text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How a document is laid out."""

    prefix: str = ""  # with its colon, of the elements of DMN
    newline: str = "\n"  # "": all in one line
    unit: str = "  "  # one step to the right


def escaped(text: str) -> str:
    """As text between tags. Raises DmnError where XML has no place for a character."""
    found = _IMPOSSIBLE.search(text)
    if found:
        raise DmnError(
            f"a text holds the character U+{ord(found[0]):04X}, for which XML has no place. "
            "Take it out."
        )
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;")


def quoted(text: str) -> str:
    """As the value of an attribute, with its quotes. Raises DmnError as `escaped`."""
    inner = escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{inner}"'


def rendered(item: Tag, layout: Layout, indent: str = "") -> str:
    """The element; `indent` stands before each of its further lines. Raises DmnError."""
    name = layout.prefix + item.name
    attributes = [*([("id", item.id)] if item.id else []), *item.attributes]
    opened = f"<{name}" + "".join(f" {key}={quoted(value)}" for key, value in attributes)
    if item.text is not None:
        return f"{opened}>{escaped(item.text)}</{name}>"
    if not item.children:
        return f"{opened}/>"
    inner = indent + layout.unit
    before = layout.newline + inner if layout.newline else ""
    children = "".join(before + rendered(child, layout, inner) for child in item.children)
    return f"{opened}>{children}{layout.newline + indent if layout.newline else ''}</{name}>"
