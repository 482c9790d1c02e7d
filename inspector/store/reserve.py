# SPDX-License-Identifier: AGPL-3.0-or-later
"""A file that only takes up space: given back when the disk is full, so that the last records still fit."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_CHUNK = 1 << 20


class Reserve:
    """Space set aside on the disk of the records.

    Args:
        path: The file.
        size: Bytes; 0 means that there is no reserve.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size

    def ensure(self) -> bool:
        """Take the space; False when the disk does not have it (nothing is left behind then)."""
        if self.size == 0:
            return True
        try:
            if self.path.is_file() and self.path.stat().st_size == self.size:
                return True
            with self.path.open("wb") as stream:
                self._allocate(stream.fileno())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            with contextlib.suppress(OSError):  # without a reserve no part is recorded, whatever is left of it
                self.path.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Give the space back; False when there was none to give."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True

    def _allocate(self, descriptor: int) -> None:
        allocate = getattr(os, "posix_fallocate", None)
        if allocate is not None:
            allocate(descriptor, 0, self.size)
            return
        left = self.size
        while left > 0:
            left -= os.write(descriptor, b"\0" * min(_CHUNK, left))
