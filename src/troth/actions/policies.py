"""How does a policy come into force? From a file, checked whole, as a new immutable version.

The database is the truth. A file is read, each entry is compared with what is published, and
only what differs becomes a new version; a version is never changed. Nothing of a file is
published where any entry of it is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import connection
from django.utils import timezone

from troth.actions.freeze_gate import Gate
from troth.actions.outbox import Audience, Event
from troth.actions.recording import recorded
from troth.core.access.roles import Right
from troth.core.ledger.canonical import digest
from troth.core.policies.differences import differences, title_of
from troth.core.policies.publication import publishable
from troth.core.policies.scopes import Layer
from troth.core.policies.versions import (
    InvalidPolicyError,
    PolicyVersion,
    from_written,
    to_document,
)
from troth.store.facts.policies import published_versions, row_of
from troth.store.models import PolicyVersion as PolicyRow
from troth.store.models import User

_AT_ONCE, _TICK = timedelta(seconds=1), timedelta(microseconds=1)
_NO_DATE = datetime(1, 1, 1, tzinfo=UTC)
_PUBLICATION_LOCK = 0x54726F7468_01  # "Troth", 1


class PolicyFileError(Exception):
    """A policy file cannot be published. Nothing of it was; mend what is named, then try again."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One version that publishing would add."""

    version: PolicyVersion
    replaces: PolicyVersion | None  # the version of the same kind and scope before it
    file: str  # the place in it
    is_dated: bool = True  # whether it was written when it is known; else that is when it is taken

    @property
    def document(self) -> dict[str, Any]:
        """As it was written: its number, and where it did not say, its date, are given later."""
        left_out = {"number"} if self.is_dated else {"number", "published_at"}
        document = to_document(self.version)
        return {name: value for name, value in document.items() if name not in left_out}

    @property
    def sentence(self) -> str:
        """What changes, in words: "service level for tier Gold: first response: 4 h → 2 h"."""
        changes = [item.sentence for item in differences(self.replaces, self.version)]
        what = "; ".join(changes) or "the same, for another reason"
        return f"{title_of(self.version)}: {what}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """One version as somebody wrote it, and where it stands."""

    document: Mapping[str, Any]
    place: str  # "policies/gold.yaml: policy 2"
    author: str  # where the document names none


def written_in(files: Iterable[Path]) -> list[Written]:
    """What stands in policy files. Raises PolicyFileError."""
    return [item for path in files for item in _of_file(path)]


def written_as(text: str, *, name: str, author: str) -> list[Written]:
    """What stands in the text of a policy file. Raises PolicyFileError."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PolicyFileError(f"{name}: not readable as YAML: {error}") from error
    entries = document.get("policies") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or not all(isinstance(item, Mapping) for item in entries):
        raise PolicyFileError(
            f"{name}: expected `policies:` with a list of versions, each with kind, scope, "
            "effective_from, outputs and reason. docs/guides/write-a-policy.md shows one."
        )
    return [
        Written(document=entry, place=f"{name}: policy {at}", author=author)
        for at, entry in enumerate(entries, start=1)
    ]


def text_of(documents: Iterable[Mapping[str, Any]]) -> str:
    """Documents as the text of a policy file, which `written_as` reads."""
    listed = {"policies": [dict(document) for document in documents]}
    return str(yaml.safe_dump(listed, sort_keys=False, allow_unicode=True, width=96))


def plan(files: Iterable[Path]) -> list[Planned]:
    """What publishing these files would add. Raises PolicyFileError with every fault."""
    return plan_written(written_in(files))


def plan_written(written: Iterable[Written]) -> list[Planned]:
    """What publishing would add of all that is written. Raises PolicyFileError.

    A version that does not say when it was published was known when it came into force; one that
    is still to come, or that replaces what was published since, is known from now on.
    """
    published, now = list(published_versions()), timezone.now()
    seen = {_content(version, is_dated) for version in published for is_dated in (True, False)}
    planned: list[Planned] = []
    faults: list[str] = []
    for item in written:
        siblings = [v for v in published if slot_of(v) == _slot_of(item.document)]
        try:
            version = from_written(_filled(item, len(siblings) + 1))
            is_dated = "published_at" in item.document
            if not is_dated:
                version = _dated(version, siblings, now)
        except InvalidPolicyError as error:
            faults += [f"{item.place}: {fault.sentence}" for fault in error.faults]
            continue
        if _content(version, is_dated) in seen:
            continue
        refused = publishable(version, published)
        if refused:
            faults += [f"{item.place}: {fault.sentence}" for fault in refused]
            continue
        before = max(siblings, key=lambda v: v.number, default=None)
        planned.append(
            Planned(version=version, replaces=before, file=item.place, is_dated=is_dated)
        )
        published.append(version)
        seen |= {_content(version, True), _content(version, False)}
    if faults:
        raise PolicyFileError("\n".join(faults))
    return planned


def hold_publication() -> None:
    """Let no other transaction publish until this one ends: what is planned stays true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLICATION_LOCK])


def publish(
    planned: Iterable[Planned],
    *,
    acting_user: User,
    makers: Collection[int] = (),
    changes: Collection[str] = (),
    emergency: str = "",
) -> int:
    """Put planned versions into force, all or none; how many. Raises PolicyFrozenError.

    The one way in: whatever may hold a version back is asked here, before it is written.
    `makers`: users, besides `acting_user`, who made what is published and so override no freeze of
    it. `changes`: ids of the changes that it belongs to, for which a freeze may be overridden too.

    `emergency`: why this may not wait for what holds other publications up, as a roll-back may not;
    the audit entry keeps it.
    """
    listed = list(planned)
    if not listed:
        return 0
    gate = Gate(
        versions=[item.version for item in listed],
        acting_user=acting_user,
        makers=makers,
        changes=changes,
    )
    with recorded(
        acting_user=acting_user,
        action="policy:version:published",
        right=Right.PUBLISH_POLICY,
        reason="; ".join(sorted({item.version.reason for item in listed})),
    ) as entry:
        if not emergency:
            gate.ask()
        entry.wrote_all(
            PolicyRow.objects.bulk_create(
                [row_of(item.version, author=acting_user) for item in listed]
            )
        )
        entry.detail = {"versions": [item.version.id for item in listed]}
        if emergency:
            entry.detail["emergency"] = emergency
        else:
            gate.ask_again()
            entry.reasons += gate.record(entry)
        Audience.load().tell(_published(item.version) for item in listed)
    return len(listed)


def _published(version: PolicyVersion) -> Event:
    # A contract's customer may be restricted, and its key is no customer's: nobody is told of it.
    of_one = version.scope.layer in (Layer.CUSTOMER, Layer.CONTRACT)
    return Event(
        type="policy.published",
        data={
            "version_id": version.id,
            "kind": version.kind,
            "scope": str(version.scope),
            "effective_from": version.effective_from,
        },
        customers=(version.scope.key,) if of_one else (),
    )


def _of_file(path: Path) -> list[Written]:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyFileError(f"{path}: not readable as YAML: {error}") from error
    return written_as(text, name=str(path), author=path.stem)


def _filled(item: Written, number: int) -> dict[str, Any]:
    """With what a document may leave out besides its date."""
    return {"author": item.author, "number": number, **item.document}


def _dated(
    version: PolicyVersion, siblings: Iterable[PolicyVersion], now: datetime
) -> PolicyVersion:
    since = [item.published_at for item in siblings if item.published_at >= version.published_at]
    if version.effective_from <= now and not since:
        return version
    # Written at once, one still follows the other.
    last = max((at for at in since if now <= at < now + _AT_ONCE), default=None)
    return replace(version, published_at=now if last is None else last + _TICK)


def slot_of(version: PolicyVersion) -> tuple[str, str]:
    """Its kind and scope: versions of one slot follow each other."""
    return version.kind, str(version.scope)


def _slot_of(document: Mapping[str, Any]) -> tuple[str, str]:
    return str(document.get("kind")), str(document.get("scope"))


def _content(version: PolicyVersion, is_dated: bool) -> str:
    """What makes two versions say the same: all but their number, and the date if none is said."""
    same = replace(version, number=1)
    return digest(to_document(same if is_dated else replace(same, published_at=_NO_DATE)))
