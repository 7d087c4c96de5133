"""What would have to be published so that policies of customers become one, and is it the same?

Troth has no texts with parameters: a template is the policy of a wider scope, and a customer whose
values differ keeps a policy of its own that says those and nothing else, as each output falls
through to the next layer. Where no scope holds these customers without changing anything for
others, that is told with a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from troth.core.policies.equivalence import Asked, Certainty, Equivalence, compare
from troth.core.policies.regions import Case
from troth.core.policies.retiring import OwnPolicy, follow_up, retired
from troth.core.policies.scopes import Layer, Scope, Subject
from troth.core.policies.templates import PARAMETERS, Template, own_rules
from troth.core.policies.timelines import Timeline, slots
from troth.core.policies.versions import PolicyVersion

# What a member whose values differ keeps: the rules that differ, those before them too, or all.
_RULES, _EARLIER, _WHOLE = _WAYS = ("rules", "earlier", "whole")


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What would be published, and whether anything changes for anybody."""

    versions: tuple[PolicyVersion, ...]
    scope: Scope | None  # whose policy says it then; None: the layers below say it already
    proof: Equivalence
    # Of ending: the layers that customers must stay in as they are, or it would not be the same.
    rests_on: tuple[Layer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a proposal is judged against."""

    versions: tuple[PolicyVersion, ...]  # all of one kind
    own: Mapping[Scope, OwnPolicy]
    members: tuple[Subject, ...]  # whom the policies are for
    asked: tuple[Asked, ...]  # everybody whom a change may reach, members among them
    observed: tuple[Case, ...]
    at: datetime
    author: str
    reason: str
    certain: Certainty = field(default_factory=Certainty)  # may be shared by many

    def judged(
        self, versions: Sequence[PolicyVersion], scope: Scope | None, asked: Iterable[Asked]
    ) -> Proposal:
        """These versions, compared with what is published."""
        after = (*self.versions, *versions)
        kind = versions[0].kind
        proof = compare(
            kind, self.versions, after, asked, observed=self.observed, certain=self.certain
        )
        return Proposal(versions=tuple(versions), scope=scope, proof=proof)


def retirement(setting: Setting, scopes: Iterable[Scope]) -> Proposal:
    """End the policies of these scopes; what holds for their customers is compared.

    As they stand, and where that is the same, as they would in any other tier, segment or region.
    """
    found = setting.judged([_ended(setting, scope) for scope in scopes], None, setting.asked)
    if not found.proof.is_same:
        return found
    layers = (Layer.TIER, Layer.SEGMENT, Layer.REGION)
    resting = [
        layer
        for layer in layers
        if not setting.judged(found.versions, None, _elsewhere(setting, layer)).proof.is_same
    ]
    return replace(found, rests_on=tuple(resting))


def _elsewhere(setting: Setting, layer: Layer) -> Iterator[Asked]:
    """The same customers in no tier, segment or region, and in each that a version is for."""
    keys = {item.scope.key for item in setting.versions if item.scope.layer is layer}
    for item in setting.asked:
        for key in (None, *sorted(keys)):
            held = () if key is None else (key,)
            match layer:
                case Layer.TIER:
                    subject = replace(item.subject, tier=key)
                case Layer.SEGMENT:
                    subject = replace(item.subject, segments=held)
                case _:
                    subject = replace(item.subject, regions=held)
            yield replace(item, subject=subject)


def consolidated(setting: Setting, template: Template) -> Proposal:
    """Make one policy of a template's members, at the narrowest scope that changes nobody.

    Where there is none, the narrowest of all with the case in which somebody would be changed.
    """
    first: Proposal | None = None
    ways = _WAYS if template.how == PARAMETERS else _WAYS[:1]
    for scope in (None, *(_shared(setting.members) if setting.members else ())):
        wider = [] if scope is None else _wider(setting, template, scope)
        if wider is None:
            continue
        for way in ways:
            versions = [*wider, *_own(setting, template, way)]
            found = setting.judged(versions, scope, setting.asked)
            if found.proof.is_same:
                return found
            # The way that leaves members most, so that the case is one of others.
            if first is None or first.scope in (None, scope):
                first = found
    assert first is not None  # without a scope there is always something to judge
    return first


def _shared(members: Sequence[Subject]) -> Iterator[Scope]:
    """The scopes that all of these are in, the most specific first."""
    order = (Layer.TIER, Layer.SEGMENT, Layer.REGION, Layer.COMPANY)
    for layer, keys in members[0].layers():
        if layer in order:
            others = [dict(member.layers())[layer] for member in members[1:]]
            yield from (
                Scope(layer=layer, key=key) for key in keys if all(key in item for item in others)
            )


def _own(setting: Setting, template: Template, way: str) -> Iterator[PolicyVersion]:
    """What becomes of each member: ended, or cut down to what is its own, where it can be."""
    for member in template.members:
        if template.how != PARAMETERS or template.has_standard(member):
            yield _ended(setting, member.scope)
            continue
        kept = own_rules(template, member, with_earlier=way == _EARLIER)
        if kept is not None and way != _WHOLE:
            yield _cut(setting, member, *kept)


def _ended(setting: Setting, scope: Scope) -> PolicyVersion:
    own = setting.own[scope]
    return retired(
        own.version, own.siblings, at=setting.at, author=setting.author, reason=setting.reason
    )


def _cut(
    setting: Setting, member: PolicyVersion, outputs: Mapping[str, Any], table: Any
) -> PolicyVersion:
    own = setting.own[member.scope]
    found = follow_up(
        member, own.siblings, outputs=outputs, at=setting.at, author=setting.author,
        reason=setting.reason,
    )  # fmt: skip
    return replace(found, table=table, clause=member.clause)


def _wider(setting: Setting, template: Template, scope: Scope) -> list[PolicyVersion] | None:
    """The template as the policy of a wider scope, upon what that says; None: they do not mix."""
    standard = template.standard
    siblings = [item for item in setting.versions if item.scope == scope]
    lines = [line for by_key in slots(siblings).values() for line in by_key.values()]
    line = lines[0] if lines else None
    if line is not None and not isinstance(line, Timeline):
        return None  # a roll-out is under way
    held = None if line is None else line.at(setting.at)
    if held is not None and (held.table is not None or standard.table is not None):
        return None  # what a version answers beside its table holds only where no rule matches
    outputs = {name: value for name, value in standard.outputs.items() if value is not None}
    wider = replace(
        standard,
        scope=scope,
        number=max((item.number for item in siblings), default=0) + 1,
        effective_from=setting.at,
        effective_to=None,
        published_at=setting.at,
        outputs=outputs if held is None else {**held.outputs, **outputs},
        table=standard.table,
        clause=None if held is None else held.clause,
        audience=None,
        author=setting.author,
        reason=setting.reason,
    )
    return [wider]
