"""The audit log over HTTP: entries, checkpoints, and what proves them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.checkpoints import make_checkpoint
from troth.actions.signing import log_key
from troth.api.answering import json_answer
from troth.api.cursors import list_answer, reach_of
from troth.api.routes.describing import described
from troth.api.shapes.audit import (
    LARGEST_READ,
    AuditCheckpoint,
    AuditEntryDetail,
    AuditFilters,
    AuditList,
    AuditProofs,
    ConsistencyProof,
    ConsistencyQuestion,
    LeafRange,
    Leaves,
)
from troth.api.signing_in import user_of, viewer
from troth.store.models import AuditCheckpoint as CheckpointRow
from troth.store.queries.ledger import envelope, leaf_hashes, newest_checkpoint, rows_of
from troth.store.queries.lists import NotFoundError
from troth.store.queries.proofs import consistency, prove
from troth.store.queries.slices import next_entries

_TAG = "Audit"
router = Router()


@router.get(
    "/audit/entries", **described("audit_list", "List audit entries", tag=_TAG, answers=AuditList)
)
def audit_list(request: HttpRequest, filters: Query[AuditFilters]) -> HttpResponse:
    """Every write with its author, the newest first."""
    found = next_entries(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        action=filters.action,
        about=filters.about,
        customer_id=filters.customer,
    )
    return list_answer(request, filters, AuditList, found)


@router.get(
    "/audit/entries/{index}",
    **described("audit_show", "Show an audit entry", tag=_TAG, answers=AuditEntryDetail),
)
def audit_show(request: HttpRequest, index: str) -> HttpResponse:
    """One entry as it was hashed, with the rows that it commits to."""
    seen_by = viewer(request)
    number = _index(index)
    rows = rows_of(viewer=seen_by, index=number, limit=LARGEST_READ)
    return json_answer(
        AuditEntryDetail.model_validate(
            {
                "index": number,
                "envelope": envelope(viewer=seen_by, index=number),
                "rows": [
                    {"table": row.table, "key": row.key, "op": row.op, "digest": row.digest.hex()}
                    for row in rows
                ],
            }
        )
    )


@router.get(
    "/audit/checkpoint",
    **described(
        "audit_checkpoint_show", "Show the newest checkpoint", tag=_TAG, answers=AuditCheckpoint
    ),
)
def audit_checkpoint_show(request: HttpRequest) -> HttpResponse:
    """The newest signed head of the log. A 404 where none was made yet."""
    found = newest_checkpoint(viewer=viewer(request))
    if found is None:
        raise NotFoundError("checkpoint", "newest")
    return _checkpoint(found)


@router.post(
    "/audit/checkpoint",
    **described("audit_checkpoint", "Make a checkpoint", tag=_TAG, answers=AuditCheckpoint),
)
def audit_checkpoint(request: HttpRequest) -> HttpResponse:
    """Sign the head of the log; the same again where nothing was written since."""
    return _checkpoint(make_checkpoint(acting_user=user_of(request)))


@router.get(
    "/audit/proofs/{key}",
    **described("audit_prove", "Prove what was written", tag=_TAG, answers=AuditProofs),
)
def audit_prove(request: HttpRequest, key: str) -> HttpResponse:
    """What proves each entry about a thing: an entry's number, a decision, a customer, an order.

    In the newest checkpoint; what it does not cover is a 404 that says so.
    """
    proofs = prove(viewer=viewer(request), key=key)
    return json_answer(AuditProofs.model_validate({"data": [proof.document() for proof in proofs]}))


@router.get(
    "/audit/consistency",
    **described(
        "audit_consistency", "Prove that the log only grew", tag=_TAG, answers=ConsistencyProof
    ),
)
def audit_consistency(request: HttpRequest, asked: Query[ConsistencyQuestion]) -> HttpResponse:
    """That the log of `new` entries begins with the one of `old`."""
    path = consistency(viewer=viewer(request), old_size=asked.old, size=asked.new)
    found = {"old": asked.old, "new": asked.new, "path": [item.hex() for item in path]}
    return json_answer(ConsistencyProof.model_validate(found))


@router.get(
    "/audit/leaves",
    **described("audit_leaves", "Read the hashes of entries", tag=_TAG, answers=Leaves),
)
def audit_leaves(request: HttpRequest, asked: Query[LeafRange]) -> HttpResponse:
    """The leaves of the Merkle tree, for a witness who keeps them."""
    found = leaf_hashes(viewer=viewer(request), start=asked.start, count=asked.count)
    told = {"start": asked.start, "leaves": [leaf.hex() for leaf in found]}
    return json_answer(Leaves.model_validate(told))


def _index(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise NotFoundError("entry of the log", text)
    return int(text)


def _checkpoint(row: CheckpointRow) -> HttpResponse:
    found = {
        "size": row.size,
        "root": bytes(row.root).hex(),
        "at": row.at,
        "note": row.note,
        "key": log_key().verifier.written(),
    }
    return json_answer(AuditCheckpoint.model_validate(found))
