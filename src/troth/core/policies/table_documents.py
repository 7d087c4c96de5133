"""How does a policy's table stand in a document, and what is wrong with one that should be?

    table:
      hit: FIRST
      rules:
        - {id: phone, when: {severity: "<= 2"}, then: {rank_weight: "12"}, note: why}

`when` holds unary tests and `then` expressions, both in FEEL; a number or a truth value may stand
without quotes. Columns are in the order in which the rules first name them, unless `inputs` and
`outputs` say otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from troth.core.dmn.models import HitPolicy
from troth.core.feel.checking import check
from troth.core.feel.errors import FeelError, FeelSyntaxError
from troth.core.feel.evaluating import Expression
from troth.core.feel.syntax import Name
from troth.core.feel.types import ANY
from troth.core.ledger.canonical import plain
from troth.core.policies.outputs import Fault, FaultError, read_value, unknown_key
from troth.core.policies.specs import PolicyKind
from troth.core.policies.tables import (
    ANYTHING,
    SINGLE_HITS,
    PolicyRule,
    PolicyTable,
    constant_of,
)

MOST_RULES = 20_000
MOST_COLUMNS = 60
_LONGEST_CELL = 10_000  # characters
_KEYS = ("hit", "inputs", "outputs", "priorities", "rules")
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')  # letters in them name nothing
_RULE_KEYS = ("id", "when", "then", "note")


def table_document(table: PolicyTable) -> dict[str, Any]:
    """The plain mapping that `read_table` reads."""
    rules = []
    for rule in table.rules:
        row: dict[str, Any] = {"id": rule.id, "when": dict(rule.when), "then": dict(rule.then)}
        if rule.note:
            row["note"] = rule.note
        rules.append(row)
    document: dict[str, Any] = {"hit": table.hit.value, "inputs": list(table.inputs),
                "outputs": list(table.outputs), "rules": rules}  # fmt: skip
    if table.priorities:
        document["priorities"] = dict(table.priorities)
    return document


def read_table(
    kind: PolicyKind,
    found: Any,
    *,
    path: str,
    is_answerable: Callable[[str, str], None] = lambda name, path: None,
) -> tuple[PolicyTable | None, list[Fault]]:
    """The table of a document, None where anything is wrong with it; and every fault.

    `is_answerable` raises FaultError for an output that may not stand in this scope.
    """
    reader = _Reader(kind, path, is_answerable)
    table = reader.read(found)
    return (None, reader.faults) if reader.faults else (table, [])


class _Reader:
    def __init__(
        self, kind: PolicyKind, path: str, is_answerable: Callable[[str, str], None]
    ) -> None:
        self.faults: list[Fault] = []
        self._kind, self._path, self._is_answerable = kind, path, is_answerable
        self._names = tuple(spec.name for spec in kind.inputs)
        self._scope = dict.fromkeys((*self._names, "?"), ANY)

    def read(self, found: Any) -> PolicyTable | None:
        path = self._path
        if not isinstance(found, Mapping):
            remedy = "Write hit: and rules:, as the guide on policies shows."
            self._fault(path, found, "a mapping of hit and rules", remedy)
            return None
        for key in found:
            if key not in _KEYS:
                self.faults.append(unknown_key(f"{path}.{key}", key, _KEYS, "one of"))
        hit = self._hit(found.get("hit", "UNIQUE"))
        rows = found.get("rules")
        if not isinstance(rows, list | tuple) or not rows:
            remedy = "Write at least one rule with `then`."
            self._fault(f"{path}.rules", rows, "a list of rules", remedy)
            return None
        if len(rows) > MOST_RULES:
            remedy = "Use a column for what the rules have in common, or layers."
            self._fault(f"{path}.rules", len(rows), f"at most {MOST_RULES} rules", remedy)
            return None
        rules = [self._rule(row, at) for at, row in enumerate(rows)]
        self._twice(rules)
        inputs = self._columns(found, "inputs", [rule.when for rule in rules])
        outputs = self._columns(found, "outputs", [rule.then for rule in rules])
        for at, name in enumerate(inputs):
            self._expression(name, f"{path}.inputs[{at}]")
        priorities = self._priorities(found.get("priorities"), hit, outputs)
        if self.faults or hit is None:
            return None
        return PolicyTable(
            kind=self._kind.name, hit=hit, inputs=inputs, outputs=outputs,
            rules=tuple(rules), priorities=priorities,
        )  # fmt: skip

    def _fault(self, path: str, found: Any, expected: str, remedy: str) -> None:
        self.faults.append(Fault(path=path, found=repr(found), expected=expected, remedy=remedy))

    def _hit(self, found: Any) -> HitPolicy | None:
        names = [policy.value for policy in SINGLE_HITS]
        if found not in names:
            remedy = "A policy gives one answer: FIRST where the order of the rules matters."
            self._fault(f"{self._path}.hit", found, f"one of {', '.join(names)}", remedy)
            return None
        return HitPolicy(found)

    def _rule(self, found: Any, at: int) -> PolicyRule:
        path = f"{self._path}.rules[{at}]"
        row = found if isinstance(found, Mapping) else {}
        if row is not found:
            self._fault(path, found, "a mapping with `when` and `then`", "Write both.")
        for key in row:
            if key not in _RULE_KEYS:
                self.faults.append(unknown_key(f"{path}.{key}", key, _RULE_KEYS, "one of"))
        when = self._cells(row.get("when"), f"{path}.when")
        then = self._cells(row.get("then"), f"{path}.then")
        if row is found and not then:
            names = ", ".join(self._kind.by_name)
            self._fault(f"{path}.then", row.get("then"), "an answer", f"Give one of {names}.")
        # A cell that says nothing is as if it were not there.
        when = {name: text for name, text in when.items() if text != ANYTHING}
        then = {name: text for name, text in then.items() if text not in ("", ANYTHING)}
        for name, text in when.items():
            self._test(text, f"{path}.when.{name}")
        for name, text in then.items():
            self._answer(name, text, f"{path}.then.{name}")
        return PolicyRule(
            id=str(row.get("id", f"r{at + 1}")), when=when, then=then,
            note=str(row.get("note") or ""),
        )  # fmt: skip

    def _cells(self, found: Any, path: str) -> dict[str, str]:
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            self._fault(path, found, "a mapping of columns to cells", "Write name: cell.")
            return {}
        cells = {}
        for name, value in found.items():
            text = value.strip() if isinstance(value, str) else _scalar(value)
            if text is None or len(text) > _LONGEST_CELL:
                self._fault(f"{path}.{name}", value, "an expression of FEEL", "Put it in quotes.")
                continue
            cells[str(name)] = text or ANYTHING
        return cells

    def _test(self, text: str, path: str) -> None:
        try:
            form = Expression(text, names=(*self._names, "?"), is_cell=True)
        except FeelSyntaxError as error:
            self._syntax(error, path)
        else:
            self._known(form, path)

    def _expression(self, text: str, path: str) -> None:
        if text in self._names:
            return
        try:
            form = Expression(text, names=self._names)
        except FeelSyntaxError as error:
            self._syntax(error, path)
            return
        if not self._known(form, path):
            return
        if not any(name in text for name in self._names):
            known = ", ".join(self._names) or "none"
            remedy = f"The inputs of {self._kind.name}: {known}."
            self._fault(path, form.text, f"an input of {self._kind.name}", remedy)

    def _answer(self, name: str, text: str, path: str) -> None:
        spec = self._kind.by_name.get(name)
        if spec is None:
            what = f"an output of {self._kind.name}"
            self.faults.append(unknown_key(path, name, self._kind.by_name, what))
            return
        try:
            self._is_answerable(name, path)
            if not self._known(Expression(text, names=self._names), path):
                return
            value, is_constant = constant_of(text)
            if is_constant and value is not None:
                read_value(spec, value, path=path)
        except FeelSyntaxError as error:
            self._syntax(error, path)
        except FaultError as error:
            self.faults.append(error.fault)
        except FeelError as error:
            self._fault(path, text, "an expression that ends soon", f"Shorten it: {error}")

    def _known(self, read: Expression, path: str) -> bool:
        """Whether it names inputs alone; another name would be null whatever the case."""
        if not any(letter.isalpha() for letter in _TEXTS.sub("", read.text)):
            return True
        found = check(read.form, self._scope).findings
        unknown = {item.form.name: item for item in found if isinstance(item.form, Name)}
        for name, item in unknown.items():
            known = ", ".join(self._names) or "none"
            near = item.remedy if item.remedy.startswith("did you mean") else ""
            remedy = near.capitalize() or f"Write text in double quotes; the inputs are {known}."
            self._fault(path, name, f"an input of {self._kind.name}", remedy)
        return not unknown

    def _syntax(self, error: FeelSyntaxError, path: str) -> None:
        where = f"{path}, column {error.column}"
        remedy = 'Write text in double quotes: "phone".'
        self._fault(where, error.text, f"{error.expected} instead of {error.found}", remedy)

    def _twice(self, rules: Sequence[PolicyRule]) -> None:
        seen: set[str] = set()
        for at, rule in enumerate(rules):
            if rule.id in seen:
                path = f"{self._path}.rules[{at}].id"
                self._fault(path, rule.id, "an id that no other rule has", "Rename one of them.")
            seen.add(rule.id)

    def _columns(
        self, found: Mapping[str, Any], key: str, rows: Sequence[Mapping[str, str]]
    ) -> tuple[str, ...]:
        used = tuple(dict.fromkeys(name for row in rows for name in row))
        stated = found.get(key)
        path = f"{self._path}.{key}"
        if stated is not None and (
            not isinstance(stated, list | tuple) or not all(isinstance(i, str) for i in stated)
        ):
            self._fault(path, stated, "a list of columns", "Write it as [a, b], or leave it out.")
            return used
        columns = tuple(dict.fromkeys(stated)) if stated is not None else used
        missing = [name for name in used if name not in columns]
        if missing:
            remedy = f"Add {missing[0]!r}, or leave {key} out."
            self._fault(path, list(columns), "every column that a rule names", remedy)
        if len(columns) > MOST_COLUMNS:
            self._fault(path, len(columns), f"at most {MOST_COLUMNS} columns", "Split the table.")
        return columns

    def _priorities(
        self, found: Any, hit: HitPolicy | None, outputs: Sequence[str]
    ) -> dict[str, str]:
        path = f"{self._path}.priorities"
        if hit is not HitPolicy.PRIORITY:
            if found is not None:
                self._fault(path, found, "nothing, but for PRIORITY", "Remove it.")
            return {}
        stated = self._cells(found, path)
        if not any(name in stated for name in outputs):
            remedy = "Write the values of an output, the most important first."
            self._fault(path, found, "priorities of at least one output", remedy)
        for name, text in stated.items():
            if name not in outputs:
                self.faults.append(unknown_key(f"{path}.{name}", name, outputs, "an output"))
            self._test(text, f"{path}.{name}")
        return stated


def _scalar(value: Any) -> str | None:
    """A number, truth value or nothing as FEEL writes it; None for what FEEL has no literal for."""
    if value is None:
        return ANYTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(plain(value)) if isinstance(value, int) else repr(value)
    return None
