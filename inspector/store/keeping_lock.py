# SPDX-License-Identifier: AGPL-3.0-or-later
"""A backup and the erasing of images keep out of each other's way: what is being copied must not go meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from inspector.errors import RetentionRefused, StoreError

NAME = "keeping.lock"


@contextlib.contextmanager
def keeping_lock(station: Path) -> Iterator[None]:
    """Hold the lock of a station's files; the operating system lets go of it when the process dies.

    Raises:
        RetentionRefused: A backup is being made, or images are being erased.
        StoreError: The station directory cannot be written.
    """
    lock = FileLock(station / NAME)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise RetentionRefused(
            f"a backup of {station} is being made, or its images are being erased", "Try again when that is done"
        ) from None
    except OSError as error:
        raise StoreError(f"{station / NAME} cannot be made: {error.strerror}", "Check the station directory") from error
    try:
        yield
    finally:
        lock.release()
