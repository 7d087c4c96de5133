"""Customers at every distance from one agent, with a row of each in every protected table.

Every key, id and text of a customer's rows holds its name between tildes, so that a row of any
table tells whose it is.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from troth.core.access.roles import Role
from troth.store.models import (
    FACTS,
    Assessment,
    AssessmentSignOff,
    AuditEntry,
    AuditRow,
    AuditSecret,
    BreakGlass,
    CaseWork,
    Clock,
    CommitmentDifference,
    ConsentEvent,
    ConsentNotice,
    Crosswalk,
    Customer,
    CustomerAccess,
    CustomerPersonal,
    CustomerSegment,
    CustomerValue,
    Decision,
    ErasedSource,
    Erasure,
    FactPersonal,
    FieldWord,
    FreezeOverride,
    FreezeWindow,
    IdentityVerdict,
    Landing,
    MatchModel,
    OutboxAttempt,
    OutboxMessage,
    PolicyChange,
    PolicySignOff,
    PolicyVersion,
    Promise,
    QuarantinedRow,
    ResolutionQuestion,
    Rollout,
    SharedInput,
    SubjectKey,
    TierAssignment,
    User,
    ValueModel,
    WebhookEndpoint,
)

NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)
AGENT, TEAM, REGION = "desk:me", "mine", "north"

# name → (account manager, team, sales region, restricted)
CUSTOMERS = {
    "own": (AGENT, "theirs", "south", False),
    "team": ("desk:x", TEAM, "south", False),
    "region": ("desk:x", "theirs", REGION, False),
    "other": ("desk:x", "theirs", "south", False),
    "secret": (AGENT, TEAM, REGION, True),
}
NOBODY = "nobody"  # rows of no known customer

# The relation of a right → whose rows are seen.
SEEN = {
    "own": {"own"},
    "team": {"own", "team"},
    "region": {"own", "team", "region"},
    "all": {"own", "team", "region", "other", NOBODY},
}


def mark(name: str) -> str:
    return f"~{name}~"


def customer_id(name: str) -> str:
    return f"cus_{mark(name)}"


def fill() -> None:
    """Write it all. Run it as the program."""
    landing = Landing.objects.create(source="erp", feed="f", kind="order", landed_at=NOON)
    officer = _user("officer", Role.PRIVACY_OFFICER)
    user = _user("agent", Role.AGENT)
    ConsentNotice.objects.create(
        id="surveys/1", purpose="surveys", version=1, basis="consent", title="t", text="t",
        declared_at=NOON, declared_by=officer,
    )  # fmt: skip
    assessed = Assessment.objects.create(
        id="pia_1", contract="c", contract_version="1", fields={"erp/f/size": "personal"},
        description="d", purposes=["service"], basis="contract", necessity="n", risks="r",
        measures="m", retention="r", recipients="r", drafted_at=NOON, drafted_by=user,
    )  # fmt: skip
    AssessmentSignOff.objects.create(
        id="pis_1", assessment=assessed, verdict="refused", reason="r", signed_at=NOON,
        signed_by=officer,
    )  # fmt: skip
    SharedInput.objects.create(digest="0" * 64, kind="calendar", content="{}")
    endpoint = WebhookEndpoint.objects.create(
        id="ep_1", url="https://a.example", secret=b"s", created_by=officer, created_at=NOON
    )
    for number, (name, (manager, team, region, is_restricted)) in enumerate(CUSTOMERS.items()):
        customer = Customer.objects.create(
            id=customer_id(name),
            region="eu",
            sales_region=region,
            account_manager=manager,
            team=team,
            is_restricted=is_restricted,
            first_known_at=NOON,
        )
        CustomerPersonal.objects.create(
            customer=customer, name=f"Geheim {mark(name)}", email=f"g{mark(name)}@a.example"
        )
        Crosswalk.objects.create(source_key=f"crm:{mark(name)}", customer=customer, because="it")
        TierAssignment.objects.create(
            customer=customer, tier=mark(name), starts_at=NOON, code="tier:first",
            sentence="", revenue=Decimal(1),
        )  # fmt: skip
        _worth(name, customer)
        _about(name, customer, officer)
        _policy_work(name, customer, officer)
        _outbox(endpoint, name, customer)
        _work(name, customer)
        _facts(name, landing, f"crm:{mark(name)}")
        _quarantined(name)
        _log(number, name, user)
    ResolutionQuestion.objects.create(  # tells of both, so that who sees one only must not see it
        id="q_both",
        source_key="crm:both",
        customers=[customer_id("own"), customer_id("secret")],
        because=mark("secret"),
        asked_at=NOON,
    )
    for customers, contracts in (("own", "secret"), []), (("own",), [f"erp:{mark('secret')}"]):
        PolicyChange.objects.create(  # as with the question
            id=f"chg_{len(contracts)}", title=mark("secret"), reason="r", author=officer, makers=[],
            state="draft", documents=[], base={}, customers=[customer_id(one) for one in customers],
            contracts=contracts, digest="d", created_at=NOON, changed_at=NOON,
        )  # fmt: skip
    _outbox(endpoint, NOBODY, None)
    _work(NOBODY, None)
    _facts(NOBODY, landing, "crm:unknown")


def _worth(name: str, customer: Customer) -> None:
    """What one customer is worth, by a model of their own."""
    model = ValueModel.objects.create(
        id=f"val_{mark(name)}", relation="non_contractual", as_of=NOON, form=mark(name)
    )
    MatchModel.objects.create(
        id=f"mtm_{mark(name)}", trained_at=NOON, records=500, design="organisation",
        design_digest="d", precision=Decimal("0.995"), sentence=mark(name),
    )  # fmt: skip
    CustomerValue.objects.create(
        customer=customer, model=model, as_of=NOON, form=mark(name), horizon_months=36,
        silence_days=182, currency="EUR", value=Decimal(1), low=Decimal(0), high=Decimal(2),
        alive=Decimal(1), leaving=Decimal(0), margin_percent=Decimal(100), first_on=NOON.date(),
        last_on=NOON.date(),
    )  # fmt: skip
    CustomerSegment.objects.create(
        customer=customer, segment=mark(name), since=NOON, as_of=NOON, currency="EUR",
        revenue_12m=Decimal(1),
    )  # fmt: skip


def _about(name: str, customer: Customer, officer: User) -> None:
    """A policy, access and an erasure of one customer."""
    document: dict[str, Any] = {"outputs": {}}
    PolicyVersion.objects.create(
        id=f"pol_{mark(name)}", kind="lead_time", layer="customer", scope=customer.pk, number=1,
        effective_from=NOON, published_at=NOON, document=document, author=officer, reason="a",
    )  # fmt: skip
    BreakGlass.objects.create(
        id=f"glass_{mark(name)}", customer=customer, user=officer, reason="fire",
        starts_at=NOON, ends_at=NOON + timedelta(hours=1),
    )  # fmt: skip
    CustomerAccess.objects.create(
        customer=customer, user=officer, reason="a", granted_by=officer, granted_at=NOON,
        ends_at=NOON + timedelta(hours=1),
    )  # fmt: skip
    SubjectKey.objects.create(subject=customer.pk, wrapped=b"", created_at=NOON)
    erasure = Erasure.objects.create(
        id=f"era_{name}", subject=customer.pk, reason="r", requested_by=officer, erased_at=NOON
    )
    ErasedSource.objects.create(kind="customer", key=f"crm:{mark(name)}", erasure=erasure)
    IdentityVerdict.objects.create(
        id=f"idv_{name}", verdict="apart", level="record", one=f"crm:{mark(name)}",
        other=f"erp:{mark(name)}", customers=[customer.pk], author=officer, reason=mark(name),
        given_at=NOON,
    )  # fmt: skip
    FieldWord.objects.create(
        id=f"wrd_{name}", customer=customer, field="city", source_key=f"crm:{mark(name)}",
        author=officer, reason=mark(name), given_at=NOON,
    )  # fmt: skip
    ResolutionQuestion.objects.create(
        id=f"q_{name}", source_key=f"crm:q{mark(name)}", customers=[customer.pk], because="",
        asked_at=NOON,
    )  # fmt: skip


def _policy_work(name: str, customer: Customer, officer: User) -> None:
    """All that can be under way about a policy of one customer."""
    change = PolicyChange.objects.create(
        id=f"chg_{mark(name)}", title="t", reason="r", author=officer, makers=[], state="proposed",
        documents=[], base={}, customers=[customer.pk], contracts=[f"erp:{mark(name)}"], digest="d",
        created_at=NOON, changed_at=NOON,
    )  # fmt: skip
    PolicySignOff.objects.create(
        id=f"sgn_{mark(name)}", change=change, function="operations", user=officer,
        verdict="approved", reason="r", signed_at=NOON, digest="d",
    )  # fmt: skip
    window = FreezeWindow.objects.create(
        id=f"frz_{mark(name)}", layer="customer", scope=customer.pk, kind="launch", title="t",
        reason="r", time_zone="UTC", starts_at=NOON, ends_at=NOON + timedelta(hours=1), uid="u",
        author=officer, created_at=NOON,
    )  # fmt: skip
    FreezeOverride.objects.create(
        id=f"ovr_{mark(name)}", window=window, change=change.pk, authority=officer, reason="r",
        given_at=NOON,
    )  # fmt: skip
    ConsentEvent.objects.create(
        id=f"cns_{mark(name)}", customer=customer, purpose="profiling", said="denied",
        effective_at=NOON, known_at=NOON, source="api", how="phone", recorded_by=officer,
    )  # fmt: skip
    Rollout.objects.create(
        id=f"rol_{mark(name)}", kind="lead_time", layer="customer", scope=customer.pk, document={},
        stages=[], guardrails=[], state="running", author=officer, reason="r", created_at=NOON,
    )  # fmt: skip


def _user(name: str, role: Role) -> User:
    return User.objects.create(
        username=name,
        name=name,
        role=role.value,
        password="!",
        agent_key=AGENT,
        team=TEAM,
        regions=[REGION],
    )


def _work(name: str, customer: Customer | None) -> None:
    decision = Decision.objects.create(
        id=f"dec_{mark(name)}", kind="promise", subject=f"erp:{mark(name)}", customer=customer,
        region="eu", at=NOON, input_digest="d", receipt="{}",
    )  # fmt: skip
    Promise.objects.create(
        order_key=f"erp:{mark(name)}", customer=customer, region="eu", placed_at=NOON,
        first_promised_at=NOON, promised_at=NOON, state="late", total=Decimal(100), currency="EUR",
        tier=mark(name), first_decision=decision, latest_decision=decision,
    )  # fmt: skip
    CaseWork.objects.create(
        case_key=f"desk:{mark(name)}", customer=customer, region="eu", severity=2, status="new",
        is_open=True, opened_at=NOON, first_response_due_at=NOON, resolution_due_at=NOON,
        rank=Decimal(1), decision=decision, team=mark(name),
    )  # fmt: skip
    CommitmentDifference.objects.create(
        id=f"dif_{mark(name)}", order_key=f"erp:{mark(name)}", line_key=f"erp:{mark(name)}/1",
        kind="not_sent", number=1, customer=customer, region="eu", expected="2", found="1",
        state="open", opened_at=NOON, changed_at=NOON,
    )  # fmt: skip
    Clock.objects.create(
        subject_kind="case", subject=f"desk:{mark(name)}", metric="resolution", customer=customer,
        region="eu", started_at=NOON, due_at=NOON, state="in_progress", breached=True, as_of=NOON,
    )  # fmt: skip


def _outbox(endpoint: WebhookEndpoint, name: str, customer: Customer | None) -> None:
    message = OutboxMessage.objects.create(
        id=f"msg_{mark(name)}", endpoint=endpoint, event_type="a", customer=customer, payload="{}",
        created_at=NOON,
    )  # fmt: skip
    OutboxAttempt.objects.create(message=message, number=1, at=NOON)


def _quarantined(name: str) -> None:
    QuarantinedRow.objects.create(
        source="erp", feed="orders", fingerprint=mark(name), file="f", code="c", message=mark(name),
        raw="{}", seen_at=NOON,
    )  # fmt: skip


def _log(number: int, name: str, user: User) -> None:
    entry = AuditEntry(
        index=number, at=NOON, actor=user, action="a:b:c", customer_id=customer_id(name),
        envelope="{}", leaf_hash=b"",
    )  # fmt: skip
    entry.save(force_insert=True)
    AuditRow.objects.create(
        entry=entry, position=0, table="t", key=mark(name), op="write", digest=b""
    )
    AuditSecret.objects.create(entry=entry, subject=customer_id(name), ciphertext=b"")


def _facts(name: str, landing: Landing, customer: str) -> None:
    links: dict[str, dict[str, Any]] = {
        "contact": {"customer": customer},
        "contract": {"customer": customer},
        "order": {"customer": customer},
        "order_line": {"order": f"erp:{mark(name)}"},
        "shipment": {"order": f"erp:{mark(name)}"},
        "shipment_line": {"shipment": f"erp:{mark(name)}"},
        "return": {"order": f"erp:{mark(name)}"},
        "invoice_line": {"order": f"erp:{mark(name)}"},
        "case": {"customer": customer},
        "case_event": {"case": f"desk:{mark(name)}"},
        "interaction": {"case": f"desk:{mark(name)}"},
        "survey_response": {"customer": customer},
    }
    for kind, table in FACTS.items():
        system = {"customer": "crm", "case": "desk"}.get(kind, "erp")
        table._default_manager.create(
            key=f"{system}:{mark(name)}", revision=1, region="eu", op="upsert", landing=landing,
            known_at=NOON, landed_at=NOON, row_hash=uuid.UUID(int=0), **links.get(kind, {}),
        )  # fmt: skip
    for kind, system in (("customer", "crm"), ("case", "desk"), ("shipment", "erp")):
        FactPersonal.objects.create(
            kind=kind, key=f"{system}:{mark(name)}", revision=1, region="eu", fields={"name": "G"}
        )
