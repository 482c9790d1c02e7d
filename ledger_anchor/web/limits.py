# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a request may cost: bytes, seconds, and how many of them come from one address."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_WITHIN_S = 10.0
_ADDRESSES = 10_000


class Bucket:
    """Lets so many requests a minute of one address through, in bursts of up to a minute's worth.

    Args:
        per_minute: How many.
        monotonic_s: The time in seconds.
    """

    def __init__(self, per_minute: int, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._now_s = monotonic_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> bool:
        """One more request; False when it is too many."""
        now_s = self._now_s()
        left, at_s = self._left.pop(address, (float(self._per_minute), now_s))
        left = min(self._per_minute, left + (now_s - at_s) * self._per_minute / 60)
        self._left[address] = (max(0.0, left - 1) if left >= 1 else left, now_s)
        if len(self._left) > _ADDRESSES:  # the one that was quiet for longest has a full bucket again anyway
            self._left.popitem(last=False)
        return left >= 1


class Limits:
    """ASGI middleware in front of everything.

    Args:
        app: What to protect.
        body_bytes: Longest body.
        bucket: Counts requests other than GET and HEAD.
    """

    def __init__(self, app: ASGIApp, body_bytes: int, bucket: Bucket) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._bucket = bucket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body within its limits, then pass on."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        if not self._bucket.take(client[0] if client else ""):
            await _answer(429, "too many requests; try again in a minute", scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(self._whole(receive), BODY_WITHIN_S)
        except TimeoutError:
            await _answer(408, f"the body did not arrive within {BODY_WITHIN_S:g} s", scope, receive, send)
            return
        if body is None:
            await _answer(413, f"the body is longer than {self._body_bytes} bytes", scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _whole(self, receive: Receive) -> bytes | None:
        body, more = bytearray(), True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message["type"] == "http.request" and message.get("more_body", False)
            if len(body) > self._body_bytes:
                return None
        return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = [body]

    async def replay() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replay


async def _answer(status: int, text: str, scope: Scope, receive: Receive, send: Send) -> None:
    response = PlainTextResponse(f"{text}\n", status, {"connection": "close"})
    await response(scope, receive, send)
