"""How does the record of processing read?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from troth.store.classification.columns import COLUMNS
from troth.store.classification.fields import FIELDS
from troth.store.classification.treatments import Treatment

_HEAD = """# Personal data

<!-- Generated from troth.store.classification; change it there. -->

The record of processing activities (GDPR Art. 30) of what Troth holds: each personal column, whose
it is, what for, on which basis, for how long and how it goes. Every other column is either plain or
a pseudonym: a key that leads to a person only through these columns or through the source system.
A test fails where a column stands in neither list. Purposes and bases are proposals that fit what
Troth does with the data; whoever runs it confirms them for their own case.

How to erase somebody is told by [the guide](../guides/erase-a-person.md), what stays and why by
[the explanation](../explanation/what-erasing-leaves.md).
"""
_TABLE = """
| where | whose | what for | basis | kept | how it goes |
| --- | --- | --- | --- | --- | --- |
"""


def reference() -> str:
    """docs/reference/personal-data.md."""
    return "".join(
        (
            _HEAD,
            "\n## What source systems deliver\n",
            _TABLE,
            *_rows(FIELDS),
            "\n## What Troth keeps in its tables\n",
            _TABLE,
            *_rows(COLUMNS),
            "\n## Outside the tables\n",
            _OUTSIDE,
        )
    )


_OUTSIDE = """
| where | what | kept | how it goes |
| --- | --- | --- | --- |
| column snapshots (`.troth/tables`) | nothing personal; keys alone | rebuilt | not needed |
| logs | routes and counts, no path, no query, no value | as you rotate them | not needed |
| erasure journal (`.troth/erasures.jsonl`) | keys of erased subjects | for ever | never |
| write-ahead log of PostgreSQL | what was written | until it is recycled, hours to days | by \
itself |
| backups | what was there when they were made | as you keep them | replaced by newer ones; a \
restore erases again |
| the exports of your systems (`exports/`) | what they deliver | yours | erase it in the source |
"""


def _rows(table: Mapping[str, Mapping[str, Treatment]]) -> Iterable[str]:
    for name, columns in sorted(table.items()):
        for treatment in dict.fromkeys(columns.values()):
            if treatment.is_personal:
                named = [column for column, found in columns.items() if found is treatment]
                where = f"`{name}`: " + ", ".join(f"`{column}`" for column in named)
                cells = (
                    where,
                    treatment.subject,
                    treatment.purpose,
                    treatment.basis,
                    treatment.retention,
                    treatment.erasure,
                )
                yield "| " + " | ".join(cells) + " |\n"
