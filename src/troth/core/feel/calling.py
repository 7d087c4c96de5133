"""What happens when a function is called?

DMN 1.5, 10.3.2.13: arguments in order or by name, converted to the parameters' types; a call that
fits no signature gives null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from troth.core.feel import syntax as s
from troth.core.feel.arithmetic import NoValue
from troth.core.feel.compiling import Code, compiled
from troth.core.feel.nesting import frames_of
from troth.core.feel.running import Frame, Run
from troth.core.feel.types import converted
from troth.core.feel.values import Function, Range, Signature, Value, kind_of

_MISSING = object()
_CALL = 4  # calls of Python from a call of FEEL to the body


def invoke(
    function: Value,
    run: Run,
    positional: Sequence[Value] = (),
    named: Mapping[str, Value] | None = None,
) -> Value:
    """Call it. Raises NoValue where the call has none, FeelBudgetError."""
    if not isinstance(function, Function):
        raise NoValue(f"a {kind_of(function)} cannot be called")
    reason = "it takes other arguments"
    for signature in function.signatures:
        arguments = _placed(signature, positional, named)
        if arguments is None:
            continue
        fitted = _fitted(signature, arguments)
        if isinstance(fitted, str):
            reason = fitted
            continue
        run.enter(signature.frames)
        try:
            return signature.call(run, fitted)
        finally:
            run.leave(signature.frames)
    raise NoValue(f"{function.name} cannot be called like this: {reason}")


def _placed(
    signature: Signature, positional: Sequence[Value], named: Mapping[str, Value] | None
) -> list[Value] | None:
    """The arguments in the order of the parameters; None where they are not those."""
    if named:
        if not set(named) <= set(signature.names):
            return None
        found = [named.get(name, _MISSING) for name in signature.names]
        while found and found[-1] is _MISSING:
            found.pop()
        if len(found) < signature.required:
            # A parameter that is not named is null, where null may be given for it.
            absent = range(len(found), signature.required)
            if not all(index in signature.takes_null for index in absent):
                return None
            found += [None] * len(absent)
        return [None if argument is _MISSING else argument for argument in found]
    count = len(positional)
    if count < signature.required or (count > len(signature.names) and not signature.is_variadic):
        return None
    return list(positional)


def _fitted(signature: Signature, arguments: list[Value]) -> list[Value] | str:
    """The arguments as the parameters' types want them, or why they cannot be."""
    fitted: list[Value] = []
    last = len(signature.names) - 1
    for index, argument in enumerate(arguments):
        place = min(index, last)
        if argument is None:
            if place not in signature.takes_null:
                return f"`{signature.names[place]}` is null"
            fitted.append(None)
            continue
        kind = signature.types[place]
        value, is_fit = converted(argument, kind)
        if not is_fit or (value is None and place not in signature.takes_null):
            return f"`{signature.names[place]}` is a {kind_of(argument)}, expected a {kind}"
        fitted.append(value)
    return fitted


@compiled.register
def _call(form: s.Call) -> Code:
    function, at = compiled(form.function), form.at
    positional = [compiled(argument) for argument in form.positional]
    named = [(name, compiled(argument)) for name, argument in form.named]
    is_unique = len({name for name, _ in named}) == len(named)

    def run(frame: Frame) -> Value:
        called = function(frame)
        if not is_unique:
            return frame.run.null(at, "an argument is named twice")
        try:
            if isinstance(called, Range) or called is None:
                raise NoValue("there is no such function")
            return invoke(
                called,
                frame.run,
                [argument(frame) for argument in positional],
                {name: argument(frame) for name, argument in named},
            )
        except NoValue as reason:
            return frame.run.null(at, str(reason))

    return run


@compiled.register
def _lambda(form: s.Lambda) -> Code:
    names = tuple(name for name, _ in form.parameters)
    types = tuple(kind for _, kind in form.parameters)
    body = compiled(form.body)
    at, frames = form.at, frames_of(form.body)
    if form.is_external:
        return lambda frame: frame.run.null(at, "functions of another language are not called")

    def run(frame: Frame) -> Value:
        return function_of(names, types, body, frame, frames=frames)

    return run


def function_of(
    names: tuple[str, ...], types: tuple[object, ...], body: Code, frame: Frame, *, frames: int
) -> Function:
    """A function that runs code, which nests `frames` deep, in a frame of its own in `frame`."""

    def call(run: Run, arguments: list[Value]) -> Value:
        return body(frame.inner(dict(zip(names, arguments, strict=True))))

    signature = Signature(
        names=names,
        types=types,
        call=call,
        required=len(names),
        takes_null=frozenset(range(len(names))),
        frames=frames + _CALL,
    )
    return Function(signatures=(signature,))
