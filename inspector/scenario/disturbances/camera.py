# SPDX-License-Identifier: AGPL-3.0-or-later
"""The camera, its cable and its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from inspector.scenario.belt import Part
from inspector.scenario.camera import Delivery
from inspector.scenario.pictures import Scene
from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance


def _delivered(rig: Rig, hit: Hit, change: Callable[[Delivery], list[Delivery]]) -> None:
    """Change what the camera delivers of the parts that are hit."""
    struck = [False]
    rig.when_fed(lambda _part: True, lambda part: _note(struck, hit(part)))
    inner = rig.head.deliver
    rig.head.deliver = lambda delivery: change(delivery) if struck[0] and not rig.calmed else inner(delivery)


def _note(struck: list[bool], value: bool) -> None:
    struck[0] = value


@disturbance("lost-frame", "camera", "a frame does not arrive", Ends(verdicts=("MISSING_IMAGE",)))
def _lost_frame(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _delivered(rig, hit, lambda _delivery: [])


@disturbance(
    "lost-frames",
    "camera",
    "frames do not arrive, one part after the other",
    Ends(codes=("STOP_MISSING_IMAGES",), verdicts=("MISSING_IMAGE",)),
    parts=3,
)
def _lost_frames(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _delivered(rig, hit, lambda _delivery: [])


@disturbance(
    "duplicate-id",
    "camera",
    "a frame carries the number of the one before",
    Ends(codes=("STOP_FROZEN_IMAGE",)),
)
def _duplicate_id(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _delivered(rig, hit, lambda one: [replace(one, frame_id=one.frame_id - 1)])


@disturbance("frozen", "camera", "a frame repeats the picture before", Ends(codes=("STOP_FROZEN_IMAGE",)))
def _frozen(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    last: list[Delivery] = []
    inner = rig.head.deliver

    def remember(one: Delivery) -> list[Delivery]:
        last[:] = [one]
        return inner(one)

    rig.head.deliver = remember
    _delivered(rig, hit, lambda one: [replace(one, pixels=last[0].pixels)] if last else [one])


@disturbance("incomplete", "camera", "a part of the frame does not arrive", Ends(verdicts=("MISSING_IMAGE",)))
def _incomplete(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _delivered(rig, hit, lambda one: [replace(one, pixels=None)])


@disturbance(
    "late-frame",
    "camera",
    "a frame arrives after its time",
    Ends(verdicts=("MISSING_IMAGE",)),
    delay_ms=Limits(200, 20, 2000),
)
def _late_frame(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _delivered(rig, hit, lambda one: [replace(one, transfer_ms=one.transfer_ms + values["delay_ms"])])


@disturbance(
    "disconnect",
    "camera",
    "the cable is pulled, and is back after a while",
    Ends(may=("STOP_MISSING_IMAGES",), seen=("CAMERA_AWAY",)),
    for_ms=Limits(20_000, 100, 60_000),
)
def _disconnect(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    rig.once_for_ms(hit, values["for_ms"], rig.head.unplug, rig.head.plug)


@disturbance("clock-reset", "camera", "the camera's clock starts at 0 again", Ends())
def _clock_reset(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def reset() -> None:
        rig.head.clock_ahead_ns = 1_000_000 - rig.schedule.now_ns()

    rig.once(hit, reset)


@disturbance(
    "wrong-exposure",
    "camera",
    "the camera exposes longer than it was set",
    Ends(codes=("STOP_IMAGE_GATE",), verdicts=("NO_DECISION",)),
    parts=4,
    factor=Limits(1.6, 1.1, 4.0),
)
def _wrong_exposure(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    inner = rig.machine.sensors.picture

    def picture(part: Part, scene: Scene) -> Scene | None:
        return inner(part, scene.with_light(values["factor"]) if hit(part) else scene)

    rig.machine.sensors.picture = picture


@disturbance("missed-trigger", "camera", "the camera does not hear the edge", Ends(verdicts=("UNTRACKED",)))
def _missed_trigger(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.machine.sensors.picture
    rig.machine.sensors.picture = lambda part, scene: None if hit(part) else inner(part, scene)


@disturbance(
    "exchanged",
    "camera",
    "another camera is plugged in instead of this one",
    Ends(may=("STOP_MISSING_IMAGES",), codes=("CAMERA_EXCHANGED",), seen=("CAMERA_AWAY",)),
)
def _exchanged(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def another() -> None:
        rig.head.serial = "DRAWN-2"
        rig.head.plug()

    rig.once_for_ms(hit, 800.0, rig.head.unplug, another)


@disturbance(
    "camera-killed",
    "camera",
    "the camera process is killed",
    Ends(may=("STOP_MISSING_IMAGES",), seen=("CAMERA_AWAY",), deaths=True),
)
def _camera_killed(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, rig.camera.kill)


@disturbance(
    "camera-hangs",
    "camera",
    "the camera process stops working for a while",
    Ends(codes=("STOP_MISSING_IMAGES",), seen=("CAMERA_AWAY",)),
    for_ms=Limits(6_000, 50, 15_000),
)
def _camera_hangs(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    rig.once_for_ms(hit, values["for_ms"], rig.camera.pause, rig.camera.resume)
