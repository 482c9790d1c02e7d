# SPDX-License-Identifier: AGPL-3.0-or-later
"""The image gate measures exactly, and each of its limits is named when it is not met."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import data_samples
from inspector.detect.gate import measure_gate
from inspector.part import ImageArray
from inspector.recipe import Recipe
from inspector.recipe.settings import GateLimits, PartPresence

OPEN = GateLimits()


def flat(level: int) -> ImageArray:
    return np.full((60, 80), level, dtype=np.uint8)


@pytest.mark.parametrize("level", [0, 1, 100, 255])
def test_a_flat_image(level: int) -> None:
    result = measure_gate(flat(level), OPEN)
    assert (result.brightness_milli, result.sharpness_milli, result.failed) == (1000 * level, 0, ())


@settings(max_examples=30)
@given(arrays(np.uint8, st.tuples(st.integers(3, 20), st.integers(3, 20))))
def test_equal_to_the_definition(image: ImageArray) -> None:
    result = measure_gate(image, OPEN)
    padded = np.pad(image.astype(np.int64), 1, mode="reflect")
    laplacian = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * padded[1:-1, 1:-1]
    assert result.brightness_milli == int(image.sum(dtype=np.int64)) * 1000 // image.size
    assert result.sharpness_milli == pytest.approx(1000 * laplacian.var(), abs=1)


@pytest.mark.parametrize(
    ("limits", "failed"),
    [
        (GateLimits(brightness_min=100), ()),
        (GateLimits(brightness_min=101), ("brightness_min",)),
        (GateLimits(brightness_max=100), ()),
        (GateLimits(brightness_max=99), ("brightness_max",)),
        (GateLimits(sharpness_min=1), ("sharpness_min",)),
        (GateLimits(brightness_min=101, sharpness_min=1), ("brightness_min", "sharpness_min")),
        (GateLimits(part=PartPresence(level=99, area_min=1)), ()),
        (GateLimits(part=PartPresence(level=100, area_min=1)), ("part_found",)),
        (GateLimits(part=PartPresence(level=101, brighter=False, area_min=1)), ()),
        (GateLimits(part=PartPresence(level=100, brighter=False, area_min=1)), ("part_found",)),
        (GateLimits(part=PartPresence(level=50, area_min=0, area_max=0)), ("part_found",)),
    ],
)
def test_limits(limits: GateLimits, failed: tuple[str, ...]) -> None:
    assert measure_gate(flat(100), limits).failed == failed


def test_the_shipped_recipe_accepts_the_samples_and_refuses_spoilt_ones() -> None:
    limits = Recipe.load(data_samples.recipe_file()).gate
    for label in data_samples.labels():
        image = cv2.imread(str(data_samples.images_dir() / label.file), cv2.IMREAD_GRAYSCALE)
        assert measure_gate(image, limits).failed == (), label.file
        assert measure_gate(cv2.GaussianBlur(image, (0, 0), 3), limits).failed == ("sharpness_min",)
        assert "brightness_min" in measure_gate(image // 4, limits).failed
    assert "part_found" in measure_gate(flat(60), limits).failed
