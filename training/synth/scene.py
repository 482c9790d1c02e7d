# SPDX-License-Identifier: AGPL-3.0-or-later
"""Geometry of the part and the picture of a faultless one.

Lengths named `*_PX` are nominal pixels of the part drawing: at pose scale 1.0 they are pixels of the
640 x 640 frame. Angles are radians, clockwise in the picture because y points down.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]

CLASS_NAMES = ("scratch", "dent", "stain", "missing_hole", "burr", "discoloration")

FRAME_PX = 640
RIM_PX = 262.0  # outer radius of the flange
RIM_CHAMFER_PX = 9.0
SHOULDER_PX = 234.0  # a shallow turned step near the rim
HUB_PX = 78.0  # the raised ring around the bore ends here
BORE_PX = 62.0
BORE_CHAMFER_PX = 7.0
HOLE_COUNT = 6
HOLE_CIRCLE_PX = 200.0
HOLE_PX = 21.0
HOLE_CHAMFER_PX = 4.0
MARK_CENTRE_PX = 128.0  # distance of the DataMatrix from the axis, midway between two bolt holes

_ROWS_PER_PX = 2
_POLAR_ROWS = int((RIM_PX + 14) * _ROWS_PER_PX)
_POLAR_COLUMNS = 512


@dataclass(frozen=True)
class Pose:
    """Where the part lies: axis in frame pixels, rotation in radians, scale around 1."""

    cx: float
    cy: float
    rotation: float
    scale: float

    def to_frame(self, radius_px: float, angle: float) -> tuple[float, float]:
        """Map a polar position in the part drawing to frame pixels (x, y)."""
        r, a = radius_px * self.scale, angle + self.rotation
        return self.cx + r * math.cos(a), self.cy + r * math.sin(a)

    def hole_centre(self, index: int) -> tuple[float, float]:
        """Centre of bolt hole `index` (0..5) in frame pixels."""
        return self.to_frame(HOLE_CIRCLE_PX, index * 2 * math.pi / HOLE_COUNT)

    @property
    def mark_angle(self) -> float:
        """Angle of the DataMatrix in the part drawing."""
        return math.pi / HOLE_COUNT


@dataclass
class Scene:
    """A picture in the making.

    Attributes:
        image: `(640, 640) float32`, grey levels 0..255, before lens blur and sensor noise.
        material: `(640, 640) float32`, 1 where the surface is metal, 0 in holes and background.
        light: direction the light comes from, radians in the frame.
        finish: grey level of the bare face under even light.
    """

    image: FloatImage
    material: FloatImage
    pose: Pose
    light: float
    finish: float


def smooth_noise(rng: np.random.Generator, height: int, width: int, cells_y: int, cells_x: int) -> FloatImage:
    """Return `(height, width) float32` noise about N(0, 1) whose grains are `height/cells_y` pixels high."""
    coarse = rng.standard_normal((cells_y, cells_x), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


@lru_cache(maxsize=1)
def _grids() -> tuple[FloatImage, FloatImage, FloatImage, FloatImage]:
    """Pixel coordinates of the frame, a belt weave larger than the frame, and polar angles of the texture."""
    y, x = np.mgrid[0:FRAME_PX, 0:FRAME_PX].astype(np.float32)
    wy, wx = np.mgrid[0 : FRAME_PX + 64, 0 : FRAME_PX + 64].astype(np.float32)
    weave = np.sin((wx + wy) * (2 * math.pi / 7.0)) * np.sin((wx - wy) * (2 * math.pi / 7.0))
    theta = np.linspace(0, 2 * math.pi, _POLAR_COLUMNS + 1, dtype=np.float32)[None, :]
    return x, y, weave.astype(np.float32), theta


def _wrapped(angle: FloatImage) -> FloatImage:
    return np.asarray(np.mod(angle + math.pi, 2 * math.pi) - math.pi, dtype=np.float32)


def _face_texture(rng: np.random.Generator, light: float, finish: float) -> FloatImage:
    """Paint everything that is round about the axis in polar form: `(rows, 513) float32`.

    Rows are radii, columns angles in the frame. Turning leaves concentric grooves, so their reflection is
    a pair of radial streaks (anisotropic highlight) and noise that is long along the angle.
    """
    _, _, _, theta = _grids()
    rows, columns = _POLAR_ROWS, _POLAR_COLUMNS + 1
    radius: FloatImage = np.asarray(np.arange(rows)[:, None] / _ROWS_PER_PX, dtype=np.float32)
    pitch = rng.uniform(3.2, 5.0)
    feed = np.sin(2 * math.pi * radius / pitch + smooth_noise(rng, rows, 1, 40, 1) * 0.9)
    grooves = feed * rng.uniform(1.5, 3.5) + smooth_noise(rng, rows, 1, rows // 2, 1) * rng.uniform(2.5, 4.5)
    bands = smooth_noise(rng, rows, 1, 14, 1) * rng.uniform(1.0, 3.0)
    arcs = smooth_noise(rng, rows, columns, rows // 2, 24) * rng.uniform(1.8, 3.2)
    texture = finish + grooves + bands + arcs
    wander = smooth_noise(rng, rows, 1, 18, 1) * 0.035 + smooth_noise(rng, rows, 1, rows // 2, 1) * 0.05
    for turn, strength in ((0.0, 1.0), (math.pi, 0.75), (math.pi / 2 + rng.uniform(-0.3, 0.3), 0.25)):
        off = _wrapped(theta - (light + turn) + wander)
        width = rng.uniform(0.16, 0.36)
        texture = texture + rng.uniform(24, 46) * strength * np.exp(-((off / width) ** 2) * 0.5)
    facing = np.cos(theta - light)
    texture = texture + 7.0 * facing
    # Turned steps: a line that is bright where its flank faces the light and dark opposite.
    for step_px, outward in ((SHOULDER_PX, 1.0), (HUB_PX, 1.0), (SHOULDER_PX + 5, -0.6)):
        texture += 20.0 * outward * facing * np.exp(-(((radius - step_px) / 1.3) ** 2))
    texture[int(SHOULDER_PX * _ROWS_PER_PX) :] -= rng.uniform(6, 12)
    _paint_ring(texture, radius, RIM_PX - RIM_CHAMFER_PX, RIM_PX + 14, finish * 0.82 + 62 * facing)
    _paint_ring(texture, radius, BORE_PX, BORE_PX + BORE_CHAMFER_PX, finish * 0.85 - 62 * facing)
    wall = 14 + 46 * np.clip(-facing, 0, 1) * np.clip(radius / BORE_PX, 0, 1) ** 7
    _paint_ring(texture, radius, -1, BORE_PX, wall, grain=0.06)
    return np.asarray(texture, dtype=np.float32)


def _paint_ring(
    texture: FloatImage, radius: FloatImage, inner: float, outer: float, value: FloatImage, grain: float = 0.25
) -> None:
    """Repaint the rows between two radii with `value`, keeping a share `grain` of the turning marks."""
    keep = ((radius >= inner) & (radius < outer))[:, 0]
    texture[keep] = np.broadcast_to(value, texture.shape)[keep] + grain * (texture[keep] - texture[keep].mean())


def _background(rng: np.random.Generator) -> FloatImage:
    """A worn conveyor belt: mottled, faintly woven, darker than the part."""
    _, _, weave, _ = _grids()
    oy, ox = (int(v) for v in rng.integers(0, 64, 2))
    picture = np.full((FRAME_PX, FRAME_PX), rng.uniform(38, 62), dtype=np.float32)
    for cells, amplitude in ((5, 6.0), (22, 3.5), (110, 2.5)):
        picture += smooth_noise(rng, FRAME_PX, FRAME_PX, cells, cells) * amplitude
    picture += weave[oy : oy + FRAME_PX, ox : ox + FRAME_PX] * rng.uniform(1.5, 3.5)
    return picture


def drill(scene: Scene, x: float, y: float) -> None:
    """Cut one bolt hole with its chamfer into the picture and the material mask, at frame pixels (x, y)."""
    scale = scene.pose.scale
    outer = (HOLE_PX + HOLE_CHAMFER_PX) * scale
    x0, y0 = int(x - outer - 3), int(y - outer - 3)
    size = int(2 * outer + 7)
    window = np.s_[y0 : y0 + size, x0 : x0 + size]
    gy, gx = np.mgrid[y0 : y0 + size, x0 : x0 + size].astype(np.float32)
    radius, angle = cv2.cartToPolar(gx - np.float32(x), gy - np.float32(y))
    facing = np.cos(angle - scene.light)
    patch = scene.image[window]
    chamfer = np.clip(outer - radius + 0.5, 0, 1)
    patch += chamfer * (scene.finish * 0.85 - 58 * facing - patch)
    hole = np.clip(HOLE_PX * scale - radius + 0.5, 0, 1)
    wall = 12 + 44 * np.clip(-facing, 0, 1) * np.clip(radius / (HOLE_PX * scale), 0, 1) ** 5
    patch += hole * (wall - patch)
    scene.material[window] *= 1 - hole


def faultless_scene(rng: np.random.Generator, skip_hole: int | None = None) -> Scene:
    """Draw a part without surface defects in a random pose and light.

    Args:
        rng: source of every random choice.
        skip_hole: index of a bolt hole that was never drilled, or None.

    Returns:
        The scene, without the serial mark, lens blur and noise.
    """
    pose = Pose(
        cx=FRAME_PX / 2 + rng.uniform(-18, 18),
        cy=FRAME_PX / 2 + rng.uniform(-18, 18),
        rotation=rng.uniform(0, 2 * math.pi),
        scale=rng.uniform(0.96, 1.04),
    )
    light = rng.uniform(0, 2 * math.pi)
    finish = rng.uniform(112, 142)
    x, y, _, _ = _grids()
    radius, angle = cv2.cartToPolar(x - np.float32(pose.cx), y - np.float32(pose.cy))
    texture = _face_texture(rng, light, finish)
    part = cv2.remap(
        texture,
        angle * np.float32(_POLAR_COLUMNS / (2 * math.pi)),
        radius * np.float32(_ROWS_PER_PX / pose.scale),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    rim = RIM_PX * pose.scale
    ground = _background(rng)
    lift = rng.uniform(8, 16)
    reach = radius + lift * np.cos(angle - np.float32(light))
    ground *= 1 - 0.62 * np.clip((rim + 16 - reach) / 26, 0, 1)
    inside = np.clip(rim - radius + 0.5, 0, 1)
    image = ground + inside * (part - ground)
    material = inside * np.clip(radius - BORE_PX * pose.scale + 0.5, 0, 1)
    scene = Scene(
        image=np.asarray(image, dtype=np.float32),
        material=np.asarray(material, dtype=np.float32),
        pose=pose,
        light=light,
        finish=finish,
    )
    for index in range(HOLE_COUNT):
        if index != skip_hole:
            drill(scene, *pose.hole_centre(index))
    return scene


def photograph(scene: Scene, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Expose the scene: uneven light, lens blur, shot and read noise; returns `(640, 640) uint8`."""
    x, y, _, _ = _grids()
    tilt = rng.uniform(0.02, 0.14)
    ramp = (x - FRAME_PX / 2) * np.float32(math.cos(scene.light) * tilt / (FRAME_PX / 2))
    ramp += (y - FRAME_PX / 2) * np.float32(math.sin(scene.light) * tilt / (FRAME_PX / 2))
    image = scene.image * (1 + ramp) * np.float32(rng.uniform(0.88, 1.1))
    blurred = cv2.GaussianBlur(image, (5, 5), float(rng.uniform(0.55, 0.95)))
    image = np.asarray(blurred, dtype=np.float32)
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    image += noise * np.sqrt(np.clip(image, 0, 255) * np.float32(0.035) + np.float32(rng.uniform(1.0, 3.0)))
    return np.asarray(np.clip(image + 0.5, 0, 255), dtype=np.uint8)
