"""Which rules of a table answer alike, and whose answer has priority?"""

from __future__ import annotations

from collections.abc import Sequence

from troth.core.dmn.analysis.cells import Reader, is_plain
from troth.core.dmn.models import HitPolicy, TableBox
from troth.core.dmn.tables import listed
from troth.core.feel.comparing import equal
from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.text import feel_of
from troth.core.feel.values import Value, kind_of

_Known = tuple[Value, bool]  # (value, whether it is a constant)


class Answers:
    """The outputs of a table's rules; rules are counted from 0."""

    def __init__(self, box: TableBox, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, _Known] = {}
        self._alike: dict[str, int] = {}
        self._plain: dict[tuple[str, Value], int] = {}
        self._others: list[tuple[Value, int]] = []
        self._count = 0
        self._box = box
        columns = range(len(box.outputs))
        rows = [tuple(rule.outputs[c] if c < len(rule.outputs) else "" for c in columns)
                for rule in box.rules]  # fmt: skip
        self._rows = rows
        groups: dict[tuple[int, ...], int] = {}
        # Rules of one group surely answer alike.
        self.groups = [groups.setdefault(tuple(map(self._group, row)), len(groups)) for row in rows]
        self.is_constant = [all(self._constant(text)[1] for text in row) for row in rows]
        self.default_group = groups.get(tuple(map(self._group, self._default())), -1)

    @property
    def has_default(self) -> bool:
        """Whether an input that no rule matches has an answer."""
        return any(clause.default is not None for clause in self._box.outputs)

    def _default(self) -> tuple[str, ...]:
        if self.has_default:
            return tuple(clause.default or "" for clause in self._box.outputs)
        # Without defaults the answer is null, which only a rule of one output can give too.
        return ("null",) if len(self._box.outputs) == 1 else ()

    def _constant(self, text: str) -> _Known:
        if text not in self._known:
            self._known[text] = self._read(text)
        return self._known[text]

    def _read(self, text: str) -> _Known:
        if not text.strip():
            return None, True
        try:
            form = self._reader.form(text)
        except FeelSyntaxError:
            return None, True
        return self._reader.constant(form)

    def _group(self, text: str) -> int:
        """A number for each value, and for each text that is no constant."""
        if text not in self._alike:
            value, is_constant = self._constant(text)
            self._alike[text] = self._group_of(value) if is_constant else self._next()
        return self._alike[text]

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _group_of(self, value: Value) -> int:
        if is_plain(value):
            key = (kind_of(value), value)
            if key not in self._plain:
                self._plain[key] = self._next()
            return self._plain[key]
        for other, group in self._others:
            if equal(value, other) is True:
                return group
        self._others.append((value, self._next()))
        return self._others[-1][1]

    def differ(self, one: int, other: int) -> bool:
        """Whether two rules surely answer differently."""
        return (
            self.is_constant[one]
            and self.is_constant[other]
            and self.groups[one] != self.groups[other]
        )

    def text(self, rule: int) -> str:
        """What a rule answers, for people."""
        texts = []
        for text in self._rows[rule]:
            value, is_constant = self._constant(text)
            texts.append(feel_of(value) if is_constant else text.strip())
        return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"

    def default_text(self) -> str:
        """What the table answers where no rule matches."""
        texts = [feel_of(self._constant(text)[0]) for text in self._default()]
        return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"

    def unranked(self) -> tuple[int, int] | None:
        """(rule, output) of the first output whose priority depends on the input; else None."""
        for output, clause in enumerate(self._box.outputs):
            if not (clause.values or "").strip():
                continue
            for rule, row in enumerate(self._rows):
                if not self._constant(row[output])[1]:
                    return rule, output
        return None

    def order(self) -> list[int]:
        """The rules, the one first that decides where several match (FIRST, PRIORITY)."""
        rules = range(len(self._rows))
        if self._box.hit_policy is not HitPolicy.PRIORITY:
            return list(rules)
        priorities = [self._priorities(clause.values) for clause in self._box.outputs]
        ranks = [self._rank(row, priorities) for row in self._rows]
        return sorted(rules, key=lambda rule: (ranks[rule], rule))

    def _priorities(self, values: str | None) -> list[Value]:
        if values is None or not values.strip():
            return []
        try:
            form = self._reader.form(values, is_cell=True)
        except FeelSyntaxError:
            return []
        return [self._reader.constant(part)[0] for part in listed(form)]

    def _rank(self, row: Sequence[str], priorities: list[list[Value]]) -> tuple[int, ...]:
        ranks = []
        for text, known in zip(row, priorities, strict=False):
            value, _ = self._constant(text)
            at = next((i for i, other in enumerate(known) if equal(value, other) is True), None)
            ranks.append(len(known) if at is None else at)
        return tuple(ranks)
