"""Five customers who stand differently to the same person: own, team, region, other, restricted.

Each has a sales region of its own, so that a figure by region tells whose it is. The restricted
one is in the person's regions: what hides it is that they are not named.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F
from django.utils import timezone
from tests.api.company import add_decision
from tests.console.company import (
    NOW,
    add_company,
    case_key,
    customer_id,
    difference_id,
    order_key,
)

from troth.actions import changes
from troth.actions.checkpoints import make_checkpoint
from troth.actions.people import issue_token, system_user
from troth.actions.policies import Written
from troth.core.access.deciding import Person, Thing
from troth.core.access.roles import Role
from troth.core.access.vocabulary import State
from troth.core.policies.versions import from_document
from troth.store.facts.policies import row_of
from troth.store.models import (
    FACTS,
    ApiToken,
    Assessment,
    BreakGlass,
    CaseWork,
    Clock,
    Crosswalk,
    Customer,
    FreezeWindow,
    IdentityVerdict,
    OutboxMessage,
    PolicyChange,
    PolicySignOff,
    PolicyVersion,
    Promise,
    QuarantinedRow,
    ResolutionQuestion,
    Rollout,
    User,
    WebhookEndpoint,
)

RELATIONS = ("own", "team", "region", "other", "restricted")
REGIONS = frozenset({"Rregion", "Rrestricted"})
_AGENT, _TEAM = "crm:me", "mine"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """How one customer and its things are called."""

    customer: str
    name: str
    region: str
    order: str
    difference: str
    case: str
    decision: str
    policy: str
    rollout: str
    change: str  # of its policy: one that waits for operations
    digest: str  # what is signed of it
    draft: str  # one that was checked
    approved: str
    freeze: str
    question: str
    twin: str  # another customer in the same relation; the question is whether they are one
    alias: str  # a third, which was merged into the twin
    said: str  # the verdict that it was
    record: str  # of the customer
    alias_record: str
    glass: str
    message: str
    token: str  # of the stranger

    def all(self) -> dict[str, str]:
        return vars(self) | {"link": f'href="/customers/{self.customer}"'}


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """One person of a role, with a token."""

    user: User
    token: str

    @property
    def person(self) -> Person:
        return Person(
            user_id=self.user.pk,
            role=Role(self.user.role),
            agent_key=_AGENT,
            team=_TEAM,
            regions=REGIONS,
        )


THINGS: dict[str, Thing] = {
    "own": Thing(account_manager=_AGENT, region="Rown"),
    "team": Thing(team=_TEAM, region="Rteam"),
    "region": Thing(region="Rregion"),
    "other": Thing(region="Rother"),
    "restricted": Thing(region="Rrestricted", states=frozenset({State.RESTRICTED})),
}


def add_five() -> dict[str, Keys]:
    """The customers with all that belongs to them, by relation."""
    stranger = User.objects.create(
        username="stranger", name="S", role=Role.STEWARD.value, password="!"
    )
    for role in Role:
        if not User.objects.filter(username=role.value).exists():
            User.objects.create(
                username=role.value, name=role.value.title(), role=role.value, password="!"
            )
    add_company(len(RELATIONS))
    WebhookEndpoint.objects.create(
        id="ep_1",
        url="https://hooks.example.org/troth",
        secret=b"sealed",
        created_by=stranger,
        created_at=NOW,
    )
    Assessment.objects.create(
        id="pia_1", contract="shop-orders", contract_version="1", drafted_at=NOW,
        fields={"shop/orders/birthday": "personal"}, description="d", purposes=["service"],
        basis="contract", necessity="n", risks="r", measures="m", retention="r", recipients="r",
        drafted_by=stranger,
    )  # fmt: skip
    make_checkpoint(acting_user=system_user())
    ResolutionQuestion.objects.all().delete()
    issue_token(user=stranger, label="theirs", acting_user=system_user())
    return {
        relation: _stand(number, relation, stranger) for number, relation in enumerate(RELATIONS)
    }


def _stand(number: int, relation: str, stranger: User) -> Keys:
    """Put a customer into its relation, and give it what a company's test rows lack."""
    key, thing = customer_id(number), THINGS[relation]
    Customer.objects.filter(pk=key).update(
        sales_region=thing.region,
        team=thing.team,
        account_manager=thing.account_manager,
        is_restricted=State.RESTRICTED in thing.states,
    )
    for rows in (Promise.objects, CaseWork.objects):
        rows.filter(customer=key).update(sales_region=thing.region)
    twin, alias, said = _twins(Customer.objects.get(pk=key), relation, stranger)
    ResolutionQuestion.objects.create(
        id=f"question-{relation}",
        source_key=f"crm:bridge-{relation}",
        customers=[key, twin],
        because="the tax id",
        asked_at=NOW - timedelta(days=1),
    )
    decided = add_decision(
        "promise",
        {"order": order_key(number, 0), "placed_at": "2026-06-01T08:00:00+00:00"},
        Customer.objects.get(pk=key),
    )
    message = OutboxMessage.objects.create(
        id=f"msg_{relation}",
        endpoint_id="ep_1",
        event_type="promise.broken",
        customer_id=key,
        payload="{}",
        created_at=NOW,
        dead_at=NOW,
    )
    _measure(number, key)
    under_way = add_policy_work(key, stranger, number=number, relation=relation)
    broken = BreakGlass.objects.create(
        id=f"glass_{relation}",
        customer_id=key,
        user=stranger,
        reason="The parcel leaks on the ramp.",
        starts_at=timezone.now() - timedelta(hours=3),
        ends_at=timezone.now() - timedelta(hours=2),
    )
    return Keys(
        customer=key,
        name=f"Geheim Werke {number:03}",
        region=thing.region,
        order=order_key(number, 0),
        difference=difference_id(number),
        case=case_key(number),
        decision=decided.pk,
        policy=PolicyVersion.objects.get(layer="customer", scope=key).pk,
        **under_way,
        question=f"question-{relation}",
        twin=twin,
        alias=alias,
        said=said,
        record=f"erp:D{number}",
        alias_record=f"crm:alias-{relation}",
        glass=broken.pk,
        message=message.pk,
        token=str(ApiToken.objects.get(user=stranger).pk),
    )


def _twins(customer: Customer, relation: str, author: User) -> tuple[str, str, str]:
    """Two customers more behind the same wall, one merged into the other; and the verdict."""
    names = [f"cus_twin_{relation}", f"cus_alias_{relation}"]
    for name in names:
        Customer.objects.create(
            id=name,
            region=customer.region,
            sales_region=customer.sales_region,
            team=customer.team,
            account_manager=customer.account_manager,
            is_restricted=customer.is_restricted,
            first_known_at=NOW,
        )
    Customer.objects.filter(pk=names[1]).update(merged_into=names[0])
    Crosswalk.objects.create(
        source_key=f"crm:alias-{relation}", customer_id=names[0], home_id=names[1], because="first"
    )
    said = IdentityVerdict.objects.create(
        id=f"idv_{relation}",
        verdict="same",
        level="customer",
        one=names[0],
        other=names[1],
        customers=names,
        author=author,
        reason="They are one.",
        given_at=NOW,
    )
    return names[0], names[1], said.pk


def add_policy_work(key: str, stranger: User, *, number: int = 0, relation: str) -> dict[str, str]:
    """A policy of a customer alone, and all that can be under way about it; the keys of that."""
    _contract(key, relation)
    return {
        "rollout": _rollout(number, key),
        **_changes(key, stranger),
        "freeze": _freeze(key, relation),
    }


def _freeze(key: str, relation: str) -> str:
    """A freeze of the customer alone, so far off that it holds nothing up."""
    row = FreezeWindow.objects.create(
        id=f"frz_{relation}",
        layer="customer",
        scope=key,
        kind="launch",
        title=f"Launch of {relation}",
        reason="Nothing may change now.",
        time_zone="UTC",
        starts_at=NOW + timedelta(days=36_500),
        ends_at=NOW + timedelta(days=36_501),
        uid=f"frz_{relation}@troth",
        author=system_user(),
        created_at=NOW,
    )
    return row.pk


def _contract(key: str, relation: str) -> None:
    """A policy of the customer alone."""
    version = from_document(
        {
            "kind": "lead_time",
            "scope": f"customer:{key}",
            "number": 1,
            "effective_from": NOW - timedelta(days=9),
            "effective_to": None,
            "published_at": NOW - timedelta(days=9),
            "outputs": {"service_quantile": "0.9"},
            "author": "troth",
            "reason": f"For {relation}",
            "clause": None,
        }
    )
    row_of(version, author=system_user()).save(force_insert=True)


def _rollout(number: int, key: str) -> str:
    """A roll-out of that policy, in its first stage."""
    version = PolicyVersion.objects.get(layer="customer", scope=key)
    stage = {"share": "10", "version": version.pk, "published_at": NOW.isoformat()}
    row = Rollout.objects.create(
        id=f"rol_{number:016x}",
        kind="lead_time",
        layer="customer",
        scope=key,
        document={"kind": "lead_time", "scope": f"customer:{key}",
                  "outputs": {"service_quantile": "0.9"}},
        stages=[stage, {"share": "100"}],
        guardrails=[],
        state="running",
        stage=1,
        author=system_user(),
        reason="A try.",
        created_at=NOW,
    )  # fmt: skip
    return row.pk


def _changes(key: str, stranger: User) -> dict[str, str]:
    """Changes of a policy of the customer alone, as far as they can come without a person."""
    found = {}
    for name in ("change", "draft", "approved"):
        document = {
            "kind": "delivery",
            "scope": f"customer:{key}",
            "effective_from": NOW + timedelta(days=9),
            "outputs": {"packaging": "tight"},
            "reason": name,
        }
        written = [Written(document=document, place=name, author="troth")]
        boss = system_user()
        row = changes.draft(written, title=name, reason=name, acting_user=boss)
        if name == "draft":
            changes.check_change(row.pk, acting_user=boss)
        else:
            row = changes.propose(row.pk, acting_user=boss)
        found[name] = row.pk
        if name == "change":
            found["digest"] = row.digest
    PolicySignOff.objects.create(
        id=f"sgn_{key}",
        change=row,
        function="operations",
        user=stranger,
        verdict="approved",
        reason="It can be kept.",
        signed_at=NOW,
        digest=row.digest,
    )
    PolicyChange.objects.filter(pk=row.pk).update(state="approved")
    return found


def _measure(number: int, key: str) -> None:
    """Let every metric have a value for this customer."""
    Promise.objects.filter(customer=key).update(
        requested_at=F("promised_at"), source_promised_at=F("promised_at"), lane="north"
    )
    CaseWork.objects.filter(customer=key).update(
        first_responded_at=F("opened_at") + timedelta(hours=1),
        resolved_at=F("opened_at") + timedelta(hours=2),
    )
    Clock.objects.filter(customer=key, subject_kind="case").update(
        state="completed",
        stopped_at=F("started_at") + timedelta(hours=2),
        working_elapsed_seconds=7_200,
        wall_elapsed_seconds=7_200,
    )
    fact = FACTS["case"]._default_manager.get(key=case_key(number))
    fact.revision, fact.source_met_sla = 2, True
    fact.row_hash = uuid.uuid5(uuid.NAMESPACE_OID, f"{fact.key} again")
    fact._state.adding = True
    fact.save(force_insert=True)


def somebody(role: Role) -> Somebody:
    """The person of a role, standing as the five customers are made for."""
    user = User.objects.get(username=role.value)
    user.agent_key, user.team, user.regions = _AGENT, _TEAM, sorted(REGIONS)
    user.save()
    return Somebody(user=user, token=issue_token(user=user, label="t", acting_user=system_user()))


def quarantined_row() -> int:
    """A row that waits."""
    return QuarantinedRow.objects.order_by("pk")[0].pk
