# SPDX-License-Identifier: AGPL-3.0-or-later
"""The part-present sensor and what stands before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inspector.scenario.belt import Part
from inspector.scenario.pictures import Look, Scene
from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance

BACK = 95
"""Grey level of a part's back."""
TOUCHING = 15.0
"""From one part to the next that touches it, in ms of travel."""


@disturbance(
    "bounce",
    "sensor",
    "the sensor switches several times for one part",
    Ends(gap=True),
    edges=Limits(3, 2, 8),
    within_ms=Limits(3, 1, 4),
)
def _bounce(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.edge
    extra = int(values["edges"]) - 1
    delays = [values["within_ms"] * (number + 1) / extra for number in range(extra)]
    rig.plant.sensors.edge = lambda part: [*inner(part), *delays] if hit(part) else inner(part)


@disturbance("missed-part", "sensor", "the sensor does not see a part", Ends(codes=("STOP_TRACKING",)), parts=2)
def _missed_part(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.edge
    rig.plant.sensors.edge = lambda part: [] if hit(part) else inner(part)


@disturbance(
    "no-gap",
    "sensor",
    "the next part touches this one: one edge for both, and both are in the picture",
    Ends(codes=("STOP_TRACKING",), verdicts=("NO_DECISION",)),
)
def _no_gap(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner_gap, inner_edge, inner_picture = rig.plant.gap, rig.plant.sensors.edge, rig.plant.sensors.picture
    followers: set[int] = set()

    def gap(part: Part, usual: float) -> float:
        if hit(part) and part.number not in followers:
            followers.add(part.number + 1)
            return TOUCHING
        return inner_gap(part, usual)

    def picture(part: Part, scene: Scene) -> Scene | None:
        touched = part.number + 1 in followers
        return inner_picture(part, replace(scene, second=Look(part.look.seed + 1)) if touched else scene)

    def edge(part: Part) -> list[float]:
        """No edge only while it touches: where the feeder was held in between, it comes alone."""
        touches = part.number in followers and part.start - rig.plant.parts[part.number - 2].start < 2 * TOUCHING
        return [] if touches else inner_edge(part)

    rig.plant.gap = gap
    rig.plant.sensors.edge = edge
    rig.plant.sensors.picture = picture


@disturbance("stuck-off", "sensor", "the sensor is blind: no part has an edge", Ends(codes=("STOP_TRACKING",)), parts=0)
def _stuck_off(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.edge
    rig.plant.sensors.edge = lambda part: [] if hit(part) else inner(part)


@disturbance("stuck-on", "sensor", "the sensor switches once and stays on", Ends(codes=("STOP_TRACKING",)), parts=0)
def _stuck_on(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.edge
    first: list[int] = []

    def edge(part: Part) -> list[float]:
        if not hit(part):
            return inner(part)
        first.append(part.number)
        return inner(part) if first == [part.number] else []

    rig.plant.sensors.edge = edge


@disturbance(
    "reversed", "sensor", "a part lies on its face: its dark back is up", Ends(verdicts=("NO_DECISION",)), parts=2
)
def _reversed(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def turn(part: Part) -> None:
        part.look = replace(part.look, surface=BACK)

    rig.when_fed(hit, turn)


@disturbance(
    "ghost-edge",
    "sensor",
    "an edge without a part, between two parts",
    Ends(codes=("STOP_REJECT_UNCONFIRMED",), verdicts=("NO_DECISION",)),
)
def _ghost_edge(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    """Half a period after the part, when nothing is before the sensor; the camera takes the empty belt."""
    rig.when_fed(hit, lambda part: rig.plant.belt.after(rig.plant.period / 2, rig.plant.ghost))
