"""A client as a process of its own: it writes until it is told that each write was done.

`python -m tests.scenarios.writers` with a JSON of what to do on its standard input. Each write is
one event that lands a new record under an idempotency key of its own; what was acknowledged is
printed line by line, so that whoever kills the server knows afterwards what was promised.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

PATIENCE_SECONDS = 240.0


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one client writes."""

    client: int
    count: int
    way: str  # "http" or "actions"
    port: int = 0
    token: str = ""


def event(client: int, number: int) -> dict[str, object]:
    """An order that nobody else writes."""
    return {
        "specversion": "1.0",
        "id": f"{client}-{number}",
        "source": f"shop{client}",
        "type": "troth.record.order.upserted",
        "subject": f"SO-{number}",
        "time": "2026-01-12T09:31:00Z",
        "data": {"customer": "erp:C-1", "placed_at": "2026-01-12T09:30:00Z", "status": "open"},
    }


def over_http(work: Work, number: int) -> bool:
    """Whether the server said that it is done."""
    connection = http.client.HTTPConnection("127.0.0.1", work.port, timeout=10)
    headers = {
        "Authorization": f"Bearer {work.token}",
        "Content-Type": "application/cloudevents+json",
        "Idempotency-Key": f"{work.client}-{number}",
    }
    try:
        connection.request(
            "POST", "/api/v1/events", json.dumps(event(work.client, number)), headers
        )
        response = connection.getresponse()
        response.read()
        return response.status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def through_actions() -> Callable[[Work, int], bool]:
    """The same path without the server in between: the database is what is killed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.site.settings")
    django.setup()
    from django.db import DatabaseError, connection

    from troth.actions.events import land_events
    from troth.actions.idempotency import Answer, InFlightError, answer_once
    from troth.actions.people import system_user
    from troth.connectors.staging.holding import ANYWHERE

    def write(work: Work, number: int) -> bool:
        def land() -> Answer:
            (result,) = land_events(
                [event(work.client, number)], acting_user=user, holding=ANYWHERE
            )
            return Answer(status=200, body=result.outcome, content_type="text/plain")

        try:
            user = system_user()
            answer_once(
                acting_user=user,
                key=f"{work.client}-{number}",
                request_sha256=str(number),
                work=land,
            )
        except (DatabaseError, InFlightError):
            connection.close()
            return False
        return True

    return write


def main() -> None:
    """Write, again and again where no answer came, and say what was acknowledged."""
    work = Work(**json.loads(sys.stdin.readline()))
    write = over_http if work.way == "http" else through_actions()
    for number in range(work.count):
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not write(work, number):
            if time.monotonic() > give_up_at:
                sys.exit(f"write {number} of client {work.client} was never acknowledged")
            time.sleep(0.02)
        print(f"{work.client}-{number}", flush=True)


if __name__ == "__main__":
    main()
