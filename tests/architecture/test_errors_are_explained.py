"""Has every code that the house says a page of `troth explain`, and every page its code?"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import get_args

from tests.architecture.source import Module, modules

from troth.api.problems import PROBLEMS
from troth.cli.explanations import PAGES, code_of
from troth.cli.faults import FOR_PEOPLE
from troth.connectors.contracts.shapes import Test

# Errors that reach no person, each with its reason.
PRIVATE = {
    "BadSecretError": "Troth makes the secrets itself; a fault of the program or of the key",
    "BatchError": "for callers of the batch form in Python; its message says all",
    "BudgetError": "ends an analysis of a table, which then says what it did not look at",
    "FoundProblemsError": "an exit code; what was found is printed already",
    "InexpressibleError": "caught where a table is compiled; its rows are FEEL's, and told so",
    "InputColumnError": "for callers of the batch form in Python; its message says all",
    "NoValue": "FEEL's null with its reason; caught where the note of it is made",
    "NotAdmittedError": "caught where somebody signs in; whoever it is gets one answer for all",
    "NotVerifiedError": "caught where somebody signs in; whoever it is gets one answer for all",
    "PasswordsRefusedError": "caught where the server is started",
    "PathMissingError": "caught where an answer is read, which then says what was expected",
    "ProblemError": "carries the code of a problem",
    "ScimError": "is answered in the words of RFC 7644, section 3.12",
    "UndeclaredDataError": "a fault of the program, found by its tests",
}
# Codes that are put together: how they begin → all that can come out.
COMPOSED = {
    "row:{}:unreadable": {"row:integer:unreadable", "row:decimal:unreadable",
                          "row:boolean:unreadable"},
    "promise:cold_start:{}": {"promise:cold_start:too_few", "promise:cold_start:beyond_history"},
    "prioritise:{}": {"prioritise:first_response", "prioritise:resolution"},
    "floor:{}": {f"floor:{because}" for because in ("consent", "stale", "unverified", "outage")},
    "contract:{}:{}": {f"contract:{where}:{test}" for where in ("entry", "batch")
                       for test in get_args(Test)},
    "event:{}": {"event:data", "event:attribute"},
    "clock:event:{}": {f"clock:event:{end}"
                       for end in ("repeated", "later", "already_started", "not_started")},
    "clock:{}": {"clock:pause:already_paused", "clock:resume:not_paused"}
    | {f"clock:{verb}:ended" for verb in ("pause", "resume", "reset", "stop", "cancel")}
    | {f"clock:{verb}:too_early" for verb in ("pause", "resume", "reset", "stop", "cancel",
                                              "check")},
}  # fmt: skip
_CODE = re.compile(
    r"(?:source|row|contract|promise|prioritise|floor|tier|event|quality)(?::[a-z_-]+)+"
)
_COMPOSED = re.compile(
    r"(?:source|row|contract|promise|prioritise|floor|tier|event|clock)(?::(?:[a-z_-]+|\{\}))+"
)
# Not said to anybody: names of scopes, of SQL parts, of places in a mapping.
NOT_CODES = {"tier:gold", "tier:{}"}


def _outside() -> Iterator[Module]:
    return (module for module in modules() if not module.name.startswith("troth.cli.explanations"))


def _said() -> set[str]:
    """Every code that stands in the source as it is."""
    return {
        node.value
        for module in _outside()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if _CODE.fullmatch(node.value) and node.value not in NOT_CODES
    }


def _composed() -> set[str]:
    """Every code that is put together, with {} for what is put in."""
    found = set()
    for module in _outside():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                )
                if _COMPOSED.fullmatch(text):
                    found.add(text)
    return found - NOT_CODES


def _errors() -> dict[str, type[Exception]]:
    """Every error class of ours that is public."""
    found = {}
    for module in _outside():
        if not any(isinstance(node, ast.ClassDef) for node in module.tree.body):
            continue
        if module.name.startswith(("troth.store.models", "troth.site", "troth.console")):
            continue
        loaded = importlib.import_module(module.name)
        for name, kind in inspect.getmembers(loaded, inspect.isclass):
            is_ours = kind.__module__ == module.name and not name.startswith("_")
            if is_ours and issubclass(kind, Exception):
                found[name] = kind
    return found


def test_every_composed_code_is_listed_with_all_that_it_can_become() -> None:
    assert _composed() == set(COMPOSED)


def test_every_code_that_is_said_has_a_page() -> None:
    said = _said() | {code for codes in COMPOSED.values() for code in codes}
    assert said - set(PAGES) == set()


def test_every_problem_type_of_the_api_has_a_page() -> None:
    assert {f"problem:{code}" for code in PROBLEMS} - set(PAGES) == set()


def test_every_error_has_a_code_and_the_code_a_page() -> None:
    unexplained = {
        name: code_of(kind)
        for name, kind in _errors().items()
        if name not in PRIVATE
        and not kind.__module__.startswith("troth.cli.")
        and code_of(kind) not in PAGES
    }
    assert unexplained == {}


def test_every_error_that_stops_a_command_has_a_page() -> None:
    assert {kind.__name__ for kind in FOR_PEOPLE if code_of(kind) not in PAGES} == set()


def test_every_error_that_a_command_lets_through_is_told_as_a_sentence() -> None:
    # An error outside of FOR_PEOPLE reaches a person as a traceback.
    subclasses = {kind for kind in _errors().values() if hasattr(kind, "code")}
    untold = {
        kind.__name__
        for kind in subclasses
        if not issubclass(kind, FOR_PEOPLE)
        and kind.__name__ not in ("ClockTargetError",)  # of a policy that publishing refuses
    }
    assert untold == set()


def test_every_page_explains_a_code_that_can_be_said() -> None:
    known = _said() | {code for codes in COMPOSED.values() for code in codes}
    known |= {f"problem:{code}" for code in PROBLEMS}
    known |= {code for kind in _errors().values() if (code := code_of(kind))}
    known.add("database:silent")  # the driver's own error
    assert set(PAGES) - known == set()


def test_every_page_says_all_four_things_in_whole_sentences() -> None:
    for page in PAGES.values():
        for text in (page.means, page.why, page.example, page.remedy):
            assert text.endswith((".", "?")), f"{page.code}: {text}"
