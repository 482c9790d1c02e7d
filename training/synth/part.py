# SPDX-License-Identifier: AGPL-3.0-or-later
"""One synthetic part: picture, truth and serial, reproducible from (seed, index) alone."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synth import defects, mark
from training.synth.scene import CLASS_NAMES, FRAME_PX, HOLE_COUNT, Scene, faultless_scene, photograph

__all__ = ["FRAME_PX", "Defect", "SynthPart", "part_serial", "render_part"]

GENERATOR_VERSION = 3  # goes up whenever some (seed, index) gives another picture
_STREAM = 1  # of random numbers: stays when one painter changes, so that all other parts stay as they are


@dataclass(frozen=True)
class Defect:
    """One labelled defect: class name and box `(x1, y1, x2, y2)` in frame pixels."""

    name: str
    box: defects.Box


@dataclass(frozen=True)
class SynthPart:
    """A rendered part.

    Attributes:
        image: `(640, 640) uint8`, mono.
        defects: what is wrong with it; empty for a good part.
        serial: content of its DataMatrix.
        seed: generator seed. index: number of the part under that seed.
    """

    image: NDArray[np.uint8]
    defects: tuple[Defect, ...]
    serial: str
    seed: int
    index: int

    @property
    def good(self) -> bool:
        """Whether the part is free of defects."""
        return not self.defects


def part_serial(seed: int, index: int) -> str:
    """Serial of the part, such as `S1-000042`; unique for index < 1,000,000 and seed < 1,000."""
    return f"S{seed % 1000}-{index % 1_000_000:06d}"


def _dust(scene: Scene, rng: np.random.Generator) -> None:
    """Specks and faint handling marks that every real part has and that are no defect."""
    for _ in range(int(rng.integers(2, 12))):
        x, y = (float(v) for v in rng.uniform(60, FRAME_PX - 60, 2))
        radius, grey = float(rng.uniform(0.8, 1.9)), float(rng.uniform(-22, 22))
        x0, y0 = int(x) - 4, int(y) - 4
        gy, gx = np.mgrid[y0 : y0 + 9, x0 : x0 + 9].astype(np.float32)
        spot = np.exp(-((gx - x) ** 2 + (gy - y) ** 2) / (radius * radius))
        scene.image[y0 : y0 + 9, x0 : x0 + 9] += np.asarray(grey * spot, dtype=np.float32)
    smear = cv2.resize(rng.standard_normal((6, 6), dtype=np.float32), (FRAME_PX, FRAME_PX))
    scene.image += scene.material * smear * np.float32(rng.uniform(0.5, 2.5))


def _defect_names(rng: np.random.Generator, max_defects: int, only: str | None) -> list[str]:
    if only is not None:
        return [only]
    count = int(rng.integers(1, max_defects + 1)) if max_defects > 1 and rng.random() < 0.4 else 1
    return [str(name) for name in rng.choice(CLASS_NAMES, size=count, replace=False)]


def render_part(
    seed: int,
    index: int,
    *,
    good: bool | None = None,
    good_share: float = 0.5,
    max_defects: int = 2,
    only: str | None = None,
) -> SynthPart:
    """Render part `index` of the endless batch `seed`.

    The result depends on the arguments alone, not on what was rendered before. Takes about 40 ms on one
    core.

    Args:
        seed: names the batch (0 or more).
        index: names the part in the batch (0 or more).
        good: force a good or a bad part; None draws it with probability `good_share`.
        good_share: probability of a good part, 0..1.
        max_defects: a bad part has 1 to this many defects of different classes.
        only: paint exactly one defect of this class (implies bad unless `good` is True).

    Raises:
        ValueError: if a share or a class name is impossible.
    """
    if not 0 <= good_share <= 1:
        raise ValueError(f"good_share must lie between 0 and 1, not {good_share}")
    if only is not None and only not in CLASS_NAMES:
        raise ValueError(f"unknown defect class {only!r}; known: {', '.join(CLASS_NAMES)}")
    rng = np.random.default_rng([_STREAM, seed, index])
    drawn = bool(rng.random() < good_share)
    is_good = (drawn and only is None) if good is None else good
    names = [] if is_good else _defect_names(rng, max_defects, only)
    hole = int(rng.integers(HOLE_COUNT))
    scene = faultless_scene(rng, hole if "missing_hole" in names else None)
    serial = part_serial(seed, index)
    mark.engrave(scene, serial, rng)
    _dust(scene, rng)
    found: list[Defect] = []
    if "missing_hole" in names:
        found.append(Defect("missing_hole", defects.missing_hole_box(scene, hole)))
    for name in names:
        if name == "missing_hole":
            continue
        box = defects.paint(scene, name, rng, [d.box for d in found])
        if box is not None:
            found.append(Defect(name, box))
    if names and not found:
        raise RuntimeError(f"no visible place for {names} on part {index} of seed {seed}")
    return SynthPart(photograph(scene, rng), tuple(found), serial, seed, index)
