"""Which database does Django talk to?

The address is known only once the workspace's server runs, which is after Django's settings were
read: so it can be set later, before the first query.
"""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

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
