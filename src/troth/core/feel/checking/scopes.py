"""Which names are known at a place in an expression, and of which types?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.core.feel import syntax as s
from troth.core.feel.builtins import FUNCTIONS
from troth.core.feel.checking.findings import Effect, Finding
from troth.core.feel.checking.kinds import FUNCTION
from troth.core.feel.checking.showing import shown
from troth.core.feel.types import ANY, Type

_MOST_FINDINGS = 200


class Report:
    """The findings of one check, each place and sentence once.

    `beyond` are names that exist, but not in scope, and what to do to have each.
    """

    def __init__(self, beyond: Mapping[str, str]) -> None:
        self.beyond = beyond
        self.findings: list[Finding] = []

    def add(self, finding: Finding) -> None:
        if len(self.findings) < _MOST_FINDINGS and finding not in self.findings:
            self.findings.append(finding)


class Scope:
    """Names and their types, within an outer scope.

    `is_open` says that there may be names beside those: of the members of a value whose type is
    not known. What stands outside of it may then be hidden. The body of a function is run when it
    is called, so it sees the entries of the context around it that stand `later` as well.
    """

    __slots__ = ("is_body", "is_open", "later", "names", "outer", "report")

    def __init__(
        self,
        names: Mapping[str, Type],
        outer: Scope | None,
        report: Report,
        *,
        is_open: bool = False,
        is_body: bool = False,
        later: frozenset[str] = frozenset(),
    ) -> None:
        self.names, self.outer, self.report, self.is_open = names, outer, report, is_open
        self.is_body, self.later = is_body, later

    def inner(
        self,
        names: Mapping[str, Type],
        *,
        is_open: bool = False,
        is_body: bool = False,
        later: frozenset[str] = frozenset(),
    ) -> Scope:
        """A scope within this one."""
        return Scope(names, self, self.report, is_open=is_open, is_body=is_body, later=later)

    def find(self, name: str) -> Type | None:
        """The type of the nearest such name; None where there is none for sure."""
        is_hidden = is_run_later = False
        for scope in self._outward():
            if name in scope.names:
                return ANY if is_hidden else scope.names[name]
            if is_run_later and name in scope.later:
                return ANY
            is_hidden = is_hidden or scope.is_open
            is_run_later = is_run_later or scope.is_body
        if is_hidden:
            return ANY
        return FUNCTION if name in FUNCTIONS else None

    def is_builtin(self, name: str) -> bool:
        """Whether a built-in function is meant; members of unknown values hide none."""
        return name in FUNCTIONS and not any(name in scope.names for scope in self._outward())

    def known(self) -> set[str]:
        """All names but those of the built-in functions."""
        return {name for scope in self._outward() for name in scope.names}

    def _outward(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def tell(self, form: s.Form, effect: Effect, *, found: str, expected: str, remedy: str) -> Type:
        """Report a part. The type that it then counts as: nothing follows from a fault."""
        finding = Finding(
            position=form.at, effect=effect, part=shown(form), found=found, expected=expected,
            remedy=remedy, form=form,
        )  # fmt: skip
        self.report.add(finding)
        return ANY
