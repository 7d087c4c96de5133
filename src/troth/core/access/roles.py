"""Which roles are there, and what may each of them see and do?

The first form of the table of rights: role × right. The issue on trust refines it by relation and
state. Default deny: a right that is not listed for a role is not given.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    EXECUTIVE = "executive"
    OPERATIONS_MANAGER = "operations_manager"
    OPERATIONS_ENGINEER = "operations_engineer"
    AGENT = "agent"
    STEWARD = "steward"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"
    INTEGRATION = "integration"  # a program, through a token


class Right(StrEnum):
    SEE_CUSTOMERS = "see_customers"
    SEE_PERSONAL = "see_personal"  # names, addresses, verbatims
    SEE_ORDERS = "see_orders"
    SEE_CASES = "see_cases"
    SEE_DECISIONS = "see_decisions"
    SEE_MEASURES = "see_measures"
    SEE_POLICIES = "see_policies"
    SEE_QUARANTINE = "see_quarantine"
    SEE_AUDIT = "see_audit"
    DECIDE = "decide"  # ask for a decision that is recorded
    LAND = "land"  # bring facts in, replay quarantine
    RUN = "run"  # start the main job
    PUBLISH_POLICY = "publish_policy"
    SETTLE_IDENTITY = "settle_identity"
    ADMINISTER = "administer"  # people, tokens, the workspace


_EVERY_PAGE = frozenset(
    {
        Right.SEE_CUSTOMERS,
        Right.SEE_ORDERS,
        Right.SEE_CASES,
        Right.SEE_DECISIONS,
        Right.SEE_MEASURES,
        Right.SEE_POLICIES,
    }
)

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.EXECUTIVE: _EVERY_PAGE,
    Role.OPERATIONS_MANAGER: _EVERY_PAGE
    | {Right.SEE_PERSONAL, Right.SEE_QUARANTINE, Right.DECIDE, Right.RUN},
    Role.OPERATIONS_ENGINEER: _EVERY_PAGE
    | {Right.SEE_QUARANTINE, Right.DECIDE, Right.LAND, Right.RUN, Right.PUBLISH_POLICY},
    Role.AGENT: _EVERY_PAGE | {Right.SEE_PERSONAL, Right.DECIDE},
    Role.STEWARD: _EVERY_PAGE
    | {Right.SEE_PERSONAL, Right.SEE_QUARANTINE, Right.LAND, Right.SETTLE_IDENTITY},
    Role.AUDITOR: _EVERY_PAGE | {Right.SEE_AUDIT, Right.SEE_QUARANTINE},
    Role.PRIVACY_OFFICER: _EVERY_PAGE | {Right.SEE_PERSONAL, Right.SEE_AUDIT},
    Role.ADMINISTRATOR: frozenset(Right),
    Role.INTEGRATION: _EVERY_PAGE | {Right.SEE_PERSONAL, Right.DECIDE, Right.LAND},
}


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right."""
    return right in RIGHTS.get(role, frozenset())
