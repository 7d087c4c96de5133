"""What the tests of real systems share."""

from tests.workspaces import blank

__all__ = ["blank"]
