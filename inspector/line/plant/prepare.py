# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills the simulated cameras' folders before the cameras start; the plant's process itself decodes nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from inspector.camera.features import load_features
from inspector.camera.simulator.errors import SimulatorError
from inspector.camera.simulator.images import SUFFIXES, prepare_images
from inspector.child import Child, run_child
from inspector.config import Config
from inspector.errors import ConfigError
from inspector.ipc.rundir import write_private
from inspector.line.plant.scenes import INDEX, PlantScene, read_scenes, scene_folder, views_of


def prepare_scenes(station: Path, config: Config) -> list[PlantScene]:
    """Fill `STATION/run/simulator/<camera>/` for each camera; to be called before the cameras start.

    The truth comes from `labels.json` beside the pictures (`{"parts": [{"file", "good"}]}`), or else from YOLO
    label files (beside the picture, or in the folder `labels` for a picture in `images`): an empty one says good.

    Returns:
        The parts: what the first camera sees of each.

    Raises:
        ConfigError: There is no `[plant]`, no picture, or the labels or the camera's features cannot be read.
    """
    if config.plant is None:
        raise ConfigError("there is no [plant] in the settings", "Add it, or use a real camera")
    source = station / config.plant.images
    parts = _parts_in(source)
    for number, camera in enumerate(config.cameras):
        target = scene_folder(station, config, number)
        scenes = views_of(parts, number, len(config.cameras))
        shown = [(scene.image, scene.pose) for scene in scenes]
        try:
            prepare_images(source, target, _sensor(station / camera.features), shown)
        except SimulatorError as error:
            raise ConfigError(error.message, error.advice) from error
        write_private(target / INDEX, json.dumps([asdict(scene) for scene in scenes]).encode())
    return read_scenes(station, config)


def _parts_in(source: Path) -> list[PlantScene]:
    """The pictures of a folder, sorted by name, with their truth; none when there is no such folder."""
    listed = _listed_truth(source)
    found = source.iterdir() if source.is_dir() else ()
    pictures = sorted(path for path in found if path.suffix.lower() in SUFFIXES and path.is_file())
    return [PlantScene(picture.name, listed.get(picture.name) or _label_truth(picture)) for picture in pictures]


def _sensor(features: Path) -> Literal["mono", "rgb"]:
    """What the camera's sensor sees: colours, unless it is set to a grey pixel format or to none at all."""
    formats = [step.value for step in load_features(features).steps if step.name == "PixelFormat"]
    return "mono" if not formats or str(formats[-1]).startswith("Mono") else "rgb"


def _listed_truth(source: Path) -> dict[str, str]:
    path = source / "labels.json"
    if not path.is_file():
        return {}
    try:
        parts = json.loads(path.read_bytes())["parts"]
        return {str(part["file"]): "good" if part["good"] else "bad" for part in parts}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "Remove it, or mend it") from error


def _label_truth(image: Path) -> str:
    beside = image.with_suffix(".txt")
    parts = list(image.parts)
    if "images" in parts:
        last = len(parts) - 1 - parts[::-1].index("images")
        parts[last] = "labels"
    for path in (beside, Path(*parts).with_suffix(".txt")):
        if path.is_file():
            return "bad" if path.read_text("utf-8", "replace").strip() else "good"
    return "unknown"


def run(child: Child) -> None:
    """Prepare the scenes of a station, once.

    Raises:
        ConfigError: See `prepare_scenes`.
    """
    prepare_scenes(child.station, child.config)


if __name__ == "__main__":
    sys.exit(run_child(run, "Prepare the pictures of the simulated camera"))
