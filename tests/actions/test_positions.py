"""Does a position stand for what was landed, whenever the sync is cut off?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.connectors.asked import Asked, laid, order

from troth.actions import sync
from troth.actions.people import system_user
from troth.actions.sync import FeedResult, sync_feed
from troth.actions.verifying import verify_log
from troth.connectors.files.reading import FilesReading
from troth.store.models import FACTS, Landing, QuarantinedRow, SourcePosition
from troth.store.server import Server

ROWS = 24


@pytest.fixture
def source(own_database: Server, tmp_path: Path) -> Iterator[Asked]:
    with laid("sql-sqlite", tmp_path, [order(n) for n in range(ROWS)]) as asked:
        yield asked


def synced(source: Asked, *, is_whole: bool = False) -> FeedResult:
    (feed,) = source.connector.feeds()
    return sync_feed(source.connector, feed, acting_user=system_user(), is_whole=is_whole)


def versions() -> list[tuple[str, int]]:
    return list(FACTS["order"]._default_manager.order_by("key").values_list("key", "revision"))


def position() -> str | None:
    return SourcePosition.objects.values_list("position", flat=True).first()


class _Killed(BaseException):
    """The process ends here."""


def _cut_off(source: Asked, after: int, where: str) -> None:
    """Sync in batches of five rows, and end at the so-manieth call of something."""
    real = getattr(sync, where)
    changed = FilesReading.changed
    calls = 0

    def counted(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise _Killed
        return real(*args, **named)

    def small(reading: FilesReading, landed: Any) -> Any:
        return changed(reading, landed, batch_rows=5)

    with (
        mock.patch.object(FilesReading, "changed", small),
        mock.patch.object(sync, where, counted),
        pytest.raises(_Killed),
    ):
        synced(source)


@pytest.mark.parametrize(
    ("after", "where"),
    [(0, "land_batch"), (2, "land_batch"), (4, "keep_leaves"), (0, "_go_on_from")],
)
def test_a_sync_that_is_cut_off_leaves_no_position_and_the_next_lands_the_rest_once(
    source: Asked, after: int, where: str
) -> None:
    _cut_off(source, after, where)
    landed = len(versions())
    assert landed < ROWS
    assert position() is None
    assert synced(source).landed == ROWS - landed
    assert versions() == [(f"shop:{n:05}", 1) for n in range(ROWS)]
    assert position() is not None
    assert synced(source).landed == 0


def test_a_position_is_written_in_the_transaction_of_the_last_rows(source: Asked) -> None:
    real = sync._go_on_from
    landings = []

    def seen(*args: Any) -> None:
        real(*args)
        landings.append(Landing.objects.count())
        raise _Killed

    with mock.patch.object(sync, "_go_on_from", seen), pytest.raises(_Killed):
        synced(source)
    assert landings == [1]
    assert (Landing.objects.count(), SourcePosition.objects.count(), versions()) == (0, 0, [])


def test_a_later_sync_reads_what_changed_and_moves_the_position(source: Asked) -> None:
    synced(source)
    before = position()
    source.put([order(3, amount="99", changed="2024-06-01 08:00:00")])
    assert synced(source).landed == 1
    assert position() != before
    assert SourcePosition.objects.count() == 1
    again = synced(source)
    assert (again.landed, again.rows_read) == (0, 1)  # the row at the mark is read once more


def test_a_sync_that_finds_nothing_writes_nothing(source: Asked) -> None:
    synced(source)
    before = list(SourcePosition.objects.values())
    assert synced(source).landed == 0
    assert list(SourcePosition.objects.values()) == before


def test_rows_that_are_rejected_are_kept_before_the_position_moves_past_them(
    source: Asked,
) -> None:
    synced(source)
    source.put([order(30, amount="many", changed="2024-06-01 08:00:00")])
    with mock.patch.object(sync, "_go_on_from", side_effect=_Killed), pytest.raises(_Killed):
        synced(source)
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 1
    assert synced(source).rejected == 1
    source.put([order(40, changed="2024-06-03 08:00:00")])
    assert synced(source).landed == 1
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 1  # nobody mended it yet
    source.put([order(30, amount="5", changed="2024-06-04 08:00:00")])
    assert synced(source).landed == 1
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 0


def test_a_whole_sync_finds_what_is_gone_and_closes_faults_that_are_over(source: Asked) -> None:
    source.put([order(30, amount="many")])
    synced(source)
    source.take("00003")
    source.take("00030")
    assert synced(source).gone == 0
    result = synced(source, is_whole=True)
    assert (result.gone, result.rejected) == (1, 0)
    assert QuarantinedRow.objects.filter(resolved_at=None).count() == 0


def test_the_log_commits_to_each_position(source: Asked) -> None:
    synced(source)
    source.put([order(50, changed="2024-06-01 08:00:00")])
    synced(source)
    assert verify_log(acting_user=system_user()).fault is None
    SourcePosition.objects.update(position='{"after": "2030", "kind": "text", "reads": ""}')
    assert verify_log(acting_user=system_user()).fault is not None
