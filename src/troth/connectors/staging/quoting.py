"""How does a name or a value stand in SQL so that it can be nothing else?"""

from __future__ import annotations

from troth.connectors.columns import sql_type
from troth.core.records.fields import FieldType


def ident(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted string."""
    return "'" + value.replace("'", "''") + "'"


def literal(value: str | None, field_type: FieldType) -> str:
    """A value of the mapping as a typed SQL literal."""
    kind = sql_type(field_type)
    return f"CAST(NULL AS {kind})" if value is None else f"CAST({text(value)} AS {kind})"


def any_of(conditions: list[str]) -> str:
    """True where one of them is."""
    return "(" + " OR ".join(conditions) + ")" if conditions else "FALSE"
