"""When does a workspace learn how records of one customer differ, and what is kept of it?

Without labels, from its own records (troth.analysis.matching), once there are enough. The model is
kept, with the thresholds that the stated precision comes to, and learnt anew when it is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
from django.utils import timezone

from troth.actions.recording import recorded
from troth.actions.upserting import upsert_changed
from troth.analysis.matching.design import Design
from troth.analysis.matching.designs import organisations, persons
from troth.analysis.matching.errors import MatchingError
from troth.analysis.matching.model import MatchModel, design_text
from troth.analysis.matching.scoring import Scored, score
from troth.analysis.matching.standard.parties import ORGANISATIONS, PERSONS, standardised
from troth.analysis.matching.thresholds import Point, Thresholds, thresholds
from troth.analysis.matching.training import train
from troth.core.access.roles import Right
from troth.core.ledger.canonical import digest
from troth.store.facts.moments import newest_known_at
from troth.store.facts.parties import PartyCount, party_rows
from troth.store.facts.verdicts import home_of_records
from troth.store.models import IdentityVerdict, User
from troth.store.models import MatchModel as MatchModelRow

# A fifth more records, or fewer: so much may change how common values and matches are.
GROWTH = 0.2
_PERSONS = 0.9  # of the records that say what they are: then they are compared as persons
_COLUMNS = (
    "key", "source", "name", "tax_id", "email", "phone", "address", "postcode", "city", "country",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Parties:
    """All customer records as they are compared."""

    standard: pa.Table
    design: Design


def design_of(count: PartyCount) -> Design:
    """As persons where nearly all that say so are; else as organisations, whose names are words in
    any order."""
    said = count.persons + count.organisations
    return persons() if said and count.persons >= _PERSONS * said else organisations()


def load_parties(design: Design) -> Parties:
    """Every customer record that is there, standardised."""
    held = list(party_rows())
    raw = pa.table({name: pa.array([row[name] for row in held], pa.string()) for name in _COLUMNS})
    steps = PERSONS if design.kind == "person" else ORGANISATIONS
    return Parties(standard=standardised(raw, steps), design=design)


def newest_model() -> MatchModelRow | None:
    """The model in use, or why there is none."""
    return MatchModelRow.objects.order_by("-trained_at", "-id").first()


def is_due(row: MatchModelRow | None, count: PartyCount, precision: Decimal) -> bool:
    """Whether a model is to be learnt: the first, or one for other records than it was learnt from,
    for another design or another stated precision."""
    return (
        row is None
        or abs(count.records - row.records) > GROWTH * row.records
        or row.design_digest != _design_digest(design_of(count))
        or row.precision != precision
    )


def learn_model(
    parties: Parties, *, precision: Decimal, acting_user: User
) -> tuple[MatchModelRow, Scored | None]:
    """Learn and keep the model of these records, with its scores; without, where none came of it.

    The same records, stated precision and verdicts give the same model.
    """
    scored = None
    row = MatchModelRow(
        trained_at=timezone.now(),
        records=parties.standard.num_rows,
        design=parties.design.kind,
        design_digest=_design_digest(parties.design),
        precision=precision,
    )
    try:
        at = newest_known_at() or row.trained_at
        model = train(parties.standard, parties.design, at=at)
        scored = score(parties.standard, model)
        _fill(row, model, thresholds(scored, precision=float(precision), verdicts=_said(scored)))
    except MatchingError as error:
        row.sentence = str(error)
    row.pk = f"mtm_{digest(_content(row))[:16]}"
    with recorded(
        acting_user=acting_user,
        action="customer:matching:learnt",
        right=Right.SETTLE_IDENTITY,
        is_company_wide=True,
    ) as entry:
        entry.wrote_all(upsert_changed([row], key=["id"]))
        entry.subject = row.pk
    return row, scored


def _content(row: MatchModelRow) -> dict[str, Any]:
    names = ("records", "design_digest", "precision", "sentence", "match_from", "possible_from")
    return {"digest": row.digest, **{name: getattr(row, name) for name in names}}


def _design_digest(design: Design) -> str:
    return digest({"design": design_text(design)})


def _fill(row: MatchModelRow, model: MatchModel, found: Thresholds) -> None:
    row.document = model.to_json()
    row.digest = digest({"document": row.document})
    row.sources = model.grounds.sources
    row.match_from, row.possible_from = _floor(found.match), _floor(found.possible)
    row.expected = _point(found.expected)
    row.curve = [_point(point) for point in found.curve]
    grounds, line = model.grounds, found.calibration
    row.grounds = {
        "pairs": grounds.pairs,
        "expected_matches": _text(grounds.expected_matches),
        "for_stewards": found.for_stewards,
        "verdicts": line.verdicts,
        "slope": _text(line.slope),
        "offset": _text(line.offset),
        "unobserved": list(grounds.unobserved),
        "blocking_left_out": list(grounds.blocking_left_out),
        "sessions": [
            {"rule": item.rule, "pairs": item.pairs, "is_converged": item.is_converged}
            for item in grounds.sessions
        ],
    }


def _floor(weight: float) -> Decimal:
    """Downwards, so that a pair of just this weight is above it, however it was added up."""
    return Decimal(repr(weight)).quantize(Decimal("0.000001"), ROUND_FLOOR)


def _point(point: Point) -> dict[str, Any]:
    return {
        "weight": _text(point.weight),
        "precision": _text(point.precision),
        "recall": _text(point.recall),
        "pairs": point.pairs,
    }


def _text(number: float) -> str:
    return str(Decimal(repr(float(number))).quantize(Decimal("0.000001"), ROUND_HALF_UP))


def _said(scored: Scored) -> dict[tuple[str, str], bool]:
    """What stewards said of scored pairs: of the records, or of the customers that they are of."""
    verdicts = IdentityVerdict.objects.filter(withdrawn_at=None).order_by("given_at", "pk")
    of_records: dict[frozenset[str], bool] = {}
    of_customers: dict[frozenset[str], bool] = {}
    for row in verdicts:
        held = of_records if row.level == "record" else of_customers
        held[frozenset((row.one, row.other))] = row.verdict == "same"
    if not of_records and not of_customers:
        return {}
    homes = home_of_records()
    found = {}
    for left, right in _keys(scored.table):
        said = of_records.get(frozenset((left, right)))
        if said is None:
            said = of_customers.get(frozenset((homes.get(left, ""), homes.get(right, ""))))
        if said is not None:
            found[left, right] = said
    return found


def _keys(table: pa.Table) -> Iterable[tuple[str, str]]:
    return zip(table.column("left").to_pylist(), table.column("right").to_pylist(), strict=True)
