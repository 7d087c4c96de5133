"""Over what do `for`, `some`, `every` and filters go, and of which type is what they give?"""

from __future__ import annotations

from troth.core.feel import syntax as s
from troth.core.feel.checking import kinds as k
from troth.core.feel.checking.findings import Effect
from troth.core.feel.checking.forms import number_of, typed, wants_boolean
from troth.core.feel.checking.scopes import Scope
from troth.core.feel.comparing import order
from troth.core.feel.types import ANY, Type

_COUNTED = frozenset(("number", "date"))


def _axes(iterators: tuple[s.Iterator, ...], form: s.Form, scope: Scope) -> Scope:
    """The scope in which each iterator has its item."""
    for axis in iterators:
        item = _item(axis, form, scope)
        scope = scope.inner({axis.name: item})
    return scope


def _item(axis: s.Iterator, form: s.Form, scope: Scope) -> Type:
    over = typed(axis.over, scope)
    if axis.to is not None:
        return _counted(axis, over, typed(axis.to, scope), form, scope)
    if over.name == "null":
        return _not_gone_through(axis.over, form, over, scope)
    if over.name == "list":
        return k.item_of(over)
    if over.name != "range":
        return ANY if over.name == "Any" else over
    if isinstance(axis.over, s.RangeOf):
        ends = axis.over.start, axis.over.end
        values = [end.value if isinstance(end, s.Literal) else None for end in ends]
        if None not in values and order(*values) == 1:
            return scope.tell(
                form, Effect.NULL, found="a range that ends before it starts",
                expected="a range to go through",
                remedy="write the smaller bound first, or `a..b` without brackets to count down",
            )  # fmt: skip
    kind = k.item_of(over)
    return kind if k.kinds(kind) & _COUNTED else _not_gone_through(axis.over, form, over, scope)


def _counted(axis: s.Iterator, start: Type, end: Type, form: s.Form, scope: Scope) -> Type:
    both = k.kinds(start) & k.kinds(end) & _COUNTED
    if not both:
        return scope.tell(
            form, Effect.NULL, found=f"{k.called(start)} and {k.called(end)}",
            expected=f"two numbers or two dates for `{axis.name}` to go from and to",
            remedy="count numbers and take the items by their place",
        )  # fmt: skip
    return Type(name=next(iter(both))) if len(both) == 1 else ANY


def _not_gone_through(over: s.Form, form: s.Form, kind: Type, scope: Scope) -> Type:
    return scope.tell(
        form, Effect.NULL, found=k.called(kind), expected="a list, or a range of numbers or dates",
        remedy="go through a list",
    )  # fmt: skip


@typed.register
def _for(form: s.For, scope: Scope) -> Type:
    inner = _axes(form.iterators, form, scope.inner({"partial": k.LIST}))
    return k.list_of(typed(form.result, inner))


@typed.register
def _quantified(form: s.Quantified, scope: Scope) -> Type:
    inner = _axes(form.iterators, form, scope)
    wants_boolean(form.test, typed(form.test, inner), scope, where="after `satisfies`")
    return k.BOOLEAN


@typed.register
def _filter(form: s.Filter, scope: Scope) -> Type:
    # A row of filters and members stands to the left without end; the parser bounds it.
    of = typed(form.of, scope)
    item = k.item_of(of) if of.name == "list" else of
    place = number_of(form.test)
    if place is not None:
        if not place or place != place.to_integral_value():
            scope.tell(
                form, Effect.NULL, found=f"place {place}",
                expected="a place from 1, or from the end by -1",
                remedy="the first item is list[1]",
            )  # fmt: skip
            return ANY
        return item
    test = typed(form.test, item_scope(item, scope))
    if test.name == "number":
        return item
    if test.name == "Any":
        return ANY
    if test.name not in ("boolean", "null"):
        scope.tell(
            form.test, Effect.MISFIT, found=k.called(test),
            expected="true or false of each item, or a place", remedy="write a comparison",
        )  # fmt: skip
        return ANY
    return k.list_of(item)


def item_scope(item: Type, scope: Scope) -> Scope:
    """The scope of a filter: the item, and its members by their own names."""
    if item.name != "context":
        return scope.inner({"item": item}, is_open=item.name == "Any")
    members = {"item": item, **(item.members or {})}
    return scope.inner(members, is_open=item.members is None)
