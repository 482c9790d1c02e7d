# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forced outputs end by themselves, and a gate is moved by hand only while the belt stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspector.clock import SimulatedClock
from inspector.line.forcing import LONGEST_MS, BeltAtRest, Forced, ForcedOutputs, Forcing, HandGate, forced_level
from inspector.line.input_watch import InputsRead

MS = 1_000_000
STANDING = InputsRead(0, part=False, good_lane=False, reject_lane=False, encoder_count=5, running=False)


class Bench:
    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.applied: list[ForcedOutputs] = []
        self.forcing = Forcing(self.clock, self.applied.append)

    def levels(self) -> dict[str, bool]:
        now_ns = self.clock.monotonic_ns()
        found = {name: forced_level(self.applied[-1], name, now_ns) for name in self.applied[-1]}
        return {name: level for name, level in found.items() if level is not None}


def test_each_output_has_its_own_time_and_falls_even_if_nobody_looks() -> None:
    bench = Bench()
    bench.forcing.force("lamp", True, 100)
    bench.forcing.force("buzzer", False, 300)
    assert bench.levels() == {"lamp": True, "buzzer": False}
    bench.clock.advance_ms(100)
    assert bench.levels() == {"buzzer": False}  # before anybody has ticked
    bench.forcing.tick(True)
    assert set(bench.applied[-1]) == {"buzzer"}
    bench.clock.advance_ms(200)
    bench.forcing.tick(True)
    assert bench.applied[-1] == {}


def test_without_leave_everything_ends_at_once_and_nothing_is_forced_for_ever() -> None:
    bench = Bench()
    bench.forcing.force("lamp", True, 10 * LONGEST_MS)
    bench.clock.advance_ms(LONGEST_MS)
    assert bench.levels() == {}
    bench.forcing.force("lamp", True, 1_000)
    bench.forcing.tick(False)
    assert bench.applied[-1] == {}
    told = len(bench.applied)
    bench.forcing.release("again")
    assert len(bench.applied) == told


def at_rest(read: InputsRead, *, stood_ms: int = 1_000) -> str:
    rest = BeltAtRest()
    rest.see(replace(STANDING, t_ns=0))
    rest.see(replace(read, t_ns=stood_ms * MS))
    return rest.complaint()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"running": None}, "no signal says"),
        ({"running": True}, "the belt runs"),
        ({"encoder_count": 6}, "encoder counts"),
        ({"part": True}, "at a sensor"),
        ({"good_lane": True}, "at a sensor"),
        ({"reject_lane": True}, "at a sensor"),
        ({"emergency_stop": True}, "emergency stop"),
        ({"outputs_safe": True}, "safe state"),
    ],
)
def test_what_keeps_a_gate_from_being_moved_by_hand(changed: dict[str, object], words: str) -> None:
    found = at_rest(replace(STANDING, **changed))  # type: ignore[arg-type]
    assert words in found and bool(words) is bool(found)


def test_a_belt_has_to_stand_for_a_second_and_to_be_read() -> None:
    assert "for a second" in at_rest(STANDING, stood_ms=999)
    rest = BeltAtRest()
    assert rest.complaint() == "the inputs are not read"
    rest.see(STANDING)
    rest.see(replace(STANDING, t_ns=1_000 * MS))
    assert rest.complaint() == ""
    rest.see(replace(STANDING, t_ns=1_010 * MS, running=True))
    rest.see(replace(STANDING, t_ns=1_020 * MS))
    assert "for a second" in rest.complaint()
    rest.lost()
    assert rest.complaint() == "the inputs are not read"


def test_a_gate_opens_once_for_each_order_and_shuts_when_the_belt_moves() -> None:
    gate = HandGate("pass", 500)
    order: ForcedOutputs = {"pass": Forced(True, 10_000 * MS)}
    assert gate.open({}, True, 0) is False
    assert gate.open(order, True, 10 * MS) is True
    assert gate.open(order, False, 20 * MS) is False
    assert gate.open(order, True, 30 * MS) is False  # the belt stands again: a person has to order it again
    again: ForcedOutputs = {"pass": Forced(True, 10_000 * MS)}
    assert gate.open(again, True, 40 * MS) is True
    assert gate.open(again, True, 539 * MS) is True
    assert gate.open(again, True, 540 * MS) is False  # never longer than a pulse
    short: ForcedOutputs = {"pass": Forced(True, 700 * MS)}
    assert (gate.open(short, True, 600 * MS), gate.open(short, True, 700 * MS)) == (True, False)
    assert gate.open({"pass": Forced(False, 10_000 * MS)}, True, 800 * MS) is False
