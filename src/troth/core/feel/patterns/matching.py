"""Where does a pattern match, without ever taking longer than pattern × text?

A backtracking machine that visits each pair of instruction and place at most once (R. Cox,
"Regular Expression Matching: the Virtual Machine Approach", 2009; RE2's BitState): what failed
from there once fails again. A back-reference breaks that, so patterns with one have a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from troth.core.feel.patterns.characters import Characters, between, variants
from troth.core.feel.patterns.reading import (
    Choice,
    Edge,
    Group,
    Node,
    One,
    PatternError,
    Reader,
    Repeat,
    Row,
    Same,
    without_spaces,
)

FLAGS = "smixq"
_MOST_INSTRUCTIONS = 20_000
_MOST_STEPS = 5_000_000


class PatternBudgetError(ValueError):
    """A match would take more steps than an evaluation may."""

    code = "feel.pattern_budget"


@dataclass(frozen=True, slots=True)
class _Take:
    characters: Characters


@dataclass(frozen=True, slots=True)
class _Mark:
    """Remember the place in a slot; two of each group, then one of each loop."""

    slot: int


@dataclass(frozen=True, slots=True)
class _Moved:
    """Go on only where the place is not that of the slot: a loop that takes nothing ends."""

    slot: int


@dataclass(frozen=True, slots=True)
class _Split:
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class _Jump:
    to: int


@dataclass(frozen=True, slots=True)
class _Done:
    pass


_Instruction = _Take | _Mark | _Moved | _Split | _Jump | _Done | Edge | Same


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern matched: offsets of the whole (0) and of each group; None where unused."""

    spans: tuple[tuple[int, int] | None, ...]

    @property
    def start(self) -> int:
        return 0 if self.spans[0] is None else self.spans[0][0]

    @property
    def end(self) -> int:
        return 0 if self.spans[0] is None else self.spans[0][1]


class _Seen:
    """Which pairs of instruction and place were visited since the last match, and all steps.

    A mark that rises with each match saves wiping all places as often.
    """

    __slots__ = ("mark", "places", "steps")

    def __init__(self, size: int) -> None:
        self.places, self.mark, self.steps = bytearray(size), 1, 0

    def clear(self) -> None:
        self.mark += 1
        if self.mark > 255:
            self.places, self.mark = bytearray(len(self.places)), 1


class Pattern:
    """A regular expression with its flags (s, m, i, x, q). Raises PatternError."""

    def __init__(self, text: str, flags: str = "") -> None:
        for flag in flags:
            if flag not in FLAGS:
                raise PatternError(f"flag {flag!r} is not one of {', '.join(FLAGS)}")
        self._any_case, self._lines = "i" in flags, "m" in flags
        if "q" in flags:
            node: Node = Row(tuple(One(Characters((between(c, c),))) for c in text))
            self.groups, self._has_references = 0, False
        else:
            reader = Reader(without_spaces(text) if "x" in flags else text, is_dot_all="s" in flags)
            node = reader.read()
            self.groups, self._has_references = reader.groups, reader.has_references
        self._slots = 2 * (self.groups + 1)
        self._program: list[_Instruction] = []
        self._emit(Group(0, node))
        self._program.append(_Done())

    def search(self, text: str, start: int = 0) -> Match | None:
        """The first match at `start` or after it. Raises PatternBudgetError."""
        return next(self.matches(text, start), None)

    def matches(
        self, text: str, start: int = 0, *, spend: Callable[[int], None] | None = None
    ) -> Iterator[Match]:
        """Matches from left to right that do not overlap. Raises PatternBudgetError.

        `spend` is told the steps that were taken, in tens.
        """
        if len(self._program) * (len(text) + 1) > _MOST_STEPS:
            raise PatternBudgetError(
                f"a pattern of {len(self._program)} instructions over {len(text)} characters"
            )
        seen = _Seen(len(self._program) * (len(text) + 1))
        at, told = start, 0
        while at <= len(text):
            found = self._from(text, at, seen)
            if spend is not None and seen.steps // 10 > told:
                spend(seen.steps // 10 - told)
                told = seen.steps // 10
            if found is None:
                at += 1
                continue
            yield found
            at = found.end + (found.end == found.start)
            seen.clear()

    def _emit(self, node: Node) -> None:
        if len(self._program) > _MOST_INSTRUCTIONS:
            raise PatternError("the pattern is too large: its counts multiply")
        match node:
            case One(characters):
                self._program.append(_Take(characters))
            case Edge() | Same():
                self._program.append(node)
            case Row(parts):
                for part in parts:
                    self._emit(part)
            case Group(None, inner):
                self._emit(inner)
            case Group(int() as number, inner):
                self._program.append(_Mark(2 * number))
                self._emit(inner)
                self._program.append(_Mark(2 * number + 1))
            case Choice(options):
                self._emit_choice(options)
            case Repeat():
                self._emit_repeat(node)

    def _emit_choice(self, options: tuple[Node, ...]) -> None:
        jumps = []
        for option in options[:-1]:
            fork = len(self._program)
            self._program.append(_Done())
            self._emit(option)
            jumps.append(len(self._program))
            self._program.append(_Done())
            self._program[fork] = _Split(fork + 1, len(self._program))
        self._emit(options[-1])
        for jump in jumps:
            self._program[jump] = _Jump(len(self._program))

    def _emit_repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self._emit(node.inner)
        if node.most is None:
            slot, self._slots = self._slots, self._slots + 1
            fork = self._fork()
            self._program.append(_Mark(slot))
            self._emit(node.inner)
            self._program += [_Moved(slot), _Jump(fork)]
            self._close(fork, node.is_greedy)
            return
        forks = []
        for _ in range(node.most - node.least):
            forks.append(self._fork())
            self._emit(node.inner)
        for fork in forks:
            self._close(fork, node.is_greedy)

    def _fork(self) -> int:
        self._program.append(_Done())
        return len(self._program) - 1

    def _close(self, fork: int, is_greedy: bool) -> None:
        inside, after = fork + 1, len(self._program)
        self._program[fork] = _Split(inside, after) if is_greedy else _Split(after, inside)

    def _from(self, text: str, start: int, seen: _Seen) -> Match | None:
        width = len(text) + 1
        slots: tuple[int | None, ...] = (None,) * self._slots
        waiting = [(0, start, slots)]
        places, mark = seen.places, seen.mark
        while waiting:
            counter, at, slots = waiting.pop()
            while True:
                seen.steps += 1
                if seen.steps > _MOST_STEPS:
                    raise PatternBudgetError(f"the matches took {seen.steps} steps")
                if not self._has_references:
                    if places[counter * width + at] == mark:
                        break
                    places[counter * width + at] = mark
                instruction = self._program[counter]
                counter += 1
                if isinstance(instruction, _Take):
                    if at >= len(text) or not self._is_in(instruction.characters, text[at]):
                        break
                    at += 1
                elif isinstance(instruction, _Split):
                    waiting.append((instruction.second, at, slots))
                    counter = instruction.first
                elif isinstance(instruction, _Jump):
                    counter = instruction.to
                elif isinstance(instruction, _Mark):
                    slots = (*slots[: instruction.slot], at, *slots[instruction.slot + 1 :])
                elif isinstance(instruction, _Done):
                    return self._matched(slots)
                else:
                    moved = self._checked(instruction, text, at, slots)
                    if moved is None:
                        break
                    at = moved
        return None

    def _checked(
        self, instruction: _Instruction, text: str, at: int, slots: tuple[int | None, ...]
    ) -> int | None:
        """The place after an instruction that looks around; None where it fails."""
        match instruction:
            case _Moved(slot):
                return None if slots[slot] == at else at
            case Edge(is_start):
                return at if self._is_edge(text, at, is_start=is_start) else None
            case Same(number):
                start, end = slots[2 * number], slots[2 * number + 1]
                if start is None or end is None:
                    return at  # a group that took no part matches the empty string (XPath 5.6.1)
                again, first = text[at : at + end - start], text[start:end]
                return at + end - start if self._is_same(again, first) else None
            case _:
                raise AssertionError(instruction)

    def _is_in(self, characters: Characters, character: str) -> bool:
        if self._any_case:
            return characters.holds_in_any_case(character)
        return characters.holds(character)

    def _is_same(self, one: str, other: str) -> bool:
        if not self._any_case:
            return one == other
        return len(one) == len(other) and all(
            a in variants(b) or b in variants(a) for a, b in zip(one, other, strict=True)
        )

    def _is_edge(self, text: str, at: int, *, is_start: bool) -> bool:
        if at == (0 if is_start else len(text)):
            return True
        if not self._lines:
            return False
        if is_start:
            return text[at - 1] == "\n" and at < len(text)
        return text[at] == "\n"

    def _matched(self, slots: tuple[int | None, ...]) -> Match:
        spans = []
        for number in range(self.groups + 1):
            start, end = slots[2 * number], slots[2 * number + 1]
            spans.append(None if start is None or end is None else (start, end))
        return Match(tuple(spans))
