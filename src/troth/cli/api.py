"""`troth api`: the HTTP API's description, for those who generate clients or check changes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from troth.api.v1 import openapi_document


@click.group("api")
def command() -> None:
    """The HTTP API's description."""


@command.command("openapi")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write to this file; by default to standard output.",
)
def openapi_command(output: Path | None) -> None:
    """The OpenAPI 3.1 description as JSON. Needs no workspace and no database."""
    text = json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, "utf-8")
