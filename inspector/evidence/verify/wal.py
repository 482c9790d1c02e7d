# SPDX-License-Identifier: AGPL-3.0-or-later
"""The write-ahead log of SQLite, looked at before SQLite does.

SQLite takes a log up to the first frame whose checksum is wrong and silently ignores the rest, because a power loss
may tear the last transaction. Whoever flips one bit in a frame therefore removes all commits from there on. Every
commit is synced before the next begins, so only the last transaction can be torn: commits behind the first bad frame
mean that somebody, or the disk, changed it later. (sqlite.org/fileformat2.html, section 4.)
"""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_HEADER = 32
_FRAME_HEADER = 24
_MAGIC = 0x377F0682
_WORD = 0xFFFFFFFF
_TRIES = 3
_PAGE_SIZES = frozenset(1 << power for power in range(9, 17))


@dataclass(frozen=True, slots=True)
class WalState:
    """What a write-ahead log looks like.

    Attributes:
        bad_frame: The first frame that SQLite will not take though its salt is current, from 1; None if there is none.
        commits_lost: Commits of the current log from that frame on.
    """

    bad_frame: int | None
    commits_lost: int

    @property
    def damaged(self) -> bool:
        """More is lost than one torn transaction."""
        return self.bad_frame is not None and self.commits_lost > 1


def _checksum(data: bytes, seed: tuple[int, int], *, big_endian: bool) -> tuple[int, int]:
    words = array("I", data)
    if big_endian != (sys.byteorder == "big"):
        words.byteswap()
    first, second = seed
    for index in range(0, len(words), 2):
        first = (first + words[index] + second) & _WORD
        second = (second + words[index + 1] + first) & _WORD
    return first, second


def _scan(file: BinaryIO) -> WalState:
    """Follow the frames of one log."""
    header = file.read(_HEADER)
    first = file.read(_FRAME_HEADER)
    if len(first) < _FRAME_HEADER:
        return WalState(None, 0)
    magic, _, page_size = struct.unpack(">3I", header[:12])
    big_endian = bool(magic & 1)
    running = _checksum(header[:24], (0, 0), big_endian=big_endian)
    size = 65_536 if page_size == 1 else page_size
    if magic & ~1 != _MAGIC or running != struct.unpack(">2I", header[24:32]) or size not in _PAGE_SIZES:
        return WalState(0, 2)
    bad: int | None = None
    commits = number = 0
    while len(page := file.read(size)) == size:
        number += 1
        current = first[8:16] == header[16:24]
        if bad is None:
            running = _checksum(first[:8], running, big_endian=big_endian)
            running = _checksum(page, running, big_endian=big_endian)
            if not current or running != struct.unpack(">2I", first[16:24]):
                bad = number
        if bad is not None and current and first[4:8] != b"\0\0\0\0":
            commits += 1
        first = file.read(_FRAME_HEADER)
        if len(first) < _FRAME_HEADER:
            break
    return WalState(bad if commits else None, commits)


def look_at_wal(path: Path) -> WalState:
    """Read a log; while somebody writes to it, until two readings agree.

    Raises:
        OSError: It cannot be read.
    """
    state = WalState(None, 0)
    for _ in range(_TRIES):
        before = state
        if not path.is_file():
            return WalState(None, 0)
        with path.open("rb") as file:
            state = _scan(file)
        if not state.damaged or state == before:
            return state
    return WalState(None, 0)
