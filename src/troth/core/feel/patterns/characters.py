"""Which characters does a class of a regular expression hold?

XML Schema 1.1 part 2, appendix G.4: ranges, escapes, categories and blocks of Unicode, subtraction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

# One character → whether it belongs.
Test = Callable[[str], bool]

_NAME_START = (
    (":", ":"), ("A", "Z"), ("_", "_"), ("a", "z"), ("\u00c0", "\u00d6"), ("\u00d8", "\u00f6"),
    ("\u00f8", "\u02ff"), ("\u0370", "\u037d"), ("\u037f", "\u1fff"), ("\u200c", "\u200d"),
    ("\u2070", "\u218f"), ("\u2c00", "\u2fef"), ("\u3001", "\ud7ff"), ("\uf900", "\ufdcf"),
    ("\ufdf0", "\ufffd"), ("\U00010000", "\U000effff"),
)  # fmt: skip
_NAME_MORE = (
    ("-", "."), ("0", "9"), ("\u00b7", "\u00b7"), ("\u0300", "\u036f"), ("\u203f", "\u2040"),
)  # fmt: skip
# The blocks of the Basic Multilingual Plane that business texts meet (Unicode 15, Blocks.txt).
_BLOCKS = {
    "BasicLatin": (0x0000, 0x007F), "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F), "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF), "SpacingModifierLetters": (0x02B0, 0x02FF),
    "CombiningDiacriticalMarks": (0x0300, 0x036F), "GreekandCoptic": (0x0370, 0x03FF),
    "Greek": (0x0370, 0x03FF), "Cyrillic": (0x0400, 0x04FF),
    "CyrillicSupplement": (0x0500, 0x052F), "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF), "Arabic": (0x0600, 0x06FF), "Devanagari": (0x0900, 0x097F),
    "Bengali": (0x0980, 0x09FF), "Tamil": (0x0B80, 0x0BFF), "Thai": (0x0E00, 0x0E7F),
    "Georgian": (0x10A0, 0x10FF), "HangulJamo": (0x1100, 0x11FF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF), "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F), "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF), "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F), "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF), "BoxDrawing": (0x2500, 0x257F),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F), "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF), "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF), "PrivateUseArea": (0xE000, 0xF8FF),
    "PrivateUse": (0xE000, 0xF8FF), "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}  # fmt: skip
_CATEGORIES = frozenset(
    [
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cn",
    ]
)


@dataclass(frozen=True, slots=True)
class Characters:
    """A set of characters: those of any of the tests, less another set; or all others."""

    tests: tuple[Test, ...]
    is_complement: bool = False
    less: Characters | None = None

    def holds(self, character: str) -> bool:
        is_in = any(test(character) for test in self.tests) != self.is_complement
        return is_in and not (self.less is not None and self.less.holds(character))

    def holds_in_any_case(self, character: str) -> bool:
        """As `holds`, where upper and lower case are one (flag i)."""
        cases = variants(character)
        is_in = any(test(case) for test in self.tests for case in cases) != self.is_complement
        return is_in and not (self.less is not None and self.less.holds_in_any_case(character))


def variants(character: str) -> frozenset[str]:
    """The characters that are this one in another case, and itself."""
    lower, upper = character.lower(), character.upper()
    return frozenset(
        case for case in (character, lower, upper, lower.upper(), upper.lower()) if len(case) == 1
    )


def between(first: str, last: str) -> Test:
    """The characters from one to another, both of them too."""
    return lambda character: first <= character <= last


def one_of(characters: str) -> Test:
    """The characters of a text."""
    return lambda character: character in characters


def any_of(ranges: tuple[tuple[str, str], ...]) -> Test:
    """The characters of several ranges."""
    return lambda character: any(first <= character <= last for first, last in ranges)


def opposite(test: Test) -> Test:
    """All characters but those."""
    return lambda character: not test(character)


def _word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


# The escapes of one letter; a capital is the opposite.
ESCAPES: dict[str, Test] = {
    "s": one_of(" \t\n\r"),
    "d": lambda character: unicodedata.category(character) == "Nd",
    "w": _word,
    "i": any_of(_NAME_START),
    "c": any_of(_NAME_START + _NAME_MORE),
}
ESCAPES |= {name.upper(): opposite(test) for name, test in ESCAPES.items()}


def property_named(name: str) -> Test | None:
    """The test of `\\p{name}`: a category, or a block after `Is`. None where there is none."""
    if name.startswith("Is"):
        found = _BLOCKS.get(name[2:])
        return None if found is None else between(chr(found[0]), chr(found[1]))
    if name not in _CATEGORIES:
        return None
    return lambda character: unicodedata.category(character).startswith(name)
