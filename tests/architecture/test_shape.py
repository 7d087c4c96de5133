"""Is each module as small, as plain and as well named as we said it would be?"""

from __future__ import annotations

import ast

from tests.architecture.source import Function, Module, modules

LINES_A_FILE = 400
LINES_A_FUNCTION = 50
POSITIONAL = 5
FORBIDDEN_NAMES = {"base", "common", "data", "helpers", "info", "manager", "utils"}
# A function that is exempt says so on its first line or the line above: `# exempt: REASON`.
EXEMPT = "# exempt: "


def _is_exempt(module: Module, line: int) -> bool:
    return any(EXEMPT in text for text in module.lines[max(0, line - 2) : line])


def test_no_file_is_longer_than_400_lines() -> None:
    offenders = {
        module.place: len(module.lines)
        for module in modules()
        if len(module.lines) > LINES_A_FILE and not any(EXEMPT in t for t in module.lines[:5])
    }
    assert offenders == {}, "split it by noun"


def test_no_function_is_longer_than_50_lines() -> None:
    offenders = [
        f"{module.place}:{function.lineno}: {function.name} has {_length(function)} lines"
        for module in modules()
        for function in module.functions()
        if _length(function) > LINES_A_FUNCTION and not _is_exempt(module, function.lineno)
    ]
    assert offenders == []


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_function_takes_more_than_5_positional_parameters() -> None:
    offenders = []
    for module in modules():
        for function in module.functions():
            names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
            count = len([name for name in names if name not in ("self", "cls")])
            # What click calls, it calls by keyword: the options are no positional parameters.
            # What numba compiles takes its columns by position: it knows no keywords.
            said = " ".join(ast.unparse(decorator) for decorator in function.decorator_list)
            is_called_otherwise = "command" in said or "jit" in said
            if (
                count > POSITIONAL
                and not is_called_otherwise
                and not _is_exempt(module, function.lineno)
            ):
                offenders.append(f"{module.place}:{function.lineno}: {function.name} has {count}")
    assert offenders == []


def test_every_module_opens_with_the_question_that_it_answers() -> None:
    offenders = [module.place for module in modules() if not ast.get_docstring(module.tree)]
    assert offenders == []


def test_every_package_says_its_purpose_in_its_first_line() -> None:
    offenders = [
        module.place
        for module in modules()
        if module.path.name == "__init__.py"
        and not (ast.get_docstring(module.tree) or "").split("\n")[0].endswith((".", "?"))
    ]
    assert offenders == []


def test_every_public_class_and_function_of_core_says_what_it_is() -> None:
    offenders = []
    for module in modules():
        if not module.name.startswith("troth.core."):
            continue
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
                is_enum = isinstance(node, ast.ClassDef) and "Enum" in ast.unparse(node)[:80]
                if not ast.get_docstring(node) and not is_enum:
                    offenders.append(f"{module.place}:{node.lineno}: {node.name}")
    assert offenders == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    offenders = [
        module.place for module in modules() if FORBIDDEN_NAMES & {*module.name.split(".")[1:]}
    ]
    assert offenders == [], "name it after the noun that it holds"


def test_nothing_listens_to_signals_and_no_row_saves_itself_in_its_own_way() -> None:
    offenders = []
    for module in modules():
        if any(
            name.startswith("django") and name.endswith(("signals", "dispatch"))
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ImportFrom)
            for name in [node.module or ""]
        ):
            offenders.append(f"{module.place}: imports signals")
        if not module.name.startswith("troth.store.models"):
            continue
        offenders += [
            f"{module.place}:{function.lineno}: {function.name}"
            for function in module.functions()
            if function.name in ("save", "delete", "save_base")
        ]
    assert offenders == [], "a write is a verb in actions/"


def test_no_work_is_left_for_later_in_a_comment() -> None:
    words = ("TODO", "FIXME", "XXX", "HACK")
    offenders = [
        f"{module.place}:{number}"
        for module in modules()
        for number, line in enumerate(module.lines, start=1)
        if any(word in line.split() or f"{word}:" in line for word in words)
    ]
    assert offenders == []
