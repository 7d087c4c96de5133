"""Which segments would the customers' own figures propose, and as which policy?

Nothing is written: a proposal is a clustering with its stability, and a policy document that
somebody may put into policies/, name as people speak, and propose like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from troth.analysis.segments.clustering import (
    Grouping,
    Trial,
    described,
    grouped,
    sample_of,
)
from troth.analysis.segments.rules import FoundRules, rules_of
from troth.analysis.segments.scaling import scaled
from troth.core.ledger.canonical import digest, plain
from troth.store.queries.segments import figures_of_buyers
from troth.store.queries.viewing import Viewer

# What groups are looked for by: behaviour, money and service. Scores and expected values are made
# of these, and would count them twice.
BY = (
    "revenue_12m", "revenue_before_12m", "orders_12m", "days_since_last", "tenure_months",
    "cases_12m", "breached_12m", "contacts_12m", "contact_minutes_12m", "channels_12m",
    "returns_12m", "broken_promises_12m",
)  # fmt: skip
_WORDS = {
    "revenue_12m": "revenue", "revenue_before_12m": "revenue before", "orders_12m": "orders",
    "days_since_last": "silence", "tenure_months": "tenure", "cases_12m": "cases",
    "breached_12m": "missed targets", "contacts_12m": "contacts", "contact_minutes_12m": "effort",
    "channels_12m": "channels", "returns_12m": "returns", "broken_promises_12m": "broken promises",
}  # fmt: skip
_KEPT: dict[str, Proposal] = {}  # the newest: the same figures propose the same


@dataclass(frozen=True, kw_only=True)
class ProposedGroup:
    """One group: its size, how stable it is, and what a customer in its middle is like."""

    name: str
    customers: int  # of those who were grouped
    stability: float
    middle: Mapping[str, Decimal]  # the median of each figure


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Groups that the figures propose, and how far they can be believed."""

    as_of: datetime
    customers: int  # who ever ordered
    grouped: int  # of them; a sample where there are many
    by: tuple[str, ...]  # the figures that everybody has and in which they differ
    groups: tuple[ProposedGroup, ...]
    agreement: float  # mean adjusted Rand index when customers are drawn again
    is_stable: bool
    has_gap: bool
    trials: tuple[Trial, ...]
    share: float  # of the customers whom the rules put where the groups have them
    policy: Mapping[str, Any]  # the document of a policy, to be named and dated

    @property
    def verdict(self) -> str:
        """How far it can be believed, in a word: groups, cut or unstable."""
        if not self.is_stable:
            return "unstable"
        return "groups" if self.has_gap else "cut"


def propose_segments(*, viewer: Viewer, groups: int | None = None) -> Proposal | None:
    """The proposal of the last run's figures; None for who does not see all customers.

    `groups` asks for so many. Raises TooFewCustomersError, NotAllowedError.
    """
    rows, as_of = figures_of_buyers(viewer=viewer)
    if as_of is None:
        return None
    mark = digest({"groups": groups or 0, "as_of": as_of, "rows": plain([dict(r) for r in rows])})
    if mark not in _KEPT:
        found = _proposed(rows, as_of, groups)
        _KEPT.clear()
        _KEPT[mark] = found
    return _KEPT[mark]


def _proposed(rows: Sequence[Mapping[str, Any]], as_of: datetime, groups: int | None) -> Proposal:
    chosen = sample_of(len(rows))
    figures = np.array(
        [[_number(rows[at][name]) for name in BY] for at in chosen.tolist()], dtype=np.float64
    ).reshape(len(chosen), len(BY))
    ready = scaled(BY, figures)
    found, trials = grouped(ready.values, groups=groups)
    names = described(ready.names, found.centres, _WORDS)
    rules = rules_of(ready.names, ready.raw, found.labels)
    return Proposal(
        as_of=as_of,
        customers=len(rows),
        grouped=len(chosen),
        by=ready.names,
        groups=_groups(names, ready.names, ready.raw, found),
        agreement=found.agreement,
        is_stable=found.is_stable,
        has_gap=found.has_gap,
        trials=trials,
        share=rules.share,
        policy=_policy(names, rules, found, as_of),
    )


def _groups(
    names: Sequence[str], by: Sequence[str], raw: Any, found: Grouping
) -> tuple[ProposedGroup, ...]:
    return tuple(
        ProposedGroup(
            name=names[at],
            customers=group.size,
            stability=group.stability,
            middle={
                name: Decimal(repr(float(number))).quantize(Decimal("0.01"))
                for name, number in zip(
                    by, np.median(raw[found.labels == at], axis=0).tolist(), strict=True
                )
            },
        )
        for at, group in enumerate(found.groups)
    )


def _policy(
    names: Sequence[str], rules: FoundRules, found: Grouping, as_of: datetime
) -> dict[str, Any]:
    """The table: who never ordered first, then the rules of the tree, the largest first."""
    table = [{"id": "no-order", "when": {"days_since_last": "null"},
              "then": {"segment": '"no order"'}}]  # fmt: skip
    for at, rule in enumerate(sorted(rules.rules, key=lambda item: -item.customers), start=1):
        table.append(
            {
                "id": f"r{at}",
                "when": {name: interval.test for name, interval in rule.limits.items()},
                "then": {"segment": f'"{names[rule.group]}"'},
            }
        )
    weakest = f"{found.weakest:.2f}"
    return {
        "kind": "segments",
        "scope": "company",
        "effective_from": as_of.isoformat().replace("+00:00", "Z"),
        "reason": f"{len(found.groups)} groups of customers by what they do; the least stable has "
        f"a stability of {weakest}, and the rules say the same of {rules.share:.0%}.",
        "table": {"hit": "FIRST", "rules": table},
        "outputs": {"segment": "other"},
    }


def _number(found: Any) -> float:
    return float("nan") if found is None else float(found)
