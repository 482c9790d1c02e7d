# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pictures that lie on the belt, what each camera sees of them, and what is known about them.

With several cameras a part has several sides. One camera sees the part's own picture, each part another camera; the
others see pictures of good parts, turned or mirrored so that no camera ever sees the same twice. So a defect shows to
one camera only, and the part is as good as its own picture.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inspector.config import Config
from inspector.errors import ConfigError

Pose = Literal["", "turned", "mirrored", "flipped"]
INDEX = "scenes.json"
POSES: tuple[Pose, ...] = ("turned", "mirrored", "flipped")


@dataclass(frozen=True, slots=True)
class PlantScene:
    """What one camera sees of one part.

    Attributes:
        image: File name in `plant.images`.
        truth: Of the part: "good", "bad" or "unknown".
        pose: How the picture lies, see `inspector.camera.simulator.images`.
    """

    image: str
    truth: str
    pose: Pose = ""


def views_of(own: Sequence[PlantScene], camera: int, cameras: int) -> list[PlantScene]:
    """What one of several cameras sees of each part.

    Args:
        own: The parts' own pictures.
        camera: Index of the camera.
        cameras: How many there are.
    """
    good = [scene for scene in own if scene.truth == "good"]
    shown, beside = [], 0
    for number, scene in enumerate(own):
        if (number + number // cameras) % cameras == camera:  # also where good and bad pictures alternate
            shown.append(scene)
            continue
        pose = POSES[beside // max(1, len(good)) % len(POSES)]
        shown.append(PlantScene(good[beside % len(good)].image if good else scene.image, scene.truth, pose))
        beside += 1
    return shown


def scene_folder(station: Path, config: Config, camera: int = 0) -> Path:
    """Where a simulated camera finds its pictures."""
    return station / "run" / "simulator" / config.cameras[camera].name


def read_scenes(station: Path, config: Config, camera: int = 0) -> list[PlantScene]:
    """What `prepare_scenes` wrote for a camera.

    Raises:
        ConfigError: It was not called.
    """
    path = scene_folder(station, config, camera) / INDEX
    try:
        return [PlantScene(**scene) for scene in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "Start the station with `inspector run`") from error
