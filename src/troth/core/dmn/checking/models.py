"""What is wrong in a model: its types, its requirements, and each of its expressions?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from troth.core.dmn import models as m
from troth.core.dmn.checking.boxes import box_type
from troth.core.dmn.checking.problems import Place, Problem
from troth.core.dmn.checking.texts import Texts, TypeNames
from troth.core.dmn.evaluating import Model, entry_names
from troth.core.dmn.item_types import Types
from troth.core.feel.types import ANY, Type


def check(model: Model | m.Definitions) -> tuple[Problem, ...]:
    """All that is wrong in a model, in the order of its document; of its imports nothing.

    Definitions alone are checked as if they imported nothing.
    """
    if isinstance(model, Model):
        return _source(model).problems()
    return _Source(model, {}).problems()


def _source(model: Model) -> _Source:
    return _Source(
        model.definitions, {name: _source(other) for name, other in model.imported.items()}
    )


class _Source:
    """One document with those that it imports: the types of its nodes, and what is wrong."""

    def __init__(self, definitions: m.Definitions, imported: Mapping[str, _Source]) -> None:
        self.definitions = definitions
        self.imported = imported
        self.types: Types = Types(
            definitions, {name: other.types for name, other in imported.items()}
        )
        self._known: dict[str, Type] = {}
        self._open: set[str] = set()

    @cached_property
    def _names(self) -> TypeNames:
        return TypeNames(self.types)

    @cached_property
    def members(self) -> frozenset[str]:
        """The names that values of this model may have."""
        found = self.types.members() | entry_names(self.definitions)
        for other in self.imported.values():
            found |= other.members | {node.variable.name for node in other.nodes}
        return frozenset(found)

    @property
    def nodes(self) -> tuple[m.Node, ...]:
        return tuple(self.definitions.nodes.values())

    def problems(self) -> tuple[Problem, ...]:
        found = list(self._of_types())
        for node in self.nodes:
            found += self._of_node(node)
        return (*found, *self._of_cycles())

    def find(self, reference: str) -> tuple[_Source, m.Node] | None:
        """The node of `#id` or `namespace#id`, and its document; as an evaluation finds it."""
        namespace, _, name = reference.partition("#")
        if not name:
            namespace, name = "", reference
        if namespace in ("", self.definitions.namespace) and name in self.definitions.nodes:
            return self, self.definitions.nodes[name]
        for other in self.imported.values():
            if (found := other.find(reference)) is not None:
                return found
        return None

    # What stands for a type.

    def _of_types(self) -> Iterator[Problem]:
        for item in self.definitions.types.values():
            yield from self._of_item(item, Place(path=(f"type `{item.name}`",)))

    def _of_item(self, item: m.ItemDefinition, place: Place) -> Iterator[Problem]:
        texts = Texts(self._names)
        kind = texts.type_of(item.type_ref, place)
        if item.function is not None:
            parameters, result = item.function
            for name, reference in parameters:
                texts.type_of(reference, place.within(f"parameter `{name}`"))
            texts.type_of(result, place.within("result"))
        whole = Type(name="list", item=kind or ANY) if item.is_collection else kind
        for tests, called, of in (
            (item.allowed, "the allowed values", kind),
            (item.constraint, "the constraint", whole),
        ):
            if tests and tests.strip():
                texts.check(tests, {}, place.within(called), is_cell_of=of or ANY)
        yield from texts.problems
        for part in item.components:
            yield from self._of_item(part, place.within(f"member `{part.name}`"))

    # The types of nodes.

    def type_of(self, node: m.Node) -> Type:
        """The type under which others know a node: as declared, or as its logic gives.

        What a node requires comes before it, so that a long chain is no deep nest; of a node that
        requires itself nothing is known.
        """
        waiting: list[tuple[_Source, m.Node]] = [(self, node)]
        seen: set[tuple[int, str]] = set()
        while waiting:
            source, top = waiting[-1]
            key = (id(source), top.id)
            if key in seen or source._is_settled(top):
                waiting.pop()
                source._settle(top)
                continue
            seen.add(key)
            found = (source.find(reference) for reference in _required(top))
            waiting += [each for each in found if each is not None]
        return self._known.get(node.id, ANY)

    def _is_settled(self, node: m.Node) -> bool:
        return node.id in self._known or node.id in self._open

    def _settle(self, node: m.Node) -> None:
        if not self._is_settled(node):
            self._open.add(node.id)
            self._known[node.id] = self._type_of(node)
            self._open.discard(node.id)

    def _type_of(self, node: m.Node) -> Type:
        declared = self.types.find(node.variable.type_ref)
        match node:
            case m.InputData():
                return declared or ANY
            case m.Decision():
                if declared is not None and declared.name not in ("Any", "function"):
                    return declared
                kind = self._logic_type(node, self._silent())
                # What gives null here may be given where a service is asked.
                return ANY if kind.name == "null" else kind
            case m.KnowledgeModel():
                return self._function_type(node, declared)
            case m.Service():
                inputs = [found for reference in (*node.input_data, *node.input_decisions)
                          if (found := self.find(reference)) is not None]  # fmt: skip
                result = None if declared is None else declared.result or declared
                return Type(
                    name="function",
                    parameters=tuple(other.type_of(item) for other, item in inputs),
                    labels=tuple(item.variable.name for _, item in inputs),
                    result=result if result is not None and result.name != "function" else ANY,
                )

    def _silent(self) -> Texts:
        return Texts(self._names, members=self.members)

    def _function_type(self, node: m.KnowledgeModel, declared: Type | None) -> Type:
        """As it is defined; where its variable declares a result, with that."""
        if node.function is None:
            return ANY
        found = box_type(node.function, self._scope(node), self._silent(), Place())
        if found.parameters is None or declared is None:
            return found
        result = declared.result if declared.name == "function" else declared
        if result is None or result.name == "Any":
            return found
        return Type(
            name="function", parameters=found.parameters, labels=found.labels, result=result
        )

    def _logic_type(self, node: m.Decision, texts: Texts) -> Type:
        place = Place(node=node.name, line=node.line)
        declared = texts.type_of(node.variable.type_ref, place)
        return box_type(node.logic, self._scope(node), texts, place, expects=declared)

    def _scope(self, node: m.Decision | m.KnowledgeModel) -> dict[str, Type]:
        """The names that a node's expressions see, with their types."""
        scope: dict[str, Type] = {}
        grouped: dict[str, dict[str, Type]] = {}
        for reference in _required(node):
            found = self.find(reference)
            if found is None:
                continue
            source, other = found
            kind = source.type_of(other)
            prefix = next((n for n, known in self.imported.items() if known is source), None)
            if prefix:
                grouped.setdefault(prefix, {})[other.variable.name] = kind
            else:
                scope[other.variable.name] = kind
        for prefix, members in grouped.items():
            scope[prefix] = Type(name="context", members=members)
        if isinstance(node, m.KnowledgeModel):
            scope[node.variable.name] = Type(name="function")  # it may call itself
        return scope

    # What is wrong in nodes.

    def _of_node(self, node: m.Node) -> Iterator[Problem]:
        place = Place(node=node.name)
        texts = Texts(self._names, members=self.members, beyond=self._beyond)
        match node:
            case m.InputData():
                texts.type_of(node.variable.type_ref, place)
            case m.Service():
                texts.type_of(node.variable.type_ref, place)
                references = (*node.outputs, *node.input_decisions, *node.input_data)
                self._unknown_references(references, texts, place)
            case m.Decision() | m.KnowledgeModel():
                self._unknown_references(_required(node), texts, place)
                if isinstance(node, m.Decision):
                    self._logic_type(node, texts)
                    if node.logic is None:
                        texts.tell(place, "the decision has no logic, so that it gives null",
                                   is_hint=True)  # fmt: skip
                else:
                    texts.type_of(node.variable.type_ref, place)
                    box_type(node.function, self._scope(node), texts, place)
                self._unused(node, texts, place)
        yield from texts.problems

    def _unknown_references(self, references: tuple[str, ...], texts: Texts, place: Place) -> None:
        for reference in references:
            if self.find(reference) is None:
                texts.tell(place, f"nothing has the id {reference!r}; require what is in the model")

    @cached_property
    def _beyond(self) -> dict[str, str]:
        """Each node, and what to do to have it where it is not required."""
        return {
            node.variable.name: f"require `{node.name}`, so that it is known here"
            for node in self.nodes
        }

    def _unused(self, node: m.Decision | m.KnowledgeModel, texts: Texts, place: Place) -> None:
        logic = node.logic if isinstance(node, m.Decision) else node.function
        if logic is None or not texts.is_readable:
            return
        own = node.variable.name if isinstance(node, m.KnowledgeModel) else None
        for name in self._scope(node):
            if name not in texts.used and name != own:
                texts.tell(
                    place, f"it requires `{name}` and never uses it; remove the requirement",
                    is_hint=True,
                )  # fmt: skip

    def _of_cycles(self) -> Iterator[Problem]:
        """Each round of nodes that require one another, once."""
        done: set[str] = set()
        for start in self.nodes:
            trail: list[m.Node] = []
            for round_ in self._rounds(start, trail, done):
                names = " → ".join(f"`{node.name}`" for node in (*round_, round_[0]))
                yield Problem(
                    place=Place(node=round_[0].name),
                    sentence=f"it requires itself: {names}; remove one of these requirements",
                )

    def _rounds(
        self, node: m.Node, trail: list[m.Node], done: set[str]
    ) -> Iterator[tuple[m.Node, ...]]:
        # A stack of its own: a chain of requirements may be longer than Python's.
        waiting = [(node, iter(self._required_here(node)))]
        if node.id in done:
            return
        trail.append(node)
        while waiting:
            _, others = waiting[-1]
            other = next(others, None)
            if other is None:
                waiting.pop()
                done.add(trail.pop().id)
            elif other in trail:
                yield tuple(trail[trail.index(other) :])
            elif other.id not in done:
                trail.append(other)
                waiting.append((other, iter(self._required_here(other))))

    def _required_here(self, node: m.Node) -> list[m.Node]:
        found = [self.find(reference) for reference in _required(node)]
        return [item[1] for item in found if item is not None and item[0] is self]


def _required(node: m.Node) -> tuple[str, ...]:
    """The references of what a node requires."""
    if not isinstance(node, m.Decision | m.KnowledgeModel):
        return ()
    return tuple(required.href for required in node.requires)
