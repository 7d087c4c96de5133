"""Can a call have a value: is there such a function, and does it take such arguments?"""

from __future__ import annotations

from dataclasses import dataclass

from troth.core.feel import syntax as s
from troth.core.feel.arithmetic import NoValue
from troth.core.feel.builtins import FUNCTIONS
from troth.core.feel.calling import invoke
from troth.core.feel.checking import kinds as k
from troth.core.feel.checking.findings import Effect
from troth.core.feel.checking.forms import number_of, type_of, typed
from troth.core.feel.checking.naming import advice, nearest
from troth.core.feel.checking.scopes import Scope
from troth.core.feel.checking.showing import shown
from troth.core.feel.checking.signatures import ITEMS, TAKES, Given, result_of
from troth.core.feel.errors import FeelError
from troth.core.feel.patterns import Pattern, PatternError
from troth.core.feel.running import Run
from troth.core.feel.types import ANY, Type
from troth.core.feel.values import Signature

_STEPS = 10_000  # for a call whose arguments are all written out
_PATTERNS = {"matches": "pattern", "replace": "pattern", "split": "delimiter"}
# Functions whose answer is not given by their arguments alone, or that call others.
_UNTRIED = frozenset(("now", "today", "sort", "list replace"))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Misfit:
    """Why a signature does not take the arguments; `rank`: how many it would have taken."""

    rank: int
    found: str
    expected: str
    remedy: str


@typed.register
def _call(form: s.Call, scope: Scope) -> Type:
    name = form.function.name if isinstance(form.function, s.Name) else None
    if name is not None and scope.is_builtin(name):
        return _builtin(form, name, scope)
    if name is not None and scope.find(name) is None:
        _arguments(form, scope)
        return _no_such_function(form, name, scope)
    kind = typed(form.function, scope)
    arguments = _arguments(form, scope)
    if "function" not in k.kinds(kind):
        return scope.tell(
            form, Effect.NULL, found=k.called(kind), expected="a function before `(`",
            remedy="write an operator between the two, or leave the parentheses out",
        )  # fmt: skip
    if kind.parameters is None or kind.name == "Any":
        return kind.result or ANY
    return _declared(form, kind, arguments, scope)


def _no_such_function(form: s.Call, name: str, scope: Scope) -> Type:
    known = {n for n in scope.known() if (found := scope.find(n)) and found.name == "function"}
    near = nearest(name, known | FUNCTIONS.keys())
    return scope.tell(
        form.function, Effect.NULL, found="a name that no function has",
        expected="a built-in function, or one of the model",
        remedy=scope.report.beyond.get(name)
        or (f"did you mean `{near}`?" if near else "look up the functions of FEEL"),
    )  # fmt: skip


def _arguments(form: s.Call, scope: Scope) -> list[tuple[str | None, Type, s.Form]]:
    """(name, type, form) of each argument, in the order of the text."""
    found = [(None, typed(part, scope), part) for part in form.positional]
    return [*found, *((name, typed(part, scope), part) for name, part in form.named)]


def _declared(
    form: s.Call, kind: Type, arguments: list[tuple[str | None, Type, s.Form]], scope: Scope
) -> Type:
    """A call of a function whose parameters are known."""
    wanted = kind.parameters or ()
    names = kind.labels
    result = kind.result or ANY
    if form.named and names is None:
        return result
    signature = Signature(
        names=names or tuple(f"argument {place}" for place in range(1, len(wanted) + 1)),
        types=wanted, call=lambda run, given: None, required=len(wanted),
        takes_null=frozenset(range(len(wanted))),
    )  # fmt: skip
    placed = _placed(signature, arguments)
    misfit = placed if isinstance(placed, _Misfit) else _misfit(signature, placed, None)
    if misfit is not None:
        return _tell(form, misfit, scope)
    return result


def _builtin(form: s.Call, name: str, scope: Scope) -> Type:
    arguments = _builtin_arguments(form, name, scope)
    misfits, results = [], []
    for signature in FUNCTIONS[name].signatures:
        placed = _placed(signature, arguments)
        misfit = placed if isinstance(placed, _Misfit) else _misfit(signature, placed, name)
        if misfit is not None:
            misfits.append(misfit)
        elif not isinstance(placed, _Misfit):
            results.append(result_of(name, placed))
            if _is_sure(signature, placed):
                break
    if not results:
        return _tell(form, max(misfits, key=lambda misfit: misfit.rank), scope)
    return _tried(form, name, arguments, scope) or k.joined_all(results)


def _is_sure(signature: Signature, placed: Given) -> bool:
    """Whether the arguments are, as they are, what the signature asks for."""
    wanted = dict(zip(signature.names, signature.types, strict=True))
    return all(
        name in wanted and (wanted[name] is None or kind.name == wanted[name].name)
        for name, (kind, _) in placed.items()
    )


def _builtin_arguments(
    form: s.Call, name: str, scope: Scope
) -> list[tuple[str | None, Type, s.Form]]:
    """As `_arguments`; the function that sort() is given takes items of its list."""
    parts = [(None, part) for part in form.positional] + list(form.named)
    found: list[tuple[str | None, Type, s.Form]] = []
    item: Type | None = None
    for key, part in parts:
        is_order = name == "sort" and isinstance(part, s.Lambda) and item is not None
        if is_order and isinstance(part, s.Lambda) and item is not None:
            kind = lambda_type(part, scope, hint=item)
        else:
            kind = typed(part, scope)
        if kind.name == "list":
            item = item or kind.item
        found.append((key, kind, part))
    return found


def _placed(
    signature: Signature, arguments: list[tuple[str | None, Type, s.Form]]
) -> Given | _Misfit:
    """The arguments under the parameters' names; those of a variadic one are numbered."""
    placed: dict[str, tuple[Type, s.Form]] = {}
    names = signature.names
    for place, (name, kind, form) in enumerate(arguments):
        if name is not None and name not in names:
            return _Misfit(
                rank=0, found=f"an argument `{name}`", expected=f"the arguments {_said(names)}",
                remedy=advice(name, names, of="argument"),
            )  # fmt: skip
        if name is None and place >= len(names) and not signature.is_variadic:
            return _wrong_count(signature, len(arguments))
        key = name or (names[place] if place < len(names) else f"{names[-1]} {place + 1}")
        if key in placed:
            return _Misfit(rank=0, found=f"`{key}` twice", expected="each argument once",
                           remedy="leave one of the two out")  # fmt: skip
        placed[key] = (kind, form)
    absent = [
        name for place, name in enumerate(names[: signature.required])
        if name not in placed and (not arguments or arguments[0][0] is None
                                   or place not in signature.takes_null)
    ]  # fmt: skip
    return _wrong_count(signature, len(arguments)) if absent else placed


def _wrong_count(signature: Signature, count: int) -> _Misfit:
    least, most = signature.required, len(signature.names)
    if signature.is_variadic:
        wanted = f"{least} or more"
    else:
        wanted = str(most) if least == most else f"{least} to {most}"
    distance = max(least - count, count - most)
    return _Misfit(
        rank=-distance, found=f"{count or 'no'} argument{'' if count == 1 else 's'}",
        expected=f"{wanted}: {_said(signature.names) or 'none'}",
        remedy="add what is missing" if count < least else "leave out what is too many",
    )  # fmt: skip


def _said(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _misfit(signature: Signature, placed: Given, builtin: str | None) -> _Misfit | None:
    """The first argument that no value of its type could be."""
    names = signature.names
    for rank, (key, (kind, form)) in enumerate(placed.items()):
        place = names.index(key) if key in names else len(names) - 1
        wanted: Type | None = signature.types[place]
        if kind.name == "null":
            if place not in signature.takes_null:
                return _Misfit(
                    rank=rank, found=f"null for `{names[place]}`", expected="a value",
                    remedy="put a value in its place",
                )  # fmt: skip
            continue
        if not k.may_fit(kind, wanted):
            return _Misfit(
                rank=rank, found=f"{k.called(kind)} for `{names[place]}`",
                expected=k.called(wanted or ANY), remedy=_remedy(kind, wanted, form),
            )  # fmt: skip
        if wanted == k.FUNCTION and kind.parameters is not None and len(kind.parameters) != 2:
            return _Misfit(
                rank=rank, found=f"a function of {len(kind.parameters)}",
                expected="a function of two values", remedy="give it two parameters",
            )  # fmt: skip
        unused = None if builtin is None else _unused(builtin, names[place], kind)
        if unused is not None:
            return _Misfit(
                rank=rank, found=f"{k.called(kind)} for `{names[place]}`",
                expected=_choice(unused), remedy="convert it first",
            )  # fmt: skip
    return None


def _unused(function: str, parameter: str, kind: Type) -> frozenset[str] | None:
    """The types that a parameter makes use of, where that of the argument is none of them."""
    takes = TAKES.get((function, parameter))
    if takes is not None and not k.kinds(kind) & takes:
        return takes
    items = ITEMS.get((function, parameter))
    if items is None:
        return None
    item = k.item_of(kind) if kind.name == "list" else kind
    return None if k.kinds(item) & items or item.name == "null" else items


def _choice(names: frozenset[str]) -> str:
    if names >= k.ORDERED:
        return "what has an order: numbers, texts, dates, times or durations"
    return " or ".join(sorted(k.called(Type(name=name)) for name in names))


def _remedy(kind: Type, wanted: Type | None, form: s.Form) -> str:
    match kind.name, None if wanted is None else wanted.name:
        case "number", "string":
            return f"write string({shown(form)})"
        case "string", "number":
            return f"write number({shown(form)})"
        case "string", ("date" | "time" | "date and time") as name:
            return f"write {name}({shown(form)})"
        case "string", ("days and time duration" | "years and months duration"):
            return f"write duration({shown(form)})"
        case "list", _:
            return "take one item, such as list[1]"
        case _:
            return "convert it first"


def _tell(form: s.Call, misfit: _Misfit, scope: Scope) -> Type:
    return scope.tell(
        form, Effect.NULL, found=misfit.found, expected=misfit.expected, remedy=misfit.remedy
    )


def _tried(
    form: s.Call, name: str, arguments: list[tuple[str | None, Type, s.Form]], scope: Scope
) -> Type | None:
    """A call whose arguments are all written out is made: date("2026-02-30") has no value."""
    values = [(key, *_plain(part)) for key, _, part in arguments]
    pattern = _pattern_fault(name, arguments)
    if pattern is not None:
        return scope.tell(
            form, Effect.NULL, found=pattern, expected="a regular expression of XPath",
            remedy="mend the pattern",
        )  # fmt: skip
    if name in _UNTRIED or not values or not all(is_plain for _, is_plain, _ in values):
        return None
    try:
        value = invoke(
            FUNCTIONS[name], Run(steps=_STEPS),
            [value for key, _, value in values if key is None],
            {key: value for key, _, value in values if key is not None},
        )  # fmt: skip
    except NoValue as reason:
        return scope.tell(
            form, Effect.NULL, found="arguments for which it has no value",
            expected="arguments for which it has one", remedy=str(reason),
        )  # fmt: skip
    except FeelError:
        return None
    return type_of(value) if name in ("duration", "range") else None


def _plain(form: s.Form) -> tuple[bool, object]:
    """(whether the form is a value that is written out, that value)"""
    if isinstance(form, s.Literal):
        return form.value is not None, form.value
    number = number_of(form)
    return number is not None, number


def _pattern_fault(name: str, arguments: list[tuple[str | None, Type, s.Form]]) -> str | None:
    parameter = _PATTERNS.get(name)
    for place, (key, _, part) in enumerate(arguments):
        is_pattern = parameter is not None and (key == parameter or (key is None and place == 1))
        if is_pattern and isinstance(part, s.Literal) and isinstance(part.value, str):
            try:
                Pattern(part.value)
            except PatternError as error:
                # With flag q no character is special, so the pattern is no fault for sure.
                return str(error) if len(arguments) <= 2 else None
    return None


@typed.register
def _lambda(form: s.Lambda, scope: Scope) -> Type:
    return lambda_type(form, scope, hint=None)


def lambda_type(form: s.Lambda, scope: Scope, *, hint: Type | None) -> Type:
    """The type of a function; `hint` is that of its parameters that declare none."""
    if form.is_external:
        scope.tell(
            form, Effect.NULL, found="a function of another language",
            expected="one in FEEL", remedy="write its body in FEEL",
        )  # fmt: skip
        return k.FUNCTION
    kinds = {name: kind or hint or ANY for name, kind in form.parameters}
    result = typed(form.body, scope.inner(kinds, is_body=True))
    return Type(
        name="function",
        parameters=tuple(kind or ANY for _, kind in form.parameters),
        labels=tuple(name for name, _ in form.parameters),
        result=result,
    )
