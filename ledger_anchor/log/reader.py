# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads a log as anybody may: by its tiles, from a folder or over HTTP, and believes nothing without a proof."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import httpx

from inspector.errors import EvidenceError, LedgerInconsistent, LedgerUnreachable
from inspector.evidence.merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    CompactRange,
    consistency_spans,
    leaf_hash,
    node_hash,
    prove,
    verify_consistency,
)
from inspector.evidence.note import MAX_NOTE_BYTES, Checkpoint, NoteKey, open_checkpoint
from inspector.evidence.tiles import MAX_ENTRY_BYTES, TILE_WIDTH, entries_path, parse_entries, tile_path
from ledger_anchor.web.fetch import fetch

Fetch = Callable[[PurePosixPath, int], bytes | None]
"""Path below the log and longest length; None if it is not there. Raises LedgerUnreachable."""

WITHIN_S = 30.0
_LONGEST_BUNDLE = TILE_WIDTH * (MAX_ENTRY_BYTES + 2)
_CACHED_TILES = 256


def fetch_folder(directory: Path) -> Fetch:
    """Files of a log folder."""

    def read(path: PurePosixPath, longest: int) -> bytes | None:
        try:
            with (directory / path).open("rb") as file:
                data = file.read(longest + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LedgerUnreachable(f"{directory / path} cannot be read: {error.strerror}", "Check the path") from error
        if len(data) > longest:
            raise LedgerInconsistent(f"{directory / path} is longer than {longest} bytes")
        return data

    return read


def fetch_url(http: httpx.Client, url: str) -> Fetch:
    """Files of a log behind a URL prefix."""

    def get(path: PurePosixPath, longest: int) -> bytes | None:
        answer = fetch(http, "GET", f"{url.rstrip('/')}/{path}", within_s=WITHIN_S, longest=longest)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise LedgerUnreachable(f"{url} answers {answer.status} for {path}", "Try again later")
        return answer.body

    return get


class LogReader:
    """One log.

    Args:
        source: Where its files are.
        key: Its key.
    """

    def __init__(self, source: Fetch, key: NoteKey) -> None:
        self._source = source
        self.key = key
        self._tiles: OrderedDict[tuple[int, int, int], list[bytes]] = OrderedDict()

    def checkpoint(self) -> tuple[bytes, Checkpoint]:
        """The newest checkpoint: as it is signed, and what it says.

        Raises:
            LedgerUnreachable: There is none.
            LedgerInconsistent: It is not by the log's key.
        """
        note = self._source(PurePosixPath("checkpoint"), MAX_NOTE_BYTES)
        if note is None:
            raise LedgerUnreachable(f"The log {self.key.name} has no checkpoint", "Check the address")
        try:
            return note, open_checkpoint(note, self.key)
        except EvidenceError as error:
            raise LedgerInconsistent(
                f"The checkpoint of {self.key.name} is not by its key: {error.message}", "Keep it, and tell the others"
            ) from error

    def check_growth(self, old: Checkpoint, new: Checkpoint) -> None:
        """Whether the log of a checkpoint is the beginning of that of another one, by the log's own tiles.

        Raises:
            LedgerInconsistent: It is not, or the tiles do not fit the newer checkpoint.
            LedgerUnreachable: A tile is missing.
        """
        if old.size > new.size:
            raise LedgerInconsistent(
                f"The log {self.key.name} has {new.size} entries, and had {old.size}", "It was put back to an old copy"
            )
        proof = (
            prove(consistency_spans(old.size, new.size), lambda start, end: self._span(start, end, new.size))
            if 0 < old.size < new.size
            else []
        )
        try:
            verify_consistency(old.size, new.size, old.root, new.root, proof)
        except EvidenceError as error:
            raise LedgerInconsistent(
                f"The log {self.key.name} with {new.size} entries does not extend what it was with {old.size}:"
                f" {error.message}",
                "Keep both checkpoints: together they prove it",
            ) from error

    def entries(self, start: int, checkpoint: Checkpoint, before: CompactRange) -> Iterator[bytes]:
        """Entries `[start, checkpoint.size)`, after all of them were compared with the checkpoint's root.

        Args:
            start: First one.
            checkpoint: The log up to where.
            before: Tree of the entries before `start`, as it was verified then; extended to that of the checkpoint.

        Raises:
            LedgerInconsistent: They do not have its root.
            LedgerUnreachable: Some are missing.
        """
        found: list[bytes] = []
        for number in range(start // TILE_WIDTH, -(-checkpoint.size // TILE_WIDTH)):
            bundle = self._bundle(number, checkpoint.size)
            found.extend(bundle[max(0, start - number * TILE_WIDTH) :])
        for entry in found:
            before.append(leaf_hash(entry))
        if before.root() != checkpoint.root:
            raise LedgerInconsistent(
                f"The entries of the log {self.key.name} do not have the root that it signed", "Keep a copy of both"
            )
        yield from found

    def _bundle(self, number: int, size: int) -> list[bytes]:
        width = min(TILE_WIDTH, size - number * TILE_WIDTH)
        data = self._file(entries_path, number, width, _LONGEST_BUNDLE)
        try:
            entries = parse_entries(data)
        except EvidenceError as error:
            raise LedgerInconsistent(f"Entries of {self.key.name} are damaged: {error.message}") from error
        if len(entries) < width:
            raise LedgerInconsistent(f"A bundle of {self.key.name} holds {len(entries)} entries, not {width}")
        return entries[:width]

    def _file(self, path: Callable[[int, int], PurePosixPath], number: int, width: int, longest: int) -> bytes:
        """A partial file goes once the full one is there (c2sp.org/tlog-tiles)."""
        for name in dict.fromkeys((path(number, width), path(number, TILE_WIDTH))):
            data = self._source(name, longest)
            if data is not None:
                return data
        raise LedgerUnreachable(f"The log {self.key.name} does not give {path(number, width)}", "Try again later")

    def _span(self, start: int, end: int, size: int) -> bytes:
        """Root of the leaves `[start, end)`, a span that RFC 6962 makes, from the highest tiles that hold it."""
        if start == end:
            return EMPTY_ROOT
        width = end - start
        level = (width.bit_length() - 1) // 8
        step = 1 << (8 * level)
        if width == step and start % step == 0:
            index = start // step
            return self._tile(level, index // TILE_WIDTH, size)[index % TILE_WIDTH]
        middle = start + (1 << ((width - 1).bit_length() - 1))
        return node_hash(self._span(start, middle, size), self._span(middle, end, size))

    def _tile(self, level: int, number: int, size: int) -> list[bytes]:
        width = min(TILE_WIDTH, (size >> (8 * level)) - number * TILE_WIDTH)
        key = (level, number, width)
        if key not in self._tiles:
            data = self._file(lambda n, w: tile_path(level, n, w), number, width, TILE_WIDTH * HASH_SIZE)
            if len(data) < width * HASH_SIZE:
                raise LedgerInconsistent(f"Tile {tile_path(level, number, width)} of {self.key.name} is too short")
            self._tiles[key] = [data[at : at + HASH_SIZE] for at in range(0, width * HASH_SIZE, HASH_SIZE)]
            if len(self._tiles) > _CACHED_TILES:
                self._tiles.popitem(last=False)
        return self._tiles[key]
