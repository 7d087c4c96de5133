"""Is a message sent to the address that was checked, once, and within its time?"""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from tests.connectors.webhooks.receivers import Receiver, authority, receiving, says

from troth.connectors.webhooks.posting import Poster, Reply
from troth.core.webhooks import destinations
from troth.core.webhooks.destinations import Destination, destination

BODY = b'{"type":"webhook.test"}'


def here(receiver: Receiver, path: str = "/in?a=1") -> Destination:
    """The receiver, as a demonstration may name it."""
    return destination(f"http://127.0.0.1:{receiver.port}{path}", is_loopback_allowed=True)


def post(receiver: Receiver, poster: Poster | None = None) -> Reply:
    return (poster or Poster()).post(here(receiver), BODY, {"webhook-id": "msg_1"})


def without_time(reply: Reply) -> Reply:
    return dataclasses.replace(reply, milliseconds=0)


def test_a_message_is_posted_whole() -> None:
    with receiving(says(204)) as receiver:
        assert without_time(post(receiver)) == Reply(status=204)
    assert receiver.requests[0].startswith(b"POST /in?a=1 HTTP/1.1\r\n")
    assert receiver.bodies == [BODY]
    assert receiver.headers()["webhook-id"] == "msg_1"
    assert receiver.headers()["host"] == f"127.0.0.1:{receiver.port}"


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiving(says(200)) as inside:
        goal = f"Location: http://127.0.0.1:{inside.port}/"
        with receiving(says(302, goal)) as receiver:
            assert post(receiver).status == 302
    assert inside.requests == []


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        ("Retry-After: 120", timedelta(minutes=2)),
        ("Retry-After: Thu, 01 Jan 1970 00:00:00 GMT", timedelta(0)),
        ("Retry-After: soon", None),
        ("X: y", None),
    ],
)
def test_a_wait_that_is_asked_for_is_read(line: str, wait: timedelta | None) -> None:
    with receiving(says(503, line)) as receiver:
        assert without_time(post(receiver)) == Reply(status=503, retry_after=wait)


def test_nobody_there_is_told() -> None:
    with receiving(says(200)) as receiver:
        pass
    reply = post(receiver)
    assert (reply.status, reply.error, reply.is_silence) == (None, "refused", True)


def test_an_answer_that_is_no_http_is_told() -> None:
    with receiving(lambda connection, _: connection.sendall(b"hello\r\n\r\n")) as receiver:
        assert without_time(post(receiver)) == Reply(status=None, error="answer")


def test_a_receiver_that_drips_is_cut_off() -> None:
    gone = threading.Event()

    def drip(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        try:
            while not gone.wait(0.05):  # each byte would begin a socket's own timeout anew
                connection.sendall(b"x")
        except OSError:
            gone.set()

    # A socket's own timeout is as long: without the deadline this would never end.
    with receiving(drip) as receiver:
        reply = post(receiver, Poster(total_seconds=0.5))
        assert gone.wait(20)
    assert without_time(reply) == Reply(status=None, error="timeout")


def test_a_receiver_that_is_silent_in_the_handshake_is_cut_off(tmp_path: Path) -> None:
    _, client = authority(tmp_path, "hooks.test")
    silent = socket.create_server(("127.0.0.1", 0))
    goal = dataclasses.replace(
        destination("https://localhost/", is_loopback_allowed=True), port=silent.getsockname()[1]
    )
    with silent:
        reply = Poster(tls=client, total_seconds=0.3).post(goal, BODY, {})
    assert without_time(reply) == Reply(status=None, error="timeout")


def test_an_endless_answer_is_read_to_a_bound() -> None:
    sent: list[int] = []

    def flood(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        try:
            while True:
                sent.append(connection.send(b"x" * 65536))
        except OSError:
            return

    with receiving(flood) as receiver:
        assert post(receiver).status == 200
    assert sum(sent) < 100_000_000  # what was under way, of ten billion


def test_a_name_inside_of_the_house_is_never_connected_to() -> None:
    with receiving(says(200)) as receiver:
        goal = Destination(scheme="http", host="hooks.test", port=receiver.port, target="/")
        inside = Poster(resolve=lambda host, port: ["127.0.0.1"])
        assert without_time(inside.post(goal, BODY, {})) == Reply(status=None, error="destination")
        assert receiver.requests == []
        # The control: without the guard the same goal is reached.
        with mock.patch.object(destinations, "is_public", lambda address: True):
            assert inside.post(goal, BODY, {}).status == 200
        assert len(receiver.requests) == 1


def test_a_name_that_leads_elsewhere_a_moment_later_changes_nothing() -> None:
    """DNS rebinding: the second answer is inside. There is no second question."""
    asked: list[str] = []
    connected: list[object] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    def connect(address: object, timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    goal = destination("https://hooks.example.org:8443/")
    with mock.patch.object(socket, "create_connection", connect):
        Poster(resolve=rebinding).post(goal, BODY, {})
    assert asked == ["hooks.example.org"]
    assert connected == [("93.184.215.14", 8443)]


def test_the_certificate_is_that_of_the_name_and_not_of_the_address(tmp_path: Path) -> None:
    server, client = authority(tmp_path, "hooks.test")
    poster = Poster(resolve=lambda host, port: ["127.0.0.1"], tls=client)
    with (
        mock.patch.object(destinations, "is_public", lambda address: True),
        receiving(says(204), server) as receiver,
    ):
        goal = Destination(scheme="https", host="hooks.test", port=receiver.port, target="/")
        assert poster.post(goal, BODY, {}).status == 204
        assert receiver.names == ["hooks.test"]
        assert receiver.headers()["host"] == f"hooks.test:{receiver.port}"
        other = dataclasses.replace(goal, host="other.test")
        assert without_time(poster.post(other, BODY, {})) == Reply(status=None, error="certificate")
        stranger = Poster(resolve=poster.resolve)  # trusts the system's authorities alone
        assert stranger.post(goal, BODY, {}).error == "certificate"
    assert len(receiver.requests) == 1


def test_a_name_that_nobody_knows_is_told() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    goal = destination("https://hooks.example.org/")
    assert without_time(Poster(resolve=unknown).post(goal, BODY, {})) == Reply(
        status=None, error="name"
    )


def test_a_try_tells_how_long_it_took() -> None:
    def slow(connection: socket.socket, request: bytes) -> None:
        time.sleep(0.1)
        says(200)(connection, request)

    with receiving(slow) as receiver:
        assert post(receiver).milliseconds >= 100
