"""What is wrong with the texts of a model, one after another, and which names do they use?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from troth.core.dmn.checking.problems import Place, Problem
from troth.core.dmn.item_types import Types
from troth.core.feel import syntax as s
from troth.core.feel.checking import check
from troth.core.feel.checking.kinds import NULL
from troth.core.feel.checking.naming import advice
from troth.core.feel.types import ANY, NAMED, Type


class TypeNames:
    """The types that texts can name: FEEL's own, and those of a model where there is one."""

    def __init__(self, types: Types | None = None) -> None:
        self._types = types
        self.named: Mapping[str, Type] = {} if types is None else types.named()

    def find(self, reference: str | None) -> Type | None:
        """The type of a reference; None where there is none, or it names none."""
        if self._types is not None:
            return self._types.find(reference)
        return NAMED.get(reference.strip()) if reference else None

    def advice(self, reference: str) -> str:
        """What to write in place of a reference that names no type."""
        return advice(reference, {*NAMED, *self.named}, of="type")


class Texts:
    """Checks texts and keeps what was found.

    `members` are names that values of no known type may have, `beyond` names out of scope and what
    to do to have them.
    """

    def __init__(
        self,
        types: TypeNames,
        *,
        members: frozenset[str] = frozenset(),
        beyond: Mapping[str, str] | None = None,
    ) -> None:
        self.types, self.members = types, members
        self.beyond: Mapping[str, str] = beyond or {}
        self.problems: list[Problem] = []
        self.used: set[str] = set()  # the names that texts mention
        self.is_readable = True

    def tell(self, place: Place, sentence: str, *, is_hint: bool = False) -> None:
        """Report something at a place."""
        self.problems.append(Problem(place=place, sentence=sentence, is_hint=is_hint))

    def type_of(self, reference: str | None, place: Place) -> Type | None:
        """The type of a reference; one that names none is reported."""
        found = self.types.find(reference)
        if found is None and reference and reference.strip():
            self.tell(
                place,
                f"no type is called `{reference.strip()}`; {self.types.advice(reference.strip())}",
            )
        return found

    def check(
        self,
        text: str,
        names: Mapping[str, Type],
        place: Place,
        *,
        expects: Type | None = None,
        is_cell_of: Type | None = None,
        is_open: bool = False,
    ) -> Type:
        """The type of a text; an empty one is null."""
        if not text.strip() and is_cell_of is None:
            return NULL
        checked = check(
            text, names, expects=expects, is_cell_of=is_cell_of, types=self.types.named,
            members=self.members, beyond=self.beyond, is_open=is_open,
        )  # fmt: skip
        self.problems += [
            Problem(
                place=place, sentence=found.sentence, position=found.position, finding=found
            )
            for found in checked.findings
        ]  # fmt: skip
        if checked.form is None:
            self.is_readable = False
            return ANY
        self.used |= names_in(checked.form)
        return checked.type


def names_in(form: s.Form) -> set[str]:
    """The names that an expression mentions."""
    found: set[str] = set()
    waiting: list[object] = [form]
    while waiting:
        part = waiting.pop()
        if isinstance(part, s.Name):
            found.add(part.name)
        if isinstance(part, tuple):
            waiting += part
        elif isinstance(part, s.Form | s.Iterator):
            waiting += [getattr(part, known.name) for known in fields(part)]
    return found
