"""Does core read nothing but what it is given?"""

from __future__ import annotations

import ast
import sys

from tests.architecture.source import below, imported

# A clock, a file, the network, the machine or chance: none of them may decide anything.
FORBIDDEN_MODULES = frozenset(
    {
        "asyncio", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random",
        "secrets", "shutil", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading",
        "time", "urllib", "uuid",
    }
)  # fmt: skip
TAKES_TEXT_APART = "urllib.parse"  # opens nothing, unlike its siblings
FORBIDDEN_CALLS = frozenset({"now", "utcnow", "today", "getrandom", "urandom"})
FORBIDDEN_NAMES = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
CORE = below("troth.core")
# A model's file names the files that it imports, so that reading one is reading several, and
# `load(path)` is how the standard's tools are asked. It hands on what stands there and no more.
READS_FILES = {"troth.core.dmn.loading": {"pathlib"}}
# A language's own values and forms are made by the million, and have one to four parts in an order
# that everybody knows: Day(2026, 3, 1). By keyword, making one takes half as long again.
POSITIONAL = (
    "troth.core.feel.civil",
    "troth.core.feel.lexing",
    "troth.core.feel.patterns",
    "troth.core.feel.syntax",
    "troth.core.feel.values",
)


def test_core_imports_the_standard_library_and_itself_alone() -> None:
    offenders = [
        f"{module.place}:{line}: {name}"
        for module in CORE
        for line, name in imported(module.tree)
        if not name.startswith("troth.core") and name.split(".")[0] not in sys.stdlib_module_names
    ]
    assert offenders == []


def test_core_imports_no_clock_no_file_no_network_and_no_chance() -> None:
    offenders = [
        f"{module.place}:{line}: {name}"
        for module in CORE
        for line, name in imported(module.tree)
        if name.split(".")[0] in FORBIDDEN_MODULES and name != TAKES_TEXT_APART
        if name not in READS_FILES.get(module.name, set())
    ]
    assert offenders == []


def test_core_never_asks_what_time_it_is_and_opens_nothing() -> None:
    offenders = []
    for module in CORE:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_CALLS:
                offenders.append(f"{module.place}:{node.lineno}: {ast.unparse(node.func)}")
            if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_NAMES:
                offenders.append(f"{module.place}:{node.lineno}: {node.func.id}")
    assert offenders == []


def test_nothing_in_core_depends_on_the_order_of_a_set() -> None:
    # The order of a set of texts changes from process to process: a choice must not follow it.
    offenders = [
        f"{module.place}:{node.lineno}"
        for module in CORE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.For | ast.comprehension) and _is_a_set(node.iter)
        for node in [node.iter]
    ]
    assert offenders == []


def _is_a_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return is_call and node.func.id in ("set", "frozenset")


def test_every_record_of_core_is_frozen_and_keyword_only() -> None:
    offenders = []
    for module in CORE:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ClassDef):
                continue
            for decorator in node.decorator_list:
                said = ast.unparse(decorator)
                if said.split("(")[0] not in ("dataclass", "dataclasses.dataclass"):
                    continue
                is_positional = module.name.startswith(POSITIONAL)
                if "frozen=True" not in said or ("kw_only=True" not in said and not is_positional):
                    offenders.append(f"{module.place}:{node.lineno}: {node.name}: @{said}")
    assert offenders == []
