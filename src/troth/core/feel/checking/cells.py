"""Can an input of a type ever pass a test? The tests of `in` and of a decision table's cells.

As `compiling.tested` and `compiling.passes`, over types.
"""

from __future__ import annotations

from troth.core.feel import syntax as s
from troth.core.feel.checking import kinds as k
from troth.core.feel.checking.findings import Effect
from troth.core.feel.checking.forms import (
    allowed_of,
    comparison_remedy,
    is_allowed,
    typed,
)
from troth.core.feel.checking.scopes import Scope
from troth.core.feel.checking.showing import shown
from troth.core.feel.comparing import order
from troth.core.feel.compiling import mentions
from troth.core.feel.types import Type


@typed.register
def _unary_tests(form: s.UnaryTests, scope: Scope) -> Type:
    given = scope.find("?")
    for test in form.tests:
        tested(test, given or k.NULL, scope)
    return k.BOOLEAN


@typed.register
def _in(form: s.In, scope: Scope) -> Type:
    given = typed(form.value, scope)
    for test in form.tests:
        tested(test, given, scope)
    return k.BOOLEAN


def tested(form: s.Form, given: Type, scope: Scope) -> None:
    """Report a test that no input of the type passes."""
    count = len(scope.report.findings)
    kind = typed(form, scope)
    if len(scope.report.findings) > count:
        return  # what is wrong within says enough
    if mentions(form, "?") and "boolean" in k.kinds(kind):
        return
    if isinstance(form, s.UnaryTest):
        _bound(form, given, k.item_of(kind), scope)
    elif isinstance(form, s.RangeOf):
        _interval(form, given, kind, scope)
    elif not may_pass(given, kind):
        _never(form, given, kind, scope)
    elif not is_allowed(form, given):
        _tell(form, scope, found=shown(form), expected=allowed_of(given),
              remedy="write one of those, or allow it in the type")  # fmt: skip


def may_pass(given: Type, kind: Type) -> bool:
    """Whether an input can be that value, or within it, or one of it."""
    if kind.name == "range" and given.name != "range":
        return kind.item is None or kind.item.name == "null" or k.may_order(given, kind.item)
    if kind.name == "list":
        return given.name in ("list", "Any") or may_pass(given, k.item_of(kind))
    return k.may_equal(given, kind)


def _bound(form: s.UnaryTest, given: Type, bound: Type, scope: Scope) -> None:
    is_equality = form.sign in ("=", "!=")
    fits = k.may_equal(given, bound) if is_equality else k.may_order(given, bound)
    if not fits:
        _never(form, given, bound, scope)
    elif form.sign == "=" and not is_allowed(form.bound, given):
        _tell(form, scope, found=shown(form.bound), expected=allowed_of(given),
              remedy="write one of those, or allow it in the type")  # fmt: skip


def _interval(form: s.RangeOf, given: Type, kind: Type, scope: Scope) -> None:
    if kind.item is not None and not k.may_order(given, kind.item):
        _never(form, given, kind.item, scope)
        return
    start, end = (part.value if isinstance(part, s.Literal) else None
                  for part in (form.start, form.end))  # fmt: skip
    place = None if start is None or end is None else order(start, end)
    if place == 1:
        _tell(form, scope, found="an end that comes before the start",
              expected="a range that holds something",
              remedy="write the smaller bound first")  # fmt: skip
    elif place == 0 and not (form.has_start and form.has_end):
        _tell(form, scope, found="a range without the one value that it could hold",
              expected="a range that holds something",
              remedy="close it with [ and ]")  # fmt: skip


def _never(form: s.Form, given: Type, kind: Type, scope: Scope) -> None:
    _tell(form, scope, found=k.called(kind), expected=f"a test of a {k.called(given)}",
          remedy=comparison_remedy(given, kind))  # fmt: skip


def _tell(form: s.Form, scope: Scope, *, found: str, expected: str, remedy: str) -> None:
    scope.tell(form, Effect.NEVER, found=found, expected=expected, remedy=remedy)
