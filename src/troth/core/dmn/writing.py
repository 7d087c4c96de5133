"""How is a model written as XML of DMN 1.5? The order of elements is that of its schema.

`write` makes a document anew. What was read from one is rewritten in place by `editing`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from troth.core.dmn import models as m
from troth.core.dmn.boxed_tags import box_tag, function_tag
from troth.core.dmn.errors import DmnError
from troth.core.dmn.reading import read_definitions
from troth.core.dmn.tags import Layout, Tag, leaf, quoted, rendered, tag

_DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write(definitions: m.Definitions) -> str:
    """A document of DMN 1.5 that says what the definitions say, and nothing else.

    What the model does not hold, such as a diagram, is not in it. Raises DmnError where XML cannot
    say it.
    """
    root = definitions_tag(definitions)
    text = rendered(root, Layout())
    opened = f"<{root.name}"
    text = f"{_DECLARED}{opened} xmlns={quoted(m.DMN)}{text.removeprefix(opened)}\n"
    return checked(text, definitions).text


def checked(text: str, definitions: m.Definitions) -> m.Definitions:
    """What a text says, if it is what the definitions say. Raises DmnError where it is not."""
    read = read_definitions(text, source=definitions.source)
    if read == definitions:
        return replace(read, encoding=definitions.encoding)
    differing = [
        node.name for key, node in definitions.nodes.items() if read.nodes.get(key) != node
    ] + [item.name for key, item in definitions.types.items() if read.types.get(key) != item]
    named = ", ".join(map(repr, differing)) or "its name, namespace or imports"
    raise DmnError(
        f"XML of DMN cannot say all of this model: {named} would be read otherwise than it is. "
        "Look for names with white space at their ends or in a row, and for ids that are empty."
    )


def definitions_tag(definitions: m.Definitions) -> Tag:
    """The root, without its namespaces."""
    return tag(
        "definitions",
        {"name": definitions.name, "namespace": definitions.namespace},
        [
            *map(_import_tag, definitions.imports),
            *(_item_tag("itemDefinition", item) for item in definitions.types.values()),
            *map(_node_tag, definitions.nodes.values()),
        ],
    )


def _import_tag(item: m.Import) -> Tag:
    return tag(
        "import",
        {"name": item.name, "namespace": item.namespace, "locationURI": item.location,
         "importType": item.kind},
    )  # fmt: skip


def _item_tag(name: str, item: m.ItemDefinition) -> Tag:
    children: list[Tag | None] = [
        leaf("typeRef", item.type_ref) if item.type_ref is not None else None,
        _tests("allowedValues", item.allowed),
        _tests("typeConstraint", item.constraint),
        *(_item_tag("itemComponent", part) for part in item.components),
    ]
    if item.function is not None:
        parameters, result = item.function
        children.append(
            tag(
                "functionItem",
                {"outputTypeRef": result},
                [tag("parameters", {"name": n, "typeRef": kind}) for n, kind in parameters],
            )
        )
    is_collection = "true" if item.is_collection else None
    return tag(name, {"name": item.name, "isCollection": is_collection}, children)


def _tests(name: str, text: str | None) -> Tag | None:
    return None if text is None else tag(name, {}, [leaf("text", text)])


def _variable_tag(variable: m.Variable) -> Tag:
    return tag("variable", {"name": variable.name, "typeRef": variable.type_ref})


def _requirement_tags(requires: tuple[m.Requirement, ...]) -> list[Tag]:
    """Information first, as the schema wants it."""
    return [
        tag(
            "knowledgeRequirement" if is_knowledge else "informationRequirement",
            {},
            [tag(required.kind.value, {"href": required.href})],
        )
        for is_knowledge in (False, True)
        for required in requires
        if (required.kind is m.Kind.KNOWLEDGE) is is_knowledge
    ]


def _references(name: str, hrefs: tuple[str, ...]) -> list[Tag]:
    return [tag(name, {"href": href}) for href in hrefs]


@singledispatch
def _node_tag(node: m.Node) -> Tag:
    raise TypeError(f"{type(node).__name__} is no node")


@_node_tag.register
def _(node: m.InputData) -> Tag:
    return tag("inputData", {"id": node.id, "name": node.name}, [_variable_tag(node.variable)])


@_node_tag.register
def _(node: m.Decision) -> Tag:
    return tag(
        "decision",
        {"id": node.id, "name": node.name},
        [
            None if node.question is None else leaf("question", node.question),
            _variable_tag(node.variable),
            *_requirement_tags(node.requires),
            None if node.logic is None else box_tag(node.logic),
        ],
    )


@_node_tag.register
def _(node: m.KnowledgeModel) -> Tag:
    return tag(
        "businessKnowledgeModel",
        {"id": node.id, "name": node.name},
        [
            _variable_tag(node.variable),
            None if node.function is None else function_tag("encapsulatedLogic", node.function),
            *_requirement_tags(node.requires),
        ],
    )


@_node_tag.register
def _(node: m.Service) -> Tag:
    return tag(
        "decisionService",
        {"id": node.id, "name": node.name},
        [
            _variable_tag(node.variable),
            *_references("outputDecision", node.outputs),
            *_references("encapsulatedDecision", node.encapsulated),
            *_references("inputDecision", node.input_decisions),
            *_references("inputData", node.input_data),
        ],
    )
