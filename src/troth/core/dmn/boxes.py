"""How does a boxed expression become code? (DMN 1.5, 10.2)

An expression that cannot be read gives null and a note each time: the rest of its model still runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatchmethod

from troth.core.dmn import models as m
from troth.core.dmn.item_types import Types
from troth.core.dmn.tables import Table, listed
from troth.core.feel.arithmetic import NoValue
from troth.core.feel.calling import function_of, invoke
from troth.core.feel.compiling import Code, compiled
from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.evaluating import Expression, root
from troth.core.feel.filtering import filtered
from troth.core.feel.iterating import iterated, quantified
from troth.core.feel.nesting import frames_of
from troth.core.feel.running import Frame, Run
from troth.core.feel.types import Type, converted
from troth.core.feel.values import Value, kind_of

_LEVEL = 6  # calls of Python for each expression within another


class Boxes:
    """Makes code of the expressions of one document."""

    def __init__(self, types: Types, members: Iterable[str]) -> None:
        self._types = types
        self._named = types.named()
        self._members = frozenset(members)
        self.faults: list[str] = []
        self._depth = 0  # of the expression that is read, within others
        self._deepest = 0  # how deep the code of all that was read nests, in calls of Python

    def code(self, box: m.Boxed | None, names: frozenset[str]) -> Code:
        """The code of an expression in which these names are known."""
        if box is None:
            return lambda frame: None
        self._depth += 1
        code = self._code(box, names)
        self._depth -= 1
        return self.fitted(code, box.type_ref, box.line)

    def fitted(self, code: Code, type_ref: str | None, line: int) -> Code:
        """What the code gives, as the type wants it; null where it does not fit."""
        kind = self._types.find(type_ref)
        if kind is None or kind.name == "Any":
            return code

        def run(frame: Frame) -> Value:
            value, is_fit = converted(code(frame), kind)
            if not is_fit:
                frame.run.null(line, f"the value is no {kind}")
            return value

        return run

    @singledispatchmethod
    def _code(self, box: m.Boxed, names: frozenset[str]) -> Code:
        raise TypeError(f"{type(box).__name__} is no boxed expression")

    def text(self, text: str, names: frozenset[str], line: int, *, is_cell: bool = False) -> Code:
        """The code of a text of FEEL."""
        expression = self._expression(text, names, line, is_cell=is_cell)
        if isinstance(expression, str):
            return lambda frame: frame.run.null(line, expression)
        return expression.code

    def _expression(
        self, text: str, names: frozenset[str], line: int, *, is_cell: bool = False
    ) -> Expression | str:
        try:
            found = Expression(
                text, names=names, members=self._members, types=self._named, is_cell=is_cell
            )
            frames = self._depth * _LEVEL + frames_of(found.form)
            self._deepest = max(self._deepest, frames)
            return found
        except FeelSyntaxError as error:
            self.faults.append(f"line {line}: {error}")
            return str(error)

    @_code.register
    def _(self, box: m.LiteralBox, names: frozenset[str]) -> Code:
        if not box.is_feel:
            return lambda frame: frame.run.null(box.line, "the expression is not in FEEL")
        if not box.text.strip():
            return lambda frame: None
        return self.text(box.text, names, box.line)

    @_code.register
    def _(self, box: m.ContextBox, names: frozenset[str]) -> Code:
        known = names
        entries = []
        for name, kind, inner in box.entries:
            entries.append((name, self.fitted(self.code(inner, known), kind, box.line)))
            known = known | ({name} if name else frozenset())

        def run(frame: Frame) -> Value:
            values: dict[str, Value] = {}
            inner = frame.inner(values)
            for name, code in entries:
                if name is None:
                    return code(inner)
                values[name] = code(inner)
            return frame.run.entries(values)

        return run

    @_code.register
    def _(self, box: m.ListBox, names: frozenset[str]) -> Code:
        items = [self.code(item, names) for item in box.items]
        return lambda frame: frame.run.items([item(frame) for item in items])

    @_code.register
    def _(self, box: m.RelationBox, names: frozenset[str]) -> Code:
        rows = [[self.code(cell, names) for cell in row] for row in box.rows]
        return lambda frame: frame.run.items(
            [
                frame.run.entries(
                    {name: cell(frame) for name, cell in zip(box.columns, row, strict=False)}
                )
                for row in rows
            ]
        )

    @_code.register
    def _(self, box: m.InvocationBox, names: frozenset[str]) -> Code:
        called = self._code(box.called, names)
        bindings = [(name, self.code(inner, names)) for name, inner in box.bindings]

        def run(frame: Frame) -> Value:
            try:
                return invoke(
                    called(frame), frame.run, named={name: code(frame) for name, code in bindings}
                )
            except NoValue as reason:
                return frame.run.null(box.line, str(reason))

        return run

    @_code.register
    def _(self, box: m.FunctionBox, names: frozenset[str]) -> Code:
        if box.kind != "FEEL":
            return lambda frame: frame.run.null(
                box.line, "functions of another language are not called"
            )
        parameters = tuple(name for name, _ in box.parameters)
        kinds = tuple(self._types.find(kind) for _, kind in box.parameters)
        outer, self._deepest = self._deepest, 0
        body = self.code(box.body, names | frozenset(parameters))
        frames = max(0, self._deepest - self._depth * _LEVEL) + _LEVEL
        self._deepest = max(outer, self._deepest)
        return lambda frame: function_of(parameters, kinds, body, frame, frames=frames)

    @_code.register
    def _(self, box: m.ConditionalBox, names: frozenset[str]) -> Code:
        test, then, other = (self.code(b, names) for b in (box.test, box.then, box.other))

        def run(frame: Frame) -> Value:
            found = test(frame)
            if not isinstance(found, bool | None):
                return frame.run.null(box.line, f"the condition is a {kind_of(found)}")
            return then(frame) if found else other(frame)

        return run

    @_code.register
    def _(self, box: m.FilterBox, names: frozenset[str]) -> Code:
        of = self.code(box.of, names)
        test = self.code(box.test, names | self._members | {"item"})

        def run(frame: Frame) -> Value:
            value = of(frame)
            items = value if isinstance(value, list) else [] if value is None else [value]
            return filtered(items, test, frame, box.line, is_strict=True)

        return run

    @_code.register
    def _(self, box: m.IterationBox, names: frozenset[str]) -> Code:
        over = self.code(box.over, names)
        inner = names | {box.variable, "partial"}
        result = self.code(box.result, inner)
        axes = [(box.variable, over, None, box.line)]
        if box.kind == "for":
            return iterated(axes, result, box.line, has_partial=True)
        return quantified(axes, result, box.line, is_every=box.kind == "every", is_strict=True)

    @_code.register
    def _(self, box: m.TableBox, names: frozenset[str]) -> Code:
        return self.table(box, names).run

    def table(self, box: m.TableBox, names: frozenset[str]) -> Table:
        """A decision table in which these names are known."""
        cell_names = names | {"?"}
        inputs = [
            (
                self.text(clause.expression, names, box.line),
                self._types.find(clause.type_ref),
                self._values(clause.values, cell_names, box.line),
            )
            for clause in box.inputs
        ]
        rules = [
            (
                tuple(self.text(t, cell_names, rule.line, is_cell=True) for t in rule.inputs),
                tuple(self._output(text, names, rule.line) for text in rule.outputs),
            )
            for rule in box.rules
        ]
        outputs: list[tuple[str | None, Type | None, Code | None]] = [
            (
                clause.name,
                self._types.find(clause.type_ref),
                None if clause.default is None else self.text(clause.default, names, box.line),
            )
            for clause in box.outputs
        ]
        priorities = [self._priorities(clause.values, box.line) for clause in box.outputs]
        return Table(box, inputs=inputs, rules=rules, outputs=outputs, priorities=priorities)

    def _output(self, text: str, names: frozenset[str], line: int) -> Code:
        return self.text(text, names, line) if text.strip() else lambda frame: None

    def _values(self, tests: str | None, names: frozenset[str], line: int) -> Code | None:
        if tests is None or not tests.strip():
            return None
        return self.text(tests, names, line, is_cell=True)

    def _priorities(self, values: str | None, line: int) -> list[Value]:
        if values is None or not values.strip():
            return []
        expression = self._expression(values, frozenset(), line, is_cell=True)
        if isinstance(expression, str):
            return []
        frame = root(Run())
        return [compiled(form)(frame) for form in listed(expression.form)]
