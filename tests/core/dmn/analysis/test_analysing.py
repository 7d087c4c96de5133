"""What does the analysis tell people, and where does it say that it does not know?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from troth.core.dmn.analysis import Column, Kind, Limits, Runner, analyse, columns_of
from troth.core.dmn.item_types import Types
from troth.core.dmn.models import (
    Definitions,
    HitPolicy,
    InputClause,
    ItemDefinition,
    OutputClause,
    Rule,
    TableBox,
)


def _table(
    rows: list[tuple[list[str], str]],
    *,
    policy: HitPolicy = HitPolicy.UNIQUE,
    inputs: tuple[tuple[str, str | None, str | None], ...] = (
        ("severity", "number", None),
        ("channel", "string", '"phone", "mail"'),
    ),
    output: OutputClause | None = None,
) -> TableBox:
    return TableBox(
        hit_policy=policy,
        inputs=tuple(InputClause(expression=n, type_ref=t, values=v) for n, t, v in inputs),
        outputs=(output or OutputClause(),),
        rules=tuple(
            Rule(inputs=tuple(cells), outputs=(answer,), id=f"r-{at}")
            for at, (cells, answer) in enumerate(rows, 1)
        ),
    )


def _sentences(box: TableBox, kind: Kind, **options: object) -> list[str]:
    return [finding.sentence for finding in analyse(box, **options).of(kind)]  # type: ignore[arg-type]


def test_an_overlap_is_told_by_an_input_and_both_answers() -> None:
    box = _table([(["< 2", "-"], "10"), (["[2..3]", '"phone"'], "30"), (["2", "-"], "60")])
    (found,) = analyse(box).of(Kind.OVERLAP)
    assert found.sentence == (
        'Rules 2 and 3 both match when severity = 2 and channel = "phone", and answer 30 and 60.'
    )
    assert found.rules == (2, 3)
    assert found.rule_ids == ("r-2", "r-3")
    assert found.witness is not None
    assert found.witness.values == (("severity", Decimal(2)), ("channel", "phone"))
    assert dict(found.witness.feel) == {"severity": "2", "channel": '"phone"'}


def test_a_gap_is_told_as_wide_as_it_goes_with_the_cells_that_would_fill_it() -> None:
    box = _table([(["< 5", "-"], "1"), ([">= 5", '"mail"'], "2")])
    (found,) = analyse(box).of(Kind.GAP)
    assert found.sentence == 'No rule matches when severity >= 5 and channel = "phone".'
    assert found.where == (("severity", ">= 5"), ("channel", '"phone"'))
    cells = tuple(cell for _, cell in found.where)
    filled = replace(box, rules=(*box.rules, Rule(inputs=cells, outputs=("3",))))
    assert analyse(filled).findings == ()


def test_any_other_text_is_a_value_of_its_own_where_no_values_are_declared() -> None:
    box = _table([(['"a"'], "1"), (['"b", "c"'], "2")], inputs=(("code", "string", None),))
    (found,) = analyse(box).of(Kind.GAP)
    assert found.where == (("code", 'not("a", "b", "c")'),)
    assert found.sentence == 'No rule matches when code not in ("a", "b", "c").'


def test_between_two_whole_numbers_lies_nothing() -> None:
    box = _table([(["<= 3"], "1"), ([">= 4"], "2")], inputs=(("count", "number", None),))
    assert _sentences(box, Kind.GAP) == ["No rule matches when count in (3..4)."]
    whole = (Column(expression="count", kind="number", is_whole=True),)
    assert analyse(box, whole).findings == ()


def test_a_rule_can_be_masked_by_several_together() -> None:
    box = _table(
        [(["< 3", "-"], "1"), ([">= 3", '"phone"'], "2"), (["[1..9]", '"phone"'], "3"),
         (["-", "-"], "4")],
        policy=HitPolicy.FIRST,
    )  # fmt: skip
    assert _sentences(box, Kind.MASKED) == [
        (
            "Rule 3 never decides: rules 1 and 2 together match all that it matches, and decide "
            'there; when severity = 1 and channel = "phone", rule 1 answers 1.'
        )
    ]


def test_a_rule_is_redundant_where_the_next_answers_the_same() -> None:
    box = _table(
        [(["[1..2]", "-"], "5"), (["< 9", "-"], "5"), (["-", "-"], "6")], policy=HitPolicy.FIRST
    )
    assert _sentences(box, Kind.REDUNDANT) == [
        (
            "Rule 1 could go: without it every answer stays; when severity = 1, rule 2 answers 5 "
            "as well."
        )
    ]


def test_a_rule_that_says_what_the_default_says_is_redundant() -> None:
    box = _table([(["1", "-"], "0"), (["2", "-"], "4")], output=OutputClause(default="0"))
    found = analyse(box)
    assert [f.rules for f in found.of(Kind.REDUNDANT)] == [(1,)]
    assert not found.of(Kind.GAP)
    assert any("default" in sentence for sentence in found.assumptions)


def test_a_rule_misleads_that_stands_below_and_has_priority() -> None:
    box = _table(
        [(["< 5", "-"], '"yes"'), (["-", '"mail"'], '"no"'), (["-", '"phone"'], '"yes"')],
        policy=HitPolicy.PRIORITY,
        output=OutputClause(values='"no", "yes"'),
    )
    assert _sentences(box, Kind.MISLEADING) == [
        (
            "Rule 2 misleads: it stands below rule 1, but its output has priority; when severity "
            '= 4 and channel = "mail", the answer is "no" and not "yes".'
        )
    ]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("[5..3]", "`severity`, which contradicts itself."),
        ("> 3 and", "found `and`, expected the end, or an operator before it."),
        ('"high"', "whose values are of the type string where the column's are number."),
        ('[1.."a"]', "which contradicts itself."),
        ('not("a")', "whose values are of the type string where the column's are number."),
    ],
)
def test_a_cell_that_nothing_passes_is_told_with_its_reason(cell: str, why: str) -> None:
    box = _table([([cell, "-"], "1"), (["-", "-"], "2")], policy=HitPolicy.FIRST)
    (found,) = analyse(box).of(Kind.NEVER_MATCHES)
    assert found.sentence.startswith("Rule 1 never matches: no input")
    assert f" passes its cell `{cell}`" in found.sentence
    assert found.sentence.endswith(why)
    assert (found.cells[0].rule, found.cells[0].column, found.cells[0].text) == (1, 1, cell)
    assert found.witness is not None
    assert 1 not in Runner(box).show(dict(found.witness.values)).rules


def test_a_value_that_is_not_allowed_never_matches_and_the_table_refuses_it() -> None:
    box = _table([(["-", '"fax"'], "1"), (["-", "-"], "2")], policy=HitPolicy.FIRST)
    (found,) = analyse(box).of(Kind.NEVER_MATCHES)
    assert found.sentence.endswith('whose allowed values are "phone", "mail".')
    assert found.witness is not None
    shown = Runner(box).show(dict(found.witness.values))
    assert (shown.rules, shown.notes) == ((), ("an input is not one that the table takes",))


def test_rules_that_differ_in_one_input_alone_could_be_one() -> None:
    box = _table([(["< 3", "-"], "1"), (["[3..5)", "-"], "1"), ([">= 5", "-"], "2")])
    found = analyse(box)
    assert [finding.sentence for finding in found.findings] == [
        (
            "Rules 1 and 2 could be one: they answer 1 and differ in `severity` alone, which would "
            "be `< 5`."
        )
    ]
    assert found.is_clean


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("limit", "it depends on `limit`"),
        ("< limit + 1", "it depends on `limit`"),
        ("high", "`high` is no value; a text needs quotes"),
        ("? * 2 > 5", "it computes with its input instead of comparing it"),
        ("> today()", "it depends on the moment of asking"),
    ],
)
def test_a_cell_that_is_no_comparison_is_said_not_to_be_analysed(cell: str, why: str) -> None:
    box = _table([([cell, "-"], "1"), (["< 5", "-"], "2"), (["[4..6)", "-"], "3")])
    found = analyse(box, names=("limit", "severity", "channel"))
    (unread,) = found.of(Kind.NOT_ANALYSED)
    assert why in unread.sentence
    assert (unread.cells[0].rule, unread.cells[0].column) == (1, 1)
    assert not found.is_complete
    assert not found.is_clean
    # The rest still is: what is found does not depend on the cell, and no gap is claimed where
    # its rule may match.
    assert [finding.rules for finding in found.of(Kind.OVERLAP)] == [(2, 3)]
    assert not found.of(Kind.GAP)


def test_constants_are_worked_out() -> None:
    box = _table([(["< 2 * 3", "-"], "1"), (['>= number("6", null, null)', "-"], "2")])
    assert analyse(box).findings == ()


def test_a_name_in_scope_hides_a_function() -> None:
    box = _table([(["< max(2, 3)", "-"], "1"), ([">= 3", "-"], "2")])
    assert analyse(box).findings == ()
    assert not analyse(box, names=("max",)).is_complete


def test_two_columns_that_ask_about_one_input_are_one() -> None:
    inputs = (("age", "number", None), ("age", "number", None))
    box = _table([([">= 5", "< 9"], "1"), (["< 5", "-"], "2"), (["-", ">= 9"], "3")], inputs=inputs)
    assert _sentences(box, Kind.OVERLAP) == []
    assert _sentences(box, Kind.GAP) == []
    box = _table([(["> 5", "< 3"], "1"), (["-", "-"], "2")], inputs=inputs)
    (found,) = analyse(box).of(Kind.NEVER_MATCHES)
    assert found.sentence == (
        "Rule 1 never matches: no input passes its cells `> 5` and `< 3` for `age`, which "
        "contradict each other."
    )


def test_a_computed_input_is_taken_for_an_input_by_itself() -> None:
    box = _table([(["< 3"], "1")], inputs=(("a + b", "number", None),))
    found = analyse(box)
    assert found.of(Kind.GAP)[0].where == (("a + b", ">= 3"),)
    assert "`a + b` is taken for an input by itself." in found.assumptions


def test_without_a_type_a_column_is_what_its_cells_are() -> None:
    inputs = (("age", None, None),)
    found = analyse(_table([(["< 3"], "1"), ([">= 3"], "2")], inputs=inputs))
    assert found.findings == ()
    assert found.assumptions[0].startswith("`age` declares no type and is taken for a number,")
    mixed = analyse(_table([(["< 3"], "1"), (['"a"'], "2")], inputs=inputs))
    assert [f.sentence for f in mixed.findings] == [
        "The column `age` is not analysed: its values are of several types: number, string."
    ]


def test_times_with_and_without_an_offset_are_not_compared() -> None:
    box = _table(
        [(['< @"10:00:00"'], "1"), (['>= @"10:00:00Z"'], "2")], inputs=(("at", "time", None),)
    )
    assert "have an offset from UTC" in _sentences(box, Kind.NOT_ANALYSED)[0]


def test_null_is_looked_at_where_a_cell_names_it() -> None:
    inputs = (("age", "number", None), ("size", "number", None))
    box = _table([(["null", "-"], "1"), (["< 5", "< 5"], "2"), ([">= 5", "-"], "3")], inputs=inputs)
    assert _sentences(box, Kind.GAP) == ["No rule matches when age < 5 and size >= 5."]
    always = analyse(box, nulls="always")
    assert "No rule matches when age < 5 and size in (>= 5, null)." in [
        finding.sentence for finding in always.of(Kind.GAP)
    ]
    never = analyse(box, nulls="never")
    assert "What cells of `age` say about null is not looked at." in never.assumptions
    assert not never.of(Kind.NEVER_MATCHES)
    with pytest.raises(ValueError, match="expected one of named, never, always"):
        analyse(box, nulls="maybe")


def test_any_may_overlap_where_answers_agree_and_computed_ones_are_not_judged() -> None:
    rows = [(["< 5", "-"], "1"), (["> 3", "-"], "1.0"), (["4", "-"], "severity")]
    found = analyse(_table(rows, policy=HitPolicy.ANY), names=("severity",))
    assert not found.of(Kind.OVERLAP)
    assert found.of(Kind.NOT_ANALYSED)[-1].sentence.endswith("an output is computed.")


def test_computed_outputs_have_no_priority_that_could_be_told() -> None:
    box = _table(
        [(["-", "-"], "severity"), (["1", "-"], "2")],
        policy=HitPolicy.PRIORITY, output=OutputClause(values="1, 2"),
    )  # fmt: skip
    found = analyse(box, names=("severity",))
    assert found.of(Kind.NOT_ANALYSED)[0].cells[0].column == 3
    assert not found.of(Kind.MASKED)


def test_allowed_values_of_a_type_and_of_what_it_builds_on_bound_the_column() -> None:
    items = (
        ItemDefinition(name="Share", type_ref="number", allowed="[0..1]"),
        ItemDefinition(name="Half", type_ref="Share", allowed="<= 0.5"),
        ItemDefinition(
            name="Line", components=(ItemDefinition(name="part", type_ref="Half"),)
        ),
    )  # fmt: skip
    types = Types(
        Definitions(name="", namespace="", nodes={}, types={item.name: item for item in items}), {}
    )
    box = _table([(["[0..0.5]"], "1")], inputs=(("line.part", None, None),))
    columns = columns_of(box, types, {"line": "Line"})
    assert columns == (Column(expression="line.part", kind="number", allowed=("<= 0.5", "[0..1]")),)
    assert analyse(box, columns, types=types).findings == ()
    assert analyse(_table([(["[0..0.4]"], "1")], inputs=(("x", "Half", None),)), types=types).of(
        Kind.GAP
    )[0].where == (("x", "(0.4..0.5]"),)


def test_what_is_told_is_bounded_and_counted() -> None:
    box = _table([(["-", "-"], str(at)) for at in range(30)])
    found = analyse(box, limits=Limits(findings=10))
    assert len(found.of(Kind.OVERLAP)) == 10
    assert found.counts[Kind.OVERLAP].found == 30 * 29 // 2
    # Each of the rules is told before a rule is told twice.
    assert len({finding.rules[0] for finding in found.of(Kind.OVERLAP)}) == 10


def test_where_the_work_ends_it_says_so() -> None:
    rows = [([f"[{at}..{at + 7}]", "-"], "1") for at in range(0, 60, 2)]
    box = _table([*rows, (["-", "-"], "2")], policy=HitPolicy.FIRST)
    assert analyse(box).is_complete
    found = analyse(box, limits=Limits(looks=40))
    assert not found.is_complete
    assert all(
        finding.sentence.startswith("Not analysed further for")
        for finding in found.of(Kind.NOT_ANALYSED)
    )
    assert found.of(Kind.NOT_ANALYSED)
    assert not found.counts[Kind.MASKED].is_exact


def test_a_table_without_rules_or_inputs_is_analysed() -> None:
    assert _sentences(_table([]), Kind.GAP) == ["No rule matches for any input."]
    bare = _table([([], "1")], inputs=())
    assert analyse(bare).findings == ()
