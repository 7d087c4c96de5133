"""How is a data directory made, so that a half-made one is never taken for a whole one?"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from troth.store.server.account import Account
from troth.store.server.binaries import Binaries
from troth.store.server.errors import DiskFull, InitialisationFailed, ServerDidNotStart
from troth.store.server.layout import HALF_MADE_PREFIX, Layout, Passwords, write_whole

NEEDED_MB = 200
SUPERUSER = "postgres"
BUILTIN_LOCALE_SINCE = 17


def make_cluster(
    layout: Layout, binaries: Binaries, account: Account, passwords: Passwords
) -> None:
    """Make `layout.data`: initdb into a temporary folder beside it, then one rename.

    Checksums on, UTF-8, characters by Unicode, order by code point, so that a sorted index
    means the same on every machine. Call it under the lock. Raises InitialisationFailed, DiskFull.
    """
    for half_made in layout.directory.glob(f"{HALF_MADE_PREFIX}*"):
        shutil.rmtree(half_made, ignore_errors=True)
    home = Path(tempfile.mkdtemp(prefix=HALF_MADE_PREFIX, dir=layout.directory))
    try:
        account.give(home)
        password_file = home / "password"
        write_whole(password_file, passwords.superuser + "\n")
        made = home / "data"
        command = [str(binaries.initdb), "-D", str(made), f"--pwfile={password_file}"]
        code, output = account.run([*command, *_options(binaries)])
        if code != 0:
            raise initialisation_error(layout, output)
        made.rename(layout.data)
        _sync_folder(layout.directory)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def reset_superuser(
    layout: Layout, binaries: Binaries, account: Account, passwords: Passwords
) -> None:
    """Give the superuser the stored password, without a running server: for the day when the
    password file was lost. Raises ServerDidNotStart."""
    code, output = account.run(
        [str(binaries.postgres), "--single", "-D", str(layout.data), "template1"],
        fed=f"ALTER ROLE {SUPERUSER} PASSWORD '{passwords.superuser}'\n",
    )
    if code != 0:
        raise ServerDidNotStart(
            data_directory=layout.data,
            output=output,
            log_directory=layout.logs,
            settings_file=layout.local_settings,
        )


def initialisation_error(layout: Layout, output: str) -> InitialisationFailed | DiskFull:
    """What a failed initdb comes down to."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return disk_full(layout, output)
    return InitialisationFailed(directory=layout.directory, output=output)


def disk_full(layout: Layout, output: str) -> DiskFull:
    free_mb = shutil.disk_usage(layout.directory).free // (1024 * 1024)
    return DiskFull(free_mb=free_mb, directory=layout.directory, needed_mb=NEEDED_MB, output=output)


def _options(binaries: Binaries) -> list[str]:
    locale = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if binaries.major >= BUILTIN_LOCALE_SINCE
        else ["--locale=C", "--lc-ctype=C.UTF-8"]
    )
    return [
        f"--username={SUPERUSER}",
        "--auth=scram-sha-256",
        "--data-checksums",
        "--encoding=UTF8",
        "--no-instructions",
        *locale,
    ]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
