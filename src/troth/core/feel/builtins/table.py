"""How is a built-in function declared? With its signature as the standard prints it.

`@builtin("substring(string: string, start position: number, length?: number)")`: a `?` after the
name says that it may be left out, one after the type that it may be null, `...` that it may be
repeated. A function raises NoValue where FEEL's answer is null.
"""

from __future__ import annotations

from collections.abc import Callable

from troth.core.feel.running import Run
from troth.core.feel.sizes import weight_of
from troth.core.feel.types import NAMED
from troth.core.feel.values import Function, Signature, Value

FUNCTIONS: dict[str, Function] = {}

Body = Callable[..., Value]


def builtin(*declarations: str, needs_run: bool = False) -> Callable[[Body], Body]:
    """Add a function to the table under these signatures."""

    def add(body: Body) -> Body:
        for declaration in declarations:
            name, _, rest = declaration.partition("(")
            signature = _signature(rest.removesuffix(")"), body, needs_run=needs_run)
            known = FUNCTIONS.get(name)
            signatures = (*known.signatures, signature) if known else (signature,)
            FUNCTIONS[name] = Function(signatures=signatures, name=f"{name}()")
        return body

    return add


def _signature(text: str, body: Body, *, needs_run: bool) -> Signature:
    names, types, nullable = [], [], set()
    required, is_variadic = 0, False
    for index, declared in enumerate(part.strip() for part in text.split(",") if part.strip()):
        name, _, kind = declared.partition(":")
        kind = kind.strip()
        if kind.endswith("..."):
            is_variadic, kind = True, kind.removesuffix("...")
        if kind.endswith("?"):
            nullable.add(index)
        if not name.endswith("?"):
            required = index + 1
        names.append(name.removesuffix("?").strip())
        bare = kind.removesuffix("?")
        types.append(None if bare == "Any" else NAMED[bare])

    def call(run: Run, arguments: list[Value]) -> Value:
        # What walks through its arguments pays for their size.
        run.step(sum(map(weight_of, arguments)) >> 3)
        made = body(run, *arguments) if needs_run else body(*arguments)
        if type(made) is list:
            return run.items(made)
        if type(made) is str:
            run.sized(len(made))
        return run.entries(made) if type(made) is dict else made

    return Signature(
        names=tuple(names),
        types=tuple(types),
        call=call,
        required=required,
        takes_null=frozenset(nullable),
        is_variadic=is_variadic,
    )
