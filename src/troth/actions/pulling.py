"""How do published policies become files again, without losing what was written meanwhile?

The database is the truth for policies; files are how people write them. A file that was pulled is
written anew as long as all that stands in it is published; one that says anything else, or that
somebody wrote by hand, is left as it is and named.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from troth.actions.policies import PolicyFileError, plan, text_of
from troth.store.queries.policy_texts import PolicyText

HEADER = "# Written by `troth policy pull` from what is published.\n"


class UnpublishedError(Exception):
    """A file holds what is not published, or was written by hand. Nothing was pulled.

    Publish it with `troth policy apply`, move it away, or pull into another folder.
    """

    code = "policy:pull:unpublished"


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What became of the folder."""

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    removed: tuple[Path, ...]  # pulled before, and nothing of it is in force any more


def rendered(file: PolicyText) -> str:
    """A file's text."""
    return HEADER + text_of(file.documents)


def pull(files: Sequence[PolicyText], folder: Path, *, is_whole: bool) -> Pulled:
    """Write the files into a folder, each or none. Raises UnpublishedError, OSError.

    `is_whole`: these are all that there is, so that pulled files beside them have had their time.
    """
    texts = {folder / file.name: rendered(file) for file in files}
    old = [path for path in sorted(folder.glob("*.yaml")) if _is_pulled(path)]
    stale = [path for path in old if is_whole and path not in texts]
    changed = {
        path: text
        for path, text in texts.items()
        if not (path.exists() and path.read_text("utf-8", errors="replace") == text)
    }
    reasons = [
        reason for path in sorted([*changed, *stale]) if path.exists() for reason in _kept(path)
    ]
    if reasons:
        raise UnpublishedError("\n".join(reasons))
    folder.mkdir(parents=True, exist_ok=True)
    # Beside each other first: a full disk leaves the folder as it was.
    drafts = {path: path.with_name(f".{path.name}.{secrets.token_hex(4)}") for path in changed}
    try:
        for path, draft in drafts.items():
            draft.write_text(changed[path], "utf-8")
        for path, draft in drafts.items():
            draft.replace(path)
    finally:
        _remove(drafts.values())
    _remove(stale)
    return Pulled(
        written=tuple(changed),
        unchanged=tuple(path for path in texts if path not in changed),
        removed=tuple(stale),
    )


def _is_pulled(path: Path) -> bool:
    with path.open("rb") as found:
        return found.readline() == HEADER.encode()


def _kept(path: Path) -> list[str]:
    """Why a file must stay as it is; empty: it may go."""
    if not _is_pulled(path):
        return [f"{path}: written by hand; pulling would lose its comments."]
    try:
        return [f"{path}: not published: {item.sentence}." for item in plan([path])]
    except PolicyFileError as error:
        return [f"{path}: not published, and not publishable: {error}"]


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
