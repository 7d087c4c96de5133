"""What is found about the tables of a model, wherever they stand in it?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from troth.core.dmn import models as m
from troth.core.dmn.analysis.analysing import analyse
from troth.core.dmn.analysis.columns import columns_of
from troth.core.dmn.analysis.records import Analysis, Limits
from troth.core.dmn.evaluating import Model
from troth.core.dmn.item_types import Types

# The names in scope, with the names of their types where they have some.
_Scope = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableFound:
    """A decision table of a model, and what is found about it."""

    node: str  # the decision or knowledge model
    path: tuple[str, ...]  # from there to the table: entries of contexts by their names
    box: m.TableBox
    analysis: Analysis

    def __str__(self) -> str:
        return " › ".join((self.node, *self.path))


def analyse_model(
    model: Model,
    *,
    whole: Collection[str] = (),
    limits: Limits | None = None,
    nulls: str = "named",
) -> tuple[TableFound, ...]:
    """The tables of a model in the order of its document; those of its imports are not asked.

    `whole` are the input expressions that give whole numbers alone; the rest as `analyse`.
    """
    types = _types(model)
    found = []
    for node in model.definitions.nodes.values():
        if isinstance(node, m.Decision | m.KnowledgeModel):
            logic = node.logic if isinstance(node, m.Decision) else node.function
            for path, box, scope in _tables(logic, _required(model, node.requires), ()):
                analysis = analyse(
                    box,
                    columns_of(box, types, scope, whole),
                    names=tuple(scope),
                    types=types,
                    limits=limits,
                    nulls=nulls,
                )
                found.append(TableFound(node=node.name, path=path, box=box, analysis=analysis))
    return tuple(found)


def _types(model: Model) -> Types:
    return Types(model.definitions, {name: _types(other) for name, other in model.imported.items()})


def _required(model: Model, requirements: tuple[m.Requirement, ...]) -> _Scope:
    """What a node requires; of imports the names alone."""
    scope: dict[str, str | None] = dict.fromkeys(model.imported)
    for requirement in requirements:
        namespace, _, name = requirement.href.rpartition("#")
        node = model.definitions.nodes.get(name)
        if node is not None and namespace in ("", model.definitions.namespace):
            scope[node.variable.name] = node.variable.type_ref
    return scope


_Found = Iterator[tuple[tuple[str, ...], m.TableBox, _Scope]]


def _tables(box: m.Boxed | None, scope: _Scope, path: tuple[str, ...]) -> _Found:
    """(the way to a table, the table, the names in scope there)"""
    match box:
        case m.TableBox():
            yield path, box, scope
        case m.ContextBox(entries=entries):
            known = dict(scope)
            for name, kind, inner in entries:
                yield from _tables(inner, known, (*path, name) if name else path)
                if name:
                    known[name] = kind
        case m.FunctionBox(parameters=parameters, body=body):
            yield from _tables(body, {**scope, **dict(parameters)}, path)
        case m.IterationBox(variable=variable, over=over, result=result):
            yield from _tables(over, scope, path)
            yield from _tables(result, {**scope, variable: None, "partial": None}, path)
        case m.FilterBox(of=of, test=test):
            yield from _tables(of, scope, path)
            yield from _tables(test, {**scope, "item": None}, path)
        case _:
            for inner in _parts(box):
                yield from _tables(inner, scope, path)


def _parts(box: m.Boxed | None) -> Iterator[m.Boxed | None]:
    """The expressions of a form that brings no names into scope."""
    match box:
        case m.ListBox(items=items):
            yield from items
        case m.RelationBox(rows=rows):
            for row in rows:
                yield from row
        case m.InvocationBox(called=called, bindings=bindings):
            yield called
            yield from (inner for _, inner in bindings)
        case m.ConditionalBox(test=test, then=then, other=other):
            yield from (test, then, other)
