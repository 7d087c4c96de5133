"""Where is the workspace, what is it called, and which sources does it declare?"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from troth.core.identity import Criterion, Survivorship, SurvivorshipError
from troth.core.policies.approvals import Limits

FILE_NAME = "troth.toml"
# Who is joined wrongly is shown another's promises: of 1,000 pairs at most five. A stricter share
# leaves more to stewards than they get done.
_PRECISION = Decimal("0.995000")
_LEAST_PRECISION = Decimal("0.5")  # below, a pair is likelier wrong than right
# The fields of a customer that several records may describe.
_GOLDEN = (
    "name", "email", "phone", "tax_id", "address", "postal_code", "party_kind", "city",
    "sales_region", "country", "time_zone", "language", "segment", "account_manager", "team",
)  # fmt: skip
_SPAN = re.compile(r"([1-9][0-9]{0,3})([hd])")
_STARTER = """\
# A Troth workspace. `troth doctor` says whether all is well.
[workspace]
name = {name}
# Where rows may be held; a source may name another region for its own rows.
region = "default"
# Which regions may be held here; rows of another are refused, with the reason. [] is every one.
# regions = ["eu"]
# Revenue is counted in this currency when customers are put into tiers.
currency = {currency}
# What counts as now: "live" is the clock on the wall; "data" is the newest thing that is known,
# for a history that ended long ago.
now = {now}

# The database: nothing here means the PostgreSQL that Troth brings along, under .troth/.
# For a server of your own, set TROTH_DATABASE_URL (and TROTH_OWNER_URL for `troth upgrade`).

# From where on much hangs on a change of policies, so that more people have to sign it.
# [approvals]
# many_customers = 100
# much_money = 100000
# many_promises = 100

# Which system is believed where several describe one customer, and by what else a field's value is
# chosen: source, recency, frequency, completeness, one after the other.
# [survivorship]
# sources = ["erp", "crm"]
# every = ["source", "recency"]
# name = ["frequency", "recency"]

# Records that share no key are joined where they are alike: this share of the pairs that are joined
# is to be right, as the workspace's own model expects it. With 1 none is joined, all are asked.
# [identity]
# precision = 0.995

# From where on order, shipment and invoice differ: days after the invoice until it must have left,
# days after it left until it must be billed, days between the delivery of an order and of its last
# shipment, smallest units of the currency an invoice line.
# [reconciliation]
# send_within_days = 1
# bill_within_days = 7
# delivery_days = 1
# minor_units_a_line = 1

# Backups by themselves, while `troth serve` runs. A folder on another disk is worth more.
# [backup]
# folder = "backups"
# every = "24h"
# keep = 14
"""


class WorkspaceError(Exception):
    """Something is wrong with the workspace. The message says what, and what to do."""


class NoWorkspaceError(WorkspaceError):
    """There is no troth.toml here or above. Run `troth init DIR`, or give `--workspace DIR`."""


@dataclass(frozen=True, kw_only=True)
class BackupPlan:
    """When backups are made by themselves, where, and how many are kept."""

    folder: Path
    every: timedelta
    keep: int


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A folder with troth.toml, sources/, contracts/ and policies/."""

    directory: Path
    name: str
    region: str
    currency: str
    now: str  # "live" or "data"
    backup: BackupPlan | None = None  # None: only when somebody asks for one
    regions: tuple[str, ...] = ()  # that may be held here; none named is every one

    @property
    def private(self) -> Path:
        """What Troth keeps here for itself: the database, the secret, snapshots."""
        return self.directory / ".troth"

    @property
    def sources(self) -> tuple[Path, ...]:
        """The source mappings, by name."""
        return tuple(sorted((self.directory / "sources").glob("*.yaml")))

    @property
    def contracts(self) -> tuple[Path, ...]:
        """What is agreed about the sources' data, by name."""
        return tuple(sorted((self.directory / "contracts").glob("*.yaml")))

    @property
    def policies(self) -> tuple[Path, ...]:
        """The policy files, by name."""
        return tuple(sorted((self.directory / "policies").glob("*.yaml")))

    def source(self, name: str) -> Path:
        """One source's mapping. Raises WorkspaceError where there is none of that name."""
        path = self.directory / "sources" / f"{name}.yaml"
        if not path.is_file():
            known = ", ".join(item.stem for item in self.sources) or "none yet"
            raise WorkspaceError(
                f"{path}: there is no source called {name!r}. Sources here: {known}. "
                "Write sources/NAME.yaml; docs/guides/map-a-source.md tells how."
            )
        return path


def find_workspace(start: Path | None) -> Workspace:
    """The workspace at `start`, or the nearest one at or above the current folder.

    Raises NoWorkspaceError where there is none, WorkspaceError where troth.toml is unreadable.
    """
    if start is not None:
        if not (start / FILE_NAME).is_file():
            raise NoWorkspaceError(
                f"{start / FILE_NAME} does not exist. Run `troth init {start}` first."
            )
        return read_workspace(start.resolve())
    here = Path.cwd().resolve()
    for directory in (here, *here.parents):
        if (directory / FILE_NAME).is_file():
            return read_workspace(directory)
    raise NoWorkspaceError(
        f"There is no {FILE_NAME} in {here} or above. "
        "Run `troth init DIR`, or give `--workspace DIR`."
    )


def read_workspace(directory: Path) -> Workspace:
    """The workspace in a folder.

    Raises NoWorkspaceError where there is no troth.toml, WorkspaceError where it is unreadable.
    """
    path = directory / FILE_NAME
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise NoWorkspaceError(
            f"{path} does not exist. Run `troth init {directory}` first."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{path}: not readable as TOML: {error}. Mend that line.") from error
    section = document.get("workspace", {})
    return Workspace(
        directory=directory,
        name=_text(path, section, "name", directory.name),
        region=_text(path, section, "region", "default"),
        currency=_text(path, section, "currency", "EUR"),
        now=_now(path, section),
        backup=_backup(path, document),
        regions=_regions(path, section),
    )


def _backup(path: Path, document: Mapping[str, Any]) -> BackupPlan | None:
    if "backup" not in document:
        return None
    section = document["backup"]
    if not isinstance(section, dict) or (unknown := section.keys() - {"folder", "every", "keep"}):
        named = section if not isinstance(section, dict) else ", ".join(sorted(unknown))
        raise WorkspaceError(f"{path}: [backup] has {named}; expected folder, every and keep.")
    every, keep = section.get("every", "24h"), section.get("keep", 14)
    found = _SPAN.fullmatch(every) if isinstance(every, str) else None
    if found is None:
        raise WorkspaceError(f'{path}: backup.every is {every!r}; expected hours as "24h" or "7d".')
    if not isinstance(keep, int) or isinstance(keep, bool) or keep < 1:
        raise WorkspaceError(f"{path}: backup.keep is {keep!r}; expected a number from 1.")
    folder = path.parent / _text(path, section, "folder", "backups", of="backup")
    hours = int(found[1]) * (24 if found[2] == "d" else 1)
    return BackupPlan(folder=folder, every=timedelta(hours=hours), keep=keep)


def _text(
    path: Path, section: Mapping[str, Any], name: str, default: str, *, of: str = "workspace"
) -> str:
    found = section.get(name, default)
    if not isinstance(found, str) or not found:
        raise WorkspaceError(f"{path}: {of}.{name} is {found!r}; expected some text in quotes.")
    return found


def _regions(path: Path, section: Mapping[str, Any]) -> tuple[str, ...]:
    found = section.get("regions", [])
    if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
        raise WorkspaceError(
            f'{path}: workspace.regions is {found!r}; expected a list of texts, as ["eu"].'
        )
    own = _text(path, section, "region", "default")
    if found and own not in found:
        raise WorkspaceError(
            f"{path}: workspace.region is {own!r}, which workspace.regions does not allow. "
            f"Make it one of {', '.join(found)}, or add it there."
        )
    return tuple(found)


def _now(path: Path, section: Mapping[str, Any]) -> str:
    found = _text(path, section, "now", "live")
    if found not in ("live", "data"):
        raise WorkspaceError(f'{path}: workspace.now is {found!r}; expected "live" or "data".')
    return found


def allows_loopback(directory: Path) -> bool:
    """Whether webhooks may go to this very machine: in a demonstration whose troth.toml says so.

    False where there is no troth.toml. Raises WorkspaceError where a live workspace says so.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        return False
    workspace = read_workspace(directory)
    found = tomllib.loads(path.read_text("utf-8")).get("webhooks", {}).get("allow_loopback", False)
    if not isinstance(found, bool):
        raise WorkspaceError(
            f"{path}: webhooks.allow_loopback is {found!r}; expected true or false."
        )
    if found and workspace.now == "live":
        raise WorkspaceError(
            f"{path}: webhooks.allow_loopback is for demonstrations, where workspace.now is "
            '"data". Take the line out.'
        )
    return found


def approval_limits(directory: Path) -> Limits:
    """From where on much hangs on a change of policies: of troth.toml, or the defaults.

    The defaults where there is no troth.toml. Raises WorkspaceError.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        return Limits()
    read_workspace(directory)
    section = tomllib.loads(path.read_text("utf-8")).get("approvals", {})
    known = [item.name for item in fields(Limits)]
    if not isinstance(section, dict) or section.keys() - set(known):
        raise WorkspaceError(f"{path}: [approvals] takes {', '.join(known)}. Mend that section.")
    for name, found in section.items():
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise WorkspaceError(
                f"{path}: approvals.{name} is {found!r}; expected a whole number from 0."
            )
    values: dict[str, Any] = dict(section)
    if "much_money" in values:
        values["much_money"] = Decimal(values["much_money"])
    return Limits(**values)


def survivorship(directory: Path) -> Survivorship:
    """By which rules a customer's fields are chosen: of troth.toml, or the defaults.

    The defaults where there is no troth.toml. Raises WorkspaceError.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        return Survivorship()
    read_workspace(directory)
    section = tomllib.loads(path.read_text("utf-8")).get("survivorship", {})
    if not isinstance(section, dict) or (
        unknown := section.keys() - {"sources", "every", *_GOLDEN}
    ):
        named = section if not isinstance(section, dict) else ", ".join(sorted(unknown))
        raise WorkspaceError(
            f"{path}: [survivorship] has {named}; expected sources, every, or a field: "
            f"{', '.join(_GOLDEN)}."
        )
    lists = {name: _texts(path, name, found) for name, found in section.items()}
    sources = lists.pop("sources", ())
    criteria = {name: _criteria(path, name, found) for name, found in lists.items()}
    every = criteria.pop("every", Survivorship().every)
    try:
        return Survivorship(sources=sources, every=every, fields=criteria)
    except SurvivorshipError as error:
        raise WorkspaceError(f"{path}: [survivorship] {error}") from error


def identity_precision(directory: Path) -> Decimal:
    """How many of the pairs that are joined by likeness are to be right: of troth.toml, or 0.995.

    The default where there is no troth.toml. Raises WorkspaceError.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        return _PRECISION
    read_workspace(directory)
    section = tomllib.loads(path.read_text("utf-8")).get("identity", {})
    if not isinstance(section, dict) or (unknown := section.keys() - {"precision"}):
        named = section if not isinstance(section, dict) else ", ".join(sorted(unknown))
        raise WorkspaceError(f"{path}: [identity] has {named}; expected precision.")
    found = section.get("precision", float(_PRECISION))
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if not is_number or not _LEAST_PRECISION <= Decimal(repr(found)) <= 1:
        raise WorkspaceError(
            f"{path}: identity.precision is {found!r}; expected a share"
            f" from {_LEAST_PRECISION} to 1, as 0.995."
        )
    return Decimal(repr(found)).quantize(Decimal("0.000001"))


def _texts(path: Path, name: str, found: object) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
        raise WorkspaceError(f"{path}: survivorship.{name} is {found!r}; expected a list of texts.")
    return tuple(found)


def _criteria(path: Path, name: str, found: tuple[str, ...]) -> tuple[Criterion, ...]:
    unknown = [item for item in found if item not in list(Criterion)]
    if unknown:
        raise WorkspaceError(
            f"{path}: survivorship.{name} has {', '.join(unknown)}; "
            f"expected some of {', '.join(Criterion)}."
        )
    return tuple(Criterion(item) for item in found)


def make_workspace(
    directory: Path, *, name: str | None = None, currency: str = "EUR", now: str = "live"
) -> Workspace:
    """Lay a new workspace. Raises WorkspaceError where there is one already."""
    path = directory / FILE_NAME
    if path.exists():
        raise WorkspaceError(f"{path} exists already: this folder is a workspace.")
    for folder in ("sources", "contracts", "policies", "exports", ".troth"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    (directory / ".troth").chmod(0o700)
    (directory / ".gitignore").write_text(".troth/\n", "utf-8")
    quoted = (name or directory.resolve().name).replace("\\", "\\\\").replace('"', '\\"')
    text = _STARTER.format(name=f'"{quoted}"', currency=f'"{currency}"', now=f'"{now}"')
    path.write_text(text, "utf-8")
    return read_workspace(directory.resolve())


def secret_of(workspace: Workspace) -> str:
    """The key that signs sessions: from the environment, or made once and kept in .troth/."""
    given = os.environ.get("TROTH_SECRET_KEY")
    if given:
        return given
    path = workspace.private / "secret"
    if not path.exists():
        workspace.private.mkdir(mode=0o700, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(made, path)  # whoever is first wins; the other reads that one
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text("utf-8")
