# SPDX-License-Identifier: AGPL-3.0-or-later
"""Frames on their way into the ring: numbered, copied once, and the bad ones named."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.camera.intake import Intake
from inspector.camera.protocol import Grabbed, StreamFormat, padded_view
from inspector.camera.ring import Ring
from inspector.part import PixelFormat

SHAPE = (16, 24)
FORM = StreamFormat(24, 16, PixelFormat.MONO8)


@pytest.fixture
def ring() -> Iterator[Ring]:
    ring = Ring.create(3, FORM.image_bytes, 5)
    yield ring
    ring.close()
    ring.unlink()


@pytest.fixture
def intake(ring: Ring) -> Intake:
    return Intake("cam1", FORM, ring, dark_below=8.0)


def grabbed(frame_id: int, complete: bool = True, width: int = 24, pixel_format: str = "Mono8") -> Grabbed:
    return Grabbed(frame_id, 1, 2, width, 16, pixel_format, complete)


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(50, 200, SHAPE, np.uint8)


def test_good_frames_are_copied_and_numbered(intake: Intake, ring: Ring) -> None:
    for number in range(1, 4):
        meta = intake.take(grabbed(number), picture(number))
        assert (meta.bad, meta.generation, meta.sequence, meta.frame_id) == (None, 5, number, number)
        assert meta.slot is not None
        assert np.array_equal(ring.view(meta.slot, number, meta.shape), picture(number))


@pytest.mark.parametrize(
    ("meta", "pixels", "bad"),
    [
        (grabbed(1, complete=False), None, "incomplete"),
        (grabbed(1), None, "incomplete"),
        (grabbed(1, width=23), np.zeros((16, 23), np.uint8), "wrong size"),
        (grabbed(1, pixel_format="BayerRG8"), picture(1), "wrong size"),
    ],
)
def test_unusable_frames_take_no_slot(intake: Intake, meta: Grabbed, pixels: np.ndarray | None, bad: str) -> None:
    taken = intake.take(meta, pixels)
    assert (taken.bad, taken.slot, taken.sequence) == (bad, None, None)
    assert intake.take(grabbed(2), picture(2)).bad is None


def test_the_same_pixels_again_are_frozen_and_black_ones_dark(intake: Intake) -> None:
    assert intake.take(grabbed(1), picture(1)).bad is None
    assert intake.take(grabbed(2), picture(1)).bad == "frozen"
    assert intake.take(grabbed(3), np.arange(16 * 24, dtype=np.uint8).reshape(SHAPE) % 8).bad == "dark"


def test_the_last_picture_of_the_acquisition_before_is_frozen_too(intake: Intake, ring: Ring) -> None:
    assert intake.take(grabbed(1), picture(1)).bad is None
    again = Intake("cam1", FORM, ring, 8.0, intake.digest)
    assert again.take(grabbed(1), picture(1)).bad == "frozen"


def test_a_picture_that_found_no_slot_is_known_when_it_comes_again(intake: Intake) -> None:
    lent = [intake.take(grabbed(number), picture(number)) for number in (1, 2, 3)]
    assert intake.take(grabbed(4), picture(4)[:, ::-1]).bad == "no free slot"
    assert intake.take(grabbed(5), picture(4)[:, ::-1]).bad == "frozen", "with no slot either"
    intake.release(lent[0].slot, lent[0].sequence)
    again = intake.take(grabbed(6), picture(4)[:, ::-1])
    assert again.bad == "frozen"
    intake.release(again.slot, again.sequence)
    assert intake.take(grabbed(7), picture(7)).bad is None


def test_one_changed_pixel_is_not_frozen(intake: Intake) -> None:
    intake.take(grabbed(1), picture(1))
    changed = picture(1)
    changed[7, 9] ^= 1
    assert intake.take(grabbed(2), changed).bad is None


def test_full_means_no_free_slot_until_one_is_released(intake: Intake) -> None:
    held = [intake.take(grabbed(number), picture(number)) for number in range(1, 4)]
    assert intake.take(grabbed(4), picture(4)).bad == "no free slot"
    assert intake.full == 1
    for slot, sequence in ((0, 99), (7, 1), ("0", 1), (None, None), (True, 1)):
        intake.release(slot, sequence)
    assert intake.take(grabbed(5), picture(5)).bad == "no free slot"
    intake.release(held[1].slot, held[1].sequence)
    intake.release(held[1].slot, held[1].sequence)
    assert intake.take(grabbed(6), picture(6)).slot == held[1].slot
    assert intake.take(grabbed(7), picture(7)).bad == "no free slot"


def test_sixteen_bit_ids_go_on_after_they_wrap(intake: Intake) -> None:
    ids = [intake.take(grabbed(number), None).frame_id for number in (65_534, 65_535, 1, 2, 40_000, 65_535, 1)]
    assert ids == [65_534, 65_535, 65_536, 65_537, 105_535, 131_070, 131_071]


def test_an_id_that_came_before_is_a_duplicate(intake: Intake) -> None:
    assert [intake.take(grabbed(number), picture(number)).bad for number in (1, 2, 2)] == [None, None, "duplicate"]


@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from([1, 3]),
    st.integers(0, 5),
    st.integers(0, 9),
    st.integers(-40, 10),
)
def test_padded_rows_are_read_right_and_short_buffers_not_at_all(
    height: int, width: int, channels: int, padding: int, offset: int, surplus: int
) -> None:
    row = width * channels
    needed = offset + height * (row + padding) - padding
    buffer = bytes(range(256)) * 2
    raw = buffer[: max(0, needed + surplus)]
    shape = (height, width) if channels == 1 else (height, width, channels)
    view = padded_view(raw, offset, shape, padding)
    if surplus < 0:
        assert view is None
        return
    assert view is not None and view.shape == shape
    for line in range(height):
        start = offset + line * (row + padding)
        assert view[line].tobytes() == raw[start : start + row]
