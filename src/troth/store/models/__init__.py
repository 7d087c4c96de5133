"""The tables, by noun. This is the list that Django reads: one line a module."""

from troth.store.models.accounts import ApiToken, LoginLink, User
from troth.store.models.audit import AuditEntry, IdempotencyKey
from troth.store.models.clocks import Clock
from troth.store.models.customers import (
    Crosswalk,
    Customer,
    CustomerPersonal,
    ResolutionQuestion,
    TierAssignment,
)
from troth.store.models.decisions import Decision, SharedInput
from troth.store.models.facts import FACTS, FactPersonal
from troth.store.models.landings import Landing, QuarantinedRow
from troth.store.models.policies import PolicyVersion
from troth.store.models.runs import Run
from troth.store.models.work import CaseWork, Promise

__all__ = [
    "FACTS",
    "ApiToken",
    "AuditEntry",
    "CaseWork",
    "Clock",
    "Crosswalk",
    "Customer",
    "CustomerPersonal",
    "Decision",
    "FactPersonal",
    "IdempotencyKey",
    "Landing",
    "LoginLink",
    "PolicyVersion",
    "Promise",
    "QuarantinedRow",
    "ResolutionQuestion",
    "Run",
    "SharedInput",
    "TierAssignment",
    "User",
]
