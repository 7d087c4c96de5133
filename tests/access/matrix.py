"""Which answer does each cell of the matrix expect, and which does Troth give?"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import Client
from tests.access.company import RELATIONS, THINGS, Keys, Somebody
from tests.access.probes import PROBES, Probe

from troth.core.access.deciding import Person, decide
from troth.core.access.roles import Right, Role, may
from troth.store.models import AuditEntry
from troth.store.queries.viewing import as_the_program

FILE = Path(__file__).with_name("matrix.csv")
HEAD = ("surface", "name", "role", *RELATIONS)
ALLOWED, HIDDEN = frozenset({"200", "present", "422"}), frozenset({"403", "404", "absent"})
# Whoever checks access, and the log, is told a customer's id, and nothing else of it.
_TELLS_IDS = frozenset({Right.SEE_ACCESS, Right.SEE_AUDIT, Right.REVIEW_GLASS})

Line = tuple[str, str, str]  # surface, name, role
Cells = tuple[str, ...]  # by relation


def read() -> dict[Line, Cells]:
    """The reviewed matrix."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {(row[0], row[1], row[2]): tuple(row[3:]) for row in rows}


def lines() -> Iterator[tuple[Line, Probe]]:
    """Every line that there has to be."""
    for probe in PROBES:
        for role in Role:
            yield (probe.surface, probe.name, role.value), probe


def proposed(probe: Probe, role: Role) -> Cells:
    """What the table of rights says, for a reviewer to agree with or not."""
    right = probe.right
    if right is not None and not may(role, right):
        return ("403",) * len(RELATIONS)
    if probe.judged == "common":
        return ("200",) * len(RELATIONS)
    me = Person(
        user_id=0,
        role=role,
        agent_key=THINGS["own"].account_manager,
        team=THINGS["team"].team,
        regions=frozenset({THINGS["region"].region, THINGS["restricted"].region}),
    )
    yes, no = ("present", "absent") if probe.judged == "listed" else ("200", "404")
    return tuple(
        yes if decide(me, right or Right.SEE_CUSTOMERS, THINGS[relation]).is_allowed else no
        for relation in RELATIONS
    )


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A cell that is not as expected, or an answer that tells of whom it must not."""

    probe: str
    role: str
    relation: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.probe}: {self.role}, {self.relation}: {self.found}, not {self.expected}"

    @property
    def is_leak(self) -> bool:
        return self.expected in HIDDEN and self.found not in HIDDEN


def walk(
    who: Somebody,
    company: Mapping[str, Keys],
    row: int,
    expected: Mapping[Line, Cells],
    probes: Iterable[Probe] = PROBES,
) -> Iterator[Difference]:
    """Ask everything as one person; what is not as expected."""
    clients = Client(SERVER_NAME="127.0.0.1"), Client(SERVER_NAME="127.0.0.1")
    clients[1].force_login(who.user)
    for probe in probes:
        cells = expected[probe.surface, probe.name, who.user.role]
        found = _found(probe, who, clients, company, row)
        for relation, wanted, (answer, told) in zip(RELATIONS, cells, found, strict=True):
            if answer != wanted:
                yield Difference(
                    probe=probe.id,
                    role=who.user.role,
                    relation=relation,
                    expected=wanted,
                    found=answer,
                )
            for other in told:
                yield Difference(
                    probe=probe.id,
                    role=who.user.role,
                    relation=other,
                    expected="absent",
                    found=f"told beside {relation}",
                )


def _found(
    probe: Probe,
    who: Somebody,
    clients: tuple[Client, Client],
    company: Mapping[str, Keys],
    row: int,
) -> list[tuple[str, list[str]]]:
    """For each relation the answer, and the customers that it tells of and must not."""
    found = []
    cached: tuple[int, str, bool] | None = None
    lacks_right = probe.right is not None and not may(Role(who.user.role), probe.right)
    for relation in RELATIONS:
        keys = company[relation].all() | {"row": str(row)}
        is_own_request = probe.judged in ("thing", "written") or "{customer}" in probe.address
        # Who lacks the right is refused whosever it is: asked of the first, and of the last, whom
        # nobody but named people may see.
        is_between = lacks_right and relation != RELATIONS[-1]
        if cached is None or (is_own_request and not is_between):
            cached = _ask(probe, who, clients, keys)
        status, text, is_written = cached
        asked = probe.address.format_map(keys) + str(_filled(probe.body, keys))
        told = [
            other for other in RELATIONS if _is_told(other, who, company[other], probe, text, asked)
        ]
        if probe.judged == "listed" and status < 300:
            is_there = company[relation].all()[probe.mark] in text
            answer = "present" if is_there else "absent"
        elif probe.judged == "written" and status == 302:
            answer = "200" if is_written else "404"
        else:
            answer = "200" if status in (200, 202, 302) else str(status)
            if probe.judged == "common" and status in (400, 409, 415, 422):
                answer = "200"  # let in; what was sent makes no sense, on purpose
        found.append((answer, told))
    return found


def _is_told(relation: str, who: Somebody, keys: Keys, probe: Probe, text: str, asked: str) -> bool:
    """Whether an answer tells of a customer whom this person may not see."""
    if decide(who.person, Right.SEE_CUSTOMERS, THINGS[relation]).is_allowed:
        return False
    if keys.name in text:
        return True
    return probe.right not in _TELLS_IDS and keys.customer in text and keys.customer not in asked


def _ask(
    probe: Probe, who: Somebody, clients: tuple[Client, Client], keys: Mapping[str, str]
) -> tuple[int, str, bool]:
    """Status, text, and whether something was written. Nothing of it is kept."""
    address = probe.address.format_map(keys)
    is_api = address.startswith("/api/")
    client = clients[0] if is_api else clients[1]
    headers = {"Authorization": f"Bearer {who.token}"} if is_api else {}
    body = _filled(probe.body, keys)
    with transaction.atomic():
        before = _entries()
        if body is None:
            response = client.get(address, headers=headers)
        elif is_api:
            response = client.post(
                address, json.dumps(body), content_type="application/json", headers=headers
            )
        else:
            response = client.post(address, body, headers=headers)
        text = _text(response)
        is_written = _entries() > before
        transaction.set_rollback(True)
    return response.status_code, text, is_written


def _entries() -> int:
    with as_the_program():
        return AuditEntry.objects.count()


def _text(response: Any) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode(errors="replace")
    return str(response.content.decode(errors="replace"))


def _filled(body: Any, keys: Mapping[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, keys) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, keys) for value in body]
    return body.format_map(keys) if isinstance(body, str) else body
