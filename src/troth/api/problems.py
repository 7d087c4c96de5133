"""How does a program learn that its request failed, why, and what to do about it?

Every error is a problem document (RFC 9457): `type` is a path that explains the problem, `errors`
names each fault of an input with what was found, what was expected and the remedy.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import AuthenticationError, HttpError, ValidationError

from troth.actions.access import AccessError
from troth.actions.accounts import AccountError, NoSuchUserError
from troth.actions.assessments import AssessmentSignedError
from troth.actions.change_errors import (
    BaseMovedError,
    ChangeError,
    ConflictsError,
    EditedMeanwhileError,
    NotAskedError,
    NotTheSameError,
    SignedAlreadyError,
    SignOffsMissingError,
)
from troth.actions.checkpoints import LogBrokenError
from troth.actions.delivering import NoSuchMessageError
from troth.actions.event_records import Fault
from troth.actions.events import ConcurrentChangeError
from troth.actions.freeze_gate import PolicyFrozenError
from troth.actions.freezes import FreezeError
from troth.actions.idempotency import InFlightError, KeyReusedError
from troth.actions.merge_errors import IdentityBusyError, MergeError, MergeReasonError
from troth.actions.people import TokenError
from troth.actions.policies import PolicyFileError
from troth.actions.questions import (
    BadVerdictError,
    NoSuchQuestionError,
    NoSuchVerdictError,
    ReasonMissingError,
)
from troth.actions.reconciling import DifferenceError, DifferenceReasonError
from troth.actions.replaying import ReplayError
from troth.actions.rollouts import NoSuchRolloutError, RolloutError
from troth.actions.tier_previews import TierPreviewError
from troth.actions.webhooks import NoSuchEndpointError, UnknownEventTypeError
from troth.analysis.metrics import (
    MetricError,
    MissingColumnsError,
    MissingTableError,
    UnknownMetricError,
)
from troth.connectors.calendars import CalendarFileError
from troth.connectors.contracts.errors import ContractError, UnknownContractError
from troth.connectors.errors import MappingError, SourceError
from troth.connectors.workspace import WorkspaceError
from troth.core.consent.assessments import AssessmentError
from troth.core.consent.purposes import NoticeError, UnknownPurposeError
from troth.core.consent.states import ConsentEventError
from troth.core.decisions.inputs import DecisionInputError
from troth.core.decisions.kinds import UnknownDecisionKindError
from troth.core.decisions.shared import MissingSharedError
from troth.core.ledger.canonical import NotCanonicalError
from troth.core.policies.changes import StepError
from troth.core.policies.freezes import InvalidFreezeError
from troth.core.policies.outputs import FaultError
from troth.core.policies.recurrence import RecurrenceError
from troth.core.policies.rollouts import InvalidRolloutError
from troth.core.webhooks.destinations import DestinationError
from troth.store.facts.persons import UnknownSubjectError
from troth.store.queries.lists import BadListError, NotFoundError
from troth.store.queries.reads import ReadsNotRecordedError
from troth.store.queries.viewing import NotAllowedError
from troth.store.tables import TablesMissingError

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("troth.api")


@dataclass(frozen=True, kw_only=True)
class ProblemKind:
    """One kind of problem: its code, its status and what to do about it."""

    code: str  # stable; the last part of `type`
    status: int
    title: str
    remedy: str


# One line a kind.
# fmt: off
PROBLEMS: dict[str, ProblemKind] = {
    kind.code: kind
    for kind in (
        ProblemKind(code="malformed", status=400, title="The request cannot be read", remedy="Send well-formed JSON in UTF-8, or what the operation's description asks for."),  # noqa: E501
        ProblemKind(code="unauthorized", status=401, title="Nobody is signed in", remedy="Send a token that is in force as `Authorization: Bearer …`; `troth user token` issues one."),  # noqa: E501
        ProblemKind(code="forbidden", status=403, title="Your role does not give this right", remedy="Ask an administrator, or use a token of a role that has the right."),  # noqa: E501
        ProblemKind(code="csrf", status=403, title="This page cannot prove that it is ours", remedy="Send the CSRF token as `X-CSRFToken`, or use a token of an integration."),  # noqa: E501
        ProblemKind(code="not-found", status=404, title="There is no such thing", remedy="Check the key, or search for it in its list."),  # noqa: E501
        ProblemKind(code="method-not-allowed", status=405, title="This address does not take this method", remedy="Use a method that the header Allow names."),  # noqa: E501
        ProblemKind(code="key-reused", status=409, title="The idempotency key belongs to another request", remedy="Choose a new key for a new request."),  # noqa: E501
        ProblemKind(code="in-flight", status=409, title="The first request with this key is still at work", remedy="Send the same request again in a moment."),  # noqa: E501
        ProblemKind(code="concurrent-change", status=409, title="Somebody else changed the same thing at the same moment", remedy="Send the same request again."),  # noqa: E501
        ProblemKind(code="not-now", status=409, title="This cannot be done in the state that it is in", remedy="Show it and do what `detail` says."),  # noqa: E501
        ProblemKind(code="not-ready", status=409, title="Nothing has been measured yet", remedy="Run the main job once, with `troth run`: it writes the tables that measures read."),  # noqa: E501
        ProblemKind(code="source-unreadable", status=409, title="A source cannot be read as it is declared", remedy="Correct the mapping or the export that `detail` names, then send the same request again: what has landed does not land twice."),  # noqa: E501
        ProblemKind(code="log-broken", status=409, title="The audit log is not the one that was signed", remedy="Run `troth audit verify`: it names the first entry that is wrong. Nothing was signed."),  # noqa: E501
        ProblemKind(code="too-large", status=413, title="The request is too large", remedy="Send it in smaller parts."),  # noqa: E501
        ProblemKind(code="unsupported-media-type", status=415, title="This content type is not taken here", remedy="Send one of the content types that the operation's description names."),  # noqa: E501
        ProblemKind(code="invalid", status=422, title="The request holds faults", remedy="Correct each fault that `errors` names; nothing of the request was done."),  # noqa: E501
        ProblemKind(code="rejected", status=422, title="The event cannot be landed", remedy="Correct each fault that `errors` names. The event is kept in quarantine."),  # noqa: E501
        ProblemKind(code="region-refused", status=422, title="The record may not be held here", remedy="Send the event to a workspace of its region, or add the region to `regions` in troth.toml and send it again. It was not kept."),  # noqa: E501
        ProblemKind(code="unexpected", status=500, title="Something went wrong on our side", remedy="Send the same request again; tell the operator the `instance` if it stays."),  # noqa: E501
        ProblemKind(code="unavailable", status=503, title="The database does not answer", remedy="Send the same request again in a moment."),  # noqa: E501
    )
}
# fmt: on


class ProblemError(Exception):
    """A request fails in a known way; the answer says how."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = PROBLEMS[code]
        self.detail = detail or self.kind.remedy
        self.errors = tuple(errors)
        self.headers = headers or {}
        super().__init__(self.detail)


def document(problem: ProblemError, *, instance: str) -> dict[str, Any]:
    """The problem as JSON. `errors` is there where single faults are known."""
    found: dict[str, Any] = {
        "type": f"/problems/{problem.kind.code}",
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.errors:
        found["errors"] = [
            {
                "path": fault.path,
                "found": fault.found,
                "expected": fault.expected,
                "remedy": fault.remedy,
            }
            for fault in problem.errors
        ]
    return found


def response(request: HttpRequest, problem: ProblemError, *, instance: str = "") -> HttpResponse:
    """The answer for a problem."""
    content = json.dumps(document(problem, instance=instance or request.path))
    answer = HttpResponse(content, status=problem.kind.status, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        answer[name] = value
    return answer


def answer_for(request: HttpRequest, error: Exception) -> HttpResponse:
    """The problem that an exception is. What nobody expected is logged without its message."""
    problem = problem_of(error)
    if problem is not None:
        return response(request, problem)
    reference = f"urn:uuid:{uuid4()}"
    match = request.resolver_match
    # A message may hold a person's data (a value that the database refused): only where it broke.
    _LOG.error(
        "unexpected %s in %s, %s\n%s",
        type(error).__name__,
        match.route if match else "?",
        reference,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return response(request, ProblemError("unexpected"), instance=reference)


def problem_of(error: Exception) -> ProblemError | None:
    """The problem that an exception stands for; None where it is not one of ours."""
    match error:
        case ProblemError():
            return error
        case AuthenticationError():
            return ProblemError("unauthorized", headers={"WWW-Authenticate": "Bearer"})
        case ValidationError():
            return ProblemError("invalid", errors=[_fault(item) for item in error.errors])
        case DecisionInputError():
            fault = Fault(
                path=error.path, found=error.found, expected=error.expected, remedy=error.remedy
            )
            return ProblemError("invalid", str(error), errors=[fault])
        case FaultError():
            told = error.fault
            fault = Fault(
                path=told.path, found=told.found, expected=told.expected, remedy=told.remedy
            )
            return ProblemError("invalid", told.sentence, errors=[fault])
        case InvalidRolloutError():
            found = [
                Fault(path=f.path, found=f.found, expected=f.expected, remedy=f.remedy)
                for f in error.faults
            ]
            return ProblemError("invalid", str(error), errors=found)
        case ReasonMissingError() | MergeReasonError() | DifferenceReasonError():
            fault = Fault(
                path="reason",
                found="no words",
                expected="a sentence",
                remedy="Say how you know.",
            )
            return ProblemError("invalid", str(error), errors=[fault])
        case RequestDataTooBig():
            return ProblemError("too-large")
        case HttpError() if error.status_code == 400:
            return _unreadable(error)
        case OperationalError() | ReadsNotRecordedError():
            return ProblemError("unavailable", headers={"Retry-After": "2"})
    code = next((code for kinds, code in _CODES.items() if isinstance(error, kinds)), None)
    return None if code is None else ProblemError(code, str(error))


_CODES: dict[type[Exception] | tuple[type[Exception], ...], str] = {
    NotAllowedError: "forbidden",
    (NotFoundError, NoSuchQuestionError, UnknownDecisionKindError, UnknownMetricError): "not-found",
    (NoSuchEndpointError, NoSuchMessageError, NoSuchUserError): "not-found",
    (UnknownSubjectError, NoSuchRolloutError): "not-found",
    (ConsentEventError, NoticeError, UnknownPurposeError): "invalid",
    NoSuchVerdictError: "not-found",
    DifferenceError: "not-now",
    AssessmentError: "invalid",
    AssessmentSignedError: "not-now",
    IdentityBusyError: "not-now",
    MergeError: "not-now",
    TierPreviewError: "invalid",
    BadVerdictError: "invalid",
    RolloutError: "not-now",
    (DestinationError, UnknownEventTypeError): "invalid",
    (AccountError, TokenError): "invalid",
    (StepError, BaseMovedError, ConflictsError, EditedMeanwhileError): "not-now",
    NotTheSameError: "not-now",
    (NotAskedError, SignedAlreadyError, SignOffsMissingError, PolicyFrozenError): "not-now",
    (ChangeError, PolicyFileError, ReplayError): "invalid",
    (FreezeError, InvalidFreezeError, RecurrenceError, CalendarFileError): "invalid",
    Http404: "not-found",
    (TablesMissingError, MissingTableError, MissingColumnsError): "not-ready",
    (AccessError, BadListError, MetricError, MissingSharedError, NotCanonicalError): "invalid",
    UnknownContractError: "not-found",
    (ContractError, MappingError, SourceError, WorkspaceError): "source-unreadable",
    KeyReusedError: "key-reused",
    InFlightError: "in-flight",
    LogBrokenError: "log-broken",
    ConcurrentChangeError: "concurrent-change",
    UnreadablePostError: "malformed",
}


def _unreadable(error: HttpError) -> ProblemError:
    cause = error.__cause__
    if isinstance(cause, RequestDataTooBig):
        return ProblemError("too-large")
    if isinstance(cause, json.JSONDecodeError):
        where = f"line {cause.lineno}, column {cause.colno}"
        return ProblemError("malformed", f"The body is not JSON: {cause.msg} at {where}.")
    return ProblemError("malformed")


def _fault(item: Mapping[str, Any]) -> Fault:
    """A fault as pydantic tells it. The input itself is not repeated."""
    path = ".".join(str(part) for part in item["loc"])
    message = str(item["msg"])
    is_missing = item["type"] == "missing"
    return Fault(
        path=path,
        found="nothing" if is_missing else "a value that does not fit",
        expected=message[:1].lower() + message[1:],
        remedy="Add it." if is_missing else "Correct it as the operation's description says.",
    )
