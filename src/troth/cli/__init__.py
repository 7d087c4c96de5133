"""The command line: one module per command.

Exit codes: 0 done, 1 found problems, 2 could not run. A command's module is imported when the
command is asked for, so that `troth --help` needs no database and no Django.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

import click

# One line a command: name → (module, what it does, for the list). The group is in the module.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("troth.cli.init", "Lay a workspace."),
    "doctor": ("troth.cli.doctor", "Say what is used here, and what to do where it is wrong."),
    "upgrade": ("troth.cli.upgrade", "Bring the database's tables up to this version."),
    "source": ("troth.cli.source", "Check and sync the sources."),
    "contract": ("troth.cli.contract", "What is agreed about the data that comes in."),
    "quarantine": ("troth.cli.quarantine", "See and replay rows that could not be landed."),
    "question": ("troth.cli.question", "See and settle who is who, where records would join two."),
    "customer": ("troth.cli.customer", "Make customers one, and part them again."),
    "quality": ("troth.cli.quality", "How good what is known of customers is."),
    "difference": ("troth.cli.difference", "Where order, shipment and invoice differ."),
    "verdict": ("troth.cli.verdict", "What stewards said of who is who."),
    "match": ("troth.cli.match", "How records that share no key are matched, and how surely."),
    "run": ("troth.cli.run", "The main job: sync, resolve, tier, decide, measure."),
    "decide": ("troth.cli.decide", "Decide one case from a file, or a table of them."),
    "receipts": ("troth.cli.receipts", "Re-execute recorded decisions."),
    "policy": ("troth.cli.policy", "Publish policies and show which are in force."),
    "freeze": ("troth.cli.freeze", "Freezes on a customer's calendar: add, end, import, export."),
    "change": ("troth.cli.change", "Changes of policies: write, check, sign, publish."),
    "rollout": ("troth.cli.rollout", "A policy in stages, watched and undone."),
    "feel": ("troth.cli.feel", "Evaluate expressions of policies."),
    "dmn": ("troth.cli.dmn", "Decision models: check, show, evaluate; tables as sheets."),
    "audit": ("troth.cli.audit", "Who wrote what, proved: checkpoints, proofs, evidence."),
    "consent": ("troth.cli.consent", "What customers permit, and what data is used for."),
    "assessment": ("troth.cli.assessment", "Assess personal fields before they are collected."),
    "privacy": ("troth.cli.privacy", "Erase a person, answer an access request."),
    "segment": ("troth.cli.segment", "Segments: compare, explain, propose."),
    "tier": ("troth.cli.tier", "What another tier would change."),
    "value": ("troth.cli.value", "What customers are worth, and how good such numbers are."),
    "metrics": ("troth.cli.metrics", "Measure what was promised and kept."),
    "simulate": ("troth.cli.simulate", "Make a company that does not exist."),
    "serve": ("troth.cli.serve", "Serve the console and the API; run jobs and clocks."),
    "user": ("troth.cli.user", "People, programs, their tokens and links."),
    "access": ("troth.cli.access", "Who may do what to whom, and why; broken glass."),
    "backup": ("troth.cli.backup", "Write everything that cannot be made again into one file."),
    "restore": ("troth.cli.restore", "Make a workspace again from a backup."),
    "demo": ("troth.cli.demo", "A simulated company, a year of it, ready to look at."),
    "api": ("troth.cli.api", "The HTTP API's description."),
    "webhook": ("troth.cli.webhook", "Who is told what happened, and sending what waits."),
    "outbox": ("troth.cli.outbox", "What could not be sent, and sending it again."),
    "explain": ("troth.cli.explain", "What an error code means, and what to do."),
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module: Any = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="troth", prog_name="troth")
def troth() -> None:
    """Treat customers differently on purpose, keep every promise, and know whether it pays."""


def main() -> None:
    """The entry point: runs a command and turns what went wrong into a sentence and a code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.site.settings")
    import django

    django.setup()
    from troth.cli.failing import exit_code

    # Being asked to stop is to leave in order: the last to leave stops the database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(exit_code(troth))
