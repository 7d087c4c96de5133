"""Does a model that is written say what it said, and does only that change which was changed?"""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

import pytest
from tests.core.dmn.kit import KIT, results, rewritten

from troth.core.dmn import DmnError, DmnUnknownError, bytes_of, model_of, text_of, with_logic, write
from troth.core.dmn import models as m
from troth.core.dmn.reading import read_definitions

needs_kit = pytest.mark.skipif(not KIT.exists(), reason=f"the conformance kit is not there: {KIT}")
MODEL = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- kept by the pricing team -->
<d:definitions xmlns:d="https://www.omg.org/spec/DMN/20191111/MODEL/"
    xmlns:di="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:own="urn:own"
    name="Freight" namespace='urn:freight' own:colour="blue">
\t<d:description>What a parcel costs &amp; why</d:description>
\t<d:inputData name="Weight" id="weight"><d:variable typeRef="number" name="Weight"/></d:inputData>
\t<d:decision id="freight" name="Freight">
\t\t<d:extensionElements><own:reviewed by="Ann"/></d:extensionElements>
\t\t<d:variable name="Freight" typeRef="number"/>
\t\t<d:informationRequirement id="r1"><d:requiredInput href="#weight"/></d:informationRequirement>
\t\t<d:decisionTable id="t1" own:width="120" hitPolicy="FIRST">
\t\t\t<d:input id="i1"><d:inputExpression typeRef="number"><d:text>Weight</d:text>\
</d:inputExpression></d:input>
\t\t\t<d:output id="o1"/>
\t\t\t<d:annotation name="Why"/>
\t\t\t<d:rule id="light">
\t\t\t\t<d:description>up to two kilograms</d:description>
\t\t\t\t<d:inputEntry id="c1"><d:text><![CDATA[< 2]]></d:text></d:inputEntry>
\t\t\t\t<d:outputEntry id="c2"><d:text>5</d:text></d:outputEntry>
\t\t\t\t<d:annotationEntry><d:text>tariff A</d:text></d:annotationEntry>
\t\t\t</d:rule>
\t\t\t<!-- heavy goods -->
\t\t\t<d:rule id="heavy">
\t\t\t\t<d:inputEntry id="c3"><d:text/></d:inputEntry>
\t\t\t\t<d:outputEntry id="c4"><d:text>9</d:text></d:outputEntry>
\t\t\t\t<d:annotationEntry><d:text>tariff B</d:text></d:annotationEntry>
\t\t\t</d:rule>
\t\t</d:decisionTable>
\t</d:decision>
\t<di:DMNDI><di:DMNDiagram><own:at x="1"   y="2"/></di:DMNDiagram></di:DMNDI>
</d:definitions>
"""


def _table(definitions: m.Definitions) -> m.TableBox:
    node = definitions.nodes["freight"]
    assert isinstance(node, m.Decision)
    assert isinstance(node.logic, m.TableBox)
    return node.logic


def _changes(before: str, after: str) -> list[str]:
    """The lines that went (-) and came (+)."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line.replace("\t", "") for line in lines if line[:2] not in ("--", "++", "@@")]


def _with_rules(*rules: m.Rule) -> list[str]:
    read = read_definitions(MODEL)
    changed = with_logic(read, "Freight", replace(_table(read), rules=rules))
    assert _table(changed).rules == rules
    return _changes(MODEL, text_of(changed))


def test_a_model_that_was_not_changed_is_the_same_text() -> None:
    for text in (MODEL, MODEL.replace("\n", "\r\n")):
        assert text_of(read_definitions(text)) == text
        assert bytes_of(model_of(text)) == text.encode()


def test_a_document_keeps_its_encoding() -> None:
    said = MODEL.replace("UTF-8", "ISO-8859-1").replace("tariff A", "Gebühr A").encode("latin-1")
    read = read_definitions(said)
    assert bytes_of(read) == said
    light, heavy = _table(read).rules
    dearer = replace(_table(read), rules=(light, replace(heavy, annotations=("10 € für B",))))
    changed = with_logic(read, "Freight", dearer)
    assert bytes_of(changed) == said.replace(b"tariff B", b"10 &#8364; f\xfcr B")
    assert read_definitions(bytes_of(changed)) == changed


def test_one_changed_cell_changes_its_line_alone() -> None:
    light, heavy = _table(read_definitions(MODEL)).rules
    assert _with_rules(light, replace(heavy, outputs=('9 + 1 // > "9"',))) == [
        '-<d:outputEntry id="c4"><d:text>9</d:text></d:outputEntry>',
        '+<d:outputEntry id="c4"><d:text>9 + 1 // &gt; "9"</d:text></d:outputEntry>',
    ]


def test_an_empty_element_takes_a_text() -> None:
    light, heavy = _table(read_definitions(MODEL)).rules
    (gone, come) = _with_rules(light, replace(heavy, inputs=(">= 2",)))
    assert (gone.count("<d:text/>"), come.count("<d:text>&gt;= 2</d:text>")) == (1, 1)


def test_a_new_rule_is_laid_out_as_those_beside_it() -> None:
    light, heavy = _table(read_definitions(MODEL)).rules
    new = m.Rule(inputs=("[2..5]",), outputs=("7",), annotations=("tariff M",))
    assert _with_rules(light, new, heavy) == [
        "+<d:rule>",
        "+<d:inputEntry>",
        "+<d:text>[2..5]</d:text>",
        "+</d:inputEntry>",
        "+<d:outputEntry>",
        "+<d:text>7</d:text>",
        "+</d:outputEntry>",
        "+<d:annotationEntry>",
        "+<d:text>tariff M</d:text>",
        "+</d:annotationEntry>",
        "+</d:rule>",
    ]


def test_a_rule_that_goes_takes_its_lines_along_and_no_comment() -> None:
    _, heavy = _table(read_definitions(MODEL)).rules
    changes = _with_rules(heavy)
    assert len(changes) == 6
    assert all(line.startswith("-") for line in changes)


def test_a_table_that_gives_way_to_an_expression_leaves_the_rest() -> None:
    changed = with_logic(read_definitions(MODEL), "Freight", m.LiteralBox(text="Weight * 3"))
    before, after = (text.split("<d:decisionTable")[0] for text in (MODEL, text_of(changed)))
    assert after.startswith(before)
    assert MODEL.split("</d:decisionTable>")[1] in text_of(changed)
    assert model_of(text_of(changed)).evaluate("Freight", {"Weight": 4}) == 12


def test_any_change_of_the_model_is_written_where_it_belongs() -> None:
    read = read_definitions(MODEL)
    freight = read.nodes["freight"]
    assert isinstance(freight, m.Decision)
    zone = m.InputData(id="zone", name="Zone", variable=m.Variable(name="Zone", type_ref="string"))
    needed = m.Requirement(kind=m.Kind.INPUT, href="#zone")
    changed = replace(
        read,
        name='Freight & "more"',
        nodes={
            "freight": replace(freight, name="Cost", requires=(*freight.requires, needed)),
            "weight": read.nodes["weight"],
            "zone": zone,
        },
        types={"Grams": m.ItemDefinition(name="Grams", type_ref="number", allowed="> 0")},
    )
    text = text_of(changed)
    assert read_definitions(text) == changed
    gone = [line for line in _changes(MODEL, text) if line.startswith("-")]
    assert len(gone) == 2  # the lines of the two names
    for kept in ("<!-- heavy goods -->", '<own:reviewed by="Ann"/>', 'x="1"   y="2"', "<![CDATA["):
        assert kept in text
    assert read_definitions(text_of(replace(changed, nodes={"zone": zone}))).nodes == {"zone": zone}


def test_a_model_answers_by_the_logic_that_it_was_given() -> None:
    model = model_of(MODEL)
    assert model.evaluate("Freight", {"Weight": 1}) == 5
    changed = with_logic(model, "Freight", m.LiteralBox(text="Weight * 2"))
    assert (changed.evaluate("Freight", {"Weight": 1}), changed.decisions) == (2, ("Freight",))
    assert model.evaluate("Freight", {"Weight": 1}) == 5


def test_what_cannot_be_written_is_told() -> None:
    read = read_definitions(MODEL)
    with pytest.raises(DmnUnknownError, match="Freight"):
        with_logic(read, "freight", m.LiteralBox(text="1"))
    with pytest.raises(DmnError, match=r"U\+0007"):
        with_logic(read, "Freight", m.LiteralBox(text='"\a"'))
    with pytest.raises(DmnError, match=r"DMN 1\.3 or older"):
        null = m.LiteralBox(text="null")
        with_logic(read, "Freight", m.ConditionalBox(test=null, then=null, other=null))
    with pytest.raises(DmnError, match=" Freight"):
        write(replace(read, nodes={"x": replace(read.nodes["weight"], id="x", name=" Freight")}))
    old = MODEL.replace("https://www.omg.org/spec/DMN/20191111/MODEL/",
                        "http://www.omg.org/spec/DMN/20151101/dmn.xsd")  # fmt: skip
    with pytest.raises(DmnError, match=r"DMN 1\.1"):
        with_logic(read_definitions(old), "Freight", m.LiteralBox(text="1"))


def test_every_kind_of_expression_is_written_as_it_was_read() -> None:
    one = m.LiteralBox(text='if 1 < 2 then "a\tb\r\n" else "&"', type_ref="string")
    function = m.FunctionBox(parameters=(("a", "number"), ("b", None)), body=one)
    boxes: tuple[m.Boxed, ...] = (
        one,
        m.LiteralBox(text="1", language="https://www.w3.org/TR/xpath"),
        m.ContextBox(entries=(("a b", "string", one), ("none", None, None), (None, None, one))),
        m.ListBox(items=(one, function), type_ref="Any"),
        m.RelationBox(columns=("x", "y"), column_types=("string", None), rows=((one, one),)),
        m.InvocationBox(called=one, bindings=(("a", one), ("b", None))),
        function,
        replace(function, kind="Java", body=m.ContextBox(entries=(("class", None, one),))),
        m.ConditionalBox(test=one, then=one, other=function),
        m.FilterBox(of=one, test=one),
        *(m.IterationBox(kind=kind, variable="i", over=one, result=one)
          for kind in ("for", "some", "every")),
        m.TableBox(
            hit_policy=m.HitPolicy.COLLECT,
            aggregation="SUM",
            inputs=(m.InputClause(expression="a", type_ref="number", values="> 1", label="A <"),),
            outputs=(m.OutputClause(name="o", type_ref="number", values="1, 2", default="1"),),
            rules=(m.Rule(inputs=("",), outputs=("1",), annotations=("why",), id="r"),),
            annotations=("why",),
            orientation="Rule-as-Column",
        ),
    )  # fmt: skip
    variable = m.Variable(name="v", type_ref="string")
    nodes: dict[str, m.Node] = {
        f"d{place}": m.Decision(
            id=f"d{place}", name=f"D {place}", variable=variable, requires=(), logic=box,
            question="Why?",
        )
        for place, box in enumerate(boxes)
    }  # fmt: skip
    requires = (m.Requirement(kind=m.Kind.KNOWLEDGE, href="urn:other#k"),)
    nodes["k"] = m.KnowledgeModel(
        id="k", name="K", variable=variable, requires=requires, function=function
    )
    nodes["s"] = m.Service(
        id="s", name="S", variable=variable, outputs=("#d0",), encapsulated=("#d1",),
        input_decisions=("#d2",), input_data=("#i",),
    )  # fmt: skip
    part = m.ItemDefinition(name="part", type_ref="string", is_collection=True, constraint="x")
    types = {
        "T": m.ItemDefinition(name="T", components=(part,)),
        "F": m.ItemDefinition(name="F", function=((("a", "number"), ("b", None)), "string")),
    }
    made = m.Definitions(
        name="All", namespace="urn:all", nodes=nodes, types=types,
        imports=(m.Import(name="o", namespace="urn:other", location="o.dmn"),
                 m.Import(name="p", namespace="urn:p", kind="http://www.dmg.org/PMML-4_2")),
    )  # fmt: skip
    read = read_definitions(write(made))
    assert read == made
    # The control: what differs is seen, whatever its kind.
    for key, node in nodes.items():
        assert read != replace(made, nodes={**nodes, key: replace(node, name="other")})


@needs_kit
def test_every_model_of_the_kit_is_written_as_it_was_read() -> None:
    files = sorted(KIT.glob("compliance-level-*/*/*.dmn"))
    assert len(files) >= 150
    for file in files:
        read = read_definitions(file.read_bytes(), source=file.name)
        assert bytes_of(read) == file.read_bytes()
        assert read_definitions(write(read)) == read, file.name


@needs_kit
def test_a_changed_cell_of_any_table_of_the_kit_changes_its_line_alone() -> None:
    count = 0
    for file in sorted(KIT.glob("compliance-level-*/*/*.dmn")):
        read = read_definitions(file.read_bytes(), source=file.name)
        for node in read.nodes.values():
            if not isinstance(node, m.Decision) or not isinstance(node.logic, m.TableBox):
                continue
            *others, last = node.logic.rules
            marked = replace(last, outputs=(*last.outputs[:-1], '"MARK" // <'))
            changed = with_logic(read, node.name, replace(node.logic, rules=(*others, marked)))
            gone, come = _changes(read.text, text_of(changed))
            assert come.removeprefix("+").replace('"MARK" // &lt;', "") == (
                gone.removeprefix("-").replace(_written(last.outputs[-1], gone), "")
            )
            count += 1
    assert count >= 35


def _written(cell: str, line: str) -> str:
    """A cell's text as a line of the kit has it: with entities, or as it is."""
    entities = cell.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return entities if entities in line else cell


@needs_kit
def test_models_of_level_2_answer_the_same_when_they_are_written_anew(tmp_path: Path) -> None:
    found = list(results(2, kit=rewritten(tmp_path, 2)))
    assert len(found) >= 116
    assert all(result.is_passed for result in found)
