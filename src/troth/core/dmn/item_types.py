"""Which type of FEEL does a name of a model mean?

DMN 1.5, 7.3.2 and 10.3.2.9: item definitions, their components, collections and allowed values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from troth.core.dmn.models import Definitions, ItemDefinition
from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.evaluating import Expression, root
from troth.core.feel.running import Run
from troth.core.feel.types import ANY, NAMED, Type
from troth.core.feel.values import Value


class Types:
    """The types that the expressions of one document can name."""

    def __init__(self, definitions: Definitions, imported: Mapping[str, Types]) -> None:
        self._definitions = definitions
        self._imported = imported
        self._known: dict[str, Type] = {}
        self._making: set[str] = set()

    @classmethod
    def none(cls) -> Types:
        """Those of a document that declares none."""
        return cls(Definitions(name="", namespace="", nodes={}, types={}), {})

    def find(self, reference: str | None) -> Type | None:
        """The type of a reference; None where it names none, so that anything fits."""
        if not reference:
            return None
        name = reference.strip()
        if name in self._definitions.types:
            return self._made(name)
        prefix, _, rest = name.partition(".")
        if rest and prefix in self._imported:
            return self._imported[prefix].find(rest)
        if ":" in name:  # DMN 1.1 wrote `feel:number`
            return self.find(name.partition(":")[2])
        return NAMED.get(name)

    def named(self) -> dict[str, Type]:
        """All that expressions can name, those of imports under the import's name."""
        found = {name: self._made(name) for name in self._definitions.types}
        for prefix, types in self._imported.items():
            found |= {f"{prefix}.{name}": kind for name, kind in types.named().items()}
        return found

    def described(
        self, reference: str | None, path: Sequence[str] = ()
    ) -> tuple[Type | None, tuple[str, ...]]:
        """(the type of a reference, or of a member within it, the unary tests that limit it)

        (None, ()) where it names no type, or one without such a member.
        """
        return self._described(reference, path, frozenset())

    def _described(
        self, reference: str | None, path: Sequence[str], above: frozenset[str]
    ) -> tuple[Type | None, tuple[str, ...]]:
        name = (reference or "").strip()
        prefix, _, rest = name.partition(".")
        if name not in self._definitions.types:
            if rest and prefix in self._imported:
                return self._imported[prefix]._described(rest, path, frozenset())
            return (None if path else self.find(name)), ()
        if name in above:
            return None, ()
        return self._item_described(self._definitions.types[name], path, above | {name})

    def _item_described(
        self, item: ItemDefinition, path: Sequence[str], above: frozenset[str]
    ) -> tuple[Type | None, tuple[str, ...]]:
        if path and not item.components:
            return self._described(item.type_ref, path, above)
        if path:
            part = next((part for part in item.components if part.name == path[0]), None)
            return (None, ()) if part is None else self._item_described(part, path[1:], above)
        kind = self._of(item)
        if item.is_collection or item.components or item.function is not None:
            return kind, ()
        own = tuple(tests for tests in (item.allowed, item.constraint) if tests)
        return kind, (*own, *self._described(item.type_ref, (), above)[1])

    def members(self) -> set[str]:
        """The names of all components of all types."""
        found = set(_members(self._definitions.types.values()))
        for types in self._imported.values():
            found |= types.members()
        return found

    def _made(self, name: str) -> Type:
        if name in self._known:
            return self._known[name]
        if name in self._making:  # a type that holds itself: what is within is not looked at
            return ANY
        self._making.add(name)
        self._known[name] = made = self._of(self._definitions.types[name])
        self._making.discard(name)
        return made

    def _of(self, item: ItemDefinition) -> Type:
        if item.components:
            members = {part.name: self._of(part) for part in item.components}
            kind = Type(name="context", members=members)
        elif item.function is not None:
            parameters, result = item.function
            kind = Type(
                name="function",
                parameters=tuple(self.find(part) or ANY for _, part in parameters),
                result=self.find(result) or ANY,
                labels=tuple(name for name, _ in parameters),
            )
        else:
            kind = self.find(item.type_ref) or ANY
        if item.allowed:
            # Of a collection the values allowed are those of its items.
            kind = limited(kind, item.allowed)
        if item.is_collection:
            kind = Type(name="list", item=kind)
        return limited(kind, item.constraint) if item.constraint else kind


def _members(items: Iterable[ItemDefinition]) -> Iterable[str]:
    for item in items:
        for part in item.components:
            yield part.name
        yield from _members(item.components)


def limited(kind: Type, tests: str) -> Type:
    """The type, of which only the values that pass the tests are allowed."""
    return Type(
        name=kind.name, item=kind.item, members=kind.members, parameters=kind.parameters,
        result=kind.result, labels=kind.labels, allows=_both(kind.allows, allowing(tests)),
        allowed=" ".join(tests.split()),
    )  # fmt: skip


def _both(
    one: Callable[[Value], bool] | None, other: Callable[[Value], bool]
) -> Callable[[Value], bool]:
    return other if one is None else lambda value: one(value) and other(value)


def allowing(tests: str) -> Callable[[Value], bool]:
    """Whether a value passes unary tests. Tests that are no FEEL allow everything."""
    try:
        code = Expression(tests, names=("?",), is_cell=True).code
    except FeelSyntaxError:
        return lambda value: True
    return lambda value: code(root(Run()).inner({"?": value})) is True
