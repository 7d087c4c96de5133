"""Two who act at the same time, in real threads, slowed down so that they surely meet."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
from django.db import connections

from troth.actions.freeze_gate import PolicyFrozenError
from troth.store.queries.viewing import as_the_program
from troth.store.server import Server

# Makes an insert slow, so that two transactions surely overlap.
SLOW = """
    CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(0.4); RETURN NEW; END $$;
    CREATE TRIGGER slow AFTER INSERT ON {} FOR EACH ROW EXECUTE FUNCTION slowly();
"""


def slow_down(server: Server, table: str) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute(SLOW.format(table).encode())


def at_once(*works: Callable[[], object], apart: float = 0.1) -> list[str]:
    """How each ended, begun one after the other, `apart` seconds between them."""
    ends = [""] * len(works)

    def run(place: int) -> None:
        try:
            with as_the_program():
                works[place]()
            ends[place] = "done"
        except PolicyFrozenError:
            ends[place] = "frozen"
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
        thread.join(apart)
    for thread in threads:
        thread.join(60)
    return ends
