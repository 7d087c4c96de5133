"""The PostgreSQL that Troth brings along: start it, share it, stop it."""

from troth.store.server.binaries import Binaries, find_binaries
from troth.store.server.errors import ServerError
from troth.store.server.sharing import Server, Status, running, status, stop

__all__ = [
    "Binaries",
    "Server",
    "ServerError",
    "Status",
    "find_binaries",
    "running",
    "status",
    "stop",
]
