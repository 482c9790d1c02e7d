# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Merkle tree of a log, kept as the hash tiles that its directory holds (c2sp.org/tlog-tiles)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.evidence.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_spans,
    inclusion_spans,
    node_hash,
    prove,
)
from inspector.evidence.tiles import TILE_WIDTH

_MOST_SPANS = 8_192


@dataclass(frozen=True, slots=True)
class Tile:
    """One hash tile: `width` hashes of 32 bytes from position `index * 256` of its level on."""

    level: int
    index: int
    width: int
    data: bytes


class TileTree:
    """An append-only tree; level 0 holds leaf hashes, each higher one the roots of full tiles below it."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]
        self._spans: dict[tuple[int, int], bytes] = {}

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        self._levels[0].append(leaf)
        level = 0
        while len(self._levels[level]) % TILE_WIDTH == 0:
            if level + 1 == len(self._levels):
                self._levels.append([])
            full = CompactRange()
            for node in self._levels[level][-TILE_WIDTH:]:
                full.append(node)
            self._levels[level + 1].append(full.root())
            level += 1

    def root(self, size: int | None = None) -> bytes:
        """Merkle tree hash of all leaves or of the first `size`, 32 bytes."""
        width = self.size if size is None else size
        return self.span_root(0, width) if width else EMPTY_ROOT

    def span_root(self, start: int, end: int) -> bytes:
        """Merkle tree hash of the leaves `[start, end)`, a span that RFC 6962 makes."""
        width = end - start
        for level, nodes in enumerate(self._levels):
            step = 1 << (8 * level)  # TILE_WIDTH ** level
            if width == step and start % step == 0 and start // step < len(nodes):
                return nodes[start // step]
        # Leaves never change, and neither do the roots over them: those of the last proofs serve the next ones.
        known = self._spans.get((start, end))
        if known is None:
            middle = start + (1 << ((width - 1).bit_length() - 1))
            known = node_hash(self.span_root(start, middle), self.span_root(middle, end))
            if len(self._spans) >= _MOST_SPANS:
                self._spans.clear()
            self._spans[start, end] = known
        return known

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of a leaf in the whole tree or in that of the first `size` leaves.

        Raises:
            ProofInvalid: There is no such leaf.
        """
        return prove(inclusion_spans(index, self.size if size is None else size), self.span_root)

    def consistency_proof(self, old: int) -> list[bytes]:
        """Proof that the first `old` leaves are the beginning of this tree.

        Raises:
            ProofInvalid: `old` is 0 or larger than the tree.
        """
        return prove(consistency_spans(old, self.size), self.span_root)

    def tiles(self, from_size: int = 0) -> Iterator[Tile]:
        """The tiles that are new or wider since the tree had `from_size` leaves."""
        for level, nodes in enumerate(self._levels):
            known = from_size >> (8 * level)
            for index in range(known // TILE_WIDTH, -(-len(nodes) // TILE_WIDTH)):
                part = nodes[index * TILE_WIDTH : (index + 1) * TILE_WIDTH]
                if index * TILE_WIDTH + len(part) > known:
                    yield Tile(level, index, len(part), b"".join(part))
