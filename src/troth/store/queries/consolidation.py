"""Which policies of customers and contracts are worth their keep, and which could be one?

What is told is of customers whom the viewer may see; whether a policy may end is judged over
everybody, and of a difference for somebody else no more is told than that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from troth.core.access.roles import Right
from troth.core.decisions import prioritise, promise_facts
from troth.core.policies.consolidating import Proposal
from troth.core.policies.differences import title_for, value_told
from troth.core.policies.kinds import kind_named
from troth.core.policies.retiring import Cost, OwnPolicy, rules_in
from troth.core.policies.scopes import Layer, Scope
from troth.core.policies.templates import Template
from troth.store.facts.own_policies import Use
from troth.store.queries.lists import NotFoundError
from troth.store.queries.own_policies import OwnPolicies
from troth.store.queries.viewing import Viewer, viewing

_OBEYED = (*promise_facts.POLICY_KINDS, *prioritise.POLICY_KINDS)


@dataclass(frozen=True, kw_only=True)
class DifferenceShown:
    """A case in which a value would be another one."""

    customer: str
    at: datetime
    case: Mapping[str, str]  # input → as `--case` takes it; what is left out is not known
    output: str
    before: str  # as people say it
    after: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether something may end or change without changing anything for anybody."""

    is_same: bool
    is_proved: bool
    sentence: str  # how that is known
    regions: int
    observed: int
    made_up: int
    witness: DifferenceShown | None  # None too where it is of somebody whom one may not see
    # tier, segment, region: what its customers must stay in as they are, or it would differ
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KeptPolicy:
    """A policy of one customer or contract, and what it costs to keep."""

    id: str  # of the version in force
    kind: str
    layer: str
    scope: str
    customers: tuple[str, ...]  # whom it is for
    outputs: tuple[str, ...]  # what it answers
    clause: str  # of a signed document that it fulfils
    cost: Cost
    is_obeyed: bool  # whether decisions obey its kind at all yet
    use: Use | None  # None: the viewer may not see decisions
    state: str  # may_end, decides, staged or changing
    verdict: Verdict | None  # None: staged or changing

    @property
    def title(self) -> str:
        """Whose policy it is: "service level for customer cus_1"."""
        return title_for(self.kind, Scope(layer=Layer(self.layer), key=self.scope))

    @property
    def may_end(self) -> bool:
        return self.state == "may_end"


@dataclass(frozen=True, kw_only=True)
class ParameterShown:
    """One place of a template whose value is not the same for all."""

    rule: str
    name: str
    values: tuple[tuple[str, str], ...]  # (scope, value)


@dataclass(frozen=True, kw_only=True)
class TemplateShown:
    """Policies that could be one."""

    id: str
    how: str  # same, parameters or history
    kind: str
    standard: str  # the scope whose text is the template's
    members: tuple[str, ...]  # scopes
    versions: tuple[str, ...]  # ids, in the same order
    parameters: tuple[ParameterShown, ...]
    agreed: int
    answered: int
    scope: str  # whose policy would say it; "": what is below says it already
    published: int  # versions that it would take
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Consolidation:
    """All policies of customers and contracts in force, and what could be one."""

    at: datetime
    policies: tuple[KeptPolicy, ...]  # the dearest to keep first
    templates: tuple[TemplateShown, ...]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What would be published to consolidate, and whether anything changes by it."""

    proposal: Proposal
    verdict: Verdict
    title: str


def consolidation(*, viewer: Viewer, kind: str = "", at: datetime | None = None) -> Consolidation:
    """Each own policy in force, and templates.

    `at`: by default now, or the main job's moment where that is later. `kind`: "" for all. Raises
    NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        held = OwnPolicies(sight, at=at, kind=kind)
        policies = [_kept(held, own) for own in held.own]
        ranked = sorted(policies, key=lambda item: (-item.cost.product, item.kind, item.title))
        return Consolidation(
            at=held.at,
            policies=tuple(ranked),
            templates=tuple(_shown(held, item) for item in held.templates()),
        )


def wanted(
    *, viewer: Viewer, ids: Sequence[str], author: str, reason: str, at: datetime | None = None
) -> tuple[Wanted, ...]:
    """What consolidating policies and templates by id would publish from `at` on, kind by kind.

    Policies of one kind are judged together: each may be able to end, and not both. A template is
    asked for by itself. Raises NotFoundError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        held = OwnPolicies(sight, at=at, author=author, reason=reason)
        own = {item.version.id: item.version for item in held.own if not item.is_open}
        ending: dict[str, list[Scope]] = {}
        found: list[Wanted] = []
        for name in dict.fromkeys(ids):
            if name in own:
                ending.setdefault(own[name].kind, []).append(own[name].scope)
                continue
            template = next(held.templates(name), None)
            if template is None:
                raise NotFoundError("policy that could end, and no template,", name)
            title = f"One {_words(template.standard.kind)} for {len(template.members)}"
            found.append(_wanted(held, held.consolidated(template), title))
        for kind, scopes in ending.items():
            told = ", ".join(f"{scope.layer} {scope.key}" for scope in scopes)
            found.append(_wanted(held, held.ended(kind, scopes), f"No own {_words(kind)}: {told}"))
        return tuple(found)


def _wanted(held: OwnPolicies, proposal: Proposal, title: str) -> Wanted:
    return Wanted(proposal=proposal, verdict=_verdict(held, proposal), title=title)


def _kept(held: OwnPolicies, own: OwnPolicy) -> KeptPolicy:
    version = own.version
    verdict = None
    if not own.is_open:
        verdict = _verdict(held, held.ended(version.kind, [version.scope]))
    if verdict is None:
        state = "staged" if own.is_staged else "changing"
    else:
        state = "may_end" if verdict.is_same else "decides"
    names = [name for name, value in version.outputs.items() if value is not None]
    names += version.table.outputs if version.table else ()
    return KeptPolicy(
        id=version.id,
        kind=version.kind,
        layer=version.scope.layer.value,
        scope=version.scope.key,
        customers=held.customers(version.scope),
        outputs=tuple(dict.fromkeys(names)),
        clause=version.clause or "",
        cost=Cost(
            rules=rules_in(version), changes=len(own.siblings), exceptions=held.exceptions(own)
        ),
        is_obeyed=version.kind in _OBEYED,
        use=held.use(own),
        state=state,
        verdict=verdict,
    )


def _shown(held: OwnPolicies, template: Template) -> TemplateShown:
    found = held.consolidated(template)
    return TemplateShown(
        id=template.id,
        how=template.how,
        kind=template.standard.kind,
        standard=str(template.standard.scope),
        members=tuple(str(item.scope) for item in template.members),
        versions=tuple(item.id for item in template.members),
        parameters=tuple(
            ParameterShown(
                rule=item.rule,
                name=item.name,
                values=tuple((str(scope), text) for scope, text in item.values),
            )
            for item in template.parameters
        ),
        agreed=template.agreed,
        answered=template.answered,
        scope="" if found.scope is None else str(found.scope),
        published=len(found.versions),
        verdict=_verdict(held, found),
    )


def _verdict(held: OwnPolicies, proposal: Proposal) -> Verdict:
    proof = proposal.proof
    witness, sentence = proof.witness, proof.sentence
    if proposal.rests_on:
        layers = " and ".join(proposal.rests_on)
        sentence += f" As long as its customers stay in their {layers}."
    shown = None
    if witness is not None:
        customer = witness.subject.member
        spec = kind_named(witness.kind).by_name[witness.output]
        if held.may_see(customer):
            shown = DifferenceShown(
                customer=customer,
                at=witness.at,
                case={name: _case_text(value) for name, value in witness.case.items()},
                output=witness.output,
                before=value_told(spec, witness.before),
                after=value_told(spec, witness.after),
                sentence=witness.sentence,
            )
        else:
            sentence = "Not the same for somebody whom you may not see."
    return Verdict(
        is_same=proof.is_same,
        is_proved=proof.is_exact,
        sentence=sentence,
        regions=proof.regions,
        observed=proof.observed,
        made_up=proof.made_up,
        witness=shown,
        rests_on=tuple(layer.value for layer in proposal.rests_on),
    )


def _case_text(value: object) -> str:
    """A value as `troth policy show --case` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _words(kind: str) -> str:
    return kind.replace("_", " ")
