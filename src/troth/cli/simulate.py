"""`troth simulate DIR`: make a company that does not exist."""

from __future__ import annotations

from pathlib import Path

import click

from troth.cli.printing import OUT, print_table, progress_bars
from troth.connectors.simulated import advance, simulate
from troth.connectors.starter import write_starter_policies
from troth.connectors.workspace import FILE_NAME, make_workspace


@click.command("simulate")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--customers", default=1000, show_default=True)
@click.option("--months", default=12, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--orders", type=int, help="About how many orders; by default what customers place.")
@click.option("--advance", "more_months", type=int, help="Let so many more months pass instead.")
def command(
    directory: Path,
    customers: int,
    months: int,
    seed: int,
    orders: int | None,
    more_months: int | None,
) -> None:
    """Write exports, source mappings and hidden truth into DIRECTORY, a workspace then."""
    if not (directory / FILE_NAME).exists():
        directory.mkdir(parents=True, exist_ok=True)
        make_workspace(directory, name="Simulated company", now="data")
    write_starter_policies(directory / "policies", currency="EUR")
    with progress_bars(is_quiet=False) as bars:
        task = bars.add_task("simulate", total=100)

        def progress(share: float) -> None:
            bars.update(task, completed=int(share * 100))

        if more_months is not None:
            made = advance(directory, months=more_months, progress=progress)
        else:
            made = simulate(
                directory,
                customers=customers,
                months=months,
                seed=seed,
                orders_target=orders,
                progress=progress,
            )
    OUT.print(
        f"{made.customers:,} customers, {made.orders:,} orders, {made.cases:,} cases "
        f"from {made.starts_at:%Y-%m-%d} to {made.until:%Y-%m-%d} (exclusive)."
    )
    print_table(
        "Files",
        ("file", "rows"),
        [(name, f"{rows:,}") for name, rows in made.rows.items()],
        right=("rows",),
    )
