"""Do cells come out of a program for sheets, and go into one, as they stand there?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.core.dmn.clipboard import cells_of, text_of

_CELLS = st.text(alphabet='"a,-\t\n 1', max_size=6)


@pytest.mark.parametrize(
    ("copied", "rows"),
    [
        # FEEL's own quotes come bare out of Excel, and stay.
        ('"Gold"\t<= 2\r\n"Silver"\t-\r\n', [['"Gold"', "<= 2"], ['"Silver"', "-"]]),
        ('"A", "B"\t""\tx', [['"A", "B"', '""', "x"]]),
        # A cell with a line end, and one whose quotes were doubled.
        ('"one\ntwo"\t"""Gold"""', [["one\ntwo", '"Gold"']]),
        ('a\t\t\n\n"b', [["a", "", ""], [""], ['"b']]),
        ("", [[""]]),
    ],
)
def test_a_block_is_read_as_it_was_copied(copied: str, rows: list[list[str]]) -> None:
    assert cells_of(copied) == rows


@given(st.lists(st.lists(_CELLS, min_size=2, max_size=4), min_size=1, max_size=4))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    assert cells_of(text_of(rows)) == rows


def test_without_quotes_a_line_end_would_part_a_row() -> None:
    # The control: written bare, the same cell is two.
    assert cells_of("one\ntwo") == [["one"], ["two"]] != cells_of(text_of([["one\ntwo"]]))
