# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is before the lens, and the lens and lamp."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from inspector.scenario.belt import Part
from inspector.scenario.pictures import Look, Scene
from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance

GATE = Ends(codes=("STOP_IMAGE_GATE",), verdicts=("NO_DECISION",))


def _seen(rig: Rig, hit: Hit, change: Callable[[Scene], Scene]) -> None:
    inner = rig.machine.sensors.picture

    def picture(part: Part, scene: Scene) -> Scene | None:
        return inner(part, change(scene) if hit(part) else scene)

    rig.machine.sensors.picture = picture


@disturbance("dim", "image", "the lamp gives a little less light", Ends(), parts=0, percent=Limits(5, 1, 15))
def _dim(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: scene.with_light(1 - values["percent"] / 100))


@disturbance("dark", "image", "the lamp gives half the light", GATE, parts=0, percent=Limits(50, 35, 100))
def _dark(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: scene.with_light(1 - values["percent"] / 100))


@disturbance("defocus", "image", "the lens is out of focus", GATE, parts=0, sigma_px=Limits(2.0, 1.6, 6.0))
def _defocus(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: replace(scene, blur_px=values["sigma_px"]))


@disturbance(
    "dust",
    "image",
    "a spot on the lens looks like a defect of every part",
    Ends(codes=("STOP_REJECTS_IN_ROW",), verdicts=("FAIL",)),
    parts=0,
)
def _dust(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: replace(scene, dust=True))


@disturbance("turned", "image", "the part lies a little askew", Ends(), parts=0, degrees=Limits(3, -5, 5))
def _turned(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: replace(scene, turn_deg=values["degrees"]))


@disturbance("shifted", "image", "the part is partly outside of the picture", GATE, parts=0, px=Limits(30, 26, 64))
def _shifted(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: replace(scene, shift_px=int(values["px"])))


@disturbance("wrong-product", "image", "parts of another product come", GATE, parts=0)
def _wrong_product(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: replace(scene, look=replace(scene.look, width_px=20)))


@disturbance("empty-nest", "image", "there is nothing to be seen on the picture", GATE, parts=3)
def _empty_nest(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: replace(scene, look=replace(scene.look, empty=True)))


@disturbance("glare", "image", "the lamp is reflected into the lens", GATE, parts=3)
def _glare(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: replace(scene, glare=True))


@disturbance("second-part", "image", "a second part is in the picture", GATE, parts=3)
def _second_part(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _seen(rig, hit, lambda scene: replace(scene, second=Look(scene.look.seed + 1)))
