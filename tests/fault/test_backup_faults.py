# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backups against kill -9 and a really full disk: what is not complete never looks as if it were."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.errors import BackupDamaged
from inspector.store.backup import back_up
from inspector.store.backup_files import BackupList
from inspector.store.restore import restore
from tests.fault.test_store_faults import can_mount
from tests.unit.test_backup import go_on, tell

KILLED = """
import os, signal, sys
from pathlib import Path
from inspector.store import backup, backup_files
left = int(sys.argv[3])

def die(*_):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

def dying(real):
    def call(*given, **more):
        die()
        return real(*given, **more)
    return call

Path.open, Path.replace, Path.unlink = dying(Path.open), dying(Path.replace), dying(Path.unlink)
backup.PAGES = 4
backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]), progress=die)
"""


@pytest.mark.parametrize("step", [41, pytest.param(3, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_kill_while_a_backup_is_made(tmp_path: Path, step: int) -> None:
    station, folder = tell(tmp_path / "station"), tmp_path / "backup"
    killed, left, first = 0, 0, None
    while True:
        command = [sys.executable, "-c", KILLED, str(station), str(folder), str(left)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0 and first is not None:
            break
        if done.returncode == 0:  # now on top of a complete one, with something new
            first, left = BackupList.read(folder), 0
            go_on(station)
            continue
        assert done.returncode == -9, done.stderr
        killed, left = killed + 1, left + step
        if first is None:
            with pytest.raises(BackupDamaged, match="no complete backup"):
                restore(folder, tmp_path / "again")
            continue
        found = restore(folder, tmp_path / "again", former=tmp_path / "nowhere")
        assert (found.report.exit_code, found.missing) == (0, ())
        assert found.made.seq >= first.seq
        shutil.rmtree(tmp_path / "again")
    assert killed >= 3
    assert BackupList.read(folder).sealed == 3
    assert back_up(station, folder, again=True).problems == []
    assert not list(folder.rglob("*.tmp"))


SMALL_DISK = """
import subprocess, sys
from pathlib import Path
station, disk = Path(sys.argv[1]), Path(sys.argv[2])
from inspector.errors import BackupDamaged, DiskFull
from inspector.store.backup import back_up
from inspector.store.restore import restore
from tests.unit.test_backup import go_on
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)], check=True)
(station / "models" / "disc" / "model.onnx").write_bytes(bytes(range(256)) * 2000)
try:
    back_up(station, disk / "backup")
except DiskFull as error:
    assert "No space" in error.message
else:
    raise AssertionError("it fits")
try:
    restore(disk / "backup", station.parent / "again")
except BackupDamaged:
    pass
else:
    raise AssertionError("it looks complete")
(station / "models" / "disc" / "model.onnx").unlink()
first = back_up(station, disk / "backup")
go_on(station)
(station / "models" / "disc" / "model.onnx").write_bytes(bytes(range(256)) * 2000)
try:
    back_up(station, disk / "backup")
except DiskFull:
    pass
done = restore(disk / "backup", station.parent / "again", former=disk)
assert (done.made.seq, done.report.exit_code) == (first.seq, 0), done.report.findings
"""

if can_mount():

    def test_a_really_full_disk_leaves_the_backup_before(tmp_path: Path) -> None:
        station = tell(tmp_path / "station")
        (tmp_path / "disk").mkdir()
        command = ["unshare", "-rm", sys.executable, "-c", SMALL_DISK, str(station), str(tmp_path / "disk")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
