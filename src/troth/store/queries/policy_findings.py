"""What is wrong with the policies that are in force or will be?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from troth.core.access.roles import Right
from troth.core.policies.checking import PolicyFinding, check
from troth.core.policies.differences import title_for, title_of
from troth.core.policies.impossible import check_kinds
from troth.core.policies.layers import LayerFinding, check_layers
from troth.core.policies.scopes import Layer, Scope
from troth.core.policies.versions import PolicyVersion as Version
from troth.store.facts.policies import to_version
from troth.store.facts.population import population
from troth.store.models import PolicyVersion
from troth.store.queries.moment import moment_of
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible_customers, visible_policies


@dataclass(frozen=True, kw_only=True)
class FoundInPolicies:
    """One thing that is wrong with a version, or worth a look, and a case that shows it."""

    kind: str  # gap, overlap, masked, guardrail, outranked, impossible…
    version: str  # id; "": there is none, and that is what is found
    policy: str  # its kind
    layer: str
    scope: str
    rules: tuple[str, ...]  # ids
    sentence: str  # of the version, without saying which it is
    witness: Mapping[str, str] | None  # who, and input → FEEL; None: any case shows it
    is_hint: bool

    @property
    def title(self) -> str:
        """Whose policy it is: "service level for tier Gold"."""
        return title_for(self.policy, Scope(layer=Layer(self.layer), key=self.scope))


@dataclass(frozen=True, kw_only=True)
class PolicyCheck:
    """All that a check found among the versions that a viewer may see."""

    at: datetime
    versions: int  # all that were looked at
    findings: tuple[FoundInPolicies, ...]  # conflicts first, then hints


def policy_check(
    *, viewer: Viewer, at: datetime | None = None, proposed: Iterable[Version] = ()
) -> PolicyCheck:
    """Conflicts and hints within tables, across layers and across kinds, each with a case.

    For the customers whom the viewer may see. `at`: by default the main job's moment.
    `proposed`: versions that are looked at as if they were published. Raises NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        moment = at or moment_of(viewer)
        rows = visible_policies(PolicyVersion.objects.order_by("pk"), sight)
        versions = [*(to_version(row) for row in rows), *proposed]
        subjects, terms = population(visible_customers(sight), versions, moment)
    found = [
        *(_of_table(item) for item in check(versions, at=moment)),
        *(_of_layers(item) for item in check_layers(versions, subjects, at=moment, terms=terms)),
        *(_of_layers(item) for item in check_kinds(versions, subjects, at=moment)),
    ]
    return PolicyCheck(
        at=moment,
        versions=len(versions),
        findings=tuple(sorted(found, key=lambda item: item.is_hint)),
    )


def _of_table(item: PolicyFinding) -> FoundInPolicies:
    return FoundInPolicies(
        kind=item.kind,
        version=item.version.id,
        policy=item.version.kind,
        layer=item.version.scope.layer.value,
        scope=item.version.scope.key,
        rules=item.rules,
        sentence=item.sentence.removeprefix(f"{title_of(item.version)}: "),
        witness=item.witness,
        is_hint=item.is_hint,
    )


def _of_layers(item: LayerFinding) -> FoundInPolicies:
    return FoundInPolicies(
        kind=item.kind,
        version="" if item.version is None else item.version.id,
        policy=item.policy,
        layer=item.scope.layer.value,
        scope=item.scope.key,
        rules=(),
        sentence=item.sentence,
        witness=item.witness,
        is_hint=item.is_hint,
    )
