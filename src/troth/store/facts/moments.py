"""Which instant counts as now, when nobody says?"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from psycopg import sql

from troth.store.models.facts import table_name

# What happens, rather than describes: the newest of these is the last thing that anyone knew.
HAPPENING = (
    "order",
    "shipment",
    "return",
    "invoice_line",
    "case",
    "case_event",
    "interaction",
    "survey_response",
)


def newest_known_at() -> datetime | None:
    """The newest `known_at` of anything that happened; None where nothing has landed."""
    union = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT max(known_at) AS known_at FROM {}").format(sql.Identifier(table_name(kind)))
        for kind in HAPPENING
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT max(known_at) FROM ({}) AS newest").format(union))
        found: datetime | None = cursor.fetchone()[0]
    return found
