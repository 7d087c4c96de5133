"""What can go wrong with a backup, and what does one do next?

The docstring of each class is its message; names in braces are filled in where it is raised.
"""

from __future__ import annotations

from inspect import cleandoc


class BackupError(Exception):
    """Something is wrong with the backup."""

    code = "backup"

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(cleandoc(type(self).__doc__ or "").format(**details))


class BackupExistsError(BackupError):
    """{path} is there already: nothing was written. Name another file, or give --force."""

    code = "backup:exists"


class NoRoomError(BackupError):
    """There is too little room at {place}: {free_mb:,} MB are free, about {needed_mb:,} MB needed.

    Free some, or choose a folder on another disk. Nothing was kept of what was begun.
    """

    code = "backup:no-room"


class NoProgramError(BackupError):
    """No {program} of PostgreSQL {major} or newer was found; the server is {version}.

    Found: {found}. An older one cannot read a newer server. Install the client programs of
    PostgreSQL {major} and put them on PATH.
    """

    code = "backup:no-program"


class BlindRoleError(BackupError):
    """The role {role} does not see every row: row-level security hides some from it.

    A backup needs a role that reads all and writes nothing. As a superuser of the server, run

        CREATE ROLE troth_backup LOGIN BYPASSRLS PASSWORD '…';
        GRANT pg_read_all_data TO troth_backup;
        GRANT CONNECT ON DATABASE {database} TO troth_backup;

    and set TROTH_BACKUP_URL=postgresql://troth_backup:…@{host}/{database}
    """

    code = "backup:blind-role"


class ProgramFailedError(BackupError):
    """{program} ended with an error, and nothing was kept of what it had done. It said:

    {output}
    """

    code = "backup:program-failed"


class DamagedBackupError(BackupError):
    """{path} is not a whole backup: {reason}. Nothing was touched. Take another copy of it."""

    code = "backup:damaged"


class BackupSignatureError(BackupError):
    """{path} is not signed by the key that was expected: {reason}

    Somebody else has made it or changed it, or the key is another workspace's. Nothing was
    touched. Without --audit-key and without .troth/audit.key, the key that the backup names itself
    is believed.
    """

    code = "backup:signature"


class NewerBackupError(BackupError):
    """The backup was made by {made_by}, and here is {here}: nothing was touched.

    Install that version or a newer one; an older backup is brought up by itself.
    """

    code = "backup:newer"


class PassphraseError(BackupError):
    """The keys in the backup do not open: the passphrase is another one, or they were changed.

    Nothing was touched. Give the passphrase that was given to `troth backup --with-keys`, or
    restore without keys: then what was sealed under them stays closed.
    """

    code = "backup:passphrase"


class NotEmptyError(BackupError):
    """{place} holds something: {what}. A restore goes into an empty place, and nothing was touched.

    Give `--into` with a new folder, or --replace to put the backup in its stead.
    """

    code = "restore:not-empty"


class InUseError(BackupError):
    """Somebody works with the database {database}: {count} other connection(s).

    Stop `troth serve` and other commands, then run the restore again. Nothing was touched.
    """

    code = "restore:in-use"


class RestoreRunsError(BackupError):
    """Another restore into {place} is at work. Wait for it, or end it. Nothing was touched."""

    code = "restore:at-work"


class NoDatabaseMadeError(BackupError):
    """The role {role} could not make the database {database}: {reason}

    A restore fills a new database and then renames it. As a superuser of the server, run

        ALTER ROLE {role} CREATEDB;

    and see that TROTH_OWNER_URL names the role that owns the database. Nothing was touched.
    """

    code = "restore:no-database"


class RowsDifferError(BackupError):
    """What was restored is not what the backup's manifest counts: {differences}.

    The database was left as it was. Take an older backup.
    """

    code = "restore:rows-differ"


class LogDiffersError(BackupError):
    """The audit log of the backup is not the one that was signed: {reason}

    Its rows were changed after the checkpoint was signed, or the checkpoint is of another
    workspace. The database was left as it was. Take another backup, and find out who changed this.
    """

    code = "restore:log-differs"
