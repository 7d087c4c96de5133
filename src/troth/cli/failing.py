"""What does a person see when a command cannot run?"""

from __future__ import annotations

import click
import psycopg
from django.db import OperationalError
from rich.console import Console

DONE, FOUND_PROBLEMS, COULD_NOT_RUN = 0, 1, 2


class FoundProblemsError(Exception):
    """The command did its work and found problems; they are printed already."""


def exit_code(command: click.Command) -> int:
    """Run the command line. 0 done, 1 found problems, 2 could not run."""
    try:
        answered = command.main(standalone_mode=False)
    except FoundProblemsError:
        return FOUND_PROBLEMS
    except click.Abort:
        _say("Stopped. What was written before stays; run the command again to go on.")
        return COULD_NOT_RUN
    except click.ClickException as error:
        error.show()
        return COULD_NOT_RUN
    except (OperationalError, psycopg.OperationalError) as error:
        _say(
            f"The database does not answer: {str(error).strip()}\n"
            "What was committed is safe. `troth doctor` says what to do; "
            "then run the command again."
        )
        return COULD_NOT_RUN
    except Exception as error:
        # Knowing every error means importing every layer; only a failure pays for that.
        from troth.cli.faults import FOR_PEOPLE, code_of

        if not isinstance(error, FOR_PEOPLE):
            raise
        _say(f"{error}\nMore: troth explain {code_of(type(error))}")
        return COULD_NOT_RUN
    # Click does not raise a command's Exit here; it gives its code back.
    return answered if isinstance(answered, int) else DONE


def _say(text: str) -> None:
    Console(stderr=True, highlight=False, markup=False, emoji=False).print(text, soft_wrap=True)
