"""Random work through every action: each step with the functions that it goes through."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections
from tests.connectors.contracts.agreed import CONTRACT, MAPPING, collecting, lay
from tests.databases import unhidden
from tests.workspaces import Troth

from troth.actions import (
    access,
    accounts,
    assessments,
    changes,
    clock_checks,
    consents,
    decisions,
    events,
    evidence,
    field_words,
    freeze_calendars,
    freezes,
    idempotency,
    merging,
    people,
    personal_exports,
    policies,
    privacy,
    quarantine,
    questions,
    reconciling,
    rollout_checks,
    rollouts,
    sessions,
    webhooks,
)
from troth.actions import reads as read_log
from troth.actions.merge_errors import MergeRefusedError
from troth.api.shapes.decisions import INPUTS
from troth.connectors.staging.holding import ANYWHERE
from troth.connectors.workspace import find_workspace
from troth.core.access.roles import Role
from troth.core.consent.assessments import Answers
from troth.core.consent.purposes import Basis
from troth.core.consent.states import SAID
from troth.core.decisions.kinds import read_input
from troth.core.decisions.receipt import seal
from troth.core.policies.approvals import Function
from troth.core.policies.freezes import Between, FreezeKind, NewFreeze
from troth.core.policies.scopes import Layer, Scope
from troth.core.policies.versions import from_document
from troth.store.connecting import connect_to
from troth.store.models import (
    ApiToken,
    BreakGlass,
    CommitmentDifference,
    Crosswalk,
    Customer,
    IdentityVerdict,
    QuarantinedRow,
    ResolutionQuestion,
    User,
)
from troth.store.queries.customers import find_customers
from troth.store.queries.viewing import viewer_of

_NOW = datetime(2026, 6, 30, tzinfo=UTC)


class Company:
    """What the random steps work on."""

    def __init__(self, troth: Troth, seed: int) -> None:
        self.troth = troth
        self.dice = random.Random(seed)
        self.boss = people.system_user()
        self.counter = 0

    def number(self) -> int:
        self.counter += 1
        return self.counter


def _orders(company: Company) -> None:
    documents: list[Any] = []
    for _ in range(company.dice.randint(1, 4)):
        number = company.dice.randint(1, 400)
        data: dict[str, Any] = {
            "customer": f"shop:C-{number % 40}",
            "placed_at": "2026-06-12T09:30:00Z",
            "status": company.dice.choice(["open", "shipped", "cancelled"]),
            "total": {"amount": str(company.dice.randint(1, 999)), "currency": "EUR"},
        }
        if company.dice.random() < 0.1:
            data["placed_at"] = "yesterday"  # goes to quarantine
        documents.append(_event(company, "order", f"SO-{number}", data))
    events.land_events(documents, acting_user=company.boss, holding=ANYWHERE)


def _customers(company: Company) -> None:
    number = company.dice.randint(1, 40)
    data = {
        "name": f"Person {company.dice.randint(1, 9)}",
        "email": f"p{company.dice.randint(1, 60)}@example.org",
        "country": company.dice.choice(["DE", "BR"]),
    }
    events.land_events(
        [_event(company, "customer", f"C-{number}", data)],
        acting_user=company.boss,
        holding=ANYWHERE,
    )


def _event(company: Company, kind: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"random-{company.number()}",
        "source": "shop",
        "type": f"troth.record.{kind}.upserted",
        "subject": subject,
        "time": "2026-06-12T09:31:00Z",
        "data": data,
    }


def _people(company: Company) -> None:
    name = f"user{company.dice.randint(1, 30)}"
    role = company.dice.choice(list(Role))
    user = people.add_user(username=name, name=name, role=role, acting_user=company.boss)
    if company.dice.random() < 0.5:
        token = people.issue_login_link(user=user, acting_user=company.boss)
        people.redeem_login_link(token)
        assert people.redeem_login_link(token) is None
    else:
        token = people.issue_token(user=user, label="random", acting_user=company.boss)
        assert people.user_of_token(token) == user


def _access(company: Company) -> None:
    name = f"comes-and-goes-{company.dice.randint(1, 5)}"
    boss = company.boss
    user = people.add_user(username=name, name=name, role=Role.AGENT, acting_user=boss)
    role = company.dice.choice([Role.AGENT, Role.STEWARD, Role.AUDITOR])
    change = accounts.Change(role=role, team=str(company.dice.randint(1, 3)), regions=["SP"])
    user = accounts.change_user(user=user, change=change, acting_user=boss)
    user = accounts.activate(user=user, acting_user=boss)
    people.issue_token(user=user, label="random", acting_user=boss)
    sessions.note_sign_in(methods=["password"], acting_user=user)
    sessions.note_second_factor(action="added", work=lambda: None, acting_user=user)
    sessions.end_sessions(user=user, acting_user=boss)
    accounts.remove_second_factor(user=user, acting_user=boss)
    if company.dice.random() < 0.2:
        user = accounts.set_password(user=user, password="a long enough one", acting_user=user)
    if company.dice.random() < 0.5:
        accounts.deactivate(user=user, reason="random", acting_user=boss)


def _revoke(company: Company) -> None:
    for token in ApiToken.objects.filter(revoked_at=None).order_by("?")[:1]:
        people.revoke_token(token_id=token.pk, reason="random", acting_user=company.boss)


def _publish(company: Company) -> None:
    number = company.number()
    version = from_document(
        {
            "kind": "lead_time",
            "scope": "company",
            "number": 1_000 + number,
            "effective_from": _NOW + timedelta(days=number),
            "effective_to": None,
            "published_at": _NOW + timedelta(seconds=number),
            "outputs": {"service_quantile": "0.9"},
            "author": "dice",
            "reason": "random",
        }
    )
    planned = policies.Planned(version=version, replaces=None, file="random.yaml")
    policies.publish([planned], acting_user=company.boss)


def _freeze(company: Company) -> None:
    """A freeze far from every version that is published here, overridden and often ended."""
    start = datetime(2100, 1, 1, tzinfo=UTC) + timedelta(days=company.number())
    new = NewFreeze(
        kind=FreezeKind.LAUNCH,
        title="random",
        reason="random",
        span=Between(starts_at=start, ends_at=start + timedelta(hours=1)),
        time_zone="UTC",
        uid=f"random-{company.dice.randint(0, 3)}",
    )
    company_wide = Scope(layer=Layer.COMPANY)
    freeze_calendars.import_freezes(
        [new], scope=company_wide, calendar="random", acting_user=company.boss
    )
    row = freezes.add(replace(new, uid=""), scope=company_wide, acting_user=company.boss)
    freezes.override(
        freeze_id=row.pk, change="pol_1", reason="done at random", acting_user=company.boss
    )
    if company.dice.random() < 0.5:
        freezes.cancel(freeze_id=row.pk, reason="done at random", acting_user=company.boss)


def _change(company: Company) -> None:
    """A change goes its way: written, checked, edited, signed or not, published or withdrawn."""
    number = company.number()
    boss, author, manager = (
        company.boss,
        *(
            people.add_user(
                username=f"changes-{role}", name=role, role=role, acting_user=company.boss
            )
            for role in (Role.OPERATIONS_ENGINEER, Role.OPERATIONS_MANAGER)
        ),
    )
    document = {
        "kind": "lead_time",
        "scope": f"segment:changed-{number}",
        "effective_from": _NOW.isoformat(),
        "outputs": {"service_quantile": "0.9"},
        "reason": "random",
    }
    written = [policies.Written(document=document, place="random", author="dice")]
    row = changes.draft(written, title="random", reason="random", acting_user=author)
    changes.check_change(row.pk, acting_user=author)
    changes.edit(row.pk, title="more random", acting_user=author)
    row = changes.propose(row.pk, acting_user=author)
    if row.state == "proposed":
        row = changes.sign(
            row.pk, function=Function.OPERATIONS, reason="random", seen=row.digest,
            verdict=company.dice.choice(changes.VERDICTS), acting_user=manager,
        )  # fmt: skip
    if row.state == "approved":
        changes.publish_change(row.pk, acting_user=boss)
    elif row.state == "rejected":
        changes.withdraw(row.pk, reason="random", acting_user=author)


def _roll_out(company: Company) -> None:
    """A signed change is rolled out in stages, mostly widened and undone."""
    number = company.number()
    at = _NOW + timedelta(hours=number)
    author = people.add_user(
        username=f"rolls-{number}",
        name="r",
        role=Role.OPERATIONS_ENGINEER,
        acting_user=company.boss,
    )
    document = {
        "kind": "lead_time",
        "scope": f"segment:rolled-{number}",
        "effective_from": at.isoformat(),
        "outputs": {"service_quantile": "0.9"},
        "reason": "random",
    }
    written = [policies.Written(document=document, place="random", author="dice")]
    change = changes.draft(written, title="random", reason="random", acting_user=author)
    change = changes.propose(change.pk, acting_user=author)
    for place, item in enumerate(change.needed):
        signer = people.add_user(
            username=f"signs-{number}-{place}", name="s", role=Role.ADMINISTRATOR,
            acting_user=company.boss,
        )  # fmt: skip
        change = changes.sign(
            change.pk, function=Function(item["function"]), reason="random", seen=change.digest,
            verdict="approved", acting_user=signer,
        )  # fmt: skip
    plan = {"change": change.pk, "stages": [{"share": 50}], "reason": "random",
            "guardrails": [{"measure": "promise_coverage", "worse_by": 5}]}  # fmt: skip
    row = rollouts.start(plan, acting_user=company.boss, at=at)
    rollout_checks.check(row.pk, acting_user=company.boss, at=at)
    if company.dice.random() < 0.7:
        later = at + timedelta(minutes=5)
        rollouts.advance(row.pk, reason="at random", acting_user=company.boss, at=later)
    if company.dice.random() < 0.7:
        end = at + timedelta(minutes=10)
        rollouts.roll_back(row.pk, reason="at random", acting_user=company.boss, at=end)


def _consent(company: Company) -> None:
    found = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    consents.declare_purpose(
        purpose="surveys",
        basis=Basis.CONSENT,
        title="Surveys",
        text=f"We ask you how we did, the {company.number()}th wording.",
        acting_user=company.boss,
    )
    if found:
        consents.record_consent(
            customer_id=company.dice.choice(found),
            purposes=company.dice.sample(["surveys", "profiling", "marketing"], 2),
            said=company.dice.choice(SAID),
            how=consents.How.PHONE,
            source="api",
            acting_user=company.boss,
        )


def _breach(company: Company) -> None:
    at = _NOW + timedelta(days=company.dice.randint(-30, 60))
    clock_checks.breach_due_clocks(at=at, acting_user=company.boss)


def _question(company: Company) -> None:
    for question in ResolutionQuestion.objects.filter(settled_at=None).order_by("pk")[:1]:
        questions.keep_apart(
            question_id=question.pk, reason="they told us so", acting_user=company.boss
        )


def _assess(company: Company) -> None:
    """A field assessed by one, and signed or refused by another."""
    officer = User.objects.filter(username="assessor").first() or people.add_user(
        username="assessor", name="A", role=Role.PRIVACY_OFFICER, acting_user=company.boss
    )
    mapping = MAPPING + "    custom: {birthday: channel}\n"
    drafted = assessments.draft_assessment(
        workspace=lay(
            company.troth.directory / "assessed", "", collecting(CONTRACT), mapping=mapping
        ),
        contract_id="shop-orders",
        fields=["shop/orders/birthday"],
        answers=Answers(
            description="d", purposes=("service",), basis=Basis.CONTRACT, interest="",
            necessity="n", risks="r", measures="m", retention="r", recipients="r",
        ),
        acting_user=company.boss,
    )  # fmt: skip
    if company.dice.random() < 0.5:
        assessments.refuse_assessment(drafted.pk, reason="at random", acting_user=officer)
    else:
        assessments.sign_assessment(
            drafted.pk,
            reason="at random",
            expires_on=datetime.now(UTC).date(),
            acting_user=officer,
        )


def _difference(company: Company) -> None:
    for row in CommitmentDifference.objects.filter(state="open").order_by("pk")[:1]:
        reconciling.accept_difference(
            difference_id=row.pk, reason="agreed at random", acting_user=company.boss
        )


def _merge(company: Company) -> None:
    """Customers made one, a record believed for its word, verdicts, and most of it taken back."""
    boss, dice = company.boss, company.dice
    apart = Customer.objects.filter(merged_into=None, is_restricted=False).order_by("?")
    pair = list(apart.values_list("pk", flat=True)[:2])
    if len(pair) == 2:
        with suppress(MergeRefusedError):  # somebody said before that they are apart
            merging.merge(customers=(pair[0], pair[1]), reason="at random", acting_user=boss)
    for alias in Customer.objects.exclude(merged_into=None).order_by("?")[:1]:
        if dice.random() < 0.6:
            merging.unmerge(customer_id=alias.pk, reason="at random", acting_user=boss)
    for question in ResolutionQuestion.objects.filter(settled_at=None).order_by("pk")[:1]:
        if dice.random() < 0.5:
            with suppress(MergeRefusedError):
                questions.make_one(question_id=question.pk, reason="at random", acting_user=boss)
    for link in Crosswalk.objects.filter(kind="customer").order_by("?")[:1]:
        given = {"field": "city", "reason": "at random", "acting_user": boss}
        field_words.believe(source_key=link.pk, **given)
        if dice.random() < 0.5:
            field_words.disbelieve(customer_id=link.customer_id, **given)
    records = list(Crosswalk.objects.order_by("?").values_list("pk", flat=True)[:2])
    if len(records) == 2:
        said = IdentityVerdict.objects.filter(
            level="record", one=min(records), other=max(records), withdrawn_at=None
        )
        if not said.exists():
            row = questions.say_of_records(
                records=(records[0], records[1]),
                verdict=dice.choice(questions.VERDICTS),
                reason="at random",
                acting_user=boss,
            )
            if dice.random() < 0.5:
                questions.withdraw(verdict_id=row.pk, reason="at random", acting_user=boss)


def _replay(company: Company) -> None:
    ids = list(
        QuarantinedRow.objects.filter(resolved_at=None, source="shop")
        .order_by("?")
        .values_list("pk", flat=True)[:3]
    )
    workspace = find_workspace(company.troth.directory)
    quarantine.replay(workspace, ids=ids, acting_user=company.boss)


def _answer(company: Company) -> None:
    def work() -> idempotency.Answer:
        _orders(company)
        return idempotency.Answer(status=200, body="{}", content_type="application/json")

    key = f"key-{company.dice.randint(1, 50)}"
    idempotency.answer_once(acting_user=company.boss, key=key, request_sha256="x", work=work)


def _read(company: Company) -> None:
    agent = people.add_user(
        username="reader", name="Reader", role=Role.AGENT, acting_user=company.boss
    )
    find_customers(viewer=viewer_of(agent), page=company.dice.randint(1, 3), size=5)
    read_log.record_reads()


def _decide(company: Company) -> None:
    document = json.loads(json.dumps(INPUTS["promise"]))
    document["facts"]["order"] = f"shop:SO-{company.dice.randint(1, 500)}"
    document["facts"]["customer"] = None
    asked = read_input("promise", document)
    made = asked.decide()
    sealed = decisions.Sealed(
        decision=made, receipt=seal(made, asked.facts, asked.policy), region="default"
    )
    decisions.record_decision(sealed, acting_user=company.boss)


def run(company: Company) -> None:
    company.troth.run("--thorough")
    look_at(company.troth)


def look_at(troth: Troth) -> None:
    """Point Django at the workspace's database, with nothing hidden."""
    connect_to(connections, app_url=unhidden(troth.app_url), owner_url=troth.owner_url)


def _webhooks(company: Company) -> None:
    made = webhooks.add_endpoint(
        url=f"https://93.184.215.{company.dice.randint(1, 250)}/hook", acting_user=company.boss
    )
    webhooks.rotate_secret(endpoint_id=made.endpoint_id, acting_user=company.boss)
    webhooks.send_test(endpoint_id=made.endpoint_id, acting_user=company.boss)
    webhooks.enable_endpoint(endpoint_id=made.endpoint_id, acting_user=company.boss)
    webhooks.remove_endpoint(
        endpoint_id=made.endpoint_id, reason="random", acting_user=company.boss
    )


def _glass(company: Company) -> None:
    """A customer is restricted, somebody named, somebody else breaks the glass, and it ends."""
    reason = "a reason that is long enough to be one"
    officer, agent, boss = (
        people.add_user(username=f"glass-{role}", name=role, role=role, acting_user=company.boss)
        for role in (Role.PRIVACY_OFFICER, Role.AGENT, Role.ADMINISTRATOR)
    )
    for customer in Customer.objects.order_by("?")[:1]:
        access.restrict(customer_id=customer.pk, reason=reason, acting_user=boss)
        # Who has broken it within the hour sees through it still, and is refused a second one.
        if not BreakGlass.objects.filter(customer=customer, user=agent).exists():
            access.break_glass(customer_id=customer.pk, reason=reason, acting_user=agent)
        access.name_person(customer_id=customer.pk, user=boss, reason=reason, acting_user=officer)
        access.unname_person(customer_id=customer.pk, user=boss, reason=reason, acting_user=officer)
        access.unrestrict(customer_id=customer.pk, reason=reason, acting_user=officer)


def _privacy(company: Company) -> None:
    for customer in Customer.objects.order_by("?")[:1]:
        personal_exports.export_personal(customer.pk, company="Random", acting_user=company.boss)
        if company.dice.random() < 0.5:
            privacy.erase(
                customer.pk, reason=privacy.ErasureReason.REQUEST, acting_user=company.boss
            )


def _export_evidence(company: Company) -> None:
    path = company.troth.directory / f"evidence-{company.number()}.zip"
    evidence.export(path, acting_user=company.boss)


# Each step with how often it is taken, and the functions of `troth.actions` that it goes through.
STEPS_TAKEN: dict[Callable[[Company], None], tuple[int, tuple[str, ...]]] = {
    _orders: (30, ("events._land", "sync._keep")),
    _customers: (10, ("events._land",)),
    _people: (
        20,
        (
            "people.system_user",
            "people.add_user",
            "people.issue_login_link",
            "people.redeem_login_link",
            "people.issue_token",
        ),
    ),
    _revoke: (5, ("people.revoke_token",)),
    _access: (
        5,
        (
            "accounts.activate",
            "accounts.change_user",
            "accounts.deactivate",
            "accounts.remove_second_factor",
            "accounts.set_password",
            "sessions.end_sessions",
            "sessions.note_second_factor",
            "sessions.note_sign_in",
        ),
    ),
    _publish: (5, ("policies.publish",)),
    _freeze: (
        5,
        ("freezes.add", "freezes.cancel", "freezes.override", "freeze_calendars.import_freezes"),
    ),
    _change: (3, ("changes.draft", "changes._changing")),
    _roll_out: (
        3,
        ("rollouts._start", "rollouts.advance", "rollouts.roll_back", "rollout_checks.check"),
    ),
    _consent: (4, ("consents.record_consent", "consents.declare_purpose")),
    _breach: (5, ("clock_checks._breach_some",)),
    _question: (3, ("questions.keep_apart",)),
    _assess: (
        3,
        ("assessments.draft_assessment", "assessments._sign"),
    ),
    _difference: (3, ("reconciling.accept_difference",)),
    _merge: (
        4,
        (
            "merging._entry",
            "merging._work_out",
            "questions.say_of_records",
            "questions.withdraw",
            "field_words.believe",
            "field_words.disbelieve",
            "field_words._write",
        ),
    ),
    _replay: (5, ("sync.resolve_rows",)),
    _answer: (10, ()),
    _read: (7, ("reads._write",)),
    _webhooks: (
        3,
        (
            "webhooks.add_endpoint",
            "webhooks.rotate_secret",
            "webhooks.send_test",
            "webhooks.enable_endpoint",
            "webhooks.remove_endpoint",
        ),
    ),
    _glass: (
        3,
        ("access._writing",),
    ),
    _privacy: (3, ("privacy._erase", "personal_exports.export_personal")),
    _export_evidence: (1, ("evidence.export",)),
    _decide: (10, ("decisions.record_decision",)),
}
# The main job, every so often: it goes through the rest.
THROUGH_THE_RUN = (
    "sync._landing",
    "customers.resolve_customers",
    "tiers._write_batch",
    "values._assessing",
    "promises.record_promises",
    "reconciling._write",
    "priorities.record_priorities",
    "segments._placing",
)
# Not a change of a row of ours.
ELSEWHERE = {
    "access.review_glass": "when its time is over: tests/actions/test_access.py",
    "backups._tell": "writes no row of ours: tests/scenarios/test_backups.py",
    "delivering.send_again": "needs a message that died: tests/actions/test_delivering.py",
    "delivering.send_all_again": "needs a message that died: tests/actions/test_delivering.py",
    "workspace_key._rotate": "wraps keys anew, which are no rows of a company: tests/privacy",
    "match_models.learn_model": "from 500 records on: tests/actions/test_matching.py",
    "restores.note_restored": "writes no row of ours: tests/scenarios/test_restoring.py",
    "delivering._judge_endpoint": "after days of failures: tests/actions/test_delivering.py",
    "run_requests.request_run": "defers a job; its own test looks at the entry",
    "sessions._linked": "writes no row of ours: whose an identity is stands in allauth's table",
}
