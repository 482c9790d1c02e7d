# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a request must bring before the application sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from inspector.api import guard
from inspector.api.guard import BODY_BYTES, Guard

TOKEN = "5e" * 32
HOSTS = {"127.0.0.1:8000", "localhost:8000"}
GOOD = {"Host": "127.0.0.1:8000", "Authorization": f"Bearer {TOKEN}"}


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{len(body)}")(scope, receive, send)


def ask(headers: Mapping[str, str], body: bytes = b"", path: str = "/") -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(Guard(echo, TOKEN, HOSTS))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.request("POST", path, headers=dict(headers), content=body)

    return asyncio.run(go())


def test_a_request_with_token_and_own_host_passes() -> None:
    answer = ask(GOOD, b"12345")
    assert (answer.status_code, answer.text) == (200, "5")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}0",
        f"bearer{TOKEN}",
        TOKEN,
    ],
)
def test_anything_but_the_token_is_401(value: str) -> None:
    answer = ask({"Host": "127.0.0.1:8000", "Authorization": value})
    assert answer.status_code == 401
    assert answer.json()["code"] == "ACCESS_DENIED"
    assert "run/api-token" in answer.json()["advice"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_in_the_url_counts_for_nothing() -> None:
    assert ask({"Host": "127.0.0.1:8000"}, path=f"/?token={TOKEN}&access_token={TOKEN}").status_code == 401


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1", "127.0.0.1:8001", "127.0.0.1:8000.evil.example"])
def test_a_name_that_is_bent_to_this_machine_is_refused(host: str) -> None:
    answer = ask(GOOD | {"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "FOREIGN_ORIGIN")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:8001"])
def test_a_page_from_elsewhere_is_refused_even_with_the_token(origin: str) -> None:
    assert ask(GOOD | {"Origin": origin}).status_code == 403


def test_a_page_of_this_very_port_is_let_in() -> None:
    assert ask(GOOD | {"Origin": "http://localhost:8000", "Host": "LOCALHOST:8000"}).status_code == 200


def test_bodies_have_a_limit() -> None:
    assert ask(GOOD, b"x" * BODY_BYTES).status_code == 200
    answer = ask(GOOD, b"x" * (BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_INVALID")


def test_a_body_that_never_ends_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_WITHIN_S", 0.05)
    sent = []

    async def never() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in GOOD.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    asyncio.run(Guard(echo, TOKEN, HOSTS)(scope, never, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408


@given(st.binary(max_size=80), st.binary(max_size=40), st.lists(st.binary(max_size=20), max_size=2))
def test_no_bytes_in_the_headers_get_through_or_crash(token: bytes, host: bytes, origins: list[bytes]) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"authorization", token), (b"host", host), *((b"origin", value) for value in origins)]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    asyncio.run(Guard(echo, TOKEN, HOSTS)(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] in (401, 403)


@pytest.mark.parametrize("headers", [{}, GOOD | {"Host": "evil.example:8000"}, GOOD], ids=["token", "host", "size"])
def test_a_refused_body_is_taken_to_its_end(headers: dict[str, str]) -> None:
    """Else the socket is closed with bytes unread, which resets it, and the caller never sees the answer."""
    parts = [b"x" * 30_000] * 3

    async def go() -> int:
        left, sent = list(parts), []

        async def receive() -> Message:
            return {"type": "http.request", "body": left.pop(), "more_body": bool(left)}

        async def send(message: Message) -> None:
            assert not left, "answered before the body was taken"
            sent.append(message)

        lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await Guard(echo, TOKEN, HOSTS)({"type": "http", "headers": lines}, receive, send)
        return int(sent[0]["status"])

    assert asyncio.run(go()) in (401, 403, 413)


def test_a_refused_body_without_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "DISCARD_WITHIN_S", 0.01)
    asked = 0

    async def go(pause: bool) -> None:
        async def receive() -> Message:
            nonlocal asked
            asked += 1
            if pause:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": b"x" * (1 << 18), "more_body": True}

        async def send(message: Message) -> None:
            pass

        await Guard(echo, TOKEN, HOSTS)({"type": "http", "headers": []}, receive, send)

    asyncio.run(go(pause=True))
    assert asked == 1
    asyncio.run(go(pause=False))
    assert asked == 1 + guard.DISCARD_BYTES // (1 << 18) + 1
