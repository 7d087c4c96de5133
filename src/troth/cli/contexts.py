"""Which names does a JSON file put in scope?"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import click


def read_context(path: Path | None) -> dict[str, Any]:
    """The members of the object in a file, numbers as decimals; none without a file.

    Raises click.ClickException where the file holds no object.
    """
    if path is None:
        return {}
    try:
        read = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    except ValueError as error:
        raise click.ClickException(f"{path}: not readable as JSON: {error}") from error
    if not isinstance(read, dict):
        raise click.ClickException(f"{path}: found a {type(read).__name__}, expected an object.")
    return read
