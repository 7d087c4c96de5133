"""What does one page of `troth explain` hold?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a code means, why it is said, one example, and what to do."""

    code: str
    means: str
    why: str
    example: str
    remedy: str


def page(code: str, means: str, why: str, example: str, remedy: str) -> Page:
    """A page, in the order in which it is read."""
    return Page(code=code, means=means, why=why, example=example, remedy=remedy)
