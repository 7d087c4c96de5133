"""How is a boxed expression written as XML? (DMN 1.5, 7.3, 8.3 and 10.2.1)"""

from __future__ import annotations

from functools import singledispatch

from troth.core.dmn import models as m
from troth.core.dmn.errors import DmnError
from troth.core.dmn.tags import Tag, leaf, tag

_TEXT = "text"


@singledispatch
def box_tag(box: m.Boxed) -> Tag:
    """The element of an expression. Raises DmnError where XML cannot say it."""
    raise TypeError(f"{type(box).__name__} is no boxed expression")


@box_tag.register
def _(box: m.LiteralBox) -> Tag:
    attributes = {"typeRef": box.type_ref, "expressionLanguage": box.language}
    return tag("literalExpression", attributes, [leaf(_TEXT, box.text)])


@box_tag.register
def _(box: m.ContextBox) -> Tag:
    entries = [
        tag(
            "contextEntry",
            {},
            [
                None if name is None else tag("variable", {"name": name, "typeRef": kind}),
                None if inner is None else box_tag(inner),
            ],
        )
        for name, kind, inner in box.entries
    ]
    return tag("context", {"typeRef": box.type_ref}, entries)


@box_tag.register
def _(box: m.ListBox) -> Tag:
    return tag("list", {"typeRef": box.type_ref}, [_item(item) for item in box.items])


@box_tag.register
def _(box: m.RelationBox) -> Tag:
    types = box.column_types or (None,) * len(box.columns)
    columns = [
        tag("column", {"name": name, "typeRef": kind})
        for name, kind in zip(box.columns, types, strict=True)
    ]
    rows = [tag("row", {}, [_item(cell) for cell in row]) for row in box.rows]
    return tag("relation", {"typeRef": box.type_ref}, [*columns, *rows])


def _item(item: m.Boxed | None) -> Tag:
    if item is None:
        raise DmnError("a list or relation has an empty place. Write `null` there.")
    return box_tag(item)


@box_tag.register
def _(box: m.InvocationBox) -> Tag:
    bindings = [
        tag(
            "binding",
            {},
            [tag("parameter", {"name": name}), None if inner is None else box_tag(inner)],
        )
        for name, inner in box.bindings
    ]
    return tag("invocation", {"typeRef": box.type_ref}, [box_tag(box.called), *bindings])


@box_tag.register
def _(box: m.FunctionBox) -> Tag:
    return function_tag("functionDefinition", box)


def function_tag(name: str, box: m.FunctionBox) -> Tag:
    """A function under the name that its place asks for."""
    return tag(
        name,
        {"typeRef": box.type_ref, "kind": None if box.kind == "FEEL" else box.kind},
        [
            *(tag("formalParameter", {"name": n, "typeRef": k}) for n, k in box.parameters),
            None if box.body is None else box_tag(box.body),
        ],
    )


@box_tag.register
def _(box: m.ConditionalBox) -> Tag:
    parts = (("if", box.test), ("then", box.then), ("else", box.other))
    return tag("conditional", {"typeRef": box.type_ref}, [_within(n, part) for n, part in parts])


@box_tag.register
def _(box: m.FilterBox) -> Tag:
    parts = [_within("in", box.of), _within("match", box.test)]
    return tag("filter", {"typeRef": box.type_ref}, parts)


@box_tag.register
def _(box: m.IterationBox) -> Tag:
    return tag(
        box.kind,
        {"typeRef": box.type_ref, "iteratorVariable": box.variable},
        [
            _within("in", box.over),
            _within("return" if box.kind == "for" else "satisfies", box.result),
        ],
    )


def _within(name: str, box: m.Boxed) -> Tag:
    return tag(name, {}, [box_tag(box)])


@box_tag.register
def _(box: m.TableBox) -> Tag:
    return tag(
        "decisionTable",
        {
            "typeRef": box.type_ref,
            "hitPolicy": box.hit_policy.value,
            "aggregation": box.aggregation,
            "preferredOrientation": box.orientation,
        },
        [
            *map(_input_tag, box.inputs),
            *map(_output_tag, box.outputs),
            *(tag("annotation", {"name": name}) for name in box.annotations),
            *map(_rule_tag, box.rules),
        ],
    )


def _input_tag(clause: m.InputClause) -> Tag:
    return tag(
        "input",
        {"label": clause.label},
        [
            tag("inputExpression", {"typeRef": clause.type_ref}, [leaf(_TEXT, clause.expression)]),
            _text("inputValues", clause.values),
        ],
    )


def _output_tag(clause: m.OutputClause) -> Tag:
    return tag(
        "output",
        {"label": clause.label, "name": clause.name, "typeRef": clause.type_ref},
        [
            _text("outputValues", clause.values),
            _text("defaultOutputEntry", clause.default),
        ],
    )


def _text(name: str, text: str | None) -> Tag | None:
    return None if text is None else tag(name, {}, [leaf(_TEXT, text)])


def _rule_tag(rule: m.Rule) -> Tag:
    cells = (
        ("inputEntry", rule.inputs),
        ("outputEntry", rule.outputs),
        ("annotationEntry", rule.annotations),
    )
    return tag(
        "rule",
        {},
        [tag(name, {}, [leaf(_TEXT, text)]) for name, texts in cells for text in texts],
        id=rule.id,
    )
