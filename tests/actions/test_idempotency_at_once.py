"""Is each logical write done once, though it is sent several times at the same moment?"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections
from django.db.models import Count

from troth.actions.idempotency import Answer, InFlightError, answer_once
from troth.actions.people import system_user
from troth.store.models import LoginLink, User
from troth.store.server import Server

THREADS = 6
SEED = 7


def effect(user: User, number: int) -> Answer:
    """A cheap write that nothing but the key keeps from being done twice."""
    LoginLink.objects.create(user=user, token_sha256=f"{number}/{random.random()}", expires_at=NOW)
    return Answer(status=200, body=str(number), content_type="text/plain")


NOW = "2030-01-01T00:00:00Z"


def once(user: User, number: int) -> str:
    """As a client does: again where the first is still at work."""
    while True:
        try:
            answer = answer_once(
                acting_user=user,
                key=f"write {number}",
                request_sha256=str(number),
                work=lambda: effect(user, number),
            )
        except InFlightError:
            time.sleep(0.001)
        else:
            return answer.body


def send_all(count: int, send: Callable[[User, int], str]) -> tuple[int, int]:
    """Send each write 2 to 5 times, the copies side by side; (sent, wrong answers)."""
    chance = random.Random(SEED)
    copies = [number for number in range(count) for _ in range(chance.randint(2, 5))]
    waiting, lock, wrong = iter(copies), threading.Lock(), [0]
    user = system_user()

    def work() -> None:
        try:
            while True:
                with lock:
                    number = next(waiting, None)
                if number is None:
                    return
                if send(user, number) != str(number):
                    wrong[0] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(copies), wrong[0]


def effects() -> tuple[int, int]:
    """(effects, logical writes that have one)"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT split_part(token_sha256, '/', 1)) FROM store_loginlink"
        )
        found: tuple[int, int] = cursor.fetchone()
    return found


@pytest.mark.parametrize(
    "count",
    [500, pytest.param(10_000, marks=pytest.mark.soak)],
)
def test_as_many_effects_as_logical_writes(own_database: Server, count: int) -> None:
    sent, wrong = send_all(count, once)
    assert sent > 2 * count
    assert wrong == 0
    assert effects() == (count, count)


def test_without_a_key_each_copy_has_its_effect(own_database: Server) -> None:
    """The control: the same writes sent in the same way."""
    sent, _ = send_all(50, lambda user, number: effect(user, number).body)
    assert effects() == (sent, 50)
    assert LoginLink.objects.aggregate(count=Count("pk"))["count"] > 50
