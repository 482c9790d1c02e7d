# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people are told of ledgers: state and age of each, the quorum's figure, and when it is an alarm."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from inspector.api.schema import LedgerInfo
from inspector.child import Child
from inspector.clock import SimulatedClock
from inspector.config import LedgerSettings, TsaSettings
from inspector.errors import LedgerInconsistent, LedgerRefused, LedgerUnreachable
from inspector.station.alarm_catalogue import definition_of
from inspector.station.ledger_watch import LATE_S, LedgerWatch
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter
from ledger_anchor.backends import Backend
from ledger_anchor.ledger import Document, Ledger, Receipt
from ledger_anchor.worker import Worker, WorkerState
from tests.store_station import make_writer, run_shift
from tests.unit.test_directory_log import KEY

OWN, STAMPS = "inspector.local/log", "tsa"
SETTINGS = LedgerSettings(
    shared=[TsaSettings(kind="timestamp", origin=STAMPS, url="https://tsa", roots_file="roots.pem")]
)
WITHIN_S = 20


class Scene:
    """A station's records, and the watch on a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        self.clock = SimulatedClock()
        self.writer: RecordWriter = make_writer(folder, KEY, clock=self.clock)
        self.reader = RecordReader(folder)
        self.here, self.unlocked = True, True
        child = SimpleNamespace(clock=self.clock, config=SimpleNamespace(ledger=SETTINGS))
        self.watch = LedgerWatch(cast(Child, child), self.reader, lambda: self.here, lambda: self.unlocked)

    def shift(self, start: int) -> str:
        run_shift(self.writer, 2, start=start)
        return self.reader.unreceipted_seals("nobody")[-1].digest

    def receipt(self, seal: str, origin: str) -> None:
        ledger = {"kind": "tlog", "origin": origin}
        self.writer.append("receipt", {"seal": seal, "ledger": ledger, "index": 0, "proof": "p"}).result(10)

    def wait(self, seconds: int) -> LedgerInfo:
        self.clock.advance_ms(seconds * 1000)
        return self.info

    @property
    def info(self) -> LedgerInfo:
        return LedgerInfo.model_validate(self.watch.document())

    def say(self, origin: str, state: str, words: str = "") -> None:
        self.watch.heard({"type": "ledger-state", "origin": origin, "state": state, "words": words})

    def codes(self) -> list[str]:
        return [one.code for one in self.watch.warnings()]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.reader.close()
    made.writer.close()


def test_each_ledger_has_its_own_figures_and_only_those_that_count_make_a_seal_anchored(scene: Scene) -> None:
    first, second = scene.shift(1), scene.shift(3)
    scene.receipt(first, STAMPS)
    info = scene.wait(40)
    assert (info.sealed, info.anchored, info.needed) == (2, 0, 1)
    for seal in (first, second):
        scene.receipt(seal, OWN)
    info = scene.wait(2)
    assert (info.anchored, info.oldest_unanchored_s) == (2, None)
    own, stamps = info.ledgers
    assert (own.name, own.anchored, own.oldest_unanchored_s, own.counts) == (OWN, 2, None, True)
    assert (stamps.name, stamps.anchored, stamps.oldest_unanchored_s, stamps.counts) == (STAMPS, 1, 42, False)


def test_what_the_anchor_says_is_shown_until_it_is_gone_and_what_was_stopped_stays(scene: Scene) -> None:
    assert [one.state for one in scene.info.ledgers] == ["unknown", "unknown"]
    scene.say(OWN, "working")
    scene.say(STAMPS, "away", "https://tsa does not answer")
    assert [(one.state, one.trouble) for one in scene.info.ledgers] == [
        ("working", ""),
        ("away", "https://tsa does not answer"),
    ]
    assert scene.codes() == []
    scene.say(STAMPS, "stopped", "its time stamp proves nothing")
    scene.here = False
    found = scene.wait(2).ledgers
    assert [one.state for one in found] == ["unknown", "stopped"]
    scene.say("a ledger of other settings", "stopped")
    with pytest.raises(ValueError, match="state"):
        scene.say(OWN, "melted")
    assert len(scene.watch.warnings()) == 1


def test_a_ledger_that_was_given_up_is_an_alarm_until_it_works_again(scene: Scene) -> None:
    scene.say(OWN, "stopped", "the log is gone")
    (warning,) = scene.watch.warnings()
    assert (warning.code, OWN in warning.message, "the log is gone" in warning.message) == (
        "LEDGER_STOPPED",
        True,
        True,
    )
    known = definition_of(warning.code)
    assert known is not None and known.always
    scene.say(OWN, "working")
    assert scene.codes() == []


def test_a_seal_that_waits_for_hours_is_an_alarm_for_each_ledger_unless_it_cannot_be_signed(scene: Scene) -> None:
    seal = scene.shift(1)
    scene.receipt(seal, OWN)
    scene.wait(LATE_S - 60)
    assert scene.codes() == []
    scene.wait(120)
    (warning,) = scene.watch.warnings()
    assert (warning.code, warning.message) == ("LEDGER_LATE", "the ledger tsa has taken no seal for 4 h")
    scene.unlocked = False
    assert scene.codes() == []
    scene.unlocked = True
    scene.receipt(seal, STAMPS)
    scene.wait(2)
    assert scene.codes() == []


# The side of the anchor


class FakeLedger:
    """Answers as the test says, one answer for each time it is asked."""

    kind, origin, takes_heads = "tlog", "fake", True

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def head_count(self, station: str) -> int:
        return 0

    def submit(self, document: Document, consistency: Sequence[bytes] = ()) -> Receipt | None:
        answer = self.answers.get(timeout=WITHIN_S)
        if answer is not None:
            raise answer
        return Receipt(document.digest, self.kind, self.origin, 0, "proof")

    def check(self, receipt: Receipt) -> None: ...

    def close(self) -> None: ...


def until(worker: Worker, wanted: WorkerState) -> None:
    wait = threading.Event()
    for _ in range(WITHIN_S * 100):
        if worker.state == wanted:
            return
        wait.wait(0.01)
    raise AssertionError(worker.state)


def test_a_worker_says_how_it_stands_with_its_ledger(tmp_path: Path) -> None:
    with closing(make_writer(tmp_path, KEY)) as writer:
        run_shift(writer, 1)
        ledger, stop = FakeLedger(), threading.Event()
        backend = Backend("fake", lambda reader, undo: cast(Ledger, ledger))
        sent: list[Receipt] = []
        worker = Worker(backend, tmp_path, "demo", lambda receipt: sent.append(receipt) is None, stop)
        try:
            assert worker.state is None
            for answer, state in (
                (LedgerUnreachable("no answer", "wait"), WorkerState("away", "no answer. wait")),
                (LedgerRefused("a twin", "look"), WorkerState("refused", "a twin. look")),
                (None, WorkerState("working")),
                (LedgerInconsistent("it has forked", "ask"), WorkerState("stopped", "it has forked. ask")),
            ):
                ledger.answers.put(answer)
                worker.connected()  # at once, without the pause after a failure
                until(worker, state)
            assert len(sent) == 1
            worker.join()
        finally:
            stop.set()
            ledger.answers.put(None)
            worker.join()


def test_a_ledger_that_cannot_be_opened_yet_is_away(tmp_path: Path) -> None:
    make_writer(tmp_path, KEY).close()
    stop = threading.Event()

    def opened(_reader: RecordReader, _undo: ExitStack) -> Ledger:
        raise LedgerUnreachable("the folder is not there", "mount it")

    worker = Worker(Backend("fake", opened), tmp_path, "demo", lambda receipt: True, stop)
    try:
        until(worker, WorkerState("away", "the folder is not there. mount it"))
    finally:
        stop.set()
        worker.join()
