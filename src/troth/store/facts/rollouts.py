"""What became of the work since a roll-out began: orders and cases with their customers' places?"""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from troth.store.models import CaseWork, Customer, Promise
from troth.store.tables.definitions import DEFINITIONS
from troth.store.tables.parquet import copied, sent

TABLES = ("promises", "cases")
_DECIDED_BY = {"promises": "p.first_decision_id", "cases": "c.decision_id"}


def served_since(table: str, since: datetime) -> pa.Table:
    """The rows of one of TABLES that were first decided at `since` or later, as it has them."""
    definition = DEFINITIONS[table]
    instant = since.astimezone(UTC).isoformat()
    span = (
        f"AND {_DECIDED_BY[table]} IN"
        f" (SELECT d.id FROM store_decision AS d WHERE d.at >= '{instant}'::timestamptz)"
    )
    found = list(copied(definition, sent(definition, definition.query.format(span=span))))
    return pa.concat_tables(found) if found else definition.schema.empty_table()


def decided_at(table: str, since: datetime) -> dict[str, datetime]:
    """The key of each such row, and when it was first decided: which version it is under."""
    if table == "promises":
        orders = Promise.objects.filter(first_decision__at__gte=since)
        return dict(orders.values_list("order_key", "first_decision__at"))
    cases = CaseWork.objects.filter(decision__at__gte=since)
    return dict(cases.values_list("case_key", "decision__at"))


def countries() -> dict[str, str]:
    """The country of each customer that has one."""
    rows = Customer.objects.exclude(country=None).exclude(country="")
    return dict(rows.values_list("id", "country"))
