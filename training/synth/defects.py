# SPDX-License-Identifier: AGPL-3.0-or-later
"""Defects painted into a scene. Each painter changes the picture inside one window and nothing else.

Labels are not guessed from parameters: `paint` compares the picture before and after and boxes the pixels
that changed. A defect that changed the picture too little to be seen is taken back and drawn again.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from training.synth.mark import MARK_REACH_PX
from training.synth.scene import (
    BORE_CHAMFER_PX,
    BORE_PX,
    FRAME_PX,
    HOLE_CHAMFER_PX,
    HOLE_COUNT,
    HOLE_PX,
    MARK_CENTRE_PX,
    RIM_CHAMFER_PX,
    RIM_PX,
    FloatImage,
    Scene,
    smooth_noise,
)

Box = tuple[float, float, float, float]

MIN_CONTRAST = 24.0  # grey levels that at least the strongest twentieth of the boxed pixels must change by
VISIBLE_CHANGE = 9.0  # grey levels from which a pixel counts as part of the defect
_TRIES = 60


@dataclass(frozen=True)
class Window:
    """A square cut-out of the frame with its coordinates relative to a centre.

    Attributes:
        rows: rows of the frame. columns: columns of the frame.
        dx: `(h, w) float32`, pixels right of the centre. dy: the same, below it.
    """

    rows: slice
    columns: slice
    dx: FloatImage
    dy: FloatImage


def _window(x: float, y: float, reach: float) -> Window:
    x0, x1 = max(0, int(x - reach)), min(FRAME_PX, int(x + reach) + 1)
    y0, y1 = max(0, int(y - reach)), min(FRAME_PX, int(y + reach) + 1)
    gy, gx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    return Window(slice(y0, y1), slice(x0, x1), gx - np.float32(x), gy - np.float32(y))


def _place_on_face(scene: Scene, rng: np.random.Generator, reach: float) -> tuple[float, float]:
    """Choose a centre on the flat face whose surroundings are mostly metal."""
    for _ in range(_TRIES):
        radius = rng.uniform(BORE_PX + BORE_CHAMFER_PX + 12, RIM_PX - RIM_CHAMFER_PX - 14)
        x, y = scene.pose.to_frame(radius, rng.uniform(0, 2 * math.pi))
        view = scene.material[max(0, int(y - reach)) : int(y + reach) + 1, max(0, int(x - reach)) : int(x + reach) + 1]
        if view.mean() > 0.8:
            return x, y
    return x, y


def _scratch(scene: Scene, rng: np.random.Generator) -> None:
    length = rng.uniform(100, 190)
    x, y = _place_on_face(scene, rng, 34)
    # Along the grooves a scratch would be a turning mark: keep at least 40 degrees away from them.
    radial = math.atan2(y - scene.pose.cy, x - scene.pose.cx)
    heading = radial + rng.uniform(-1, 1) * math.radians(50)
    bend = rng.uniform(-0.16, 0.16) * length
    t = np.linspace(-0.5, 0.5, 48)
    along, across = t * length, bend * (4 * t * t - 0.5)
    px = x + along * math.cos(heading) - across * math.sin(heading)
    py = y + along * math.sin(heading) + across * math.cos(heading)
    view = _window(x, y, length * 0.5 + abs(bend) + 8)
    points = np.stack([px - view.columns.start, py - view.rows.start], axis=1)
    shape = view.dx.shape
    core, lip = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    width = rng.uniform(3.2, 5.2)
    shift = 2.0 * np.array([math.cos(scene.light), math.sin(scene.light)])
    for i in range(len(points) - 1):
        thick = max(1, round(width * (1 - 0.8 * abs(t[i]) + 0.2 * rng.standard_normal())))
        for canvas, offset in ((core, 0.0), (lip, 1.0)):
            a, b = (np.rint((points[j] + offset * shift) * 16).astype(int).tolist() for j in (i, i + 1))
            cv2.line(canvas, a, b, 255, thick, cv2.LINE_AA, 4)
    patch = scene.image[view.rows, view.columns]
    metal = scene.material[view.rows, view.columns] / np.float32(255)
    depth = rng.uniform(85, 115) * (-1 if patch.mean() > 112 else 1)
    patch += metal * (core * np.float32(depth) - lip * np.float32(depth * 0.5))


def _dent(scene: Scene, rng: np.random.Generator) -> None:
    radius = rng.uniform(19, 34)
    x, y = _place_on_face(scene, rng, radius)
    view = _window(x, y, radius * 2)
    turn, squeeze = rng.uniform(0, math.pi), rng.uniform(0.75, 1.0)
    c, s = math.cos(turn), math.sin(turn)
    u = (view.dx * c + view.dy * s) / radius
    v = (-view.dx * s + view.dy * c) / (radius * squeeze)
    bowl = np.exp(-((u * u + v * v) ** 1.3) * 1.2)
    slope = -(view.dx * math.cos(scene.light) + view.dy * math.sin(scene.light)) / radius
    metal = scene.material[view.rows, view.columns]
    shade = rng.uniform(85, 130) * slope * bowl - rng.uniform(14, 26) * bowl
    scene.image[view.rows, view.columns] += metal * np.asarray(shade, dtype=np.float32)


def _blob_distance(view: Window, rng: np.random.Generator, radius: float, rough: float) -> FloatImage:
    """Distance from the centre over the radius of an irregular outline: below 1 is inside."""
    distance, angle = cv2.cartToPolar(view.dx, view.dy)
    outline = np.full(angle.shape, radius, dtype=np.float32)
    for order in (2, 3, 4, 5, 7):
        outline *= 1 + rough / order * rng.standard_normal() * np.cos(order * angle + rng.uniform(0, 6.28))
    return np.asarray(distance / np.maximum(outline, 0.4 * radius), dtype=np.float32)


def _stain(scene: Scene, rng: np.random.Generator) -> None:
    radius = rng.uniform(25, 46)
    x, y = _place_on_face(scene, rng, radius)
    view = _window(x, y, radius * 1.9)
    d = _blob_distance(view, rng, radius, 0.3)
    inside = np.clip((1 - d) / 0.1, 0, 1)
    drying_edge = np.exp(-(((d - 0.92) / 0.09) ** 2))
    mottle = smooth_noise(rng, d.shape[0], d.shape[1], 9, 9) * 0.05
    absorb = inside * (rng.uniform(0.32, 0.5) + mottle) + 0.14 * drying_edge
    scene.image[view.rows, view.columns] *= 1 - scene.material[view.rows, view.columns] * absorb


def _discoloration(scene: Scene, rng: np.random.Generator) -> None:
    radius = rng.uniform(42, 72)
    x, y = _place_on_face(scene, rng, radius * 0.7)
    view = _window(x, y, radius * 1.7)
    d = _blob_distance(view, rng, radius, 0.24)
    # Oxide grows thinner outwards, so heat tint shows interference bands around the hottest place.
    bands = 0.68 + 0.32 * np.cos(d * rng.uniform(7.5, 10.5) + rng.uniform(-0.6, 0.6))
    fade = np.clip((1.15 - d) / 0.45, 0, 1)
    tint = -rng.uniform(42, 64) * bands * fade
    metal = scene.material[view.rows, view.columns]
    scene.image[view.rows, view.columns] += metal * np.asarray(tint, dtype=np.float32)


def _burr(scene: Scene, rng: np.random.Generator) -> None:
    edge = rng.choice(["bore", "hole", "rim"])
    scale = scene.pose.scale
    if edge == "hole":
        # Only a hole that was drilled can have a burr: its centre is void.
        drilled = [
            (x, y)
            for x, y in (scene.pose.hole_centre(i) for i in range(HOLE_COUNT))
            if scene.material[int(y), int(x)] < 0.5
        ]
        x, y = drilled[int(rng.integers(len(drilled)))]
        radius, outward = HOLE_PX * scale, -1.0
        arc, height = rng.uniform(40, 60), rng.uniform(10, 15)
    else:
        x, y = scene.pose.cx, scene.pose.cy
        radius, outward = (BORE_PX * scale, -1.0) if edge == "bore" else (RIM_PX * scale, 1.0)
        arc, height = rng.uniform(42, 90), rng.uniform(12, 21)
    view = _window(x, y, radius + height + 6)
    distance, angle = cv2.cartToPolar(view.dx, view.dy)
    middle = rng.uniform(0, 2 * math.pi)
    along = (np.mod(angle - middle + math.pi, 2 * math.pi) - math.pi) * radius / (arc / 2)
    teeth = np.abs(rng.standard_normal(24)) * 0.3 + 0.5
    position = (along + 1) * (len(teeth) - 1) / 2
    ragged = np.interp(position, np.arange(len(teeth)), teeth)
    profile = height * ragged * np.sqrt(np.clip(1 - along * along, 0, 1))
    out = (distance - radius) * outward
    cover = np.clip(profile - out, 0, 1) * np.clip(out + 3.5, 0, 1) * (profile > 0.5)
    brightness = rng.uniform(165, 200)
    height_px, width_px = view.dx.shape
    grain = smooth_noise(rng, height_px, width_px, height_px // 3, width_px // 3)
    glint = brightness + 16 * grain
    flank = glint - 80 * np.clip(-out / 3.5, 0, 1) - 40 * np.clip(out / height, 0, 1)
    patch = scene.image[view.rows, view.columns]
    patch += np.asarray(cover * (flank - patch), dtype=np.float32)


PAINTERS: dict[str, Callable[[Scene, np.random.Generator], None]] = {
    "scratch": _scratch,
    "dent": _dent,
    "stain": _stain,
    "burr": _burr,
    "discoloration": _discoloration,
}


def _changed_box(before: FloatImage, after: FloatImage) -> Box | None:
    """Box `(x1, y1, x2, y2)` of the visible change in frame pixels, or None if it cannot be seen well."""
    change = np.abs(np.clip(after, 0, 255) - np.clip(before, 0, 255))
    change = cv2.blur(change, (3, 3))
    ys, xs = np.nonzero(change > VISIBLE_CHANGE)
    if len(xs) < 60:
        return None
    box = change[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    if np.sort(box[box > VISIBLE_CHANGE])[-max(20, box.size // 40) :][0] < MIN_CONTRAST:
        return None
    pad = 2
    return (
        float(max(0, xs.min() - pad)),
        float(max(0, ys.min() - pad)),
        float(min(FRAME_PX, xs.max() + 1 + pad)),
        float(min(FRAME_PX, ys.max() + 1 + pad)),
    )


def _free(scene: Scene, box: Box, taken: list[Box]) -> bool:
    """Whether the box keeps clear of other defects and of the serial, which must stay readable."""
    mx, my = scene.pose.to_frame(MARK_CENTRE_PX, scene.pose.mark_angle)
    dx, dy = max(box[0] - mx, 0, mx - box[2]), max(box[1] - my, 0, my - box[3])
    if math.hypot(dx, dy) < MARK_REACH_PX * scene.pose.scale:
        return False
    return all(box[2] < t[0] or t[2] < box[0] or box[3] < t[1] or t[3] < box[1] for t in taken)


def paint(scene: Scene, name: str, rng: np.random.Generator, taken: list[Box]) -> Box | None:
    """Paint one defect of class `name` where it is visible and apart from the boxes in `taken`.

    Returns:
        Its box in frame pixels, or None (scene unchanged) if no place was found.
    """
    before = scene.image
    for _ in range(_TRIES):
        scene.image = before.copy()
        PAINTERS[name](scene, rng)
        box = _changed_box(before, scene.image)
        if box is not None and _free(scene, box, taken):
            return box
    scene.image = before
    return None


def missing_hole_box(scene: Scene, index: int) -> Box:
    """Box of the place where bolt hole `index` should be."""
    x, y = scene.pose.hole_centre(index)
    reach = (HOLE_PX + HOLE_CHAMFER_PX) * scene.pose.scale + 1
    return (x - reach, y - reach, x + reach, y + reach)
