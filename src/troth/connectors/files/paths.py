"""Which files does a mapping's `files` name?"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from troth.connectors.errors import FileMissingError, VariableMissingError
from troth.connectors.files.delivery import Export

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def find_exports(
    patterns: Sequence[str],
    *,
    workspace: Path,
    asked_by: str,
    environment: Mapping[str, str] | None = None,
) -> tuple[Export, ...]:
    """Every file that a pattern matches, in order of name, each once.

    Raises FileMissingError where a pattern matches nothing, VariableMissingError where it names
    an environment variable that is not set.
    """
    variables = os.environ if environment is None else environment
    found: dict[Path, Export] = {}
    for pattern in patterns:
        full = workspace / _expanded(pattern, asked_by, variables)
        # Path.glob takes no absolute pattern, and exports may lie anywhere.
        paths = sorted(map(Path, glob.glob(str(full), recursive=True)))  # noqa: PTH207
        files = [path for path in paths if path.is_file()]
        if not files and full.is_file():
            files = [full]  # a name that holds [ or ? itself
        if not files:
            raise FileMissingError(file=str(full), asked_by=asked_by)
        for path in files:
            found.setdefault(path, Export(path=path, shown=_shown(path, workspace)))
    return tuple(found.values())


def _expanded(pattern: str, asked_by: str, variables: Mapping[str, str]) -> str:
    for name in _VARIABLE.findall(pattern):
        if not variables.get(name):
            raise VariableMissingError(file=pattern, variable=name, asked_by=asked_by)
    return _VARIABLE.sub(lambda match: variables[match.group(1)], pattern)


def _shown(path: Path, workspace: Path) -> str:
    return str(path.relative_to(workspace)) if path.is_relative_to(workspace) else str(path)
