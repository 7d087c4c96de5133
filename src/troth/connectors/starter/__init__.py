"""The policies that a new workspace begins with: one file, to be read and changed."""

from __future__ import annotations

from pathlib import Path

_STARTER = Path(__file__).with_name("company.yaml")


def write_starter_policies(directory: Path, *, currency: str) -> Path:
    """Write company.yaml into a workspace's policies/, unless it is there already."""
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / _STARTER.name
    if not target.exists():
        target.write_text(_STARTER.read_text("utf-8").replace("CURRENCY", currency), "utf-8")
    return target
