# SPDX-License-Identifier: AGPL-3.0-or-later
"""The image ring: what was written is read, what was overwritten is refused, nothing is left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.camera.ring import Ring, remove_stale
from inspector.errors import DeviceError


@pytest.fixture
def ring() -> Iterator[Ring]:
    ring = Ring.create(3, 1000, 7)
    yield ring
    ring.close()
    ring.unlink()


def attached(ring: Ring) -> Ring:
    return Ring.attach(ring.name, ring.slots, ring.slot_bytes, ring.generation)


def image(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def test_what_the_camera_writes_the_station_sees(ring: Ring) -> None:
    camera = attached(ring)
    grey, colour = image(1, (20, 50)), image(2, (10, 20, 3))
    camera.write(0, 1, grey)
    camera.write(2, 2, colour)
    assert np.array_equal(ring.view(0, 1, (20, 50)), grey)
    assert np.array_equal(ring.view(2, 2, (10, 20, 3)), colour)
    assert ring.view(0, 1).shape == (1000,)


def test_views_are_read_only(ring: Ring) -> None:
    ring.write(0, 1, image(1, (5, 5)))
    with pytest.raises(ValueError, match="read-only"):
        ring.view(0, 1)[0] = 1


def test_an_overwritten_slot_is_refused(ring: Ring) -> None:
    ring.write(1, 1, image(1, (5, 5)))
    kept = ring.view(1, 1)
    assert ring.holds(1, 1)
    ring.write(1, 4, image(2, (5, 5)))
    assert kept is not None and not ring.holds(1, 1)
    with pytest.raises(DeviceError, match="no longer"):
        ring.view(1, 1)


def test_a_slot_in_the_middle_of_a_write_is_refused(ring: Ring) -> None:
    ring.write(1, 1, image(1, (5, 5)))
    unreadable = np.empty(3, "U1")
    with pytest.raises(TypeError):
        ring.write(1, 2, unreadable)  # stops between the two halves, as a killed camera would
    for sequence in (0, 1, 2):
        with pytest.raises(DeviceError):
            ring.view(1, sequence)


def test_empty_slots_wrong_slots_and_wrong_sizes_are_refused(ring: Ring) -> None:
    with pytest.raises(DeviceError):
        ring.view(0, 0)
    with pytest.raises(DeviceError):
        ring.view(3, 1)
    with pytest.raises(DeviceError):
        ring.write(-1, 1, image(1, (5, 5)))
    with pytest.raises(DeviceError, match="does not fit"):
        ring.write(0, 1, image(1, (11, 100)))
    ring.write(0, 1, image(1, (5, 5)))
    with pytest.raises(DeviceError, match="25 bytes"):
        ring.view(0, 1, (5, 6))


def test_another_ring_than_announced_is_refused(ring: Ring) -> None:
    with pytest.raises(DeviceError, match="not the one"):
        Ring.attach(ring.name, ring.slots, ring.slot_bytes, ring.generation + 1)
    with pytest.raises(DeviceError):
        Ring.attach(ring.name, ring.slots + 1, ring.slot_bytes, ring.generation)
    with pytest.raises(DeviceError):
        Ring.attach("inspector-ring-0000000000000000", 1, 1, 1)
    with pytest.raises(DeviceError, match="not the name"):
        Ring.attach("../../etc/passwd", 1, 1, 1)


def test_arrays_outlive_the_ring() -> None:
    ring = Ring.create(1, 100, 1)
    pixels = image(3, (10, 10))
    ring.write(0, 1, pixels)
    view = ring.view(0, 1, (10, 10))
    ring.close()
    ring.unlink()
    assert np.array_equal(view, pixels)
    with pytest.raises(DeviceError, match="closed"):
        ring.view(0, 1)
    with pytest.raises(DeviceError):
        attached(ring)


def test_more_memory_than_there_is_gives_an_error_that_says_so() -> None:
    with pytest.raises(DeviceError, match="shared memory"):
        Ring.create(1, 1 << 50, 1)
    with pytest.raises(DeviceError):
        Ring.create(0, 100, 1)


def test_what_a_killed_station_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    ring = Ring.create(1, 100, 1)
    ring.close()
    precious = tmp_path / "precious"
    precious.touch()
    removed = remove_stale([ring.name, "inspector-ring-0123456789abcdef", str(precious), "../x", ""])
    assert removed == ([] if sys.platform == "win32" else [ring.name])
    assert precious.exists()
    with pytest.raises(DeviceError):
        attached(ring)


CHILD = """
import sys, numpy as np
from inspector.camera.ring import Ring
ring = Ring.attach(sys.argv[1], 3, 1000, 7)
ring.write(1, 9, np.full((10, 10), 42, np.uint8))
assert "multiprocessing.resource_tracker" not in sys.modules
"""


def test_the_end_of_the_writer_does_not_take_the_memory_away(ring: Ring) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, ring.name], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert (ring.view(1, 9) == 42).all()
    attached(ring).close()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 400)), max_size=20))
def test_each_slot_gives_exactly_its_last_frame(writes: list[tuple[int, int]]) -> None:
    ring = Ring.create(3, 400, 1)
    last: dict[int, tuple[int, np.ndarray]] = {}
    for sequence, (slot, size) in enumerate(writes, 1):
        last[slot] = (sequence, image(sequence, (size,)))
        ring.write(slot, *last[slot])
    for slot in range(3):
        for sequence in range(len(writes) + 2):
            expected = slot in last and last[slot][0] == sequence
            assert ring.holds(slot, sequence) is expected or sequence == 0
            if expected:
                assert np.array_equal(ring.view(slot, sequence), last[slot][1])
            else:
                with pytest.raises(DeviceError):
                    ring.view(slot, sequence)
    ring.close()
    ring.unlink()
