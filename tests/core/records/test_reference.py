"""The generated page on records."""

from __future__ import annotations

import pytest

from troth.core.records.kinds import KINDS
from troth.core.records.reference import reference


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_has_a_section_with_a_line_for_each_of_its_fields(kind):
    section = reference().split(f"## `{kind.name}`\n")[1].split("\n## ")[0]
    listed = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert listed == [spec.name for spec in kind.fields]
    assert " ".join(kind.record.__doc__.split()) in section


def test_a_line_tells_type_sensitivity_reference_and_codes():
    lines = reference().splitlines()
    assert "| `customer` | key | yes | internal | `customer` |  | Who ordered. |" in lines
    assert "| `tax_id` | text |  | restricted |  |  | VAT or tax number. |" in lines
    direction = next(line for line in lines if line.startswith("| `direction`"))
    assert "| `inbound`, `outbound` |" in direction
