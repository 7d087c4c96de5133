"""Who has to sign a change of policies, and why?

By what it touches and whom it reaches. Each function that answers for what is changed signs once;
where much hangs on it, so do those who answer for the money, the customers or the dates. Where
nothing has landed yet, nobody is reached and nobody signs. The limits stand here once; a
workspace may set its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from troth.core.access.vocabulary import Right
from troth.core.ledger.canonical import decimal_text
from troth.core.policies.kinds import kind_named
from troth.core.policies.scopes import Layer
from troth.core.policies.versions import PolicyVersion

NOBODY = "nobody"  # the rule by which a change needs no sign-off
ROUTED = "routed"


class Function(StrEnum):
    """A part of the company that answers for something."""

    OPERATIONS = "operations"
    SERVICE = "service"
    LEGAL = "legal"
    FINANCE = "finance"


SIGNS: Mapping[Function, Right] = {
    Function.OPERATIONS: Right.SIGN_OPERATIONS,
    Function.SERVICE: Right.SIGN_SERVICE,
    Function.LEGAL: Right.SIGN_LEGAL,
    Function.FINANCE: Right.SIGN_FINANCE,
}
"""Function → the right that a person needs to sign for it."""

_OPERATIONS, _SERVICE = Function.OPERATIONS, Function.SERVICE
_LEGAL, _FINANCE = Function.LEGAL, Function.FINANCE
TOUCHES: Mapping[str, tuple[Function, ...]] = {
    "lead_time": (_OPERATIONS,),
    "delivery": (_OPERATIONS,),
    "price_terms": (_FINANCE,),
    "allocation_priority": (_OPERATIONS,),
    "service_level": (_SERVICE,),
    "queue": (_SERVICE,),
    "escalation": (_SERVICE,),
    "exception_authority": (_FINANCE,),
    "communication": (_SERVICE,),
    "tiers": (_OPERATIONS, _FINANCE),
    "value": (_FINANCE,),
    "segments": (_SERVICE, _FINANCE),
}
"""Policy kind → the functions that its outputs touch, but for those below."""

TOUCHES_BESIDES: Mapping[tuple[str, str], tuple[Function, ...]] = {
    # What the law says of unasked messages and of the hours in which somebody may be called.
    ("communication", "channels"): (_LEGAL,),
    ("communication", "quiet_from"): (_LEGAL,),
    ("communication", "quiet_until"): (_LEGAL,),
    ("communication", "most_messages_per_week"): (_LEGAL,),
    # What is kept back from others, and what a broken promise costs.
    ("allocation_priority", "protected_share"): (_FINANCE,),
    ("price_terms", "late_delivery_credit_percent"): (_OPERATIONS,),
}
"""(kind, output) → what it touches beside its kind's own functions."""

_SIGNED_PAPER = (Layer.CONTRACT, Layer.GUARDRAIL)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From where on much hangs on a change. The defaults, for review in one place."""

    many_customers: int = 100
    much_money: Decimal = Decimal(100_000)  # in any one currency, over the trailing year
    many_promises: int = 100  # open promises that it can move, or past ones that a replay moved


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whom a change reaches, as counted in what has landed."""

    landed: int = 0  # all customers, orders and cases that there are
    customers: int = 0
    money: Mapping[str, Decimal] = field(default_factory=dict)  # of a year's orders, by currency
    promises: int = 0  # open orders and cases whose dates the changed kinds decide
    moved: int | None = None  # dates that moved in a replay; None: not replayed

    @property
    def is_nobody(self) -> bool:
        """Nothing has landed at all. A tier that is empty today may have a member tomorrow."""
        return self.landed == 0

    def to_document(self) -> dict[str, Any]:
        """For keeping: amounts as text."""
        return {
            "landed": self.landed,
            "customers": self.customers,
            "money": {name: decimal_text(self.money[name]) for name in sorted(self.money)},
            "promises": self.promises,
            "moved": self.moved,
        }


def read_reach(document: Mapping[str, Any]) -> Reach:
    """What `to_document` wrote."""
    return Reach(
        landed=document["landed"],
        customers=document["customers"],
        money={name: Decimal(amount) for name, amount in document["money"].items()},
        promises=document["promises"],
        moved=document["moved"],
    )


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """One sign-off that is needed."""

    function: Function
    because: tuple[str, ...]  # sentences

    @property
    def sentence(self) -> str:
        return " ".join(self.because)


@dataclass(frozen=True, kw_only=True)
class Routing:
    """All sign-offs that a change needs, in the order of the functions, and by which rule."""

    rule: str  # NOBODY or ROUTED
    sentence: str
    needed: tuple[SignOff, ...] = ()


def touched(version: PolicyVersion, before: PolicyVersion | None) -> dict[Function, list[str]]:
    """The functions that a version touches → what of it does, in words.

    Only outputs that differ from the version before count, all of a new one; a scope that stands
    for signed paper (a contract, a guardrail) touches legal whatever changes.
    """
    found: dict[Function, list[str]] = {}
    kind = version.kind.replace("_", " ")
    for name in changed_outputs(version, before):
        label = kind_named(version.kind).by_name[name].label
        for function in TOUCHES[version.kind]:
            found.setdefault(function, []).append(f"{kind}: {label}")
        for function in TOUCHES_BESIDES.get((version.kind, name), ()):
            found.setdefault(function, []).append(f"{kind}: {label}")
    if version.scope.layer in _SIGNED_PAPER:
        found.setdefault(Function.LEGAL, []).append(f"{version.scope.layer} {version.scope.key}")
    return found


def changed_outputs(version: PolicyVersion, before: PolicyVersion | None) -> tuple[str, ...]:
    """The outputs whose answers may differ; where dates alone do, every output of the version.

    An output that a table answers counts where anything of the table differs.
    """
    table, old = version.table, None if before is None else before.table
    outputs = {} if before is None else before.outputs
    names = [
        name
        for name in dict.fromkeys((*version.outputs, *outputs))
        if version.outputs.get(name) != outputs.get(name)
    ]
    if table != old:
        names += [name for side in (table, old) if side is not None for name in side.outputs]
    if not names:
        names = [*version.outputs, *(table.outputs if table else ())]
    return tuple(sorted(set(names)))


def route(
    changed: Iterable[tuple[PolicyVersion, PolicyVersion | None]], reach: Reach, limits: Limits
) -> Routing:
    """The sign-offs that a change needs; `changed`: each version with the one before it."""
    if reach.is_nobody:
        return Routing(
            rule=NOBODY,
            sentence="No sign-off is needed: no customer, order or case has landed yet.",
        )
    because: dict[Function, list[str]] = {}
    for version, before in changed:
        for function, parts in touched(version, before).items():
            because.setdefault(function, []).extend(parts)
    needed = {
        function: [f"It changes {_listed(parts)}, for which {function} answers."]
        for function, parts in because.items()
    }
    for function, sentence in _by_reach(reach, limits):
        needed.setdefault(function, []).append(sentence)
    signs = tuple(
        SignOff(function=function, because=tuple(needed[function]))
        for function in Function
        if function in needed
    )
    *most, last = [item.function.value for item in signs]
    names = f"{', '.join(most)} and {last}" if most else last
    return Routing(rule=ROUTED, sentence=f"It needs the sign-off of {names}.", needed=signs)


def _by_reach(reach: Reach, limits: Limits) -> Iterable[tuple[Function, str]]:
    for currency in sorted(reach.money):
        if reach.money[currency] >= limits.much_money:
            spent = f"{reach.money[currency]:,.0f} {currency}"
            limit = f"{limits.much_money:,.0f} or more"
            yield Function.FINANCE, f"Its customers ordered for {spent} in a year ({limit})."
    if reach.customers >= limits.many_customers:
        yield (
            Function.SERVICE,
            f"It reaches {reach.customers:,} customers ({limits.many_customers:,} or more).",
        )
    if reach.promises >= limits.many_promises:
        yield (
            Function.OPERATIONS,
            f"{reach.promises:,} open promises depend on it ({limits.many_promises:,} or more).",
        )
    if reach.moved is not None and reach.moved >= limits.many_promises:
        yield (
            Function.OPERATIONS,
            f"In the replay {reach.moved:,} dates moved ({limits.many_promises:,} or more).",
        )


def _listed(parts: Iterable[str]) -> str:
    names = list(dict.fromkeys(parts))
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
