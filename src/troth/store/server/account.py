"""As which system user does PostgreSQL run, given that it refuses to run as root?

- A normal user: as that user.
- Root: in a user namespace of its own, where root is called something else. The files still
  belong to root outside, and no folder needs other permissions.
- Root, where namespaces are forbidden (many containers) or the data belongs to somebody else:
  as the owner of the data, else of the directory, else as `nobody`. Only our own folders
  change hands.
- A user id without a name (a container started with a bare number): initdb insists on a
  name, so in a namespace too.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from troth.store.server.binaries import Binaries
from troth.store.server.errors import CannotRunAsRoot, DirectoryOfAnotherUser
from troth.store.server.layout import Layout

DROPPED_VARIABLES = ("LANG", "LANGUAGE", "TZ", "LD_PRELOAD")


@dataclass(frozen=True, kw_only=True)
class Account:
    """How to run a program as somebody whom PostgreSQL accepts."""

    how: str
    """For people: "as you", "in a user namespace", "as user nobody"."""

    prefix: tuple[str, ...] = ()
    """Put before the program and its arguments."""

    user_id: int | None = None
    """Change to this user first; None = stay."""

    group_id: int | None = None

    def run(
        self, command: list[str], *, fed: str = "", errors_to: int = subprocess.STDOUT
    ) -> tuple[int, str]:
        """Run to the end: exit code and output. In a session of its own, so that Ctrl-C does not
        reach it; without open files of ours, so that no lock lives on in it."""
        done = subprocess.run(
            [*self.prefix, *command],
            input=fed,
            stdout=subprocess.PIPE,
            stderr=errors_to,
            user=self.user_id,
            group=self.group_id,
            extra_groups=None if self.user_id is None else [],
            cwd="/",
            env=_environment(),
            umask=0o077,
            start_new_session=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.strip()

    def give(self, path: Path) -> None:
        """Make one file or folder this account's own."""
        if self.user_id is not None and self.group_id is not None:
            os.chown(path, self.user_id, self.group_id, follow_symlinks=False)

    def take_over(self, *folders: Path) -> None:
        """Make whole folders this account's own: for the day when namespaces are forbidden that
        were allowed when the data were made."""
        if self.user_id is None:
            return
        for folder in folders:
            if folder.stat().st_uid != self.user_id:
                for path in folder.rglob("*"):
                    self.give(path)
                self.give(folder)


def choose_account(layout: Layout, binaries: Binaries) -> Account:
    """The account for the server of this layout, whose directory exists.

    Raises DirectoryOfAnotherUser, CannotRunAsRoot.
    """
    me = os.geteuid()
    refuse_strangers(layout)
    owner = (layout.data if layout.data.exists() else layout.directory).stat().st_uid
    if me != 0 and _has_name(me):
        return Account(how="as you")
    if owner == me:
        namespaced = _namespaced()
        reason = _obstacle(namespaced, layout, binaries) if namespaced else "no unshare program"
        if namespaced and reason is None:
            return namespaced
        if me != 0:
            return Account(how="as you")
    return _somebody_else(layout, binaries, owner)


def refuse_strangers(layout: Layout) -> None:
    """Raises DirectoryOfAnotherUser unless all that exists there is ours, or we are root."""
    me = os.geteuid()
    for path in (layout.directory, layout.data):
        if me != 0 and path.exists() and path.stat().st_uid != me:
            raise DirectoryOfAnotherUser(
                directory=path, owner=_name(path.stat().st_uid), user=_name(me)
            )


def _somebody_else(layout: Layout, binaries: Binaries, owner: int) -> Account:
    user_id = owner or layout.directory.parent.stat().st_uid or _nobody()
    try:
        group_id = pwd.getpwuid(user_id).pw_gid
    except KeyError:
        group_id = user_id
    account = Account(how=f"as user {_name(user_id)}", user_id=user_id, group_id=group_id)
    if layout.directory.stat().st_uid != user_id:
        layout.directory.chmod(0o711)
    reason = _obstacle(account, layout, binaries)
    if reason is not None:
        raise CannotRunAsRoot(reason=reason, user=_name(user_id))
    return account


def _namespaced() -> Account | None:
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    # initdb wants an id that has a name.
    inside = str(_nobody())
    prefix = (unshare, "--user", f"--map-user={inside}", f"--map-group={inside}", "--")
    return Account(how="in a user namespace", prefix=prefix)


def _obstacle(account: Account, layout: Layout, binaries: Binaries) -> str | None:
    """What keeps this account from running the programs or entering the directory."""
    script = 'test -x "$1" || exit 81; cd "$2" || exit 82'
    try:
        code, output = account.run(
            ["/bin/sh", "-c", script, "sh", str(binaries.postgres), str(layout.directory)]
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"Cannot run anything {account.how}: {error}."
    match code:
        case 0:
            return None
        case 81:
            return f"Run {account.how}, {binaries.postgres} cannot be executed."
        case 82:
            return f"Run {account.how}, {layout.directory} cannot be entered."
        case _:
            return f"Cannot run anything {account.how}: {output}."


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_")) and name not in DROPPED_VARIABLES
    }
    return {**kept, "LC_ALL": "C"}


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return next((each.pw_uid for each in pwd.getpwall() if each.pw_uid), 65534)


def _has_name(user_id: int) -> bool:
    return _name(user_id) != str(user_id)


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)
