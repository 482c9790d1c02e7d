# SPDX-License-Identifier: AGPL-3.0-or-later
"""Station directories of every release and schema open, migrate, verify and go on with this one."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from inspector.clock import SimulatedClock
from inspector.config import load_config
from inspector.errors import StoreError
from inspector.evidence.keys import load_key, read_public_key
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.part import PixelFormat
from inspector.store.database import migrations
from inspector.store.images import ImageStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter
from tests.assets.stations.make import FOLDER, NAME, PASSPHRASE, make, pack
from tests.store_station import CLOSE, PERSON, outcome, part

ARCHIVES = sorted(FOLDER.glob("*.zip"))
LATER_US = 1_795_000_000_000_000


def unpack(archive: Path, station: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(station)
    return station


def schema(station: Path) -> int:
    with closing(sqlite3.connect(station / "records.sqlite")) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def verified(station: Path) -> VerificationReport:
    report = verify_station(station, expected_key=read_public_key(station / "keys" / "station.pub"))
    assert report.findings == []
    assert report.exit_code == 0
    return report


def test_each_schema_that_was_written_so_far_is_here() -> None:
    found = {int(archive.stem.rpartition("schema")[2]) for archive in ARCHIVES}
    assert found >= {1, 2, 3}
    assert max(found) <= migrations()[-1].number


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.stem)
def test_it_opens_migrates_verifies_and_goes_on(archive: Path, tmp_path: Path) -> None:
    station = unpack(archive, tmp_path / "station")
    before = verified(station)
    written = int(archive.stem.rpartition("schema")[2])
    assert schema(station) == written
    if written < migrations()[-1].number:
        with pytest.raises(StoreError, match="Start the station once"):
            RecordReader(station)
    assert load_config(station).station.name == NAME
    key = load_key(station / "keys" / "station.key", PASSPHRASE)
    writer = RecordWriter(
        station,
        NAME,
        key.public_key,
        boot="00000000000000b2",
        clock=SimulatedClock(start_us=LATER_US),
        reserve_mb=0,
    )
    try:
        writer.unlock(key).result(10)
        assert schema(station) == migrations()[-1].number
        after = verified(station)
        assert after.checked == before.checked
        opened = writer.position.opened
        assert opened is not None and opened.fields["lot"] == "L-3"
        boot = "00000000000000a2"
        of = writer.append("part", part(1, "FAIL", boot=boot)).result(10).hash
        key = {"line_boot": boot, "part_seq": 1}
        writer.append("outcome", {**outcome(1, of), "key": key}).result(10)
        assert writer.seal_shift(PERSON, CLOSE).result(10).shift == 3
    finally:
        writer.close()
    assert verified(station).checked["seals"] == 3


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.stem)
def test_its_pictures_hold_the_pixels_that_are_recorded(archive: Path, tmp_path: Path) -> None:
    station = unpack(archive, tmp_path / "station")
    images = ImageStore(station)
    try:
        with closing(sqlite3.connect(station / "records.sqlite")) as connection:
            query = "SELECT DISTINCT json_extract(CAST(bytes AS TEXT), '$.image_digest') FROM record WHERE type = ?"
            gone = {row[0] for row in connection.execute(query, ("image-erased",))}
            digests = [row[0] for row in connection.execute(query, ("image-stored",)) if row[0] not in gone]
        assert len(digests) >= 4
        for digest in digests:
            assert images.load(digest, PixelFormat.MONO8).shape == (4, 6)
    finally:
        images.close()


def test_the_program_makes_the_same_directory_each_time(tmp_path: Path) -> None:
    packed = []
    for name in ("one", "two"):
        make(tmp_path / name)
        pack(tmp_path / name, tmp_path / f"{name}.zip")
        packed.append((tmp_path / f"{name}.zip").read_bytes())
    assert packed[0] == packed[1]
    verified(tmp_path / "one")
