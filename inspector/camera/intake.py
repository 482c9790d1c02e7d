# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the transport layer's buffers into the ring: number the frames, copy them once, recognise the bad ones."""

from __future__ import annotations

import zlib
from collections import deque

import numpy as np

from inspector.camera.frame import FrameMeta
from inspector.camera.protocol import Grabbed, StreamFormat
from inspector.camera.ring import Ring
from inspector.part import ImageArray

BRIGHTNESS_STEP = 4
REMEMBERED_IDS = 32
SHORT_ID = 0xFFFF
"""GigE Vision 1 counts frames with 16 bits, from 1, and leaves out 0."""


class Intake:
    """Takes the frames of one acquisition.

    Args:
        camera: Name of the camera in the settings.
        expected: Size and format that the settings ask for.
        ring: Where the pixels go; its slots are all free.
        dark_below: Mean grey value below which a frame is bad.
        digest: That of the acquisition before: a camera that is back may show its last picture again.

    Attributes:
        full: Frames that found no free slot.
        digest: Checksum of the last whole picture, None before the first.
    """

    def __init__(
        self, camera: str, expected: StreamFormat, ring: Ring, dark_below: float, digest: int | None = None
    ) -> None:
        self.full = 0
        self.digest = digest
        self._camera = camera
        self._expected = expected
        self._ring = ring
        self._dark_below = dark_below
        self._free = deque(range(ring.slots))
        self._lent: dict[int, int] = {}
        self._sequence = 0
        self._ids: deque[int] = deque(maxlen=REMEMBERED_IDS)
        self._short_id = 0
        self._wrapped = 0

    def take(self, grabbed: Grabbed, pixels: ImageArray | None) -> FrameMeta:
        """Copy one frame into a free slot, unless it is unusable.

        Args:
            grabbed: What the transport layer says about it.
            pixels: `(h, w)` or `(h, w, 3)` uint8, borrowed; None when there is no image.
        """
        frame_id = self._unwrapped(grabbed.frame_id)
        duplicate = frame_id in self._ids
        self._ids.append(frame_id)
        slot = sequence = None
        bad = self._unusable(grabbed, pixels)
        if bad is None and pixels is not None:
            bad, slot, sequence = self._keep(pixels)
        if duplicate:
            bad = "duplicate"
        return FrameMeta(
            camera=self._camera,
            generation=self._ring.generation,
            slot=slot,
            sequence=sequence,
            frame_id=frame_id,
            t_camera_ns=grabbed.t_camera_ns,
            t_host_ns=grabbed.t_host_ns,
            width=grabbed.width,
            height=grabbed.height,
            pixel_format=grabbed.pixel_format,
            bad=bad,
        )

    def release(self, slot: object, sequence: object) -> None:
        """The station is done with a slot; a release of anything else than what it was lent for is ignored."""
        if isinstance(slot, int) and slot in self._lent and self._lent[slot] == sequence:
            del self._lent[slot]
            self._free.append(slot)

    def _unwrapped(self, frame_id: int) -> int:
        fell_far = frame_id + SHORT_ID // 2 < self._short_id <= SHORT_ID
        if fell_far:
            self._wrapped += SHORT_ID if frame_id else SHORT_ID + 1
        self._short_id = frame_id
        return self._wrapped + frame_id

    def _unusable(self, grabbed: Grabbed, pixels: ImageArray | None) -> str | None:
        if not grabbed.complete:
            return "incomplete"
        wanted = self._expected
        if (grabbed.width, grabbed.height, grabbed.pixel_format) != (wanted.width, wanted.height, wanted.pixel_format):
            return "wrong size"
        return "incomplete" if pixels is None else None

    def _keep(self, pixels: ImageArray) -> tuple[str | None, int | None, int | None]:
        """What is wrong with it, its slot and its sequence; one without a slot may be what the next one repeats."""
        if not self._free:
            self.full += 1
            repeated = self._repeats(np.ascontiguousarray(pixels))
            return "frozen" if repeated else "no free slot", None, None
        slot, sequence = self._store(pixels)
        return self._suspicious(self._ring.view(slot, sequence, pixels.shape)), slot, sequence

    def _store(self, pixels: ImageArray) -> tuple[int, int]:
        self._sequence += 1
        slot = self._free.popleft()
        self._lent[slot] = self._sequence
        self._ring.write(slot, self._sequence, pixels)
        return slot, self._sequence

    def _suspicious(self, copied: ImageArray) -> str | None:
        """Look at the copy: no camera delivers the same noise twice, and no lit part is black."""
        if self._repeats(copied):
            return "frozen"
        brightness = float(copied[::BRIGHTNESS_STEP, ::BRIGHTNESS_STEP].mean())
        return "dark" if brightness < self._dark_below else None

    def _repeats(self, pixels: ImageArray) -> bool:
        """Whether it is the picture before once more."""
        previous, self.digest = self.digest, zlib.crc32(pixels.data)
        return self.digest == previous
