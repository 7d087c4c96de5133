"""How do commands show tables, progress and JSON?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table

from troth.core.ledger.canonical import plain

# No emoji: `row:date:unreadable` is a code, not a calendar.
OUT = Console(highlight=False, emoji=False)
ERR = Console(stderr=True, highlight=False, emoji=False)


def print_json(value: Any) -> None:
    """A value as JSON on standard output: decimals as text, instants in UTC."""
    json.dump(plain(value), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()
) -> None:
    """A table on standard output; `right` names the columns of numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    OUT.print(table)


def progress_bars(*, is_quiet: bool) -> Progress:
    """Progress on standard error: moving where it is a terminal, nothing where it is not."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=ERR,
        transient=True,
        disable=is_quiet or not ERR.is_terminal,
    )


class BarReporter:
    """Shows a bar for each step of a long work."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def stage(self, name: str, about: str) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(about, total=None)
        if not self._bars.console.is_terminal:
            self._bars.console.print(f"… {about}", style="dim")

    def progress(self, count: int) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=count)
