"""Which decisions can be made, by which version of the rules, and from what input?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from troth.core.decisions import prioritise, prioritise_floored, promise, promise_floored
from troth.core.decisions.decision import Decision
from troth.core.decisions.input_schemas import (
    PRIORITISE,
    PRIORITISE_1,
    PRIORITISE_2,
    PROMISE,
    PROMISE_1,
    PROMISE_2,
)
from troth.core.decisions.inputs import DecisionInputError, Fields
from troth.core.decisions.shared import Shared, SharedInputs


class Decide(Protocol):
    """The rules of a kind."""

    def __call__(self, facts: Any, policy: Any, *, at: datetime) -> Decision: ...


class ReadInputs(Protocol):
    """Reads what WriteInputs wrote, or what a person did."""

    def __call__(
        self, facts: object, policy: object, shared: SharedInputs, *, at: datetime | None
    ) -> tuple[Any, Any]: ...


class WriteInputs(Protocol):
    """Facts and policy as a receipt keeps them, and the inputs that they share with others."""

    def __call__(
        self, facts: Any, policy: Any
    ) -> tuple[dict[str, Any], dict[str, Any], list[Shared]]: ...


@dataclass(frozen=True, kw_only=True)
class DecisionKind:
    """One kind of decision under one version of its rules."""

    name: str
    semantics: int
    about: str
    decide: Decide
    read_inputs: ReadInputs
    write_inputs: WriteInputs
    moment: str  # the fact that a first decision is dated by
    input_schema: Mapping[str, Any]  # JSON Schema of {at, facts, policy}


class UnknownDecisionKindError(LookupError):
    """No decision kind has this name or version. Use one of those in KINDS."""


# One line an entry; the newest version of a kind comes last, older ones stay.
# fmt: off
KINDS: tuple[DecisionKind, ...] = (
    DecisionKind(name="promise", semantics=1, about="When an order will arrive.", decide=promise.decide, read_inputs=promise.read_inputs, write_inputs=promise.write_inputs, moment="placed_at", input_schema=PROMISE_1),  # noqa: E501
    DecisionKind(name="promise", semantics=2, about="When an order will arrive.", decide=promise_floored.decide, read_inputs=promise_floored.read_inputs, write_inputs=promise_floored.write_inputs, moment="placed_at", input_schema=PROMISE_2),  # noqa: E501
    DecisionKind(name="promise", semantics=3, about="When an order will arrive.", decide=promise_floored.decide, read_inputs=promise_floored.read_inputs, write_inputs=promise_floored.write_inputs, moment="placed_at", input_schema=PROMISE),  # noqa: E501
    DecisionKind(name="prioritise", semantics=1, about="By when a case is due, and its place.", decide=prioritise.decide, read_inputs=prioritise.read_inputs, write_inputs=prioritise.write_inputs, moment="opened_at", input_schema=PRIORITISE_1),  # noqa: E501
    DecisionKind(name="prioritise", semantics=2, about="By when a case is due, and its place.", decide=prioritise_floored.decide, read_inputs=prioritise_floored.read_inputs, write_inputs=prioritise_floored.write_inputs, moment="opened_at", input_schema=PRIORITISE_2),  # noqa: E501
    DecisionKind(name="prioritise", semantics=3, about="By when a case is due, and its place.", decide=prioritise_floored.decide, read_inputs=prioritise_floored.read_inputs, write_inputs=prioritise_floored.write_inputs, moment="opened_at", input_schema=PRIORITISE),  # noqa: E501
)
# fmt: on

_BY_VERSION = {(kind.name, kind.semantics): kind for kind in KINDS}
_NEWEST = {kind.name: kind for kind in KINDS}


def kind_named(name: str, semantics: int | None = None) -> DecisionKind:
    """The kind of this name; its newest rules unless told. Raises UnknownDecisionKindError."""
    found = _NEWEST.get(name) if semantics is None else _BY_VERSION.get((name, semantics))
    if found is None:
        known = ", ".join(f"{kind.name} {kind.semantics}" for kind in KINDS)
        asked = name if semantics is None else f"{name} {semantics}"
        raise UnknownDecisionKindError(f"no decision kind is called {asked!r}; there are {known}")
    return found


@dataclass(frozen=True, kw_only=True)
class DecisionInput:
    """What is to be decided, read and checked."""

    kind: DecisionKind
    facts: Any
    policy: Any
    at: datetime

    def decide(self) -> Decision:
        """The decision on it."""
        return self.kind.decide(self.facts, self.policy, at=self.at)


def read_input(
    name: str, document: object, shared: Mapping[str, bytes | str] | None = None
) -> DecisionInput:
    """Read {at, facts, policy} as plain JSON, as `troth decide` and the API take it.

    Without `at`, the decision is dated by the moment that the kind names. Raises
    DecisionInputError, UnknownDecisionKindError, MissingSharedError.
    """
    kind = kind_named(name)
    fields = Fields(document, path="")
    at = fields.instant("at", None)
    facts, policy = kind.read_inputs(
        fields.mapping("facts"), fields.mapping("policy", {}), SharedInputs(shared), at=at
    )
    fields.finish()
    moment: datetime = getattr(facts, kind.moment)
    if at is not None and at < moment:
        raise DecisionInputError(
            path="at",
            found=at.isoformat(),
            expected=f"{moment.isoformat()} or later, when facts.{kind.moment} is",
            remedy="Correct the later of the two, or leave `at` out.",
        )
    return DecisionInput(kind=kind, facts=facts, policy=policy, at=at or moment)
