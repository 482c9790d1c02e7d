# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that were exported for a screen: `STATION/exports`, the newest twenty. They are copies of what is recorded."""

from __future__ import annotations

import re
import secrets
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

from inspector.api.job_schema import ExportedFile
from inspector.errors import NotFound, StoreError

FOLDER = "exports"
KEPT = 20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_WORK = ".work-"
_LONGEST = 60


class Exports:
    """The folder of exported files.

    Args:
        station: Station directory.
    """

    def __init__(self, station: Path) -> None:
        self._folder = station / FOLDER

    def clear_scratch(self) -> None:
        """Remove what an earlier run of the api was working on."""
        for left in self._folder.glob(f"{_WORK}*"):
            shutil.rmtree(left, ignore_errors=True)

    def scratch(self) -> Path:
        """A new folder to work in; `keep` takes a file out of it, and its maker removes it.

        Raises:
            StoreError: It cannot be made.
        """
        path = self._folder / f"{_WORK}{secrets.token_hex(8)}"
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}", "Check the disk") from error
        return path

    def keep(self, file: Path) -> ExportedFile:
        """Give a finished file its place, and let the oldest go that are too many.

        Raises:
            StoreError: It cannot be moved.
        """
        try:
            target = self._folder / file.name
            file.rename(target)
            for old in self._files()[KEPT:]:
                old.unlink(missing_ok=True)
            return _described(target)
        except OSError as error:
            raise StoreError(f"{file.name} cannot be kept: {error.strerror}", "Check the disk") from error

    def files(self) -> tuple[ExportedFile, ...]:
        """What is there, newest first."""
        return tuple(_described(file) for file in self._files())

    def file(self, name: str) -> Path:
        """A file by its name.

        Raises:
            NotFound: There is none, or this is no name of one.
        """
        path = self._folder / name
        if NAME.fullmatch(name) is None or not _is_plain(path):
            raise NotFound(f"there is no exported file {name!r}", "See /v1/exports")
        return path

    def _files(self) -> list[Path]:
        found = [path for path in self._folder.glob("*") if NAME.fullmatch(path.name) and _is_plain(path)]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def file_name(kind: str, about: str, ending: str) -> str:
    """A name for a new file that any system takes: `shift-7-20261121T233000Z-1f0c.zip`."""
    kept = re.sub(r"[^A-Za-z0-9._-]", "_", about)[:_LONGEST]
    return f"{kind}-{kept}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}{ending}"


def _is_plain(path: Path) -> bool:
    """A file of this folder itself; a link may lead anywhere."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _described(path: Path) -> ExportedFile:
    found = path.stat()
    return ExportedFile(name=path.name, size=found.st_size, made_us=found.st_mtime_ns // 1000)
