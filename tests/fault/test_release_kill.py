# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kill -9 at each thing that an activation and a rollback write: what judges then is what the records say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.config import load_config
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.release.folder import Release
from inspector.station.in_force import remembered
from inspector.station.releases import place
from inspector.store.read import RecordReader
from tests.station_bench import Bench, ran_once
from tests.station_releases import signed_release, trust

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran_once(tmp_path_factory.mktemp("kill") / "station", trust)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return signed_release(tmp_path_factory.mktemp("made") / "main-2")


def killed_at(station: Path, release: Release, number: int) -> bool:
    """Whether it died there; False when it came to its end before."""
    command = [sys.executable, "-m", "tests.fault.release_driver", str(station), str(release.path), str(number)]
    result = subprocess.run(command, capture_output=True, timeout=120, check=False)
    if result.returncode == 0:
        assert result.stdout == b"done"
        return False
    assert result.returncode == -9, result.stderr
    return True


def start_again(station: Path, release: Release) -> str:
    """What judges after the crash, which has to be what the records say; then the release is activated once more."""
    known = remembered(station, load_config(station)).release
    bench = Bench(station)
    try:
        bench.station.start()
        bench.everybody_is_here()
        judging = bench.station._rules.rules
        assert judging.release == known
        assert (judging.package.digest == release.document.model.digest) is (known is not None)
        with RecordReader(station) as reader:
            setup = reader.newest_of_people("setup")
        assert setup is not None
        assert (setup.fields["recipe"], setup.fields["model"]) == (judging.recipe.digest, judging.package.digest)
        place(station, release)
        answer = bench.request("release-activate", digest=release.digest, operator="Q-1")
        assert answer["ok"], answer
        assert answer["result"]["changed"] is (known is None)
    finally:
        bench.close()
    assert verify_station(station).of(Severity.TAMPERED) == []
    return "settings" if known is None else "release"


AFTER_THE_RECORD = 23
"""Files of the release, its notes, the documents that records name, and then the record that puts it in force."""
LAST = 34


def walk(original: Path, release: Release, tmp_path: Path, numbers: range) -> tuple[list[str], bool]:
    """What judged after each crash, and whether the last of them was one."""
    happened, died = [], True
    for number in numbers:
        station = tmp_path / str(number)
        shutil.copytree(original, station)
        died = killed_at(station, release, number)
        happened.append(start_again(station, release))
        shutil.rmtree(station)
    return happened, died


@pytest.mark.long
def test_killed_before_and_after_the_record(original: Path, release: Release, tmp_path: Path) -> None:
    numbers = range(AFTER_THE_RECORD - 1, AFTER_THE_RECORD + 1)
    assert walk(original, release, tmp_path, numbers) == (["settings", "release"], True)


@pytest.mark.long
@pytest.mark.parametrize("first", range(1, LAST, 6))
def test_killed_at_each_thing_that_is_written(original: Path, release: Release, tmp_path: Path, first: int) -> None:
    happened, died = walk(original, release, tmp_path, range(first, first + 6))
    assert died is (first + 5 <= LAST), "nothing is written that this test does not know"
    if first > AFTER_THE_RECORD + 6:
        assert set(happened) == {"settings"}, "rolled back"
