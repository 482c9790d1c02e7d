# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that are there completely or not at all, also after a power loss."""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable.

    Windows has no such call: NTFS journals its names, and a directory cannot be opened for this.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


SYNCS_WHOLE = sys.platform == "linux"
"""Whether `sync_filesystem` can be used: for thousands of files it takes a hundredth of the time of syncing each."""


def sync_filesystem(path: Path) -> None:
    """Make everything that was written to the file system of a directory durable (syncfs(2), Linux only).

    Raises:
        OSError: Something could not be written.
    """
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if library.syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(path))
    finally:
        os.close(descriptor)


def make_directory(path: Path) -> None:
    """Make a directory and its parents durable; existing ones are left alone."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(exist_ok=True)
    sync_directory(path.parent)


def write_durable(path: Path, data: bytes, *, mode: int = 0o644, scratch: Path | None = None) -> None:
    """Write a file: temporary file, fsync, rename over `path`, fsync of the directory.

    The directory must exist. On an error nothing is left behind and an old file of this name is unharmed.

    Args:
        path: The file.
        data: All of it.
        mode: Permissions, where the system has them.
        scratch: Existing directory on the same disk for the temporary file; otherwise it lies beside `path`.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    temporary = (scratch or path.parent) / f".{path.name}.{secrets.token_hex(8)}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def remove_stale_temporaries(directory: Path) -> int:
    """Remove what a killed writer left; returns how many files. Nobody may be writing there meanwhile."""
    stale = list(directory.glob(".*.tmp"))
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


@contextlib.contextmanager
def writing_durable(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """As `write_durable`, for a file that is written piece by piece; it can be sought and read back meanwhile.

    The file has its name only when the block has ended well; if the process is killed, a temporary file beside it
    stays, which the next call for the same name removes.

    Args:
        path: The file; its directory must exist.
        mode: Permissions, where the system has them.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    for stale in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        stale.unlink(missing_ok=True)
    temporary = path.parent / f".{path.name}.{secrets.token_hex(8)}.tmp"
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)
