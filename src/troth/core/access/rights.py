"""Who may do what, to what, how near, in which state? The reviewed table, whole.

A request is allowed where a rule allows it and no rule forbids it. What no rule allows is denied.
The order of the rules says nothing. A change here changes docs/reference/access.md and
tests/access/matrix.csv, so that a reviewer sees its whole effect.

A thing that belongs to no customer (a policy of the company, a source, the log) stands equally
near to everybody.
"""

from __future__ import annotations

from troth.core.access.rules import Clear, Effect, Rule
from troth.core.access.vocabulary import Purpose, Relation, Right, Role, Standing, State
from troth.core.records.values import Sensitivity

_EVERYBODY = frozenset(Role)
_PEOPLE = _EVERYBODY - {Role.INTEGRATION}
_WORK = frozenset(
    {
        Right.SEE_CUSTOMERS,
        Right.SEE_ORDERS,
        Right.SEE_CASES,
        Right.SEE_DECISIONS,
        Right.SEE_MEASURES,
        Right.SEE_POLICIES,
    }
)
# One for each function that answers for something: docs/decisions/0016.
_SIGNS = frozenset(
    {Right.SIGN_OPERATIONS, Right.SIGN_SERVICE, Right.SIGN_LEGAL, Right.SIGN_FINANCE}
)
# What tells something of one customer, or does something to it. Landing tells nothing, and who
# may be named is asked of people who may not see the customer themselves. The log names a
# customer by its id alone, and an auditor who saw a log with gaps could prove nothing.
_TOUCHES_A_CUSTOMER = (_WORK | _SIGNS) | {
    Right.SEE_PERSONAL,
    Right.SEE_QUARANTINE,
    Right.SEE_OUTBOX,
    Right.MANAGE_WEBHOOKS,
    Right.RECORD_CONSENT,
    Right.DECIDE,
    Right.PROPOSE_POLICY,
    Right.PUBLISH_POLICY,
    Right.MANAGE_FREEZES,
    Right.OVERRIDE_FREEZE,
    Right.SETTLE_IDENTITY,
    Right.SETTLE_DIFFERENCES,
    Right.ERASE,
    Right.EXPORT_PERSONAL,
}


def _allow(role: Role, rights: frozenset[Right], because: str, within: Relation) -> Rule:
    return Rule(
        id=f"allow:{role.value}",
        effect=Effect.ALLOW,
        roles=frozenset({role}),
        rights=rights,
        within=within,
        because=because,
    )


_ALLOWED: tuple[Rule, ...] = (
    _allow(
        Role.EXECUTIVE,
        _WORK | {Right.OVERRIDE_FREEZE, Right.SIGN_FINANCE, Right.SIGN_SERVICE},
        "An executive sees how the work goes, answers for what it costs and for what cannot wait.",
        Relation.ALL,
    ),
    _allow(
        Role.OPERATIONS_MANAGER,
        _WORK
        | {Right.SEE_PERSONAL, Right.SEE_QUARANTINE, Right.RECORD_CONSENT}
        | {Right.SETTLE_DIFFERENCES}
        | {Right.DECIDE, Right.RUN, Right.BREAK_GLASS}
        | {Right.PROPOSE_POLICY, Right.SIGN_OPERATIONS, Right.SIGN_SERVICE}
        # Whoever publishes policies manages no freezes: they could end what holds them up.
        | {Right.MANAGE_FREEZES, Right.OVERRIDE_FREEZE},
        "An operations manager runs the work and speaks with every customer.",
        Relation.ALL,
    ),
    _allow(
        Role.OPERATIONS_ENGINEER,
        _WORK
        | {Right.SEE_QUARANTINE, Right.DECIDE, Right.LAND, Right.RUN}
        | {Right.PROPOSE_POLICY, Right.PUBLISH_POLICY}
        | {Right.SEE_OUTBOX, Right.MANAGE_WEBHOOKS, Right.BACK_UP},
        "An operations engineer builds sources and policies, and keeps the workspace safe.",
        Relation.ALL,
    ),
    _allow(
        Role.AGENT,
        _WORK | {Right.SEE_PERSONAL, Right.RECORD_CONSENT, Right.DECIDE, Right.BREAK_GLASS},
        "An agent serves the customers of their own, of their team and of their regions.",
        Relation.REGION,
    ),
    _allow(
        Role.STEWARD,
        _WORK
        | {Right.SEE_PERSONAL, Right.SEE_QUARANTINE, Right.LAND, Right.SETTLE_IDENTITY}
        | {Right.SETTLE_DIFFERENCES, Right.BREAK_GLASS},
        "A steward settles who is who, and what sources say differently of one thing.",
        Relation.ALL,
    ),
    _allow(
        Role.AUDITOR,
        _WORK
        | {Right.SEE_AUDIT, Right.SEE_QUARANTINE, Right.SEE_ACCESS}
        | {Right.SEE_OUTBOX, Right.CHECKPOINT},
        "An auditor sees what was done and who may do it.",
        Relation.ALL,
    ),
    _allow(
        Role.PRIVACY_OFFICER,
        _WORK
        | {Right.SEE_PERSONAL, Right.SEE_AUDIT, Right.CHECKPOINT, Right.SEE_ACCESS}
        | {Right.ERASE, Right.EXPORT_PERSONAL, Right.SIGN_LEGAL}
        | {Right.RECORD_CONSENT, Right.DECLARE_PURPOSE, Right.SIGN_ASSESSMENTS}
        | {Right.RESTRICT_CUSTOMERS, Right.NAME_PEOPLE, Right.BREAK_GLASS, Right.REVIEW_GLASS},
        "A privacy officer answers for what is kept of people and for who sees it.",
        Relation.ALL,
    ),
    _allow(
        Role.ADMINISTRATOR,
        frozenset(Right),
        "An administrator keeps the workspace.",
        Relation.ALL,
    ),
    _allow(
        Role.INTEGRATION,
        _WORK | {Right.SEE_PERSONAL, Right.RECORD_CONSENT, Right.DECIDE, Right.LAND},
        "A program brings facts in and asks for decisions.",
        Relation.ALL,
    ),
)

_FORBIDDEN: tuple[Rule, ...] = (
    Rule(
        id="forbid:restricted",
        effect=Effect.FORBID,
        roles=_EVERYBODY,
        rights=_TOUCHES_A_CUSTOMER,
        states=frozenset({State.RESTRICTED}),
        spares=frozenset({Standing.NAMED, Standing.BROKE_GLASS, Standing.IS_THE_PROGRAM}),
        because="The customer is restricted: only people who are named for it may see it.",
    ),
    Rule(
        id="forbid:erased",
        effect=Effect.FORBID,
        roles=_EVERYBODY,
        rights=frozenset({Right.SEE_PERSONAL, Right.EXPORT_PERSONAL}),
        states=frozenset({State.ERASED}),
        because="The person was erased: nothing personal is left to see.",
    ),
    Rule(
        id="forbid:draft",
        effect=Effect.FORBID,
        roles=frozenset({Role.EXECUTIVE, Role.AGENT, Role.STEWARD, Role.PRIVACY_OFFICER})
        | {Role.INTEGRATION},
        rights=frozenset({Right.SEE_POLICIES}),
        states=frozenset({State.DRAFT}),
        because="A draft is for those who write policies and those who check them.",
    ),
    Rule(
        id="forbid:own-change",
        effect=Effect.FORBID,
        roles=_EVERYBODY,
        rights=_SIGNS,
        only=frozenset({Standing.CONCERNED}),
        because="Whoever wrote or edited a change does not sign it.",
    ),
    Rule(
        id="forbid:own-assessment",
        effect=Effect.FORBID,
        roles=_EVERYBODY,
        rights=frozenset({Right.SIGN_ASSESSMENTS}),
        only=frozenset({Standing.CONCERNED}),
        because="Whoever drafted an assessment does not sign it.",
    ),
    Rule(
        id="forbid:program-signs",
        effect=Effect.FORBID,
        roles=_EVERYBODY,
        rights=_SIGNS | {Right.SIGN_ASSESSMENTS},
        only=frozenset({Standing.IS_THE_PROGRAM}),
        because="A sign-off is a person's, not the program's.",
    ),
    Rule(
        id="forbid:own-name",
        effect=Effect.FORBID,
        roles=_EVERYBODY,
        rights=frozenset({Right.NAME_PEOPLE}),
        only=frozenset({Standing.CONCERNED}),
        because="Nobody names themselves: somebody else does, or the glass is broken.",
    ),
    Rule(
        id="forbid:own-review",
        effect=Effect.FORBID,
        roles=_EVERYBODY,
        rights=frozenset({Right.REVIEW_GLASS}),
        only=frozenset({Standing.CONCERNED}),
        because="Whoever broke the glass does not review it.",
    ),
    Rule(
        id="forbid:early-review",
        effect=Effect.FORBID,
        roles=_EVERYBODY,
        rights=frozenset({Right.REVIEW_GLASS}),
        states=frozenset({State.RUNNING}),
        because="A broken glass is reviewed when its time is over.",
    ),
)

RULES: tuple[Rule, ...] = _ALLOWED + _FORBIDDEN

_SERVING = frozenset({Purpose.SERVICE, Purpose.BILLING})
_EVERY_PURPOSE = frozenset(Purpose)
CLEAR: tuple[Clear, ...] = (
    Clear(
        id="clear:everybody",
        roles=_EVERYBODY,
        purposes=_EVERY_PURPOSE,
        classes=frozenset({Sensitivity.PUBLIC, Sensitivity.INTERNAL}),
    ),
    Clear(
        id="clear:who-serves",
        roles=frozenset({Role.OPERATIONS_MANAGER, Role.AGENT, Role.STEWARD, Role.INTEGRATION}),
        purposes=_SERVING,
        classes=frozenset({Sensitivity.PERSONAL}),
    ),
    Clear(
        id="clear:who-keeps",
        roles=frozenset({Role.ADMINISTRATOR, Role.PRIVACY_OFFICER}),
        purposes=_SERVING | {Purpose.PRIVACY},
        classes=frozenset({Sensitivity.PERSONAL}),
    ),
    Clear(
        id="clear:who-settles",  # by a tax id, records of two systems are known as one customer
        roles=frozenset({Role.STEWARD}),
        purposes=frozenset({Purpose.SERVICE}),
        classes=frozenset({Sensitivity.RESTRICTED}),
    ),
    Clear(
        id="clear:privacy",
        roles=frozenset({Role.PRIVACY_OFFICER}),
        purposes=frozenset({Purpose.PRIVACY}),
        classes=frozenset({Sensitivity.RESTRICTED}),
    ),
)
