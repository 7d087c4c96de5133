"""The main job: what does Troth do with a workspace, from its exports to its measures?

Publish what is new in policies/, sync every source, resolve who is who, put customers into tiers,
reckon what they are worth, decide on everything as of its own moment and on what is open as of
now, compare what was promised with what was sent and billed, and place customers into segments by
what came of it. Each stage commits as it goes and finds what an earlier run left: killed anywhere,
the next run ends in the same state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, transaction
from django.utils import timezone

from troth.actions.applying import propose_written
from troth.actions.change_errors import ChangeError
from troth.actions.customers import Resolved, resolve_customers
from troth.actions.decisions import Tally
from troth.actions.freeze_gate import PolicyFrozenError
from troth.actions.freshness import measure_feeds, tell_of_lateness
from troth.actions.holding import holding_of
from troth.actions.merging import RUN_LOCK
from troth.actions.outbox import tell
from troth.actions.policies import written_in
from troth.actions.priorities import decide_priorities
from troth.actions.promises import decide_promises
from troth.actions.reconciling import Reconciled, reconcile
from troth.actions.segments import Segmented, place_customers
from troth.actions.sync import FeedResult, sync_feed
from troth.actions.tiers import Tiered, assign_tiers
from troth.actions.values import Valued, assess_values
from troth.connectors import loading
from troth.connectors.errors import SourceError
from troth.connectors.protocol import Connector, Feed
from troth.connectors.tolerances import tolerances
from troth.connectors.workspace import Workspace
from troth.core.ledger.canonical import digest
from troth.core.policies.changes import ChangeState
from troth.core.records.kinds import KINDS
from troth.store.facts.freshness import waiting_for_stewards
from troth.store.facts.moments import newest_known_at
from troth.store.models import Landing, Run, User
from troth.store.models import PolicyVersion as PolicyRow
from troth.store.queries.viewing import as_the_program
from troth.store.tables import refresh

# Raised when the rules or the way of gathering facts change: what was decided is looked at again.
RULES = 2


class NothingToRunError(Exception):
    """The workspace has no source. Write sources/NAME.yaml (docs/guides/map-a-source.md)."""


class Reporter(Protocol):
    """Who is told how far a run has come."""

    def stage(self, name: str, about: str) -> None: ...

    def progress(self, count: int) -> None: ...


@dataclass(kw_only=True)
class RunResult:
    """What one run did."""

    as_of: datetime | None = None
    published: int = 0
    waiting: str = ""  # the change that policies/ holds and that is not signed; "" where none is
    feeds: list[FeedResult] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)  # feeds that landed nothing, and why
    resolved: Resolved | None = None
    tiered: Tiered | None = None
    valued: Valued | None = None
    promises: Tally = field(default_factory=Tally)
    priorities: Tally = field(default_factory=Tally)
    segmented: Segmented | None = None
    # Feeds under contract, each with its lag and its promise.
    measured: list[dict[str, Any]] = field(default_factory=list)
    reconciled: Reconciled | None = None
    is_unchanged: bool = False  # nothing new had come in since the last finished run

    @property
    def landed(self) -> int:
        return sum(feed.landed for feed in self.feeds)

    @property
    def rejected(self) -> int:
        return sum(feed.rejected for feed in self.feeds)

    @property
    def written(self) -> int:
        """Decisions that were recorded."""
        return self.promises.written + self.priorities.written

    def to_document(self) -> dict[str, Any]:
        """For machines."""
        return {
            "as_of": self.as_of,
            "published": self.published,
            "waiting": self.waiting or None,
            "landed": self.landed,
            "rejected": self.rejected,
            "feeds": [vars(feed) for feed in self.feeds],
            "failures": self.failures,
            "customers": vars(self.resolved) if self.resolved else None,
            "tiers": vars(self.tiered) if self.tiered else None,
            "values": vars(self.valued) if self.valued else None,
            "promises": vars(self.promises),
            "priorities": vars(self.priorities),
            "segments": vars(self.segmented) if self.segmented else None,
            "differences": vars(self.reconciled) if self.reconciled else None,
            "decisions_written": self.written,
            "late": [item["feed"] for item in self.measured if item["is_late"]],
            "is_unchanged": self.is_unchanged,
        }


def run(
    workspace: Workspace,
    *,
    acting_user: User,
    reporter: Reporter,
    at: datetime | None = None,
    is_thorough: bool = False,
) -> RunResult:
    """Run the main job. `at` counts as now; by default the newest `known_at`.

    `is_thorough` looks at everything again though nothing new has come in. A source whose files
    are structurally unusable lands nothing and is named in `failures`; the others land.
    Raises NothingToRunError, PolicyFileError, MappingError.
    """
    connectors = load_connectors(workspace)
    with as_the_program(), _one_run_at_a_time():
        journal = Run.objects.create(started_at=timezone.now(), stage="sync")
        result = RunResult()
        reporter.stage("policies", "publish policies")
        _apply_policies(workspace, result, acting_user)
        _sync_all(connectors, result, acting_user, reporter)
        result.as_of = at or newest_known_at()
        if result.as_of is not None:
            result.measured = measure_feeds(workspace, as_of=result.as_of)
            state = _state(workspace, result.as_of, result.measured)
            journal.as_of = result.as_of
            if result.measured:  # decisions go by it, so it is there before they are
                journal.summary = {"feeds": result.measured}
            journal.save()
            result.is_unchanged = not is_thorough and _is_done(state)
            if not result.is_unchanged:
                _decide_all(workspace, result, acting_user, reporter, journal)
            journal.summary |= {"state": state}
        journal.as_of = result.as_of
        journal.stage = "finished"
        journal.finished_at = timezone.now()
        journal.summary |= {
            "landed": result.landed,
            "rejected": result.rejected,
            "decisions_written": result.written,
            "failures": result.failures,
        }
        with transaction.atomic():
            journal.save()
            tell("run.finished", _finished(journal, result))
            tell_of_lateness(result.measured, run=journal)
    return result


def _finished(journal: Run, result: RunResult) -> dict[str, Any]:
    return {
        "run_id": str(journal.pk),
        "as_of": result.as_of,
        "landed": result.landed,
        "rejected": result.rejected,
        "decisions_written": result.written,
        "failed_feeds": len(result.failures),
        "is_unchanged": result.is_unchanged,
    }


def load_connectors(workspace: Workspace) -> list[tuple[Connector, Feed]]:
    """Every feed of every source, in the order in which records refer to each other.

    Raises NothingToRunError, MappingError; two feeds of one system for one kind are an error.
    """
    holding = holding_of(workspace)
    loaded = [
        loading.load(path, workspace=workspace.directory, holding=holding)
        for path in workspace.sources
    ]
    if not loaded:
        raise NothingToRunError(
            f"{workspace.directory / 'sources'} has no source. "
            "Write sources/NAME.yaml; docs/guides/map-a-source.md tells how."
        )
    order = {kind.name: place for place, kind in enumerate(KINDS)}
    feeds = [(connector, feed) for connector in loaded for feed in connector.feeds()]
    return sorted(feeds, key=lambda item: (order[item[1].record], item[0].name, item[1].name))


def _apply_policies(workspace: Workspace, result: RunResult, acting_user: User) -> None:
    """What is new in policies/ is published where nobody has to sign, and else proposed once; the
    run goes on with what is in force."""
    written = written_in(workspace.policies)
    try:
        change = propose_written(written, acting_user=acting_user, is_automatic=True)
    except ChangeError as error:
        result.failures.append(f"policies: {error}")
        return
    except PolicyFrozenError:
        result.failures.append(
            "policies: what is new is held up by a freeze and was not published. "
            "`troth policy apply` says by which."
        )
        return
    if change is None:
        return
    if change.state == ChangeState.SCHEDULED.value:
        result.published = len(change.versions)
    else:
        result.waiting = change.pk


def _sync_all(
    connectors: list[tuple[Connector, Feed]],
    result: RunResult,
    acting_user: User,
    reporter: Reporter,
) -> None:
    for connector, feed in connectors:
        reporter.stage("sync", f"sync {connector.name}/{feed.name}")
        try:
            result.feeds.append(
                sync_feed(connector, feed, acting_user=acting_user, progress=reporter.progress)
            )
        except SourceError as error:
            result.failures.append(f"{connector.name}/{feed.name}: {error}")


_STAGES = (
    ("resolve", "resolve who is who"),
    ("tier", "put customers into tiers"),
    ("value", "reckon what customers are worth"),
    ("promise", "promise orders"),
    ("reconcile", "compare order, shipment and invoice"),
    ("prioritise", "prioritise cases"),
    ("segment", "place customers into segments"),
    ("measure", "bring the measures' tables up"),
)


def _decide_all(
    workspace: Workspace,
    result: RunResult,
    acting_user: User,
    reporter: Reporter,
    journal: Run,
) -> None:
    for name, about in _STAGES:
        reporter.stage(name, about)
        Run.objects.filter(pk=journal.pk).update(stage=name)
        _do(name, workspace, result, acting_user, reporter)


def _do(
    stage: str, workspace: Workspace, result: RunResult, acting_user: User, reporter: Reporter
) -> None:
    as_of, currency = result.as_of, workspace.currency
    assert as_of is not None
    if stage == "resolve":
        result.resolved = resolve_customers(acting_user=acting_user)
    elif stage == "tier":
        result.tiered = assign_tiers(as_of=as_of, currency=currency, acting_user=acting_user)
    elif stage == "value":
        result.valued = assess_values(as_of=as_of, currency=currency, acting_user=acting_user)
    elif stage == "promise":
        result.promises = decide_promises(
            as_of=as_of, acting_user=acting_user, progress=reporter.progress
        )
    elif stage == "reconcile":
        result.reconciled = reconcile(
            as_of=as_of,
            tolerances=tolerances(workspace.directory),
            acting_user=acting_user,
            progress=reporter.progress,
        )
    elif stage == "prioritise":
        result.priorities = decide_priorities(
            as_of=as_of, acting_user=acting_user, progress=reporter.progress
        )
    elif stage == "segment":
        result.segmented = place_customers(as_of=as_of, currency=currency, acting_user=acting_user)
    else:
        refresh(workspace.private / "tables")


def _state(workspace: Workspace, as_of: datetime, measured: list[dict[str, Any]]) -> str:
    """What a finished run's outcome depends on."""
    newest = Landing.objects.order_by("-id").values_list("id", flat=True).first()
    versions = sorted(PolicyRow.objects.values_list("id", flat=True))
    depends: dict[str, Any] = {
        "rules": RULES,
        "as_of": as_of,
        "landing": newest or 0,
        "policies": versions,
        "tolerances": vars(tolerances(workspace.directory)),
    }
    if measured:
        told = ("feed", "newest_known_at", "promised_seconds")
        depends["feeds"] = [{name: item[name] for name in told} for item in measured]
        depends["unverified"] = waiting_for_stewards()
    return digest(depends)


def _is_done(state: str) -> bool:
    last = Run.objects.exclude(finished_at=None).order_by("-id").first()
    return last is not None and last.summary.get("state") == state


@contextmanager
def _one_run_at_a_time() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [RUN_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [RUN_LOCK])
