"""How do the events read to somebody who receives them?"""

from __future__ import annotations

import json

from troth.core.webhooks.events import EVENT_TYPES, EventField, EventType
from troth.core.webhooks.schedule import WAITS

_INTRODUCTION = """# Webhooks

<!-- Generated from troth.core.webhooks; change it there. -->

What Troth tells an address that asked to be told. A body is `type`, `timestamp` and `data`; the
headers are those of [Standard Webhooks](https://www.standardwebhooks.com/) 1.0: `webhook-id`, the
same on every try, `webhook-timestamp` and `webhook-signature`. A message may come twice and in
another order than it happened; [Receive webhooks](../guides/receive-webhooks.md) tells how to
check and take one. No event carries a personal field, and none is sent about a restricted
customer.

A message is tried {tries} times. The waits before the tries are {waits}: {hours:.1f} hours in
all, each moved by chance by up to a tenth. 2xx is delivered; 410 ends the address; with 429 and
503, `Retry-After` up to a day is kept to; redirects are not followed.
"""


def reference() -> str:
    """docs/reference/webhooks.md: one section an event."""
    introduction = _INTRODUCTION.format(
        tries=len(WAITS),
        waits=", ".join(_wait(int(wait.total_seconds())) for wait in WAITS),
        hours=sum(wait.total_seconds() for wait in WAITS) / 3600,
    )
    return "\n".join((introduction, *(_section(item) for item in EVENT_TYPES.values())))


def _wait(seconds: int) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _section(item: EventType) -> str:
    lines = [
        f"## `{item.name}`",
        "",
        item.about,
        "",
        "| field | form | meaning |",
        "| --- | --- | --- |",
        *(_row(field) for field in item.fields),
        "",
        "```json",
        json.dumps(item.example, indent=2),
        "```",
        "",
        "<details><summary>JSON Schema</summary>",
        "",
        "```json",
        json.dumps(item.schema, indent=2),
        "```",
        "",
        "</details>",
        "",
    ]
    return "\n".join(lines)


def _row(field: EventField) -> str:
    form = field.form.value + (" or null" if field.may_be_null else "")
    return f"| `{field.name}` | {form} | {field.about} |"
