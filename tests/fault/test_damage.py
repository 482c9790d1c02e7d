# SPDX-License-Identifier: AGPL-3.0-or-later
"""Damaged pages and disks that may only be read: the start says so, and nothing is written onto them."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from inspector.errors import CommitFailed, EvidenceError, StoreError
from inspector.evidence.keys import SigningKey
from inspector.evidence.verify.station import verify_station
from inspector.store.writer import RecordWriter
from tests.fault.test_store_faults import can_mount
from tests.store_station import make_writer, opening, part, run_shift

KEY = SigningKey.generate()
PAGE = 4096


def build(station: Path) -> None:
    """A sealed shift and an open one, all of it in the database file."""
    station.mkdir()
    with contextlib.closing(make_writer(station, KEY, reserve_mb=0)) as writer:
        run_shift(writer, 12)
        writer.append("shift-open", opening(writer)).result(10)
        for number in range(101, 113):
            writer.append("part", part(number, "FAIL")).result(10)


def damage(station: Path, page: int) -> bytes:
    """Fill one page with what is no page; returns the whole file as it is then."""
    data = bytearray((station / "records.sqlite").read_bytes())
    data[page * PAGE : (page + 1) * PAGE] = b"\xa5" * PAGE
    (station / "records.sqlite").write_bytes(data)
    return bytes(data)


def pages_of_open_records(station: Path) -> set[int]:
    """Pages that hold the bytes of a record of the open shift, found by its salt."""
    data = (station / "records.sqlite").read_bytes()
    with closing(sqlite3.connect(station / "records.sqlite")) as database:
        rows = database.execute("SELECT bytes FROM record WHERE shift = 2").fetchall()
    return {data.index(row[0][-200:]) // PAGE for row in rows}


def free_pages(station: Path) -> int:
    with closing(sqlite3.connect(station / "records.sqlite")) as database:
        return int(database.execute("PRAGMA freelist_count").fetchone()[0])


def start(station: Path) -> RecordWriter | Exception:
    try:
        return make_writer(station, KEY, reserve_mb=0)
    except (StoreError, EvidenceError) as error:
        return error


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    station = tmp_path_factory.mktemp("damage") / "station"
    build(station)
    return station


def test_each_page_damaged(good: Path, tmp_path: Path) -> None:
    """Of the open shift the start says it and writes nothing; of sealed ones, which it does not read, the verifier."""
    assert free_pages(good) == 0
    assert verify_station(good, expected_key=KEY.public_key).exit_code == 0
    open_pages = pages_of_open_records(good)
    assert len(open_pages) >= 3
    refused = set()
    pages = (good / "records.sqlite").stat().st_size // PAGE
    for page in range(pages):
        station = tmp_path / str(page)
        shutil.copytree(good, station)
        broken = damage(station, page)
        report = verify_station(station, expected_key=KEY.public_key)
        assert report.exit_code == 2, page
        assert report.first is not None
        assert report.first.rule.startswith(("STORE", "SEAL", "CHAIN")), str(report.first)
        started = start(station)
        if isinstance(started, Exception):
            refused.add(page)
            assert (station / "records.sqlite").read_bytes() == broken
        else:
            append_or_fail(started)
            assert verify_station(station, expected_key=KEY.public_key).exit_code == 2, page
        shutil.rmtree(station)
    assert open_pages <= refused
    assert 0 in refused


def append_or_fail(writer: RecordWriter) -> None:
    """What a started station does with the next part: it is recorded, or no grant is given."""
    with contextlib.closing(writer), contextlib.suppress(CommitFailed):
        writer.append("part", part(500, "FAIL")).result(10)


READ_ONLY = """
import shutil, subprocess, sys
from pathlib import Path
disk, good, key = Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], check=True)
shutil.copytree(good, disk / "station")
subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
from inspector.errors import StoreError
from inspector.evidence.keys import SigningKey
from inspector.evidence.verify.station import verify_station
from inspector.store.images import ImageStore
from tests.store_station import make_writer
station = disk / "station"
for start in (lambda: make_writer(station, SigningKey.generate(), unlock=False), lambda: ImageStore(station)):
    try:
        start()
    except StoreError as error:
        print(error.message)
    else:
        raise AssertionError("a start on a disk that may only be read")
assert verify_station(station, expected_key=key).verdict == "VERIFIED"
"""

if can_mount():

    def test_a_disk_that_may_only_be_read(good: Path, tmp_path: Path) -> None:
        command = ["unshare", "-rm", sys.executable, "-c", READ_ONLY, str(tmp_path), str(good), KEY.public_key.hex()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
        assert done.returncode == 0, done.stderr
        assert "records.sqlite" in done.stdout
        assert "images" in done.stdout
