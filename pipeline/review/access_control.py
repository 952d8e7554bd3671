"""What stands before every request: host, token, size, origin; and what every reply carries, an error's too."""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.datamodel.errors import StoreError
from pipeline.intake.members import MAX_BYTES
from pipeline.results.results_file import storage_failure

_log = logging.getLogger(__name__)
JSON = "application/json"
LARGEST_BODY = 64 << 10
UPLOADS: Mapping[str, tuple[str, int]] = {"/api/add": ("application/octet-stream", MAX_BYTES)}
"""Address -> (type, bytes) of a body that is no JSON; every other write is JSON of LARGEST_BODY at most."""
FAILED = "The page met a fault of its own; its trace stands in the terminal. Load the page again."
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class AccessPolicy:
    """Who may come in."""

    hosts: frozenset[str]
    """Names that the page may be called by; another one is a rebound DNS name."""
    token: str = ""
    """Needed once in the address, then kept in a cookie; empty: whoever reaches the page may use it."""
    port: int = 0
    public: str = ""
    """Origin by which a proxy before the page is called, `https://sign.example.org`; empty: there is none."""
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def cookie(self) -> str:
        """The cookie's name: one a port, as browsers share cookies between ports."""
        return f"countersign-{self.port}"

    def session_value(self, session: str) -> str:
        """Cookie: the session, signed by the token, so that it proves that the token was known."""
        return f"{session}.{_signed(self.token.encode() or b'loopback', session)}"

    def session_of(self, value: str) -> str:
        """The session of a cookie; empty where it isn't ours."""
        session, _, signature = value.partition(".")
        right = _signed(self.token.encode() or b"loopback", session)
        well = hmac.compare_digest(signature.encode("utf-8", "replace"), right.encode())
        return session if session and well else ""

    def csrf(self, session: str) -> str:
        """What a page sends back with each write, so that no other site can."""
        return _signed(self.secret, session)


def _signed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), sha256).hexdigest()


@dataclass(frozen=True)
class AccessControl:
    """ASGI middleware: refuses what must not come in, and bounds and marks what does."""

    app: ASGIApp
    policy: AccessPolicy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        session, new, bound = "", "", UPLOADS.get(scope["path"], (JSON, LARGEST_BODY))
        refusal = _malformed(headers) or self._host_refusal(headers)
        if refusal is None:
            session = self.policy.session_of(_cookie(headers.get("cookie", ""), self.policy.cookie))
        if refusal is None and not session:
            if self._knows_token(scope):
                session = new = secrets.token_urlsafe(18)
            else:
                refusal = (403, "token", "Open the address that the terminal shows; it holds the token.")
        if refusal is None and scope["method"] not in ("GET", "HEAD"):
            refusal = self._write_refusal(headers, session, bound)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        scope.setdefault("state", {})["session"] = session
        secure = "; Secure" if self.policy.public.startswith("https:") else ""
        value = f"{self.policy.cookie}={self.policy.session_value(new)}; Path=/; HttpOnly; SameSite=Strict{secure}"
        await self._answered(scope, _bounded(receive, bound[1]), _marked(send, value if new else ""))

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application's reply; in place of one that failed, a sentence that says why."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            told = storage_failure(error) or (error if isinstance(error, StoreError) else None)
            if told is None:
                _log.exception("the review page failed at %s", scope["path"])
            if not started:
                sentence = f"{told} Nothing that was shown as saved is lost." if told else FAILED
                await _refuse(watched, 503 if told else 500, "storage" if told else "fault", sentence)

    def _host_refusal(self, headers: dict[str, str]) -> tuple[int, str, str] | None:
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if host not in self.policy.hosts and host != urlsplit(self.policy.public).hostname:
            return 421, "host", "This page is not served under that name."
        return None

    def _knows_token(self, scope: Scope) -> bool:
        if not self.policy.token:
            return True
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.policy.token.encode())

    def _write_refusal(
        self, headers: dict[str, str], session: str, bound: tuple[str, int]
    ) -> tuple[int, str, str] | None:
        origin = headers.get("origin", "")
        own = {headers.get("host", ""), urlsplit(self.policy.public).netloc}
        if origin and urlsplit(origin).netloc not in own:
            return 403, "origin", "Requests from other sites are refused."
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, "origin", "Requests from other sites are refused."
        if not hmac.compare_digest(headers.get("x-csrf", "").encode(), self.policy.csrf(session).encode()):
            return 403, "csrf", "The page is older than the server. Load it again."
        if headers.get("content-type", "").partition(";")[0] != bound[0]:
            return 415, "type", f"Send {bound[0]}."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > bound[1]:
            return 413, "size", "That is too much for one request."
        return None


def _malformed(headers: dict[str, str]) -> tuple[int, str, str] | None:
    """The refusal of a request whose headers can't be understood."""
    try:
        for value in (f"//{headers.get('host', '')}", headers.get("origin", "")):
            _ = urlsplit(value).port
    except ValueError:
        return 400, "malformed", "That request can't be understood."
    return None if headers.get("cookie", "").isascii() else (400, "malformed", "That request can't be understood.")


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


async def _refuse(send: Send, status: int, code: str, sentence: str) -> None:
    body = json.dumps({"error": code, "sentence": sentence}).encode()
    headers = [*_header_list(), (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _header_list() -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


def _bounded(receive: Receive, most: int) -> Receive:
    """The request's body, ended as a broken connection where it grows beyond its bound."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > most else message

    return bounded


def _marked(send: Send, cookie: str) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            names = {name.lower() for name, _ in headers}
            headers += [h for h in _header_list() if h[0] not in names]
            if b"cache-control" not in names:
                headers.append((b"cache-control", b"no-store"))
            if cookie:
                headers.append((b"set-cookie", cookie.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return marked
