# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files of a log directory (c2sp.org/tlog-tiles), read and checked without trusting any of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inspector.evidence.merkle import HASH_SIZE, leaf_hash, root
from inspector.evidence.verify.files import read_file
from inspector.evidence.verify.report import VerificationReport

_WIDTH = 256
_LONGEST_FILE = _WIDTH * (2 + 65_535)


class LogDamaged(Exception):
    """A file of the log is missing or cut off, so that reading cannot go on.

    Args:
        place: Which file.
        message: What is wrong with it.
    """

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


def _path_of(number: int) -> str:
    """1234067 becomes x001/x234/067."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def _entry_ends(bundle: bytes, place: str) -> Iterator[tuple[int, int]]:
    """Where each entry of a bundle begins and ends."""
    position = 0
    while position < len(bundle):
        start = position + 2
        position = start + int.from_bytes(bundle[position:start], "big")
        if position > len(bundle):
            raise LogDamaged(place, "it is cut off in the middle of an entry")
        yield start, position


class LogTiles:
    """Reads the entries of a log and checks its hash tiles on the way.

    Args:
        directory: Folder of the log.
        size: Number of entries by its checkpoint.
        report: Takes findings about tiles.
    """

    def __init__(self, directory: Path, size: int, report: VerificationReport) -> None:
        self._directory = directory
        self._size = size
        self._report = report
        self._open: list[list[bytes]] = []
        self._full: list[int] = []

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """Each entry with its index.

        Raises:
            LogDamaged: A bundle is missing or cut off.
            OSError: A file cannot be read.
        """
        for number in range((self._size + _WIDTH - 1) // _WIDTH):
            width = min(_WIDTH, self._size - number * _WIDTH)
            yield from self._bundle(number, width)
        for level in range(len(self._open)):
            if self._open[level]:
                self._compare(level)

    def _bundle(self, number: int, width: int) -> Iterator[tuple[int, bytes]]:
        name = f"tile/entries/{_path_of(number)}"
        data = self._read(name, width)
        if data is None:
            raise LogDamaged(f"ledger/{name}", "it is missing")
        spans = list(_entry_ends(data, f"ledger/{name}"))[:width]
        if len(spans) < width:
            raise LogDamaged(f"ledger/{name}", f"it holds {len(spans)} entries, not {width}")
        ends = {count + 1: end for count, (_, end) in enumerate(spans)}
        self._check_partials(name, width, data, ends)
        for index, (start, end) in enumerate(spans, number * _WIDTH):
            entry = data[start:end]
            yield index, entry
            self._push(0, leaf_hash(entry))

    def _read(self, name: str, width: int) -> bytes | None:
        """The file of this width, or the full one that came after it."""
        full = self._directory / name
        partial = self._directory / f"{name}.p" / str(width)
        for path in (full,) if width == _WIDTH else (partial, full):
            data = read_file(path, _LONGEST_FILE)
            if data is not None:
                return data
        return None

    def _check_partials(self, name: str, width: int, data: bytes, ends: dict[int, int]) -> None:
        """Older, narrower versions of a file must be the beginning of it."""
        folder = self._directory / f"{name}.p"
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            older = int(path.name) if path.name.isascii() and path.name.isdecimal() else _WIDTH
            if 0 < older < width and read_file(path, _LONGEST_FILE) not in (None, data[: ends[older]]):
                message = "it is not the beginning of the wider one"
                self._report.tamper("LEDGER-04", f"ledger/{name}.p/{older}", message)

    def _push(self, level: int, node: bytes) -> None:
        if level == len(self._open):
            self._open.append([])
            self._full.append(0)
        self._open[level].append(node)
        if len(self._open[level]) == _WIDTH:
            self._compare(level)
            nodes = self._open[level]
            self._open[level] = []
            self._full[level] += 1
            self._push(level + 1, root(nodes))

    def _compare(self, level: int) -> None:
        """A tile on disk against the hashes computed from the entries."""
        nodes = self._open[level]
        name = f"tile/{level}/{_path_of(self._full[level])}"
        stored = self._read(name, len(nodes))
        if stored is None:
            self._report.tamper("LEDGER-04", f"ledger/{name}", "it is missing")
            return
        ends = {count: count * HASH_SIZE for count in range(1, _WIDTH + 1)}
        self._check_partials(name, len(nodes), b"".join(nodes), ends)
        for position, node in enumerate(nodes):
            if stored[position * HASH_SIZE : (position + 1) * HASH_SIZE] != node:
                index = (self._full[level] * _WIDTH + position) * _WIDTH**level
                what = f"log entry {index}" if level == 0 else f"log entries from {index}"
                self._report.tamper("LEDGER-04", what, f"the hash in ledger/{name} is not that of what is stored")
                return
        if len(nodes) == _WIDTH and len(stored) != _WIDTH * HASH_SIZE:
            self._report.tamper("LEDGER-04", f"ledger/{name}", f"it has {len(stored)} bytes")
