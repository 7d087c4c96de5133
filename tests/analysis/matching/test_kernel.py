"""Do the two ways of saying a condition, SQL and kernel, mean one thing?"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from troth.analysis.matching.conditions import (
    All,
    Condition,
    Crossed,
    Edits,
    EitherIs,
    Exact,
    Near,
    Shares,
    Similar,
    meets,
)
from troth.analysis.matching.kernel import edits, jaro_winkler

# Few letters, one of them of two bytes, so that texts are alike in many ways.
_TEXTS = st.text("abcé", min_size=1, max_size=9)
_RECORDS = st.fixed_dictionaries(
    {
        "one": st.none() | _TEXTS,
        "two": st.none() | _TEXTS,
        "count": st.none() | st.integers(-40, 40),
        "words": st.none() | st.lists(st.sampled_from("pqrs"), min_size=1, unique=True),
    }
)
_SCHEMA = pa.schema(
    {
        f"{name}_{side}": kind
        for side in "lr"
        for name, kind in (
            ("one", pa.string()),
            ("two", pa.string()),
            ("count", pa.int32()),
            ("words", pa.list_(pa.string())),
        )
    }
)
CONDITIONS: tuple[Condition, ...] = (
    Exact(column="one"),
    Similar(column="one", at_least=0.88),
    Similar(column="one", at_least=0.7),
    Edits(column="one", at_most=1),
    Edits(column="one", at_most=3),
    Near(column="count", at_most=31),
    Shares(column="words", at_least=2),
    Shares(column="words", at_least=1, of_shorter=1.0),
    Crossed(first="one", second="two"),
    EitherIs(first="one", second="two"),
    All(of=(Exact(column="two"), Similar(column="one", at_least=0.8))),
)


def _bytes(text: str) -> Any:
    return np.frombuffer(text.encode(), np.uint8)


@settings(max_examples=300, deadline=None)
@given(_TEXTS, _TEXTS)
@example("ba", "ab")
@example("abcabc", "acbacb")
def test_the_kernel_measures_texts_as_rapidfuzz_does_to_the_last_bit(one: str, other: str) -> None:
    left, right = _bytes(one), _bytes(other)
    assert jaro_winkler(left, right) == JaroWinkler.similarity(one.encode(), other.encode())
    assert edits(left, right) == DamerauLevenshtein.distance(one.encode(), other.encode())


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(_RECORDS, _RECORDS), min_size=40, max_size=60))
def test_a_condition_holds_in_duckdb_where_it_holds_for_two_records(
    pairs: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    rows = [
        {f"{name}_{side}": value for side, record in zip("lr", pair, strict=True)
         for name, value in record.items()}
        for pair in pairs
    ]  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("pairs", pa.Table.from_pylist(rows, schema=_SCHEMA))
        asked = ", ".join(f"coalesce({item.sql()}, false)" for item in CONDITIONS)
        said = connection.sql(f"select {asked} from pairs").fetchall()
    for pair, answers in zip(pairs, said, strict=True):
        assert [meets(item, *pair) for item in CONDITIONS] == list(answers)


def test_each_condition_holds_for_some_pair_and_not_for_another() -> None:
    """The control of the two above: none of the conditions is always or never met."""
    left = {"one": "abcabc", "two": "zz9", "count": 1, "words": ["p", "q", "r"]}
    alike = {"one": "abcabc", "two": "zz9", "count": 20, "words": ["p", "q"]}
    turned = {"one": "zz9", "two": "abcabc", "count": 90, "words": ["s"]}
    for item in CONDITIONS:
        answers = {meets(item, left, other) for other in (alike, turned)}
        assert answers == {True, False}
