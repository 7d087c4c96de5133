"""Which rows really changed, as the database saw it: triggers that know nothing of our actions."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import psycopg
from django.apps import apps
from psycopg import sql
from tests.databases import unhidden

from troth.store.row_content import UNRECORDED

# What changes at every sign-in, without a decision.
_NOT_A_CHANGE = ("last_login", "last_used_on")

Change = tuple[str, str, str]  # table, key, op

_FUNCTION = """
CREATE TABLE seen_change (
  place bigserial, transaction xid8, table_name text, key text, op text
);
GRANT INSERT ON seen_change TO troth_app;
GRANT USAGE ON SEQUENCE seen_change_place_seq TO troth_app;
CREATE FUNCTION see_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public AS $$
DECLARE
  found jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
  key text;
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) <> to_jsonb(OLD)
     AND to_jsonb(NEW) - %(quiet)s::text[] = to_jsonb(OLD) - %(quiet)s::text[] THEN
    RETURN NULL;
  END IF;
  IF TG_NARGS = 1 THEN
    key := found->>TG_ARGV[0];
  ELSE
    SELECT jsonb_agg(found->name ORDER BY place)::text INTO key
      FROM unnest(TG_ARGV) WITH ORDINALITY AS item (name, place);
  END IF;
  INSERT INTO seen_change (transaction, table_name, key, op)
    VALUES (pg_current_xact_id(), TG_TABLE_NAME, key, lower(TG_OP));
  RETURN NULL;
END
$$;
CREATE TABLE seen_entry (transaction xid8, entry bigint);
CREATE FUNCTION see_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public AS $$
BEGIN
  INSERT INTO seen_entry VALUES (pg_current_xact_id(), NEW.index);
  RETURN NULL;
END
$$;
CREATE TRIGGER see AFTER INSERT ON store_auditentry FOR EACH ROW EXECUTE FUNCTION see_entry();
"""


def watched_tables() -> dict[str, tuple[str, ...]]:
    """Each table of ours that is not exempt → the columns of its primary key."""
    return {
        model._meta.db_table: tuple(str(field.column) for field in model._meta.pk_fields)
        for model in apps.get_app_config("store").get_models()
        if model._meta.db_table not in UNRECORDED
    }


def watch(owner_url: str) -> None:
    """From now on, remember each changed row with its transaction."""
    with psycopg.connect(unhidden(owner_url), autocommit=True) as owner:
        quiet = sql.Literal(list(_NOT_A_CHANGE)).as_string(owner)
        owner.execute(_FUNCTION.replace("%(quiet)s", quiet).encode())
        for table, key in watched_tables().items():
            owner.execute(
                sql.SQL(
                    "CREATE TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON {}"
                    " FOR EACH ROW EXECUTE FUNCTION see_change({})"
                ).format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Literal, key)))
            )


def changes_seen(owner_url: str) -> dict[str, set[Change]]:
    """Transaction → the changes that are left of it: of several to one row, the last."""
    last: dict[str, dict[tuple[str, str], tuple[str, str]]] = defaultdict(dict)
    with psycopg.connect(unhidden(owner_url)) as owner:
        for transaction, table, key, op in owner.execute(
            "SELECT transaction::text, table_name, key, op FROM seen_change ORDER BY place"
        ):
            first = last[transaction].get((table, key), (op, op))[0]
            last[transaction][table, key] = (first, op)
    return {
        transaction: {
            (table, key, "delete" if op == "delete" else "write")
            for (table, key), (first, op) in changes.items()
            if (first, op) != ("insert", "delete")  # never there for anybody else
        }
        for transaction, changes in last.items()
    }


def changes_claimed(owner_url: str) -> dict[str, set[Change]]:
    """Transaction → the rows that its audit entries commit to."""
    claimed: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    with psycopg.connect(unhidden(owner_url)) as owner:
        for transaction, table, key, op in owner.execute(
            "SELECT transaction::text, table_name, key, op FROM seen_entry"
            " JOIN store_auditrow ON entry_id = entry ORDER BY entry, position"
        ):
            claimed[transaction][table, key] = op
        for transaction, envelope in owner.execute(
            "SELECT transaction::text, envelope FROM seen_entry"
            " JOIN store_auditentry ON index = entry"
        ).fetchall():
            facts = json.loads(envelope)["facts"]
            if facts is not None:
                for table, key in _facts(owner, transaction, facts):
                    claimed[transaction][table, key] = "write"
    return {
        transaction: {(table, key, op) for (table, key), op in rows.items()}
        for transaction, rows in claimed.items()
    }


def _facts(
    owner: psycopg.Connection[Any], transaction: str, facts: dict[str, Any]
) -> list[tuple[str, str]]:
    """The rows of a landing, and their personal parts, which the same row hash covers.

    A personal part may have been erased since, so those that were written are asked for.
    """
    kind = facts["kind"]
    landed = owner.execute(
        sql.SQL("SELECT key, revision, region FROM {} WHERE landing_id = %s").format(
            sql.Identifier(f"fact_{kind}")
        ),
        [facts["landing"]],
    ).fetchall()
    written = owner.execute(
        "SELECT key FROM seen_change"
        " WHERE transaction::text = %s AND table_name = 'fact_personal' AND op = 'insert'",
        [transaction],
    )
    seen = {key for (key,) in written}
    personal = {json.dumps([kind, *key]) for key in landed} & seen
    found = [(f"fact_{kind}", json.dumps(list(key))) for key in landed]
    return found + [("fact_personal", key) for key in sorted(personal)]
