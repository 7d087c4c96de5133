"""How is a value written as a text, and as FEEL itself?"""

from __future__ import annotations

from decimal import Decimal

from troth.core.feel.civil import Clock, Day, Moment, Span, YearsMonths
from troth.core.feel.lexing import escaped, parts_of
from troth.core.feel.temporal_text import write
from troth.core.feel.values import Range, Value


def text_of(value: Value) -> str | None:
    """What `string()` gives: a text is itself; inside of lists and contexts it has its quotes."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Day | Clock | Moment | Span | YearsMonths):
        return write(value)
    return feel_of(value)


def feel_of(value: Value) -> str:
    """The expression of FEEL that gives the value again, as far as there is one."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return number_text(value)
        case str():
            return escaped(value)
        case Day() | Clock() | Moment() | Span() | YearsMonths():
            return f'@"{write(value)}"'
        case list():
            return f"[{', '.join(map(feel_of, value))}]"
        case dict():
            inner = ", ".join(f"{_key(name)}: {feel_of(item)}" for name, item in value.items())
            return f"{{{inner}}}"
        case Range():
            return _range(value)
        case _:
            return value.name if hasattr(value, "name") else "function"


def _key(name: str) -> str:
    parts = parts_of(name)
    return name if parts and all(part.isidentifier() for part in parts) else escaped(name)


def _range(value: Range) -> str:
    if value.sign:
        bound = value.end if value.sign.startswith("<") else value.start
        return f"({value.sign} {feel_of(bound)})"
    return (
        f"{'[' if value.has_start else '('}{feel_of(value.start)}..{feel_of(value.end)}"
        f"{']' if value.has_end else ')'}"
    )


def number_text(value: Decimal) -> str:
    """Plain digits, without an exponent where the number has at most 34 places either way."""
    if not value:
        value = value.copy_abs()  # there is one zero, however it came about
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -40 <= exponent <= 40:
        return format(value, "f")
    return str(value)
