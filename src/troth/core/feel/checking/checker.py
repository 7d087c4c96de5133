"""Which parts of an expression can have no value, given the types of its names?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from troth.core.feel import syntax as s
from troth.core.feel.builtins import FUNCTIONS
from troth.core.feel.checking import calls, cells, loops  # noqa: F401 - they register forms
from troth.core.feel.checking import kinds as k
from troth.core.feel.checking.findings import Effect, Finding
from troth.core.feel.checking.forms import allowed_of, is_allowed, typed
from troth.core.feel.checking.naming import nearest
from troth.core.feel.checking.scopes import Report, Scope
from troth.core.feel.checking.showing import shown
from troth.core.feel.errors import FeelSyntaxError, within_stack
from troth.core.feel.lexing import Kind, tokens_of
from troth.core.feel.parsing import parse, parse_tests
from troth.core.feel.types import ANY, Type

_SHOWN = 60  # characters of a line, to each side of a fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What was found in a text, in its order, and the type of its value."""

    findings: tuple[Finding, ...]
    type: Type
    form: s.Form | None = field(repr=False)  # None where the text cannot be read


def check(
    expression: str | s.Form,
    names: Mapping[str, Type],
    *,
    expects: Type | None = None,
    is_cell_of: Type | None = None,
    types: Mapping[str, Type] | None = None,
    members: Iterable[str] = (),
    beyond: Mapping[str, str] | None = None,
    is_open: bool = False,
) -> Checked:
    """Check an expression, or, with `is_cell_of`, a cell's tests of an input of that type.

    `names` are those in scope, `expects` the type that the value has to fit, `types` those with
    names of their own, `members` names that values of no known type may have; `beyond` are names
    that exist out of scope, and what to do to have them. Where it is open there may be more names.
    A text that cannot be read is a finding as well.
    """
    scoped = dict(names) if is_cell_of is None else {**names, "?": is_cell_of}
    known = {*members, *members_of(scoped.values())}
    form = expression
    if isinstance(form, str):
        read = parse if is_cell_of is None else parse_tests
        try:
            form = _read(form, read, scoped, known, types=types, beyond=beyond)
        except FeelSyntaxError as error:
            near = _meant(error, {*scoped, *known, *FUNCTIONS})
            return Checked(findings=(_unreadable(error, near),), type=ANY, form=None)
    report = Report(beyond or {})
    with within_stack():
        kind = typed(form, Scope(scoped, None, report, is_open=is_open))
    if not report.findings and expects is not None:
        _expected(form, kind, expects, report)
    findings = sorted(report.findings, key=lambda finding: finding.position)
    return Checked(findings=tuple(findings), type=kind, form=form)


_Read = Callable[..., s.Form]


def _read(
    text: str,
    read: _Read,
    names: Mapping[str, Type],
    members: set[str],
    *,
    types: Mapping[str, Type] | None,
    beyond: Mapping[str, str] | None,
) -> s.Form:
    """The form; of names out of scope too, so that each is reported as what it is."""
    try:
        return read(text, (*FUNCTIONS, *names), members, types)
    except FeelSyntaxError:
        if not beyond:
            raise
        try:
            return read(text, (*FUNCTIONS, *names, *beyond), members, types)
        except FeelSyntaxError:
            pass
        raise


def members_of(types: Iterable[Type]) -> set[str]:
    """The names of all members of all types, so that those of several words are known."""
    found: set[str] = set()
    waiting = list(types)
    while waiting:
        kind = waiting.pop()
        for name, inner in (kind.members or {}).items():
            found.add(name)
            waiting.append(inner)
        waiting += [inner for inner in (kind.item, kind.result) if inner is not None]
        waiting += kind.parameters or ()
    return found


def _expected(form: s.Form, kind: Type, expects: Type, report: Report) -> None:
    """Report a value that never fits, or is none of those that the type allows."""
    for branch in _branches(form):
        allowed = is_allowed(branch, expects)
        if allowed and (branch is not form or k.may_fit(kind, expects)):
            continue
        found = shown(branch) if not allowed else k.called(kind)
        report.add(
            Finding(
                position=branch.at, effect=Effect.MISFIT, part=shown(branch), found=found,
                expected=k.called(expects) if allowed else allowed_of(expects),
                remedy="write one of those, or allow it in the type" if not allowed
                else "convert the value, or change the type", form=branch,
            )
        )  # fmt: skip


def _branches(form: s.Form) -> list[s.Form]:
    """The form, and of an `if` what it may come to."""
    found = [form]
    while isinstance(form, s.If):
        found += _branches(form.then)
        form = form.other
        found.append(form)
    return found


def _unreadable(error: FeelSyntaxError, near: str | None) -> Finding:
    """A text that is no FEEL; often because a name of several words is misspelled."""
    start = error.position - error.column + 1
    line = error.text[start : error.position + _SHOWN].split("\n", maxsplit=1)[0]
    return Finding(
        position=error.position,
        effect=Effect.UNREADABLE,
        part=line[-2 * _SHOWN :],
        found=error.found,
        expected=error.expected,
        remedy=f"did you mean `{near}`?" if near else "mend the text there",
    )


def _meant(error: FeelSyntaxError, names: Iterable[str]) -> str | None:
    """A known name that the words around the place of the error are like."""
    try:
        tokens = tokens_of(error.text)
    except FeelSyntaxError:
        return None
    place = next((i for i, token in enumerate(tokens) if token.start >= error.position), 0)
    first, last = place, place
    while first > 0 and tokens[first - 1].kind is Kind.WORD:
        first -= 1
    while last + 1 < len(tokens) and tokens[last].kind is Kind.WORD:
        last += 1
    if last - first < 2:
        return None
    words = error.text[tokens[first].start : tokens[last - 1].end]
    return nearest(words, [name for name in names if " " in name])
