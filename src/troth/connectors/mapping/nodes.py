"""Where in a YAML file stands what, and is it of the shape that was expected?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from troth.connectors.errors import MappingError, MappingFault, did_you_mean

Node = yaml.Node
_NULL = "tag:yaml.org,2002:null"
_TRUE = ("true", "yes", "on")
_FALSE = ("false", "no", "off")


@dataclass
class Faults:
    """Collects what is wrong in one file, so that all of it is told at once."""

    file: str
    found: list[MappingFault] = field(default_factory=list)

    def add(self, node: Node, message: str) -> None:
        mark = node.start_mark
        self.found.append(
            MappingFault(
                file=self.file, line=mark.line + 1, column=mark.column + 1, message=message
            )
        )

    def add_line(self, line: int, message: str) -> None:
        """The same of a line whose node is gone."""
        self.found.append(MappingFault(file=self.file, line=line, column=1, message=message))

    def entries(
        self, node: Node, *, of: str, known: Iterable[str] | None = None
    ) -> dict[str, tuple[Node, Node]]:
        """Key → (key node, value node). Unknown and repeated keys are faults."""
        if not isinstance(node, yaml.MappingNode):
            self.add(node, f"{of} must be a mapping of names to values")
            return {}
        names = None if known is None else tuple(known)
        result: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if names is not None and name not in names:
                hint = did_you_mean(name, names)
                self.add(key, f"{of} has no {name!r}{hint}; it takes {', '.join(names)}")
            elif name in result:
                self.add(key, f"{of} says {name!r} twice")
            else:
                result[name] = (key, value)
        return result

    def text(self, node: Node, *, of: str) -> str:
        """A scalar as it is written; quotes taken off."""
        if isinstance(node, yaml.ScalarNode) and not is_null(node):
            return str(node.value)
        self.add(node, f"{of} must be a single value")
        return ""

    def texts(self, node: Node, *, of: str) -> tuple[str, ...]:
        """One value or a list of them."""
        if isinstance(node, yaml.SequenceNode):
            if not node.value:
                self.add(node, f"{of} is an empty list")
            return tuple(self.text(item, of=of) for item in node.value)
        return (self.text(node, of=of),)

    def words(self, node: Node, *, of: str) -> tuple[str | None, ...]:
        """Values to compare with, where null may stand among them."""
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(None if is_null(item) else self.text(item, of=of) for item in items)

    def flag(self, node: Node, *, of: str) -> bool:
        word = self.text(node, of=of).casefold()
        if word not in _TRUE + _FALSE:
            self.add(node, f"{of} must be true or false, not {word!r}")
        return word in _TRUE

    def choice(self, node: Node, known: Iterable[str], *, of: str) -> str:
        """One of the given words."""
        words = tuple(known)
        word = self.text(node, of=of)
        if word and word not in words:
            hint = did_you_mean(word, words)
            self.add(node, f"{of} cannot be {word!r}{hint}; it is one of {', '.join(words)}")
        return word


def is_null(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


def read_yaml(path: Path, *, shown: str, of: str = "the mapping") -> Node:
    """The file's root node. Raises MappingError where it is no YAML or not there."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = f"this is not YAML: {wrong.problem or wrong.context}"
        raise MappingError((_fault(shown, line, column, problem),)) from wrong
    except yaml.YAMLError as wrong:
        raise MappingError((_fault(shown, 1, 1, f"this is not YAML: {wrong}"),)) from wrong
    except UnicodeDecodeError as wrong:
        raise MappingError((_fault(shown, 1, 1, f"{of} must be UTF-8"),)) from wrong
    except OSError as wrong:
        problem = f"{of} cannot be read: {wrong.strerror}"
        raise MappingError((_fault(shown, 1, 1, problem),)) from wrong
    if root is None:
        raise MappingError((_fault(shown, 1, 1, f"{of} is empty"),))
    return root


def plain_value(node: Node, *, leave_out: frozenset[str] = frozenset()) -> Any:
    """The node as lists, dictionaries and texts, without the named keys."""
    if isinstance(node, yaml.MappingNode):
        return {
            str(key.value): plain_value(value, leave_out=leave_out)
            for key, value in node.value
            if str(key.value) not in leave_out
        }
    if isinstance(node, yaml.SequenceNode):
        return [plain_value(item, leave_out=leave_out) for item in node.value]
    return None if is_null(node) else str(node.value)


def typed_value(node: Node) -> Any:
    """The node as JSON will send it: unquoted numbers, true, false and null are such."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): typed_value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [typed_value(item) for item in node.value]
    kind, text = node.tag.rpartition(":")[2], str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return text.casefold() in ("true", "yes", "on")
    if kind == "int" and re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    return float(text) if kind == "float" and re.fullmatch(r"[-+]?\d+\.\d+", text) else text


def node_of(entries: Mapping[str, tuple[Node, Node]], name: str) -> Node | None:
    """The value that stands under a name; None where it is absent or null."""
    found = entries.get(name)
    return None if found is None or is_null(found[1]) else found[1]


def _fault(file: str, line: int, column: int, message: str) -> MappingFault:
    return MappingFault(file=file, line=line, column=column, message=message)
