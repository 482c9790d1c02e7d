# SPDX-License-Identifier: AGPL-3.0-or-later
"""The laser mark: a DataMatrix (ISO/IEC 16022, ECC 200) with the serial, and the same serial as text."""

import math

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from training.synth.scene import MARK_CENTRE_PX, FloatImage, Scene

MODULE_PX = 5.0  # nominal frame pixels per module
QUIET_MODULES = 2  # the standard asks for one; two keep the code clear of turning marks
_OVERSAMPLE = 6
MARK_REACH_PX = 66.0  # half diagonal of the marked square: defects keep this distance


def _symbol(serial: str) -> NDArray[np.uint8]:
    """Return the modules as `(n, n) uint8`, 0 dark, 255 light, without a quiet zone."""
    code = zxingcpp.create_barcode(serial, zxingcpp.BarcodeFormat.DataMatrix)
    return np.array(code.to_image(scale=1, add_quiet_zones=False), dtype=np.uint8)


def _placed(stencil: FloatImage, scene: Scene, px_per_cell: float, angle: float) -> tuple[slice, slice, FloatImage]:
    """Warp a stencil so that its centre lies on the mark circle at `angle`, upright towards the rim."""
    x, y = scene.pose.to_frame(MARK_CENTRE_PX, angle)
    turn = angle + scene.pose.rotation + math.pi / 2
    scale = px_per_cell * scene.pose.scale
    half = int(math.hypot(*stencil.shape) * scale / 2) + 3
    x0, y0 = int(x) - half, int(y) - half
    c, s = math.cos(turn) * scale, math.sin(turn) * scale
    h, w = stencil.shape
    mx, my = (w - 1) / 2, (h - 1) / 2
    matrix = np.array([[c, -s, x - x0 - c * mx + s * my], [s, c, y - y0 - s * mx - c * my]], dtype=np.float64)
    size = 2 * half + 1
    warped = cv2.warpAffine(stencil, matrix, (size, size), flags=cv2.INTER_LINEAR)
    return slice(y0, y0 + size), slice(x0, x0 + size), np.asarray(warped, dtype=np.float32)


def engrave(scene: Scene, serial: str, rng: np.random.Generator) -> None:
    """Mark `serial` on the face: a frosted square with dark modules, and text on the other side of the bore."""
    dark = (_symbol(serial) == 0).astype(np.float32)
    dark = np.pad(dark, QUIET_MODULES)
    cells = np.kron(dark, np.ones((_OVERSAMPLE, _OVERSAMPLE), dtype=np.float32))
    frost = np.ones_like(cells)
    cells = np.asarray(cv2.GaussianBlur(cells, (5, 5), 1.0), dtype=np.float32)
    angle = scene.pose.mark_angle
    per_cell = MODULE_PX / _OVERSAMPLE
    rows, columns, burnt = _placed(cells, scene, per_cell, angle)
    _, _, frosted = _placed(frost, scene, per_cell, angle)
    patch = scene.image[rows, columns]
    speckle = rng.standard_normal(patch.shape, dtype=np.float32)
    patch += 0.72 * frosted * (scene.finish + rng.uniform(34, 48) + 3.5 * speckle - patch)
    patch *= 1 - burnt * np.clip(rng.uniform(0.62, 0.72) + 0.05 * speckle, 0, 1)
    _engrave_text(scene, serial, angle + math.pi, rng)


def _engrave_text(scene: Scene, serial: str, angle: float, rng: np.random.Generator) -> None:
    # One stroke per line, as a galvo laser writes it: OpenCV's Hershey letters are exactly that.
    card = np.zeros((60, 132), dtype=np.uint8)
    for line, baseline in (("FL-262", 24), (serial, 50)):
        (width, _), _ = cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, 0.62, 1)
        at = (66 - width // 2, baseline)
        cv2.putText(card, line, at, cv2.FONT_HERSHEY_SIMPLEX, 0.62, 255, 2, cv2.LINE_AA)
    stencil = card.astype(np.float32) / np.float32(255)
    rows, columns, burnt = _placed(stencil, scene, 0.85, angle)
    scene.image[rows, columns] *= 1 - burnt * np.float32(rng.uniform(0.42, 0.55))
