"""`troth explain CODE`: what a code means, why it is said, an example, and what to do?"""

from __future__ import annotations

import difflib

import click

from troth.cli.explanations import PAGES
from troth.cli.printing import OUT, print_json, print_table


class UnknownCodeError(click.ClickException):
    """No page has this code. `troth explain --list` shows all."""


@click.command("explain")
@click.argument("code", required=False)
@click.option("--list", "is_list", is_flag=True, help="Every code, with what it means.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(code: str | None, is_list: bool, as_json: bool) -> None:
    """Say what CODE means, why it is said, an example, and what to do."""
    if is_list or code is None:
        _show_all(as_json=as_json)
        return
    found = PAGES.get(_spelt(code))
    if found is None:
        close = difflib.get_close_matches(code, PAGES, n=3)
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        raise UnknownCodeError(f"No code is called {code!r}.{hint} `troth explain --list` has all.")
    if as_json:
        print_json(vars(found))
        return
    OUT.print(found.code, style="bold", markup=False)
    for name in ("means", "why", "example", "remedy"):
        label = "what to do" if name == "remedy" else name
        OUT.print(f"  {label + ':':<12}{getattr(found, name)}", soft_wrap=True, markup=False)


def _show_all(*, as_json: bool) -> None:
    if as_json:
        print_json([vars(page) for page in PAGES.values()])
        return
    print_table("Codes", ("code", "means"), [(page.code, page.means) for page in PAGES.values()])


def _spelt(code: str) -> str:
    """A problem type of the API is its page's code."""
    return code.replace("/problems/", "problem:") if code.startswith("/problems/") else code
