"""Which words does the table of rights use: roles, rights, relations, states, purposes?"""

from __future__ import annotations

from enum import IntEnum, StrEnum


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


class Action(StrEnum):
    SEE = "see"
    DECIDE = "decide"
    LAND = "land"
    RUN = "run"
    PUBLISH = "publish"
    SETTLE = "settle"
    ADMINISTER = "administer"
    RESTRICT = "restrict"
    NAME = "name"
    BREAK = "break"
    REVIEW = "review"
    ERASE = "erase"
    EXPORT = "export"
    MANAGE = "manage"
    BACK_UP = "back_up"
    SIGN = "sign"
    OVERRIDE = "override"
    PROPOSE = "propose"
    RECORD = "record"


class Kind(StrEnum):
    CUSTOMER = "customer"
    PERSONAL_FIELD = "personal_field"
    ORDER = "order"
    CASE = "case"
    DECISION = "decision"
    MEASURE = "measure"
    POLICY = "policy"
    FREEZE = "freeze"
    CHANGE = "change"  # of policies
    OPERATIONS_CHANGE = "operations_change"  # one that operations answers for; and so on
    SERVICE_CHANGE = "service_change"
    LEGAL_CHANGE = "legal_change"
    FINANCE_CHANGE = "finance_change"
    CONSENT = "consent"
    PURPOSE = "purpose"
    ASSESSMENT = "assessment"
    QUARANTINE = "quarantine"
    SOURCE = "source"
    RUN = "run"
    QUESTION = "question"
    DIFFERENCE = "difference"
    AUDIT = "audit"
    CHECKPOINT = "checkpoint"
    ACCESS = "access"
    GLASS = "glass"
    WEBHOOK = "webhook"
    OUTBOX = "outbox"
    WORKSPACE = "workspace"


class Right(StrEnum):
    """An action on a kind of object."""

    SEE_CUSTOMERS = "see_customers"
    SEE_PERSONAL = "see_personal"  # names, addresses, verbatims
    SEE_ORDERS = "see_orders"
    SEE_CASES = "see_cases"
    SEE_DECISIONS = "see_decisions"
    SEE_MEASURES = "see_measures"
    SEE_POLICIES = "see_policies"
    SEE_QUARANTINE = "see_quarantine"
    SEE_AUDIT = "see_audit"
    SEE_ACCESS = "see_access"  # who may see what, and why
    SEE_OUTBOX = "see_outbox"  # what goes out, and what could not
    RECORD_CONSENT = "record_consent"  # what a customer said to a purpose
    DECLARE_PURPOSE = "declare_purpose"  # what data is used for, and what customers are told
    SIGN_ASSESSMENTS = "sign_assessments"  # of fields that a contract is to collect
    DECIDE = "decide"  # ask for a decision that is recorded
    LAND = "land"  # bring facts in, replay quarantine
    RUN = "run"  # start the main job
    MANAGE_FREEZES = "manage_freezes"  # when nothing may change for whom
    OVERRIDE_FREEZE = "override_freeze"  # of somebody else's change
    PROPOSE_POLICY = "propose_policy"  # write a change, edit it, ask for its sign-offs
    SIGN_OPERATIONS = "sign_operations"  # a change of policies, for operations
    SIGN_SERVICE = "sign_service"
    SIGN_LEGAL = "sign_legal"
    SIGN_FINANCE = "sign_finance"
    PUBLISH_POLICY = "publish_policy"  # put what is signed into force
    SETTLE_IDENTITY = "settle_identity"
    SETTLE_DIFFERENCES = "settle_differences"  # between order, shipment and invoice
    RESTRICT_CUSTOMERS = "restrict_customers"
    NAME_PEOPLE = "name_people"  # who may see a restricted customer
    BREAK_GLASS = "break_glass"  # name oneself, for a while
    REVIEW_GLASS = "review_glass"
    ERASE = "erase"
    EXPORT_PERSONAL = "export_personal"
    MANAGE_WEBHOOKS = "manage_webhooks"  # and resend what failed
    BACK_UP = "back_up"
    CHECKPOINT = "checkpoint"  # sign the log as it stands
    ADMINISTER = "administer"  # people, tokens, the workspace

    @property
    def action(self) -> Action:
        """What is done."""
        return _MEANINGS[self][0]

    @property
    def kind(self) -> Kind:
        """To what."""
        return _MEANINGS[self][1]


_MEANINGS: dict[Right, tuple[Action, Kind]] = {
    Right.SEE_CUSTOMERS: (Action.SEE, Kind.CUSTOMER),
    Right.SEE_PERSONAL: (Action.SEE, Kind.PERSONAL_FIELD),
    Right.SEE_ORDERS: (Action.SEE, Kind.ORDER),
    Right.SEE_CASES: (Action.SEE, Kind.CASE),
    Right.SEE_DECISIONS: (Action.SEE, Kind.DECISION),
    Right.SEE_MEASURES: (Action.SEE, Kind.MEASURE),
    Right.SEE_POLICIES: (Action.SEE, Kind.POLICY),
    Right.SEE_QUARANTINE: (Action.SEE, Kind.QUARANTINE),
    Right.SEE_AUDIT: (Action.SEE, Kind.AUDIT),
    Right.SEE_ACCESS: (Action.SEE, Kind.ACCESS),
    Right.SEE_OUTBOX: (Action.SEE, Kind.OUTBOX),
    Right.RECORD_CONSENT: (Action.RECORD, Kind.CONSENT),
    Right.DECLARE_PURPOSE: (Action.PUBLISH, Kind.PURPOSE),
    Right.SIGN_ASSESSMENTS: (Action.SIGN, Kind.ASSESSMENT),
    Right.DECIDE: (Action.DECIDE, Kind.DECISION),
    Right.LAND: (Action.LAND, Kind.SOURCE),
    Right.RUN: (Action.RUN, Kind.RUN),
    Right.PROPOSE_POLICY: (Action.PROPOSE, Kind.CHANGE),
    Right.SIGN_OPERATIONS: (Action.SIGN, Kind.OPERATIONS_CHANGE),
    Right.SIGN_SERVICE: (Action.SIGN, Kind.SERVICE_CHANGE),
    Right.SIGN_LEGAL: (Action.SIGN, Kind.LEGAL_CHANGE),
    Right.SIGN_FINANCE: (Action.SIGN, Kind.FINANCE_CHANGE),
    Right.PUBLISH_POLICY: (Action.PUBLISH, Kind.POLICY),
    Right.MANAGE_FREEZES: (Action.MANAGE, Kind.FREEZE),
    Right.OVERRIDE_FREEZE: (Action.OVERRIDE, Kind.FREEZE),
    Right.SETTLE_IDENTITY: (Action.SETTLE, Kind.QUESTION),
    Right.SETTLE_DIFFERENCES: (Action.SETTLE, Kind.DIFFERENCE),
    Right.RESTRICT_CUSTOMERS: (Action.RESTRICT, Kind.CUSTOMER),
    Right.NAME_PEOPLE: (Action.NAME, Kind.ACCESS),
    Right.BREAK_GLASS: (Action.BREAK, Kind.GLASS),
    Right.REVIEW_GLASS: (Action.REVIEW, Kind.GLASS),
    Right.ERASE: (Action.ERASE, Kind.PERSONAL_FIELD),
    Right.EXPORT_PERSONAL: (Action.EXPORT, Kind.PERSONAL_FIELD),
    Right.MANAGE_WEBHOOKS: (Action.MANAGE, Kind.WEBHOOK),
    Right.BACK_UP: (Action.BACK_UP, Kind.WORKSPACE),
    Right.CHECKPOINT: (Action.SIGN, Kind.CHECKPOINT),
    Right.ADMINISTER: (Action.ADMINISTER, Kind.WORKSPACE),
}


class Relation(IntEnum):
    """How near a person stands to a thing. A wider relation takes the nearer ones in."""

    OWN = 1  # the customer's account manager
    TEAM = 2  # the customer is with the person's team
    REGION = 3  # the customer is in one of the person's regions
    ALL = 4  # anybody


class State(StrEnum):
    """What a thing is at the moment; it may be several at once. Without one it is ordinary."""

    RESTRICTED = "restricted"  # of a customer whom named people alone may see
    ERASED = "erased"  # of a customer whose person was erased
    DRAFT = "draft"  # a policy that was not published yet
    RUNNING = "running"  # a broken glass whose time is not over


class Standing(StrEnum):
    """What a person is to one thing, beyond the relation."""

    NAMED = "named"  # for this customer, in writing
    BROKE_GLASS = "broke_glass"  # for this customer, and its time is not over
    # The thing is about this person: their own glass, their own name, a change that they wrote.
    CONCERNED = "concerned"
    IS_THE_PROGRAM = "is_the_program"  # Troth itself, at work in nobody's name


class Purpose(StrEnum):
    """What somebody wants to know a field for."""

    SERVICE = "service"  # to serve the customer
    BILLING = "billing"
    AUDIT = "audit"
    PRIVACY = "privacy"  # to answer the person whose field it is
    ANALYSIS = "analysis"
