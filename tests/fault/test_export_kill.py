# SPDX-License-Identifier: AGPL-3.0-or-later
"""An export that is killed leaves no file under its name, and the next one cleans up behind it."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from inspector.evidence.keys import create_key
from inspector.store.bundle import everything, export_bundle
from tests.history_station import build_history

CHILD = """
import sys, time
from pathlib import Path
from inspector.evidence.bundle import BundleWriter
from inspector.store.bundle import everything, export_bundle

stage, real = sys.argv[1], getattr(BundleWriter, sys.argv[1])

def stop(self, *arguments):
    if stage == "finish":
        real(self)
    self._stream.flush()
    print("there", flush=True)
    time.sleep(600)

setattr(BundleWriter, stage, stop)
export_bundle(Path(sys.argv[2]), everything(), Path(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("export") / "station"
    (directory / "keys").mkdir(parents=True)
    key = create_key(directory / "keys/station.key", "a long passphrase", directory / "keys/station.pub")
    build_history(directory, key)
    return directory


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("stage", ["add", "add_lines", "finish"])
def test_killed_export(station: Path, tmp_path: Path, stage: str) -> None:
    output = tmp_path / "F.zip"
    command = [sys.executable, "-c", CHILD, stage, str(station), str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"there\n"
        child.kill()
    (left,) = names(tmp_path)
    assert left.startswith(".F.zip.")
    assert left.endswith(".tmp")
    export_bundle(station, everything(), output)
    assert names(tmp_path) == ["F.zip"]


@pytest.mark.long
def test_killed_at_any_moment(station: Path, tmp_path: Path) -> None:
    output, whole = tmp_path / "F.zip", 0
    for number in range(100):
        command = [sys.executable, "-c", CHILD.replace("setattr(", "("), "finish", str(station), str(output)]
        with subprocess.Popen(command) as child:
            time.sleep(0.01 * number)
            child.kill()
        if output.exists():
            whole += 1
            with zipfile.ZipFile(output) as archive:
                assert archive.testzip() is None
            output.unlink()
    assert 0 < whole < 100
