"""What can be wrong with the customers that groups are looked for among?"""

from __future__ import annotations


class TooFewCustomersError(ValueError):
    """No groups can be looked for in this. Write rules by hand, or land more, and run again."""

    code = "segment:too-few"
