# SPDX-License-Identifier: AGPL-3.0-or-later
"""Manual mode: whose it is, what is recorded, and everything that ends it without anybody."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from inspector.access import Role
from inspector.clock import SimulatedClock
from inspector.config import ManualSettings
from inspector.errors import DeviceError, InspectorError, ManualRefused
from inspector.ipc import Message
from inspector.station.inquiries import Inquiries
from inspector.station.manual import ManualKeeper
from inspector.station.people import Person

ADA = Person("ada", Role.MAINTENANCE, "password", "ab" * 32)
BOB = Person("bob", Role.MAINTENANCE, "password", "cd" * 32)


class Bench:
    """The keeper, with neighbours that only note what they hear."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.records: list[tuple[str, list[str]]] = []
        self.sent: list[Message] = []
        self.answers: list[object] = []
        self.here = True
        self.shift_open = False
        self.told = 0
        child: Any = SimpleNamespace(
            config=SimpleNamespace(manual=ManualSettings()), clock=self.clock, station=SimpleNamespace()
        )
        hub: Any = self
        self.inquiries = Inquiries(hub, self.clock)
        self.manual = ManualKeeper(
            child, hub, hub, hub, self.inquiries, self._may_begin, lambda _person: self.here, self._tell
        )

    def _may_begin(self) -> None:
        if self.shift_open:
            raise ManualRefused("a shift is open")

    def _tell(self) -> None:
        self.told += 1

    # The hub

    def peers(self) -> tuple[str, ...]:
        return ("line", "api")

    def send(self, _peer: str, message: Message) -> bool:
        self.sent.append(message)
        return True

    # The writer and the recorder

    def commit_operator(self, user: str) -> Future[str]:
        done: Future[str] = Future()
        done.set_result(f"<{len(user)}>")
        return done

    def append(self, _kind: str, fields: dict[str, Any]) -> Future[Any]:
        self.state(str(fields["state"]), list(fields["reasons"]))
        done: Future[Any] = Future()
        done.set_result(SimpleNamespace(seq=len(self.records)))
        return done

    def state(self, state: str, reasons: list[str]) -> None:
        self.records.append((state, reasons))

    # Shorthands

    def force(self, person: Person = ADA, for_ms: int = 5_000, refused: str = "") -> None:
        self.manual.force(person, "lamp", True, for_ms, "api", self.answers.append)
        number = [one["id"] for one in self.sent if one["type"] == "force"][-1]
        error = {"message": refused, "advice": ""}
        answer = {"ok": False, "error": error} if refused else {"ok": True, "result": {"name": "lamp"}}
        self.inquiries.answered("line", {"id": number, **answer})

    def held(self, ms: int) -> None:
        """Let time pass while somebody says that they are still there."""
        for _ in range(0, ms, 500):
            self.clock.advance_ms(500)
            self.manual.keep(ADA, "api")
            self.manual.tick()

    def ended(self) -> int:
        return sum(one["type"] == "force-end" for one in self.sent)


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.manual.begin(ADA, "the lamp", "api")
    return bench


def test_each_step_is_a_record_before_it_is_done(bench: Bench) -> None:
    bench.force()
    assert bench.records == [
        ("manual-begin", ["by <3>", "the lamp"]),
        ("manual-force", ["by <3>", "lamp on for 5000 ms"]),
    ]
    assert bench.answers == [{"seq": 2, "output": "lamp", "on": True, "for_ms": 5_000}]
    document = bench.manual.document()
    assert document is not None and document["forced"] == [{"name": "lamp", "on": True, "left_ms": 5_000}]
    assert bench.manual.reasons()[0].code == "MANUAL"
    bench.manual.end(BOB)
    assert bench.records[2:] == [("manual-release", ["lamp: manual mode ends"]), ("manual-end", ["by <3>", "ended"])]
    assert (bench.ended(), bench.manual.document(), bench.manual.reasons()) == (1, None, [])


def test_what_the_line_refuses_is_recorded_too_and_not_held(bench: Bench) -> None:
    bench.force(refused="the belt runs")
    assert isinstance(bench.answers[0], DeviceError) and "the belt runs" in bench.answers[0].message
    assert bench.records[-1] == ("manual-release", ["lamp: the belt runs"])
    assert bench.manual.keep(ADA, "api") == {"outputs": []}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda bench: bench.manual.begin(BOB, "more", "api"), "on already, by ada"),
        (lambda bench: bench.force(BOB), "ada's"),
        (lambda bench: bench.manual.let_go(BOB), "ada's"),
        (lambda bench: bench.force(for_ms=10_001), "1 to 10000 ms"),
        (lambda bench: bench.force(for_ms=0), "1 to 10000 ms"),
    ],
)
def test_what_is_refused(bench: Bench, call: Any, words: str) -> None:
    with pytest.raises(ManualRefused, match=words):
        call(bench)
    assert len(bench.records) == 1 and [one for one in bench.sent if one["type"] == "force"] == []


def test_it_begins_between_shifts_only_with_a_name_and_a_reason() -> None:
    bench = Bench()
    for person, reason in ((Person(""), "why"), (ADA, " ")):
        with pytest.raises(ManualRefused, match="must be given"):
            bench.manual.begin(person, reason, "api")
    bench.shift_open = True
    with pytest.raises(ManualRefused, match="a shift is open"):
        bench.manual.begin(ADA, "why", "api")
    for call in (lambda: bench.manual.keep(ADA, "api"), lambda: bench.manual.end(ADA)):
        with pytest.raises(ManualRefused, match="not on"):
            call()
    assert bench.records == [] and not bench.manual.active


def test_a_time_is_not_prolonged_by_who_holds_it(bench: Bench) -> None:
    bench.force()
    bench.held(4_500)
    assert bench.manual.keep(ADA, "api") == {"outputs": ["lamp"]}
    bench.held(500)
    assert bench.manual.keep(ADA, "api") == {"outputs": []}
    assert bench.records[-1] == ("manual-release", ["lamp: the time is over"])


def test_who_does_not_say_that_they_are_there_lets_go(bench: Bench) -> None:
    bench.force()
    bench.clock.advance_ms(2_000)
    bench.manual.tick()
    assert bench.ended() == 0
    bench.clock.advance_ms(1)
    bench.manual.tick()
    assert bench.ended() == 1 and bench.manual.active
    assert bench.records[-1] == ("manual-release", ["lamp: who held them does not answer any more"])


@pytest.mark.parametrize("peer", ["api", "line"])
def test_a_lost_connection_lets_go(bench: Bench, peer: str) -> None:
    bench.force()
    bench.manual.lost("camera:cam1")
    assert bench.ended() == 0
    bench.manual.lost(peer)
    assert bench.ended() == 1 and bench.manual.active
    assert bench.records[-1][0] == "manual-release" and "went away" in bench.records[-1][1][0]


def test_a_program_ends_its_manual_mode_when_it_ends() -> None:
    bench = Bench()
    bench.manual.begin(ADA, "lamp", "control:1:ab")
    bench.manual.lost("control:2:cd")
    assert bench.manual.active
    bench.manual.lost("control:1:ab")
    assert not bench.manual.active and bench.records[-1] == ("manual-end", ["the program that began it went away"])


def test_it_ends_with_the_session_with_idleness_and_with_the_station(bench: Bench) -> None:
    bench.force()
    bench.here = False
    bench.manual.tick()
    assert not bench.manual.active and bench.records[-1][1] == ["the session of who began it is over"]
    bench.here = True
    bench.manual.begin(ADA, "again", "api")
    bench.clock.advance_ms(10 * 60_000)
    bench.manual.tick()
    assert bench.manual.active
    bench.clock.advance_ms(1)
    bench.manual.tick()
    assert not bench.manual.active and bench.records[-1][1] == ["nobody used it for too long"]
    bench.manual.begin(ADA, "again", "api")
    told = bench.told
    bench.manual.close()
    bench.manual.close()
    assert bench.records[-1] == ("manual-end", ["the station ends"]) and bench.told == told + 1


def test_an_answer_after_the_end_leaves_nothing_forced(bench: Bench) -> None:
    bench.manual.force(ADA, "lamp", True, 1_000, "api", bench.answers.append)
    number = bench.sent[-1]["id"]
    bench.manual.end(ADA)
    ended = bench.ended()
    bench.inquiries.answered("line", {"id": number, "ok": True, "result": {"name": "lamp"}})
    assert bench.ended() == ended + 1
    (answer,) = bench.answers
    assert isinstance(answer, InspectorError) and "ended meanwhile" in answer.message
