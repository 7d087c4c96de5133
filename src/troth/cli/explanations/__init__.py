"""Which codes are there, and what does each mean? One module a noun; one page a code."""

from __future__ import annotations

from troth.actions.events import ConcurrentChangeError
from troth.actions.idempotency import InFlightError, KeyReusedError
from troth.actions.policies import PolicyFileError
from troth.actions.questions import NoSuchQuestionError, ReasonMissingError
from troth.actions.running import NothingToRunError
from troth.cli.explanations import (
    accounts,
    assessments,
    audit,
    backups,
    changes,
    consent,
    contracts,
    differences,
    feel,
    freezes,
    glass,
    identity,
    matching,
    policies,
    privacy,
    quality,
    questions,
    reasons,
    requests,
    rows,
    sealing,
    segments,
    server,
    sources,
    value,
    webhooks,
)
from troth.cli.explanations.page import Page
from troth.connectors.workspace import NoWorkspaceError, WorkspaceError
from troth.core.decisions.kinds import UnknownDecisionKindError
from troth.core.decisions.shared import MissingSharedError, TamperedSharedError
from troth.core.ledger.canonical import NotCanonicalError
from troth.core.ledger.commitments import SaltLengthError
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.kinds import UnknownKindError
from troth.core.policies.outputs import FaultError
from troth.core.policies.scopes import ScopeError
from troth.core.policies.versions import InvalidPolicyError
from troth.core.tiers.assign import TierThresholdsError
from troth.store.facts.subjects import UnknownCustomerError
from troth.store.queries.lists import BadListError, NotFoundError
from troth.store.queries.reads import ReadsNotRecordedError
from troth.store.queries.viewing import NotAllowedError
from troth.store.server import errors as servers

_MODULES = (
    consent,
    contracts,
    accounts,
    sources,
    rows,
    segments,
    questions,
    server,
    requests,
    reasons,
    audit,
    glass,
    sealing,
    webhooks,
    backups,
    policies,
    changes,
    privacy,
    feel,
    freezes,
    value,
    matching,
    identity,
    differences,
    quality,
    assessments,
)
PAGES: dict[str, Page] = {page.code: page for module in _MODULES for page in module.PAGES}

# One line an error that carries no `code` of its own.
CODES: dict[type[Exception], str] = {
    BadListError: "list.bad",
    ConcurrentChangeError: "request.concurrent-change",
    ContradictoryGuardrailsError: "policy.guardrails",
    FaultError: "policy.fault",
    InFlightError: "request.in-flight",
    InvalidPolicyError: "policy.document",
    KeyReusedError: "request.key-reused",
    MissingSharedError: "decision.shared.missing",
    NotAllowedError: "access.not-allowed",
    NotCanonicalError: "ledger.not-canonical",
    NotFoundError: "list.not-found",
    NoSuchQuestionError: "identity.question.unknown",
    NothingToRunError: "run:nothing",
    NoWorkspaceError: "workspace:none",
    PolicyFileError: "policy.file",
    ReadsNotRecordedError: "audit.reads-waiting",
    ReasonMissingError: "identity.reason.missing",
    SaltLengthError: "ledger.salt-length",
    ScopeError: "policy.scope",
    TamperedSharedError: "decision.shared.tampered",
    TierThresholdsError: "tier.thresholds",
    UnknownCustomerError: "customer.unknown",
    UnknownDecisionKindError: "decision.kind",
    UnknownKindError: "policy.kind",
    WorkspaceError: "workspace",
    servers.CannotRunAsRoot: "server:root-refused",
    servers.DataDirectoryDamaged: "server:data-damaged",
    servers.DirectoryOfAnotherUser: "server:directory-of-another-user",
    servers.DiskFull: "server:disk-full",
    servers.ExtensionMissing: "server:extension-missing",
    servers.InitialisationFailed: "server:initialisation-failed",
    servers.NoBinaries: "server:no-binaries",
    servers.NoFreePort: "server:no-free-port",
    servers.NoMemoryForServer: "server:no-memory",
    servers.ProcessesLeftBehind: "server:processes-left",
    servers.ServerBusy: "server:busy",
    servers.ServerDidNotAnswer: "server:did-not-answer",
    servers.ServerDidNotStart: "server:did-not-start",
    servers.ServerDidNotStop: "server:did-not-stop",
    servers.ServerError: "server",
    servers.WrongMajorVersion: "server:wrong-major",
}


def code_of(error: type[Exception]) -> str | None:
    """The code that an error is explained under; None where nobody gave it one."""
    for kind in error.__mro__:
        if kind in CODES:
            return CODES[kind]
        if isinstance(code := vars(kind).get("code"), str):
            return code
    return None
