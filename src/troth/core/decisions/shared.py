"""Which inputs do many decisions share, and how does a receipt name them?

Lane statistics and resolved calendars are stored once, under the SHA-256 of their canonical
bytes. A receipt refers to one as {"$shared": digest}.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from troth.core.calendars import CalendarError, ResolvedCalendar
from troth.core.decisions.inputs import DecisionInputError, Fields
from troth.core.ledger.canonical import canonical_bytes

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """One shared input."""

    digest: str  # SHA-256 of `content`, 64 hex digits
    kind: str  # lane_statistics, calendar
    content: bytes  # RFC 8785 JSON


class MissingSharedError(LookupError):
    """A receipt names a shared input that was not handed in. Restore it from a backup."""

    def __init__(self, *, path: str, digest: str) -> None:
        self.path, self.digest = path, digest
        super().__init__(f"{path}: the shared input {digest} is missing. Restore it from a backup.")


class TamperedSharedError(ValueError):
    """A shared input is not what its digest says. Restore it from a backup."""

    def __init__(self, *, path: str, digest: str) -> None:
        self.path, self.digest = path, digest
        super().__init__(
            f"{path}: the shared input {digest} is not what its digest says. "
            "Restore it from a backup."
        )


class SharedInputs:
    """Shared inputs by digest. What is read is checked against its digest, once."""

    def __init__(self, contents: Mapping[str, bytes | str] | None = None) -> None:
        self._contents: Mapping[str, bytes | str] = contents or {}

    def read(self, found: object, reader: Callable[..., T], *, path: str) -> T:
        """What `reader` makes of a {"$shared": digest}, or of the document itself.

        Raises MissingSharedError, TamperedSharedError, DecisionInputError.
        """
        if not (isinstance(found, Mapping) and "$shared" in found):
            return reader(found, path=path)
        fields = Fields(found, path=path)
        digest: str = fields.text("$shared")
        fields.finish()
        content = self._contents.get(digest)
        if content is None:
            raise MissingSharedError(path=path, digest=digest)
        made = _made(content, digest, reader)
        if made is None:
            raise TamperedSharedError(path=path, digest=digest)
        value: T = made
        return value


@lru_cache(maxsize=4096)
def _made(content: bytes | str, digest: str, reader: Callable[..., Any]) -> Any:
    """What the reader makes of the content; None where it is not what the digest says."""
    written = content.encode() if isinstance(content, str) else content
    if sha256(written).hexdigest() != digest:
        return None
    return reader(json.loads(written), path=f"shared {digest}")


@lru_cache(maxsize=4096)
def calendar_shared(calendar: ResolvedCalendar) -> Shared:
    """A resolved calendar as a shared input."""
    content = canonical_bytes(calendar.to_document())
    return Shared(digest=sha256(content).hexdigest(), kind="calendar", content=content)


def read_calendar(found: object, shared: SharedInputs, *, path: str) -> ResolvedCalendar:
    """A resolved calendar, shared or in full. Raises as SharedInputs.read does."""
    return shared.read(found, _calendar, path=path)


def _calendar(document: Any, *, path: str) -> ResolvedCalendar:
    try:
        return ResolvedCalendar.from_document(document)
    except (CalendarError, AttributeError) as error:
        raise DecisionInputError(
            path=path,
            found="a document that cannot be read",
            expected="a resolved calendar",
            remedy=str(error),
        ) from error
