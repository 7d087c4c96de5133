"""Do regular expressions match as XPath says, and never take long?"""

from __future__ import annotations

import random
import re

import pytest

from troth.core.feel.patterns import Pattern, PatternBudgetError, PatternError

_ATOMS = ("a", "b", "c", ".", "[ab]", "[^a]", "[a-c-[b]]")
_COUNTS = ("*", "+", "?", "{1,2}", "*?", "+?", "??")


def _random_pattern(dice: random.Random, depth: int) -> str:
    choice = dice.randrange(8)
    if depth == 0 or choice < 3:
        return dice.choice(_ATOMS)
    inner = _random_pattern(dice, depth - 1)
    match choice:
        case 3:
            return f"({inner}){dice.choice(_COUNTS)}" if _takes(inner) else f"({inner})"
        case 4:
            return f"(?:{inner}|{_random_pattern(dice, depth - 1)})"
        case 5:
            return f"{dice.choice('^$')}{inner}"
        case _:
            return inner + _random_pattern(dice, depth - 1)


def _takes(pattern: str) -> bool:
    """Whether it takes a character at least: engines differ on loops over nothing."""
    return re.search(_python(pattern), "") is None


def _python(pattern: str) -> str:
    return pattern.replace("[a-c-[b]]", "[ac]")


def test_matches_are_those_of_another_engine_where_both_know_the_pattern() -> None:
    dice = random.Random(4)
    for _ in range(5_000):
        pattern = _random_pattern(dice, 4)
        text = "".join(dice.choice("abc") for _ in range(dice.randrange(9)))
        theirs = [found.span() for found in re.finditer(_python(pattern), text)]
        ours = [found.spans[0] for found in Pattern(pattern).matches(text)]
        assert ours[:1] == theirs[:1], (pattern, text)


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){12}$"])
def test_a_pattern_that_backtracks_without_end_elsewhere_takes_few_steps(pattern: str) -> None:
    # A backtracking engine takes 2**400 steps of this; a test that hangs is one that fails.
    assert Pattern(pattern).search("a" * 400 + "b") is None


def test_a_back_reference_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(PatternBudgetError):
        Pattern(r"(a*)*(a*)*(a*)*\1\2\3b").search("a" * 200)


@pytest.mark.parametrize(
    ("pattern", "text", "flags", "is_found"),
    [
        ("a.c", "a\nc", "", False),
        ("a.c", "a\nc", "s", True),
        ("^b$", "a\nb\nc", "", False),
        ("^b$", "a\nb\nc", "m", True),
        ("K", "\u212a", "i", True),
        ("[A-Z-[OI]]", "o", "i", False),
        ("a b", "ab", "x", True),
        ("a.c", "a.c", "q", True),
        ("a.c", "abc", "q", False),
        (r"^\p{Lu}\p{IsCyrillic}$", "Äж", "", True),
        (r"^\i\c*$", "a-1", "", True),
        (r"(a)(b)?\2c", "ac", "", True),
    ],
)
def test_flags_classes_and_references(pattern: str, text: str, flags: str, is_found: bool) -> None:
    assert (Pattern(pattern, flags).search(text) is not None) is is_found


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "a**", "[", "[]", "[b-a]", r"\q", r"(a)\2", "a{2,1}", r"\p{Foo}", "*", "a{"],
)
def test_what_is_no_pattern_is_refused_with_its_place(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"character \d+ of the pattern"):
        Pattern(pattern)


def test_counts_that_multiply_are_refused_before_they_are_made() -> None:
    with pytest.raises(PatternError, match="too large"):
        Pattern("(((a{100}){100}){100}){100}")
