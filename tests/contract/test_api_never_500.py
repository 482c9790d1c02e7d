# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever a caller with the token sends, the answer is one that the schema names, and never a 500."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp

from inspector.api.exports import Exports
from inspector.api.feed import Feed
from inspector.api.history import History
from inspector.api.job_routes import Workplace
from inspector.api.jobs import Jobs
from inspector.api.link import StationLink
from inspector.api.server import create_app
from inspector.ipc import Hub
from tests.api_station import make_station

TOKEN = "7a" * 32
HOST = "127.0.0.1:8000"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
ALLOWED = {200, 404, 405, 422, 503}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
TEXTS = ("lot", "operator", "note", "reason", "permit", "removed_by_hand")
SHIFT = st.fixed_dictionaries({}, optional=dict.fromkeys(TEXTS, JSON))
WORD = st.text(st.characters(exclude_categories=["Cs"]), max_size=70).map(lambda text: quote(text, safe=""))
PATHS = st.one_of(
    st.sampled_from(
        [
            "/v1/status",
            "/v1/shift/open",
            "/v1/shift/close",
            "/v1/challenge/start",
            "/v1/bypass/start",
            "/v1/bypass/stop",
            "/v1/line/reset",
            "/v1/verify",
            "/v1/export",
            "/v1/jobs",
            "/v1/models",
            "/v1/settings",
            "/v1/settings/set",
            "/v1/line/points",
            "/v1/manual/begin",
            "/v1/manual/force",
            "/v1/manual/keep",
            "/v1/exports",
            "/openapi.json",
            "/",
            "/v1",
        ]
    ),
    st.builds("/v1/parts/{}".format, WORD | st.integers().map(str)),
    st.builds("/v1/parts/{}/replay".format, WORD | st.integers().map(str)),
    st.builds("/v1/jobs/{}".format, WORD | st.text("0123456789abcdef", min_size=16, max_size=16)),
    st.builds("/v1/exports/{}".format, WORD),
    st.builds("/v1/parts?limit={}".format, st.integers()),
    st.builds("/v1/parts?only=rejects&review=open&before={}&class={}".format, st.integers(), WORD),
    st.builds("/v1/parts/{}/review".format, WORD | st.integers().map(str)),
    st.builds("/v1/history?serial={}&since={}&before={}".format, WORD, WORD, st.integers()),
    st.builds("/v1/images/{}".format, WORD | st.text("0123456789abcdef", min_size=64, max_size=64)),
    st.builds("/v1/preview/{}".format, WORD),
    st.builds("/v1/cameras/{}/features".format, WORD),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ASGIApp]:
    """The application of a station that is away and has no records yet: the least it can have."""
    folder = tmp_path_factory.mktemp("station")
    feed = Feed()
    link = StationLink(Hub(make_station(folder), "api"), feed.publish)
    link.start()
    jobs = Jobs(program=(sys.executable, "-c", ""))
    place = Workplace(folder, folder / "ledger", jobs, Exports(folder))
    yield create_app(link, feed, History(folder), place, TOKEN, frozenset({HOST}), 1.0)
    jobs.close()
    link.close()


def ask(app: ASGIApp, method: str, path: str, content: object) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", headers=HEADERS) as client:
            if isinstance(content, bytes):
                return await client.request(method, path, content=content)
            return await client.request(method, path, json=content)

    return asyncio.run(go())


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    path=PATHS,
    content=SHIFT | JSON | st.binary(max_size=60),
)
def test_any_request_gets_an_answer_in_words(app: ASGIApp, method: str, path: str, content: object) -> None:
    answer = ask(app, method, path, content)
    assert answer.status_code in ALLOWED, (method, path, answer.text)
    if answer.status_code != 200:
        assert set(answer.json()) == {"code", "message", "advice"}


def test_the_published_schema_names_every_answer(app: ASGIApp) -> None:
    document = ask(app, "GET", "/openapi.json", b"").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert {"200", "401", "403", "404", "409", "422", "503", "504"} <= set(operation["responses"]), (
                path,
                method,
            )
            assert operation["description"], path
