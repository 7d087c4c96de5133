"""What can stand in the way of a merge, and what is to be done about it?"""

from __future__ import annotations


class MergeError(ValueError):
    """Customers cannot be merged or parted like that. The message says why, and what to do."""

    code = "identity.merge"


class MergeRefusedError(MergeError):
    """These two must not be made one as they stand. The message names what stands between them."""

    code = "identity.merge.refused"


class MergeReasonError(MergeError):
    """A merge needs its reason. Say in a sentence how you know."""

    code = "identity.merge.reason"


class NotMergedError(MergeError):
    """This customer was not merged into another. Unmerge one of a customer's aliases."""

    code = "identity.merge.none"


class IdentityBusyError(MergeError):
    """A run works over all customers now. Try again when it has ended; nothing was changed."""

    code = "identity.busy"
