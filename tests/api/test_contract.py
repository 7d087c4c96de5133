"""The OpenAPI description is valid and complete.

That the API keeps to it is seen in tests/scenarios/test_api_under_fuzzing.py.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from django.test import Client, override_settings
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from troth.api import shapes
from troth.api.description import operations
from troth.api.shapes.decisions import INPUTS
from troth.api.shapes.shape import Shape
from troth.api.v1 import openapi_document
from troth.cli.api import command
from troth.core.decisions.kinds import KINDS

SITE = "troth.site.urls"
OPERATIONS = [
    pytest.param(address, method, operation, id=operation["operationId"])
    for address, method, operation in operations(openapi_document())
]
LISTS = (
    "customer",
    "order",
    "case",
    "decision",
    "policy",
    "metric",
    "source",
    "quarantine",
    "run",
    "question",
    "audit",
    "user",
)


def test_the_description_is_valid_openapi_3_1() -> None:
    faults = [fault.message for fault in OPENAPI_31_VALIDATOR.iter_errors(openapi_document())]
    assert faults == []
    assert openapi_document()["openapi"].startswith("3.1.")


def test_anybody_may_read_the_description() -> None:
    assert Client().get("/api/v1/openapi.json").json() == openapi_document()


def test_the_command_writes_the_same_description(tmp_path: Path) -> None:
    told = CliRunner().invoke(command, ["openapi"])
    assert (told.exit_code, json.loads(told.stdout)) == (0, openapi_document())
    CliRunner().invoke(command, ["openapi", "--output", str(tmp_path / "api.json")])
    assert (tmp_path / "api.json").read_text("utf-8") == told.stdout


def test_the_site_mounts_the_api_where_its_description_says() -> None:
    with override_settings(ROOT_URLCONF=SITE):
        assert Client().get("/api/v1/openapi.json").json() == openapi_document()
        assert Client().get("/problems/invalid").status_code == 200


def test_every_noun_has_its_operations() -> None:
    ids = {operation["operationId"] for _, _, operation in operations(openapi_document())}
    assert {f"{noun}_list" for noun in LISTS} <= ids
    assert {"promise_decide", "prioritise_decide_batch", "event_send", "customer_context"} <= ids
    assert {"question_keep_apart", "quarantine_replay", "run_start"} <= ids


def test_every_decision_kind_shows_an_input() -> None:
    assert INPUTS.keys() == {kind.name for kind in KINDS}, "add it to api/shapes/decisions.INPUTS"


def test_the_reference_page_names_every_operation() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/api.md").read_text("utf-8")
    for address, _, operation in operations(openapi_document()):
        assert f"`{address}`" in page
        assert f"`{operation['operationId']}`" in page


@pytest.mark.parametrize(("address", "method", "operation"), OPERATIONS)
def test_an_operation_says_who_it_is(address: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    assert operation["security"] == [{"Token": []}, {"Session": []}]


@pytest.mark.parametrize(("address", "method", "operation"), OPERATIONS)
def test_an_operation_documents_its_errors_as_problems(
    address: str, method: str, operation: dict[str, Any]
) -> None:
    expected = {"401", "403", "422", "500", "503"}
    expected |= {"404"} if "{" in address else set()
    expected |= {"400", "409", "413", "415"} if method == "post" else set()
    assert expected <= operation["responses"].keys()
    for status, told in operation["responses"].items():
        if status >= "400":
            assert told["content"].keys() == {"application/problem+json"}
            assert told["description"]


@pytest.mark.parametrize(("address", "method", "operation"), OPERATIONS)
def test_an_operation_shows_examples_of_all_that_it_takes(
    address: str, method: str, operation: dict[str, Any]
) -> None:
    for parameter in operation["parameters"]:
        assert "example" in parameter, parameter["name"]
        assert parameter.get("description"), parameter["name"]
        assert valid(parameter["schema"], parameter["example"]), parameter["name"]
    names = [parameter["name"] for parameter in operation["parameters"]]
    assert (method == "post") is ("Idempotency-Key" in names)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for example in content["examples"].values():
            assert valid(content["schema"], example["value"])


def test_no_two_shapes_share_a_name_and_with_it_a_schema() -> None:
    for module in iter_modules(shapes.__path__, f"{shapes.__name__}."):
        import_module(module.name)
    names = Counter(
        shape.__name__
        for shape in _below(Shape)
        if shape.__module__.startswith(shapes.__name__) and not shape.__name__.startswith("_")
    )
    assert [name for name, times in names.items() if times > 1] == []


def _below(kind: type[Shape]) -> Iterator[type[Shape]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


@pytest.mark.parametrize("name", sorted(openapi_document()["components"]["schemas"]))
def test_a_schema_has_a_description_and_an_example_that_fits(name: str) -> None:
    schema = openapi_document()["components"]["schemas"][name]
    assert schema["description"]
    assert schema["examples"]
    for example in schema["examples"]:
        assert schema.get("required", []) == [] or example
        assert valid(schema, example), name


def valid(schema: dict[str, Any], value: object) -> bool:
    """Whether a value fits a schema of the description."""
    whole = {"components": openapi_document()["components"], **schema}
    return jsonschema_rs.Draft202012Validator(whole).is_valid(value)
