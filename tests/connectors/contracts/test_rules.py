"""Does each rule of a contract find the rows that break it, and no others?"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.connectors.contracts.agreed import CONTRACT, lay, rejects, with_property

ROWS = (
    "1,C1,2026-01-05T08:00:00Z,web,10\n"
    "2,C1,2026-01-06T08:00:00Z,,-5\n"
    "3,D2,2026-02-07T08:00:00Z,phone,11\n"
    "4,D2,2026-02-08T08:00:00Z,x,2.5\n"
)


def _of(name: str, more: str) -> str:
    return with_property(f"      - name: {name}\n        {more}\n")


def _typed(name: str, kind: str, options: str) -> str:
    return _of(name, f"logicalType: {kind}\n        logicalTypeOptions: {{{options}}}")


def _metric(name: str, more: str) -> str:
    return _of(name, f"quality: [{{{more}, mustBe: 0}}]")


# The terms → the rows that break them, and by which test.
RULES = {
    "required": (_of("destination_region", "required: true"), {"2": "required"}),
    "nullValues": (_metric("destination_region", "metric: nullValues"), {"2": "required"}),
    "unique": (_of("customer", "unique: true"), dict.fromkeys("1234", "unique")),
    "unique key": (_of("key", "unique: true"), {}),
    "minimum": (_typed("total", "number", "minimum: 2.5"), {"2": "range"}),
    "exclusiveMinimum": (
        _typed("total", "number", "exclusiveMinimum: 2.5"),
        {"2": "range", "4": "range"},
    ),
    "maximum": (_typed("total", "number", "maximum: 10"), {"3": "range"}),
    "multipleOf": (_typed("total", "number", "multipleOf: 5"), {"3": "step", "4": "step"}),
    "instants": (
        _typed("placed_at", "timestamp", "minimum: '2026-02-08T00:00:00Z'"),
        dict.fromkeys("123", "range"),
    ),
    "maxLength": (_typed("destination_region", "string", "maxLength: 3"), {"3": "length"}),
    "minLength": (_typed("destination_region", "string", "minLength: 3"), {"4": "length"}),
    "pattern": (
        _typed("destination_region", "string", "pattern: '^(web|phone)$'"),
        {"4": "pattern"},
    ),
    "a key as the source has it": (
        _typed("customer", "string", "pattern: '^C'"),
        {"3": "pattern", "4": "pattern"},
    ),
    "validValues": (
        _metric(
            "destination_region", "metric: invalidValues, arguments: {validValues: [web, phone]}"
        ),
        {"4": "values"},
    ),
    "valid numbers": (
        _metric("total", "metric: invalidValues, arguments: {validValues: [10, 11.0, -5]}"),
        {"4": "values"},
    ),
    "missingValues": (
        _metric(
            "destination_region", "metric: missingValues, arguments: {missingValues: [null, x]}"
        ),
        {"2": "missing", "4": "missing"},
    ),
    "for people": (
        _of("destination_region", "quality: [{type: text, description: seen by a person}]"),
        {},
    ),
}


@pytest.mark.parametrize("case", RULES)
def test_a_rule_finds_the_rows_that_break_it(case: str, tmp_path: Path) -> None:
    contract, expected = RULES[case]
    found = rejects(lay(tmp_path, ROWS, contract))
    assert {reject.key: reject.code for reject in found} == {
        f"shop:{key}": f"contract:entry:{test}" for key, test in expected.items()
    }


def test_a_violation_names_its_file_its_rule_and_whom_to_ask(tmp_path: Path) -> None:
    (found,) = rejects(lay(tmp_path, ROWS))
    assert found.line == 3
    assert found.column == "total"
    for words in ("-5", "contracts/orders.yaml:20", "order.total", "minimum", "at least 0", "olga"):
        assert words in found.message
    assert '"-5"' in found.raw


def test_a_contract_that_is_not_in_force_keeps_nothing_out(tmp_path: Path) -> None:
    assert rejects(lay(tmp_path, ROWS, CONTRACT.replace("active", "proposed"))) == []


@pytest.mark.parametrize("level", ["contract", "object", "property", "rule"])
def test_the_nearest_word_says_where_a_rule_is_held(level: str, tmp_path: Path) -> None:
    batch = "customProperties: [{property: validation, value: batch}]"
    entry = batch.replace("batch", "entry")
    terms = {
        "contract": CONTRACT.replace("schema:", f"{batch}\nschema:"),
        "object": CONTRACT.replace("    properties:", f"    {batch}\n    properties:").replace(
            "schema:", f"{entry}\nschema:"
        ),
        "property": CONTRACT.replace(
            "        logicalType:", f"        {batch}\n        logicalType:"
        ),
        "rule": _of(
            "total",
            "quality: [{metric: invalidValues, arguments: {validValues: [10, 11, 2.5]}, "
            f"mustBe: 0, {batch}}}]",
        ),
    }
    (found,) = rejects(lay(tmp_path, ROWS, terms[level]))
    assert found.code.startswith("contract:batch:")


def test_of_a_row_that_is_kept_out_only_that_is_told(tmp_path: Path) -> None:
    both = CONTRACT.replace(
        "          minimum: 0\n",
        "          minimum: 0\n"
        "      - name: destination_region\n        required: true\n"
        "        customProperties: [{property: validation, value: batch}]\n",
    )
    # Row 2 breaks both and does not land, so that there is nothing of it to look at.
    assert [(item.key, item.code) for item in rejects(lay(tmp_path, ROWS, both))] == [
        ("shop:2", "contract:entry:range")
    ]
    (found,) = rejects(lay(tmp_path, ROWS.replace("-5", "5"), both))
    assert found.code == "contract:batch:required"
