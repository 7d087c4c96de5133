"""What is found with a change of policies that was not found without it?

What is wrong within its own tables and bounds, and what makes a promise impossible, stands in the
way of proposing it. How it meets other layers is told to those who sign: it may be meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from troth.actions.policies import Planned
from troth.core.policies.checking import PolicyFinding, check
from troth.core.policies.differences import title_for, title_of
from troth.core.policies.impossible import IMPOSSIBLE, check_kinds
from troth.core.policies.layers import LayerFinding, check_layers
from troth.core.policies.scopes import Layer, Scope
from troth.core.policies.versions import PolicyVersion
from troth.store.facts.policies import published_versions
from troth.store.facts.population import population
from troth.store.models import Customer
from troth.store.queries.viewing import as_the_program

_OF_ONE = (Layer.CUSTOMER, Layer.CONTRACT)


def findings_of(planned: Sequence[Planned]) -> list[dict[str, Any]]:
    """As a change's row keeps them: first what is found in tables, then across layers and kinds."""
    with as_the_program():  # whom it meets, it meets, whoever writes it; `_across` tells no names
        published = published_versions()
    own = {item.version.id: item.version for item in planned}
    return [*_within(published, own), *_across(published, own)]


def _within(
    published: Sequence[PolicyVersion], own: Mapping[str, PolicyVersion]
) -> list[dict[str, Any]]:
    now = timezone.now()
    known = {_identity(item) for item in check(published, at=now)}
    found = check((*published, *own.values()), at=now)
    return [
        {
            "kind": item.kind,
            "version": item.version.id,
            "sentence": item.sentence,
            "rules": list(item.rules),
            "witness": None if item.witness is None else dict(item.witness),
            "is_hint": item.is_hint,
            "is_in_the_way": item.version.id in own and not item.is_hint,
        }
        for item in found
        if _identity(item) not in known
        and (item.version.id in own or item.version.scope.layer not in _OF_ONE)
    ]


def _identity(item: PolicyFinding) -> tuple[str, str, str]:
    return item.kind, item.version.id, item.sentence


def _across(
    published: Sequence[PolicyVersion], own: Mapping[str, PolicyVersion]
) -> list[dict[str, Any]]:
    """Once all of the change is in force, for all customers there are."""
    at = max([timezone.now(), *(version.effective_from for version in own.values())])
    touched = {version.kind for version in own.values()}
    changed = (*published, *own.values())
    with as_the_program():
        subjects, terms = population(Customer.objects.all(), changed, at)
    if "lead_time" not in touched:  # of which signed terms are
        terms = []

    def collisions(versions: Sequence[PolicyVersion]) -> list[LayerFinding]:
        same = [version for version in versions if version.kind in touched]
        return [
            *check_layers(same, subjects, at=at, terms=terms),
            *check_kinds(versions, subjects, at=at),
        ]

    known = {_mark(item) for item in collisions(published)}
    told: list[dict[str, Any]] = []
    of_others: dict[tuple[str, str], list[LayerFinding]] = defaultdict(list)
    for item in collisions(changed):
        if _mark(item) in known:
            continue
        if _may_be_read(item.scope, own.values()):
            told.append(_told(item, own))
            continue
        by = next((version.id for version in item.others if version.id in own), "")
        if by:
            of_others[item.kind, by].append(item)
    return [*told, *(_summed(kind, own[by], items) for (kind, by), items in of_others.items())]


def _mark(item: LayerFinding) -> tuple[str, str, str, tuple[str, ...]]:
    version = "" if item.version is None else item.version.id
    return item.kind, str(item.scope), item.sentence, (version, *(v.id for v in item.others))


def _may_be_read(scope: Scope, own: Iterable[PolicyVersion]) -> bool:
    """Whoever reads the change may see its own scopes, and not every customer's or contract's."""
    return scope.layer not in _OF_ONE or scope in {version.scope for version in own}


def _told(item: LayerFinding, own: Mapping[str, PolicyVersion]) -> dict[str, Any]:
    case = {name: cell for name, cell in (item.witness or {}).items() if name != "customer"}
    version = item.version or next(iter(item.others), None)
    is_own = any(other.id in own for other in item.others) or (
        item.version is not None and item.version.id in own
    )
    whose = title_for(item.policy, item.scope) if item.version is None else title_of(item.version)
    return {
        "kind": item.kind,
        "version": "" if version is None else version.id,
        "sentence": f"{whose}: {item.sentence}",
        "rules": [],
        "witness": case or None,
        "is_hint": item.is_hint,
        "is_in_the_way": is_own and item.kind == IMPOSSIBLE and not item.is_hint,
    }


def _summed(kind: str, version: PolicyVersion, items: Sequence[LayerFinding]) -> dict[str, Any]:
    """What is found of customers and contracts whom not every reader may see, as a count."""
    scopes = {item.scope for item in items}
    few = "one customer or contract with a policy of its own is"
    many = f"{len(scopes)} customers or contracts with policies of their own are"
    whom = many if len(scopes) > 1 else few
    return {
        "kind": kind,
        "version": version.id,
        "sentence": f"{title_of(version)}: it changes what {whom} given. "
        "Once it is published, `troth policy check` names those whom you may see.",
        "rules": [],
        "witness": None,
        "is_hint": all(item.is_hint for item in items),
        "is_in_the_way": any(item.kind == IMPOSSIBLE and not item.is_hint for item in items),
    }
