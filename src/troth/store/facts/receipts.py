"""Which receipts are recorded, with the shared inputs that they refer to?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from troth.store.models import Decision, SharedInput

_BATCH = 500
_SHARED = re.compile(r'\{"\$shared":"([0-9a-f]{64})"\}')


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One recorded decision, as its row has it."""

    id: str
    kind: str
    subject: str
    content: str
    shared: dict[str, str]  # digest → content; what is missing is absent


def recorded_receipts(
    *, kind: str | None = None, ids: list[str] | None = None
) -> Iterator[Recorded]:
    """Every receipt by id, with its shared inputs; memory stays flat."""
    rows = Decision.objects.order_by("id").values_list("id", "kind", "subject", "receipt")
    if kind is not None:
        rows = rows.filter(kind=kind)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    iterator = rows.iterator(chunk_size=_BATCH)
    while batch := list(islice(iterator, _BATCH)):
        named = {row[0]: frozenset(_SHARED.findall(row[3])) for row in batch}
        wanted = frozenset().union(*named.values())
        contents = dict(
            SharedInput.objects.filter(digest__in=wanted).values_list("digest", "content")
        )
        for decision_id, decision_kind, subject, content in batch:
            yield Recorded(
                id=decision_id,
                kind=decision_kind,
                subject=subject,
                content=content,
                shared={item: contents[item] for item in named[decision_id] if item in contents},
            )


def count_receipts() -> int:
    """How many there are."""
    return Decision.objects.count()
