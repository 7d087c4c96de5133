"""What do tests of the outbox share? A demonstration's workspace, addresses, and what was told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.test import override_settings

from troth.actions.people import system_user
from troth.actions.webhooks import Secret, add_endpoint
from troth.store.models import OutboxMessage

DEMONSTRATION = '[workspace]\nnow = "data"\n[webhooks]\nallow_loopback = true\n'


@contextmanager
def demonstration(folder: Path) -> Iterator[Path]:
    """A workspace that may send to the loopback."""
    (folder / "troth.toml").write_text(DEMONSTRATION, "utf-8")
    with override_settings(WORKSPACE=folder):
        yield folder


def endpoint(port: int = 9, *event_types: str) -> Secret:
    """An address on the loopback; at port 9 nobody answers."""
    return add_endpoint(
        url=f"http://127.0.0.1:{port}/in", event_types=event_types, acting_user=system_user()
    )


def told() -> list[tuple[str, dict[str, Any]]]:
    """(type, data) of every message, in the order of their ids."""
    rows = OutboxMessage.objects.order_by("id").values_list("payload", flat=True)
    documents = [json.loads(text) for text in rows]
    return [(document["type"], document["data"]) for document in documents]
