"""`troth metrics`: measure what was promised and kept."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence

import click

from troth.actions.measures import measured
from troth.analysis.metrics import MetricError, Row, catalog, metric_named
from troth.cli.printing import print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.store.models import User
from troth.store.queries.viewing import Viewer, viewer_of
from troth.store.tables import TablesMissingError


@click.command("metrics")
@click.argument("name", required=False)
@click.option("--by", help="Dimensions, by commas: tier, segment, region, month, customer, lane…")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--csv", "as_csv", is_flag=True, help="For spreadsheets.")
@click.option("--catalog", "is_catalog", is_flag=True, help="What each measure means.")
@needs_database
def command(
    name: str | None,
    by: str | None,
    as_json: bool,
    as_csv: bool,
    is_catalog: bool,
    workspace: Workspace,
    acting_user: User,
) -> None:
    """Measure NAME, or everything, by some dimensions."""
    if is_catalog:
        print_json([entry.as_json() for entry in catalog()])
        return
    dimensions = [part.strip() for part in (by or "").split(",") if part.strip()]
    try:
        rows = measured(
            workspace.private,
            viewer=viewer_of(acting_user),
            metrics=[name] if name else None,
            by=dimensions,
        )
    except (MetricError, TablesMissingError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json([plain_row(row) for row in rows])
    elif as_csv:
        _print_csv(rows, dimensions)
    else:
        print_table(
            name or "Measures",
            ("measure", *dimensions, "value", "unit", "of", "left out", "complete"),
            [_cells(row, dimensions) for row in rows],
            right=("value", "of", "left out"),
        )


def plain_row(row: Row) -> dict[str, object]:
    """A row with its figures as text: JSON's numbers are not exact."""
    document = row.as_json()
    for key in ("value", "numerator"):
        document[key] = None if document[key] is None else repr(document[key])
    return document


def shown(row: Row) -> str:
    """A value in its metric's unit."""
    if row.value is None:
        return "no value"
    if metric_named(row.metric).unit == "percent":
        return f"{row.value:.1f}"
    return f"{row.value:.2f}"


def _cells(row: Row, dimensions: Sequence[str]) -> tuple[str, ...]:
    return (
        row.metric,
        *(row.dimensions[name] for name in dimensions),
        shown(row),
        str(metric_named(row.metric).unit),
        f"{row.denominator:,}",
        f"{sum(row.excluded.values()):,}",
        "yes" if row.is_complete else "no",
    )


def _print_csv(rows: Sequence[Row], dimensions: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(["metric", *dimensions, "value", "unit", "numerator", "denominator", "n"])
    for row in rows:
        writer.writerow(
            [
                row.metric,
                *(row.dimensions[name] for name in dimensions),
                row.value,
                metric_named(row.metric).unit,
                row.numerator,
                row.denominator,
                row.n,
            ]
        )


def headline(workspace: Workspace, viewer: Viewer) -> list[tuple[str, str, str, str]]:
    """(question, value with its unit, of how many, measure) of every measure, for a summary."""
    return [
        (
            metric_named(row.metric).title,
            f"{shown(row)} {metric_named(row.metric).unit}",
            f"{row.denominator:,}",
            row.metric,
        )
        for row in measured(workspace.private, viewer=viewer)
    ]
