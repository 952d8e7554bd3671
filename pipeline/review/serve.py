"""Serve the review page of a results folder, or the page that corrects a form, until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.datamodel.errors import CountersignError, system_words
from pipeline.decisions.review_session import ReviewSession
from pipeline.form_authoring.form_draft import read_draft
from pipeline.results.store import open_store
from pipeline.review.access_control import LOOPBACK_NAMES, AccessPolicy
from pipeline.review.app import create_app
from pipeline.review.form_app import create_form_app

STOP_SECONDS = 3
SHORTEST_TOKEN = 16
"""Characters of a token that somebody gives: fewer could be guessed."""
REQUEST_SECONDS = 10
"""How long a connection may stay without a whole request; then it is closed, so that idle ones shut nobody out."""
MOST_CONNECTIONS = 1000
"""Connections at a time; more are refused until some have ended."""


class ReviewError(CountersignError):
    """The page can't be served as asked."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Served:
    """Where the page is served, and to whom."""

    host: str = "127.0.0.1"
    port: int = 8765
    token: str = ""
    """Empty: one is made up, unless `open`."""
    open: bool = False
    """Without a token, whoever reaches the port may see the signatures and decide."""
    public_url: str = ""
    """Address of a proxy before the page."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that does not wait for ever for a request to come, the first one of a connection or a further one."""

    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_longer()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._wait_no_longer()
        self.deadline = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _wait_no_longer(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()

    def _give_up(self) -> None:
        """Close the connection, unless a request is being answered: its answer begins the next wait."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if not answering and not self.transport.is_closing():
            self.transport.close()


def is_loopback(host: str) -> bool:
    """Whether an address, or `localhost`, is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(
    folder: Path, store: str, where: Served, who: str, ready: Callable[[str], None], returns: Path | None = None
) -> None:  # fmt: skip
    """Serve the page; `ready` is called with its address once the port is taken.

    `returns`: where the folder that was read is now, if it was moved. Raises ReviewError, StoreError.
    """
    door = _door(where)
    with open_store(folder, store, writing=False) as opened:
        if returns is not None:
            opened.relocate(returns)
        session = ReviewSession.of(opened)
        if not session.rows:
            raise ReviewError(f"{folder} holds no returns yet. Run countersign read first.")
        _run(where, door, lambda policy: create_app(session, policy, folder, who or _user(), store), ready)


def serve_form(folder: Path, where: Served, ready: Callable[[str], None]) -> None:
    """Serve the page that corrects a form; `ready` as for `serve`. Raises ReviewError, FormError."""
    read_draft(folder)
    _run(where, _door(where), lambda policy: create_form_app(folder, policy), ready)


@dataclass(frozen=True, slots=True)
class _Door:
    """What is asked of whoever comes."""

    token: str
    public: str
    local: bool


def _door(where: Served) -> _Door:
    """Raises ReviewError where that would let in too many."""
    public, local = _origin(where.public_url), is_loopback(where.host)
    return _Door(_token(where, local and not public), public, local)


def _run(where: Served, door: _Door, app: Callable[[AccessPolicy], FastAPI], ready: Callable[[str], None]) -> None:
    """Serve an application until it is stopped."""
    listener = _listener(where.host, where.port)
    port = listener.getsockname()[1]
    names = LOOPBACK_NAMES if door.local else _names(where.host)
    served = app(AccessPolicy(names, door.token, port, door.public))
    shown = f"[{where.host}]" if ":" in where.host else where.host
    ready((door.public or f"http://{shown}:{port}") + "/" + (f"?token={door.token}" if door.token else ""))
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is ended; every decision is on disk.
        uvicorn.Server(server_config(served)).run(sockets=[listener])


def server_config(app: FastAPI) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app, log_level="warning", server_header=False, date_header=True, timeout_graceful_shutdown=STOP_SECONDS,
        access_log=False, limit_concurrency=MOST_CONNECTIONS, http=PatientProtocol,
    )  # fmt: skip


def _token(where: Served, local: bool) -> str:
    """The token that is asked for; empty: none. Raises ReviewError where that would be too little."""
    if where.open and not local:
        raise ReviewError("--no-token is for this machine alone. Leave it out, or leave out --host and --public-url.")
    if where.token and len(where.token) < SHORTEST_TOKEN:
        raise ReviewError(f"That token could be guessed. Give one of {SHORTEST_TOKEN} characters or more, or none.")
    return "" if where.open else where.token or secrets.token_urlsafe(24)


def _origin(url: str) -> str:
    """Scheme and host of a public address; empty where none is given. Raises ReviewError."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/") and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ReviewError("--public-url is an address without a path, such as https://sign.example.org.")
    return f"{parts.scheme}://{parts.netloc}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "editor"


def _names(host: str) -> frozenset[str]:
    """Names under which an address that others reach may be called."""
    if host in ("0.0.0.0", "::"):
        own = socket.gethostname()
        found = {own, socket.getfqdn(), *LOOPBACK_NAMES}
        with contextlib.suppress(OSError):
            found |= {str(entry[4][0]) for entry in socket.getaddrinfo(own, None)}
        return frozenset(found)
    return frozenset({host})


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()  # Before the address is told: who follows it at once waits, and is not refused.
    except OSError as error:
        raise ReviewError(
            f"{host}:{port} can't be used ({system_words(error)}). Name another by --host or --port."
        ) from error
    return listener
