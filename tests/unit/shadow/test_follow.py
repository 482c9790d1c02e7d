# SPDX-License-Identifier: AGPL-3.0-or-later
"""Going along with a station that goes on: whatever happens to it happens while the run waits for something new."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from inspector.errors import EvidenceError, StoreError
from inspector.part import Purpose, Verdict
from inspector.station.judge import not_seen
from inspector.store.queries.reader import AuditReader
from tests.shadow_station import BACKEND, Script, ShadowStation, candidate_recipe, picture
from training.shadow import run as runs
from training.shadow import source
from training.shadow.candidate import load_candidate
from training.shadow.look import Eyes
from training.shadow.run import Ended, Limits, Run, Stop
from training.shadow.tally import Tally
from training.shadow.verdicts import Kind, Why

PALE = 220


@pytest.fixture
def line(tmp_path: Path) -> Iterator[ShadowStation]:
    made = ShadowStation(tmp_path / "station")
    with closing(made):
        yield made


def follow(
    line: ShadowStation, *steps: Callable[[], object], limits: Limits | None = None, after: int = 0
) -> tuple[Tally, Ended, int, list[int]]:
    """Follow with a stricter candidate, while these things happen one after the other; then it is ended."""
    recipe = candidate_recipe(line.path.parent / "candidate.toml", 0.80)
    candidate = load_candidate(line.package, recipe, BACKEND, 1)
    tally, stop, lags = Tally(), Stop(), []
    stop.asked = Script(steps)
    run = Run(line.path, Eyes(line.path, candidate), tally, lambda _tally, _total, behind: lags.append(behind), stop)
    ended, behind = run.follow(after, limits or Limits())
    return tally, ended, behind, lags


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SHOW_EVERY_S", 0.0)


def test_a_part_is_judged_when_its_picture_is_durable(line: ShadowStation) -> None:
    kept = []
    tally, ended, behind, lags = follow(
        line,
        lambda: kept.append(line.record(line.look(picture(PALE, 1)))),
        lambda: line.part(picture(0, 2)),
        lambda: line.store(*kept[0]),
        lambda: kept.append(line.record(line.look(picture(0, 3)))),
    )
    assert (tally.kinds, tally.skipped) == ({Kind.BOTH_PASS: 1, Kind.ONLY_CANDIDATE_REJECTS: 1}, {})
    assert (ended, behind) == ("interrupted", 1), "the last picture never came"
    assert max(lags) == 2
    assert tally.order.kind(kept[0][0].seq) is Kind.ONLY_CANDIDATE_REJECTS
    assert tally.order.kind(kept[0][0].seq + 1) is Kind.BOTH_PASS
    assert tally.order.kind(kept[1][0].seq) is None
    assert tally.first is not None
    assert tally.first[0] == kept[0][0].seq


def test_it_outlives_shifts_restarts_and_lost_pictures(line: ShadowStation) -> None:
    kept = []

    def lost_at_the_restart() -> None:
        line.restart()
        line.lose(*kept[0])

    def gone_before_it_was_seen() -> None:
        part = line.record(line.look(picture(0, 8)))
        line.store(*part)
        line.erase(*part)

    tally, ended, behind, _ = follow(
        line,
        lambda: line.part(picture(0, 1)),
        lambda: (line.close_shift(), line.open_shift()),
        lambda: line.part(picture(PALE, 2)),
        lambda: kept.append(line.record(line.look(picture(0, 3)))),
        lost_at_the_restart,
        gone_before_it_was_seen,
        lambda: line.record(not_seen(Verdict.UNTRACKED, "nobody was there")),
        lambda: line.store(*line.record(line.look(picture(0, 4)), purpose=Purpose.CHALLENGE)),
        lambda: line.part(picture(0, 5)),
    )
    assert tally.kinds == {Kind.BOTH_PASS: 2, Kind.ONLY_CANDIDATE_REJECTS: 1}
    assert tally.skipped == {Why.LOST: 1, Why.ERASED: 1, Why.NO_PICTURE: 1}
    assert (tally.test_parts, ended, behind) == (1, "interrupted", 0)


def test_other_rules_are_told_and_the_first_ones_go_on(line: ShadowStation) -> None:
    def change(version: str, red: float) -> None:
        line.close_shift()
        line.use(version, red)
        line.open_shift()

    tally, _, _, _ = follow(
        line,
        lambda: line.part(picture(0, 1)),
        lambda: change("2", 0.95),
        lambda: [line.part(picture(0, number)) for number in (2, 3)],
        lambda: change("1", 0.90),
        lambda: line.part(picture(0, 4)),
        lambda: change("3", 0.80),
        lambda: line.part(picture(0, 5)),
    )
    assert tally.kinds == {Kind.BOTH_PASS: 2}
    assert [one.parts for one in tally.other_rules] == [2, 1]
    assert tally.last_other


def test_it_begins_after_a_record_and_ends_with_so_many_parts(line: ShadowStation) -> None:
    old = line.part(picture(0, 1))
    for number in range(5):
        line.part(picture(0, 10 + number))
    tally, ended, behind, _ = follow(line, limits=Limits(parts=3), after=old.seq + 1)
    assert (tally.parts, ended, behind) == (3, "parts", 2)
    assert tally.first is not None
    assert tally.first[0] == old.seq + 2


def test_it_ends_after_so_many_minutes(line: ShadowStation, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(runs.time, "monotonic", lambda: now_s[0])

    def pass_time() -> None:
        now_s[0] += 61.0

    tally, ended, _, _ = follow(
        line, lambda: line.part(picture(0, 1)), lambda: None, pass_time, limits=Limits(minutes=1)
    )
    assert (tally.parts, ended) == (1, "minutes")


def test_records_that_cannot_be_read_for_a_while(line: ShadowStation, monkeypatch: pytest.MonkeyPatch) -> None:
    troubles, known = [3], AuditReader.newest
    file, away = line.path / "records.sqlite", line.path / "away.sqlite"

    def newest(reader: AuditReader) -> int:
        if troubles[0]:
            troubles[0] -= 1
            if troubles[0] == 2:
                file.rename(away)  # another reader cannot be had either
            elif troubles[0] == 1:
                away.rename(file)
            raise StoreError("The records cannot be read: disk I/O error")
        return known(reader)

    line.part(picture(0, 1))
    line.writer.close()
    monkeypatch.setattr(AuditReader, "newest", newest)
    tally, ended, _, _ = follow(line, lambda: None, lambda: None, lambda: None)
    assert (tally.parts, ended, troubles) == (1, "interrupted", [0])
    monkeypatch.setattr(runs, "PATIENCE", 2)
    troubles[0] = 9
    with pytest.raises(StoreError):
        follow(line, *[lambda: None] * 9)


def test_many_parts_that_wait_for_pictures_do_not_fill_the_memory(
    line: ShadowStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAX_WAITING", 2)
    for number in range(4):
        line.record(line.look(picture(0, number)))
    tally, _, behind, _ = follow(line)
    assert (tally.skipped, behind) == ({Why.NOT_STORED_YET: 2}, 2)


def test_a_damaged_record_ends_it(line: ShadowStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.store.read.StoredRecord.fields", property(lambda _: {"seq": 7}))
    line.part(picture(0, 1))
    with pytest.raises(EvidenceError, match="Record 7 is damaged"):
        follow(line)


# A process of its own: libraries that other tests have loaded leave a signal stack behind that is not there any more.
SIGNALLED = """
import signal
from training.shadow.run import Stop
stop, before = Stop(), signal.getsignal(signal.SIGINT)
try:
    with stop.listening():
        signal.raise_signal(signal.SIGTERM)
        assert stop.asked.is_set()
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("it went on")
except KeyboardInterrupt:
    assert signal.getsignal(signal.SIGINT) is before
    print("ended at once")
"""


def test_ctrl_c_ends_it_with_what_it_has_and_a_second_one_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", SIGNALLED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("ended at once\n", "", 0)


def test_stored_parts_can_be_interrupted(line: ShadowStation) -> None:
    for number in range(3):
        line.part(picture(0, number))
    recipe = candidate_recipe(line.path.parent / "candidate.toml", 0.80)
    eyes, stop = Eyes(line.path, load_candidate(line.package, recipe, BACKEND, 1)), Stop()
    seen: list[int] = []

    def show(tally: Tally, total: int | None, behind: int) -> None:
        seen.append(behind)
        assert total == 3
        stop.asked.set()

    tally = Tally()
    with AuditReader(line.path) as reader:
        span = source.Span(1, reader.newest())
        assert Run(line.path, eyes, tally, show, stop).stored(reader, span) == ("interrupted", 2)
    assert (tally.parts, seen) == (1, [2])
