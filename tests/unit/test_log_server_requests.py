# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever is sent to a log's server: it answers, never with a failure of its own, and adds what it should alone."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_anchor.log.directory import DirectoryLog
from ledger_anchor.log.files import create_log
from ledger_anchor.server.app import log_app
from ledger_anchor.server.writer import BatchWriter
from tests.unit.test_directory_log import KEY, ORIGIN, Shop

TOKEN = "t" * 43
HEADERS = {"authorization": f"Bearer {TOKEN}"}
OFTEN = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["leaf", "consistency", "x"]), inner),
    max_leaves=12,
)


class Running:
    """The application of a log for the station "demo"; an error inside is an error of the test."""

    def __init__(self, folder: Path) -> None:
        create_log(folder, ORIGIN, {"demo": KEY.public_key})
        self.log = DirectoryLog(folder)
        self.writer = BatchWriter(self.log)
        tokens = {"demo": hashlib.sha256(TOKEN.encode()).hexdigest()}
        self._app = log_app(folder, self.log, self.writer, lambda: tokens, 1_000_000)

    def ask(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        url = "http://log" + quote(path)  # percent-encoded: the server reads any character

        async def answer() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app)) as http:
                return await http.request(method, url, content=body, headers=HEADERS)

        return asyncio.run(answer())

    def add(self, body: bytes) -> tuple[int, object]:
        answer = self.ask("POST", "/add", body)
        return answer.status_code, answer.json()

    def close(self) -> None:
        self.writer.close()
        self.log.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with closing(Running(tmp_path / "log")) as server:
        yield server


def request(leaf: bytes, consistency: list[str] | None = None) -> bytes:
    entry = {"leaf": base64.b64encode(leaf).decode(), "consistency": consistency or []}
    return json.dumps({"entries": [entry]}).encode()


@OFTEN
@given(body=st.binary(max_size=300) | JSON.map(lambda value: json.dumps({"entries": value}).encode()))
def test_other_bodies_are_refused(running: Running, body: bytes) -> None:
    status, problem = running.add(body)
    assert status == 422
    assert isinstance(problem, dict) and problem["code"] == "REQUEST_INVALID" and problem["message"]
    assert running.log.size == 0


@OFTEN
@given(data=st.data())
def test_a_changed_document_is_refused(running: Running, data: st.DataObject) -> None:
    leaf = bytearray(Shop("demo").close().leaf)
    at = data.draw(st.integers(0, len(leaf) - 1))
    leaf[at] ^= data.draw(st.integers(1, 255))
    status, answer = running.add(request(bytes(leaf)))
    assert status in (200, 403, 422)
    if status == 200:  # it reads well, and the log itself says what is wrong with it
        assert isinstance(answer, dict) and answer["answers"][0]["problem"]["code"]
    assert running.log.size == 0


@OFTEN
@given(hashes=st.lists(st.binary(max_size=40).map(lambda node: base64.b64encode(node).decode()), max_size=70))
def test_a_proof_of_anything_breaks_nothing(running: Running, hashes: list[str]) -> None:
    shop = Shop("demo")
    shop.grow()
    status, _ = running.add(request(shop.head().leaf, hashes))
    assert status in (200, 422)
    assert running.log.size <= 1


@OFTEN
@given(path=st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_path_leaves_the_log(running: Running, path: str) -> None:
    answer = running.ask("GET", "/tile/" + path)
    assert answer.status_code in (404, 405) or answer.url.path in ("/checkpoint", "/log.vkey")
