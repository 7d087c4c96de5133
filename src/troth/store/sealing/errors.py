"""What can go wrong with sealed values and their keys, and what does one do next?"""

from __future__ import annotations


class SealingError(Exception):
    """A sealed value or its key has a problem. The message says which, and what to do."""

    code = "sealing"


class NoWorkspaceKeyError(SealingError):
    """The workspace's key is missing. Put workspace.key back, or set TROTH_WORKSPACE_KEY."""

    code = "sealing:key-missing"


class BadWorkspaceKeyError(SealingError):
    """The workspace's key is not 32 bytes in base64. Put the right one back."""

    code = "sealing:key-malformed"


class WrongWorkspaceKeyError(SealingError):
    """This is not the key that wrapped it. Put the right workspace key back."""

    code = "sealing:key-wrong"


class DamagedSecretError(SealingError):
    """A sealed value does not open in its place. It was changed or moved; restore a backup."""

    code = "sealing:damaged"


class ErasedError(SealingError):
    """The subject was erased: what was sealed for them cannot be read by anybody any more."""

    code = "sealing:erased"
