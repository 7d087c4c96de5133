"""Which value holds for this subject at this instant, whose is it, and what did it override?

DESIGN §3.4: per output the most specific layer with an answer wins; signed terms are floors in
the customer's better direction; then guardrails clamp. Two axes of time: in force at `at`, and
published by `known_at`. A version that is rolled out in stages holds for its audience; one whose
table cannot be evaluated for the case leaves the word to the version below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from troth.core.ledger.canonical import plain
from troth.core.policies.guardrails import clamped, is_better, refuses
from troth.core.policies.kinds import kind_named
from troth.core.policies.scopes import DEFAULT_LAYER, Layer, Scope, Subject
from troth.core.policies.specs import OutputSpec, PolicyKind
from troth.core.policies.tables import said
from troth.core.policies.timelines import chained, rank
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
    rule: str = ""  # the id of the rule of the version's table that gave it
    # The versions of the same kind and scope in whose place it answers, as their tables could
    # not be evaluated for the case; the one in force first.
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """Every output of one policy kind for one subject at one instant."""

    kind: str
    outputs: tuple[ResolvedOutput, ...]
    in_force: tuple[PolicyVersion, ...] = field(
        repr=False
    )  # all that hold, whether they won or not
    faults: tuple[str, ...] = ()  # tables that could not say what they should, so others answer

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
    case: Mapping[str, Any] | None = None,
) -> Resolution:
    """What holds for a subject at `at`, as published by `known_at`, for the inputs of a case.

    The plain reading of the rules; PolicyBook gives the same answers faster. Raises
    UnknownKindError, NaiveInstantError, ContradictoryGuardrailsError.
    """
    spec, at, known_at = kind_named(kind), as_instant(at), as_instant(known_at)
    covering: dict[Scope, list[PolicyVersion]] = {}
    for version in versions:
        is_known = version.kind == kind and version.published_at <= known_at
        is_over = version.effective_to is not None and version.effective_to <= at
        is_for_it = version.audience is None or version.audience.has(subject)
        if is_known and version.effective_from <= at and not is_over and is_for_it:
            covering.setdefault(version.scope, []).append(version)
    ranked = {scope: sorted(found, key=rank, reverse=True) for scope, found in covering.items()}
    order = [Scope(layer=layer, key=key) for layer, keys in subject.layers() for key in keys]
    answering = [chained(ranked[scope]) for scope in dict.fromkeys(order) if scope in ranked]
    guardrails = sorted(
        (found[0] for scope, found in ranked.items() if scope.layer is Layer.GUARDRAIL),
        key=lambda version: version.scope.key,
    )
    return explained(spec, holding(answering, guardrails, case, at=at))


class Answering(NamedTuple):
    """A version, and what it answers for one case."""

    version: PolicyVersion
    outputs: Mapping[str, Any]
    rule: str = ""
    faults: tuple[str, ...] = ()
    instead_of: tuple[PolicyVersion, ...] = ()  # what could not be evaluated, highest rank first


class Holding(NamedTuple):
    """All versions that hold for one subject at one instant, as they answer for one case."""

    answering: tuple[Answering, ...]  # most specific first
    guardrails: tuple[PolicyVersion, ...]  # by key


class Settled(NamedTuple):
    """What one output comes to, before it is explained."""

    value: Any
    version: PolicyVersion | None  # that gave the value; None: the built-in default
    winner: Answering | None  # whose answer it was before guardrails
    refusing: tuple[PolicyVersion, ...]  # the guardrails that refused it


def holding(
    answering: Iterable[Sequence[PolicyVersion]],
    guardrails: Iterable[PolicyVersion],
    case: Mapping[str, Any] | None,
    *,
    at: datetime,
) -> Holding:
    """The versions that hold, most specific first, as they answer for the inputs of a case.

    Each comes with those that answer in its place where its table cannot be evaluated.
    """
    return Holding(
        answering=tuple([_answering(chain, case, at) for chain in answering]),
        guardrails=tuple(guardrails),
    )


def _answering(
    chain: Sequence[PolicyVersion], case: Mapping[str, Any] | None, at: datetime
) -> Answering:
    """What the first version answers that can be evaluated; without one, what the first can say."""
    first = _answer(chain[0], case, at)
    if not first.faults or len(chain) == 1:
        return first
    faults = [*first.faults]
    for place, version in enumerate(chain[1:], start=1):
        found = _answer(version, case, at)
        if not found.faults:
            told = f"number {version.number} ({version.id}) answers in its place"
            faults = [f"{fault}; {told}" for fault in faults]
            return found._replace(faults=tuple(faults), instead_of=tuple(chain[:place]))
        faults += found.faults
    return first._replace(faults=tuple(faults))


def _answer(version: PolicyVersion, case: Mapping[str, Any] | None, at: datetime) -> Answering:
    if version.table is None:
        return Answering(version, version.outputs)
    found = said(version.table, case or {}, at=at)
    faults = tuple(f"{_who(version)} ({version.id}): {fault}" for fault in found.faults)
    # What DMN calls default outputs: they hold where no rule matches, and where the table failed.
    outputs = found.outputs if found.rule else version.outputs
    return Answering(version, outputs, found.rule, faults)


def settled(kind: PolicyKind, held: Holding) -> tuple[Settled, ...]:
    """What each output comes to among the versions that hold.

    Raises ContradictoryGuardrailsError.
    """
    return tuple(_settled(spec, held) for spec in kind.outputs)


def explained(kind: PolicyKind, held: Holding) -> Resolution:
    """The same with layers, ids, and what each value overrode. Raises as `settled` does."""
    pairs = zip(kind.outputs, settled(kind, held), strict=True)
    outputs = tuple(_explained(kind, spec, held, item) for spec, item in pairs)
    return Resolution(
        kind=kind.name,
        outputs=outputs,
        in_force=(
            *(v for item in held.answering for v in (*item.instead_of, item.version)),
            *held.guardrails,
        ),
        faults=tuple(fault for item in held.answering for fault in item.faults),
    )


def _settled(spec: OutputSpec, held: Holding) -> Settled:
    answers = [item for item in held.answering if item.outputs.get(spec.name) is not None]
    winner = _winner(spec, answers)
    value = spec.default if winner is None else winner.outputs[spec.name]
    bounds = [item for item in held.guardrails if item.outputs.get(spec.name) is not None]
    allowed = clamped(spec, value, [item.outputs[spec.name] for item in bounds])
    if allowed == value:
        version = None if winner is None else winner.version
        return Settled(value=value, version=version, winner=winner, refusing=())
    refusing = tuple(item for item in bounds if refuses(spec, value, item.outputs[spec.name]))
    return Settled(value=allowed, version=refusing[0], winner=winner, refusing=refusing)


def _explained(
    kind: PolicyKind, spec: OutputSpec, held: Holding, outcome: Settled
) -> ResolvedOutput:
    answers = [item for item in held.answering if item.outputs.get(spec.name) is not None]
    winner = outcome.winner
    overrode = [_answer_told(item, spec) for item in answers if item is not winner]
    if winner is not None and outcome.refusing:
        overrode.insert(0, _answer_told(winner, spec))
    # A table that could not say what it should is told beside those that lost.
    overrode += [fault for item in held.answering if _failed(item, spec) for fault in item.faults]
    if spec.default is not None and (winner is not None or outcome.refusing):
        overrode.append(f"{DEFAULT_LAYER}: {_text(spec.default)}")
    floors: tuple[str, ...] = ()
    if winner is not None and winner is not answers[0]:
        lifted = _answer_told(answers[0], spec)
        floors = (f"{_answer_told(winner, spec)} is signed and better than {lifted}",)
    source = outcome.version
    is_ruled = winner is not None and not outcome.refusing
    return ResolvedOutput(
        kind=kind.name,
        output=spec.name,
        value=outcome.value,
        layer=DEFAULT_LAYER if source is None else source.scope.layer.value,
        scope="" if source is None else source.scope.key,
        version="" if source is None else source.id,
        overrode=tuple(overrode),
        floors=floors,
        clamped_by=tuple(_bound_told(item, spec) for item in outcome.refusing),
        rule=winner.rule if winner is not None and is_ruled else "",
        instead_of=tuple(v.id for v in winner.instead_of) if winner and is_ruled else (),
    )


def _failed(item: Answering, spec: OutputSpec) -> bool:
    if item.instead_of:
        asked = [item, *(Answering(v, v.outputs) for v in item.instead_of)]
        tables = [v.table for v in item.instead_of if v.table]
        return any(one.outputs.get(spec.name) is not None for one in asked) or any(
            spec.name in table.outputs for table in tables
        )
    table = item.version.table
    is_silent = item.outputs.get(spec.name) is None or not item.rule
    return bool(item.faults and table and spec.name in table.outputs and is_silent)


def _winner(spec: OutputSpec, answers: Sequence[Answering]) -> Answering | None:
    """The most specific answer, or the best signed term where that one is worse."""
    if not answers:
        return None
    winner = answers[0]
    if spec.better and winner.version.scope.layer in (Layer.CUSTOMER, Layer.CONTRACT):
        for term in answers:
            is_signed = term.version.scope.layer is Layer.CONTRACT
            if is_signed and is_better(spec, term.outputs[spec.name], winner.outputs[spec.name]):
                winner = term
    return winner


def _answer_told(item: Answering, spec: OutputSpec) -> str:
    """ "tier gold: 5 (pol_…, rule r2)"."""
    rule = f", rule {item.rule}" if item.rule else ""
    value = _text(item.outputs[spec.name])
    return f"{_who(item.version)}: {value} ({item.version.id}{rule})"


def _bound_told(version: PolicyVersion, spec: OutputSpec) -> str:
    return f"{_who(version)}: {_text(version.outputs[spec.name])} ({version.id})"


def _who(version: PolicyVersion) -> str:
    return f"{version.scope.layer} {version.scope.key}".strip()


def _text(value: Any) -> str:
    shown = plain(value)
    if isinstance(shown, dict):
        return ", ".join(f"{key} {_text(item)}" for key, item in shown.items())
    if isinstance(shown, list):
        return "[" + ", ".join(_text(item) for item in shown) + "]"
    return str(shown).lower() if isinstance(shown, bool) else str(shown)
