"""Is a document that means harm, or is no model, refused, and is it said where?"""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from troth.core.dmn import DmnDocumentError, bytes_of, load, model_of
from troth.core.dmn import models as m
from troth.core.dmn.reading import read_definitions

HEAD = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:{}"'
)
EMPTY = HEAD.format("a") + "/>"


def _told(document: bytes | str) -> str:
    with pytest.raises(DmnDocumentError) as caught:
        read_definitions(document, source="x.dmn")
    return str(caught.value)


@pytest.mark.parametrize(
    "declared",
    ['<!DOCTYPE d SYSTEM "file:///etc/passwd">', '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">]>'],
)
def test_a_document_that_declares_types_or_entities_is_refused(declared: str) -> None:
    assert "line 2: found a declaration of types or entities" in _told(f"\n{declared}{EMPTY}")
    read_definitions(EMPTY)


def test_a_document_that_is_too_deep_is_refused() -> None:
    def deep(count: int) -> str:
        return f"{HEAD.format('a')}>{'<list>' * count}{'</list>' * count}</definitions>"

    assert "too many or too deep" in _told(deep(300))
    read_definitions(deep(50))


def test_what_is_no_model_is_told_with_its_line() -> None:
    assert "line 1: found <process> of ''" in _told("<process/>")
    assert "x.dmn, line 2: found mismatched tag" in _told(
        EMPTY.replace("/>", ">\n<a></definitions>")
    )
    assert "no text in klingon" in _told(b'<?xml version="1.0" encoding="klingon"?><a/>')
    assert "no text in utf-8" in _told(EMPTY.encode().replace(b'"m"', b'"\xff"'))


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
     (codecs.BOM_UTF16_BE, "utf-16-be")],
)  # fmt: skip
def test_a_document_is_read_and_kept_in_its_encoding(mark: bytes, encoding: str) -> None:
    document = mark + EMPTY.replace('"m"', '"Größe 😀"').encode(encoding)
    read = read_definitions(document)
    assert read.name == "Größe 😀"
    assert bytes_of(read) == document


def _importing(own: str, other: str) -> str:
    return (
        f"{HEAD.format(own)}><import name='o' namespace='urn:{other}' importType='{m.DMN}'/>"
        "</definitions>"
    )


def test_an_import_is_looked_for_beside_and_among_what_was_handed_in(tmp_path: Path) -> None:
    (tmp_path / "a.dmn").write_text(_importing("a", "b"), "utf-8")
    with pytest.raises(DmnDocumentError, match="an import of 'urn:b'"):
        load(tmp_path / "a.dmn")
    with pytest.raises(DmnDocumentError, match="Hand in the imported model"):
        model_of(_importing("a", "b"))
    (tmp_path / "b.dmn").write_text(EMPTY.replace("urn:a", "urn:b"), "utf-8")
    assert load(tmp_path / "a.dmn").decisions == ()
    others = [read_definitions(EMPTY.replace("urn:a", "urn:b"))]
    assert model_of(_importing("a", "b"), others).decisions == ()


def test_models_that_import_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.dmn").write_text(_importing("a", "b"), "utf-8")
    (tmp_path / "b.dmn").write_text(_importing("b", "a"), "utf-8")
    with pytest.raises(DmnDocumentError, match="does not import this one"):
        load(tmp_path / "a.dmn")
    both = [read_definitions(_importing("b", "a")), read_definitions(_importing("a", "b"))]
    with pytest.raises(DmnDocumentError, match="does not import this one"):
        model_of(_importing("a", "b"), both)


def test_of_a_collection_allowed_values_are_of_items_and_the_constraint_of_all() -> None:
    def answer(kind: str, given: list[int]) -> object:
        return model_of(
            f"{HEAD.format('a')}><itemDefinition name='T' isCollection='true'>"
            f"<typeRef>number</typeRef><{kind}><text>{_TESTS[kind]}</text></{kind}>"
            "</itemDefinition><inputData id='i' name='i'><variable name='i' typeRef='T'/>"
            "</inputData><decision id='d' name='d'><variable name='d'/><informationRequirement>"
            "<requiredInput href='#i'/></informationRequirement><literalExpression><text>i</text>"
            "</literalExpression></decision></definitions>"
        ).evaluate("d", {"i": given})

    assert answer("allowedValues", [1, 2]) == [1, 2]
    assert answer("allowedValues", [1, 9]) is None
    assert answer("typeConstraint", [1, 9]) == [1, 9]
    assert answer("typeConstraint", [1, 2, 3]) is None


_TESTS = {"allowedValues": "&lt; 5", "typeConstraint": "count(?) &lt; 3"}


def test_an_authority_is_not_what_a_decision_is_computed_from() -> None:
    read = read_definitions(
        f"{HEAD.format('a')}><decision id='d' name='d'><authorityRequirement>"
        "<requiredDecision href='#e'/></authorityRequirement><informationRequirement>"
        "<requiredInput href='#i'/></informationRequirement></decision></definitions>"
    )
    decision = read.nodes["d"]
    assert isinstance(decision, m.Decision)
    assert decision.requires == (m.Requirement(kind=m.Kind.INPUT, href="#i"),)
