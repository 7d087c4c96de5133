"""What proves a decision, and does it still give the same answer?

A receipt is RFC 8785 JSON of all that went into a decision and all that came out. Its id is
derived from its bytes; it holds no wall clock and no personal field. Executing it again under the
rules that it names gives the same bytes, or names the first difference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from troth.core.decisions.answers import read_used
from troth.core.decisions.decision import (
    Alternative,
    Change,
    Decision,
    FactUsed,
    PolicyUsed,
    Reason,
)
from troth.core.decisions.floor import LIFTED, read_consent
from troth.core.decisions.inputs import DecisionInputError, Fields, read_instant
from troth.core.decisions.kinds import DecisionKind, UnknownDecisionKindError, kind_named
from troth.core.decisions.shared import (
    MissingSharedError,
    Shared,
    SharedInputs,
    TamperedSharedError,
)
from troth.core.ledger.canonical import canonical_bytes, digest

FORMAT = 1
# What bytes that somebody changed can lead to: no JSON, no UTF-8, a date beyond the year 9999.
_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The bytes that prove a decision."""

    id: str  # "dec_" and 40 hex digits of their SHA-256
    content: bytes  # RFC 8785 JSON
    # Of the kind, its version, the facts and the policies, and not of `at`: as long as it stays
    # the same, deciding again says nothing new.
    input_digest: str
    shared: tuple[Shared, ...]  # that the bytes refer to, each to be stored once


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What differs when a receipt is executed again."""

    id: str  # of the receipt
    path: str  # of the first difference: "decision.outcome.promised_at"
    recorded: str
    recomputed: str

    @property
    def sentence(self) -> str:
        return (
            f"{self.id}: {self.path} is recorded as {self.recorded}, "
            f"executing it again gives {self.recomputed}."
        )


def seal(decision: Decision, facts: Any, policy: Any) -> Receipt:
    """The receipt of a decision, from the very facts and policy that it was made of.

    Raises UnknownDecisionKindError, NotCanonicalError.
    """
    kind = kind_named(decision.kind, decision.semantics)
    inputs, policies, shared = kind.write_inputs(facts, policy)
    content = canonical_bytes(
        {
            "format": FORMAT,
            "kind": decision.kind,
            "semantics": decision.semantics,
            "at": decision.at,
            "subject": decision.subject,
            "customer": decision.customer,
            "inputs": inputs,
            "policies": policies,
            "decision": _written(decision),
        }
    )
    return Receipt(
        id=receipt_id(content),
        content=content,
        input_digest=_input_digest(kind, inputs, policies),
        shared=tuple({item.digest: item for item in shared}.values()),
    )


def input_digest(kind: DecisionKind, facts: Any, policy: Any) -> str:
    """The digest of all that a decision would rest on, without deciding; 64 hex digits."""
    inputs, policies, _ = kind.write_inputs(facts, policy)
    return _input_digest(kind, inputs, policies)


def receipt_id(content: bytes) -> str:
    """ "dec_" and 40 hex digits of the SHA-256 of a receipt's bytes."""
    return "dec_" + sha256(content).hexdigest()[:40]


def reexecute(
    content: bytes | str, shared: Mapping[str, bytes | str], *, recorded_id: str
) -> Difference | None:
    """Decide again what a receipt records; None when it gives the same bytes under the same id.

    Never raises for what is wrong with a receipt or a shared input: that is the difference.
    """
    written = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    try:
        document = json.loads(written)
        fields = Fields(document, path="")
        name, semantics = fields.text("kind"), fields.integer("semantics")
        at = fields.instant("at")
        kind = kind_named(name, semantics)
        facts, policy = kind.read_inputs(
            fields.raw("inputs"), fields.raw("policies"), SharedInputs(shared), at=at
        )
        again = seal(kind.decide(facts, policy, at=at), facts, policy)
    except (MissingSharedError, TamperedSharedError) as error:
        return Difference(
            id=recorded_id, path=error.path, recorded=error.digest, recomputed=str(error)
        )
    except UnknownDecisionKindError as error:
        return Difference(
            id=recorded_id, path="kind", recorded=f"{name} {semantics}", recomputed=str(error)
        )
    except DecisionInputError as error:
        return Difference(
            id=recorded_id, path=error.path, recorded=error.found, recomputed=str(error)
        )
    except _UNREADABLE as error:
        return Difference(
            id=recorded_id, path="receipt", recorded=_shown(written), recomputed=str(error)
        )
    if again.content == written and again.id == recorded_id:
        return None
    return _difference(document, json.loads(again.content), written, again, recorded_id)


def read(content: bytes | str) -> Decision:
    """The decision that a receipt records, its values as plain JSON: instants as text.

    For showing it; `reexecute` is what trusts it. Raises DecisionInputError, ValueError.
    """
    fields = Fields(json.loads(content), path="")
    inputs = Fields(fields.mapping("inputs"), path="inputs")
    decision = Fields(fields.mapping("decision"), path="decision")
    policies = Fields(fields.mapping("policies"), path="policies")
    return Decision(
        kind=fields.text("kind"),
        semantics=fields.integer("semantics"),
        subject=fields.text("subject"),
        customer=fields.text("customer", None),
        at=fields.instant("at"),
        outcome=decision.mapping("outcome"),
        reasons=tuple(
            Reason(code=item["code"], sentence=item["sentence"], values=item.get("values", {}))
            for item in decision.sequence("reasons")
        ),
        facts=tuple(_fact(item) for item in decision.sequence("facts")),
        policies=_policies(decision, policies),
        consent_basis=decision.text("consent_basis"),
        alternatives=tuple(
            Alternative(outcome=item["outcome"], because=item["because"])
            for item in decision.sequence("alternatives")
        ),
        would_change=tuple(
            Change(if_=item["if"], then=item["then"]) for item in decision.sequence("would_change")
        ),
        consent=read_consent(inputs.sequence("consent", ()), path="inputs.consent"),
        floors=tuple(decision.sequence("floors", ())),
    )


def _written(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": decision.outcome,
        "reasons": [
            {"code": item.code, "sentence": item.sentence, "values": item.values}
            for item in decision.reasons
        ],
        "facts": [
            {
                "name": item.name,
                "value": item.value,
                "source": item.source,
                "known_at": item.known_at,
                "age_seconds": item.age_seconds,
            }
            for item in decision.facts
        ],
        # Their values and versions stand in `policies.used`, once.
        "policies_used": [f"{item.kind}.{item.output}" for item in decision.policies],
        "consent_basis": decision.consent_basis,
        "alternatives": [
            {"outcome": item.outcome, "because": item.because} for item in decision.alternatives
        ],
        "would_change": [{"if": item.if_, "then": item.then} for item in decision.would_change],
        # The consent itself stands in `inputs.consent`, once.
        **({"floors": list(decision.floors)} if decision.floors else {}),
    }


def _policies(decision: Fields, policies: Fields) -> tuple[PolicyUsed, ...]:
    """What the decision obeyed: where its own policy would have been worse, the standard."""
    is_lifted = any(item["code"] == LIFTED for item in decision.sequence("reasons"))
    name = "standard" if is_lifted else "used"
    return read_used(policies.sequence(name), (), path=f"policies.{name}")


def _fact(found: Mapping[str, Any]) -> FactUsed:
    known_at: datetime | None = None
    if found["known_at"] is not None:
        known_at = read_instant(found["known_at"], path=f"decision.facts.{found['name']}")
    return FactUsed(
        name=found["name"],
        value=found["value"],
        source=found["source"],
        known_at=known_at,
        age_seconds=found["age_seconds"],
    )


def _input_digest(
    kind: DecisionKind, inputs: Mapping[str, Any], policies: Mapping[str, Any]
) -> str:
    return digest(
        {"kind": kind.name, "semantics": kind.semantics, "inputs": inputs, "policies": policies}
    )


def _difference(
    recorded: Any, recomputed: Any, written: bytes, again: Receipt, recorded_id: str
) -> Difference:
    found = _first_difference(recorded, recomputed, "")
    if found is None and written == again.content:
        found = ("id", recorded_id, again.id)
    # Otherwise the same values, written in another way.
    path, was, is_ = found or ("receipt", _shown(written), _shown(again.content))
    return Difference(id=recorded_id, path=path, recorded=str(was), recomputed=str(is_))


def _first_difference(recorded: Any, recomputed: Any, path: str) -> tuple[str, Any, Any] | None:
    """The path, recorded and recomputed value of the first difference of two JSON trees."""
    if isinstance(recorded, dict) and isinstance(recomputed, dict):
        for key in sorted(recorded.keys() | recomputed.keys()):
            where = f"{path}.{key}" if path else key
            if key not in recorded or key not in recomputed:
                return where, recorded.get(key, "absent"), recomputed.get(key, "absent")
            found = _first_difference(recorded[key], recomputed[key], where)
            if found is not None:
                return found
        return None
    if isinstance(recorded, list) and isinstance(recomputed, list):
        for index, (was, is_) in enumerate(zip(recorded, recomputed, strict=False)):
            found = _first_difference(was, is_, f"{path}[{index}]")
            if found is not None:
                return found
        if len(recorded) != len(recomputed):
            return f"{path}.length", len(recorded), len(recomputed)
        return None
    is_same = type(recorded) is type(recomputed) and recorded == recomputed
    return None if is_same else (path or "receipt", recorded, recomputed)


def _shown(written: bytes) -> str:
    return repr(written[:80])
