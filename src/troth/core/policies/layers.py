"""Where do layers of policy collide, for the customers there are?

A version that never decides because more specific ones answer first; a customer's own terms that a
later version of a wider layer changed without anybody saying so; signed terms that no policy holds
us to, and policies of contracts that nobody signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from troth.core.dmn.analysis import Kind, Limits, analyse
from troth.core.feel.values import outgoing
from troth.core.policies.book import PolicyBook
from troth.core.policies.checking import columns_of_kind, reaching
from troth.core.policies.differences import title_of, value_told
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.kinds import KINDS, kind_named
from troth.core.policies.resolution import resolve
from troth.core.policies.scopes import Layer, Scope, Subject
from troth.core.policies.tables import constant_of
from troth.core.policies.versions import PolicyVersion, as_instant

OUTRANKED = "outranked"
NOBODY = "nobody"
CHANGED_LATER = "changed-later"
UNSIGNED = "unsigned"
NOT_HELD = "not-held"

_OWN = (Layer.CUSTOMER, Layer.CONTRACT)
_WIDER = (Layer.TIER, Layer.SEGMENT, Layer.REGION, Layer.COMPANY)
_MOST_CASES = 50  # of one table that are tried


@dataclass(frozen=True, kw_only=True)
class LayerFinding:
    """One collision of layers or kinds."""

    kind: str
    policy: str  # the kind of the policy
    scope: Scope
    version: PolicyVersion | None  # None: there is none, and that is what is found
    sentence: str  # without saying of which version
    is_hint: bool = False
    witness: Mapping[str, str] | None = None  # who, and the inputs of the case
    others: tuple[PolicyVersion, ...] = ()  # what it collides with


@dataclass(frozen=True, kw_only=True)
class SignedTerm:
    """A lead time that a signed contract commits us to."""

    contract: str
    customer: str
    lead_time_days: int  # calendar days


def check_layers(
    versions: Iterable[PolicyVersion],
    subjects: Iterable[Subject],
    *,
    at: datetime,
    terms: Iterable[SignedTerm] = (),
) -> tuple[LayerFinding, ...]:
    """All that is found at `at` among versions, for these customers, conflicts first.

    `subjects` may repeat; customers whom the same versions hold for are looked at once, so a
    subject of each combination of tier, segment and region, and all with terms of their own, are
    enough. `terms`: those of contracts in force.
    """
    now, held = as_instant(at), tuple(versions)
    people = classes(held, subjects)
    found = [
        *_outranked(held, people, now),
        *_changed_later(held, people, now),
        *_terms(held, tuple(terms), now),
    ]
    return tuple(sorted(found, key=lambda item: item.is_hint))


def classes(versions: Iterable[PolicyVersion], subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """One subject of each group whom the same versions hold for, whatever the day.

    Keys that no version is for are left out; the customer stays where it is asked for an example.
    """
    held = tuple(versions)
    keys: dict[Layer, set[str]] = {layer: set() for layer in Layer}
    for version in held:
        keys[version.scope.layer].add(version.scope.key)
    staged = [item.audience for item in held if item.audience is not None]
    seen: dict[tuple[object, ...], Subject] = {}
    for subject in subjects:
        kept = Subject(
            customers=tuple(key for key in subject.customers if key in keys[Layer.CUSTOMER]),
            contracts=tuple(key for key in subject.contracts if key in keys[Layer.CONTRACT]),
            tier=subject.tier if subject.tier in keys[Layer.TIER] else None,
            segments=tuple(key for key in subject.segments if key in keys[Layer.SEGMENT]),
            regions=tuple(key for key in subject.regions if key in keys[Layer.REGION]),
        )
        mark = (kept.identity, tuple(audience.has(subject) for audience in staged))
        seen.setdefault(mark, subject)
    return tuple(seen.values())


def line_of(book: PolicyBook, kind: str, subject: Subject, at: datetime) -> list[PolicyVersion]:
    """The versions that answer a subject, most specific first, one for each scope."""
    try:
        found = book.resolve(kind, subject, at)
    except ContradictoryGuardrailsError:
        return []  # refused when the second of them is published
    by_scope: dict[Scope, PolicyVersion] = {}
    for version in found.in_force:
        if version.scope.layer is not Layer.GUARDRAIL:
            by_scope.setdefault(version.scope, version)
    return list(by_scope.values())


def cases_of(
    version: PolicyVersion, behind: Sequence[PolicyVersion] = ()
) -> Iterator[dict[str, Any]]:
    """A case for each rule of a version's table that can decide, as plain values.

    `behind`: versions of which no rule matches then.
    """
    table = version.table
    ahead = [item.table for item in behind if item.table is not None]
    for at in range(min(len(table.rules), _MOST_CASES) if table else 0):
        found = reaching(version, at, ahead)
        if found is not None:
            yield {name: outgoing(value) for name, value in found[1].items()}


# Versions that never decide


def _outranked(
    held: Sequence[PolicyVersion], people: Sequence[Subject], now: datetime
) -> Iterator[LayerFinding]:
    book = PolicyBook.compile(held)
    always = _certainty()
    deciding: dict[str, set[str]] = {}  # version → outputs that it may decide for somebody
    outranking: dict[tuple[str, str], tuple[PolicyVersion, Subject]] = {}
    reached: dict[str, PolicyVersion] = {}
    for kind in KINDS:
        for subject in people:
            line = line_of(book, kind.name, subject, now)
            reached |= {version.id: version for version in line}
            for spec in kind.outputs:
                first: PolicyVersion | None = None
                for version in line:
                    if not _may_answer(version, spec.name):
                        continue
                    # Signed terms may lift what a customer's own version answers.
                    is_floor = spec.better and version.scope.layer is Layer.CONTRACT
                    if first is None or is_floor:
                        deciding.setdefault(version.id, set()).add(spec.name)
                    else:
                        outranking.setdefault((version.id, spec.name), (first, subject))
                    if first is None and always(version, spec.name):
                        first = version
    for version in reached.values():
        yield from _never(version, deciding.get(version.id, set()), outranking)
    yield from _of_nobody(held, reached, now)


def _never(
    version: PolicyVersion,
    deciding: set[str],
    outranking: Mapping[tuple[str, str], tuple[PolicyVersion, Subject]],
) -> Iterator[LayerFinding]:
    specs = kind_named(version.kind).by_name
    answered = [name for name in specs if _may_answer(version, name)]
    silent = [name for name in answered if name not in deciding]
    if not silent:
        return
    others = {other.id: other for other, _ in (outranking[version.id, name] for name in silent)}
    _, who = outranking[version.id, silent[0]]
    what = "It" if len(silent) == len(answered) else " and ".join(specs[n].label for n in silent)
    names = " and ".join(_scope_told(item) for item in others.values())
    verb = "never decides" if len(silent) == len(answered) or len(silent) == 1 else "never decide"
    yield LayerFinding(
        kind=OUTRANKED,
        policy=version.kind,
        scope=version.scope,
        version=version,
        sentence=f"{what} {verb} for any customer there is: {names} always answers first.",
        # The company's own answer is what holds for a tier or segment that is still to come.
        is_hint=version.scope.layer is Layer.COMPANY or len(silent) < len(answered),
        witness=_who(who),
        others=tuple(others.values()),
    )


def _of_nobody(
    held: Sequence[PolicyVersion], reached: Mapping[str, PolicyVersion], now: datetime
) -> Iterator[LayerFinding]:
    met = {(item.kind, item.scope) for item in reached.values()}
    told = set()
    for version in held:
        slot = (version.kind, version.scope)
        is_now = version.effective_from <= now and (
            version.effective_to is None or now < version.effective_to
        )
        answers = version.scope.layer in (*_OWN, *_WIDER) and version.audience is None
        if is_now and answers and slot not in met and slot not in told:
            told.add(slot)
            yield LayerFinding(
                kind=NOBODY,
                policy=version.kind,
                scope=version.scope,
                version=version,
                sentence=f"No customer is in {_scope_told(version)}: nobody gets what it says.",
                is_hint=True,
            )


def _may_answer(version: PolicyVersion, output: str) -> bool:
    if version.outputs.get(output) is not None:
        return True
    return version.table is not None and any(output in rule.then for rule in version.table.rules)


def _certainty() -> Callable[[PolicyVersion, str], bool]:
    """Whether a version answers an output in every case; each table is analysed once."""

    @cache
    def is_whole(version_id: str, output: str) -> bool:
        version = by_id[version_id]
        table = version.table
        if table is None:
            return version.outputs.get(output) is not None
        for rule in table.rules:
            if output not in rule.then:
                return False
            value, is_constant = constant_of(rule.then[output])
            if not is_constant or value is None:
                return False
        if version.outputs.get(output) is not None:
            return True
        kind = kind_named(version.kind)
        found = analyse(
            table.box,
            columns_of_kind(kind, table),
            names=[spec.name for spec in kind.inputs],
            limits=Limits(findings=1),
        )
        return not any(item.kind in (Kind.GAP, Kind.NOT_ANALYSED) for item in found.findings)

    by_id: dict[str, PolicyVersion] = {}

    def asked(version: PolicyVersion, output: str) -> bool:
        by_id[version.id] = version
        return is_whole(version.id, output)

    return asked


# A customer's own terms that were changed by others


def _changed_later(
    held: Sequence[PolicyVersion], people: Sequence[Subject], now: datetime
) -> Iterator[LayerFinding]:
    book = PolicyBook.compile(held)
    known_at = max((item.published_at for item in held), default=now)
    owners = [subject for subject in people if subject.customers or subject.contracts]
    told: set[tuple[str, str, str]] = set()
    for subject in owners:
        for kind in KINDS:
            line = line_of(book, kind.name, subject, now)
            own = [item for item in line if item.scope.layer in _OWN]
            if not own:
                continue
            agreed_at = max(item.published_at for item in own)
            later = [
                item
                for item in line
                if item.scope.layer in _WIDER and item.published_at > agreed_at
            ]
            for version in later:
                others = [item for item in held if item.kind == kind.name]
                for finding in _change(own[0], version, others, subject, (now, known_at)):
                    mark = (own[0].id, version.id, finding.sentence)
                    if mark not in told:
                        told.add(mark)
                        yield finding


def _change(
    own: PolicyVersion,
    later: PolicyVersion,
    held: Sequence[PolicyVersion],
    subject: Subject,
    times: tuple[datetime, datetime],
) -> Iterator[LayerFinding]:
    """What a later version changed for a customer with terms of its own, once an output."""
    now, known_at = times
    without = [item for item in held if item.id != later.id]
    seen: set[str] = set()
    for case in ({}, *cases_of(later, [own]), *cases_of(later), *cases_of(own)):
        before, after = (
            resolve(own.kind, chosen, subject, at=now, known_at=known_at, case=case)
            for chosen in (without, held)
        )
        for spec in kind_named(own.kind).outputs:
            if before[spec.name] == after[spec.name] or spec.name in seen:
                continue
            seen.add(spec.name)
            yield LayerFinding(
                kind=CHANGED_LATER,
                policy=own.kind,
                scope=own.scope,
                version=own,
                sentence=f"{title_of(later)}, published later, changes {spec.label}: "
                f"{value_told(spec, before[spec.name])} → {value_told(spec, after[spec.name])}. "
                "Say it in the own version too, or agree to the change.",
                is_hint=later.scope.layer is Layer.COMPANY,
                witness=_who(subject) | {name: str(value) for name, value in case.items()},
                others=(later,),
            )


# What was signed


def _terms(
    held: Sequence[PolicyVersion], terms: Sequence[SignedTerm], now: datetime
) -> Iterator[LayerFinding]:
    ceilings: dict[Scope, list[Any]] = {}
    for version in held:
        is_now = version.effective_from <= now and (
            version.effective_to is None or now < version.effective_to
        )
        if not is_now:
            continue
        if version.scope.layer is Layer.CONTRACT and not version.clause:
            yield LayerFinding(
                kind=UNSIGNED,
                policy=version.kind,
                scope=version.scope,
                version=version,
                sentence="It names no signed document or clause that it fulfils.",
                is_hint=True,
            )
        ceiling = _longest(version) if version.kind == "lead_time" else None
        if ceiling is not None:
            ceilings.setdefault(version.scope, []).append(ceiling)
    for term in terms:
        scope = Scope(layer=Layer.CONTRACT, key=term.contract)
        own = Scope(layer=Layer.CUSTOMER, key=term.customer)
        kept = [*ceilings.get(scope, ()), *ceilings.get(own, ())]
        if not kept or min(kept) > term.lead_time_days:
            yield LayerFinding(
                kind=NOT_HELD,
                policy="lead_time",
                scope=scope,
                version=None,
                sentence=f"Contract {term.contract} commits us to {term.lead_time_days} days, and "
                "no policy of it holds promises to that: publish a lead time for "
                f"contract:{term.contract} with maximum_lead_time_days: {term.lead_time_days}.",
                witness={"customer": term.customer},
            )


def _longest(version: PolicyVersion) -> int | None:
    """The longest lead time that a version lets be promised in any case; None: it has no bound."""
    name = "maximum_lead_time_days"
    answers = [version.outputs.get(name)]
    for rule in version.table.rules if version.table else ():
        answers.append(constant_of(rule.then[name])[0] if name in rule.then else None)
    known = [int(item) for item in answers if item is not None]
    return max(known) if len(known) == len(answers) else None


def _scope_told(version: PolicyVersion) -> str:
    scope = version.scope
    return "the company" if scope.layer is Layer.COMPANY else f"{scope.layer} {scope.key}"


def _who(subject: Subject) -> dict[str, str]:
    if subject.member:
        return {"customer": subject.member}
    return {"tier": subject.tier} if subject.tier else {}
