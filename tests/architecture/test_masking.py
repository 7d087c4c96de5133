"""Is there one place alone where a personal value meets whoever asks for it?"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.source import ROOT

from troth.core.access.roles import Role
from troth.core.access.vocabulary import Purpose
from troth.core.records.kinds import KINDS
from troth.core.records.values import Sensitivity
from troth.store.classification.classes import class_of
from troth.store.queries.masking import shows, shows_field, shows_rows
from troth.store.queries.viewing import Viewer

QUERIES = ROOT / "src" / "troth" / "store" / "queries"
_PERSONAL_TABLES = {"FactPersonal", "CustomerPersonal"}
_MAY_READ = {"masking.py", "naming.py"}


def _reading(paths: list[Path]) -> set[str]:
    """The modules that import a table of personal values."""
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = node.names if isinstance(node, ast.ImportFrom) else []
            if _PERSONAL_TABLES & {name.name for name in names}:
                found.add(path.name)
    return found


def test_personal_tables_are_read_where_fields_are_masked_and_nowhere_else() -> None:
    assert _reading(sorted(QUERIES.glob("*.py"))) == _MAY_READ


def test_a_query_that_reads_them_past_the_masks_is_found(tmp_path: Path) -> None:
    made = tmp_path / "letters.py"
    made.write_text("from troth.store.models import Customer, FactPersonal\n")
    assert _reading([made]) == {"letters.py"}


def test_right_and_mask_agree_for_the_class_of_every_field() -> None:
    # What row-level security hides by the right, no mask shows; scopes take a right away too.
    for role in Role:
        whole = Viewer(user_id=1, name="", role=role)
        bare = Viewer(user_id=1, name="", role=role, scopes=frozenset())
        for purpose in Purpose:
            assert not shows(bare, Sensitivity.PERSONAL, purpose=purpose)
            assert not shows(bare, Sensitivity.RESTRICTED, purpose=purpose)
            assert shows(bare, Sensitivity.INTERNAL, purpose=purpose)
            if shows(whole, Sensitivity.RESTRICTED, purpose=purpose):
                assert shows(whole, Sensitivity.PERSONAL, purpose=purpose)


def test_each_field_has_the_class_of_its_record_and_an_unknown_one_the_worst() -> None:
    for kind in KINDS:
        for spec in kind.fields:
            for column, _ in spec.columns:
                assert class_of(kind.name, column) is spec.sensitivity
    assert class_of("customer", "birthday") is Sensitivity.RESTRICTED
    assert class_of("no-kind", "name") is Sensitivity.RESTRICTED


def test_who_settles_identity_sees_a_tax_id_and_who_answers_the_person_for_that_alone() -> None:
    def sees(role: Role, purpose: Purpose) -> bool:
        viewer = Viewer(user_id=1, name="", role=role)
        return shows_field(viewer, "customer", "tax_id", purpose=purpose)

    assert {role for role in Role if sees(role, Purpose.SERVICE)} == {Role.STEWARD}
    assert {role for role in Role if sees(role, Purpose.PRIVACY)} == {Role.PRIVACY_OFFICER}


def test_a_row_is_as_sensitive_as_the_worst_that_stands_in_it() -> None:
    manager = Viewer(user_id=1, name="", role=Role.OPERATIONS_MANAGER)
    auditor = Viewer(user_id=1, name="", role=Role.AUDITOR)
    assert shows_rows(manager, "order")  # a tax id stands in no order
    assert not shows_rows(auditor, "order")  # but columns that no mapping names do
    assert not shows_rows(manager, "customer")
    assert not shows_rows(manager, "")  # of a feed that never landed
