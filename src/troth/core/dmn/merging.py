"""Which bytes of a document change, when it is to say something else?

Two trees of tags are compared, what the document says and what it is to say. Where they are one,
nothing is touched, so that diagrams, extensions, comments and the way of writing stay.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from troth.core.dmn.tags import Layout, Tag, escaped, quoted, rendered
from troth.core.dmn.xml import Element, end_of_tag

# (place in what it says, place in what it is to say); None where it has none there.
_Pair = tuple[int | None, int | None]

_NAME = re.compile(rb"<[^\s/>]+")
_ATTRIBUTE = re.compile(rb"\s+([^\s=/>]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_SPACE = b" \t\r\n"
_BEFORE_ALL = ("description", "extensionElements")
_ALIKE = 0.5  # the share of equal children from which on two are one that was changed


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """Bytes that give way to a text; where `start` is `end`, it is put in between."""

    start: int
    end: int
    text: str


def applied(document: bytes, edits: Iterable[Edit]) -> bytes:
    """The document after all edits; of several at one place the first comes first."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += [document[at : edit.start], edit.text.encode()]
        at = edit.end
    return b"".join([*parts, document[at:]])


def layout_of(document: bytes, root: Element) -> Layout:
    """How a document is laid out, as far as its first elements show."""
    tag = _NAME.match(document, root.start)
    prefix, colon, _ = (tag[0][1:] if tag else b"").decode().rpartition(":")
    steps = [_indent(document, child) for child in root.children]
    unit = next((step for step in steps if step), "  ")
    newline = "\r\n" if b"\r\n" in document else "\n" if b"\n" in document else ""
    return Layout(prefix=prefix + colon, newline=newline, unit=unit)


def _indent(document: bytes, element: Element) -> str | None:
    """The white space that its line begins with; None where something else does."""
    start = document.rfind(b"\n", 0, element.start) + 1
    before = document[start : element.start]
    return None if before.strip(_SPACE) or not start else before.decode()


@dataclass(frozen=True, kw_only=True)
class Merge:
    """One document, in UTF-8, and the edits that were found for it so far."""

    document: bytes
    layout: Layout
    edits: list[Edit] = field(default_factory=list)

    def element(self, element: Element, was: Tag, now: Tag) -> None:
        """Let an element, which says `was`, say `now`. Raises DmnError as `tags.escaped`."""
        if was == now:
            return
        held = _held(element, was.children)
        pairs = aligned(was.children, now.children)
        is_lost = any(
            old is not None
            and held[old] is None
            and (new is None or was.children[old] != now.children[new])
            for old, new in pairs
        )
        has_content = bool(now.children) or now.text is not None
        is_other = is_lost or was.name != now.name
        if is_other or (has_content and not self._has_end_tag(element)):
            text = rendered(now, self.layout, _indent(self.document, element) or "")
            self.edits.append(Edit(start=element.start, end=element.end, text=text))
            return
        self._attributes(element, dict(was.attributes), dict(now.attributes))
        if now.text is not None and was.text != now.text:
            start = end_of_tag(self.document, element.start)
            end = self.document.rindex(b"</", start, element.end)
            self.edits.append(Edit(start=start, end=end, text=escaped(now.text)))
        self._children(element, held, was, now, pairs)

    def _has_end_tag(self, element: Element) -> bool:
        end = end_of_tag(self.document, element.start)
        return self.document[end - 2 : end] != b"/>"

    def _attributes(self, element: Element, was: dict[str, str], now: dict[str, str]) -> None:
        name = _NAME.match(self.document, element.start)
        name_end = name.end() if name else element.start
        tag_end = end_of_tag(self.document, element.start)
        places = {
            found[1].decode(): found
            for found in _ATTRIBUTE.finditer(self.document, name_end, tag_end)
        }
        for key in dict.fromkeys((*was, *now)):
            if was.get(key) == now.get(key):
                continue
            found, value = places.get(key), quoted(now[key]) if key in now else None
            if found is None and value is not None:
                self.edits.append(Edit(start=name_end, end=name_end, text=f" {key}={value}"))
            elif found is not None:
                start, end = found.span(0 if value is None else 2)
                self.edits.append(Edit(start=start, end=end, text=value or ""))

    def _children(
        self, element: Element, held: Sequence[Element | None], was: Tag, now: Tag,
        pairs: Iterable[_Pair],
    ) -> None:  # fmt: skip
        after = next((c for c in reversed(element.children) if c.name in _BEFORE_ALL), None)
        for old, new in pairs:
            if old is None and new is not None:
                self._insert(element, after, now.children[new])
                continue
            child = None if old is None else held[old]
            if old is None or child is None:
                continue
            if new is None:
                self._remove(child)
            else:
                self.element(child, was.children[old], now.children[new])
                after = child

    def _insert(self, parent: Element, after: Element | None, tag: Tag) -> None:
        at = end_of_tag(self.document, parent.start) if after is None else after.end
        beside = after or next(iter(parent.children), None)
        if beside is not None:
            indent = _indent(self.document, beside)
        else:
            outer = _indent(self.document, parent)
            indent = None if outer is None else outer + self.layout.unit
        if indent is None:
            text = rendered(tag, replace(self.layout, newline="", unit=""))
        else:
            text = self.layout.newline + indent + rendered(tag, self.layout, indent)
        self.edits.append(Edit(start=at, end=at, text=text))

    def _remove(self, element: Element) -> None:
        start = len(self.document[: element.start].rstrip(_SPACE))
        self.edits.append(Edit(start=start, end=element.end, text=""))


def _held(element: Element, tags: Iterable[Tag]) -> list[Element | None]:
    """For each tag its element: the first of a name is the first that has it."""
    waiting: dict[str, Iterator[Element]] = {}
    by_name: defaultdict[str, list[Element]] = defaultdict(list)
    for child in element.children:
        by_name[child.name].append(child)
    found = []
    for tag in tags:
        rest = waiting.setdefault(tag.name, iter(by_name[tag.name]))
        found.append(next(rest, None))
    return found


def aligned(was: Sequence[Tag], now: Sequence[Tag]) -> list[_Pair]:
    """Which is which, in the order of `now`; what is gone stands where it was."""
    found: list[_Pair] = []
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind == "equal":
            found += zip(range(i, i_end), range(j, j_end), strict=True)
        else:
            found += _changed(was, now, range(i, i_end), range(j, j_end))
    return found


def _changed(
    was: Sequence[Tag], now: Sequence[Tag], olds: Sequence[int], news: Sequence[int]
) -> Iterator[_Pair]:
    known = _partners(was, now, olds, news)
    at = olds[0] if olds else 0
    for new in news:
        old = known.get(new)
        if old is None or old < at:  # one that moved up is written anew in its new place
            yield None, new
            continue
        for gone in range(at, old):
            yield gone, None
        yield old, new
        at = old + 1
    for gone in range(at, olds[-1] + 1 if olds else 0):
        yield gone, None


def _partners(
    was: Sequence[Tag], now: Sequence[Tag], olds: Sequence[int], news: Sequence[int]
) -> dict[int, int]:
    """For places of `now` those of `was` that became them: by key, by place or by likeness."""
    by_key = {key: old for old in olds if (key := was[old].key) is not None}
    found = {new: by_key[key] for new in news if (key := now[new].key) in by_key and key}
    old_rest = [old for old in olds if old not in found.values()]
    new_rest = [new for new in news if new not in found]
    if [was[old].name for old in old_rest] == [now[new].name for new in new_rest]:
        return found | dict(zip(new_rest, old_rest, strict=True))
    for new in new_rest:
        for place, old in enumerate(old_rest):
            if _likeness(was[old], now[new]) >= _ALIKE:
                found[new] = old
                del old_rest[: place + 1]
                break
    new_rest = [new for new in new_rest if new not in found]
    if len(old_rest) == len(new_rest) == 1:  # another kind of expression in the same place
        found[new_rest[0]] = old_rest[0]
    return found


def _likeness(one: Tag, other: Tag) -> float:
    if one.name != other.name:
        return 0
    if not one.children or not other.children:
        return 1
    same = sum(a == b for a, b in zip(one.children, other.children, strict=False))
    return same / max(len(one.children), len(other.children))
