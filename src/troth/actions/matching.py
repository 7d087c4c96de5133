"""Which records are likely one customer though they share no key?

All of them are scored when a model was learnt; after that new and changed records alone, against
all that are there, with the model that is kept: they get what scoring all would give them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from math import exp2
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.utils import timezone

from troth.actions.match_models import (
    design_of,
    is_due,
    learn_model,
    load_parties,
    newest_model,
)
from troth.actions.recording import Entry
from troth.analysis.matching.design import Design
from troth.analysis.matching.model import MatchModel
from troth.analysis.matching.online import Index
from troth.analysis.matching.pairs import MISSING, ScoredPair
from troth.analysis.matching.scoring import Scored, score
from troth.analysis.matching.standard.parties import KEY
from troth.connectors.workspace import identity_precision
from troth.core.identity.likely import FEWEST_RECORDS, LikelyPair
from troth.store.facts.parties import count_parties, unscored_keys
from troth.store.models import MatchModel as MatchModelRow
from troth.store.models import User
from troth.store.queries.viewing import as_the_program

_LARGEST = 1_000.0  # bits: a chance is 1 long before


@dataclass(frozen=True, kw_only=True)
class Matched:
    """What matching came to, for resolving to go by."""

    sentence: str = ""  # why records are matched by keys alone; "" where a model is used
    # By the keys of both, the smaller first: how alike, and for what.
    pairs: Mapping[tuple[str, str], tuple[LikelyPair, ScoredPair]] = field(default_factory=dict)
    row: MatchModelRow | None = None  # the model that scored something
    through: int = 0  # the landing up to which records are scored then

    @property
    def likely(self) -> tuple[LikelyPair, ...]:
        """Likely enough for somebody to look at."""
        return tuple(likely for likely, _ in self.pairs.values())

    def keep(self, entry: Entry) -> None:
        """Keep up to where records were scored, in the transaction that goes by it."""
        if self.row is not None:
            self.row.through_landing, self.row.scored_at = self.through, timezone.now()
            self.row.save(update_fields=["through_landing", "scored_at"])
            entry.wrote(self.row)

    def columns_of(self, pair: tuple[str, str] | None) -> dict[str, Any]:
        """What a question keeps of the pair that it is about: the steps of its waterfall."""
        if pair is None or pair not in self.pairs:
            return {}
        likely, scored = self.pairs[pair]
        steps = [("before comparing", "two records at random", scored.prior_weight)]
        steps += [
            (item.comparison, item.level, item.weight)
            for item in scored.evidence
            if item.level != MISSING
        ]
        return {
            "evidence": [
                {"comparison": name, "level": level, "weight": str(_rounded(weight, "0.001"))}
                for name, level, weight in steps
            ],
            "weight": _rounded(scored.weight, "0.001"),
            "probability": Decimal(repr(likely.probability)).quantize(
                Decimal("0.00000001"), ROUND_FLOOR
            ),
        }


def match_records(*, acting_user: User) -> Matched:
    """The likely pairs that are new since the last run; learns a model where one is due.

    Raises WorkspaceError where troth.toml states no precision that can be kept.
    """
    precision = identity_precision(Path(settings.WORKSPACE))
    with as_the_program():
        count = count_parties()
        if count.records < FEWEST_RECORDS:
            return Matched(
                sentence=f"{count.records:,} customer records are too few to learn from: "
                f"from {FEWEST_RECORDS:,} on they are matched by likeness too."
            )
        row, design = newest_model(), design_of(count)
        if row is None or is_due(row, count, precision):
            row, scored = learn_model(
                load_parties(design), precision=precision, acting_user=acting_user
            )
            found = None if scored is None else _of_all(scored, row)
        elif row.sentence:
            found = None
        else:
            found = _of_new(design, row)
        if found is None:
            return Matched(sentence=row.sentence)
        return _matched(found, row, through=count.through)


def _of_new(design: Design, row: MatchModelRow) -> list[ScoredPair] | None:
    """The pairs of what was not scored yet, by the model that is kept; None: all was."""
    fresh = unscored_keys(through=row.through_landing, since=row.scored_at)
    if not fresh:
        return None
    parties, model = load_parties(design), MatchModel.from_json(row.document)
    if row.through_landing == 0:  # learnt by a run that did not get farther
        return _of_all(score(parties.standard, model), row)
    index = Index(parties.standard, model)
    wanted = pc.is_in(parties.standard.column(KEY), pa.array(fresh, pa.string()))
    return [
        pair
        for record in parties.standard.filter(wanted).to_pylist()
        for pair in index.pairs(record, at_least=float(row.possible_from or 0))
    ]


def _of_all(scored: Scored, row: MatchModelRow) -> list[ScoredPair]:
    likely = scored.table.filter(
        pc.greater_equal(scored.table.column("weight"), float(row.possible_from or 0))
    )
    return list(replace(scored, table=likely).pairs())


def _matched(found: Iterable[ScoredPair], row: MatchModelRow, *, through: int) -> Matched:
    slope, offset = float(row.grounds["slope"]), float(row.grounds["offset"])
    match_from = float(row.match_from or 0)
    pairs = {}
    for pair in found:
        likely = LikelyPair(
            one=pair.left,
            other=pair.right,
            weight=pair.weight,
            probability=_chance(slope * pair.weight + offset),
            is_match=pair.weight >= match_from,
        )
        pairs[pair.left, pair.right] = (likely, pair)
    return Matched(pairs=pairs, row=row, through=through)


def _chance(bits: float) -> float:
    return 1.0 / (1.0 + exp2(-min(max(bits, -_LARGEST), _LARGEST)))


def _rounded(number: float, step: str) -> Decimal:
    return Decimal(repr(number)).quantize(Decimal(step), ROUND_HALF_UP)
