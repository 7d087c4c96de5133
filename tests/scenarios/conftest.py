"""Scenarios use Troth as people do: through the command line, on workspaces of their own."""

from tests.workspaces import blank, finished, ran, seen, simulated

__all__ = ["blank", "finished", "ran", "seen", "simulated"]
