"""Contexts of every decision kind by chance, with policies at every layer, for the floor's proof.

A company of random versions (constants and tables at all layers, contracts, guardrails, some rolled
out in stages) is made once for many contexts; a context is a subject, what it has said to each
purpose, facts that may be missing or stale, and an instant. It is decided twice: opted out, with
the layers left out that its customer does not permit; and standard, the same facts with the
customer, tier and segment layers off.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests import random_policies

from troth.core.consent.book import ConsentBook
from troth.core.consent.purposes import BUILT_IN, Basis, Notice, Purposes
from troth.core.consent.states import SAID, ConsentEvent, State
from troth.core.decisions import prioritise_floored, promise_floored
from troth.core.decisions.answers import policies_used
from troth.core.decisions.decision import ConsentUsed, Decision
from troth.core.decisions.floor import consent_used, floors_of
from troth.core.decisions.lead_time import LaneStatistics
from troth.core.decisions.prioritise import CaseFacts, CasePolicy
from troth.core.decisions.promise_facts import NOT_OBEYED, PromiseFacts, PromisePolicy
from troth.core.policies.audiences import Audience
from troth.core.policies.book import PolicyBook
from troth.core.policies.floors import Floor, FloorReason, permitted
from troth.core.policies.kinds import kind_named
from troth.core.policies.scopes import PERSONAL, Layer, Subject, parse_scope, standard
from troth.core.policies.specs import OutputSpec
from troth.core.policies.versions import PolicyVersion

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = {"promise": ("lead_time", "delivery"), "prioritise": ("service_level", "queue")}
SCOPES = (
    "customer:c1", "customer:c2", "contract:k1", "contract:k2", "tier:gold", "tier:silver",
    "segment:s", "segment:t", "region:SP", "region:BR", "company",
)  # fmt: skip
_POOLS: Mapping[str, tuple[Any, ...]] = {
    "service_quantile": (Decimal("0.8"), Decimal("0.9"), Decimal("0.95"), Decimal("0.99")),
    "default_lead_time_days": (0, 3, 10, 30),
    "borrow_weight": (0, 5, 30, 500),
    "maximum_lead_time_days": (0, 2, 6, 20),
    "weekdays": ((0, 1, 2, 3, 4), (1,), (5, 6)),
    "window_opens": ("00:00", "06:00"),
    "window_closes": ("12:00", "24:00"),
    "time_zone": ("Europe/Berlin", "America/Sao_Paulo"),
    "calendar": (
        {"name": "week", "time_zone": "UTC", "week": {"mon-fri": ["08:00-18:00"]}},
        {"name": "slow", "time_zone": "UTC", "week": {"tue-wed": ["09:00-16:00"]}},
        {"name": "day and night", "time_zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}},
    ),
    "rank_weight": (Decimal(0), Decimal(10), Decimal(500)),
    "aging_points_per_hour": (Decimal("0.5"), Decimal(1), Decimal(40)),
}
_RAILS: Mapping[str, tuple[Any, ...]] = {
    "service_quantile": ({"minimum": Decimal("0.85")}, {"maximum": Decimal("0.97")}),
    "maximum_lead_time_days": ({"minimum": 1}, {"maximum": 12}),
    "rank_weight": ({"maximum": Decimal(100)},),
}


def company(chance: random.Random, *, kinds: tuple[str, ...]) -> list[PolicyVersion]:
    """Versions of these kinds at all layers; each scope has some in some companies."""
    found = []
    for kind in kinds:
        spec = kind_named(kind)
        for number, text in enumerate((*SCOPES, *SCOPES, "guardrail:law"), start=1):
            if chance.random() < 0.55:
                scope = parse_scope(text)
                outputs = _outputs(chance, spec.outputs, scope.layer)
                shape = [item for item in random_policies.SHAPES if item.kind == kind]
                is_tabled = bool(shape) and scope.layer is not Layer.GUARDRAIL
                if is_tabled and chance.random() < 0.3:
                    table = random_policies.table(chance, shape[0], rules=4)
                else:
                    table = None
                if outputs or table:
                    staged = Audience(share=chance.randint(1, 9_999), key="r")
                    is_staged = scope.layer is not Layer.GUARDRAIL and chance.random() < 0.15
                    found.append(
                        PolicyVersion(
                            kind=kind,
                            scope=scope,
                            number=number,
                            effective_from=START - DAY * chance.randint(0, 3),
                            effective_to=None,
                            published_at=START - 3 * DAY,
                            outputs=outputs,
                            table=table,
                            audience=staged if is_staged else None,
                            author="somebody",
                            reason="a test",
                        )
                    )
    return found


def _outputs(chance: random.Random, specs: tuple[OutputSpec, ...], layer: Layer) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for spec in specs:
        if layer not in spec.layers or chance.random() < 0.5:
            continue
        if layer is Layer.GUARDRAIL:
            if spec.name in _RAILS:
                found[spec.name] = chance.choice(_RAILS[spec.name])
        elif spec.name in _POOLS:
            found[spec.name] = chance.choice(_POOLS[spec.name])
        elif "_minutes_" in spec.name:
            found[spec.name] = chance.choice((5, 60, 480, 3000))
        elif "severity_points" in spec.name:
            found[spec.name] = Decimal(chance.choice((0, 8, 100)))
    return found


def purposes(chance: random.Random) -> Purposes:
    """Those that come with the product; in some companies some rest on consent."""
    declared = [
        Notice(
            purpose=item.purpose,
            version=1,
            basis=chance.choice((Basis.CONSENT, Basis.LEGITIMATE_INTERESTS, Basis.CONTRACT)),
            title=item.title,
            text=item.text,
            layers=chance.choice((item.layers, tuple(layer.value for layer in PERSONAL))),
            declared_at=START - 2 * DAY,
        )
        for item in BUILT_IN
        if item.layers and chance.random() < 0.3
    ]
    return Purposes(declared)


def said(chance: random.Random, who: str, known: Purposes) -> Iterator[ConsentEvent]:
    """Statements around START: late, ahead, repeated, out of order."""
    for notice in known.at(START):
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            word = chance.choice((*SAID, State.DENIED))
            effective = START + chance.randint(-30, 30) * HOUR
            yield ConsentEvent(
                subject=who,
                purpose=notice.purpose,
                said=word,
                effective_at=effective,
                known_at=effective + chance.randint(-5, 20) * HOUR,
                expires_at=effective + chance.randint(1, 40) * HOUR
                if word is State.GRANTED and chance.random() < 0.4
                else None,
                notice_version=chance.randint(0, 1),
            )


@dataclass(frozen=True, kw_only=True)
class Company:
    """One company's policies and purposes."""

    book: PolicyBook
    purposes: Purposes


@dataclass(frozen=True, kw_only=True)
class Context:
    """One decision to make: for whom, what they permit, and the facts."""

    kind: str
    who: Subject  # with every layer, as if all were permitted
    consent: tuple[ConsentUsed, ...]
    floors: tuple[Floor, ...]  # beside consent
    facts: Any
    at: datetime

    def opted_out(self, company: Company, *, decide: Any = None) -> Decision:
        """What is decided with the layers left out that may not be used."""
        off = floors_of(self.consent, self.floors)
        return self._decided(company, permitted(self.who, off), off, decide)

    def standard(self, company: Company, *, decide: Any = None) -> Decision:
        """The same facts with the customer, tier and segment layers off."""
        off = floors_of(self.consent, self.floors)
        return self._decided(company, standard(self.who), off, decide)

    def _decided(
        self, company: Company, who: Subject, off: tuple[Floor, ...], decide: Any
    ) -> Decision:
        case = dict(self.facts.asked)
        kinds = KINDS[self.kind]
        own, plain = (
            policies_used(
                *(company.book.resolve(kind, subject, self.at, case) for kind in kinds),
                but=NOT_OBEYED,
            )
            for subject in (who, standard(who))
        )
        if self.kind == "promise":
            policy: Any = PromisePolicy.resolved(
                own,
                time_zone=self.facts.time_zone,
                at=self.at,
                standard=plain,
                floors=self.floors,
            )
            decide = decide or promise_floored.decide
        else:
            policy = CasePolicy.resolved(
                own,
                opened_at=self.facts.opened_at,
                standard=plain if off else None,
                floors=self.floors,
            )
            decide = decide or prioritise_floored.decide
        decided: Decision = decide(self.facts, policy, at=self.at)
        return decided


def context(chance: random.Random, kind: str, company: Company) -> Context:
    """One context by chance; facts may be missing, and stale ones give a floor of their own."""
    customer = chance.choice(("c1", "c2", None))
    at = START + chance.randint(0, 24) * HOUR
    who = Subject(
        customers=(customer,) if customer else (),
        contracts=chance.choice(((), ("k1",), ("k1", "k2"))) if customer else (),
        tier=chance.choice(("gold", "silver", None)),
        segments=chance.choice(((), ("s",), ("t", "s"))),
        regions=chance.choice((("SP", "BR"), ("BR",), ())),
    )
    events = list(said(chance, customer or "", company.purposes))
    chance.shuffle(events)
    consent = consent_used(ConsentBook(events, company.purposes).at(customer, at))
    floors: tuple[Floor, ...] = ()
    if chance.random() < 0.2:
        because = chance.choice([item for item in FloorReason if item is not FloorReason.CONSENT])
        layers = tuple(layer for layer in PERSONAL if chance.random() < 0.6) or PERSONAL
        floors = (Floor(because=because, layers=layers, values={"fact": "customer.tier"}),)
    maker = _order if kind == "promise" else _case
    facts = maker(chance, customer, at, consent)
    return Context(kind=kind, who=who, consent=consent, floors=floors, facts=facts, at=at)


def _order(
    chance: random.Random, customer: str | None, at: datetime, consent: tuple[ConsentUsed, ...]
) -> PromiseFacts:
    placed = at - chance.choice((0, 0, 5, 60)) * HOUR
    return PromiseFacts(
        order="erp:SO-1",
        customer=customer,
        placed_at=placed,
        requested_at=placed + chance.randint(1, 300) * HOUR if chance.random() < 0.6 else None,
        elapsed_days=(at - placed) // DAY,
        time_zone=chance.choice(("Europe/Berlin", "America/Sao_Paulo", None)),
        lanes=tuple(_lane(chance, level) for level in range(chance.randint(0, 3))),
        asked=_asked(chance, ("lead_time", "delivery")),
        known_at={"placed_at": placed - chance.choice((0, 900)) * HOUR},
        consent=consent,
    )


def _lane(chance: random.Random, level: int) -> LaneStatistics:
    hours = sorted(chance.sample(range(1, 400), chance.randint(0, 12)))
    return LaneStatistics(
        lane=str(level),
        level=("origin-destination", "destination", "company")[level],
        as_of=START - DAY,
        history_days=chance.choice((30, 120)),
        exits=tuple((hour, chance.randint(1, 40), chance.randint(0, 9)) for hour in hours),
    )


def _case(
    chance: random.Random, customer: str | None, at: datetime, consent: tuple[ConsentUsed, ...]
) -> CaseFacts:
    return CaseFacts(
        case="desk:C-1",
        customer=customer,
        opened_at=at - chance.choice((0, 0, 3, 100)) * HOUR,
        severity=chance.choice((1, 2, 3, 4, None)),
        asked=_asked(chance, ("service_level", "queue")),
        consent=consent,
    )


def _asked(chance: random.Random, kinds: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in kinds:
        found |= random_policies.case(chance, kind)
    return {name: value for name, value in found.items() if chance.random() > 0.1}
