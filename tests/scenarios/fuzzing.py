"""How is the API sent thousands of odd requests, and what is found?

Schemathesis makes the requests from the API's own description and judges every answer; the whole
site answers in this process, so that no time goes into sockets. What it finds is a list of
findings: an empty one is what a test wants to see.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.db.models import QuerySet
from django.test import override_settings
from hypothesis.errors import HypothesisWarning
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.engine import events, from_schema
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    object_level_authorization,
)
from schemathesis.transport.wsgi import WSGITransport
from tests.workspaces import Troth

from troth.actions.access import name_person, restrict
from troth.actions.people import add_user, issue_token, system_user
from troth.api.answering import KEY_HEADER
from troth.core.access.roles import Role
from troth.store.connecting import connect_to
from troth.store.models import ApiToken, Customer
from troth.store.queries.viewing import as_the_program

# Between them they hold every right; the agent sees one region, so that there is a wall to pass.
ROLES = (Role.AGENT, Role.OPERATIONS_ENGINEER, Role.ADMINISTRATOR)
ADDRESS = "/api/v1/openapi.json"
_NUMBERS = count(1)
_PREFIX, _SPARE = "fuzz-", "spare"
ELSEWHERE = "elsewhere"  # an agent of another region, who must not see what is not there
_SEND = WSGITransport.send
_WHY = "The tests want somebody whom only some may see."
# Each item is judged by itself and told in its place: `_check_each_item` looks there.
_IN_ITEMS = ("event_send", "promise_decide_batch", "prioritise_decide_batch")
# What holds for the company, a region, a tier is for everybody who may see policies.
_OF_SCOPES = ("policy_show", "change_show", "freeze_show", "rollout_show")
# A schema cannot say which cursor is ours, which key there is, or which zone a machine knows: what
# fits it may be refused, but only as invalid. A server error is another check's to tell.
_POSITIVE = ("2xx", "3xx", "401", "403", "404", "409", "422", "5xx")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault of one operation, as the first request that shows it."""

    operation: str
    check: str
    told: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.check}\n{self.told}"


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What came of it."""

    findings: tuple[Finding, ...]
    requests: Counter[str]  # by operation
    answers: Counter[int]  # by status
    seconds: Counter[str]  # by phase

    @property
    def checks(self) -> set[str]:
        """The names of the checks that failed."""
        return {finding.check for finding in self.findings}

    def __str__(self) -> str:
        about = f"{sum(self.requests.values())} requests, {dict(self.answers)}"
        return "\n\n".join([about, f"seconds {dict(self.seconds)}", *map(str, self.findings)])


@schemathesis.check
def _check_each_item(ctx: Any, response: Any, case: Any) -> bool | None:
    """Instead of `negative_data_rejection` for a list: its wrong items are refused one by one."""
    if case.operation.definition.raw.get("operationId") not in _IN_ITEMS:
        return None
    try:
        return negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData:
        told = response.json()
        if told.get("refused") or told.get("rejected"):
            return None
        raise


@schemathesis.check
def _check_who_sees_scopes(ctx: Any, response: Any, case: Any) -> bool | None:
    """Instead of `object_level_authorization`: one person's alone is what is of customers alone."""
    if case.operation.definition.raw.get("operationId") not in _OF_SCOPES:
        return None
    told = response.json() if response.status_code == 200 else {}
    parts = told.get("policies", [told])
    layers = {part.get("layer") or str(part.get("scope")).partition(":")[0] for part in parts}
    if not layers & {"customer", "contract"}:
        return None
    found: bool | None = object_level_authorization(ctx, response, case)
    return found


@dataclass(frozen=True, kw_only=True)
class Identities:
    """Who sends the requests."""

    path: Path  # a token of each role, in the form of the Web Fuzzing Commons
    tokens: frozenset[str]  # the ids of these
    spare: str  # the id of a token that may be revoked


def identities(troth: Troth, folder: Path) -> Identities:
    """One person of each role, and an agent of another region than the first agent's.

    Nothing that one of them is shown of a customer elsewhere may the other agent get; one customer
    of the first agent's is restricted, and that agent alone is named for it.
    """
    connect_to(connections, app_url=troth.app_url, owner_url=troth.owner_url)
    found = []
    with as_the_program():
        boss = system_user()
        customers = Customer.objects.exclude(sales_region="").order_by("id")
        mine = customers[0]
        others = customers.exclude(sales_region=mine.sales_region)[0]
        regions = {Role.AGENT.value: mine.sales_region, ELSEWHERE: others.sales_region}
        for name, role in [*((role.value, role) for role in ROLES), (ELSEWHERE, Role.AGENT)]:
            user = add_user(username=f"{_PREFIX}{name}", name=name, role=role, acting_user=boss)
            if name in regions:
                user.regions = [regions[name]]
                user.save(update_fields=["regions"])
            token = issue_token(user=user, label="fuzz", acting_user=boss)
            header = {"name": "Authorization", "value": f"Bearer {token}"}
            found.append({"name": name, "fixedHeaders": [header]})
            if name == Role.AGENT.value:
                name_person(customer_id=mine.pk, user=user, reason=_WHY, acting_user=boss)
        restrict(customer_id=mine.pk, reason=_WHY, acting_user=boss)
        tokens = frozenset(str(token.pk) for token in _held())
        spare = add_user(username=_SPARE, name="Spare", role=Role.AGENT, acting_user=boss)
        issue_token(user=spare, label="spare", acting_user=boss)
        path = folder / "identities.json"
        path.write_text(json.dumps({"auth": found}))
        return Identities(path=path, tokens=tokens, spare=str(ApiToken.objects.get(user=spare).pk))


def _held() -> QuerySet[ApiToken]:
    """The tokens that requests are sent with, as long as they hold."""
    return ApiToken.objects.filter(
        user__username__startswith=_PREFIX, user__is_active=True, revoked_at=None
    )


def _config(
    role: Role,
    people: Path,
    *,
    examples: Mapping[str, int],
    phases: Collection[str],
    at_random: Collection[str],
) -> SchemathesisConfig:
    known = {"path": str(people), "user": role.value, "peers": [role.value, ELSEWHERE]}
    others: list[dict[str, Any]] = [{"exclude-operation-id": list(examples), "enabled": False}]
    for number in sorted(set(examples.values())):
        names = [name for name, asked in examples.items() if asked == number]
        others.append({"include-operation-id": names, "generation": {"max-examples": number}})
    if at_random:
        not_covered = {"coverage": {"enabled": False}}
        others.append({"include-operation-id": list(at_random), "phases": not_covered})
    return SchemathesisConfig.from_dict(
        {
            "auth": {"wfc": known},
            "generation": {"deterministic": True, "database": "none"},
            "checks": {"positive_data_acceptance": {"expected-statuses": list(_POSITIVE)}},
            "operations": [
                {
                    "include-operation-id": list(_IN_ITEMS),
                    "checks": {"negative_data_rejection": {"enabled": False}},
                },
                {
                    "include-operation-id": list(_OF_SCOPES),
                    "checks": {"object_level_authorization": {"enabled": False}},
                },
                {
                    # JSON is an event only beside all of its ce- headers; no schema can say so.
                    "include-operation-id": "event_send",
                    "checks": {
                        "positive_data_acceptance": {"expected-statuses": [*_POSITIVE, "415"]}
                    },
                },
                *others,
            ],
            "phases": {
                name: {"enabled": name in phases}
                for name in ("examples", "coverage", "fuzzing", "stateful")
            },
            "suppress-health-check": ["all"],  # they judge our description's size, not the API
            "continue-on-failure": True,
        }
    )


def _before_call(people: Identities) -> Callable[..., None]:
    """What keeps the requests from being refused one and all."""

    def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
        # A key is new for each new request, as the description says.
        key = case.headers.get(KEY_HEADER) if case.headers else None
        if isinstance(key, str) and key.isascii() and key.isprintable() and 0 < len(key) <= 200:
            case.headers[KEY_HEADER] = f"{key}-{next(_NUMBERS)}"
        # Nobody locks the senders out: somebody else is there for that.
        parts = case.path_parameters or {}
        if case.method != "GET" and str(parts.get("username", "")).startswith(_PREFIX):
            parts["username"] = _SPARE
        if case.method != "GET" and str(parts.get("token_id", "")) in people.tokens:
            parts["token_id"] = people.spare

    return before_call


def _send(transport: WSGITransport, case: Any, *, session: Any = None, **kwargs: Any) -> Any:
    """The probes of access bring settings of sockets along, which werkzeug's client refuses."""
    for name in ("max_redirects", "verify", "cert"):
        kwargs.pop(name, None)
    return _SEND(transport, case, session=session, **kwargs)


@contextmanager
def _site(troth: Troth, people: Identities) -> Iterator[Callable[..., Any]]:
    """The whole site as a WSGI application, whose connections of other threads end with it."""
    opened: dict[int, Any] = {}
    site = get_wsgi_application()

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        opened.update({id(link): link for link in connections.all()})
        return site(environ, start_response)

    hook = schemathesis.hook("before_call")(_before_call(people))
    with (
        override_settings(WORKSPACE=troth.directory),
        mock.patch("troth.actions.webhooks.resolve", side_effect=OSError("no network in tests")),
        mock.patch.object(WSGITransport, "send", _send),
    ):
        try:
            yield application
        finally:
            schemathesis.hooks.unregister(hook)
            for link in opened.values():
                if link.connection is not None:
                    link.connection.close()  # the driver's own: Django's belongs to its thread


def walk(
    troth: Troth,
    role: Role,
    folder: Path,
    *,
    examples: Mapping[str, int],
    phases: Collection[str] = ("examples", "coverage", "fuzzing"),
    at_random: Collection[str] = (),
) -> Walk:
    """Send each operation of `examples` so many generated requests, and more that are worked out
    from the description, but to those `at_random`; all as `role`. All checks that Schemathesis has
    are on."""
    people = identities(troth, folder)
    config = _config(role, people.path, examples=examples, phases=phases, at_random=at_random)
    found: dict[tuple[str, str, str], Finding] = {}
    told = Walk(findings=(), requests=Counter(), answers=Counter(), seconds=Counter())
    with _site(troth, people) as application, warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)  # it shortens what it shows of a request
        schema = schemathesis.openapi.from_wsgi(ADDRESS, application, config=config)
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                told.seconds[event.phase.value] += round(event.elapsed_time, 3)
                told.requests[event.label or ""] += len(event.recorder.interactions)
                for sent in event.recorder.interactions.values():
                    told.answers[sent.response.status_code if sent.response else 0] += 1
                for finding in _findings(event):
                    found.setdefault((finding.operation, finding.check, finding.told[:80]), finding)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                error = event.value if isinstance(event, events.NonFatalError) else event.exception
                label = getattr(event, "label", "all")
                found[(label, "engine", "")] = Finding(
                    operation=label, check="engine", told=repr(error)[:2_000]
                )
    with as_the_program():
        assert _held().count() == len(people.tokens), "the senders were locked out on the way"
    return Walk(
        findings=tuple(found.values()),
        requests=told.requests,
        answers=told.answers,
        seconds=told.seconds,
    )


def _findings(event: events.ScenarioFinished) -> Iterator[Finding]:
    for nodes in event.recorder.checks.values():
        for node in nodes:
            if node.failure_info is not None:
                failure, sample = node.failure_info.failure, node.failure_info.code_sample
                yield Finding(
                    operation=event.label or "",
                    check=node.name,
                    told=f"{failure.title}: {failure.message[:1_000]}\n{sample[:2_000]}",
                )
