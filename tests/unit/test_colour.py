# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each pixel format keeps its colours: red stays red whatever the camera's Bayer tile is."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.detect.colour import model_image, to_bgr, to_grey
from inspector.errors import FrameBad
from inspector.part import Frame, ImageArray, PixelFormat

# Channel of each photosite in the 2 x 2 tile, by PFNC: the name gives the first row.
TILES = {
    PixelFormat.BAYER_RG8: "RGGB",
    PixelFormat.BAYER_GR8: "GRBG",
    PixelFormat.BAYER_GB8: "GBRG",
    PixelFormat.BAYER_BG8: "BGGR",
}
BLUE, GREEN, RED = 20, 90, 200


def frame(pixels: ImageArray, pixel_format: PixelFormat) -> Frame:
    return Frame("cam", 1, 0, 0, pixel_format, pixels)


def mosaic(tile: str) -> ImageArray:
    values = [{"R": RED, "G": GREEN, "B": BLUE}[letter] for letter in tile]
    return np.tile(np.array(values, dtype=np.uint8).reshape(2, 2), (8, 8))


@pytest.mark.parametrize("pixel_format", TILES)
def test_bayer_colours(pixel_format: PixelFormat) -> None:
    bgr = to_bgr(frame(mosaic(TILES[pixel_format]), pixel_format))
    assert bgr.shape == (16, 16, 3)
    assert np.array_equal(bgr[2:-2, 2:-2].reshape(-1, 3).max(axis=0), [BLUE, GREEN, RED])
    assert np.array_equal(bgr[2:-2, 2:-2].reshape(-1, 3).min(axis=0), [BLUE, GREEN, RED])


@pytest.mark.parametrize("pixel_format", TILES)
def test_bayer_grey_weighs_the_colours(pixel_format: PixelFormat) -> None:
    grey = to_grey(frame(mosaic(TILES[pixel_format]), pixel_format))
    expected = 0.299 * RED + 0.587 * GREEN + 0.114 * BLUE
    assert np.abs(grey[2:-2, 2:-2].astype(float) - expected).max() <= 1


def test_rgb_bgr_and_mono() -> None:
    bgr = np.zeros((4, 5, 3), dtype=np.uint8)
    bgr[...] = (BLUE, GREEN, RED)
    rgb_frame = frame(np.ascontiguousarray(bgr[:, :, ::-1]), PixelFormat.RGB8)
    assert np.array_equal(to_bgr(rgb_frame), bgr)
    assert to_bgr(frame(bgr, PixelFormat.BGR8)) is bgr
    assert np.array_equal(to_grey(rgb_frame), to_grey(frame(bgr, PixelFormat.BGR8)))
    mono = np.arange(20, dtype=np.uint8).reshape(4, 5)
    assert to_grey(frame(mono, PixelFormat.MONO8)) is mono
    assert model_image(frame(mono, PixelFormat.MONO8)) is mono
    assert np.array_equal(to_bgr(frame(mono, PixelFormat.MONO8))[:, :, 1], mono)
    assert np.array_equal(model_image(rgb_frame), bgr)


@pytest.mark.parametrize(
    ("shape", "pixel_format"),
    [
        ((4, 4), PixelFormat.RGB8),
        ((4, 4, 3), PixelFormat.MONO8),
        ((4, 4, 3), PixelFormat.BAYER_RG8),
        ((0, 4), PixelFormat.MONO8),
    ],
)
def test_a_shape_that_contradicts_the_format_is_refused(shape: tuple[int, ...], pixel_format: PixelFormat) -> None:
    for convert in (to_bgr, to_grey, model_image):
        with pytest.raises(FrameBad):
            convert(frame(np.zeros(shape, dtype=np.uint8), pixel_format))
