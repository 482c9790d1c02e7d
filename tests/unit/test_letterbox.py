# SPDX-License-Identifier: AGPL-3.0-or-later
"""The letterbox does what training did, to the pixel, and boxes find their way back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.detect.letterbox import Letterbox, Placement
from inspector.errors import InferenceFailed
from inspector.part import ImageArray

SIDES = st.integers(1, 5000)
INPUTS = st.sampled_from([32, 224, 320, 640])


def noise(*shape: int) -> ImageArray:
    return np.random.default_rng(7).integers(0, 256, shape, dtype=np.uint8)


def canvas(width: int, height: int) -> ImageArray:
    return np.zeros((height, width, 3), dtype=np.uint8)


# Left, top, width and height worked out by hand from ratio, round and padding/2 - 0.1.
@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ((640, 640), (640, 640), (0, 0, 640, 640)),
        ((1280, 1280), (640, 640), (0, 0, 640, 640)),
        ((640, 400), (320, 320), (0, 60, 320, 200)),
        ((400, 640), (320, 320), (60, 0, 200, 320)),
        ((641, 480), (320, 320), (0, 40, 320, 240)),
        ((639, 427), (640, 640), (0, 106, 640, 428)),
        ((333, 500), (640, 640), (107, 0, 426, 640)),
        ((501, 334), (640, 640), (0, 106, 640, 427)),
        ((2448, 2048), (640, 640), (0, 52, 640, 535)),
        ((100, 100), (640, 384), (128, 0, 384, 384)),
        ((3000, 1), (640, 640), (0, 319, 640, 1)),
        ((1, 1), (32, 32), (0, 0, 32, 32)),
    ],
)
def test_known_placements(
    source: tuple[int, int], target: tuple[int, int], expected: tuple[int, int, int, int]
) -> None:
    placement = Placement.fit(*source, *target)
    assert (placement.left, placement.top, placement.width, placement.height) == expected


@given(SIDES, SIDES, INPUTS, INPUTS)
def test_the_scaled_image_always_lies_inside(source_w: int, source_h: int, width: int, height: int) -> None:
    placement = Placement.fit(source_w, source_h, width, height)
    assert placement.left >= 0
    assert placement.top >= 0
    assert placement.left + placement.width <= width
    assert placement.top + placement.height <= height
    assert placement.width == width or placement.height == height


@given(SIDES, SIDES, INPUTS, INPUTS, st.lists(st.floats(-2000, 7000), min_size=4, max_size=4))
def test_boxes_come_back_inside_the_image(
    source_w: int, source_h: int, width: int, height: int, values: list[float]
) -> None:
    box = Placement.fit(source_w, source_h, width, height).to_source(np.array([values]))[0]
    assert np.all(box >= 0)
    assert np.all(box <= [source_w, source_h, source_w, source_h])


@given(SIDES, SIDES, INPUTS, INPUTS)
def test_the_whole_placement_is_the_whole_image(source_w: int, source_h: int, width: int, height: int) -> None:
    placement = Placement.fit(source_w, source_h, width, height)
    corners = [
        placement.left,
        placement.top,
        placement.left + placement.width,
        placement.top + placement.height,
    ]
    back = placement.to_source(np.array([corners], dtype=np.float64))[0]
    assert np.allclose(back, [0, 0, source_w, source_h])


@pytest.mark.parametrize("shape", [(480, 641, 3), (500, 333, 3), (33, 901, 3), (640, 640, 3), (7, 5, 3)])
def test_pixels_equal_resize_and_border(shape: tuple[int, int, int]) -> None:
    image, target = noise(*shape), canvas(320, 320)
    placement = Letterbox(target, 114).place(image)
    scaled = cv2.resize(image, (placement.width, placement.height), interpolation=cv2.INTER_LINEAR)
    bottom = 320 - placement.top - placement.height
    right = 320 - placement.left - placement.width
    expected = cv2.copyMakeBorder(
        scaled, placement.top, bottom, placement.left, right, cv2.BORDER_CONSTANT, value=(114, 114, 114)
    )
    assert np.array_equal(target, expected)


@pytest.mark.parametrize("shape", [(480, 641), (333, 200), (640, 640), (1201, 1603)])
def test_grey_gives_the_same_canvas_as_its_bgr_copy(shape: tuple[int, int]) -> None:
    image = noise(*shape)
    grey, colour = canvas(640, 640), canvas(640, 640)
    Letterbox(grey, 114).place(image)
    Letterbox(colour, 114).place(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))
    assert np.array_equal(grey, colour)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 300)), min_size=2, max_size=5))
def test_a_reused_canvas_keeps_nothing_of_earlier_images(shapes: list[tuple[int, int]]) -> None:
    used = canvas(160, 96)
    letterbox = Letterbox(used, 114)
    for shape in shapes:
        letterbox.place(noise(*shape, 3))
    fresh = canvas(160, 96)
    Letterbox(fresh, 114).place(noise(*shapes[-1], 3))
    assert np.array_equal(used, fresh)


def test_strided_views_are_accepted() -> None:
    image = noise(200, 300, 3)
    flipped, copied = canvas(64, 64), canvas(64, 64)
    Letterbox(flipped, 114).place(image[::-1, ::2])
    Letterbox(copied, 114).place(image[::-1, ::2].copy())
    assert np.array_equal(flipped, copied)


@pytest.mark.parametrize("shape", [(0, 10, 3), (10, 0), (10, 10, 4), (10, 10, 1), (10,)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InferenceFailed):
        Letterbox(canvas(64, 64), 114).place(np.zeros(shape, dtype=np.uint8))


def test_other_types_are_refused() -> None:
    with pytest.raises(InferenceFailed):
        Letterbox(canvas(64, 64), 114).place(np.zeros((10, 10), dtype=np.uint16))  # type: ignore[arg-type]
