"""Which database does Django talk to?

The address is known only once the workspace's server runs, which is after Django's settings were
read: so it can be set later, before the first query.
"""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

ALIASES = ("default", "owner")


def database_settings(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a postgresql:// URL."""
    parts = conninfo_to_dict(url)
    options = {
        name: value
        for name, value in parts.items()
        if name not in ("host", "port", "user", "password", "dbname") and value is not None
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname") or "troth",
        "USER": parts.get("user") or "",
        "PASSWORD": parts.get("password") or "",
        "HOST": parts.get("host") or "",
        "PORT": str(parts.get("port") or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def connect_to(connections: Any, *, app_url: str, owner_url: str) -> None:
    """Point both of Django's connections at a server; open ones are closed first.

    `connections` is `django.db.connections`; it is handed in because this module is read by the
    settings, before Django is ready.
    """
    for alias, url in zip(ALIASES, (app_url, owner_url), strict=True):
        connections[alias].close()
        connections[alias].settings_dict.update(database_settings(url))
        connections.settings[alias].update(database_settings(url))


def database_urls(connections: Any) -> tuple[str, str]:
    """The application's and the owner's address of the database in use. They hold passwords."""
    app, owner = (_written(connections[alias].settings_dict) for alias in ALIASES)
    return app, owner


def _written(given: dict[str, Any]) -> str:
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST",
             "port": "PORT"}  # fmt: skip
    parts = {name: given[key] for name, key in named.items() if given[key]}
    return make_conninfo(**parts, **given["OPTIONS"])
