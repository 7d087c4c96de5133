"""What does every part of the simulation share? The world, the seed, the loop and the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

from troth.connectors.simulated.loop import Loop
from troth.connectors.simulated.parameters import World
from troth.connectors.simulated.randomness import stream


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One run. Nothing that happens before `until` may depend on `until`."""

    world: World
    seed: int
    first_day: date
    until: int  # the horizon; what comes later has not happened yet
    loop: Loop

    @cached_property
    def starts_at(self) -> int:
        day = self.first_day
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())

    @cached_property
    def zones(self) -> dict[str, ZoneInfo]:
        """By name, and by the code of each region."""
        zones = {region.zone: ZoneInfo(region.zone) for region in self.world.regions}
        return zones | {region.code: zones[region.zone] for region in self.world.regions}

    def chance(self, concern: str) -> Random:
        return stream(self.seed, concern)

    def happened(self, moment: int | None) -> int | None:
        """The moment, or None where it lies beyond the horizon."""
        return moment if moment is not None and moment < self.until else None


def iso(moment: int | None) -> str:
    """UTC as ISO 8601, or nothing."""
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment, UTC).isoformat()[:19] + "Z"


def iso_day(moment: int | None) -> str:
    return iso(moment)[:10]


def instant(moment: int | None) -> datetime | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC)
