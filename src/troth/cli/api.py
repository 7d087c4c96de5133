"""`troth api`: the HTTP API's description, for those who generate clients or check changes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from django.http import HttpRequest
from django.urls import resolve

# The command line and the API are neighbours that do not know each other: it is asked by address.
_ADDRESS = "/api/v1/openapi.json"


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
    answer = resolve(_ADDRESS).func(HttpRequest())
    text = json.dumps(json.loads(answer.content), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, "utf-8")
