"""What do the rows answer that only FEEL can, one by one?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from troth.analysis.policy_inputs import InputColumn
from troth.analysis.policy_tables import AnswerTable, Codes
from troth.core.policies.book import PolicyBook, Row
from troth.core.policies.scopes import Layer, Subject
from troth.core.policies.specs import PolicyKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ScopeColumn:
    """One key of each row, as codes: own customer, parent, contract, tier, segment, region."""

    layer: Layer
    codes: Codes  # positions in the keys of the layer; −1 where the row has none


class RowByRow:
    """Rows through the book; what they answer is added to the answers that there are."""

    def __init__(
        self,
        book: PolicyBook,
        kind: PolicyKind,
        keys: Mapping[Layer, Sequence[str]],
        tables: Mapping[str, AnswerTable],
        version_ids: Sequence[str],
    ) -> None:
        self._book, self._kind, self._keys = book, kind, keys
        self._tables = tables
        self._places = {version: at for at, version in enumerate(version_ids)}
        self._values = {name: list(table.values) for name, table in tables.items()}
        self._versions = {name: table.versions.tolist() for name, table in tables.items()}
        self._rules = {name: list(table.rules) for name, table in tables.items()}
        self._known: dict[int, tuple[Row, list[int]]] = {}  # by the row's identity

    def answer(
        self,
        rows: NDArray[np.int64],
        columns: Sequence[ScopeColumn],
        instants: NDArray[np.int64],
        inputs: Mapping[str, InputColumn],
        outputs: Sequence[str],
    ) -> tuple[Codes, dict[str, AnswerTable]]:
        """([output, row of these] the answer ids, all answers). Raises as PolicyBook.values."""
        found = np.empty((len(outputs), len(rows)), dtype=np.int32)
        for place, row in enumerate(rows.tolist()):
            at = _EPOCH + timedelta(microseconds=int(instants[row]))
            case = {name: column.value(row) for name, column in inputs.items()}
            answer = self._book.values(self._kind.name, self._subject(columns, row), at, case)
            found[:, place] = self._ids(answer, outputs)
        tables = {
            name: replace(
                table,
                values=self._values[name],
                versions=np.array(self._versions[name], dtype=np.int32),
                rules=self._rules[name],
            )
            for name, table in self._tables.items()
        }
        return found, tables

    def _ids(self, answer: Row, outputs: Sequence[str]) -> list[int]:
        known = self._known.get(id(answer))
        if known is not None:
            return known[1]
        items = {item.output: item for item in answer.resolution.outputs}
        ids = []
        for name in outputs:
            item = items[name]
            ids.append(len(self._values[name]))
            self._values[name].append(item.value)
            self._versions[name].append(self._places.get(item.version, -1))
            self._rules[name].append(item.rule)
        self._known[id(answer)] = (answer, ids)
        return ids

    def _subject(self, columns: Sequence[ScopeColumn], row: int) -> Subject:
        held: dict[Layer, list[str]] = {}
        for column in columns:
            code = int(column.codes[row])
            if code >= 0:
                held.setdefault(column.layer, []).append(self._keys[column.layer][code])

        def of(layer: Layer) -> tuple[str, ...]:
            return tuple(held.get(layer, ()))

        return Subject(
            customers=of(Layer.CUSTOMER),
            contracts=of(Layer.CONTRACT),
            tier=next(iter(of(Layer.TIER)), None),
            segments=of(Layer.SEGMENT),
            regions=of(Layer.REGION),
        )
