# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station whose records come from an old backup signs nothing and inspects nothing; one from the newest goes on."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.errors import RecordsOld, StoreError
from inspector.evidence.keys import read_public_key
from inspector.station import records_age
from inspector.station.records_age import RecordsAge
from inspector.store.backup import back_up
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.restore import MARK, restore
from ledger_anchor.anchor import Anchor
from ledger_anchor.backends import open_ledger
from tests.unit.test_station_keeping import KeepingBench

NEVER = 10**18


@pytest.fixture
def started() -> Iterator[Callable[[Path], KeepingBench]]:
    """Starts stations, and ends them."""
    running: list[KeepingBench] = []

    def start(station: Path) -> KeepingBench:
        bench = KeepingBench(station)
        running.append(bench)
        bench.clock.ahead_ns = sum(1_000_000_000_000 for _ in running)  # behind what the ones before have written
        bench.station.start()
        bench.everybody_is_here()
        return bench

    yield start
    for bench in running:
        bench.close()


def anchor(station: Path) -> None:
    """Bring what is signed to the log; receipts go nowhere."""
    key = read_public_key(station / "keys" / "station.pub")
    with RecordReader(station) as reader:
        log = open_ledger(station / "ledger", "inspector.local/log", "bench", key, reader)
        Anchor(reader, log, "bench", DocumentStore(station), lambda _receipt: True).work(0)
        log.close()


def told(bench: KeepingBench, command: str, **arguments: str) -> str:
    """Code of the error that a command is refused with."""
    answer = bench.request(command, operator="op", **arguments)
    assert not answer["ok"], answer
    return str(answer["error"]["code"])


def test_the_newest_backup_goes_on_and_says_so(started: Callable[[Path], KeepingBench], tmp_path: Path) -> None:
    bench = started(tmp_path / "station")
    bench.begin()
    bench.parts(1)
    anchor(bench.directory)
    back_up(bench.directory, tmp_path / "backup")
    done = restore(tmp_path / "backup", tmp_path / "again")
    assert (done.report.exit_code, done.old) == (0, "")
    shutil.copy(bench.directory / "keys" / "passphrase", tmp_path / "again" / "keys" / "passphrase")
    again = started(tmp_path / "again")
    reasons = [record["reason"] for record in again.records("station-start")]
    assert reasons[-1].startswith("restart in an open shift after a restore of the backup of 20")
    assert not (tmp_path / "again" / MARK).exists()
    again.parts(2)
    again.end()
    again.begin()


def test_an_old_backup_signs_and_inspects_nothing(started: Callable[[Path], KeepingBench], tmp_path: Path) -> None:
    bench = started(tmp_path / "station")
    bench.begin()
    bench.parts(1)
    back_up(bench.directory, tmp_path / "backup")
    bench.end()
    anchor(bench.directory)
    restore(tmp_path / "backup", tmp_path / "again", former=tmp_path / "gone")
    shutil.copy(bench.directory / "keys" / "passphrase", tmp_path / "again" / "keys" / "passphrase")
    shutil.rmtree(tmp_path / "again" / "ledger", ignore_errors=True)
    shutil.copytree(bench.directory / "ledger", tmp_path / "again" / "ledger")
    old = started(tmp_path / "again")
    assert "old: the ledger holds a seal of shift 1" in old.records("station-start")[-1]["reason"]
    assert (tmp_path / "again" / MARK).exists(), "until somebody puts newer records in place"
    assert told(old, "shift-close", note="no counters") == "RECORDS_OLD"
    status = old.request("status")["result"]
    assert "RECORDS_OLD" in [reason["code"] for reason in status["reasons"]]
    old.trigger(9)
    old.until(lambda: 9 in old.acks("trigger"))
    assert old.records("part")[-1]["verdict"] == "ERROR"
    assert "old backup" in old.records("part")[-1]["reason"]
    old.station._shifts._heads._next_ns = 0
    for _ in range(3):
        old.station._next_heartbeat_ns = 0
        old.station.step(None)
    with RecordReader(tmp_path / "again") as reader:
        assert reader.unreceipted_head("nobody") is None, "no head is signed"


def test_a_backup_is_recorded_and_a_lie_about_one_is_not(
    started: Callable[[Path], KeepingBench], tmp_path: Path
) -> None:
    bench = started(tmp_path / "station")
    made = back_up(bench.directory, tmp_path / "backup")
    answer = bench.request("backup-made", seq=made.seq, head=made.head, words="images of 0 views")
    assert answer["ok"], answer
    record = bench.records("state")[-1]
    assert (record["state"], record["seq"]) == ("backup", answer["result"]["seq"])
    assert record["reasons"] == [f"backup up to record {made.seq}, {made.head}: images of 0 views"]
    for seq, head in ((made.seq, "f" * 64), (made.seq + 100, made.head), ("1", made.head), (-1, made.head)):
        answer = bench.request("backup-made", seq=seq, head=head, words="")
        assert answer["error"]["code"] == "RETENTION_REFUSED"


def test_without_an_open_shift_none_is_opened(started: Callable[[Path], KeepingBench], tmp_path: Path) -> None:
    bench = started(tmp_path / "station")
    back_up(bench.directory, tmp_path / "backup")
    bench.begin()
    bench.parts(1)
    bench.end()
    done = restore(tmp_path / "backup", tmp_path / "again")
    assert "has records up to" in done.old
    old = started(tmp_path / "again")
    assert told(old, "shift-open", lot="L-2") == "RECORDS_OLD"
    assert old.records("shift-open") == []


def test_after_a_restore_the_ledger_has_to_be_asked_first(
    started: Callable[[Path], KeepingBench], tmp_path: Path
) -> None:
    bench = started(tmp_path / "station")
    assert RecordsAge(bench.child).reasons() == [], "a ledger that is away stands in nobody's way"
    mark = tmp_path / "station" / MARK
    mark.write_text('{"made_us": 1, "seq": 1, "restored_us": 2, "old": ""}')
    (reason,) = RecordsAge(bench.child).reasons()
    assert reason.code == "RECORDS_OLD" and "the ledger has to be asked first" in reason.message
    anchor(bench.directory)
    age = RecordsAge(bench.child)
    assert age.reasons() == []
    age.recorded()
    assert not mark.exists()
    for text in ("{", "[]", "{}"):
        mark.write_text(text)
        with pytest.raises(StoreError, match="Restore the backup again"):
            RecordsAge(bench.child)
    mark.unlink()


def test_a_ledger_that_hangs_stands_in_nobodys_way(
    started: Callable[[Path], KeepingBench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = started(tmp_path / "station")
    anchor(bench.directory)
    go_on, asked = threading.Event(), []

    def hang(folder: Path, station: str) -> None:
        asked.append(station)
        go_on.wait(20)

    monkeypatch.setattr(records_age, "newest_in_log", hang)
    monkeypatch.setattr(records_age, "WITHIN_S", 0.05)
    age = RecordsAge(bench.child)
    assert age.reasons() == []
    age.require_newest()
    assert asked == ["bench"], "it is not asked again before it has answered"
    (tmp_path / "station" / MARK).write_text('{"made_us": 1, "seq": 1, "restored_us": 2, "old": ""}')
    marked = RecordsAge(bench.child)
    with pytest.raises(RecordsOld, match="does not answer"):
        marked.require_newest()
    go_on.set()
    (tmp_path / "station" / MARK).unlink()
