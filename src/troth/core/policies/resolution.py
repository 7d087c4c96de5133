"""Which value holds for this subject at this instant, whose is it, and what did it override?

DESIGN §3.4: per output the most specific layer with an answer wins; signed terms are floors in
the customer's better direction; then guardrails clamp. Two axes of time: in force at `at`, and
published by `known_at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from troth.core.ledger.canonical import plain
from troth.core.policies.guardrails import clamped, is_better, refuses
from troth.core.policies.kinds import OutputSpec, PolicyKind, kind_named
from troth.core.policies.scopes import DEFAULT_LAYER, Layer, Scope, Subject
from troth.core.policies.timelines import rank
from troth.core.policies.versions import PolicyVersion, as_instant


@dataclass(frozen=True, kw_only=True)
class ResolvedOutput:
    """One value, the layer and version that it came from, and the answers that lost to it."""

    kind: str
    output: str
    value: Any
    layer: str  # a Layer, or "default"
    scope: str  # the key within the layer
    version: str  # the id of the policy version; "" for a built-in default
    overrode: tuple[str, ...] = ()  # most specific first: "company: 30 (pol_…)"
    floors: tuple[str, ...] = ()  # the signed terms that lifted a worse answer
    clamped_by: tuple[str, ...] = ()  # the guardrails that refused the answer: "guardrail law …"


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """Every output of one policy kind for one subject at one instant."""

    kind: str
    outputs: tuple[ResolvedOutput, ...]
    in_force: tuple[PolicyVersion, ...] = field(
        repr=False
    )  # all that hold, whether they won or not

    @cached_property
    def values(self) -> dict[str, Any]:
        """Value by output."""
        return {item.output: item.value for item in self.outputs}

    @cached_property
    def versions(self) -> tuple[str, ...]:
        """The ids of the versions that gave a value, each once."""
        return tuple(dict.fromkeys(item.version for item in self.outputs if item.version))

    def __getitem__(self, output: str) -> Any:
        return self.values[output]


def resolve(
    kind: str,
    versions: Iterable[PolicyVersion],
    subject: Subject,
    *,
    at: datetime,
    known_at: datetime,
) -> Resolution:
    """What holds for a subject at `at`, as published by `known_at`.

    The plain reading of the rules; PolicyBook gives the same answers faster. Raises
    UnknownKindError, NaiveInstantError, ContradictoryGuardrailsError.
    """
    spec, at, known_at = kind_named(kind), as_instant(at), as_instant(known_at)
    latest: dict[Scope, PolicyVersion] = {}
    for version in versions:
        is_known = version.kind == kind and version.published_at <= known_at
        is_over = version.effective_to is not None and version.effective_to <= at
        if is_known and version.effective_from <= at and not is_over:
            held = latest.get(version.scope)
            if held is None or rank(held) < rank(version):
                latest[version.scope] = version
    order = [Scope(layer=layer, key=key) for layer, keys in subject.layers() for key in keys]
    answering = [latest[scope] for scope in dict.fromkeys(order) if scope in latest]
    guardrails = sorted(
        (version for scope, version in latest.items() if scope.layer is Layer.GUARDRAIL),
        key=lambda version: version.scope.key,
    )
    return settle(spec, answering, guardrails)


def settle(
    kind: PolicyKind, answering: Sequence[PolicyVersion], guardrails: Sequence[PolicyVersion]
) -> Resolution:
    """The resolution among the versions that hold, most specific first; guardrails by key.

    Raises ContradictoryGuardrailsError.
    """
    outputs = tuple(_settled(kind, spec, answering, guardrails) for spec in kind.outputs)
    return Resolution(kind=kind.name, outputs=outputs, in_force=(*answering, *guardrails))


def _settled(
    kind: PolicyKind,
    spec: OutputSpec,
    answering: Sequence[PolicyVersion],
    guardrails: Sequence[PolicyVersion],
) -> ResolvedOutput:
    answers = [item for item in answering if item.outputs.get(spec.name) is not None]
    winner, floors = _winner(spec, answers)
    value = spec.default if winner is None else winner.outputs[spec.name]
    lost = [_told(item, spec) for item in answers if item is not winner]
    if winner is not None and spec.default is not None:
        lost.append(f"{DEFAULT_LAYER}: {_text(spec.default)}")
    bounds = [item for item in guardrails if item.outputs.get(spec.name) is not None]
    allowed = clamped(spec, value, [item.outputs[spec.name] for item in bounds])
    if allowed == value:
        return ResolvedOutput(
            kind=kind.name,
            output=spec.name,
            value=value,
            layer=DEFAULT_LAYER if winner is None else winner.scope.layer.value,
            scope="" if winner is None else winner.scope.key,
            version="" if winner is None else winner.id,
            overrode=tuple(lost),
            floors=floors,
        )
    refusing = [item for item in bounds if refuses(spec, value, item.outputs[spec.name])]
    before = f"{DEFAULT_LAYER}: {_text(value)}" if winner is None else _told(winner, spec)
    return ResolvedOutput(
        kind=kind.name,
        output=spec.name,
        value=allowed,
        layer=Layer.GUARDRAIL.value,
        scope=refusing[0].scope.key,
        version=refusing[0].id,
        overrode=(before, *lost),
        floors=floors,
        clamped_by=tuple(_told(item, spec) for item in refusing),
    )


def _winner(
    spec: OutputSpec, answers: Sequence[PolicyVersion]
) -> tuple[PolicyVersion | None, tuple[str, ...]]:
    """The most specific answer, or the signed term that is better; and why the latter."""
    if not answers:
        return None, ()
    winner = answers[0]
    if winner.scope.layer in (Layer.CUSTOMER, Layer.CONTRACT):
        for term in answers:
            is_signed = term.scope.layer is Layer.CONTRACT
            if is_signed and is_better(spec, term.outputs[spec.name], winner.outputs[spec.name]):
                winner = term
    if winner is answers[0]:
        return winner, ()
    return winner, (f"{_told(winner, spec)} is signed and better than {_told(answers[0], spec)}",)


def _told(version: PolicyVersion, spec: OutputSpec) -> str:
    """ "tier gold: 5 (pol_…)"."""
    who = f"{version.scope.layer} {version.scope.key}".strip()
    return f"{who}: {_text(version.outputs[spec.name])} ({version.id})"


def _text(value: Any) -> str:
    shown = plain(value)
    if isinstance(shown, dict):
        return ", ".join(f"{key} {_text(item)}" for key, item in shown.items())
    if isinstance(shown, list):
        return "[" + ", ".join(_text(item) for item in shown) + "]"
    return str(shown).lower() if isinstance(shown, bool) else str(shown)
