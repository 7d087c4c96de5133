"""What does an event say of itself: which system, which record, which change, when?

The attributes of CloudEvents 1.0.2, section 3, and what they mean here: `source` is the system,
`subject` the record's key in it, `type` names the record kind and whether it is there or gone.
Our extension attribute `region` (section 3.1) says where the record may be held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from troth.actions.event_records import Fault, is_storable, read_instant, shown
from troth.core.records.kinds import BY_NAME, KINDS, RecordKind

LARGEST_TEXT = 512  # characters of an id or a key: they stand in indexes
LARGEST_REGION = 64  # characters
_TYPE = re.compile(r"troth\.record\.([a-z_]+)\.(upserted|gone)")
_SOURCE = re.compile(r"[^\s:]{1,64}")


def attribute_faults(document: Mapping[str, Any]) -> Iterable[Fault]:
    """What is wrong with the attributes of an event (CloudEvents 1.0.2, section 3)."""
    if not is_storable(dict(document)):
        yield Fault(
            path="",
            found="a NUL, or half of a surrogate pair",
            expected="text that can be stored",
            remedy="Remove the sign that cannot be shown.",
        )
    if document.get("specversion") != "1.0":
        yield _attribute(document, "specversion", "1.0", 'Send "specversion": "1.0".')
    for name in ("id", "subject"):
        value = document.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LARGEST_TEXT:
            expected = f"text of 1 to {LARGEST_TEXT} characters"
            remedy = (
                "Give it the record's key." if name == "subject" else "Give each event its own."
            )
            yield _attribute(document, name, expected, remedy)
    source = document.get("source")
    if not isinstance(source, str) or not _SOURCE.fullmatch(source):
        expected = "the name of a system, without colon or blank"
        yield _attribute(document, "source", expected, 'Write it as "erp".')
    if kind_of(document)[0] is None:
        kinds = ", ".join(kind.name for kind in KINDS)
        expected = f"troth.record.KIND.upserted or .gone, where KIND is one of {kinds}"
        yield _attribute(document, "type", expected, 'Write it as "troth.record.order.upserted".')
    if document.get("region") is not None and said_region(document) is None:
        expected = f"the name of a region, 1 to {LARGEST_REGION} characters"
        yield _attribute(document, "region", expected, 'Write it as "eu", or leave it out.')
    if document.get("time") is not None and read_instant(document["time"]) is None:
        remedy = 'Write it as "2026-01-31T09:00:00Z", or leave it out.'
        yield _attribute(document, "time", "an instant with its offset", remedy)
    if not isinstance(document.get("datacontenttype"), str | None):
        remedy = 'Write it as "application/json", or leave it out.'
        yield _attribute(document, "datacontenttype", "a media type as text", remedy)
    # What is there is read field by field; of what is gone nothing is.
    if kind_of(document)[1] == "gone" and not isinstance(document.get("data"), Mapping | None):
        yield _attribute(document, "data", "an object, or nothing", "Leave it out.")


def _attribute(document: Mapping[str, Any], name: str, expected: str, remedy: str) -> Fault:
    found = shown(document[name]) if name in document else "nothing"
    return Fault(path=name, found=found, expected=expected, remedy=remedy)


def kind_of(document: Mapping[str, Any]) -> tuple[RecordKind | None, str]:
    """The record kind, None where there is none of that name, and "upsert" or "gone"."""
    found = _TYPE.fullmatch(str(document.get("type")))
    if found is None:
        return None, ""
    return BY_NAME.get(found[1]), "upsert" if found[2] == "upserted" else "gone"


def said_region(document: Mapping[str, Any]) -> str | None:
    """The region that an event names; None where it names none, or none that can be one."""
    found = document.get("region")
    if not isinstance(found, str) or not is_storable(found):
        return None
    found = found.strip()
    return found if 0 < len(found) <= LARGEST_REGION else None


def named(document: Mapping[str, Any]) -> tuple[str, str, str]:
    """(source, id, key of the record) of an event, as far as they can be stored."""
    source, event_id, subject = (
        value if isinstance(value := document.get(name), str) and is_storable(value) else ""
        for name in ("source", "id", "subject")
    )
    if not source or not subject:
        return source, event_id, subject
    return source, event_id, subject if subject.startswith(f"{source}:") else f"{source}:{subject}"
