"""Is this process alive, can it serve, and what do its figures say?"""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from troth.store.models import Clock, Decision, Promise, QuarantinedRow
from troth.store.queries.outbox import backlog_now
from troth.store.queries.viewing import as_the_program

_OPEN_PROMISES = Gauge("troth_promises_open", "Promises not yet kept or broken.")
_LATE_PROMISES = Gauge("troth_promises_late", "Open promises past their date.")
_BREACHED = Gauge("troth_clocks_breached_running", "Running clocks past their due time.")
_QUARANTINED = Gauge("troth_quarantined_rows", "Rows that wait in quarantine.")
_OUTBOX_WAITING = Gauge("troth_outbox_waiting", "Messages that wait to be sent.")
_OUTBOX_OLDEST = Gauge("troth_outbox_oldest_seconds", "Age of the oldest message that waits.")
_OUTBOX_DEAD = Gauge("troth_outbox_dead", "Messages that could not be sent.")
_DECISIONS = Gauge("troth_decisions_recorded", "Decisions ever recorded.")


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and has this version's tables; 503 where it has not."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connections["default"])
        behind = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return JsonResponse({"status": "waiting", "database": "does not answer"}, status=503)
    if behind:
        return JsonResponse(
            {"status": "waiting", "database": f"{behind} migrations behind"}, status=503
        )
    return JsonResponse({"status": "ready"})


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: what this process counted, and the state of the work."""
    with as_the_program():
        _OPEN_PROMISES.set(Promise.objects.filter(state__in=["open", "late"]).count())
        _LATE_PROMISES.set(Promise.objects.filter(state="late").count())
        _BREACHED.set(Clock.objects.filter(state="in_progress", breached=True).count())
        _QUARANTINED.set(QuarantinedRow.objects.filter(resolved_at=None).count())
        _DECISIONS.set(Decision.objects.count())
    outbox = backlog_now()
    age = timezone.now() - outbox.oldest_at if outbox.oldest_at else timedelta(0)
    _OUTBOX_WAITING.set(outbox.waiting)
    _OUTBOX_OLDEST.set(age.total_seconds())
    _OUTBOX_DEAD.set(outbox.dead)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
