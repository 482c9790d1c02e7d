# SPDX-License-Identifier: AGPL-3.0-or-later
"""History through a real api process: what is looked for, and what belongs to a part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from inspector.api.client import ApiClient
from tests.api_station import ApiProcess, FakeStation, make_station
from tests.audit_station import START_US, build

START = datetime.fromtimestamp(START_US / 1e6, UTC)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    folder = tmp_path_factory.mktemp("station")
    run = make_station(folder)
    build(folder)
    fake = FakeStation(run)
    process = ApiProcess(folder)
    process.start()
    yield process
    assert process.end() == 0
    fake.close()


@pytest.fixture
def client(api: ApiProcess) -> Iterator[ApiClient]:
    with ApiClient(api.station) as opened:
        yield opened


def test_a_serial_finds_its_parts(client: ApiClient) -> None:
    page = client.history(serial="SN-0002")
    assert [(one.serial, one.shift, one.lot) for one in page.parts] == [("SN-0002", 3, "L-1"), ("SN-0002", 1, "L-1")]
    assert page.before is None


def test_lot_defect_verdict_and_time_together(client: ApiClient) -> None:
    page = client.history(lot="L-2", defect="dent", verdict="FAIL", since=START, until=START + timedelta(days=2))
    assert len(page.parts) == 2
    assert {(one.lot, one.verdict) for one in page.parts} == {("L-2", "FAIL")}
    assert not client.history(lot="L-2", until=START).parts
    assert not client.history(serial="'; DROP TABLE record; --").parts


def test_pages_follow_each_other(client: ApiClient) -> None:
    first = client.history(limit=4)
    second = client.history(limit=4, before=first.before)
    whole = client.history(limit=8)
    assert [one.seq for one in (*first.parts, *second.parts)] == [one.seq for one in whole.parts]


def test_a_part_comes_with_what_belongs_to_it(client: ApiClient) -> None:
    (early,) = [one for one in client.history(serial="SN-0002").parts if one.shift == 1]
    part = client.part(early.seq)
    assert (part.lot, part.holds) == ("L-1", ())
    assert part.seal is not None and part.seal.signed and part.seal.seal is not None and not part.seal.ledgers
    assert part.challenge_before is not None and part.challenge_before.result == "passed"
    assert part.challenge_after is not None and part.challenge_after.record > part.seq
    (picture,) = part.images
    assert (picture.state, picture.there) == ("stored", False)


@pytest.mark.parametrize(("serial", "state"), [("SN-0005", "erased"), ("SN-0014", "lost")])
def test_what_became_of_a_picture(client: ApiClient, serial: str, state: str) -> None:
    part = client.part(client.history(serial=serial).parts[0].seq)
    (picture,) = part.images
    assert picture.state == state
    assert picture.record > part.seq


def test_a_part_of_an_open_shift_has_no_seal_yet(client: ApiClient) -> None:
    part = client.part(client.history(defect="burr").parts[0].seq)
    assert part.seal is not None and part.seal.seal is None and not part.seal.signed
    assert part.challenge_after is None


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "before=0",
        "serial=",
        "verdict=GOOD",
        "since=yesterday",
        "since=2026-11-21T06:00:00",
        "until=0",
        "lot=L-1&lot=L-2",
    ],
)
def test_limits(api: ApiProcess, query: str) -> None:
    answer = httpx.get(f"{api.address}/v1/history?{query}", headers=api.authorization)
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")


def test_trends_by_shift_and_by_hour(client: ApiClient) -> None:
    by_shift = client.trends(by="shift")
    assert [one.shift for one in by_shift.buckets] == [1, 2, 3]
    assert (by_shift.chart, by_shift.complete) == (None, True)
    assert by_shift.classes[0].name == "scratch"
    hours = client.trends(lot="L-2")
    assert sum(one.inspected for one in hours.buckets) == 10
    assert all(one.rate_ppm == round(1e6 * one.rejected / one.inspected) for one in hours.buckets)
    assert not client.trends(until=START - timedelta(days=1)).buckets


def test_positions_of_one_class(client: ApiClient) -> None:
    found = client.positions(defect="dent", since=START, until=START + timedelta(days=2))
    (camera,) = found.maps
    assert (found.parts, camera.findings, camera.camera) == (2, 2, "top")
    assert len(camera.cells) == len(camera.cells[0]) == 32
