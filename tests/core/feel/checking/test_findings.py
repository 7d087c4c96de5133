"""Is each kind of fault found at its place, and told with what to do?"""

from __future__ import annotations

import pytest

from troth.core.feel.checking import Effect, check
from troth.core.feel.checking import kinds as k
from troth.core.feel.types import ANY, Type

_LINE = Type(name="context", members={"sku": k.STRING, "unit price": k.NUMBER})
_TIER = Type(name="string", allows=lambda value: value in ("gold", "silver"),
             allowed='"gold", "silver"')  # fmt: skip
_PRICED = Type(name="function", parameters=(k.STRING, k.NUMBER), labels=("sku", "pieces"),
               result=k.NUMBER)  # fmt: skip
_NAMES = {
    "amount": k.NUMBER, "order total": k.NUMBER, "tier": _TIER, "due on": k.DATE,
    "asked at": k.MOMENT, "lines": k.list_of(_LINE), "anything": ANY, "price of": _PRICED,
    "note": k.STRING, "urgent": k.BOOLEAN, "prices": k.list_of(k.NUMBER),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "position", "effect", "said"),
    [
        ('"a" + 1', 4, Effect.NULL, "found text and number; write string(1)"),
        ("amount * note", 7, Effect.NULL, "number(note)"),
        ("due on + 1", 7, Effect.NULL, 'duration("P1D")'),
        ("prices + 1", 7, Effect.NULL, "take one item"),
        ("amount + null", 7, Effect.NULL, "in place of null"),
        ("amount / 0", 7, Effect.NULL, "divided by 0"),
        ("-note", 0, Effect.NULL, "number or duration after -"),
        ('amount = "5"', 7, Effect.NULL, "without quotes"),
        ("due on < asked at", 7, Effect.NULL, "date(…)"),
        ("urgent < urgent", 7, Effect.NULL, "values that have an order"),
        ("amount < null", 7, Effect.NULL, "ask for null with = null"),
        ('tier = "glod"', 5, Effect.NEVER, 'expected one of "gold", "silver", found "glod"'),
        ("amout + 1", 0, Effect.NULL, "did you mean `amount`?"),
        ("order totl + 1", 6, Effect.UNREADABLE, "did you mean `order total`?"),
        ("substrng(note, 1)", 0, Effect.NULL, "did you mean `substring`?"),
        ("substring(note)", 9, Effect.NULL, "found 1 argument; add what is missing"),
        ("count(prices, 1)", 5, Effect.NULL, "leave out what is too many"),
        ("substring(amount, 1)", 9, Effect.NULL, "expected text, found number for `string`"),
        ("floor(n: amount, sacle: 1)", 5, Effect.NULL, "did you mean `scale`?"),
        ("sum(lines.sku)", 3, Effect.NULL, "found list of text for `list`"),
        ("abs(note)", 3, Effect.NULL, "found text for `n`"),
        ("not(null)", 3, Effect.NULL, "found null for `negand`"),
        ("sort(prices, function(a) a)", 4, Effect.NULL, "a function of two values"),
        ('date("2026-02-30")', 4, Effect.NULL, "the text is no date"),
        ('matches(note, "[a-")', 7, Effect.NULL, "within a class"),
        ("amount(1)", 6, Effect.NULL, "a function before `(`"),
        ("price of(note)", 8, Effect.NULL, "add what is missing"),
        ("price of(amount, 1)", 8, Effect.NULL, "found number for `sku`"),
        ("price of(sku: note, peices: 1)", 8, Effect.NULL, "did you mean `pieces`?"),
        ("lines.unit prise", 11, Effect.UNREADABLE, "did you mean `unit price`?"),
        ("lines.skew", 5, Effect.NULL, "did you mean `sku`?"),
        ("due on.hour", 6, Effect.NULL, "a member that a date has"),
        ("{a: 1}.b", 6, Effect.NULL, "found `b`"),
        ("{a: b, b: 1}", 4, Effect.NULL, "a name that nothing has here"),
        ("{a: 1, a: 2}", 0, Effect.NULL, "`a` twice"),
        ("lines[unit price > note].sku", 17, Effect.NULL, "two values of one type"),
        ("lines[sku]", 6, Effect.MISFIT, "true or false of each item"),
        ("lines[0]", 5, Effect.NULL, "the first item is list[1]"),
        ("for x in prices return x.a", 24, Effect.NULL, "a member that a number has"),
        ('for x in ["a".."b"] return x', 0, Effect.NULL, "a range of numbers or dates"),
        ("for x in note..2 return x", 0, Effect.NULL, "to go from and to"),
        ("some x in prices satisfies x", 27, Effect.MISFIT, "after `satisfies`"),
        ("every l in lines satisfies l.sku > 1", 33, Effect.NULL, "two values of one type"),
        ("if amount then 1 else 2", 3, Effect.MISFIT, "true or false after `if`"),
        ("urgent and note", 11, Effect.MISFIT, "beside `and`"),
        ('amount between "a" and 3', 7, Effect.NEVER, "bounds of one type"),
        ("amount in (1, note)", 14, Effect.NEVER, "a test of a number"),
        ("amount in [5..3]", 10, Effect.NEVER, "write the smaller bound first"),
        ('[1.."a"]', 0, Effect.NULL, "two ends of one type"),
        ("amount instance of nubmer", 7, Effect.NULL, "a known type"),
        ("function(x) external {}", 0, Effect.NULL, "write its body in FEEL"),
        ("(function(x: number) x + 1)(note)", 27, Effect.NULL, "expected number"),
        ("1 +", 3, Effect.UNREADABLE, "expected an expression"),
    ],
)
def test_a_fault_is_told_where_it_stands(
    text: str, position: int, effect: Effect, said: str
) -> None:
    (finding,) = check(text, _NAMES).findings
    assert (finding.position, finding.effect) == (position, effect), finding.sentence
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("string(amount) + note", "string"),
        ("due on - due on", "days and time duration"),
        ('tier = "gold"', "boolean"),
        ("tier = null", "boolean"),
        ("anything.whatever + 1", "number"),
        ("anything[whatever > 1]", "list"),
        ("anything(1, 2)", "Any"),
        ("lines[unit price > 1].sku", "list<string>"),
        ("lines[1].unit price", "number"),
        ("lines[item.sku = note][-1]", "context<sku: string, unit price: number>"),
        ("if urgent then 1 else null", "number"),
        ('if urgent then 1 else "a"', "Any"),
        ("[]", "list"),
        ("for x in [] return x + 1", "list<number>"),
        ("for i in 1..3 return count(partial)", "list<number>"),
        ("{a: 1, b: a + 1}.b", "number"),
        ("{f: function(n) if n = 0 then 0 else f(n - 1), r: f(3)}.r", "Any"),
        ("{f: function(n) g(n), g: function(n) n, r: f(3)}.r", "Any"),
        ("(function(x, y) x + y)(1, 2)", "Any"),
        ("price of(pieces: 1, sku: note)", "number"),
        ("sort(lines, function(a, b) a.unit price < b.unit price)",
         "list<context<sku: string, unit price: number>>"),
        ("[{a: 1}, {b: 2}].b", "list<number>"),
        ("date and time(due on, time(asked at)) - asked at", "days and time duration"),
        ('duration("P1Y") + duration("P2M")', "years and months duration"),
        ('get value({a: due on}, "a")', "date"),
        ("min(prices)", "number"),
        ('context put(lines[1], "pieces", 3).pieces', "number"),
        ("now() + duration(\"PT1H\")", "date and time"),
    ],
)  # fmt: skip
def test_what_is_good_has_a_type_and_no_finding(text: str, kind: str) -> None:
    checked = check(text, _NAMES)
    assert checked.findings == ()
    assert str(checked.type) == kind


@pytest.mark.parametrize(
    ("text", "column", "position", "said"),
    [
        ('"gold"', k.NUMBER, 0, "a test of a number, found text"),
        ('< 5, "a"', k.NUMBER, 5, "a test of a number"),
        ('not("a")', k.NUMBER, 4, "a test of a number"),
        ("[5..3]", k.NUMBER, 0, "write the smaller bound first"),
        ("(5..5]", k.NUMBER, 0, "close it with [ and ]"),
        ('> "2026-01-01"', k.DATE, 0, 'write date("2026-03-29")'),
        ("[1..2]", k.STRING, 0, "a test of a text"),
        ('"glod"', _TIER, 0, 'one of "gold", "silver"'),
        ('"silver", "glod"', _TIER, 10, 'one of "gold", "silver"'),
        ("amout", k.NUMBER, 0, "did you mean `amount`?"),
        ("? + note > 5", k.NUMBER, 2, "found number and text"),
        ("lines.sku", k.NUMBER, 5, "a test of a number"),
        ("1, 2,", k.NUMBER, 5, "expected an expression"),
    ],
)
def test_a_cell_that_its_column_never_passes_is_told(
    text: str, column: Type, position: int, said: str
) -> None:
    (finding,) = check(text, _NAMES, is_cell_of=column).findings
    assert finding.position == position
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("-", k.NUMBER), ("5", k.NUMBER), ("< amount, [1..2)", k.NUMBER), ("not(1, 2)", k.NUMBER),
        ("? > 5 and ? < amount", k.NUMBER), ("prices", k.NUMBER), ("null", k.NUMBER),
        ('"gold", "silver"', _TIER), ('starts with(?, "g")', _TIER), ("note", _TIER),
        ("[5..3]", ANY), ("anything", k.NUMBER), ("[@\"2026-01-01\"..due on]", k.DATE),
        ("count(?) > 1", k.list_of(k.NUMBER)), ("list contains(?, 1)", k.list_of(k.NUMBER)),
        ("(< 5)", k.NUMBER), ("amount + 1", k.NUMBER),
    ],
)  # fmt: skip
def test_a_cell_that_an_input_can_pass_has_no_finding(text: str, column: Type) -> None:
    found = check(text, _NAMES, is_cell_of=column).findings
    assert found == () or text == "[5..3]"


def test_a_value_that_does_not_fit_is_told_and_each_branch_by_itself() -> None:
    (finding,) = check("amount + 1", _NAMES, expects=k.STRING).findings
    assert finding.effect is Effect.MISFIT
    assert "expected text, found number" in finding.sentence
    (finding,) = check('if urgent then "gold" else "glod"', _NAMES, expects=_TIER).findings
    assert finding.position == 27
    assert check('if urgent then "gold" else null', _NAMES, expects=_TIER).findings == ()
    assert check("due on", _NAMES, expects=k.MOMENT).findings == ()
    assert check("amount", _NAMES, expects=k.list_of(k.NUMBER)).findings == ()


def test_a_fault_is_told_once_and_nothing_follows_from_it() -> None:
    assert len(check('("a" + 1) * 2 < note', _NAMES).findings) == 1
    assert len(check('"a" + 1 + ("b" + 2)', _NAMES).findings) == 2


def test_a_name_that_exists_elsewhere_is_told_with_what_to_do() -> None:
    beyond = {"unit cost": "require `Unit cost`"}
    (finding,) = check("unit cost + 1", _NAMES, beyond=beyond).findings
    assert finding.remedy == "require `Unit cost`"
    assert check("unit cost + 1", {**_NAMES, "unit cost": k.NUMBER}, beyond=beyond).findings == ()


def test_long_rows_are_checked_without_nesting() -> None:
    for text in (
        " + ".join(["1"] * 3_000), " or ".join(["urgent"] * 3_000),
        "if urgent then 1 else " * 1_000 + "2",
    ):  # fmt: skip
        assert check(text, _NAMES).findings == ()
