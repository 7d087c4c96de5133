"""Does the server have the roles that row-level security stands on, and if not, what makes them?

On a server that Troth launches, `store.server.provision` makes them. On one of yours a superuser
does: BYPASSRLS is his to give.
"""

from __future__ import annotations

from typing import Any

from psycopg import sql

from troth.store.protection import LOADER, SEARCHER

_FOUND = """
    SELECT
      (SELECT rolbypassrls FROM pg_roles WHERE rolname = %(loader)s),
      EXISTS (SELECT FROM pg_roles WHERE rolname = %(searcher)s),
      current_setting('server_version_num')::int >= 160000
"""
_GIVEN = """
    SELECT
      pg_has_role(%(app)s, %(loader)s, 'MEMBER'),
      pg_has_role(%(owner)s, %(searcher)s, 'MEMBER'),
      pg_has_role(%(owner)s, %(searcher)s, 'USAGE'),
      has_schema_privilege(%(loader)s, 'public', 'USAGE'),
      has_schema_privilege(%(searcher)s, 'public', 'USAGE')
      AND has_schema_privilege(%(searcher)s, 'public', 'CREATE')
"""


def missing_roles(connection: Any, *, app: str, owner: str) -> list[str]:
    """The statements that a superuser still has to run; `connection` is Django's, to the database.

    `app` and `owner` are the names of the roles that sign in; a superuser needs none of it.
    """
    names = {"app": app, "owner": owner, "loader": LOADER, "searcher": SEARCHER}
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, names)
        passes, has_searcher, says_inherit = cursor.fetchone()
        given = (False, False, False, False, False)
        if passes is not None and has_searcher:
            cursor.execute(_GIVEN, names)
            given = cursor.fetchone()
    loads, searches, sees, may_load, may_search = given
    only_set = " WITH INHERIT FALSE, SET TRUE" if says_inherit else ""
    wanted = [
        (passes is None, f"CREATE ROLE {LOADER} NOLOGIN BYPASSRLS"),
        (passes is False, f"ALTER ROLE {LOADER} BYPASSRLS"),
        (not has_searcher, f"CREATE ROLE {SEARCHER} NOLOGIN"),
        (not says_inherit and (sees or not searches), f"ALTER ROLE {_name(owner)} NOINHERIT"),
        (not loads, f"GRANT {LOADER} TO {_name(app)}{only_set}"),
        # A member that inherits would see all that the searcher sees.
        (sees or not searches, f"GRANT {SEARCHER} TO {_name(owner)}{only_set}"),
        (not may_load, f"GRANT USAGE ON SCHEMA public TO {LOADER}"),
        (not may_search, f"GRANT USAGE, CREATE ON SCHEMA public TO {SEARCHER}"),
    ]
    return [f"{statement};" for is_wanted, statement in wanted if is_wanted]


def _name(role: str) -> str:
    return sql.Identifier(role).as_string(None)
