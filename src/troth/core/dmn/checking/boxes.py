"""Of which type is each boxed expression, and what is wrong within it? (DMN 1.5, 10.2)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch

from troth.core.dmn import models as m
from troth.core.dmn.checking.problems import Place
from troth.core.dmn.checking.tables import table_type
from troth.core.dmn.checking.texts import Texts
from troth.core.feel.checking import kinds as k
from troth.core.feel.checking.naming import advice
from troth.core.feel.types import ANY, Type

Names = Mapping[str, Type]


def box_type(
    box: m.Boxed | None,
    names: Names,
    texts: Texts,
    place: Place,
    *,
    expects: Type | None = None,
) -> Type:
    """The type of an expression as others meet it; `expects` is what it has to fit."""
    if box is None:
        return k.NULL
    at = replace(place, line=box.line)
    declared = texts.type_of(box.type_ref, at)
    count = len(texts.problems)
    found = _typed(box, names, texts, at, declared or expects)
    is_whole = isinstance(box, m.LiteralBox | m.TableBox)
    if not is_whole and len(texts.problems) == count:
        _fit(found, declared or expects, texts, at)
    if declared is not None and expects is not None and len(texts.problems) == count:
        _fit(declared, expects, texts, at)
    return _known(declared, found)


def _known(declared: Type | None, found: Type) -> Type:
    """What is declared, or, where that says nothing, what was found."""
    is_vague = declared is None or declared.name == "Any"
    if not is_vague and declared is not None and declared.name == "function":
        return found if found.name == "function" and declared.parameters is None else declared
    return found if declared is None or is_vague else declared


def _fit(found: Type, wanted: Type | None, texts: Texts, place: Place) -> None:
    if not k.may_fit(found, wanted):
        texts.tell(
            place, f"expected {k.called(wanted or ANY)}, found {k.called(found)}; change the "
            "declared type or the expression",
        )  # fmt: skip


@singledispatch
def _typed(box: m.Boxed, names: Names, texts: Texts, place: Place, expects: Type | None) -> Type:
    raise TypeError(f"{type(box).__name__} is no boxed expression")


@_typed.register
def _literal(
    box: m.LiteralBox, names: Names, texts: Texts, place: Place, expects: Type | None
) -> Type:
    if not box.is_feel:
        texts.tell(place, "the expression is not in FEEL; write it in FEEL")
        return ANY
    return texts.check(box.text, names, place, expects=expects)


@_typed.register
def _table(box: m.TableBox, names: Names, texts: Texts, place: Place, expects: Type | None) -> Type:
    return table_type(box, names, texts, place, expects=expects)


@_typed.register
def _context(
    box: m.ContextBox, names: Names, texts: Texts, place: Place, expects: Type | None
) -> Type:
    known = dict(names)
    members: dict[str, Type] = {}
    for name, type_ref, inner in box.entries:
        at = place.within(f"entry `{name}`" if name else "result")
        declared = texts.type_of(type_ref, at)
        wanted = declared if name else expects
        found = _known(declared, box_type(inner, known, texts, at, expects=wanted))
        if name is None:
            return found
        if name in members:
            texts.tell(at, "an entry of that name stands above; give it another name")
        members[name] = known[name] = found
    return Type(name="context", members=members)


@_typed.register
def _list(box: m.ListBox, names: Names, texts: Texts, place: Place, expects: Type | None) -> Type:
    found = [
        box_type(item, names, texts, place.within(f"item {number}"))
        for number, item in enumerate(box.items, 1)
    ]
    return k.list_of(k.joined_all(found))


@_typed.register
def _relation(
    box: m.RelationBox, names: Names, texts: Texts, place: Place, expects: Type | None
) -> Type:
    rows: list[Type] = []
    for number, row in enumerate(box.rows, 1):
        if len(row) != len(box.columns):
            texts.tell(
                replace(place, row=number),
                f"expected {len(box.columns)} cells, found {len(row)}; give each column one",
            )
        cells = {}
        for column, (name, cell) in enumerate(zip(box.columns, row, strict=False), 1):
            at = replace(place, row=number, column=column)
            cells[name] = box_type(cell, names, texts, at)
        rows.append(Type(name="context", members=cells))
    return k.list_of(k.joined_all(rows))


@_typed.register
def _invocation(
    box: m.InvocationBox, names: Names, texts: Texts, place: Place, expects: Type | None
) -> Type:
    kind = box_type(box.called, names, texts, place.within("the function"))
    wanted: dict[str, Type] | None = None
    if kind.parameters is not None and kind.labels is not None:
        wanted = dict(zip(kind.labels, kind.parameters, strict=True))
    elif "function" not in k.kinds(kind):
        texts.tell(place, f"expected a function to call, found {k.called(kind)}; name one")
    given = []
    for name, inner in box.bindings:
        at = place.within(f"argument `{name}`")
        given.append(name)
        if wanted is not None and name not in wanted:
            texts.tell(at, f"the function takes no such argument; "
                           f"{advice(name, wanted, of='argument')}")  # fmt: skip
        box_type(inner, names, texts, at, expects=(wanted or {}).get(name))
    absent = [f"`{name}`" for name in wanted or () if name not in given]
    # What is named last may be left out of a call by name; then nothing is called.
    if absent:
        texts.tell(place, f"the function is called without {', '.join(absent)}; bind all of them")
    return kind.result or ANY


@_typed.register
def _function(
    box: m.FunctionBox, names: Names, texts: Texts, place: Place, expects: Type | None
) -> Type:
    if box.kind != "FEEL":
        texts.tell(place, "functions of another language are not called; write the body in FEEL")
        return k.FUNCTION
    kinds = {name: texts.type_of(ref, place.within(f"parameter `{name}`")) or ANY
             for name, ref in box.parameters}  # fmt: skip
    result = box_type(box.body, {**names, **kinds}, texts, place.within("body"))
    return Type(
        name="function", parameters=tuple(kinds.values()), labels=tuple(kinds), result=result
    )


@_typed.register
def _conditional(
    box: m.ConditionalBox, names: Names, texts: Texts, place: Place, expects: Type | None
) -> Type:
    _boolean(box.test, names, texts, place.within("if"))
    then = box_type(box.then, names, texts, place.within("then"), expects=expects)
    return k.joined(then, box_type(box.other, names, texts, place.within("else"), expects=expects))


def _boolean(
    box: m.Boxed, names: Names, texts: Texts, place: Place, *, is_open: bool = False
) -> None:
    if is_open and isinstance(box, m.LiteralBox):
        found = texts.check(box.text, names, place, is_open=True)
    else:
        found = ANY if is_open else box_type(box, names, texts, place)
    if "boolean" not in k.kinds(found) and found.name != "null":
        texts.tell(place, f"expected true or false, found {k.called(found)}; write a comparison")


@_typed.register
def _filter(
    box: m.FilterBox, names: Names, texts: Texts, place: Place, expects: Type | None
) -> Type:
    of = box_type(box.of, names, texts, place.within("in"))
    item = k.item_of(of) if of.name == "list" else of
    # Of items whose members are not known, any name may be one, and hide what is outside.
    is_open = item.name == "Any" or (item.name == "context" and item.members is None)
    hidden = dict.fromkeys(names, ANY) if is_open else {**names, **(item.members or {})}
    _boolean(box.test, {"item": item} | hidden, texts, place.within("match"), is_open=is_open)
    return k.list_of(item)


@_typed.register
def _iteration(
    box: m.IterationBox, names: Names, texts: Texts, place: Place, expects: Type | None
) -> Type:
    over = box_type(box.over, names, texts, place.within("in"))
    item = k.item_of(over) if over.name in ("list", "range") else over
    inner = {**names, "partial": k.LIST, box.variable: item}
    if box.kind == "for":
        return k.list_of(box_type(box.result, inner, texts, place.within("return")))
    _boolean(box.result, inner, texts, place.within("satisfies"))
    return k.BOOLEAN
