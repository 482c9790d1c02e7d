# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kill -9 at each file that a rotation touches: the station then seals with exactly one key, the one in its records."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.evidence.keys import create_key
from inspector.evidence.verify.station import verify_station
from inspector.station.key_files import FileKeys
from inspector.store.writer import RecordWriter
from tests.fault.rotation_driver import PASSPHRASE
from tests.store_station import BOOT, NAME, make_writer, run_shift

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    station = tmp_path_factory.mktemp("rotation") / "station"
    (station / "keys").mkdir(parents=True)
    key = create_key(station / "keys/station.key", PASSPHRASE, station / "keys/station.pub")
    writer = make_writer(station, key)
    run_shift(writer, 1)
    writer.close()
    return station


def killed_at(station: Path, number: int) -> bool:
    """Whether the rotation died there; False when it came to its end before."""
    command = [sys.executable, "-m", "tests.fault.rotation_driver", str(station), str(number)]
    result = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if result.returncode == 0:
        assert result.stdout == b"done"
        return False
    assert result.returncode == -9, result.stderr
    return True


def start_again(station: Path) -> None:
    """As after the crash: settle, unlock, seal a shift."""
    backend = FileKeys(station / "keys" / "station.key")
    writer = RecordWriter(station, NAME, backend.public_key(), boot=BOOT, reserve_mb=0)
    backend.settle(writer.public_key)
    key = backend.unlock(PASSPHRASE)
    assert key.public_key == backend.public_key() == writer.public_key
    writer.unlock(key).result(10)
    run_shift(writer, 1, start=2)
    writer.close()
    assert {path.name for path in (station / "keys").iterdir()} == {"station.key", "station.pub"}


@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.long)])
def test_killed_at_each_file(original: Path, tmp_path: Path, step: int) -> None:
    first = FileKeys(original / "keys" / "station.key").public_key()
    happened, number, goes_on = [], 1, True
    while goes_on:
        station = tmp_path / str(number)
        shutil.copytree(original, station)
        goes_on = killed_at(station, number)
        start_again(station)
        report = verify_station(station, expected_key=first)
        assert report.exit_code == 0, (number, [str(found) for found in report.findings])
        happened.append(report.checked.get("key rotations", 0))
        number += step
    assert happened == sorted(happened), "after the record the rotation is never undone"
    assert happened[0] == 0
    assert happened[-2] == 1, "it was killed also after the record"
