"""Which policies are a customer's or a contract's own, what do they cost to keep, and how does one
end?

A policy is retired by a version that gives no answer to whatever it answered, so that the next
layer does. Nothing is deleted: what was decided under it keeps its version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from troth.core.policies.scopes import Layer
from troth.core.policies.timelines import Staged, Timeline, slots
from troth.core.policies.versions import PolicyVersion, as_instant

OWN_LAYERS = (Layer.CUSTOMER, Layer.CONTRACT)


@dataclass(frozen=True, kw_only=True)
class OwnPolicy:
    """A policy of one customer or contract that is in force."""

    version: PolicyVersion  # in force; of a roll-out, the newest that is for somebody
    siblings: tuple[PolicyVersion, ...]  # all of its kind and scope, itself among them
    is_staged: bool  # a roll-out is under way, so nobody can say yet what holds for all
    is_changing: bool  # another version of it is published for later

    @property
    def is_open(self) -> bool:
        """Whether nobody can say yet what ending it would come to."""
        return self.is_staged or self.is_changing


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a policy costs to keep: rules × changes × exceptions, where each counts from one."""

    rules: int  # of the version in force; what holds where no rule matches is one more
    changes: int  # versions that were ever published
    exceptions: int  # times that it was departed from

    @property
    def factor(self) -> int:
        """What exceptions count for: one more than there are, or none would cost nothing."""
        return 1 + self.exceptions

    @property
    def product(self) -> int:
        """Rules × changes × (1 + exceptions); a number to compare policies by, no money."""
        return self.rules * self.changes * self.factor


def own_policies(versions: Iterable[PolicyVersion], *, at: datetime) -> Iterator[OwnPolicy]:
    """The policies of customers and contracts that answer something at `at`, by kind and scope."""
    now = as_instant(at)
    held = [item for item in versions if item.scope.layer in OWN_LAYERS]
    found = [
        own
        for by_key in slots(held).values()
        for line in by_key.values()
        if (own := _own(line, now)) is not None
    ]
    yield from sorted(found, key=lambda item: (item.version.kind, item.version.scope))


def _own(line: Timeline | Staged, now: datetime) -> OwnPolicy | None:
    if isinstance(line, Staged):
        version = line.line_of((True,) * len(line.audiences)).at(now)
        siblings: tuple[PolicyVersion, ...] = line.versions
        is_staged = version is not None and any(
            line.line_of(tuple(at == place for at in range(len(line.audiences)))).at(now)
            is not version
            for place in (-1, *range(len(line.audiences)))
        )
    else:
        version, siblings, is_staged = line.at(now), tuple(line.ordered), False
    if version is None or is_silent(version):
        return None
    return OwnPolicy(
        version=version,
        siblings=siblings,
        is_staged=is_staged,
        is_changing=any(
            edge is not None and edge > now
            for item in siblings
            for edge in (item.effective_from, item.published_at)
        ),
    )


def is_silent(version: PolicyVersion) -> bool:
    """Whether it answers nothing at all: what it answered before was retired."""
    return version.table is None and all(value is None for value in version.outputs.values())


def retired(
    version: PolicyVersion,
    siblings: Collection[PolicyVersion],
    *,
    at: datetime,
    author: str,
    reason: str,
) -> PolicyVersion:
    """The version that ends a policy at `at`: it answers nothing of what `version` answered."""
    names = (*version.outputs, *(version.table.outputs if version.table else ()))
    return follow_up(
        version, siblings, outputs=dict.fromkeys(names), at=at, author=author, reason=reason
    )


def follow_up(
    version: PolicyVersion,
    siblings: Collection[PolicyVersion],
    *,
    outputs: Mapping[str, Any],
    at: datetime,
    author: str,
    reason: str,
) -> PolicyVersion:
    """The next version of a policy, with other outputs and without a table."""
    return replace(
        version,
        number=max(item.number for item in siblings) + 1,
        effective_from=at,
        effective_to=None,
        published_at=at,
        outputs=outputs,
        table=None,
        clause=None,
        audience=None,
        author=author,
        reason=reason,
    )


def rules_in(version: PolicyVersion) -> int:
    """How many rules a version has; what it answers where none matches is one more."""
    rules = len(version.table.rules) if version.table else 0
    return rules + any(value is not None for value in version.outputs.values())
