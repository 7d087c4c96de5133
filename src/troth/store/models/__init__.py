"""The tables, by noun. This is the list that Django reads: one line a module."""

from troth.store.models.access import BreakGlass, CustomerAccess
from troth.store.models.accounts import ApiToken, LoginLink, User
from troth.store.models.assessments import Assessment, AssessmentSignOff
from troth.store.models.audit import (
    AuditCheckpoint,
    AuditEntry,
    AuditHead,
    AuditNode,
    AuditRow,
    AuditSecret,
    IdempotencyKey,
    SubjectKey,
)
from troth.store.models.clocks import Clock
from troth.store.models.consents import ConsentEvent, ConsentNotice
from troth.store.models.customers import (
    Crosswalk,
    Customer,
    CustomerPersonal,
    FieldWord,
    IdentityVerdict,
    ResolutionQuestion,
    TierAssignment,
)
from troth.store.models.decisions import Decision, SharedInput
from troth.store.models.differences import CommitmentDifference
from troth.store.models.facts import FACTS, FactPersonal
from troth.store.models.freezes import FreezeOverride, FreezeWindow
from troth.store.models.landings import LandedLeaves, Landing, QuarantinedRow, SourcePosition
from troth.store.models.matching import MatchModel
from troth.store.models.outbox import OutboxAttempt, OutboxMessage, WebhookEndpoint
from troth.store.models.policies import PolicyChange, PolicySignOff, PolicyVersion
from troth.store.models.privacy import ErasedSource, Erasure
from troth.store.models.rollouts import Rollout
from troth.store.models.runs import Run
from troth.store.models.segments import CustomerSegment
from troth.store.models.sessions import Session, SharedValue
from troth.store.models.values import CustomerValue, ValueModel
from troth.store.models.work import CaseWork, Promise

__all__ = [
    "FACTS",
    "ApiToken",
    "Assessment",
    "AssessmentSignOff",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditHead",
    "AuditNode",
    "AuditRow",
    "AuditSecret",
    "BreakGlass",
    "CaseWork",
    "Clock",
    "CommitmentDifference",
    "ConsentEvent",
    "ConsentNotice",
    "Crosswalk",
    "Customer",
    "CustomerAccess",
    "CustomerPersonal",
    "CustomerSegment",
    "CustomerValue",
    "Decision",
    "ErasedSource",
    "Erasure",
    "FactPersonal",
    "FieldWord",
    "FreezeOverride",
    "FreezeWindow",
    "IdempotencyKey",
    "IdentityVerdict",
    "LandedLeaves",
    "Landing",
    "LoginLink",
    "MatchModel",
    "OutboxAttempt",
    "OutboxMessage",
    "PolicyChange",
    "PolicySignOff",
    "PolicyVersion",
    "Promise",
    "QuarantinedRow",
    "ResolutionQuestion",
    "Rollout",
    "Run",
    "Session",
    "SharedInput",
    "SharedValue",
    "SourcePosition",
    "SubjectKey",
    "TierAssignment",
    "User",
    "ValueModel",
    "WebhookEndpoint",
]
