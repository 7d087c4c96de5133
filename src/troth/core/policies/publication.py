"""May this version be published beside those that are there?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from troth.core.policies.guardrails import is_satisfiable
from troth.core.policies.kinds import kind_named
from troth.core.policies.outputs import Fault
from troth.core.policies.scopes import Layer
from troth.core.policies.timelines import LATEST, timeline
from troth.core.policies.versions import PolicyVersion


def publishable(new: PolicyVersion, existing: Iterable[PolicyVersion]) -> tuple[Fault, ...]:
    """Why a version must not be published; empty: it may.

    Refused: a number that is not above the earlier ones of its kind and scope; a publication no
    later than that of a version that it overlaps, as nobody could say which is in force; and
    guardrails that at some instant leave an output without any value.
    """
    others = [version for version in existing if version.kind == new.kind]
    siblings = [version for version in others if version.scope == new.scope]
    faults = [*_number_faults(new, siblings), *_overlap_faults(new, siblings)]
    if new.scope.layer is Layer.GUARDRAIL:
        rails = [version for version in others if version.scope.layer is Layer.GUARDRAIL]
        faults.extend(_guardrail_faults(new, rails))
    return tuple(faults)


def _number_faults(new: PolicyVersion, siblings: Sequence[PolicyVersion]) -> list[Fault]:
    last = max((version.number for version in siblings), default=0)
    if new.number > last:
        return []
    return [
        Fault(
            path="number",
            found=str(new.number),
            expected=f"a number above {last}, the last of {new.kind} for {new.scope}",
            remedy=f"Publish it as number {last + 1}.",
        )
    ]


def _overlap_faults(new: PolicyVersion, siblings: Sequence[PolicyVersion]) -> list[Fault]:
    return [
        Fault(
            path="published_at",
            found=new.published_at.isoformat(),
            expected=f"an instant after {other.published_at.isoformat()}, when number "
            f"{other.number} was published, as both are in force at one time",
            remedy="Publish it now, or end one of them before the other begins.",
        )
        for other in siblings
        if new.published_at <= other.published_at
        and new.effective_from < _end(other)
        and other.effective_from < _end(new)
    ]


def _guardrail_faults(new: PolicyVersion, rails: Sequence[PolicyVersion]) -> list[Fault]:
    """One fault an output, at the first instant at which no value is left."""
    by_key: dict[str, list[PolicyVersion]] = {new.scope.key: [new]}
    for version in rails:
        by_key.setdefault(version.scope.key, []).append(version)
    timelines = [timeline(by_key[key]) for key in sorted(by_key)]
    instants = sorted({start for item in timelines for start in item.starts})
    faults: dict[str, Fault] = {}
    for at in instants:
        held = [found for item in timelines if (found := item.at(at)) is not None]
        if not any(version is new for version in held):
            continue
        for spec in kind_named(new.kind).outputs:
            bounds = {
                str(version.scope): version.outputs[spec.name]
                for version in held
                if version.outputs.get(spec.name) is not None
            }
            if spec.name not in faults and not is_satisfiable(list(bounds.values())):
                faults[spec.name] = Fault(
                    path=f"outputs.{spec.name}",
                    found=str(dict(new.outputs[spec.name])),
                    expected=f"a value that {' and '.join(bounds)} both allow at {at.isoformat()}",
                    remedy="Widen one of these guardrails, or end one before the other begins.",
                )
    return list(faults.values())


def _end(version: PolicyVersion) -> datetime:
    return LATEST if version.effective_to is None else version.effective_to
