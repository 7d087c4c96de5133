"""What does a model decide? Decisions in the order of what they require, each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from troth.core.dmn import models as m
from troth.core.dmn.boxes import Boxes
from troth.core.dmn.errors import DmnUnknownError
from troth.core.dmn.item_types import Types
from troth.core.feel.compiling import Code
from troth.core.feel.errors import within_stack
from troth.core.feel.evaluating import Evaluation, root
from troth.core.feel.running import STEPS, Frame, Run
from troth.core.feel.types import converted
from troth.core.feel.values import Function, Signature, Value, incoming, outgoing

_Key = tuple[str, str]  # (namespace, id)
_SERVICE = 60  # calls of Python from a call of a service to its decisions


class _Document:
    """One document with the documents it imports: its nodes as code."""

    def __init__(self, definitions: m.Definitions, imported: Mapping[str, _Document]) -> None:
        self.definitions = definitions
        self.imported = imported  # by the name of the import
        self.types: Types = Types(definitions, {name: doc.types for name, doc in imported.items()})
        self.boxes = Boxes(self.types, self._members())
        self._codes: dict[str, Code] = {}

    def _members(self) -> set[str]:
        found = self.types.members() | entry_names(self.definitions)
        for document in self.imported.values():
            found |= {node.name for node in document.definitions.nodes.values()}
            found |= entry_names(document.definitions)
        return found

    def find(self, reference: str) -> tuple[_Document, m.Node] | None:
        """The node of `#id` or `namespace#id`, and its document."""
        namespace, _, name = reference.partition("#")
        if not name:
            namespace, name = "", reference
        if not namespace or namespace == self.definitions.namespace:
            node = self.definitions.nodes.get(name)
            if node is not None:
                return self, node
        for document in self.imported.values():
            if document.definitions.namespace == namespace or not namespace:
                found = document.find(f"#{name}")
                if found is not None:
                    return found
        for document in self.imported.values():
            found = document.find(reference)
            if found is not None:
                return found
        return None

    def name_of(self, document: _Document) -> str | None:
        """Under which import a document's nodes are known here; None for its own."""
        return next((name for name, other in self.imported.items() if other is document), None)

    def code(self, node: m.Decision | m.KnowledgeModel, names: frozenset[str]) -> Code:
        if node.id not in self._codes:
            logic = node.logic if isinstance(node, m.Decision) else node.function
            code = self.boxes.code(logic, names)
            if isinstance(node, m.Decision):
                code = self.boxes.fitted(code, node.variable.type_ref, node.line)
            self._codes[node.id] = code
        return self._codes[node.id]


def entry_names(definitions: m.Definitions) -> set[str]:
    """Names that boxed contexts, relations and outputs give to the members of their values."""
    found: set[str] = set()
    waiting: list[object] = [
        node.logic if isinstance(node, m.Decision) else node.function
        for node in definitions.nodes.values()
        if isinstance(node, m.Decision | m.KnowledgeModel)
    ]
    while waiting:
        item = waiting.pop()
        match item:
            case m.ContextBox(entries=entries):
                found |= {name for name, _, _ in entries if name}
                waiting += [inner for _, _, inner in entries]
            case m.RelationBox(columns=columns):
                found |= set(columns)
            case m.TableBox(outputs=outputs):
                found |= {clause.name for clause in outputs if clause.name}
            case m.FunctionBox(body=body):
                waiting.append(body)
            case m.ListBox(items=items):
                waiting += items
            case m.ConditionalBox(then=then, other=other):
                waiting += [then, other]
            case m.IterationBox(result=result):
                waiting.append(result)
    return found


def _key(document: _Document, node: m.Node) -> _Key:
    return document.definitions.namespace, node.id


def _required(node: m.Node) -> tuple[m.Requirement, ...]:
    return node.requires if isinstance(node, m.Decision | m.KnowledgeModel) else ()


class _Session:
    """One evaluation: what was given, and what was decided so far."""

    def __init__(self, inputs: Mapping[str, Value], run: Run) -> None:
        self.inputs = inputs
        self.run = run
        self.known: dict[_Key, Value] = {}
        self._open: set[_Key] = set()

    def value(self, document: _Document, node: m.Node) -> Value:
        """The value of a node; what it requires comes first, so that a long chain is no nest."""
        waiting = [(document, node)]
        seen: set[_Key] = set()
        while waiting:
            where, top = waiting[-1]
            key = _key(where, top)
            if key in self.known or key in self._open:
                waiting.pop()
            elif key in seen:
                waiting.pop()
                self._settle(where, top)
            else:
                seen.add(key)
                found = (where.find(required.href) for required in _required(top))
                waiting += [each for each in found if each is not None][::-1]
        key = _key(document, node)
        if key in self._open:
            return self.run.null(0, f"`{node.name}` requires itself")
        return self.known[key]

    def _settle(self, document: _Document, node: m.Node) -> None:
        key = _key(document, node)
        self._open.add(key)
        try:
            self.known[key] = self._computed(document, node)
        finally:
            self._open.discard(key)

    def _computed(self, document: _Document, node: m.Node) -> Value:
        match node:
            case m.InputData():
                return self._input(document, node)
            case m.Decision():
                frame, names = self._frame(document, node.requires)
                return document.code(node, names)(frame)
            case m.KnowledgeModel():
                frame, names = self._frame(document, node.requires, own=node)
                function = document.code(node, names)(frame)
                frame.values[node.variable.name] = function  # type: ignore[index]
                return _with_result(function, document.types.find(node.variable.type_ref))
            case m.Service():
                return self._service(document, node)

    def _input(self, document: _Document, node: m.InputData) -> Value:
        kind = document.types.find(node.variable.type_ref)
        for name in (node.name, node.variable.name):
            if name in self.inputs:
                value, is_fit = converted(self.inputs[name], kind)
                if not is_fit:
                    self.run.null(0, f"the input `{name}` is no {kind}")
                return value
        return self.run.null(0, f"no input `{node.name}` was given")

    def _frame(
        self, document: _Document, requires: tuple[m.Requirement, ...], own: m.Node | None = None
    ) -> tuple[Frame, frozenset[str]]:
        values: dict[str, Value] = {}
        for required in requires:
            found = document.find(required.href)
            if found is None:
                self.run.null(0, f"nothing has the id {required.href}")
                continue
            other, node = found
            value = self.value(other, node)
            prefix = document.name_of(other)
            if prefix:
                values.setdefault(prefix, {})[node.variable.name] = value
            else:
                values[node.variable.name] = value
        names = frozenset(values) | ({own.variable.name} if own is not None else frozenset())
        return root(self.run).inner(values), names

    def _service(self, document: _Document, node: m.Service) -> Function:
        """A service as the function of its input decisions and input data."""
        inputs = [found for reference in (*node.input_data, *node.input_decisions)
                  if (found := document.find(reference)) is not None]  # fmt: skip
        kinds = tuple(doc.types.find(item.variable.type_ref) for doc, item in inputs)

        def call(run: Run, arguments: list[Value]) -> Value:
            inner = _Session(self.inputs, run)
            for (doc, item), argument in zip(inputs, arguments, strict=True):
                inner.known[(doc.definitions.namespace, item.id)] = argument
            return inner.answer(document, node)

        signature = Signature(
            names=tuple(item.variable.name for _, item in inputs), types=kinds, call=call,
            required=len(inputs), takes_null=frozenset(range(len(inputs))), frames=_SERVICE,
        )  # fmt: skip
        return Function(signatures=(signature,), name=node.name)

    def answer(self, document: _Document, node: m.Service) -> Value:
        """Of one output decision its value, of several a context."""
        outputs = [found for reference in node.outputs
                   if (found := document.find(reference)) is not None]  # fmt: skip
        values = {item.variable.name: self.value(doc, item) for doc, item in outputs}
        answer: Value = next(iter(values.values())) if len(values) == 1 else values
        fitted, _ = converted(answer, document.types.find(node.variable.type_ref))
        return fitted


def _with_result(function: Value, kind: Any) -> Value:
    """The function, giving what its type says."""
    if not isinstance(function, Function) or kind is None or kind.name in ("Any", "function"):
        if isinstance(function, Function) and kind is not None and kind.result is not None:
            return _converting(function, kind.result)
        return function
    return _converting(function, kind)


def _converting(function: Function, kind: Any) -> Function:
    (signature,) = function.signatures

    def call(run: Run, arguments: list[Value]) -> Value:
        value, is_fit = converted(signature.call(run, arguments), kind)
        if not is_fit:
            run.null(0, f"the function gave what is no {kind}")
        return value

    wrapped = Signature(
        names=signature.names, types=signature.types, call=call,
        required=signature.required, takes_null=signature.takes_null,
        frames=signature.frames + 1,
    )  # fmt: skip
    return Function(signatures=(wrapped,), result=kind, name=function.name)


class Model:
    """A model with all that it imports, ready to be asked."""

    def __init__(self, document: _Document) -> None:
        self._document = document

    @property
    def definitions(self) -> m.Definitions:
        return self._document.definitions

    def with_definitions(self, definitions: m.Definitions) -> Model:
        """The model of changed definitions, with the same imports."""
        return Model(_Document(definitions, self._document.imported))

    @property
    def imported(self) -> dict[str, Model]:
        """The models that it imports, by the names under which it knows them."""
        return {name: Model(document) for name, document in self._document.imported.items()}

    @property
    def decisions(self) -> tuple[str, ...]:
        """The names of its own decisions, in the order of the document."""
        return tuple(
            node.name for node in self.definitions.nodes.values() if isinstance(node, m.Decision)
        )

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(
            node.name for node in self.definitions.nodes.values() if isinstance(node, m.Service)
        )

    def evaluate(
        self, name: str, inputs: Mapping[str, object], *, at: dt.datetime | None = None
    ) -> Any:
        """The value of a decision or a service. Raises as `evaluation`."""
        return self.evaluation(name, inputs, at=at).value

    def evaluation(
        self,
        name: str,
        inputs: Mapping[str, object],
        *,
        at: dt.datetime | None = None,
        steps: int = STEPS,
    ) -> Evaluation:
        """The value and why parts of it are null.

        Raises DmnUnknownError, FeelValueError where an input has no type in FEEL, FeelBudgetError.
        """
        node = self._named(name)
        run = Run(at=None if at is None else incoming(at), steps=steps)
        session = _Session(incoming(dict(inputs)), run)
        with within_stack():
            if isinstance(node, m.Service):
                self._give(session, node)
                found = session.answer(self._document, node)
            else:
                found = session.value(self._document, node)
            return Evaluation(value=outgoing(found), notes=tuple(run.notes))

    def _give(self, session: _Session, node: m.Service) -> None:
        """Of a service that is asked directly, the input decisions are inputs."""
        for reference in node.input_decisions:
            found = self._document.find(reference)
            if found is None:
                continue
            document, item = found
            value, is_fit = converted(
                session.inputs.get(item.name), document.types.find(item.variable.type_ref)
            )
            session.known[(document.definitions.namespace, item.id)] = value if is_fit else None

    def _named(self, name: str) -> m.Decision | m.Service:
        for node in self.definitions.nodes.values():
            if isinstance(node, m.Decision | m.Service) and node.name == name:
                return node
        known = ", ".join(self.decisions[:20]) or "none"
        raise DmnUnknownError(f"the model has no decision {name!r}. It has: {known}.")


def linked(definitions: m.Definitions, imported: Mapping[str, Model]) -> Model:
    """The model of a document, with a model for the name of each of its imports."""
    documents = {name: model._document for name, model in imported.items()}
    return Model(_Document(definitions, documents))
