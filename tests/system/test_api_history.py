# SPDX-License-Identifier: AGPL-3.0-or-later
"""Records and images through the api, written by the real writer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from inspector.api.client import ApiClient
from inspector.api.history import History
from inspector.errors import EvidenceError, NotFound, RequestInvalid, StoreError
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import pixel_digest
from inspector.part import PixelFormat
from inspector.store.documents import DocumentStore
from inspector.store.images import ImageStore
from inspector.store.writer import Appended
from tests.api_station import ApiProcess, FakeStation, make_station
from tests.store_station import make_writer, opening, outcome, part
from tests.unit.evidence_samples import LINE_BOOT


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A station with 60 parts; every tenth fails, the first has its outcome."""
    folder = tmp_path_factory.mktemp("station")
    run = make_station(folder)
    writer = make_writer(folder, SigningKey.generate())
    writer.append("shift-open", opening(writer)).result(10)
    for number in range(1, 61):
        appended = writer.append("part", part(number, "PASS" if number % 10 else "FAIL", image=True)).result(10)
        if number == 1:
            writer.append("outcome", outcome(1, appended.hash)).result(10)
    fake = FakeStation(run)
    api = ApiProcess(folder)
    api.start()
    yield folder
    assert api.end() == 0
    fake.close()
    writer.close()


@pytest.fixture
def client(station: Path) -> Iterator[ApiClient]:
    with ApiClient(station) as opened:
        yield opened


def test_the_latest_parts_come_newest_first(client: ApiClient) -> None:
    parts = client.parts(20)
    assert [p.key for p in parts] == [(LINE_BOOT, number) for number in range(60, 40, -1)]
    assert [p.key[1] for p in parts if p.verdict == "FAIL"] == [60, 50]
    assert len(client.parts()) == 50
    assert parts[0].boxes and parts[0].image and parts[0].camera


def test_rejects_are_found_by_class_page_and_review(station: Path, client: ApiClient) -> None:
    rejects = client.parts(4, rejects=True)
    assert [part.key[1] for part in rejects] == [60, 50, 40, 30]
    assert [part.key[1] for part in client.parts(4, rejects=True, before=rejects[-1].seq)] == [20, 10]
    assert client.parts(rejects=True, class_name="no such class") == ()
    assert len(client.parts(rejects=True, class_name=rejects[0].boxes[0].class_name)) == 6
    assert len(client.parts(100, class_name=rejects[0].boxes[0].class_name)) == 60  # found, whatever the verdict
    assert all(part.review is None for part in rejects)
    with pytest.raises(RequestInvalid):
        client.parts(before=0)


def test_the_newest_review_stands_beside_the_part(tmp_path: Path) -> None:
    writer = make_writer(tmp_path, SigningKey.generate())
    parts = [writer.append("part", part(number, "FAIL")).result(10) for number in (1, 2, 3)]

    def review(of: Appended, finding: str, role: str | None = "qa") -> int:
        fields = {"part": of.hash, "record": of.seq, "finding": finding, "class": None, "by": "1" * 64, "role": role}
        return writer.append("review", {**fields, "login": "2" * 64, "note": "mine"}).result(10).seq

    review(parts[0], "not-a-defect", "operator")
    newest = review(parts[0], "unsure")
    review(parts[2], "agree", None)
    found = History(tmp_path).latest(10, rejects=True)
    told = [one.review for one in reversed(found)]
    assert told[1] is None
    assert [(one.finding, one.role) for one in told if one] == [("unsure", "qa"), ("agree", None)]
    assert told[0] is not None and told[0].seq == newest
    assert "mine" not in told[0].model_dump_json()
    assert [one.key[1] for one in History(tmp_path).latest(10, unreviewed=True)] == [2]
    assert [one.key[1] for one in History(tmp_path).latest(10, rejects=True, unreviewed=True)] == [2]
    writer.close()


def test_one_record_comes_with_the_bytes_that_were_hashed(client: ApiClient) -> None:
    latest = client.parts(1)[0]
    record = client.part(latest.seq)
    assert json.loads(record.bytes) == record.record
    assert record.record["verdict"] == latest.verdict
    assert record.outcome is None
    first = client.parts(500)[-1]
    followed = client.part(first.seq).outcome
    assert followed is not None and followed["type"] == "outcome"


def test_what_is_not_there_is_not_found(client: ApiClient) -> None:
    with pytest.raises(NotFound, match="no part record"):
        client.part(1)
    with pytest.raises(NotFound):
        client.part(10**9)
    with pytest.raises(NotFound, match="not stored"):
        client.image("0" * 64)


RECIPE = b"""
format = "inspector-recipe/1"
name = "strict"
version = "1"
[classes.%s]
min_score = 1.0
"""


def test_findings_that_the_recipe_does_not_count_are_not_marked(tmp_path: Path) -> None:
    run = make_station(tmp_path)
    writer = make_writer(tmp_path, SigningKey.generate())
    writer.append("shift-open", opening(writer)).result(10)
    seen = part(1, image=True)
    name = seen["views"][0]["detections"][0]["class"]
    recipe = DocumentStore(tmp_path).put(RECIPE % name.encode())
    writer.append("part", seen | {"recipe_digest": recipe}).result(10)
    writer.append("part", part(2, image=True)).result(10)
    fake = FakeStation(run)
    api = ApiProcess(tmp_path)
    api.start()
    with ApiClient(tmp_path) as client:
        unfiltered, filtered = client.parts()
    assert (len(filtered.boxes), len(unfiltered.boxes) > 0) == (0, True)
    assert api.end() == 0
    fake.close()
    writer.close()


@pytest.mark.parametrize("path", ["/v1/parts?limit=0", "/v1/parts?limit=501", "/v1/parts/0", "/v1/parts/x"])
def test_limits(station: Path, path: str) -> None:
    api = ApiProcess(station)
    answer = httpx.get(api.address + path, headers=api.authorization)
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")


@pytest.mark.parametrize("digest", ["..", "%2e%2e%2fstation.toml", "A" * 64, "0" * 63, "0" * 64 + "/x"])
def test_no_path_leads_out_of_the_images(station: Path, client: ApiClient, digest: str) -> None:
    with pytest.raises((RequestInvalid, NotFound)):
        client.image(digest)


def test_an_image_comes_as_it_was_stored(station: Path, client: ApiClient) -> None:
    pixels = np.arange(48 * 64, dtype=np.uint8).reshape(48, 64)
    digest = pixel_digest("Mono8", pixels.data, 48, 64)
    store = ImageStore(station)
    store.submit(digest, PixelFormat.MONO8, pixels).result(10)
    store.close()
    assert client.image(digest) == (station / "images" / digest[:2] / f"{digest}.png").read_bytes()


def test_a_damaged_record_is_said_not_shown(tmp_path: Path) -> None:
    run = make_station(tmp_path)
    writer = make_writer(tmp_path, SigningKey.generate())
    writer.append("shift-open", opening(writer)).result(10)
    writer.append("part", part(1)).result(10)
    writer.close()
    with sqlite3.connect(tmp_path / "records.sqlite") as connection:
        connection.execute("DROP TRIGGER record_no_update")
        connection.execute("UPDATE record SET bytes = ? WHERE type = 'part'", (b'{"t_us": 1}',))
    connection.close()
    fake = FakeStation(run)
    api = ApiProcess(tmp_path)
    api.start()
    with ApiClient(tmp_path) as client, pytest.raises(EvidenceError, match="damaged"):
        client.parts()
    assert api.end() == 0
    fake.close()


def test_without_a_database_the_api_says_so(tmp_path: Path) -> None:
    fake = FakeStation(make_station(tmp_path))
    api = ApiProcess(tmp_path)
    api.start()
    with ApiClient(tmp_path) as client, pytest.raises(StoreError, match="does not exist"):
        client.parts()
    assert api.end() == 0
    fake.close()
