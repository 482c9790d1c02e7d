# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pictures that lie on the belt, and what is known about them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from inspector.config import Config
from inspector.errors import ConfigError

INDEX = "scenes.json"


@dataclass(frozen=True, slots=True)
class PlantScene:
    """One picture.

    Attributes:
        image: File name in `plant.images`.
        truth: "good", "bad" or "unknown".
    """

    image: str
    truth: str


def scene_folder(station: Path, config: Config) -> Path:
    """Where the simulated camera finds its pictures."""
    return station / "run" / "simulator" / config.cameras[0].name


def read_scenes(station: Path, config: Config) -> list[PlantScene]:
    """What `prepare_scenes` wrote.

    Raises:
        ConfigError: It was not called.
    """
    path = scene_folder(station, config) / INDEX
    try:
        return [PlantScene(**scene) for scene in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "Start the station with `inspector run`") from error
