"""Which model does a document describe? From XML of DMN 1.1 to 1.5 to `models`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from troth.core.dmn import models as m
from troth.core.dmn.errors import DmnDocumentError
from troth.core.dmn.xml import Element, decoded, read_xml

_NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)


def read_definitions(document: bytes | str, *, source: str = "a model") -> m.Definitions:
    """What a document says. Raises DmnDocumentError."""
    text, encoding = (
        (document, "utf-8") if isinstance(document, str) else decoded(document, source=source)
    )
    root = read_xml(text.encode(), source=source)
    return replace(definitions_of(root, source=source), text=text, encoding=encoding)


def definitions_of(root: Element, *, source: str) -> m.Definitions:
    """What the root of a document says. Raises DmnDocumentError."""
    if root.name != "definitions" or root.namespace not in _NAMESPACES:
        raise DmnDocumentError(
            source=source, line=root.line, found=f"<{root.name}> of {root.namespace!r}",
            expected="<definitions> of DMN 1.1 to 1.5",
            remedy="Export the model as DMN from the tool that made it.",
        )  # fmt: skip
    nodes: dict[str, m.Node] = {}
    for child in root.children:
        reader = _NODES.get(child.name)
        if reader is not None:
            node = reader(child)
            nodes[node.id] = node
    types = {item.name: item for item in map(_item, root.all("itemDefinition"))}
    imports = tuple(
        m.Import(
            name=child.get("name") or "",
            namespace=child.get("namespace") or "",
            location=child.get("locationURI"),
            kind=child.get("importType") or "",
        )
        for child in root.all("import")
    )
    return m.Definitions(
        name=root.get("name") or "",
        namespace=root.get("namespace") or "",
        nodes=nodes,
        types=types,
        imports=imports,
        source=source,
    )


def _type_ref(element: Element) -> str | None:
    found = element.get("typeRef") or element.text_of("typeRef")
    return found.strip() if found and found.strip() else None


def _id(element: Element) -> str:
    return element.get("id") or element.get("name") or f"line {element.line}"


def _variable(element: Element) -> m.Variable:
    child = element.one("variable")
    name = (child.get("name") if child else None) or element.get("name") or ""
    return m.Variable(name=" ".join(name.split()), type_ref=_type_ref(child) if child else None)


def _requirements(element: Element) -> tuple[m.Requirement, ...]:
    """Information and knowledge; an authority is a source, and nothing is computed from it."""
    return tuple(
        m.Requirement(kind=kind, href=target.get("href") or "")
        for child in element.all("informationRequirement", "knowledgeRequirement")
        for kind in m.Kind
        for target in child.all(kind.value)
        if target.get("href")
    )


def _hrefs(element: Element, name: str) -> tuple[str, ...]:
    return tuple(child.get("href") or "" for child in element.all(name))


def _name(element: Element) -> str:
    return " ".join((element.get("name") or "").split())


def _input_data(element: Element) -> m.InputData:
    return m.InputData(id=_id(element), name=_name(element), variable=_variable(element))


def _decision(element: Element) -> m.Decision:
    return m.Decision(
        id=_id(element),
        name=_name(element),
        variable=_variable(element),
        requires=_requirements(element),
        logic=_logic(element),
        question=element.text_of("question"),
        line=element.line,
    )


def _knowledge_model(element: Element) -> m.KnowledgeModel:
    logic = element.one("encapsulatedLogic")
    return m.KnowledgeModel(
        id=_id(element),
        name=_name(element),
        variable=_variable(element),
        requires=_requirements(element),
        function=_function(logic) if logic is not None else None,
    )


def _service(element: Element) -> m.Service:
    return m.Service(
        id=_id(element),
        name=_name(element),
        variable=_variable(element),
        outputs=_hrefs(element, "outputDecision"),
        encapsulated=_hrefs(element, "encapsulatedDecision"),
        input_decisions=_hrefs(element, "inputDecision"),
        input_data=_hrefs(element, "inputData"),
    )


_NODES: dict[str, Callable[[Element], m.Node]] = {
    "inputData": _input_data,
    "decision": _decision,
    "businessKnowledgeModel": _knowledge_model,
    "decisionService": _service,
}


def _item(element: Element) -> m.ItemDefinition:
    function = element.one("functionItem")
    return m.ItemDefinition(
        name=_name(element),
        type_ref=_type_ref(element),
        is_collection=element.get("isCollection") == "true",
        allowed=_text_within(element, "allowedValues"),
        constraint=_text_within(element, "typeConstraint"),
        components=tuple(map(_item, element.all("itemComponent"))),
        function=None if function is None else _function_item(function),
    )


def _function_item(
    element: Element,
) -> tuple[tuple[tuple[str, str | None], ...], str | None]:
    parameters = tuple((_name(child), _type_ref(child)) for child in element.all("parameters"))
    return parameters, element.get("outputTypeRef")


def _logic(element: Element | None) -> m.Boxed | None:
    """The one expression that stands in an element, of whatever form."""
    if element is None:
        return None
    for child in element.children:
        reader = _BOXES.get(child.name)
        if reader is not None:
            return reader(child)
    return None


def _needed(element: Element, name: str) -> m.Boxed:
    """The expression within a child, or a literal null where there is none."""
    return _logic(element.one(name)) or m.LiteralBox(text="null", line=element.line)


def _literal(element: Element) -> m.LiteralBox:
    return m.LiteralBox(
        text=element.text_of("text") or "",
        language=element.get("expressionLanguage") or None,
        line=element.line,
        type_ref=_type_ref(element),
    )


def _context(element: Element) -> m.ContextBox:
    entries = []
    for child in element.all("contextEntry"):
        variable = child.one("variable")
        name = _name(variable) if variable is not None else None
        kind = _type_ref(variable) if variable is not None else None
        entries.append((name, kind, _logic(child)))
    return m.ContextBox(entries=tuple(entries), line=element.line, type_ref=_type_ref(element))


def _boxes_in(element: Element) -> tuple[m.Boxed | None, ...]:
    return tuple(_BOXES[child.name](child) for child in element.children if child.name in _BOXES)


def _list(element: Element) -> m.ListBox:
    return m.ListBox(items=_boxes_in(element), line=element.line, type_ref=_type_ref(element))


def _relation(element: Element) -> m.RelationBox:
    types = tuple(_type_ref(column) for column in element.all("column"))
    return m.RelationBox(
        columns=tuple(_name(column) for column in element.all("column")),
        column_types=types if any(types) else (),
        rows=tuple(_boxes_in(row) for row in element.all("row", "list")),
        line=element.line,
        type_ref=_type_ref(element),
    )


def _invocation(element: Element) -> m.InvocationBox:
    bindings = []
    for child in element.all("binding"):
        parameter = child.one("parameter")
        if parameter is not None:
            bindings.append((_name(parameter), _logic(child)))
    called = next((_BOXES[child.name](child) for child in element.children
                   if child.name in _BOXES), None)  # fmt: skip
    return m.InvocationBox(
        called=called or m.LiteralBox(text="null", line=element.line),
        bindings=tuple(bindings),
        line=element.line,
        type_ref=_type_ref(element),
    )


def _function(element: Element) -> m.FunctionBox:
    return m.FunctionBox(
        parameters=tuple(
            (_name(child), _type_ref(child)) for child in element.all("formalParameter")
        ),
        body=_logic(element),
        kind=element.get("kind") or "FEEL",
        line=element.line,
        type_ref=_type_ref(element),
    )


def _conditional(element: Element) -> m.ConditionalBox:
    return m.ConditionalBox(
        test=_needed(element, "if"),
        then=_needed(element, "then"),
        other=_needed(element, "else"),
        line=element.line,
        type_ref=_type_ref(element),
    )


def _filter(element: Element) -> m.FilterBox:
    return m.FilterBox(
        of=_needed(element, "in"),
        test=_needed(element, "match"),
        line=element.line,
        type_ref=_type_ref(element),
    )


def _iteration(element: Element) -> m.IterationBox:
    return m.IterationBox(
        kind=element.name,
        variable=element.get("iteratorVariable") or "",
        over=_needed(element, "in"),
        result=_needed(element, "return" if element.name == "for" else "satisfies"),
        line=element.line,
        type_ref=_type_ref(element),
    )


def _text_within(element: Element, name: str) -> str | None:
    child = element.one(name)
    return None if child is None else child.text_of("text")


def _input_clause(element: Element) -> m.InputClause:
    expression = element.one("inputExpression")
    return m.InputClause(
        expression=(expression.text_of("text") if expression is not None else None) or "",
        type_ref=_type_ref(expression) if expression is not None else None,
        values=_text_within(element, "inputValues"),
        label=element.get("label"),
    )


def _output_clause(element: Element) -> m.OutputClause:
    return m.OutputClause(
        name=_name(element) or None,
        type_ref=_type_ref(element),
        values=_text_within(element, "outputValues"),
        default=_text_within(element, "defaultOutputEntry"),
        label=element.get("label"),
    )


def _table(element: Element) -> m.TableBox:
    rules = tuple(
        m.Rule(
            inputs=tuple(cell.text_of("text") or "" for cell in rule.all("inputEntry")),
            outputs=tuple(cell.text_of("text") or "" for cell in rule.all("outputEntry")),
            annotations=tuple(cell.text_of("text") or "" for cell in rule.all("annotationEntry")),
            id=rule.get("id"),
            line=rule.line,
        )
        for rule in element.all("rule")
    )
    return m.TableBox(
        hit_policy=m.HitPolicy((element.get("hitPolicy") or "UNIQUE").replace("_", " ")),
        aggregation=element.get("aggregation"),
        inputs=tuple(map(_input_clause, element.all("input"))),
        outputs=tuple(map(_output_clause, element.all("output"))),
        rules=rules,
        annotations=tuple(_name(child) for child in element.all("annotation")),
        orientation=element.get("preferredOrientation") or "Rule-as-Row",
        line=element.line,
        type_ref=_type_ref(element),
    )


_BOXES: dict[str, Callable[[Element], m.Boxed]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iteration,
    "some": _iteration,
    "every": _iteration,
    "decisionTable": _table,
}
