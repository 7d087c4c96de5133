"""Which settings does our PostgreSQL run with, and why?

Both files are written anew at each start; a person's own settings go to data/local.conf, which
is read last.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

MB = 1024 * 1024
SHARED_BUFFERS_MB = (32, 2048)
"""An eighth of the memory, between these: past 2 GB the system's own cache does better here."""

ROOMY_SHARED_MEMORY_MB = 1024
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)

ACCESS_RULES = """\
# Written by Troth at each start. Loopback only, and only with a password.
host all all 127.0.0.1/32 scram-sha-256
"""


def memory_mb() -> int:
    """The memory of the machine in MB, or of the container where that is less."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in CGROUP_LIMITS:
        with suppress(OSError, ValueError):
            sizes.append(int(limit.read_text(encoding="ascii")))
    return min(sizes) // MB


def server_settings(*, port: int, log_directory: Path, memory: int, shared_memory: str) -> str:
    """The text of postgresql.conf. `memory` is in MB."""
    smallest, largest = SHARED_BUFFERS_MB
    values = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        # A socket's path is limited to 107 bytes, and a workspace's is not.
        "unix_socket_directories": "",
        "max_connections": 60,
        "password_encryption": "scram-sha-256",
        "shared_buffers": f"{max(smallest, min(largest, memory // 8))}MB",
        "effective_cache_size": f"{max(64, memory // 2)}MB",
        "work_mem": f"{max(4, min(32, memory // 512))}MB",
        "maintenance_work_mem": f"{max(32, min(512, memory // 32))}MB",
        "dynamic_shared_memory_type": shared_memory,
        "synchronous_commit": "on",
        "wal_compression": "on",
        "min_wal_size": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "iso, ymd",
        "lc_messages": "C",
        "default_text_search_config": "pg_catalog.simple",
        "logging_collector": "on",
        "log_directory": log_directory,
        "log_filename": "postgres-%Y%m%d-%H%M%S.log",
        "log_file_mode": "0600",
        "log_rotation_size": "16MB",
        "log_rotation_age": "0",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        # A failing statement and its DETAIL hold customers' values: they stay out of the log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in values.items()]
    head = "# Written by Troth at each start. Your own settings go to local.conf beside this file."
    return "\n".join([head, *lines, "include_if_exists = 'local.conf'", ""])


def shared_memory_type(folder: Path = Path("/dev/shm")) -> str:
    """`posix` where /dev/shm is roomy; `mmap` elsewhere, such as in a container with 64 MB of it,
    where a parallel query would fail for lack of space."""
    try:
        size = os.statvfs(folder)
    except OSError:
        return "mmap"
    return "posix" if size.f_frsize * size.f_blocks >= ROOMY_SHARED_MEMORY_MB * MB else "mmap"


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
