"""What is sold? Articles with prices, costs and a season."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from troth.connectors.simulated.parameters import Demand
from troth.connectors.simulated.randomness import Weighted

_CATEGORIES = (  # name, words, amplitude of its season, month of its summit
    ("Tools", "Drill Wrench Clamp Saw Vise Chisel Grinder", 0.1, 4),
    ("Climate", "Fan Heater Valve Thermostat Filter Pump", 0.45, 1),
    ("Lighting", "Panel Spotlight Driver Tube Sensor Lantern", 0.3, 12),
    ("Garden", "Hose Trimmer Sprinkler Shears Planter", 0.6, 5),
    ("Safety", "Glove Helmet Goggles Harness Mask", 0.05, 9),
    ("Packaging", "Carton Tape Wrap Pallet Pouch", 0.15, 11),
)
_GRADES = ("S", "M", "L", "XL", "Pro", "Eco", "Plus", "200", "400", "Duo")


@dataclass(frozen=True, kw_only=True)
class Product:
    """Prices and costs in EUR, weight in kilograms."""

    number: str
    name: str
    category: str
    price: float
    cost: float
    weight: float
    popularity: float  # Zipf weight
    amplitude: float
    summit_month: int


class Catalogue:
    """All articles, and what is picked in which month."""

    def __init__(self, demand: Demand, chance: Random) -> None:
        ranks = list(range(1, demand.products + 1))
        chance.shuffle(ranks)  # the article number does not tell how popular it is
        self.products = tuple(
            _product(chance, at, rank**-demand.zipf_exponent) for at, rank in enumerate(ranks)
        )
        self._by_month = tuple(self._weights(month) for month in range(1, 13))
        total = sum(product.popularity for product in self.products)
        self.shares = tuple(product.popularity / total for product in self.products)

    def pick(self, chance: Random, month: int) -> int:
        """The index of a product that somebody orders in that month."""
        return self._by_month[month - 1].pick(chance)

    def _weights(self, month: int) -> Weighted[int]:
        weights = [
            product.popularity
            * (
                1.0
                + product.amplitude * math.cos(2 * math.pi * (month - product.summit_month) / 12)
            )
            for product in self.products
        ]
        return Weighted(range(len(weights)), weights)


def _product(chance: Random, at: int, popularity: float) -> Product:
    category, words, amplitude, month = _CATEGORIES[at % len(_CATEGORIES)]
    price = round(min(900.0, max(4.0, chance.lognormvariate(3.6, 0.8))), 2)
    return Product(
        number=f"{100 + at % len(_CATEGORIES)}-{4000 + at * 7}",
        name=f"{chance.choice(words.split())} {chance.choice(_GRADES)}-{chance.randint(10, 99)}",
        category=category,
        price=price,
        cost=round(price * chance.uniform(0.45, 0.7), 2),
        weight=round(min(30.0, chance.lognormvariate(0.0, 0.9) + 0.05), 3),
        popularity=popularity,
        amplitude=amplitude,
        summit_month=month,
    )
