"""A company that does not exist, with known truth, for demo and tests."""

from troth.connectors.simulated.simulation import Simulated, advance, simulate

__all__ = ["Simulated", "advance", "simulate"]
