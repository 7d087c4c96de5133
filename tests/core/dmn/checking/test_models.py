"""Is what is wrong in a model told with its decision, and with what to do?"""

from __future__ import annotations

import pytest

from troth.core.dmn import model_of
from troth.core.dmn.checking import Problem, check

_HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="n">'
_INPUTS = """
<itemDefinition name="tTier"><typeRef>string</typeRef>
  <allowedValues><text>"gold", "silver"</text></allowedValues></itemDefinition>
<itemDefinition name="tOrder">
  <itemComponent name="total"><typeRef>number</typeRef></itemComponent>
  <itemComponent name="placed on"><typeRef>date</typeRef></itemComponent></itemDefinition>
<inputData id="tier" name="Tier"><variable name="Tier" typeRef="tTier"/></inputData>
<inputData id="order" name="Order"><variable name="Order" typeRef="tOrder"/></inputData>
"""


def _decision(
    name: str, logic: str, *requires: str, kind: str = "number", knowledge: str = ""
) -> str:
    needed = "".join(
        f"<informationRequirement><required{'Input' if target[0].islower() else 'Decision'}"
        f' href="#{target}"/></informationRequirement>'
        for target in requires
    )
    if knowledge:
        needed += (
            f'<knowledgeRequirement><requiredKnowledge href="#{knowledge}"/></knowledgeRequirement>'
        )
    if not logic.startswith("<"):
        logic = f"<literalExpression><text>{logic}</text></literalExpression>"
    return (
        f'<decision id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/>'
        f"{needed}{logic}</decision>"
    )


_FEE = (
    '<businessKnowledgeModel id="Fee" name="Fee"><variable name="Fee"/><encapsulatedLogic>'
    '<formalParameter name="amount" typeRef="number"/>'
    '<formalParameter name="tier" typeRef="tTier"/>'
    '<literalExpression><text>if tier = "gold" then 0 else amount / 100</text>'
    "</literalExpression></encapsulatedLogic></businessKnowledgeModel>"
)


def _problems(*nodes: str) -> list[Problem]:
    return list(check(model_of(f"{_HEAD}{_INPUTS}{''.join(nodes)}</definitions>")))


def _invocation(*bindings: tuple[str, str]) -> str:
    bound = "".join(
        f'<binding><parameter name="{name}"/><literalExpression><text>{text}</text>'
        "</literalExpression></binding>"
        for name, text in bindings
    )
    called = "<literalExpression><text>Fee</text></literalExpression>"
    return f"<invocation>{called}{bound}</invocation>"


def test_a_good_model_has_no_problem() -> None:
    assert _problems(
        _FEE,
        _decision("Base", "Order.total * 2", "order"),
        _decision("Price", "Base + Fee(Base, Tier)", "Base", "tier", knowledge="Fee"),
        _decision("Cost", _invocation(("amount", "Price"), ("tier", "Tier")), "Price", "tier",
                  knowledge="Fee"),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (_decision("D", "Order.totl", "order"), "did you mean `total`?"),
        (_decision("D", "Order.placed on + 1", "order"), "write the number as a duration"),
        (_decision("D", "Order.placed on", "order"), "expected number, found date"),
        (_decision("D", "Order.total"), "require `Order`, so that it is known here"),
        (_decision("D", "1", kind="tMoney"), "no type is called `tMoney`"),
        (_decision("D", "1", kind="tOrdr"), "did you mean `tOrder`?"),
        (_decision("D", "if Tier = \"glod\" then 1 else 2", "tier"), 'found "glod"'),
        (_decision("D", "1", "nothing"), "nothing has the id '#nothing'"),
        (_decision("D", "Fee(Order.total)", "order", knowledge="Fee"), "add what is missing"),
        (_decision("D", _invocation(("amount", "1")), knowledge="Fee"), "without `tier`"),
        (_decision("D", _invocation(("amount", "1"), ("teir", "null")), knowledge="Fee"),
         "did you mean `tier`?"),
        (_decision("D", _invocation(("amount", '"a"'), ("tier", "null")), knowledge="Fee"),
         "expected number, found text"),
        (_decision("D", "<context><contextEntry><variable name='a' typeRef='number'/>"
                   "<literalExpression><text>\"a\"</text></literalExpression></contextEntry>"
                   "<contextEntry><literalExpression><text>a + 1</text></literalExpression>"
                   "</contextEntry></context>"), "expected number, found text"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_decision(decision: str, said: str) -> None:
    found = [each for each in _problems(_FEE, decision) if not each.is_hint]
    assert said in found[0].sentence, [str(each) for each in found]
    assert found[0].place.node == "D"


def test_a_round_of_requirements_is_told_once() -> None:
    (problem,) = _problems(
        _decision("A", "B + 1", "B"), _decision("B", "C + 1", "C"), _decision("C", "A", "A"),
        _decision("E", "A", "A"),
    )  # fmt: skip
    assert "`A` → `B` → `C` → `A`" in problem.sentence
    assert not problem.is_hint


def test_a_requirement_that_is_not_used_is_a_hint() -> None:
    (problem,) = _problems(_decision("D", "Order.total", "order", "tier"))
    assert problem.is_hint
    assert "requires `Tier` and never uses it" in problem.sentence


def test_a_long_chain_of_decisions_is_walked() -> None:
    nodes = [
        _decision(f"D{n}", f"D{n - 1} + 1", f"D{n - 1}", kind="Any") for n in range(2_000, 0, -1)
    ]
    assert _problems(_decision("D0", "1"), *nodes) == []
    last = _decision("D0", "D2000 + 1", "D2000", kind="Any")
    (problem,) = _problems(last, *nodes)
    assert "requires itself" in problem.sentence


def test_a_wrong_cell_of_a_model_is_told_with_its_line() -> None:
    table = (
        "<decisionTable>\n<input><inputExpression typeRef='tTier'><text>Tier</text>"
        "</inputExpression></input>\n<output/>\n"
        '<rule><inputEntry><text>"glod"</text></inputEntry>'
        "<outputEntry><text>1</text></outputEntry></rule></decisionTable>"
    )
    (problem,) = _problems(_decision("D", table, "tier"))
    assert (problem.place.node, problem.place.row, problem.place.column) == ("D", 1, 1)
    assert problem.place.line > 1
    assert str(problem).startswith("`D`, rule 1, column 1: ")
