# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading files of a directory that somebody hostile may have prepared: regular files only, never more than asked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol


def read_file(path: Path, limit: int) -> bytes | None:
    """A small file.

    Args:
        path: May be a link, a pipe or a device; only what leads to a regular file is opened.
        limit: Longest size that makes sense, bytes.

    Returns:
        Its bytes, of a longer file the first `limit + 1` (which then fit nothing); None if there is no such file,
        perhaps only since a moment.

    Raises:
        OSError: It is there and cannot be read.
    """
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        return None


def digest_file(path: Path) -> tuple[int, str] | None:
    """Size and SHA-256 of a file of any size; None if there is no regular file.

    Raises:
        OSError: It is there and cannot be read.
    """
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return file.tell(), digest
    except FileNotFoundError:
        return None


class Files(Protocol):
    """Files that lie beside the records, by names with "/": of a station directory, or of a bundle."""

    def read(self, name: str, limit: int) -> bytes | None:
        """As `read_file`."""
        ...

    def digest(self, name: str) -> tuple[int, str] | None:
        """As `digest_file`."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        ...

    def names(self, folder: str) -> list[str]:
        """What is in a folder, in order; nothing if there is no such folder."""
        ...


class Folder:
    """The files of a directory.

    Args:
        directory: Station directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, name: str, limit: int) -> bytes | None:
        """See `Files`."""
        return read_file(self._directory / name, limit)

    def digest(self, name: str) -> tuple[int, str] | None:
        """See `Files`."""
        return digest_file(self._directory / name)

    def has(self, name: str) -> bool:
        """See `Files`."""
        return (self._directory / name).is_file()

    def names(self, folder: str) -> list[str]:
        """See `Files`."""
        path = self._directory / folder
        return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []
