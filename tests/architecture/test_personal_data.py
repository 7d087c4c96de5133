"""Has somebody said of every column and field whether it is personal, and what follows?"""

from __future__ import annotations

from django.apps import apps
from django.db import models
from tests.architecture.source import ROOT

from troth.core.records.fields import FieldSpec, FieldType
from troth.core.records.kinds import KINDS, RecordKind
from troth.core.records.values import Sensitivity
from troth.store.classification.columns import COLUMNS
from troth.store.classification.fields import ENVELOPE, FIELDS
from troth.store.classification.reference import reference
from troth.store.models import FACTS
from troth.store.models.facts import stored_columns
from troth.store.scrubbing import TABLES


def _models() -> list[type[models.Model]]:
    facts = set(FACTS.values())
    return [model for model in apps.get_models() if model not in facts]


def _name(model: type[models.Model]) -> str:
    """A table of a library is named with it."""
    return model.__name__ if model._meta.app_label == "store" else model._meta.label


def _unclassified(model: type[models.Model]) -> set[str]:
    known = COLUMNS.get(_name(model), {})
    return {f"{_name(model)}.{item.name}" for item in model._meta.concrete_fields
            if item.name not in known}  # fmt: skip


def _unclassified_fields(kind: RecordKind) -> set[str]:
    known = FIELDS.get(kind.name, {})
    return {f"{kind.name}.{spec.name}" for spec in kind.fields if spec.name not in known}


def test_every_column_of_every_table_is_classified() -> None:
    assert set[str]().union(*(_unclassified(model) for model in _models())) == set()


def test_every_field_of_every_record_is_classified() -> None:
    assert set[str]().union(*(_unclassified_fields(kind) for kind in KINDS)) == set()


def test_every_column_of_a_fact_is_a_records_field_or_in_the_envelope() -> None:
    for kind in KINDS:
        fields = {name for name, _, _ in stored_columns(kind)} | {"occurred_at"}
        columns = {item.name for item in FACTS[kind.name]._meta.concrete_fields}
        assert columns - fields - set(ENVELOPE) == set()


def test_a_made_up_column_is_found() -> None:
    # The control: the same test, on a model that has a column more.
    class Made(models.Model):
        birthday = models.DateField()

        class Meta:
            app_label = "store"

    try:
        assert "Made.birthday" in _unclassified(Made)
    finally:
        apps.all_models["store"].pop("made")
        apps.clear_cache()


def test_a_made_up_field_is_found() -> None:
    class _Kind(RecordKind):
        fields = (
            FieldSpec(
                name="birthday", type=FieldType.DATE, about="", is_required=False, refers_to=None,
                sensitivity=Sensitivity.INTERNAL, allowed=(),
            ),
        )  # fmt: skip

    assert _unclassified_fields(_Kind(name="customer", record=object)) == {"customer.birthday"}


def test_nothing_is_classified_that_is_not_there() -> None:
    there = {_name(model): {item.name for item in model._meta.concrete_fields}
             for model in _models()}  # fmt: skip
    assert {name: set(columns) - there.get(name, set()) for name, columns in COLUMNS.items()
            if set(columns) - there.get(name, set())} == {}  # fmt: skip
    fields = {kind.name: {spec.name for spec in kind.fields} for kind in KINDS}
    assert {name for name in FIELDS if set(FIELDS[name]) - fields.get(name, set())} == set()


def test_what_records_call_personal_is_classified_so_and_the_reverse() -> None:
    for kind in KINDS:
        said = {spec.name for spec in kind.fields if spec.sensitivity.is_stored_apart}
        classified = {name for name, found in FIELDS[kind.name].items() if found.is_personal}
        assert said == classified, kind.name


def test_every_personal_column_says_all_five_things() -> None:
    for table in (*COLUMNS.values(), *FIELDS.values()):
        for found in table.values():
            said = (found.purpose, found.basis, found.retention, found.erasure)
            assert not found.is_personal or all(said), found.name


def test_every_table_from_which_something_personal_goes_is_scrubbed() -> None:
    # Staff stay (libraries know nobody else), a visit ends by itself, what is sealed with its key.
    stays = {"User", "ApiToken", "LoginLink", "Session", "SharedValue", "AuditSecret"}
    by_name = {_name(model): model._meta.db_table for model in _models()}
    holding = {
        by_name[name]
        for name, columns in COLUMNS.items()
        if name not in stays and "." not in name
        if any(found.is_personal for found in columns.values())
    }
    assert holding - set(TABLES) == set()


def test_the_record_of_processing_is_what_the_code_says() -> None:
    page = ROOT / "docs" / "reference" / "personal-data.md"
    assert page.read_text("utf-8") == reference()
