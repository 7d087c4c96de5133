"""What did an entry of the audit log say that can be erased?

The envelope holds salted commitments; the values lie beside it, under the customer's key. Each
value that opens is checked against its commitment, so that nobody can put other words there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troth.core.access.roles import Right
from troth.core.access.vocabulary import Purpose
from troth.core.ledger.commitments import opens
from troth.core.ledger.envelope import sealed_place
from troth.core.records.values import Sensitivity
from troth.store.models import AuditEntry, AuditSecret
from troth.store.queries.lists import NotFoundError
from troth.store.queries.masking import shows
from troth.store.queries.reads import note
from troth.store.queries.viewing import Viewer, viewing
from troth.store.sealing import DamagedSecretError, ErasedError, open_sealed


@dataclass(frozen=True, kw_only=True)
class SealedValues:
    """The sealed part of one entry."""

    names: tuple[str, ...]  # what is sealed; always told
    values: Mapping[str, Any] | None  # None where it was erased, or the viewer may not see it
    is_erased: bool


def sealed_values(*, viewer: Viewer, index: int) -> SealedValues:
    """The sealed part of the entry at `index`.

    Raises NotFoundError, NotAllowedError, DamagedSecretError where a value is not the one that
    the entry committed to.
    """
    with viewing(viewer, Right.SEE_AUDIT):
        entry = AuditEntry.objects.filter(pk=index).first()
        if entry is None:
            raise NotFoundError("audit entry", str(index))
        commitments: dict[str, str] = json.loads(entry.envelope)["commitments"]
        names = tuple(sorted(commitments))
        if not names or not shows(viewer, Sensitivity.PERSONAL, purpose=Purpose.PRIVACY):
            return SealedValues(names=names, values=None, is_erased=False)
        try:
            values = _opened(entry, commitments)
        except ErasedError:
            return SealedValues(names=names, values=None, is_erased=True)
        note(viewer=viewer, what="sealed", subject=entry.customer_id)
        return SealedValues(names=names, values=values, is_erased=False)


def _opened(entry: AuditEntry, commitments: Mapping[str, str]) -> dict[str, Any]:
    secret = AuditSecret.objects.filter(entry=entry, subject=entry.customer_id).first()
    if secret is None:
        raise ErasedError(f"What entry {entry.index} sealed is gone.")
    written = open_sealed(entry.customer_id, secret.ciphertext, sealed_place(commitments))
    found = json.loads(written)
    for name, committed in commitments.items():
        item = found.get(name, {})
        if not opens(bytes.fromhex(committed), bytes.fromhex(item["salt"]), item["value"]):
            raise DamagedSecretError(
                f"Entry {entry.index}: the sealed {name} is not what the entry committed to. "
                "`troth audit verify` checks the whole log."
            )
    return {name: item["value"] for name, item in found.items()}
