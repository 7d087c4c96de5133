"""Search by name uses its index, and finds for each viewer what a filtered query would."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db.models import Q
from tests.store.walls.conftest import Hall, Link
from tests.store.walls.test_row_security import look
from tests.store.walls.world import SEEN

from troth.core.access.roles import Relation, Right, Role
from troth.store.models import Customer
from troth.store.queries.customers import find_customers
from troth.store.queries.viewing import viewing

_MANY = """
    INSERT INTO store_customer (id, region, sales_region, party_kind, country, city, time_zone,
      language, segment, tier, first_known_at, source_count, currency, account_manager, team,
      is_restricted, content_digest, provenance)
    SELECT 'cus_' || n, 'eu', CASE n % 2 WHEN 0 THEN 'north' ELSE 'south' END, '', '', '', '', '',
      '', '', now(), 1, '', '', '', n % 7 = 0, '', '{}'
    FROM generate_series(1, 20000) AS n;
    INSERT INTO store_customerpersonal
      (customer_id, name, email, phone, tax_id, address, postal_code, provenance,
       rules, salt)
    SELECT 'cus_' || n, 'Firma ' || md5(n::text), md5((-n)::text) || '@b.example', '', '', '', '',
      '{}', '{}', ''
    FROM generate_series(1, 20000) AS n;
"""
_SCANS = (
    "SELECT pg_stat_get_xact_numscans('customer_name_trigrams'::regclass)"
    " + pg_stat_get_xact_numscans('customer_email_trigrams'::regclass)"
)
_FILTERED = "SELECT customer_id FROM store_customerpersonal WHERE name ILIKE %s OR email ILIKE %s"
WORDS = ("c4ca42", "Firma", "~", "geheim ~o", "100%", "a_b", "\\", "")


@pytest.fixture(scope="module")
def crowd(hall: Hall) -> Iterator[Hall]:
    """The same customers, and 20,000 more."""
    with psycopg.connect(hall.owner_url, autocommit=True) as owner:
        owner.execute("SET troth.system = 'on'")
        owner.execute(_MANY)
        owner.execute("ANALYZE store_customer, store_customerpersonal")
    yield hall


def scans(link: Link) -> int:
    row = link.execute(_SCANS).fetchone()
    assert row is not None
    return int(str(row[0]))


@pytest.mark.parametrize("relation", SEEN)
def test_the_search_uses_the_index_and_a_filtered_query_cannot(crowd: Hall, relation: str) -> None:
    with psycopg.connect(crowd.app_url) as link:
        look(link, relation, crowd.agent_id)
        before = scans(link)
        link.execute("SELECT * FROM troth_search_customers('c4ca42')").fetchall()
        assert scans(link) > before
        before = scans(link)
        link.execute(_FILTERED, ("%c4ca42%",) * 2).fetchall()
        assert scans(link) == before


@pytest.mark.parametrize("relation", SEEN)
@pytest.mark.parametrize("word", WORDS)
def test_the_search_finds_what_a_filtered_query_finds(
    crowd: Hall, relation: str, word: str
) -> None:
    with psycopg.connect(crowd.app_url) as link:
        look(link, relation, crowd.agent_id)
        found = link.execute("SELECT * FROM troth_search_customers(%s)", (word,)).fetchall()
        slow = link.execute(
            "SELECT customer_id FROM store_customerpersonal"
            " WHERE strpos(lower(name), lower(%(word)s)) > 0"
            " OR strpos(lower(email), lower(%(word)s)) > 0",
            {"word": word},
        ).fetchall()
    assert sorted(found) == sorted(slow)
    assert found or (relation, word) in {
        (relation, "100%"), (relation, "a_b"), (relation, "\\"),
        ("own", "Firma"), ("team", "Firma"), ("own", "c4ca42"), ("team", "c4ca42"),
        ("region", "c4ca42"),
    }  # fmt: skip


def test_whoever_may_not_see_names_finds_nobody_by_name(crowd: Hall) -> None:
    with psycopg.connect(crowd.app_url) as link:
        look(link, "all", crowd.agent_id)
        assert link.execute("SELECT * FROM troth_search_customers('Firma')").fetchall()
        look(link, "all", crowd.agent_id, personal="")
        assert not link.execute("SELECT * FROM troth_search_customers('Firma')").fetchall()


@pytest.mark.parametrize("relation", Relation)
def test_the_list_of_customers_finds_by_name_within_the_relation(
    crowd: Hall, relation: Relation, within: pytest.MonkeyPatch
) -> None:
    within(relation)  # type: ignore[operator]
    with crowd.django():
        viewer = crowd.viewer(Role.AGENT)
        found = find_customers(viewer=viewer, q="geheim", size=1000)
        assert {row.id.split("~")[1] for row in found.rows} == SEEN[relation.name.lower()] - {
            "nobody"
        }
        with viewing(viewer, Right.SEE_CUSTOMERS):
            named = Q(customerpersonal__name__icontains="firma c4")
            slow = set(Customer.objects.filter(named).values_list("pk", flat=True))
        fast = find_customers(viewer=viewer, q="firma c4", size=1000)
        assert {row.id for row in fast.rows} == slow
