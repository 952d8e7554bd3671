"""Serve the review page of a results folder until it is stopped."""

from __future__ import annotations

import contextlib
import getpass
import ipaddress
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from pipeline.datamodel.errors import CountersignError
from pipeline.decisions.review_session import ReviewSession
from pipeline.results.store import open_store
from pipeline.review.access_control import LOOPBACK_NAMES, AccessPolicy
from pipeline.review.app import create_app

STOP_SECONDS = 3


class ReviewError(CountersignError):
    """The page can't be served as asked."""

    exit_code = 2


def is_loopback(host: str) -> bool:
    """Whether an address, or `localhost`, is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(
    folder: Path, store: str, host: str, port: int, token: str, who: str, ready: Callable[[str], None]
) -> None:  # fmt: skip
    """Serve the page; `ready` is called with its address once the port is taken.

    On another address than loopback a token is needed and made up where none is given. Raises ReviewError, StoreError.
    """
    local = is_loopback(host)
    if not local and not token:
        token = secrets.token_urlsafe(24)
    with open_store(folder, store, writing=False) as opened:
        session = ReviewSession.of(opened)
        if not session.rows:
            raise ReviewError(f"{folder} holds no returns yet. Run countersign read first.")
        listener = _listener(host, port)
        port = listener.getsockname()[1]
        names = LOOPBACK_NAMES if local else _names(host)
        policy = AccessPolicy(names, token, port)
        app = create_app(session, policy, folder, who or _user(), store)
        config = uvicorn.Config(
            app, log_level="warning", server_header=False, date_header=True, timeout_graceful_shutdown=STOP_SECONDS,
            access_log=False, limit_concurrency=200,
        )  # fmt: skip
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{port}/" + (f"?token={token}" if token else ""))
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is ended; every decision is on disk.
            uvicorn.Server(config).run(sockets=[listener])


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
    except OSError as error:
        raise ReviewError(f"{host}:{port} can't be used ({error.strerror}). Name another one by --port.") from error
    return listener
