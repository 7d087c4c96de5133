"""Which layers may this decision not rest on, and is its answer no worse than the standard?

A decision whose customer does not permit a purpose, or whose facts cannot be trusted, is made
without the layers of policy that rest on it. Its answer then stands beside that of the standard
(customer, tier and segment layers off): where any output of it is worse for the customer, the
standard's answer is given whole. So what remains permitted can help, and never costs.
docs/decisions/0021 says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar

from troth.core.consent.purposes import BUILT_IN, PERSONAL_LAYERS, Basis
from troth.core.consent.states import Standing, State, is_permitted
from troth.core.decisions.decision import (
    Alternative,
    Change,
    ConsentUsed,
    Decision,
    PolicyUsed,
    Reason,
)
from troth.core.decisions.feeds import FeedUsed, feed_floors, feeds_as_facts
from troth.core.decisions.inputs import Fields, refuse
from troth.core.ledger.canonical import plain
from troth.core.policies.floors import Floor, FloorReason, consent_floor, left_out
from troth.core.policies.scopes import Layer
from troth.core.policies.specs import Better

LIFTED = "floor:lifted"
_SAID = {
    State.DENIED: "has denied",
    State.REVOKED: "has revoked",
    State.EXPIRED: "has not renewed",
    State.NONE: "has not granted",
}
_WHY = {
    FloorReason.STALE: "What they rest on is older than its contract allows",
    FloorReason.UNVERIFIED: "What they rest on is not verified",
    FloorReason.OUTAGE: "What they rest on cannot be reached",
}
_BUILT_IN_LAYERS = {notice.purpose: notice.layers for notice in BUILT_IN}


class FlooredFacts(Protocol):
    """Facts that say what the customer permits, and how old what they come from is."""

    @property
    def consent(self) -> tuple[ConsentUsed, ...]: ...
    @property
    def feeds(self) -> tuple[FeedUsed, ...]: ...


class FlooredPolicy(Protocol):
    """A policy that knows its standard, and why layers were left out of it beside consent."""

    @property
    def used(self) -> tuple[PolicyUsed, ...]: ...
    @property
    def standard(self) -> Self | None: ...
    @property
    def floors(self) -> tuple[Floor, ...]: ...


P = TypeVar("P", bound=FlooredPolicy)


def consent_used(standings: Iterable[Standing]) -> tuple[ConsentUsed, ...]:
    """What a decision has to know of each purpose that layers of policy rest on."""
    return tuple(
        ConsentUsed(
            purpose=item.purpose,
            basis=item.notice.basis.value,
            state=item.state.value,
            notice=item.notice.version,
            event="" if item.event is None else item.event.id,
            layers=item.notice.layers,
        )
        for item in standings
        if item.notice.layers
    )


def floors_of(consent: Iterable[ConsentUsed], others: Iterable[Floor] = ()) -> tuple[Floor, ...]:
    """Every reason to leave layers out: purposes that are not permitted, then the others."""
    return (
        *(
            consent_floor(item.purpose, State(item.state), item.layers)
            for item in consent
            if item.layers and not is_permitted(Basis(item.basis), State(item.state))
        ),
        *others,
    )


def decide_floored(
    decide: Callable[..., Decision],
    facts: FlooredFacts,
    policy: FlooredPolicy,
    *,
    at: datetime,
    semantics: int,
    better: Mapping[str, Better],
) -> Decision:
    """Decide without the layers that are left out, and never worse than the standard.

    `better`: the outputs of the outcome that can be better or worse for the customer, and which
    way. Raises DecisionInputError where a value comes from a layer that is left out.
    """
    floors = floors_of(facts.consent, (*feed_floors(facts.feeds), *policy.floors))
    own = replace(decide(facts, policy, at=at), semantics=semantics, consent=facts.consent)
    own = replace(own, facts=(*own.facts, *feeds_as_facts(facts.feeds, at)))
    if not floors:
        return own
    _check(policy.used, floors)
    chosen = own
    lifted: tuple[Reason, ...] = ()
    if policy.standard is not None:
        plain_ = decide(facts, policy.standard, at=at)
        worse = [name for name, way in better.items() if _is_worse(own, plain_, name, way)]
        if worse:
            chosen, lifted = _lifted(own, plain_, worse)
    return replace(
        chosen,
        reasons=(*(_reason(floor) for floor in floors), *lifted, *chosen.reasons),
        would_change=(*chosen.would_change, *_would_change(floors)),
        floors=tuple(floor.code for floor in floors),
    )


def obeyed(policy: P, decision: Decision) -> P:
    """The policy that a decision obeyed: its own, or the standard where that was better."""
    is_lifted = any(reason.code == LIFTED for reason in decision.reasons)
    return policy.standard if is_lifted and policy.standard is not None else policy


def write_consent(consent: Iterable[ConsentUsed]) -> list[dict[str, Any]]:
    """What `read_consent` reads; empty parts are left out."""
    rows: list[dict[str, Any]] = []
    for item in consent:
        row: dict[str, Any] = {
            "purpose": item.purpose,
            "basis": item.basis,
            "state": item.state,
            "layers": list(item.layers),
        }
        if item.notice:
            row["notice"] = item.notice
        if item.event:
            row["event"] = item.event
        rows.append(row)
    return rows


def read_consent(found: Iterable[object], *, path: str) -> tuple[ConsentUsed, ...]:
    """Purposes as a receipt or a person writes them. Raises DecisionInputError.

    Without layers they are those of the purpose of that name that comes with the product.
    """
    read = []
    for index, row in enumerate(found):
        fields = Fields(row, path=f"{path}[{index}]")
        purpose = fields.text("purpose")
        layers = fields.sequence("layers", _BUILT_IN_LAYERS.get(purpose, ()))
        if not set(map(str, layers)) <= set(PERSONAL_LAYERS):
            expected = f"a list of {', '.join(PERSONAL_LAYERS)}"
            refuse(fields.at("layers"), layers, expected, "Others always hold.")
        read.append(
            ConsentUsed(
                purpose=purpose,
                basis=fields.text("basis", allowed=[item.value for item in Basis]),
                state=fields.text("state", allowed=[item.value for item in State]),
                notice=fields.integer("notice", 0, minimum=0),
                event=fields.text("event", ""),
                layers=tuple(layers),
            )
        )
        fields.finish()
    return tuple(read)


def write_floors(floors: Iterable[Floor]) -> list[dict[str, Any]]:
    """What `read_floors` reads."""
    return [
        {
            "because": floor.because.value,
            "layers": [layer.value for layer in floor.layers],
            "values": plain(dict(floor.values)),
        }
        for floor in floors
    ]


def read_floors(found: Iterable[object], *, path: str) -> tuple[Floor, ...]:
    """Floors as a receipt keeps them. Raises DecisionInputError."""
    read = []
    for index, row in enumerate(found):
        fields = Fields(row, path=f"{path}[{index}]")
        because = fields.text("because", allowed=[item.value for item in FloorReason])
        layers = fields.sequence("layers")
        if not set(map(str, layers)) <= set(PERSONAL_LAYERS):
            expected = f"a list of {', '.join(PERSONAL_LAYERS)}"
            refuse(fields.at("layers"), layers, expected, "Others always hold.")
        read.append(
            Floor(
                because=FloorReason(because),
                layers=tuple(Layer(layer) for layer in layers),
                values=dict(fields.mapping("values", {})),
            )
        )
        fields.finish()
    return tuple(read)


def _check(used: Iterable[PolicyUsed], floors: Iterable[Floor]) -> None:
    off = left_out(floors)
    for item in used:
        if item.layer in off:
            refuse(
                f"policy.{item.kind}.{item.output}",
                f"{item.layer} {item.scope}",
                f"no answer of a layer that is left out ({', '.join(sorted(off))})",
                "Ask the policies for the subject that `permitted` gives.",
            )


def _is_worse(own: Decision, standard: Decision, output: str, way: Better) -> bool:
    mine, plain_ = own.outcome[output], standard.outcome[output]
    return bool(mine > plain_ if way == "lower" else mine < plain_)


def _lifted(
    own: Decision, standard: Decision, worse: list[str]
) -> tuple[Decision, tuple[Reason, ...]]:
    """The standard's answer in place of the own one, and why."""
    names = ", ".join(name.replace("_", " ") for name in worse)
    reason = Reason(
        code=LIFTED,
        sentence=f"With the layers that remain, {names} would be worse than standard: the standard "
        "holds.",
        values={"worse": worse},
    )
    lost = Alternative(
        outcome={name: own.outcome[name] for name in worse},
        because="It is what holds with the layers that remain, and is worse than standard.",
    )
    chosen = replace(
        standard,
        semantics=own.semantics,
        consent=own.consent,
        facts=own.facts,
        alternatives=(*standard.alternatives, lost),
    )
    return chosen, (reason,)


def _reason(floor: Floor) -> Reason:
    values = plain(dict(floor.values))
    names = " and ".join(layer.value for layer in floor.layers)
    off = f"the {names} layer{'s are' if len(floor.layers) > 1 else ' is'} left out"
    kept = "Contract and guardrails hold, and nothing is worse than standard."
    if floor.because is FloorReason.CONSENT:
        purpose = str(values["purpose"]).replace("_", " ")
        said = f"The customer {_SAID[State(values['state'])]} {purpose}"
    else:
        told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
        said = _WHY[floor.because] + (f" ({told})" if told else "")
    return Reason(
        code=floor.code,
        sentence=f"{said}: {off}. {kept}",
        values={**values, "layers": [layer.value for layer in floor.layers]},
    )


def _would_change(floors: Iterable[Floor]) -> Iterable[Change]:
    for floor in floors:
        names = " and ".join(layer.value for layer in floor.layers)
        if floor.because is FloorReason.CONSENT:
            purpose = str(floor.values["purpose"]).replace("_", " ")
            if_ = f"the customer permitted {purpose}"
        else:
            if_ = "what it rests on could be trusted again"
        yield Change(if_=if_, then=f"the {names} layers would be asked too")
