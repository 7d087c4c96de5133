"""PostgreSQL shows each table's rows to whom its rule says, and without a viewer to nobody."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from tests.store.walls.conftest import Hall, Link
from tests.store.walls.world import AGENT, CUSTOMERS, NOBODY, REGION, SEEN, TEAM, customer_id

from troth.core.records.kinds import KINDS
from troth.store.models.facts import table_name
from troth.store.protection import PERSONAL, PROTECTED

PROBES = 5_000  # as each of the two roles
_OF_NOBODY = {"agent", "product", "site", "exchange_rate", "stock_level", "scheduled_supply"} | {
    "capacity"
}
# Shown to every viewer: they say nothing of one customer.
FOR_EVERYBODY = {table_name(kind) for kind in _OF_NOBODY} | {
    "store_assessment",
    "store_assessmentsignoff",
    "store_consentnotice",
    "store_sharedinput",
    "store_webhookendpoint",
}
# Shown to those alone who see all, whosever the row is.
FOR_THOSE_WHO_SEE_ALL = {
    "store_quarantinedrow", "store_auditentry", "store_auditrow", "store_erasedsource",
    "store_valuemodel", "store_matchmodel",
}  # fmt: skip
# Shown to whom they are about, and to those who keep access.
FOR_ONESELF = {"store_customeraccess", "store_breakglass"}
OF_CUSTOMERS = sorted(PROTECTED.keys() - FOR_EVERYBODY - FOR_THOSE_WHO_SEE_ALL - FOR_ONESELF)


def look(link: Link, relation: str, user_id: int, **more: str) -> None:
    """Become a viewer until the transaction ends."""
    settings = {
        "viewer": str(user_id),
        "role": "agent",
        "relation": relation,
        "regions": REGION,
        "team": TEAM,
        "agent": AGENT,
        "personal": "on",
        "system": "",
        **more,
    }
    for name, value in settings.items():
        link.execute("SELECT set_config(%s, %s, true)", (f"troth.{name}", value))


def names_in(link: Link, table: str) -> set[str]:
    """Whose rows are there, as their marks tell."""
    query = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table))
    found = [str(row[0]) for row in link.execute(query).fetchall()]
    return {name for text in found for name in re.findall("~([a-z]+)~", text)}


@pytest.mark.parametrize("relation", SEEN)
@pytest.mark.parametrize("table", OF_CUSTOMERS)
def test_a_viewer_sees_the_rows_within_their_relation(
    hall: Hall, link: Link, table: str, relation: str
) -> None:
    look(link, relation, hall.agent_id)
    expected = set(SEEN[relation])
    has_nobody = table.startswith("fact_") or table in {
        "store_promise", "store_casework", "store_clock", "store_decision",
        "store_outboxmessage", "store_outboxattempt", "store_commitmentdifference",
    }  # fmt: skip
    # A fact of a customer that no crosswalk knows is seen through its order's promise or its case.
    is_unknown = table in {
        "fact_customer", "fact_contact", "fact_contract", "fact_survey_response",
    }  # fmt: skip
    if not has_nobody or is_unknown:
        expected -= {NOBODY}
    assert names_in(link, table) == expected


@pytest.mark.parametrize("table", OF_CUSTOMERS)
def test_whoever_is_named_sees_the_restricted_customer_too(
    hall: Hall, link: Link, table: str
) -> None:
    with psycopg.connect(hall.owner_url) as owner:
        look(owner, "all", hall.officer_id, system="on")
        owner.execute(
            "INSERT INTO store_customeraccess"
            " (customer_id, user_id, reason, salt, granted_by_id, granted_at, ends_at)"
            " VALUES (%s, %s, 'a', '', %s, now(), now() + interval '1 hour')",
            (customer_id("secret"), hall.agent_id, hall.officer_id),
        )
        look(owner, "own", hall.agent_id)
        assert "secret" in names_in(owner, table)
        owner.execute("UPDATE store_customeraccess SET ends_at = now() - interval '1 hour'")
        assert "secret" not in names_in(owner, table)
        owner.rollback()


@pytest.mark.parametrize("table", sorted(FOR_THOSE_WHO_SEE_ALL))
def test_what_cannot_be_told_apart_is_for_those_who_see_all(
    hall: Hall, link: Link, table: str
) -> None:
    look(link, "region", hall.agent_id)
    assert names_in(link, table) == set()
    look(link, "all", hall.agent_id)
    assert names_in(link, table) == set(CUSTOMERS)


@pytest.mark.parametrize("table", sorted(FOR_ONESELF))
def test_who_is_named_for_whom_is_shown_to_oneself_and_to_those_who_keep_access(
    hall: Hall, link: Link, table: str
) -> None:
    look(link, "all", hall.agent_id)
    assert names_in(link, table) == set()
    look(link, "all", hall.agent_id, role="auditor")
    assert names_in(link, table) == set(CUSTOMERS)
    look(link, "", hall.officer_id, role="privacy_officer")
    assert names_in(link, table) == set(CUSTOMERS)


@pytest.mark.parametrize("table", sorted(FOR_EVERYBODY))
def test_what_says_nothing_of_a_customer_needs_only_a_viewer(
    hall: Hall, link: Link, table: str
) -> None:
    assert count(link, table) == 0
    look(link, "own", hall.agent_id)
    assert count(link, table) > 0


@pytest.mark.parametrize("table", sorted(PERSONAL))
def test_personal_rows_are_hidden_from_whoever_may_not_see_personal_fields(
    hall: Hall, link: Link, table: str
) -> None:
    look(link, "all", hall.agent_id, personal="")
    assert count(link, table) == 0
    look(link, "all", hall.agent_id)
    assert count(link, table) > 0


@pytest.mark.parametrize("table", sorted(PROTECTED))
def test_the_program_sees_every_row(link: Link, table: str) -> None:
    assert count(link, table) == 0
    link.execute("SELECT set_config('troth.system', 'on', true)")
    assert count(link, table) > 0


def test_no_row_is_written_for_a_customer_who_is_not_visible(hall: Hall, link: Link) -> None:
    for relation, name, is_allowed in (
        ("own", "own", True),
        ("own", "other", False),
        ("all", "other", True),
        ("all", "secret", False),
    ):
        look(link, relation, hall.agent_id)
        insert = (
            "INSERT INTO store_crosswalk (source_key, kind, customer_id, because)"
            " VALUES ('crm:new', 'customer', %s, 'a')"
        )
        with link.transaction(force_rollback=True):
            if is_allowed:
                link.execute(insert, (customer_id(name),))
            else:
                with (
                    pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level"),
                    link.transaction(),
                ):
                    link.execute(insert, (customer_id(name),))


def count(link: Link, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    row = link.execute(query).fetchone()
    assert row is not None
    return int(str(row[0]))


# Of none of these is any a viewer: missing, empty, garbage, or an attempt.
_GARBAGE = (
    "", " ", "abc", "-1", "1 ", "1;--", "0x1", "NaN", "null", "1e3", "99999999999999999999",
    "1' OR '1'='1", "{1}", "[1]", "é", "~own~", "\t1", "1\n",
)  # fmt: skip
_RELATIONS = ("", "all", "own", "region", "ALL", "everything", "{all}", "4", "all ")
_SYSTEMS = ("", "off", "true", "1", "ON", "yes", "on ", "On")

_SHAPES = (
    "SELECT * FROM {t}",
    "SELECT count(*) FROM {t}",
    "SELECT count(*) FILTER (WHERE true), max({t}::text) FROM {t}",
    "SELECT EXISTS (SELECT FROM {t})",
    "SELECT a.* FROM {t} AS a JOIN {u} AS b ON true LIMIT 3",
    "SELECT b.* FROM {t} AS a FULL JOIN {u} AS b ON a::text = b::text",
    "SELECT a::text FROM {t} AS a LEFT JOIN LATERAL (SELECT b FROM {u} AS b LIMIT 1) AS c ON true",
    "SELECT string_agg({t}::text, ',') FROM {t}",
    "SELECT json_agg({t}) FROM {t}",
    "SELECT array_agg(DISTINCT {t}::text) FROM {t}",
    "SELECT t::text FROM {t} AS t UNION SELECT u::text FROM {u} AS u",
    "SELECT t::text FROM {t} AS t EXCEPT SELECT 'x'",
    "WITH s AS MATERIALIZED (SELECT t::text AS v FROM {t} AS t) SELECT v FROM s",
    "WITH s AS NOT MATERIALIZED (SELECT t AS v FROM {t} AS t) SELECT count(v) FROM s",
    "SELECT 1 FROM {u} WHERE EXISTS (SELECT FROM {t})",
    "SELECT (SELECT count(*) FROM {t}), (SELECT bool_or(true) FROM {u})",
    "SELECT row_number() OVER (), t::text FROM {t} AS t",
    "SELECT t::text, count(*) FROM {t} AS t GROUP BY ROLLUP (t::text) HAVING count(*) > 0",
    "SELECT * FROM {t} TABLESAMPLE SYSTEM (100)",
    "SELECT * FROM {t} ORDER BY random() LIMIT 1",
    # An error would tell that there is a row.
    "SELECT * FROM {t} AS t WHERE 1 / (length(t::text) - length(t::text)) = 1",
    "SELECT count(*) FROM {t} AS t WHERE t::text LIKE '%own%' OR t::text ~ '.'",
    "SELECT troth_sees_source('crm:~own~'), troth_sees_fact('order', 'erp:~own~')",
    "SELECT troth_sees_everything(), troth_named(), troth_sees_personal(), troth_reach()",
    "SELECT * FROM troth_search_customers('~')",
    "SELECT * FROM troth_search_customers('') WHERE EXISTS (SELECT FROM {t})",
    "SELECT query_to_xml('SELECT * FROM {t}', false, false, '')::text !~ '<row>' AND false",
    "TABLE {t}",
)  # fmt: skip


def probes(seed: int) -> Iterator[tuple[dict[str, str | None], str]]:
    """Settings that name no viewer, and a query over random tables."""
    chance = random.Random(seed)
    tables = sorted(PROTECTED)
    for _ in range(PROBES):
        settings = {
            "viewer": chance.choice([None, *_GARBAGE]),
            "system": chance.choice([None, *_SYSTEMS]),
            "relation": chance.choice([None, *_RELATIONS]),
            "role": chance.choice([None, "", "administrator", "auditor", "'"]),
            "regions": chance.choice([None, "", "*", "north\x1fsouth", "{}", "["]),
            "team": chance.choice([None, "", TEAM]),
            "agent": chance.choice([None, "", AGENT]),
            "personal": chance.choice([None, "", "on"]),
        }
        shape = chance.choice(_SHAPES)
        yield settings, shape.format(t=chance.choice(tables), u=chance.choice(tables))


def told(link: Link, settings: dict[str, str | None], query: str) -> list[object]:
    """What a probe learns: every value that is not nothing."""
    given = {f"troth.{name}": value for name, value in settings.items() if value is not None}
    link.execute(
        "SELECT set_config(k, v, true) FROM unnest(%s::text[], %s::text[]) AS s(k, v)",
        (list(given), list(given.values())),
    )
    rows = link.execute(query).fetchall()  # type: ignore[call-overload]
    link.rollback()  # what was set is an empty string from now on, and no longer missing
    return [value for row in rows for value in row if value not in (None, 0, False, "", [])]


def test_no_probe_without_a_viewer_finds_a_row_or_an_error(link: Link) -> None:
    link.execute("SET statement_timeout = '20s'")
    link.commit()
    leaks = []
    for settings, query in probes(seed=len(link.info.user)):
        found = told(link, settings, query)
        if found:
            leaks.append((query, settings, found[:1]))
    assert leaks == []


def test_the_same_probes_find_rows_where_one_table_lets_its_owner_pass(hall: Hall) -> None:
    with psycopg.connect(hall.owner_url) as owner:
        owner.execute("ALTER TABLE store_customer NO FORCE ROW LEVEL SECURITY")
        found = []
        for settings, query in probes(seed=1):
            if "store_customer" in query.split():
                with owner.transaction(force_rollback=True):
                    rows = owner.execute(query).fetchall()  # type: ignore[call-overload]
                    found += [v for row in rows for v in row if v not in (None, 0, False, "", [])]
            del settings
            if found:
                break
        owner.rollback()
    assert found


def test_every_kind_of_fact_is_protected() -> None:
    assert {table_name(kind.name) for kind in KINDS} | {"fact_personal"} <= PROTECTED.keys()
