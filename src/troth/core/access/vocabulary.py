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


class Kind(StrEnum):
    CUSTOMER = "customer"
    PERSONAL_FIELD = "personal_field"
    ORDER = "order"
    CASE = "case"
    DECISION = "decision"
    MEASURE = "measure"
    POLICY = "policy"
    QUARANTINE = "quarantine"
    SOURCE = "source"
    RUN = "run"
    QUESTION = "question"
    AUDIT = "audit"
    CHECKPOINT = "checkpoint"
    ACCESS = "access"
    GLASS = "glass"
    WEBHOOK = "webhook"
    OUTBOX = "outbox"
    WORKSPACE = "workspace"


class Right(StrEnum):
    """An action on a kind of object."""

    action: Action
    kind: Kind

    def __new__(cls, code: str, action: Action, kind: Kind) -> Right:
        right = str.__new__(cls, code)
        right._value_ = code
        right.action = action
        right.kind = kind
        return right

    SEE_CUSTOMERS = "see_customers", Action.SEE, Kind.CUSTOMER
    SEE_PERSONAL = "see_personal", Action.SEE, Kind.PERSONAL_FIELD  # names, addresses, verbatims
    SEE_ORDERS = "see_orders", Action.SEE, Kind.ORDER
    SEE_CASES = "see_cases", Action.SEE, Kind.CASE
    SEE_DECISIONS = "see_decisions", Action.SEE, Kind.DECISION
    SEE_MEASURES = "see_measures", Action.SEE, Kind.MEASURE
    SEE_POLICIES = "see_policies", Action.SEE, Kind.POLICY
    SEE_QUARANTINE = "see_quarantine", Action.SEE, Kind.QUARANTINE
    SEE_AUDIT = "see_audit", Action.SEE, Kind.AUDIT
    SEE_ACCESS = "see_access", Action.SEE, Kind.ACCESS  # who may see what, and why
    SEE_OUTBOX = "see_outbox", Action.SEE, Kind.OUTBOX  # what goes out, and what could not
    DECIDE = "decide", Action.DECIDE, Kind.DECISION  # ask for a decision that is recorded
    LAND = "land", Action.LAND, Kind.SOURCE  # bring facts in, replay quarantine
    RUN = "run", Action.RUN, Kind.RUN  # start the main job
    PUBLISH_POLICY = "publish_policy", Action.PUBLISH, Kind.POLICY
    SETTLE_IDENTITY = "settle_identity", Action.SETTLE, Kind.QUESTION
    RESTRICT_CUSTOMERS = "restrict_customers", Action.RESTRICT, Kind.CUSTOMER
    NAME_PEOPLE = "name_people", Action.NAME, Kind.ACCESS  # who may see a restricted customer
    BREAK_GLASS = "break_glass", Action.BREAK, Kind.GLASS  # name oneself, for a while
    REVIEW_GLASS = "review_glass", Action.REVIEW, Kind.GLASS
    ERASE = "erase", Action.ERASE, Kind.PERSONAL_FIELD
    EXPORT_PERSONAL = "export_personal", Action.EXPORT, Kind.PERSONAL_FIELD
    MANAGE_WEBHOOKS = "manage_webhooks", Action.MANAGE, Kind.WEBHOOK  # and resend what failed
    BACK_UP = "back_up", Action.BACK_UP, Kind.WORKSPACE
    CHECKPOINT = "checkpoint", Action.SIGN, Kind.CHECKPOINT  # sign the log as it stands
    ADMINISTER = "administer", Action.ADMINISTER, Kind.WORKSPACE  # people, tokens, the workspace


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
    CONCERNED = "concerned"  # the thing is about this person: their own glass, their own name
    IS_THE_PROGRAM = "is_the_program"  # Troth itself, at work in nobody's name


class Purpose(StrEnum):
    """What somebody wants to know a field for."""

    SERVICE = "service"  # to serve the customer
    BILLING = "billing"
    AUDIT = "audit"
    PRIVACY = "privacy"  # to answer the person whose field it is
    ANALYSIS = "analysis"
