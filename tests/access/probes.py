"""How is each operation, page, chart and export asked for, and under which right?

One line each. Something that is added to Troth is added here, in api_probes.py or page_probes.py,
or `test_matrix.py` fails and says so; then `python tools/access_matrix.py` adds its cells to
matrix.csv, to be reviewed.
"""

from __future__ import annotations

from tests.access.api_probes import API
from tests.access.page_probes import PAGES
from tests.access.probe import Probe

from troth.analysis.metrics import catalog
from troth.core.access.roles import Right

__all__ = ["API", "EXPORTS", "NOBODYS", "PAGES", "PROBES", "Probe"]

_R = Right

# Addresses that tell nothing of a customer, each with its reason.
NOBODYS = {
    "account": "the reader's own account",
    "add_token": "the reader's own account",
    "end_session": "the reader's own account",
    "end_token": "the reader's own account",
    "password": "the reader's own account",
    "recovery_codes": "the reader's own account",
    "second_factor": "the reader's own account",
    "second_factor_off": "the reader's own account",
    "asset": "scripts and styles",
    "language": "keeps the reader's own language",
    "parts": "a page of components, while developing alone",
    "picture": "every chart has its own line",
    "measure": "every metric has its own line",
    "shared": "inputs that many receipts share: statistics of lanes, calendars",
    "sign_in": "before anybody is known",
    "sign_in_link": "before anybody is known",
    "sign_out": "ends the reader's own session",
}

_MEASURED = tuple(
    probe
    for metric in catalog()
    for probe in (
        Probe(
            surface="metric",
            name=metric.name,
            address=f"/api/v1/metrics/{metric.name}?by=customer",
            right=_R.SEE_MEASURES,
            judged="listed",
            mark="customer",
        ),
        Probe(
            surface="page",
            name=f"measure {metric.name}",
            address=f"/measures/{metric.name}?by=region",
            right=_R.SEE_MEASURES,
            judged="listed",
            mark="region",
        ),
        Probe(
            surface="chart",
            name=metric.name,
            address=f"/measures/{metric.name}.svg?by=region",
            right=_R.SEE_MEASURES,
            judged="listed",
            mark="region",
        ),
    )
)

EXPORTS = tuple(
    Probe(
        surface="export",
        name=f"{name}.csv",
        address=f"{address}?format=csv",
        right=right,
        judged="listed" if mark else "common",
        mark=mark,
    )
    for name, address, right, mark in (
        ("customers", "/customers", _R.SEE_CUSTOMERS, "customer"),
        ("segments", "/segments", _R.SEE_CUSTOMERS, ""),
        ("segment_customers", "/segments/customers", _R.SEE_CUSTOMERS, "customer"),
        ("values", "/value", _R.SEE_CUSTOMERS, "customer"),
        ("questions", "/questions", _R.SEE_CUSTOMERS, "question"),
        ("orders", "/orders", _R.SEE_ORDERS, "order"),
        ("differences", "/differences", _R.SEE_ORDERS, "difference"),
        ("cases", "/cases", _R.SEE_CASES, "case"),
        ("decisions", "/decisions", _R.SEE_DECISIONS, "decision"),
        ("policies", "/policies", _R.SEE_POLICIES, "policy"),
        ("rollouts", "/rollouts", _R.SEE_POLICIES, "rollout"),
        ("changes", "/changes", _R.SEE_POLICIES, "change"),
        ("freezes", "/freezes", _R.SEE_POLICIES, "freeze"),
        ("outbox", "/outbox", _R.SEE_OUTBOX, "message"),
        ("quarantine", "/quarantine", _R.SEE_QUARANTINE, ""),
        ("audit", "/audit", _R.SEE_AUDIT, ""),
    )
)

PROBES = (*API, *PAGES, *_MEASURED, *EXPORTS)
