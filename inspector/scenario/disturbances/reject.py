# SPDX-License-Identifier: AGPL-3.0-or-later
"""The gate, the lanes and their sensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inspector.scenario.belt import Part
from inspector.scenario.plant import VALVE_MS
from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance

UNCONFIRMED = Ends(codes=("STOP_REJECT_UNCONFIRMED",))


@disturbance(
    "valve-dead", "reject", "the gate does not leave its rest position: good parts are rejected", Ends(), parts=0
)
def _valve_dead(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: _obey(rig, lambda _wanted: False))


@disturbance(
    "gate-stuck-open",
    "reject",
    "the gate stays open: rejected parts go to the good lane",
    UNCONFIRMED,
    parts=0,
    gate_disobeys=True,
)
def _gate_stuck_open(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: _obey(rig, lambda _wanted: True))


def _obey(rig: Rig, answer: Callable[[bool], bool]) -> None:
    before = rig.plant.gate.obeys
    rig.plant.gate.obeys = answer

    def mend() -> None:
        rig.plant.gate.obeys = before

    rig.later(mend)


@disturbance(
    "low-air", "reject", "the gate opens late: good parts are rejected", Ends(), parts=0, ms=Limits(45, 20, 60)
)
def _low_air(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _valve(rig, hit, values["ms"])


def _valve(rig: Rig, hit: Hit, ms: float) -> None:
    def mend() -> None:
        rig.plant.gate.valve_ms = VALVE_MS

    def begin() -> None:
        rig.plant.gate.valve_ms = ms
        rig.later(mend)

    rig.once(hit, begin)


@disturbance(
    "one-part-late",
    "reject",
    "the gate does for each part what was meant for the one before",
    UNCONFIRMED,
    parts=0,
    gate_disobeys=True,
)
def _one_part_late(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _valve(rig, hit, VALVE_MS + rig.plant.period)


@disturbance("bin-full", "reject", "rejects pile up: no lane sensor sees them", UNCONFIRMED, parts=0)
def _bin_full(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _lanes(rig, hit, lambda lane: [] if lane == "reject" else [lane])


@disturbance("reject-sensor-off", "reject", "the sensor in the reject lane is blind", UNCONFIRMED, parts=0)
def _reject_sensor_off(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _lanes(rig, hit, lambda lane: [] if lane == "reject" else [lane])


@disturbance("good-sensor-off", "reject", "the sensor in the good lane is blind", Ends(), parts=0)
def _good_sensor_off(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _lanes(rig, hit, lambda lane: [] if lane == "good" else [lane])


def _lanes(rig: Rig, hit: Hit, seen: Callable[[str], list[str]]) -> None:
    inner = rig.plant.sensors.lane

    def lane(part: Part, where: str) -> list[str]:
        return seen(where) if hit(part) else inner(part, where)

    rig.plant.sensors.lane = lane


@disturbance(
    "bounces-back",
    "reject",
    "a rejected part bounces back into the good lane, past both sensors",
    Ends(codes=("STOP_TRACKING",)),
    parts=0,
    gate_disobeys=True,
)
def _bounces_back(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.lane
    once: list[int] = []

    def lane(part: Part, where: str) -> list[str]:
        if where == "reject" and hit(part) and not once:
            once.append(part.number)
            part.lane = "good"
            return [*inner(part, where), "good"]
        return inner(part, where)

    rig.plant.sensors.lane = lane
