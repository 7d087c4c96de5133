"""Good expressions of any type over declared names, and faults planted in them.

Also a reader of what a part gave each time it was run, so that a finding can be held against it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from troth.core.feel import syntax as s
from troth.core.feel.builtins import FUNCTIONS
from troth.core.feel.checking import kinds as k
from troth.core.feel.civil import YearsMonths
from troth.core.feel.compiling import compiled
from troth.core.feel.evaluating import root
from troth.core.feel.parsing import parse
from troth.core.feel.running import Frame, Run
from troth.core.feel.types import Type
from troth.core.feel.values import Function, Signature, Value, incoming

LINE = Type(name="context", members={"sku": k.STRING, "unit price": k.NUMBER, "sold on": k.DATE})
NAMES: dict[str, Type] = {
    "amount": k.NUMBER, "order total": k.NUMBER, "tier": k.STRING, "region": k.STRING,
    "urgent": k.BOOLEAN, "due on": k.DATE, "placed on": k.DATE, "asked at": k.MOMENT,
    "opens": k.TIME, "delay": k.SPAN, "term": k.MONTHS, "prices": k.list_of(k.NUMBER),
    "tags": k.list_of(k.STRING), "lines": k.list_of(LINE), "first line": LINE,
}  # fmt: skip
SPELT = {name: kind for name, kind in NAMES.items() if kind.item is None and kind.members is None}


def values(dice: random.Random) -> dict[str, Any]:
    """A value of each declared type, none of them null, no list empty."""
    day = dt.date(2026, 1, 1)

    def number() -> Decimal:
        return Decimal(dice.choice(("0", "1", "2.5", "-3", "100", "7")))

    def date() -> dt.date:
        return day + dt.timedelta(days=dice.randrange(900))

    def line() -> dict[str, Any]:
        return {"sku": dice.choice("abc"), "unit price": number(), "sold on": date()}

    return {
        "amount": number(), "order total": number(), "tier": dice.choice(("gold", "")),
        "region": dice.choice(("north", "5")), "urgent": dice.random() < 0.5, "due on": date(),
        "placed on": date(), "asked at": dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC),
        "opens": dt.time(9, 30), "delay": dt.timedelta(hours=dice.randrange(-50, 50)),
        "term": YearsMonths(dice.randrange(-20, 20)),
        "prices": [number() for _ in range(dice.randrange(1, 4))],
        "tags": [dice.choice("xyz") for _ in range(dice.randrange(1, 4))],
        "lines": [line() for _ in range(dice.randrange(1, 4))], "first line": line(),
    }  # fmt: skip


# Of each type, ways to write a value of it; {type} stands for an expression of that type.
_WAYS: dict[str, tuple[str, ...]] = {
    "number": (
        "{number} + {number}", "{number} * {number}", "-{number}", "({number} - {number})",
        "string length({string})", "count({numbers})", "sum({numbers})", "{date}.year",
        "decimal({number}, 2)", "abs({number})", "first line.unit price", "{delay}.hours",
        "if {boolean} then {number} else {number}", "number(\"12.5\")", "{numbers}[1]",
        "lines[{boolean}].unit price[1]", "min({number}, {number})", "{delay} / {delay}",
        "day of year({date})", "modulo({number}, {number})", "floor({number})", "max({numbers})",
    ),
    "string": (
        "{string} + {string}", "string({number})", "upper case({string})", "first line.sku",
        "substring({string}, 1, 2)", "if {boolean} then {string} else {string}",
        "string join(tags, {string})", "lines[sku = {string}].sku[1]", "day of week({date})",
        "replace({string}, \"a\", {string})", "{context}.name", "substring before({string}, \"o\")",
    ),
    "boolean": (
        "{number} < {number}", "{string} = {string}", "{date} >= {date}", "not({boolean})",
        "{boolean} and {boolean}", "{boolean} or {boolean}",
        "{number} between {number} and {number}",
        "{number} in [{number}..{number}]", "{string} in ({string}, {string})",
        "some x in {numbers} satisfies x > {number}",
        "every x in lines satisfies x.unit price > {number}",
        "list contains({numbers}, {number})", "contains({string}, {string})", "{moment} < {moment}",
        "{delay} > {delay}", "is({number}, {string})", "{number} in (< {number}, > {number})",
        "matches({string}, \"^a\")", "starts with({string}, {string})", "{term} <= {term}",
        "{string} != null",
    ),
    "date": (
        "{date} + {term}", "{date} + {delay}", "date({moment})", "date(2026, 3, 29)",
        "if {boolean} then {date} else {date}", "first line.sold on", "max({date}, {date})",
    ),
    "moment": ("{moment} + {delay}", "date and time({date}, {time})", "{moment} - {term}"),
    "time": ("{time} + {delay}", "time({moment})"),
    "delay": ("{delay} + {delay}", "{delay} * {number}", "{date} - {date}", "-{delay}",
              "{moment} - {moment}", "{time} - {time}", "duration(\"P1DT2H\")"),
    "term": ("{term} + {term}", "{term} * {number}", "duration(\"P1Y\")",
             "years and months duration({date}, {date})"),
    "numbers": (
        "[{number}, {number}]", "for x in {numbers} return x + {number}", "lines.unit price",
        "append({numbers}, {number})", "{numbers}[item > {number}]",
        "concatenate({numbers}, {numbers})",
        "for i in 1..3 return i * {number}", "sort({numbers}, function(a, b) a < b)",
        "distinct values({numbers})", "sublist({numbers}, 1)", "reverse({numbers})",
    ),
    "context": ("{{name: {string}, size: {number}}}", "{{name: {string}, on: {date}}}"),
}  # fmt: skip
_PLAIN: dict[str, tuple[str, ...]] = {
    "number": ("amount", "order total", "5", "0.25"), "string": ("tier", "region", '"gold"'),
    "boolean": ("urgent", "true"), "date": ("due on", "placed on", '@"2026-03-29"'),
    "moment": ("asked at", '@"2026-03-29T12:00:00Z"'), "time": ("opens", '@"08:00:00"'),
    "delay": ("delay", '@"PT3H"'), "term": ("term", '@"P2M"'), "numbers": ("prices", "[1, 2]"),
    "context": ('{name: "a", size: 1}',),
}  # fmt: skip
KINDS: dict[str, Type] = {
    "number": k.NUMBER, "string": k.STRING, "boolean": k.BOOLEAN, "date": k.DATE,
    "moment": k.MOMENT, "time": k.TIME, "delay": k.SPAN, "term": k.MONTHS,
    "numbers": k.list_of(k.NUMBER), "context": k.CONTEXT,
}  # fmt: skip


def expression(dice: random.Random, kind: str, depth: int) -> str:
    """The text of a good expression of a type."""
    if depth == 0 or dice.random() < 0.2:
        return dice.choice(_PLAIN[kind])
    way = dice.choice(_WAYS[kind])
    parts, at = [], 0
    while at < len(way):
        if way.startswith(("{{", "}}"), at):
            parts.append(way[at])
            at += 2
        elif way[at] == "{":
            end = way.index("}", at)
            inner = expression(dice, way[at + 1 : end], depth - 1)
            parts.append(inner if inner.isidentifier() else f"({inner})")
            at = end + 1
        else:
            parts.append(way[at])
            at += 1
    return "".join(parts)


def read(text: str) -> s.Form:
    """The form of a text over the declared names."""
    return parse(text, (*FUNCTIONS, *NAMES), ("sku", "unit price", "sold on", "name", "size"))


def parts(form: object) -> Iterator[s.Form]:
    """All forms within a form, itself first."""
    if isinstance(form, s.Form):
        yield form
    if isinstance(form, s.Form | s.Iterator):
        for field in fields(form):
            yield from parts(getattr(form, field.name))
    elif isinstance(form, tuple):
        for item in form:
            yield from parts(item)


def changed(form: Any, part: s.Form, new: s.Form) -> Any:
    """The form with one of its parts replaced."""
    if form is part:
        return new
    if isinstance(form, tuple):
        return tuple(changed(item, part, new) for item in form)
    if isinstance(form, s.Form | s.Iterator):
        return replace(
            form, **{f.name: changed(getattr(form, f.name), part, new) for f in fields(form)}
        )
    return form


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A good form with a fault in it: of which sort, and instead of what."""

    sort: str
    form: s.Form


def planted(dice: random.Random, form: s.Form) -> Planted | None:
    """The form with a fault somewhere; None where it has no place for the sort chosen."""
    sort = dice.choice(("operand", "name", "argument"))
    found = list(parts(form))
    if sort == "name":
        names = [part for part in found if isinstance(part, s.Name) and part.name in NAMES]
        if not names:
            return None
        old = dice.choice(names)
        return Planted(sort=sort, form=changed(form, old, s.Name(old.at, f"{old.name}q")))
    if sort == "argument":
        calls = [part for part in found if isinstance(part, s.Call) and part.positional]
        if not calls:
            return None
        call = dice.choice(calls)
        return Planted(
            sort=sort, form=changed(form, call, replace(call, positional=call.positional[:-1]))
        )
    operators = [part for part in found if isinstance(part, s.Arithmetic | s.Comparison)]
    if not operators:
        return None
    operator = dice.choice(operators)
    new = s.Name(operator.at, dice.choice(("urgent", "prices", "first line")))
    is_left = dice.random() < 0.5
    wrong = replace(operator, left=new) if is_left else replace(operator, right=new)
    return Planted(sort=sort, form=changed(form, operator, wrong))


def seen(form: s.Form, part: s.Form, given: dict[str, Any]) -> list[Value]:
    """What a part of a form gave, each time that it was run over the values."""
    found: list[Value] = []

    def note(run: Run, arguments: list[Value]) -> Value:
        found.append(arguments[0])
        return arguments[0]

    signature = Signature(
        names=("value",), types=(None,), call=note, required=1, takes_null=frozenset((0,))
    )
    spy = Function(signatures=(signature,))
    watched = changed(form, part, s.Call(part.at, s.Name(part.at, "the spy"), (part,), ()))
    run_form(watched, {**incoming(given), "the spy": spy})
    return found


def run_form(form: s.Form, given: dict[str, Value]) -> Value:
    """The value of a form."""
    frame: Frame = root(Run()).inner(given)
    return compiled(form)(frame)
