"""Which policy versions are published, as the rules know them?"""

from __future__ import annotations

from troth.core.policies.scopes import Scope, parse_scope
from troth.core.policies.versions import PolicyVersion, from_document, to_document
from troth.store.models import PolicyVersion as PolicyRow
from troth.store.models import User


def published_versions() -> tuple[PolicyVersion, ...]:
    """All versions ever published, in the order of their kind, scope and number."""
    rows = PolicyRow.objects.order_by("kind", "layer", "scope", "number")
    return tuple(to_version(row) for row in rows)


def to_version(row: PolicyRow) -> PolicyVersion:
    """A row as the value that was published; its id comes out the same."""
    return from_document(row.document)


def row_of(version: PolicyVersion, *, author: User) -> PolicyRow:
    """The row that keeps a version."""
    scope: Scope = parse_scope(str(version.scope))
    return PolicyRow(
        id=version.id,
        kind=version.kind,
        layer=scope.layer.value,
        scope=scope.key,
        number=version.number,
        effective_from=version.effective_from,
        effective_to=version.effective_to,
        published_at=version.published_at,
        document=to_document(version),
        author=author,
        reason=version.reason,
        clause=version.clause or "",
    )
