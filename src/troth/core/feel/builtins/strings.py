"""Functions of texts (DMN 1.5, 10.3.4.3). Places count characters of Unicode, from 1."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from troth.core.feel.arithmetic import NoValue, whole
from troth.core.feel.builtins.table import builtin
from troth.core.feel.errors import FeelBudgetError
from troth.core.feel.patterns import Match, Pattern, PatternBudgetError, PatternError
from troth.core.feel.running import Run
from troth.core.feel.values import Value


@builtin("substring(string: string, start position: number, length?: number)")
def _substring(text: str, start: Decimal, length: Decimal | None = None) -> Value:
    place = whole(start)
    if place == 0:
        raise NoValue("the first character is at 1, the last at -1; there is none at 0")
    first = place - 1 if place > 0 else len(text) + place
    if first < 0 or first > len(text):
        raise NoValue(f"there is no character at {place} in a text of {len(text)}")
    if length is None:
        return text[first:]
    count = whole(length)
    if count < 1:
        raise NoValue("a part of a text has at least one character")
    return text[first : first + count]


@builtin("string length(string: string)")
def _length(text: str) -> Value:
    return Decimal(len(text))


@builtin("upper case(string: string)")
def _upper(text: str) -> Value:
    return text.upper()


@builtin("lower case(string: string)")
def _lower(text: str) -> Value:
    return text.lower()


@builtin("substring before(string: string, match: string)")
def _before(text: str, match: str) -> Value:
    return text.partition(match)[0] if match and match in text else ""


@builtin("substring after(string: string, match: string)")
def _after(text: str, match: str) -> Value:
    return text.partition(match)[2] if match else text


@builtin("contains(string: string, match: string)")
def _contains(text: str, match: str) -> Value:
    return match in text


@builtin("starts with(string: string, match: string)")
def _starts(text: str, match: str) -> Value:
    return text.startswith(match)


@builtin("ends with(string: string, match: string)")
def _ends(text: str, match: str) -> Value:
    return text.endswith(match)


@lru_cache(maxsize=64)
def _pattern(text: str, flags: str) -> Pattern:
    return Pattern(text, flags)


def _found(
    run: Run, pattern: str, flags: str | None, text: str, *, is_one_enough: bool = False
) -> list[Match]:
    try:
        matches = _pattern(pattern, flags or "").matches(text, spend=run.step)
        first = next(matches, None)
        if first is None or is_one_enough:
            return [] if first is None else [first]
        return [first, *matches]
    except PatternError as error:
        raise NoValue(str(error)) from None
    except PatternBudgetError as error:
        raise FeelBudgetError(f"{error}: more steps than an evaluation may take") from None


@builtin("matches(input: string, pattern: string, flags?: string?)", needs_run=True)
def _matches(run: Run, text: str, pattern: str, flags: str | None = None) -> Value:
    return bool(_found(run, pattern, flags, text, is_one_enough=True))


@builtin(
    "replace(input: string, pattern: string, replacement: string, flags?: string?)",
    needs_run=True,
)
def _replace(
    run: Run, text: str, pattern: str, replacement: str, flags: str | None = None
) -> Value:
    """XPath functions 3.1, 5.6.4: `$1` is what the first group took, `\\$` a dollar."""
    parts, at, size = [], 0, 0
    for match in _found(run, pattern, flags, text):
        is_literal = "q" in (flags or "")
        new = replacement if is_literal else _expanded(replacement, match, text)
        size += len(new)
        run.sized(size)
        parts += [text[at : match.start], new]
        at = match.end
    return "".join((*parts, text[at:]))


def _expanded(replacement: str, match: Match, text: str) -> str:
    if "\\" not in replacement and "$" not in replacement:
        return replacement
    parts, at = [], 0
    while at < len(replacement):
        mark, after = replacement[at], replacement[at + 1 : at + 2]
        if mark == "\\" and after in ("\\", "$") and after:
            parts.append(after)
            at += 2
        elif mark == "$" and after.isdecimal():
            at += 2
            group = int(after)
            # As many digits as still name a group.
            while replacement[at : at + 1].isdecimal() and (
                group * 10 + int(replacement[at]) < len(match.spans)
            ):
                group = group * 10 + int(replacement[at])
                at += 1
            span = match.spans[group] if group < len(match.spans) else None
            parts.append("" if span is None else text[span[0] : span[1]])
        elif mark in "\\$":
            raise NoValue(f"in the replacement, {mark} has to be written \\{mark}")
        else:
            parts.append(mark)
            at += 1
    return "".join(parts)


@builtin("split(string: string, delimiter: string)", needs_run=True)
def _split(run: Run, text: str, delimiter: str) -> Value:
    parts, at = [], 0
    for match in _found(run, delimiter, None, text):
        if match.end == match.start:
            raise NoValue("a delimiter that matches nothing splits nowhere")
        parts.append(text[at : match.start])
        at = match.end
    return [*parts, text[at:]]


@builtin("string join(list: list, delimiter?: string?)", needs_run=True)
def _join(run: Run, items: list[Value], delimiter: str | None = None) -> Value:
    texts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in texts):
        raise NoValue("only texts are joined")
    run.sized(sum(map(len, texts)) + len(delimiter or "") * len(texts))
    return (delimiter or "").join(texts)
