"""What is the text of a model that was changed, with all that was not changed as it stood?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar, cast

from troth.core.dmn import models as m
from troth.core.dmn.errors import DmnError, DmnUnknownError
from troth.core.dmn.evaluating import Model
from troth.core.dmn.merging import Merge, applied, layout_of
from troth.core.dmn.reading import definitions_of, read_definitions
from troth.core.dmn.tags import Tag
from troth.core.dmn.writing import checked, definitions_tag, write
from troth.core.dmn.xml import read_xml

_Asked = TypeVar("_Asked", bound=Model | m.Definitions)
# Elements that came with DMN 1.4, and the versions before it.
_NEW = frozenset({"conditional", "filter", "for", "some", "every"})
_OLD = ("20151101", "20180521", "20191111")
_FIRST = "20151101"  # DMN 1.1, whose types are names with prefixes


def text_of(asked: Model | m.Definitions) -> str:
    """The XML that says what the model says.

    Of one that was read and not changed it is the text that was read, to the character; of one
    that was changed (`dataclasses.replace`, `with_logic`) only the elements that say otherwise
    differ from it. One that was never read is written as DMN 1.5. Raises DmnError where XML, or
    the version of DMN that the document is of, cannot say it.
    """
    return _said(_definitions(asked)).text


def _said(definitions: m.Definitions) -> m.Definitions:
    """The definitions as read from the text that says them."""
    if not definitions.text:
        return read_definitions(write(definitions), source=definitions.source)
    document = definitions.text.encode()
    root = read_xml(document, source=definitions.source)
    was = definitions_of(root, source=definitions.source)
    if was == definitions:
        return definitions
    old, new = definitions_tag(was), definitions_tag(_in_order(definitions, was))
    _look_at_version(root.namespace, old, new)
    merge = Merge(document=document, layout=layout_of(document, root))
    merge.element(root, old, new)
    return checked(applied(document, merge.edits).decode(), definitions)


def bytes_of(asked: Model | m.Definitions) -> bytes:
    """`text_of` in the encoding of the document that was read: what is put into a file."""
    definitions = _definitions(asked)
    return text_of(definitions).encode(definitions.encoding, "xmlcharrefreplace")


def _definitions(asked: Model | m.Definitions) -> m.Definitions:
    return asked.definitions if isinstance(asked, Model) else asked


def _in_order(definitions: m.Definitions, was: m.Definitions) -> m.Definitions:
    """Nodes and types in the order of the document, new ones behind."""
    nodes, types = definitions.nodes, definitions.types
    return replace(
        definitions,
        nodes={key: nodes[key] for key in (*was.nodes, *nodes) if key in nodes},
        types={key: types[key] for key in (*was.types, *types) if key in types},
    )


def _look_at_version(namespace: str, old: Tag, new: Tag) -> None:
    """Raises DmnError where the document's version of DMN has no such element."""
    if _FIRST in namespace:
        raise DmnError(
            "the document is of DMN 1.1, which is read but not rewritten. Save it as DMN 1.2 or "
            "later in the tool that made it."
        )
    added = (set(_names(new)) - set(_names(old))) & _NEW
    if added and any(version in namespace for version in _OLD):
        named = ", ".join(sorted(added))
        raise DmnError(
            f"the document is of DMN 1.3 or older, which has no boxed `{named}`. Write it as a "
            "literal expression, or save the document as DMN 1.4 or later."
        )


def _names(tag: Tag) -> Iterator[str]:
    yield tag.name
    for child in tag.children:
        yield from _names(child)


def logic_of(asked: Model | m.Definitions, name: str) -> m.Boxed | None:
    """The expression of the decision or business knowledge model of that name.

    Raises DmnUnknownError.
    """
    node = _named(_definitions(asked), name)
    return node.logic if isinstance(node, m.Decision) else node.function


def with_logic(asked: _Asked, name: str, boxed: m.Boxed) -> _Asked:
    """The model with another expression in the decision or business knowledge model of that name.

    Its text is rewritten in place. Raises DmnUnknownError, and DmnError as `text_of` and where the
    logic of a business knowledge model is no function.
    """
    definitions = _definitions(asked)
    node = _named(definitions, name)
    changed: m.Node
    if isinstance(node, m.Decision):
        changed = replace(node, logic=boxed)
    elif isinstance(boxed, m.FunctionBox):
        changed = replace(node, function=boxed)
    else:
        raise DmnError(f"{name!r} is a business knowledge model, whose logic is a function.")
    now = replace(definitions, nodes={**definitions.nodes, node.id: changed})
    fresh = _said(now)  # as it was read, so that each line is the one where it stands now
    return cast(_Asked, asked.with_definitions(fresh) if isinstance(asked, Model) else fresh)


def decision_table(asked: Model | m.Definitions, name: str) -> m.TableBox:
    """The table of a decision, or of a business knowledge model's function.

    Raises DmnUnknownError, and DmnError where its logic is no table.
    """
    logic = logic_of(asked, name)
    table = logic.body if isinstance(logic, m.FunctionBox) else logic
    if not isinstance(table, m.TableBox):
        raise DmnError(
            f"the logic of {name!r} is no decision table. Name a decision whose logic is one, or "
            "change it where the model was drawn."
        )
    return table


def with_table(asked: _Asked, name: str, table: m.TableBox) -> _Asked:
    """The model with another table where `decision_table` finds one. Raises as `with_logic`."""
    logic = logic_of(asked, name)
    if isinstance(logic, m.FunctionBox):
        return with_logic(asked, name, replace(logic, body=table))
    return with_logic(asked, name, table)


def _named(definitions: m.Definitions, name: str) -> m.Decision | m.KnowledgeModel:
    known = [node for node in definitions.nodes.values()
             if isinstance(node, m.Decision | m.KnowledgeModel)]  # fmt: skip
    for node in known:
        if node.name == name:
            return node
    names = ", ".join(node.name for node in known[:20]) or "none"
    raise DmnUnknownError(f"the model has no decision {name!r}. It has: {names}.")
