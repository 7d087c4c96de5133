"""When is a message tried again, and when is it given up?

The schedule of Standard Webhooks: ten tries. The waits before them add up to 272,105 seconds: 75
hours, 35 minutes and 5 seconds. Chance moves each wait by up to a tenth, either way, so that what
failed together does not come back together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

WAITS: tuple[timedelta, ...] = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before try 1, 2, … 10."""
TRIES = len(WAITS)
LONGEST_ASKED = timedelta(hours=24)  # a receiver that asks for more gets this
DISABLED_AFTER = timedelta(days=5)  # without one success, an address is no longer told
_JITTER = 0.1


class Verdict(StrEnum):
    """What becomes of a message after a try."""

    DELIVERED = "delivered"
    AGAIN = "again"
    DEAD = "dead"
    GONE = "gone"  # the receiver said that it wants no more: 410


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The verdict on one try."""

    verdict: Verdict
    wait: timedelta | None = None  # until the next try, where there is one


def wait_before(number: int, *, chance: float) -> timedelta:
    """The wait before try `number`, from 1; `chance` is in [0, 1)."""
    return WAITS[number - 1] * (1 + _JITTER * (2 * chance - 1))


def judge(
    *, number: int, status: int | None, retry_after: timedelta | None = None, chance: float
) -> Judged:
    """What try `number`, from 1, came to. `status` is None where no answer came.

    2xx is delivered, 410 is the receiver's own end; all else is tried again, a redirect too: it
    is not followed, for its goal was not checked. `retry_after` counts with 429 and 503 alone.
    """
    if status is not None and 200 <= status < 300:
        return Judged(verdict=Verdict.DELIVERED)
    if status == 410:
        return Judged(verdict=Verdict.GONE)
    if number >= TRIES:
        return Judged(verdict=Verdict.DEAD)
    wait = wait_before(number + 1, chance=chance)
    if status in (429, 503) and retry_after is not None:
        wait = max(wait, min(retry_after, LONGEST_ASKED))
    return Judged(verdict=Verdict.AGAIN, wait=wait)
