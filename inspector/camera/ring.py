# SPDX-License-Identifier: AGPL-3.0-or-later
"""Images from the camera process to the station through shared memory, without locks.

The station creates the ring and unlinks it; the camera attaches and writes. A slot is written only after the
station has released it, so nobody waits for anybody. Each slot also carries a generation and a sequence number that
are invalid while it is being written, so that a reader can tell if that rule was ever broken.

The memory is a plain `mmap` (a file in /dev/shm, a named mapping on Windows) and not
`multiprocessing.shared_memory`: before Python 3.13 that starts a tracker process which unlinks the segment as soon
as any process that had attached ends, and its `close` fails while an array still looks at the memory. Here the
memory goes away when the last array on it does.
"""

from __future__ import annotations

import errno
import mmap
import os
import re
import secrets
import struct
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inspector.errors import DeviceError
from inspector.part import ImageArray

NAME = re.compile(r"inspector-ring-[0-9a-f]{16}")
MAGIC = b"INSPRNG1"
HEADER = struct.Struct("<8sQQQ")  # magic, generation, slots, slot_bytes
SLOT = struct.Struct("<QQQ")  # generation, payload bytes, sequence (0: no valid content)
PAGE = 4096
ALIGN = 64


class Ring:
    """`slots` images of up to `slot_bytes` bytes in memory shared by two processes.

    Use `create` in the station and `attach` in the camera process.

    Attributes:
        name: Name of the memory, unique on this machine.
        slots: Number of slots.
        slot_bytes: Capacity of a slot, bytes.
        generation: Number of this ring; frames of an earlier one are refused.
    """

    def __init__(self, memory: mmap.mmap, name: str, slots: int, slot_bytes: int, generation: int, owner: bool) -> None:
        self.name = name
        self.slots = slots
        self.slot_bytes = slot_bytes
        self.generation = generation
        self._owner = owner
        self._memory: mmap.mmap | None = memory
        self._bytes: ImageArray | None = np.frombuffer(memory, np.uint8)

    @classmethod
    def create(cls, slots: int, slot_bytes: int, generation: int) -> Ring:
        """Make a new ring under a fresh name. Its maker has to `unlink` it.

        Args:
            slots: Number of slots, at least 1.
            slot_bytes: Capacity of each, bytes, at least 1.
            generation: Number of this ring, greater than that of any earlier one.

        Raises:
            DeviceError: There is not enough shared memory, or a size is not positive.
        """
        if slots < 1 or slot_bytes < 1 or generation < 0:
            raise DeviceError(f"a ring of {slots} slots of {slot_bytes} bytes cannot be made")
        name = f"inspector-ring-{secrets.token_hex(8)}"
        memory = _create_memory(name, _size(slots, slot_bytes))
        HEADER.pack_into(memory, 0, MAGIC, generation, slots, slot_bytes)
        return cls(memory, name, slots, slot_bytes, generation, owner=True)

    @classmethod
    def attach(cls, name: str, slots: int, slot_bytes: int, generation: int) -> Ring:
        """Open a ring that another process has made.

        Args:
            name: From `Ring.name` of the maker, as are the other arguments.
            slots: Number of slots.
            slot_bytes: Capacity of each, bytes.
            generation: Number of the ring.

        Raises:
            DeviceError: There is no such ring, or it is another one than was announced.
        """
        if not NAME.fullmatch(name):
            raise DeviceError(f"{name!r} is not the name of a ring")
        try:
            memory = _open_memory(name, _size(slots, slot_bytes))
        except (OSError, ValueError) as error:
            raise DeviceError(f"the image ring {name} cannot be opened: {error}") from error
        if HEADER.unpack_from(memory, 0) != (MAGIC, generation, slots, slot_bytes):
            raise DeviceError(f"the image ring {name} is not the one that was announced")
        return cls(memory, name, slots, slot_bytes, generation, owner=False)

    def write(self, slot: int, sequence: int, pixels: npt.NDArray[np.uint8]) -> None:
        """Copy an image into a free slot; the only copy that is made of it.

        Args:
            slot: 0 to `slots - 1`.
            sequence: Number of the frame in this generation, from 1.
            pixels: Any shape, at most `slot_bytes` elements.

        Raises:
            DeviceError: No such slot, or the image is larger than a slot.
        """
        if sequence < 1:
            raise DeviceError(f"frame sequence {sequence} is not positive")
        if pixels.size > self.slot_bytes:
            raise DeviceError(f"an image of {pixels.size} bytes does not fit a slot of {self.slot_bytes}")
        memory, data = self._mapped()
        start = self._start(slot)
        SLOT.pack_into(memory, start, 0, 0, 0)
        payload = start + ALIGN
        np.copyto(data[payload : payload + pixels.size].reshape(pixels.shape), pixels)
        SLOT.pack_into(memory, start, self.generation, pixels.size, 0)
        struct.pack_into("<Q", memory, start + SLOT.size - 8, sequence)

    def view(self, slot: int, sequence: int, shape: tuple[int, ...] | None = None) -> ImageArray:
        """The image in a slot, without a copy.

        Args:
            slot: 0 to `slots - 1`.
            sequence: The frame that was announced.
            shape: `(h, w)` or `(h, w, 3)`; None gives all bytes in one dimension.

        Returns:
            A read-only array on the shared memory. After a copy or a digest of it, `holds` tells if it was
            still the same frame.

        Raises:
            DeviceError: The slot holds another frame or is being written, or the image has another size.
        """
        memory, data = self._mapped()
        start = self._start(slot)
        generation, size, found = SLOT.unpack_from(memory, start)
        if (generation, found) != (self.generation, sequence) or sequence < 1:
            raise DeviceError(f"frame {sequence} is no longer in slot {slot} of the image ring")
        pixels = data[start + ALIGN : start + ALIGN + size]
        pixels.flags.writeable = False
        if shape is None:
            return pixels
        if int(np.prod(shape)) != size:
            raise DeviceError(f"frame {sequence} has {size} bytes, which is not an image of shape {shape}")
        return pixels.reshape(shape)

    def holds(self, slot: int, sequence: int) -> bool:
        """Whether the slot (still) holds this frame, whole."""
        memory, _ = self._mapped()
        generation, _, found = SLOT.unpack_from(memory, self._start(slot))
        return bool((generation, found) == (self.generation, sequence))

    def close(self) -> None:
        """Let go of the memory; arrays from `view` stay valid until they are dropped."""
        self._bytes = None
        self._memory = None

    def unlink(self) -> None:
        """Remove the name, so that the memory is freed when nobody uses it any more. Only for the maker."""
        if self._owner:
            _remove(self.name)

    def _mapped(self) -> tuple[mmap.mmap, ImageArray]:
        memory, data = self._memory, self._bytes  # read once: another thread may close the ring meanwhile
        if memory is None or data is None:
            raise DeviceError(f"the image ring {self.name} is closed")
        return memory, data

    def _start(self, slot: int) -> int:
        if not 0 <= slot < self.slots:
            raise DeviceError(f"the image ring has no slot {slot}")
        return PAGE + slot * _stride(self.slot_bytes)


def remove_stale(names: Iterable[str]) -> list[str]:
    """Remove rings that a killed station has left behind.

    Args:
        names: What the state file of the earlier run says; anything that is not the name of a ring is ignored.

    Returns:
        The names that were removed. On Windows nothing has to be: memory goes with its last user.
    """
    return [name for name in names if NAME.fullmatch(name) and _remove(name)]


def _stride(slot_bytes: int) -> int:
    return -(-(ALIGN + slot_bytes) // PAGE) * PAGE


def _size(slots: int, slot_bytes: int) -> int:
    return PAGE + slots * _stride(slot_bytes)


if sys.platform == "win32":

    def _create_memory(name: str, size: int) -> mmap.mmap:
        try:
            return mmap.mmap(-1, size, tagname=name)
        except OSError as error:
            raise DeviceError(f"{size >> 20} MB of shared memory cannot be had: {error}") from error

    def _open_memory(name: str, size: int) -> mmap.mmap:
        # Windows makes an empty mapping when there is none of that name; the magic number then tells.
        return mmap.mmap(-1, size, tagname=name)

    def _remove(name: str) -> bool:
        return False

else:

    def _folder() -> Path:
        shared = Path("/dev/shm")  # noqa: S108 - names are random and files are made with O_EXCL, mode 0600
        return shared if shared.is_dir() else Path(tempfile.gettempdir())

    def _create_memory(name: str, size: int) -> mmap.mmap:
        path = _folder() / name
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            # Reserves the memory now: without it a full /dev/shm kills the writer with SIGBUS later.
            os.posix_fallocate(descriptor, 0, size)
            return mmap.mmap(descriptor, size)
        except OSError as error:
            path.unlink()
            advice = f"Free or enlarge {path.parent}, or lower ring_slots" if error.errno == errno.ENOSPC else ""
            raise DeviceError(f"{size >> 20} MB of shared memory cannot be had: {error.strerror}", advice) from error
        finally:
            os.close(descriptor)

    def _open_memory(name: str, size: int) -> mmap.mmap:
        descriptor = os.open(_folder() / name, os.O_RDWR | os.O_CLOEXEC)
        try:
            return mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)

    def _remove(name: str) -> bool:
        try:
            (_folder() / name).unlink()
        except FileNotFoundError:
            return False
        return True
