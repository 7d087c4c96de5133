"""Are the tables of a model found wherever they stand, with the types that bound their inputs?"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.core.dmn.analysis.models import ENTRY, GAP, model_file
from tests.core.dmn.kit import KIT

from troth.core.dmn import load
from troth.core.dmn.analysis import Kind, Runner, analyse_model


def test_a_table_within_a_context_is_found_by_its_entry(tmp_path: Path) -> None:
    found = analyse_model(load(model_file(tmp_path, ENTRY)))
    assert [(str(table), table.box.hit_policy.value) for table in found] == [
        ("Fee › base", "UNIQUE"),
        ("Fee › extra", "UNIQUE"),
    ]
    # `extra` asks about the entry before it, which declares itself a number.
    assert [table.analysis.is_clean for table in found] == [True, True]


def test_the_types_of_what_a_decision_requires_bound_its_inputs(tmp_path: Path) -> None:
    model = load(model_file(tmp_path, GAP))
    (table,) = analyse_model(model)
    (found,) = table.analysis.findings
    # The type allows 1 to 5, its base what is not negative; the cells end at 4.
    assert found.where == (("sev-erity", "[4..5]"), ("Channel", '"mail"'))
    assert found.witness is not None
    assert model.evaluate("Target", dict(found.witness.values)) is None
    assert not any("by itself" in sentence for sentence in table.analysis.assumptions)
    (whole,) = analyse_model(model, whole=("sev-erity",))
    assert whole.analysis.findings[0].sentence.startswith("No rule matches when sev-erity in")


@pytest.mark.skipif(not KIT.exists(), reason=f"the conformance kit is not there: {KIT}")
def test_every_gap_found_in_the_conformance_kit_is_one_when_its_table_is_run() -> None:
    tables = gaps = 0
    for path in sorted(KIT.rglob("*.dmn")):
        try:
            model = load(path)
        except ValueError:
            continue  # imports that stand elsewhere
        for table in analyse_model(model):
            tables += 1
            runner = Runner(table.box)
            for finding in table.analysis.of(Kind.GAP):
                assert finding.witness is not None
                assert runner.rules(dict(finding.witness.values)) == (), finding.sentence
                gaps += 1
    assert tables >= 50
    assert gaps >= 10
