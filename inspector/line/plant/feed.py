# SPDX-License-Identifier: AGPL-3.0-or-later
"""What lies on the belt and what goes wrong with it: all of it follows from the seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from inspector.errors import ConfigError

JITTER = 0.15
NO_GAP_NS = 20_000_000


class Disturbance(StrEnum):
    """What may happen to one part; what the camera does is called as the simulated camera calls it."""

    LOST_FRAME = "lost-frame"
    DUPLICATE_ID = "duplicate-id"
    INCOMPLETE = "incomplete"
    FROZEN = "frozen"
    LATE = "late"
    DARK = "dark"
    BRIGHTNESS = "brightness"
    DEFOCUS = "defocus"
    UNDERRUN = "underrun"
    DISCONNECT = "device-lost"
    BOUNCE = "bounce"
    MISSED_PULSE = "missed-pulse"
    EDGE_LOST = "edge-lost"
    NO_GAP = "no-gap"


CAMERA_FAULTS: dict[Disturbance, dict[str, int]] = {
    Disturbance.LOST_FRAME: {},
    Disturbance.DUPLICATE_ID: {},
    Disturbance.INCOMPLETE: {},
    Disturbance.FROZEN: {},
    Disturbance.LATE: {},
    Disturbance.DARK: {},
    Disturbance.BRIGHTNESS: {"percent": 40},
    Disturbance.DEFOCUS: {"radius": 2},
    Disturbance.UNDERRUN: {},
    Disturbance.DISCONNECT: {"ms": 1000},
}
"""What the camera does, and how strongly: options of the simulated camera's fault of that name."""

ALTERED = frozenset({Disturbance.BRIGHTNESS, Disturbance.DEFOCUS})
"""The camera delivers another picture than the one in its folder, and nothing says so."""

ONE_CAMERA = frozenset({*CAMERA_FAULTS, Disturbance.MISSED_PULSE})
"""What happens at one of several cameras."""


def disturbances_of(names: Sequence[str]) -> list[Disturbance]:
    """The disturbances of these names; all of them when there is none.

    Raises:
        ConfigError: There is no disturbance of such a name.
    """
    unknown = sorted(set(names) - set(Disturbance))
    if unknown:
        raise ConfigError(f"plant.disturbances: there is no {unknown[0]!r}", f"One of {', '.join(Disturbance)}")
    return [Disturbance(name) for name in names] or list(Disturbance)


@dataclass(frozen=True, slots=True)
class Item:
    """One part that is put on the belt.

    Attributes:
        scene: Index of its picture.
        disturbance: What goes wrong, or None.
        camera: Index of the camera that a disturbance of cameras hits.
        gap_ns: Time until the next part.
    """

    scene: int
    disturbance: Disturbance | None
    gap_ns: int
    camera: int = 0


class Feed:
    """The endless, reproducible row of parts.

    Each round shows every picture once, in an order of its own, and never the same picture twice in a row: two
    frames without any difference would be taken for a frozen camera.

    Args:
        seed: Seed of order, jitter and disturbances.
        scenes: Number of pictures.
        rate_ppm: Parts per minute.
        faults: Disturbed parts per 1000.
        skip: Parts that were fed before a restart.
        cameras: How many cameras there are; what is wrong with a picture is wrong with that of one of them.
        kinds: What may go wrong.
    """

    def __init__(
        self,
        seed: int,
        scenes: int,
        rate_ppm: int,
        faults: int,
        skip: int = 0,
        cameras: int = 1,
        kinds: Sequence[Disturbance] = tuple(Disturbance),
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a reproducible belt, not a secret
        self._scenes = scenes
        self._period_ns = 60_000_000_000 // rate_ppm
        self._faults = faults
        self._cameras = cameras
        self._kinds = list(kinds)
        self._round: list[int] = []
        self._last: int | None = None
        for _ in range(skip):
            self.next()

    def next(self) -> Item:
        """The next part."""
        if not self._round:
            self._round = list(range(self._scenes))
            self._random.shuffle(self._round)
            if self._round[-1] == self._last:
                self._round.reverse()
        scene = self._last = self._round.pop()
        gap_ns = int(self._period_ns * self._random.uniform(1 - JITTER, 1 + JITTER))
        disturbance = None
        if self._random.randrange(1000) < self._faults:
            disturbance = self._random.choice(self._kinds)
        if disturbance is Disturbance.NO_GAP:
            gap_ns = min(gap_ns, NO_GAP_NS)
        hit = self._cameras > 1 and disturbance in ONE_CAMERA
        return Item(scene, disturbance, gap_ns, self._random.randrange(self._cameras) if hit else 0)
