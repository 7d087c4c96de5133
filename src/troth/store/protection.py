"""Which table is shown to whom, and by which rule of PostgreSQL's own?

Row-level security is the second of two walls: `store.queries` filters what it reads, and the
database hides the same rows from whoever forgets to (docs/decisions/0013). Every table stands
here once, protected or exempt with its reason; `tests/architecture/test_row_security.py` fails for
one that does not. A rule is the condition under which a row is there for the viewer whom the
transaction's settings name; migration 0004 holds the functions that it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from psycopg import sql

from troth.core.records.kinds import KINDS
from troth.store.models.facts import table_name

POLICY = "troth_visible"
SEARCHER = "troth_search"  # owns the reviewed functions that look past the rules
LOADER = "troth_loader"  # may insert facts, and nothing else

# (SELECT f()) is computed once a query; f() alone would be computed for each row.
_EVERYTHING = "(SELECT troth_sees_everything())"
_SOMEBODY = "(SELECT troth_reach()) > 0"
_ALL = "(SELECT troth_reach()) = 4"
_PERSONAL = "(SELECT troth_sees_personal())"

CUSTOMER = """
  ((SELECT troth_reach()) = 4
    OR sales_region = ANY ((SELECT troth_regions())::text[])
    OR team = (SELECT troth_team())
    OR account_manager = (SELECT troth_agent()))
  AND (NOT is_restricted OR id = ANY ((SELECT troth_named())::text[]))
"""
"""A customer within the viewer's relation; a restricted one for named people alone."""


def _of_customer(column: str) -> str:
    """A row of a customer; one of no customer is for those who see all."""
    return (
        f"{_SOMEBODY} AND CASE WHEN {column} IS NULL THEN {_ALL}"
        f" ELSE EXISTS (SELECT FROM store_customer AS c WHERE c.id = {column}) END"
    )


def _of_subject(column: str) -> str:
    """The same where the customer's id is text that may be empty."""
    return _of_customer(f"nullif({column}, '')")


def _of_fact(kind: str, column: str) -> str:
    return f"{_SOMEBODY} AND troth_sees_fact('{kind}', {column})"


def _of_customer_if_any(column: str) -> str:
    """A row that may name a customer, who is seen where it does."""
    return f"({column} IS NULL OR EXISTS (SELECT FROM store_customer AS c WHERE c.id = {column}))"


def _of_source(column: str, *, otherwise: str = "false") -> str:
    """A fact of the customer whom the source names; where it names none, `otherwise`."""
    return (
        f"{_SOMEBODY} AND CASE WHEN {column} IS NOT NULL"
        f" THEN troth_sees_source({column}) ELSE {otherwise} END"
    )


def _of(table: str, condition: str) -> str:
    return f"{_SOMEBODY} AND EXISTS (SELECT FROM {table} AS o WHERE {condition})"


def _of_scope() -> str:
    """What holds for a scope: of one customer or contract, for whoever sees it."""
    return f"""{_SOMEBODY} AND CASE layer
        WHEN 'customer' THEN EXISTS (SELECT FROM store_customer AS c WHERE c.id = scope)
        WHEN 'contract' THEN troth_sees_fact('contract', scope)
        ELSE true END"""


_OWN_ACCESS = (
    "user_id = (SELECT troth_viewer())"
    " OR (SELECT troth_role()) IN ('administrator', 'auditor', 'privacy_officer')"
)

# fact kind → its rule; a kind that says nothing of a customer is for every viewer.
_FACTS: Mapping[str, str] = {
    "agent": _SOMEBODY,
    "product": _SOMEBODY,
    "site": _SOMEBODY,
    "exchange_rate": _SOMEBODY,
    "stock_level": _SOMEBODY,
    "scheduled_supply": _SOMEBODY,
    "capacity": _SOMEBODY,
    "customer": _of_source("key"),
    "contact": _of_source("customer"),
    "contract": _of_source("customer"),
    # An order of no known customer is seen through its promise, by those who see all.
    "order": f"({_of_source('customer')}) OR ("
    + _of("store_promise", "o.order_key = fact_order.key AND o.customer_id IS NULL")
    + ")",
    "order_line": _of_fact("order", "order_key"),
    "shipment": _of_fact("order", "order_key"),
    "shipment_line": _of_fact("shipment", "shipment"),
    "return": _of_fact("order", "order_key"),
    "invoice_line": _of_source("customer", otherwise="troth_sees_fact('order', order_key)"),
    "case": f"({_of_source('customer')}) OR ("
    + _of("store_casework", "o.case_key = fact_case.key AND o.customer_id IS NULL")
    + ")",
    "case_event": _of_fact("case", "case_key"),
    "interaction": _of_source("customer", otherwise="troth_sees_fact('case', case_key)"),
    "survey_response": _of_source(
        "customer",
        otherwise="coalesce(troth_sees_fact('order', order_key), false)"
        " OR coalesce(troth_sees_fact('case', case_key), false)",
    ),
}

PROTECTED: Mapping[str, str] = {
    "store_customer": CUSTOMER,
    "store_customerpersonal": _of_customer("customer_id"),
    "store_crosswalk": _of_customer("customer_id"),
    "store_tierassignment": _of_customer("customer_id"),
    "store_customervalue": _of_customer("customer_id"),
    "store_customersegment": _of_customer("customer_id"),
    "store_valuemodel": _ALL,  # over all customers, hidden ones too
    "store_matchmodel": _ALL,  # the same
    # All of the customers that a question would join, or it would tell of the others.
    "store_resolutionquestion": f"""{_SOMEBODY} AND NOT EXISTS (
        SELECT FROM jsonb_array_elements_text(customers) AS named(id)
        WHERE NOT EXISTS (SELECT FROM store_customer AS c WHERE c.id = named.id))""",
    "store_identityverdict": f"""{_SOMEBODY} AND NOT EXISTS (
        SELECT FROM jsonb_array_elements_text(customers) AS named(id)
        WHERE NOT EXISTS (SELECT FROM store_customer AS c WHERE c.id = named.id))""",
    "store_fieldword": _of_customer("customer_id"),
    "store_promise": _of_customer("customer_id"),
    # Both customers, or it would tell of the one who was billed instead.
    "store_commitmentdifference": f"{_of_customer('customer_id')}"
    f" AND {_of_customer_if_any('billed_to_id')}",
    "store_casework": _of_customer("customer_id"),
    "store_clock": _of_customer("customer_id"),
    "store_decision": _of_customer("customer_id"),
    "store_sharedinput": _SOMEBODY,
    "store_policyversion": _of_scope(),
    "store_freezewindow": _of_scope(),
    "store_rollout": _of_scope(),
    "store_freezeoverride": _of("store_freezewindow", "o.id = window_id"),
    # All of the customers and contracts that its scopes name, as with a question.
    "store_policychange": f"""{_SOMEBODY} AND NOT EXISTS (
        SELECT FROM jsonb_array_elements_text(customers) AS named(id)
        WHERE NOT EXISTS (SELECT FROM store_customer AS c WHERE c.id = named.id))
      AND NOT EXISTS (
        SELECT FROM jsonb_array_elements_text(contracts) AS named(key)
        WHERE NOT troth_sees_fact('contract', named.key))""",
    "store_policysignoff": _of("store_policychange", "o.id = change_id"),
    "store_consentnotice": _SOMEBODY,
    "store_assessment": _SOMEBODY,
    "store_assessmentsignoff": _SOMEBODY,
    "store_consentevent": _of_customer("customer_id"),
    "store_quarantinedrow": _ALL,  # whose row it is cannot be told: it could not be read
    "store_customeraccess": _OWN_ACCESS,
    "store_breakglass": _OWN_ACCESS,
    "store_webhookendpoint": _SOMEBODY,
    "store_outboxmessage": _of_customer("customer_id"),
    "store_outboxattempt": _of("store_outboxmessage", "o.id = message_id"),
    # The log names customers by their id alone, and with gaps it would prove nothing.
    "store_auditentry": _ALL,
    "store_auditrow": _ALL,
    "store_auditsecret": _of_subject("subject"),
    "store_subjectkey": _of_subject("subject"),
    "store_erasure": _of_subject("subject"),
    "store_erasedsource": _ALL,
    "fact_personal": f"{_SOMEBODY} AND troth_sees_fact(kind, key)",
    **{table_name(kind): rule for kind, rule in _FACTS.items()},
}
"""Table → the rule by which a row is visible to a viewer who does not see everything."""

PERSONAL = frozenset({"store_customerpersonal", "fact_personal"})
"""Tables that nobody reads without the right to see personal fields."""

EXEMPT: Mapping[str, str] = {
    "store_user": "people of the company: signing in reads it before there is a viewer",
    "store_apitoken": "digests alone: signing in reads it before there is a viewer",
    "store_loginlink": "digests alone: signing in reads it before there is a viewer",
    "store_idempotencykey": "a caller's own answers, found by caller and key alone",
    "store_session": "who is signed in: found by the digest of a key that the browser alone has",
    "store_sharedvalue": "counted attempts and used codes, found by their key",
    "store_landing": "counts and instants of a feed",
    "store_landedleaves": "hashes",
    "store_sourceposition": "up to where a feed was read: an instant or a number of its system",
    "store_run": "counts and instants of the main job",
    "store_auditnode": "hashes",
    "store_audithead": "how long the log is",
    "store_auditcheckpoint": "hashes and signatures, made to be given away",
}
"""Table → why no rule hides its rows."""

EXEMPT_PREFIXES: Mapping[str, str] = {
    "django_": "sessions, migrations and content types: nothing of a customer",
    "auth_": "groups and permissions, which are not used",
    "account_": "e-mail addresses of people of the company, which are not used",
    "mfa_": "second factors of people of the company",
    "socialaccount_": "who signs in by which identity provider",
    "procrastinate_": "names of jobs; their arguments name no customer",
}


def statements(tables: Iterable[str] = tuple(PROTECTED)) -> str:
    """SQL that protects tables, for a migration; one that is not made yet is left out.

    The owner is held to the rules as well (FORCE). A row may be written by whoever may see it; a
    customer by any viewer, since it may be hidden from its writer by what was written.
    """
    return "\n".join(_protecting(table) for table in tables)


def _protecting(table: str) -> str:
    rule = f"{_EVERYTHING} OR ({PROTECTED[table]})"
    if table in PERSONAL:
        rule = f"{_PERSONAL} AND ({rule})"
    check = _SOMEBODY if table == "store_customer" else rule
    body = f"""
      ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
      ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
      DROP POLICY IF EXISTS {POLICY} ON {table};
      CREATE POLICY {POLICY} ON {table} USING ({rule}) WITH CHECK ({check});
    """
    quoted = sql.Literal(body).as_string()
    return (
        f"DO $do$ BEGIN IF to_regclass('{table}') IS NOT NULL THEN"
        f" EXECUTE {quoted}; END IF; END $do$;"
    )


def fact_tables() -> tuple[str, ...]:
    """The tables that landings are copied into."""
    return (*(table_name(kind.name) for kind in KINDS), "fact_personal")
