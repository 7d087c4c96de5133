"""What is wrong with the policies that are in force or will be?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from troth.core.access.roles import Right
from troth.core.policies.checking import check
from troth.core.policies.differences import title_of
from troth.store.facts.policies import to_version
from troth.store.models import PolicyVersion
from troth.store.queries.moment import moment_of
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible_policies


@dataclass(frozen=True, kw_only=True)
class FoundInPolicies:
    """One thing that is wrong with a version, or worth a look, and a case that shows it."""

    kind: str  # gap, overlap, masked, guardrail…
    version: str  # id
    policy: str  # its kind
    layer: str
    scope: str
    rules: tuple[str, ...]  # ids
    sentence: str  # of the version, without saying which it is
    witness: Mapping[str, str] | None  # input → FEEL; None: any case shows it
    is_hint: bool


@dataclass(frozen=True, kw_only=True)
class PolicyCheck:
    """All that a check found among the versions that a viewer may see."""

    at: datetime
    versions: int  # looked at: in force at `at` or later, and those before them
    findings: tuple[FoundInPolicies, ...]  # conflicts first, then hints


def policy_check(*, viewer: Viewer, at: datetime | None = None) -> PolicyCheck:
    """Conflicts and hints, each with a case; `at` by default the main job's moment.

    Raises NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        moment = at or moment_of(viewer)
        rows = visible_policies(PolicyVersion.objects.order_by("pk"), sight)
        versions = [to_version(row) for row in rows]
    found = check(versions, at=moment)
    return PolicyCheck(
        at=moment,
        versions=len(versions),
        findings=tuple(
            FoundInPolicies(
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
            for item in found
        ),
    )
