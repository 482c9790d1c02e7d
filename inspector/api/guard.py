# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every request must pass before the application sees it: Host, Origin, token, size, time.

A web page that a plant PC has open may send requests to loopback ports, by DNS rebinding under a name of its own.
Host and Origin are therefore compared with the names of this very port, and nothing is answered without the token,
which only the owner of the station directory can read (RFC 6750 section 2.1: header only, never the URL).
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inspector.errors import AccessDenied, ForeignOrigin, InspectorError, RequestInvalid

BODY_BYTES = 64 << 10
BODY_WITHIN_S = 5.0
DISCARD_BYTES = 1 << 20
DISCARD_WITHIN_S = 1.0
"""What a refused caller sends beyond this, or later, is not waited for."""
HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Guard:
    """ASGI middleware in front of everything, the schema included.

    Args:
        app: What to protect.
        token: The token of this run.
        hosts: Allowed `Host` values, "name:port", lower case.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str]) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(host.encode() for host in hosts)
        self._origins = frozenset(b"http://" + host for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        error = self._complaint(scope)
        if error is not None:
            if scope["type"] == "http":
                await _discard_body(receive)
            await _refuse(scope, receive, send, 403 if isinstance(error, ForeignOrigin) else 401, error)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(_whole_body(receive), BODY_WITHIN_S)
        except TimeoutError:
            slow = RequestInvalid(f"the body did not arrive within {BODY_WITHIN_S:g} s", "Send it at once")
            await _refuse(scope, receive, send, 408, slow)
        except RequestInvalid as too_large:
            await _refuse(scope, receive, send, 413, too_large)
        else:
            await self._app(scope, _replay(body, receive), _with_headers(send))

    def _complaint(self, scope: Scope) -> InspectorError | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        hosts = [value.lower() for name, value in headers if name == b"host"]
        origins = [value.lower() for name, value in headers if name == b"origin"]
        if len(hosts) != 1 or hosts[0] not in self._hosts or not self._origins.issuperset(origins):
            return ForeignOrigin(
                "the request names a host or origin that is not this station's", "Use http://127.0.0.1 and the port"
            )
        tokens = [value for name, value in headers if name == b"authorization"]
        if len(tokens) != 1 or not hmac.compare_digest(tokens[0], b"Bearer " + self._token):
            return AccessDenied(
                "the request carries no token of this run",
                "Send 'Authorization: Bearer' with the text of run/api-token in the station directory",
            )
        return None


async def _discard_body(receive: Receive) -> None:
    """Take what the caller still sends: a socket closed with bytes unread is reset, and the answer is lost with it."""
    with contextlib.suppress(TimeoutError, RequestInvalid):
        await asyncio.wait_for(_whole_body(receive), DISCARD_WITHIN_S)


async def _whole_body(receive: Receive) -> bytes:
    body, size, more = bytearray(), 0, True
    while more and size <= DISCARD_BYTES:
        message = await receive()
        part = message.get("body", b"") if message["type"] == "http.request" else b""
        size += len(part)
        if size <= BODY_BYTES:
            body += part
        more = message["type"] == "http.request" and message.get("more_body", False)
    if size > BODY_BYTES:
        raise RequestInvalid(f"the body is larger than {BODY_BYTES} bytes", "No command needs that much")
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = [body]

    async def replay() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replay


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
        await send(message)

    return sender


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, error: InspectorError) -> None:
    """Answer with the error; a WebSocket gets it as the HTTP answer to its handshake."""
    body = error_body(error)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *HEADERS,
    ]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    prefix = "websocket.http" if scope["type"] == "websocket" else "http"
    if scope["type"] == "websocket":
        await receive()  # the handshake
    await send({"type": f"{prefix}.response.start", "status": status, "headers": headers})
    await send({"type": f"{prefix}.response.body", "body": body, "more_body": False})


def error_body(error: InspectorError) -> bytes:
    """`{code, message, advice}` as JSON."""
    return json.dumps({"code": error.code, "message": error.message, "advice": error.advice}).encode()
