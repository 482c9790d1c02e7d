# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small drawn pictures of drawn parts, and a detector that is good enough for them.

A scenario examines the line, not the model: what is found on a picture follows from its pixels by plain image
processing, so that every verdict of a scenario can be explained.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from inspector.detect.package import FORMAT, ModelManifest, ModelPackage
from inspector.part import Detection, ImageArray
from inspector.recipe import Recipe

WIDTH, HEIGHT = 64, 48
PART_WIDTH, PART_HEIGHT = 36, 24
BACKGROUND, SURFACE, SPOT = 40, 170, 70
LIGHT_FROM = 105
"""Grey level between part and background."""
NOISE = 2.0
_Light = np.ndarray[tuple[int, int], np.dtype[np.float32]]
SPOT_AREA_PX = 6

RECIPE = b"""\
format = "inspector-recipe/1"
name = "drawn-part"
version = "1"

[gate]
brightness_min = 55
brightness_max = 79
sharpness_min = 150

[gate.part]
level = 105
area_min = 0.20
area_max = 0.34

[classes.spot]
min_score = 0.3
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a camera sees of one part, or of an empty place.

    Attributes:
        seed: Seed of the surface's texture.
        defect: A dark spot on it.
        empty: There is no part.
        width_px: Width of the part.
        height_px: Height of the part.
        surface: Its grey level.
    """

    seed: int
    defect: bool = False
    empty: bool = False
    width_px: int = PART_WIDTH
    height_px: int = PART_HEIGHT
    surface: int = SURFACE


@dataclass(frozen=True, slots=True)
class Scene:
    """What is before the lens at one exposure, and what lens and lamp make of it.

    Attributes:
        look: The part.
        second: Another part that is in view.
        light: Factor of the brightness.
        blur_px: Sigma of the defocus.
        shift_px: Displacement to the right.
        turn_deg: Rotation.
        dust: A spot on the lens.
        glare: A reflection of the lamp.
    """

    look: Look
    second: Look | None = None
    light: float = 1.0
    blur_px: float = 0.0
    shift_px: int = 0
    turn_deg: float = 0.0
    dust: bool = False
    glare: bool = False

    def with_light(self, factor: float) -> Scene:
        """The same with more or less light."""
        return replace(self, light=self.light * factor)


def draw(scene: Scene, exposure: int) -> ImageArray:
    """The picture, `(48, 64) uint8`.

    Args:
        scene: What is to be seen.
        exposure: Number of the exposure: the sensor's noise is another one each time.
    """
    image: _Light = np.full((HEIGHT, WIDTH), float(BACKGROUND), np.float32)
    _draw_part(image, scene.look, (WIDTH - scene.look.width_px) // 2 + scene.shift_px)
    if scene.second is not None:
        _draw_part(image, scene.second, (WIDTH + PART_WIDTH) // 2 + 1 + scene.shift_px)
    if scene.turn_deg:
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), scene.turn_deg, 1.0)
        image = np.asarray(cv2.warpAffine(image, turn, (WIDTH, HEIGHT), borderValue=(BACKGROUND,)), np.float32)
    if scene.blur_px:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), scene.blur_px), np.float32)
    if scene.glare:
        image[16:28, 20:36] = 255
    if scene.dust:
        image[20:25, 30:35] = SPOT
    noise = np.random.default_rng((exposure, scene.look.seed)).normal(0.0, NOISE, image.shape)
    return np.clip(image * scene.light + noise, 0, 255).astype(np.uint8)


def _draw_part(image: _Light, look: Look, left: int) -> None:
    if look.empty:
        return
    texture = np.random.default_rng(look.seed)
    surface = look.surface + texture.normal(0.0, 6.0, (look.height_px, look.width_px))
    if look.defect:
        y = int(texture.integers(4, look.height_px - 9))
        x = int(texture.integers(4, look.width_px - 9))
        surface[y : y + 5, x : x + 5] = SPOT
    top = (HEIGHT - look.height_px) // 2
    first, last = max(0, left), min(WIDTH, left + look.width_px)
    if first < last:
        image[top : top + look.height_px, first:last] = surface[:, first - left : last - left]


def find_spots(image: ImageArray) -> tuple[Detection, ...]:
    """Dark places inside the part.

    Args:
        image: `(h, w) uint8` or `(h, w, 3) uint8`.

    Returns:
        Detections of class "spot"; the score is the contrast to the surface.
    """
    grey = image if image.ndim == 2 else image[:, :, 0]
    light = grey > LIGHT_FROM
    rows, columns = np.flatnonzero(light.any(axis=1)), np.flatnonzero(light.any(axis=0))
    if not rows.size or not columns.size:
        return ()
    top, left = int(rows[0]), int(columns[0])
    inside = grey[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    surface = float(np.median(inside))
    dark = (inside <= LIGHT_FROM).astype(np.uint8)
    _, _, blobs, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    found = []
    for x, y, width, height, area in (tuple(int(value) for value in blob) for blob in blobs[1:]):
        touches_edge = x == 0 or y == 0 or x + width == inside.shape[1] or y + height == inside.shape[0]
        if area < SPOT_AREA_PX or touches_edge:
            continue
        contrast = (surface - float(inside[y : y + height, x : x + width].min())) / max(surface, 1.0)
        box = (16 * (left + x), 16 * (top + y), 16 * (left + x + width), 16 * (top + y + height))
        found.append(Detection("spot", min(1_000_000, int(contrast * 1_000_000)), box))
    return tuple(sorted(found, key=lambda detection: -detection.score_ppm))


def recipe() -> Recipe:
    """The rules for drawn parts."""
    return Recipe.parse(RECIPE, "the scenario's recipe")


def package(version: str = "1") -> ModelPackage:
    """What the records say judged the parts: not a network, and its provenance says so.

    Args:
        version: Another one stands for another model.
    """
    fields: dict[str, object] = {
        "format": FORMAT,
        "name": "drawn-spots",
        "version": version,
        "classes": ["spot"],
        "input": {"width": WIDTH, "height": HEIGHT, "pad_value": 114},
        "thresholds": {"score_ppm": 250_000, "iou_ppm": 450_000, "max_detections": 300},
        "precision": "f32",
        "weights": {"kind": "onnx", "files": {"none.onnx": hashlib.sha256(b"").hexdigest()}},
        "provenance": {"command": "no network: dark places inside the part, by plain image processing"},
    }
    fields["digest"] = hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    manifest = ModelManifest.model_validate_json(json.dumps(fields))
    return ModelPackage(Path("scenario"), manifest, {"none.onnx": b""})
