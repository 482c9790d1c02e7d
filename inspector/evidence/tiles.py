# SPDX-License-Identifier: AGPL-3.0-or-later
"""Paths and contents of a log directory (c2sp.org/tlog-tiles)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from inspector.errors import FormatInvalid

TILE_WIDTH = 256
MAX_ENTRY_BYTES = 65_535


def _number(index: int) -> str:
    text = f"{index:03d}"
    text = text.rjust((len(text) + 2) // 3 * 3, "0")
    groups = [text[start : start + 3] for start in range(0, len(text), 3)]
    return "/".join([*("x" + group for group in groups[:-1]), groups[-1]])


def _suffixed(path: str, width: int) -> PurePosixPath:
    if not 1 <= width <= TILE_WIDTH:
        raise FormatInvalid(f"A tile holds 1 to {TILE_WIDTH} entries, not {width}")
    return PurePosixPath(path if width == TILE_WIDTH else f"{path}.p/{width}")


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> PurePosixPath:
    """Path of a hash tile below the log directory.

    Raises:
        FormatInvalid: No tile has this width.
    """
    return _suffixed(f"tile/{level}/{_number(index)}", width)


def entries_path(index: int, width: int = TILE_WIDTH) -> PurePosixPath:
    """Path of an entry bundle below the log directory.

    Raises:
        FormatInvalid: No bundle has this width.
    """
    return _suffixed(f"tile/entries/{_number(index)}", width)


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """Entry bundle: each entry after its length in two bytes, big-endian.

    Raises:
        FormatInvalid: An entry is too long.
    """
    bundle = bytearray()
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise FormatInvalid(f"A log entry of {len(entry)} bytes is longer than {MAX_ENTRY_BYTES}")
        bundle += len(entry).to_bytes(2, "big") + entry
    return bytes(bundle)


def parse_entries(bundle: bytes) -> list[bytes]:
    """Entries of a bundle.

    Raises:
        FormatInvalid: The bundle is cut off or holds more than 256 entries.
    """
    entries: list[bytes] = []
    position = 0
    while position < len(bundle):
        end = position + 2 + int.from_bytes(bundle[position : position + 2], "big")
        if end > len(bundle) or len(bundle) - position < 2:
            raise FormatInvalid(f"The entry bundle is cut off at byte {position}")
        entries.append(bundle[position + 2 : end])
        position = end
    if len(entries) > TILE_WIDTH:
        raise FormatInvalid(f"The entry bundle holds {len(entries)} entries")
    return entries
