"""How does each command read to somebody who looks it up?"""

from __future__ import annotations

from collections.abc import Iterator

import click

from troth.cli import troth

_INTRODUCTION = """# Commands

<!-- Generated from troth.cli; change it there. -->

Exit codes: 0 done, 1 found problems (they are printed), 2 could not run. `--json` is for
machines. A command finds its workspace in the current folder or above; `--workspace DIR` names
another. What an error means is told by `troth explain CODE`.
"""


def reference() -> str:
    """docs/reference/commands.md: one section a command, one line an option."""
    return "\n".join((_INTRODUCTION, *_sections(troth, "troth")))


def _sections(group: click.Group, path: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        yield _section(command, f"{path} {name}")
        if isinstance(command, click.Group):
            yield from _sections(command, f"{path} {name}")


def _section(command: click.Command, path: str) -> str:
    arguments = [item for item in command.params if isinstance(item, click.Argument)]
    options = [item for item in command.params if isinstance(item, click.Option)]
    usage = " ".join([path, *(_argument(item) for item in arguments)])
    lines = [f"{'##' if path.count(' ') == 1 else '###'} `{usage}`", "", _about(command), ""]
    if options:
        lines += ["| option | default | what for |", "| --- | --- | --- |"]
        lines += [_option(item) for item in options]
        lines.append("")
    return "\n".join(lines)


def _about(command: click.Command) -> str:
    return " ".join((command.help or "").split())


def _argument(item: click.Argument) -> str:
    name = (item.name or "").upper()
    shown = f"{name} ..." if item.nargs == -1 else name
    return shown if item.required else f"[{shown}]"


def _option(item: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in item.opts)
    if isinstance(item.type, click.Choice):
        names += f" ({', '.join(str(choice) for choice in item.type.choices)})"
    default = f"`{item.default}`" if item.show_default is True else ""
    if item.required:
        default = "required"
    return f"| {names} | {default} | {(item.help or '').replace('|', chr(92) + '|')} |"
