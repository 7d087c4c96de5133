"""What does matching compare, for every record of a table?

`PERSONS` and `ORGANISATIONS` say which standard columns come from which columns of the source.
Each function runs once for every distinct value, so a million rows cost what their values cost;
one record goes through the very same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from troth.analysis.matching.errors import MatchingError
from troth.analysis.matching.standard.addresses import postcode, street_line
from troth.analysis.matching.standard.companies import company_name
from troth.analysis.matching.standard.contacts import mailbox, phone, phone_tail
from troth.analysis.matching.standard.dates import birth_date
from troth.analysis.matching.standard.names import PersonName, person_name, person_name_of
from troth.analysis.matching.standard.text import folded
from troth.core.identity import normalise_tax_id

KEY = "key"  # of a record: "crm:0015x"
SOURCE = "source"  # the system that it is from
_Texts = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Standard columns that one function makes of some columns of the source."""

    reads: tuple[str, ...]  # a column that the source has not is read as None
    writes: tuple[str, ...]
    make: Callable[..., tuple[Any, ...]]


def _name(whole: str | None, given: str | None, surname: str | None) -> tuple[Any, ...]:
    name: PersonName = person_name(whole)
    if given or surname:
        name = person_name_of(given, surname)
    both = f"{name.given} {name.surname}" if name.given and name.surname else None
    initial = name.given[0] if name.given else None
    return name.given, name.root, initial, name.middle, name.surname, both


def _company(text: str | None, country: str | None) -> tuple[Any, ...]:
    name = company_name(text, country=country)
    tokens = list(name.tokens) or None
    return name.core, " ".join(name.tokens) or None, name.form, tokens, name.initials


def _mailbox(text: str | None) -> tuple[Any, ...]:
    box = mailbox(text)
    return box.address, box.local, box.domain


def _phone(text: str | None, country: str | None) -> tuple[Any, ...]:
    number = phone(text, country)
    return number, phone_tail(number)


def _street(text: str | None, number: str | None, country: str | None) -> tuple[Any, ...]:
    line = street_line(text, country=country)
    if number:
        line = street_line(f"{number} {text or ''}", country=country)
    both = f"{line.number} {line.street}" if line.number and line.street else None
    return line.number, line.street, both


def _postcode(text: str | None, country: str | None) -> tuple[Any, ...]:
    return postcode(text, country=country)


def _plain(text: str | None) -> tuple[Any, ...]:
    return (folded(text) or None,)


_PLACE = (
    Step(reads=("address", "house_number", "country"), writes=("number", "street", "address"),
         make=_street),
    Step(reads=("postcode", "country"), writes=("postcode", "postcode_area"), make=_postcode),
    Step(reads=("city",), writes=("city",), make=_plain),
    Step(reads=("region",), writes=("region",), make=_plain),
    Step(reads=("email",), writes=("email", "email_local", "email_domain"), make=_mailbox),
    Step(reads=("phone", "country"), writes=("phone", "phone_tail"), make=_phone),
    Step(reads=("tax_id",), writes=("tax_id",), make=lambda text: (normalise_tax_id(text),)),
)  # fmt: skip
PERSONS: tuple[Step, ...] = (
    Step(
        reads=("name", "given_name", "surname"),
        writes=("given", "given_root", "initial", "middle", "surname", "full_name"),
        make=_name,
    ),
    Step(
        reads=("born_on",),
        writes=("born", "born_day", "born_turned"),
        make=birth_date,
    ),
    *_PLACE,
)
ORGANISATIONS: tuple[Step, ...] = (
    Step(
        reads=("name", "country"),
        writes=("company", "company_tokens", "legal_form", "tokens", "initials"),
        make=_company,
    ),
    *_PLACE,
)
_TYPES: dict[str, pa.DataType] = {"born_day": pa.int32(), "tokens": pa.list_(pa.string())}


def standardised(
    records: pa.Table, steps: Sequence[Step], *, attributes: Sequence[str] = ()
) -> pa.Table:
    """The standard columns of each record, in the order of the records.

    `records` has `key`, each once, perhaps `source`, and any of the columns that the steps read,
    all text. `attributes` are columns of the source's own that are compared as they are, folded.
    Raises `MatchingError` without a key or an attribute that is asked for.
    """
    for name in (KEY, *attributes):
        if name not in records.column_names:
            raise MatchingError(
                f"the records have no column {name!r}; they have {', '.join(records.column_names)}."
                f" Give every record one: records are told apart by {KEY!r}."
            )
    columns: dict[str, Any] = {KEY: records.column(KEY).cast(pa.string())}
    if SOURCE in records.column_names:
        columns[SOURCE] = records.column(SOURCE).cast(pa.string())
    own = tuple(Step(reads=(name,), writes=(name,), make=_plain) for name in attributes)
    for step in (*steps, *own):
        columns.update(_made(records, step))
    return pa.table(columns)


def standardised_one(
    record: Mapping[str, str | None], steps: Sequence[Step], *, attributes: Sequence[str] = ()
) -> dict[str, Any]:
    """The standard values of one record, the same as `standardised` gives it."""
    values: dict[str, Any] = {KEY: record[KEY], SOURCE: record.get(SOURCE)}
    for step in steps:
        made = step.make(*(record.get(name) for name in step.reads))
        values.update(zip(step.writes, made, strict=True))
    values.update({name: folded(record.get(name)) or None for name in attributes})
    return values


def _made(records: pa.Table, step: Step) -> dict[str, pa.Array]:
    """Each distinct combination of what is read goes through the function once."""
    read = [
        records.column(name).cast(pa.string()).combine_chunks()
        if name in records.column_names
        else pa.nulls(records.num_rows, pa.string())
        for name in step.reads
    ]
    distinct = [column.dictionary_encode("encode") for column in read]
    code = pc.cast(distinct[0].indices, pa.int64())
    for part in distinct[1:]:
        width = pa.scalar(max(1, len(part.dictionary)), pa.int64())
        code = pc.add(pc.multiply(code, width), pc.cast(part.indices, pa.int64()))
    coded = code.dictionary_encode()
    made = [step.make(*values) for values in _combinations(coded.dictionary, distinct)]
    found: dict[str, pa.Array] = {}
    for place, name in enumerate(step.writes):
        kind = _TYPES.get(name, pa.string())
        found[name] = pa.array([row[place] for row in made], kind).take(coded.indices)
    return found


def _combinations(codes: pa.Array, distinct: list[Any]) -> list[_Texts]:
    """The values that each combined code stands for."""
    rest = codes.to_pylist()
    columns: list[list[str | None]] = []
    for part in reversed(distinct[1:]):
        texts = part.dictionary.to_pylist()
        width = max(1, len(texts))
        columns.append([texts[code % width] for code in rest])
        rest = [code // width for code in rest]
    texts = distinct[0].dictionary.to_pylist()
    columns.append([texts[code] for code in rest])
    return list(zip(*reversed(columns), strict=True))
