"""Does each row of precedence.md come out as it says, read plainly and from a compiled book?"""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from troth.core.policies.book import PolicyBook
from troth.core.policies.resolution import resolve
from troth.core.policies.scopes import Layer, Scope, Subject
from troth.core.policies.versions import PolicyVersion

AT = datetime(2026, 3, 1, tzinfo=UTC)
OUTPUTS = {
    "quantile": ("lead_time", "service_quantile", Decimal),
    "ceiling": ("lead_time", "maximum_lead_time_days", int),
    "history": ("lead_time", "history_days", int),
    "opens": ("delivery", "window_opens", str),
}
SCOPES = {
    "customer": Scope(layer=Layer.CUSTOMER, key="own"),
    "parent": Scope(layer=Layer.CUSTOMER, key="parent"),
    "contract": Scope(layer=Layer.CONTRACT, key="first"),
    "2nd contract": Scope(layer=Layer.CONTRACT, key="second"),
    "tier": Scope(layer=Layer.TIER, key="gold"),
    "segment": Scope(layer=Layer.SEGMENT, key="first"),
    "2nd segment": Scope(layer=Layer.SEGMENT, key="second"),
    "subregion": Scope(layer=Layer.REGION, key="BR-SP"),
    "region": Scope(layer=Layer.REGION, key="BR"),
    "company": Scope(layer=Layer.COMPANY),
    "law": Scope(layer=Layer.GUARDRAIL, key="law"),
    "company rail": Scope(layer=Layer.GUARDRAIL, key="company"),
}
SUBJECT = Subject(
    customers=("own", "parent"),
    contracts=("first", "second"),
    tier="gold",
    segments=("first", "second"),
    regions=("BR-SP", "BR"),
)


def rows() -> list[dict[str, str]]:
    text = Path(__file__).with_name("precedence.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def bound(cell: str, read: Any) -> dict[str, Any]:
    if cell.startswith("{"):
        return {"allowed": tuple(read(item) for item in cell.strip("{}").split())}
    return {{"≥": "minimum", "≤": "maximum"}[cell[0]]: read(cell[1:])}


def versions(row: dict[str, str], kind: str, output: str, read: Any) -> list[PolicyVersion]:
    return [
        PolicyVersion(
            kind=kind,
            scope=scope,
            number=1,
            effective_from=AT,
            effective_to=None,
            published_at=AT,
            outputs={
                output: bound(row[name], read)
                if scope.layer is Layer.GUARDRAIL
                else read(row[name])
            },
            author="a steward",
            reason="the case of the table",
        )
        for name, scope in SCOPES.items()
        if row[name]
    ]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["the case"])
def test_each_row_of_the_table_comes_out_as_it_says(row: dict[str, str]) -> None:
    kind, output, read = OUTPUTS[row["output"]]
    policies = versions(row, kind, output, read)
    expected = None if row["answer"] == "none" else read(row["answer"])
    plain = resolve(kind, policies, SUBJECT, at=AT, known_at=AT)
    compiled = PolicyBook.compile(policies).resolve(kind, SUBJECT, AT)
    for resolution in (plain, compiled):
        found = next(item for item in resolution.outputs if item.output == output)
        assert found.value == expected
        scope = SCOPES.get(row["from"])
        came_from = ("default", "") if scope is None else (scope.layer.value, scope.key)
        assert (found.layer, found.scope) == came_from


def test_the_table_is_read_whole() -> None:
    assert len(rows()) == 39
