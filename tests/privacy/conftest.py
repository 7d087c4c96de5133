"""The workspaces of `tests.workspaces`, for what has to be seen from end to end."""

from tests.workspaces import blank, finished, ran, seen, simulated

__all__ = ["blank", "finished", "ran", "seen", "simulated"]
