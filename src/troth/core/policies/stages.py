"""Which versions are being rolled out in stages to whoever this is, and is it in them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from troth.core.policies.audiences import Audience
from troth.core.policies.scopes import Scope, Subject
from troth.core.policies.timelines import rank
from troth.core.policies.versions import PolicyVersion, as_instant


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One version that holds for an audience, and whether a subject is in it."""

    version: PolicyVersion
    audience: Audience
    is_in: bool

    @property
    def outputs(self) -> frozenset[str]:
        """The outputs that the version answers."""
        table = self.version.table
        return frozenset((*self.version.outputs, *(table.outputs if table else ())))

    @property
    def sentence(self) -> str:
        """ "in stage for 10 % of customers (number 3, pol_…): this customer is not in it"."""
        held = "in it" if self.is_in else "not in it"
        which = f"number {self.version.number}, {self.version.id}"
        return f"in stage for {self.audience} ({which}): this customer is {held}"


def stages(
    kind: str,
    versions: Iterable[PolicyVersion],
    subject: Subject,
    *,
    at: datetime,
    known_at: datetime,
) -> tuple[Stage, ...]:
    """The stages of one kind that matter to a subject at `at`, as published by `known_at`.

    The most specific layer first. A stage that a wider one of the same roll-out took the place
    of is none any more.
    """
    now, known = as_instant(at), as_instant(known_at)
    covering: dict[Scope, list[PolicyVersion]] = {}
    for version in versions:
        is_over = version.effective_to is not None and version.effective_to <= now
        is_begun = version.effective_from <= now and version.published_at <= known
        if version.kind == kind and is_begun and not is_over:
            covering.setdefault(version.scope, []).append(version)
    order = [Scope(layer=layer, key=key) for layer, keys in subject.layers() for key in keys]
    found: list[Stage] = []
    for scope in dict.fromkeys(order):
        ranked = sorted(covering.get(scope, ()), key=rank, reverse=True)
        found += _of_one(ranked, subject)
    return tuple(found)


def _of_one(ranked: Iterable[PolicyVersion], subject: Subject) -> Iterator[Stage]:
    above: list[Audience] = []
    for version in ranked:
        audience = version.audience
        if audience is None:
            return
        if not any(wider.covers(audience) for wider in above):
            yield Stage(version=version, audience=audience, is_in=audience.has(subject))
        above.append(audience)
