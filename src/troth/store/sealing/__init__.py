"""How is kept what may have to be made unreadable: encrypted, under a key for each subject?

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce for each message; what is stored is
nonce ‖ ciphertext ‖ tag. The additional data bind a ciphertext to its place, so that it opens
nowhere else. A subject's key is stored wrapped by the workspace's key, which lies outside the
database: deleting the one row makes all that it sealed noise, in backups too.
"""

from troth.store.sealing.errors import (
    BadWorkspaceKeyError,
    DamagedSecretError,
    ErasedError,
    NoWorkspaceKeyError,
    SealingError,
    WrongWorkspaceKeyError,
)
from troth.store.sealing.subject_keys import (
    forget,
    open_sealed,
    row_pepper,
    seal,
    subject_key,
    subject_keys,
)
from troth.store.sealing.workspace_keys import (
    make_workspace_key,
    unwrap,
    workspace_key,
    wrap,
)

__all__ = [
    "BadWorkspaceKeyError",
    "DamagedSecretError",
    "ErasedError",
    "NoWorkspaceKeyError",
    "SealingError",
    "WrongWorkspaceKeyError",
    "forget",
    "make_workspace_key",
    "open_sealed",
    "row_pepper",
    "seal",
    "subject_key",
    "subject_keys",
    "unwrap",
    "workspace_key",
    "wrap",
]
