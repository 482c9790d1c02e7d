# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record writer against kill -9, full disks, failing disks and other programs."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from inspector.errors import CommitFailed, DiskFull
from inspector.evidence.keys import SigningKey
from inspector.store import book, database, writer
from inspector.store.writer import RecordWriter
from tests.store_station import CLOSE, PERSON, check_chain, make_writer, opening, outcome, part, run_shift

KEY = SigningKey.generate()

APPENDER = """
import itertools, sys
from pathlib import Path
from inspector.evidence.keys import SigningKey
from tests.store_station import make_writer, part, run_shift
station, round_number = Path(sys.argv[1]), int(sys.argv[2])
writer = make_writer(station, SigningKey.generate(), unlock=False)
boot = f"{round_number:016x}"
for number in itertools.count(1):
    futures = [writer.append("part", part(8 * number + n, boot=boot)) for n in range(8)]
    for future in futures:
        print(future.result().hash, flush=True)
"""


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.long)])
def test_kill_loses_nothing_that_was_answered(tmp_path: Path, kills: int) -> None:
    answered: set[str] = set()
    for number in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(tmp_path), str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for _ in range(20 + number % 7):
            answered.add(process.stdout.readline().strip())
        process.kill()
        rest, _ = process.communicate()
        answered.update(line for line in rest.split("\n")[:-1])
        records = check_chain(tmp_path)
        with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection:
            stored = {row[0].hex() for row in connection.execute("SELECT hash FROM record")}
            keys = connection.execute("SELECT count(*) FROM part_key").fetchone()[0]
        assert answered <= stored
        assert keys == len(records) == len(stored)


def test_full_disk_releases_the_reserve_and_writes_the_last_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own page limit stands for the disk: the error and its path through the code are the real ones."""
    limit = 60

    def opened(station: Path) -> sqlite3.Connection:
        connection = database.open_for_writing(station)
        connection.execute(f"PRAGMA max_page_count = {limit}")
        return connection

    monkeypatch.setattr(book, "open_for_writing", opened)
    records = make_writer(tmp_path, KEY)
    reserve = tmp_path / writer.RESERVE_NAME
    real = records._reserve.release

    def release() -> bool:
        records._book._connection.execute(f"PRAGMA max_page_count = {limit + 40}")
        return real()

    monkeypatch.setattr(records._reserve, "release", release)
    try:
        assert reserve.stat().st_size == 1 << 20
        records.append("shift-open", opening(records)).result(10)
        recorded = []
        with pytest.raises(DiskFull):
            for number in range(1, 1000):
                recorded.append(records.append("part", part(number)).result(10))
        assert not reserve.exists()
        with pytest.raises(DiskFull):
            records.append("part", part(2000)).result(10)
        records.append("outcome", outcome(len(recorded), recorded[-1].hash)).result(10)
        assert records.seal_shift(PERSON, CLOSE).result(10).signature is not None
    finally:
        records.close()
    kinds = [record["type"] for record in check_chain(tmp_path)]
    assert kinds.count("part") == len(recorded)
    assert kinds[-2:] == ["outcome", "shift-close"]


def test_full_disk_without_reserve_fails_every_append_and_keeps_the_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(station: Path) -> sqlite3.Connection:
        connection = database.open_for_writing(station)
        connection.execute("PRAGMA max_page_count = 60")
        return connection

    monkeypatch.setattr(book, "open_for_writing", opened)
    records = make_writer(tmp_path, KEY, reserve_mb=0)
    done = 0
    try:
        with pytest.raises(DiskFull):
            for number in range(1, 1000):
                records.append("part", part(number)).result(10)
                done = number
        before = records.position
        for kind, fields in (("outcome", outcome(1, PERSON)), ("part", part(2000))):
            with pytest.raises(DiskFull):
                while True:
                    records.append(kind, fields).result(10)
                    fields = {**fields, "key": {**fields["key"], "part_seq": fields["key"]["part_seq"] + 1}}
        assert records.position.seq >= before.seq
    finally:
        records.close()
    assert sum(record["type"] == "part" for record in check_chain(tmp_path)) == done
    monkeypatch.undo()
    again = make_writer(tmp_path, KEY, reserve_mb=0)
    again.append("part", part(2000)).result(10)
    again.close()


SMALL_DISK = """
import sys, subprocess
from pathlib import Path
sys.path.insert(0, sys.argv[2])
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True)
from inspector.errors import DiskFull
from inspector.evidence.keys import SigningKey
from tests.store_station import CLOSE, PERSON, check_chain, make_writer, opening, outcome, part
writer = make_writer(disk, SigningKey.generate(), reserve_mb=1)
writer.append("shift-open", opening(writer)).result(10)
done = []
try:
    for number in range(1, 100000):
        done.append(writer.append("part", part(number)).result(10))
except DiskFull:
    pass
for number in range(1, 51):
    writer.append("outcome", outcome(number, done[number - 1].hash)).result(10)
assert writer.seal_shift(PERSON, CLOSE).result(10).signature is not None
writer.close()
kinds = [record["type"] for record in check_chain(disk)]
assert kinds.count("part") == len(done) > 100, len(done)
assert kinds.count("outcome") == 50 and kinds[-1] == "shift-close"
"""


def can_mount() -> bool:
    """Whether this user may have a disk of his own: a mount in a namespace of its own."""
    probe = "import subprocess, sys; sys.exit(subprocess.run(['mount', '-t', 'tmpfs', 'x', '/mnt']).returncode)"
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    command = [unshare, "-rm", sys.executable, "-c", probe]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if can_mount():

    def test_a_really_full_disk(tmp_path: Path) -> None:
        root = Path(__file__).parents[2]
        command = ["unshare", "-rm", sys.executable, "-c", SMALL_DISK, str(tmp_path), str(root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


FAILING_WRITES = """
import resource, signal, sys
from pathlib import Path
from inspector.errors import CommitFailed
from inspector.evidence.keys import SigningKey
from tests.store_station import check_chain, make_writer, part
station = Path(sys.argv[1])
writer = make_writer(station, SigningKey.generate(), unlock=False, reserve_mb=0)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
done = 0
try:
    for number in range(1, 100000):
        writer.append("part", part(number)).result(10)
        done = number
except CommitFailed as error:
    failed = error
assert writer.position.seq == done > 10, done
try:
    writer.append("part", part(1)).result(10)
except CommitFailed as error:
    assert error is failed
else:
    raise AssertionError("an append after a failed write was accepted")
print(done)
import os
sys.stdout.flush()
os._exit(0)
"""

if sys.platform != "win32":

    def test_a_failing_write_stops_the_writer_until_it_is_started_again(tmp_path: Path) -> None:
        """The kernel refuses the write (EFBIG), as a broken disk would: nobody knows then what is on it."""
        done = subprocess.run(
            [sys.executable, "-c", FAILING_WRITES, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        answered = int(done.stdout)
        again = make_writer(tmp_path, KEY)
        assert again.position.seq in (answered, answered + 1)
        again.append("part", part(answered + 1)).result(10)
        again.close()
        assert len(check_chain(tmp_path)) == answered + 1


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_database_held_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 200)
    records = make_writer(tmp_path, KEY)
    records.append("part", part(1)).result(10)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "records.sqlite")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(CommitFailed, match="holds the record database"):
            records.append("part", part(2)).result(10)
        assert records.position.seq == 1
        assert holder.stdin is not None
        holder.stdin.close()
    assert records.append("part", part(2)).result(10).seq == 2
    records.close()
    assert len(check_chain(tmp_path)) == 2


def test_another_writer_is_noticed_before_it_does_harm(tmp_path: Path) -> None:
    first, second = make_writer(tmp_path, KEY), make_writer(tmp_path, KEY)
    first.append("part", part(1)).result(10)
    with pytest.raises(CommitFailed, match="numbers go on"):
        second.append("part", part(2)).result(10)
    first.append("part", part(2)).result(10)
    first.close()
    second.close()
    assert len(check_chain(tmp_path)) == 2


def test_a_full_queue_pushes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_SIZE", 4)
    monkeypatch.setattr(writer, "QUEUE_WAIT_S", 0.05)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 30_000)
    records = make_writer(tmp_path, KEY)
    with closing(sqlite3.connect(tmp_path / "records.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        accepted = []
        with pytest.raises(CommitFailed, match="wait for the disk"):
            for number in range(1, 100):
                accepted.append(records.append("part", part(number)))
        holder.execute("ROLLBACK")
    assert [future.result(40).seq for future in accepted] == list(range(1, len(accepted) + 1))
    records.close()
    assert len(check_chain(tmp_path)) == len(accepted)


def test_no_space_for_the_reserve_refuses_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int, _offset: int, _size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", refuse, raising=False)
    records = make_writer(tmp_path, KEY)
    with pytest.raises(DiskFull):
        records.append("part", part(1)).result(10)
    records.append("state", {"state": "not-ready", "reasons": ["disk"]}).result(10)
    assert not (tmp_path / writer.RESERVE_NAME).exists()
    records.close()
    monkeypatch.undo()
    again = make_writer(tmp_path, KEY)
    again.append("part", part(1)).result(10)
    again.close()


def test_a_crash_between_the_two_halves_of_a_seal_is_no_crash_at_all(tmp_path: Path) -> None:
    """shift-close and the seal are one transaction: with either there is the other."""
    script = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from inspector.evidence.keys import SigningKey
        from inspector.store import book
        from tests.store_station import make_writer, run_shift
        book.build_seal = lambda *arguments, **named: os._exit(9)
        run_shift(make_writer(Path(sys.argv[1]), SigningKey.generate(), unlock=False), 3)
    """)
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert done.returncode == 9
    assert [record["type"] for record in check_chain(tmp_path)] == ["shift-open", "part", "part", "part"]
    records: RecordWriter = make_writer(tmp_path, KEY)
    with contextlib.closing(records):
        assert records.seal_shift(PERSON, CLOSE).result(10).shift == 1
        run_shift(records, 1, start=9)
