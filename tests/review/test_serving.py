"""The server behind the page: who can keep it busy, and for how long."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.review import serve
from pipeline.review.pages import Gallery
from tests.material.review_server import Server, serving_here

WAIT_S = 0.4
ASKED = b"GET /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def server(made: Path, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """One that waits for requests for WAIT_S only."""
    monkeypatch.setattr(serve, "REQUEST_SECONDS", WAIT_S)
    with serving_here(made, gallery) as found:
        yield found


def reply(connection: socket.socket) -> bytes:
    """One reply, whole."""
    held = connection.recv(1 << 16)
    while b"csrf" not in held.partition(b"\r\n\r\n")[2]:
        more = connection.recv(1 << 16)
        assert more, held
        held += more
    return held


def closed_after_s(connection: socket.socket) -> float:
    """Seconds until the server closes the connection, without a word."""
    start = time.monotonic()
    connection.settimeout(20)
    assert connection.recv(1 << 16) == b""
    return time.monotonic() - start


@pytest.mark.parametrize(
    "sent", [b"", ASKED[:20], ASKED[:-2], b"POST /api/answer HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9"]
)
@pytest.mark.parametrize("after", ["nothing", "a request that was answered"])
def test_a_connection_without_a_whole_request_is_closed(server: Server, sent: bytes, after: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        if after != "nothing":
            connection.sendall(ASKED)
            assert reply(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(sent)
        assert closed_after_s(connection) < WAIT_S + 4, "before the five seconds that an idle connection may have"


def test_letters_that_come_one_by_one_do_not_keep_it_open(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        start = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - start < 10:
                connection.sendall(b"G")
                time.sleep(0.05)
        assert time.monotonic() - start < WAIT_S + 4


def test_idle_connections_shut_nobody_out(server: Server) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(210)]
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(ASKED)
            assert reply(connection).startswith(b"HTTP/1.1 200")
        time.sleep(WAIT_S + 0.3)
        assert [one.recv(1) for one in idle] == [b""] * len(idle)
    finally:
        for one in idle:
            one.close()


def test_what_is_being_answered_is_not_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.decisions.review_session import ReviewSession

    monkeypatch.setattr(ReviewSession, "refresh", lambda _: time.sleep(2 * WAIT_S))
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(ASKED.replace(b"/api/session", b"/log"))
        connection.settimeout(20)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
