"""What can be wrong with a change of policies, or with what somebody wants to do to it?"""

from __future__ import annotations


class ChangeError(ValueError):
    """A change of policies cannot be taken on like that. The message says why, and what to do."""

    code = "change"


class ChangeReasonError(ChangeError):
    """A change and each verdict on it need words: a title, a reason."""

    code = "change.reason"


class EmptyChangeError(ChangeError):
    """What is written says what is in force already, so there is nothing to change."""

    code = "change.empty"


class HiddenScopeError(ChangeError):
    """A policy is for a customer or a contract that is not there, or that you may not see."""

    code = "change.scope"


class ConflictsError(ChangeError):
    """A change with conflicts cannot be proposed. Mend each, as its case shows, and check again."""

    code = "change.conflicts"


class BaseMovedError(ChangeError):
    """What the change replaces is in force no more: somebody published in between."""

    code = "change.base"


class EditedMeanwhileError(ChangeError):
    """The change was edited since you read it. Read it again; your verdict was not kept."""

    code = "change.edited"


class NotAskedError(ChangeError):
    """This sign-off is not needed, or was given already."""

    code = "change.not-asked"


class SignedAlreadyError(ChangeError):
    """One person signs for one function alone: somebody else has to sign for this one."""

    code = "change.signed-already"


class SignOffsMissingError(ChangeError):
    """A change is published when all its sign-offs are there. The message names who is missing."""

    code = "change.sign-offs"


class NotTheSameError(ChangeError):
    """A policy is consolidated where nothing changes for anybody. The message names a case."""

    code = "change.not-the-same"
