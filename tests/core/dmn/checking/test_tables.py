"""Does a table's check say which cell is wrong, and where in it?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from troth.core.dmn.checking import Problem, check_table
from troth.core.dmn.models import HitPolicy, InputClause, OutputClause, Rule, TableBox
from troth.core.feel.checking import kinds as k
from troth.core.feel.types import Type

_NAMES = {"tier": k.STRING, "order total": k.NUMBER, "placed on": k.DATE}
_BOX = TableBox(
    inputs=(
        InputClause(expression="tier", type_ref="string", values='"gold", "silver"'),
        InputClause(expression="order total", type_ref="number"),
    ),
    outputs=(
        OutputClause(name="days", type_ref="number", values="[0..30]"),
        OutputClause(name="carrier", type_ref="string", values='"post", "van"'),
    ),
    rules=(
        Rule(inputs=('"gold"', "> 100"), outputs=("1", '"van"')),
        Rule(inputs=("-", "[50..100]"), outputs=("order total / 50", '"post"')),
        Rule(inputs=('not("gold")', "< 50"), outputs=("5", "null")),
    ),
)


def _with_cell(row: int, column: int, text: str) -> TableBox:
    """The good table with another text in one of its cells."""
    rule = _BOX.rules[row - 1]
    cells = [*rule.inputs, *rule.outputs]
    cells[column - 1] = text
    new = replace(rule, inputs=tuple(cells[:2]), outputs=tuple(cells[2:]))
    return replace(
        _BOX, rules=tuple(new if other is rule else other for other in _BOX.rules)
    )  # fmt: skip


def test_a_good_table_has_no_problem() -> None:
    assert check_table(_BOX, _NAMES) == ()


@pytest.mark.parametrize(
    ("row", "column", "text", "position", "said"),
    [
        (1, 1, '"glod"', 0, 'one of "gold", "silver", found "glod"'),
        (1, 1, "5", 0, "a test of a text, found number"),
        (2, 2, "[100..50]", 0, "write the smaller bound first"),
        (2, 2, '"many"', 0, "a test of a number, found text"),
        (3, 2, "< 50, > order totl", 14, "did you mean `order total`?"),
        (3, 2, "< 50,", 5, "expected an expression"),
        (1, 3, "45", 0, "one of [0..30]"),
        (1, 3, '"soon"', 0, "expected number, found text"),
        (2, 3, "order total / tier", 12, "found number and text"),
        (2, 4, "placed on", 0, "expected text, found date"),
        (3, 4, '"train"', 0, 'one of "post", "van"'),
        (3, 4, 'if tier = "gold" then "vann" else "van"', 22, 'found "vann"'),
        (2, 1, " ", 0, "write - where any value will do"),
    ],
)
def test_a_wrong_cell_is_told_with_its_row_column_and_position(
    row: int, column: int, text: str, position: int, said: str
) -> None:
    (problem,) = check_table(_with_cell(row, column, text), _NAMES)
    assert (problem.place.row, problem.place.column) == (row, column)
    assert problem.position == position, str(problem)
    assert said in problem.sentence
    assert str(problem).startswith(f"rule {row}, column {column}: ")


def _problems_of(box: TableBox, **more: Type) -> list[Problem]:
    return list(check_table(box, {**_NAMES, **more}))


def test_the_head_of_a_column_is_told_without_a_row() -> None:
    clause = InputClause(expression="order totl", type_ref="nubmer")
    problems = _problems_of(replace(_BOX, inputs=(_BOX.inputs[0], clause)))
    assert [(each.place.row, each.place.column) for each in problems] == [(None, 2), (None, 2)]
    assert "did you mean `number`?" in problems[0].sentence
    assert "did you mean `order total`?" in problems[1].sentence


def test_an_expression_that_is_not_of_its_columns_type_is_told() -> None:
    clause = InputClause(expression="placed on", type_ref="number")
    (problem,) = _problems_of(replace(_BOX, inputs=(_BOX.inputs[0], clause)))
    assert "expected number, found date" in problem.sentence


def test_a_rule_that_lacks_a_cell_is_told() -> None:
    rule = replace(_BOX.rules[0], outputs=("1",))
    (problem,) = _problems_of(replace(_BOX, rules=(rule,)))
    assert "expected 2 inputs and 2 outputs, found 2 and 1" in problem.sentence


def test_the_answer_of_one_output_has_to_fit_what_is_asked_of_the_table() -> None:
    box = TableBox(
        inputs=_BOX.inputs[1:], outputs=(OutputClause(),),
        rules=(Rule(inputs=("-",), outputs=('"late"',)),),
    )  # fmt: skip
    (problem,) = check_table(box, _NAMES, expects=k.NUMBER)
    assert (problem.place.row, problem.place.column) == (1, 2)
    assert check_table(box, _NAMES, expects=k.STRING) == ()
    many = replace(box, hit_policy=HitPolicy.RULE_ORDER)
    assert check_table(many, _NAMES, expects=k.list_of(k.STRING)) == ()
    assert check_table(many, _NAMES, expects=k.list_of(k.NUMBER)) != ()


def test_a_column_without_a_type_has_that_of_its_expression() -> None:
    box = replace(_BOX, inputs=(_BOX.inputs[0], InputClause(expression="order total")))
    rule = replace(_BOX.rules[0], inputs=("-", '"many"'))
    (problem,) = _problems_of(replace(box, rules=(rule,)))
    assert (problem.place.row, problem.place.column) == (1, 2)
