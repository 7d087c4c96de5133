"""Does the reference of policies say all that a writer of a policy file may ask?"""

from __future__ import annotations

from troth.core.policies.kinds import KINDS
from troth.core.policies.reference import reference


def test_every_output_has_a_line_with_its_range_default_and_direction() -> None:
    text = reference()
    for kind in KINDS:
        assert f"## `{kind.name}`" in text
        for spec in kind.outputs:
            assert f"\n| `{spec.name}` | {spec.type} |" in text
    assert "| `service_quantile` | decimal |  | higher | `0.9` | 0.5 to 0.999 | all |" in text


def test_an_output_that_only_some_layers_answer_names_them() -> None:
    line = next(row for row in reference().splitlines() if row.startswith("| `currency` |"))
    assert "| region, company |" in line


def test_every_input_that_a_table_may_ask_for_is_told() -> None:
    section = reference().partition("## `service_level`")[2].partition("## ")[0]
    assert "| `severity` | number | 1, 2, 3, 4 | 1 is the worst, 4 the mildest. |" in section


def test_no_line_has_more_columns_than_its_header() -> None:
    for table in reference().split("\n\n"):
        rows = [row for row in table.splitlines() if row.startswith("| ")]
        assert len({row.replace("\\|", "").count("|") for row in rows}) <= 1
