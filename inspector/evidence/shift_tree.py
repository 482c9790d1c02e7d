# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proofs of many sets of records of one long shift, without all its hashes in memory and without hashing all again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from inspector.evidence.merkle import prove, root, subset_spans

BLOCK = 256
"""Leaves whose root is kept: a power of two, so that a subtree lies in one block or is made of whole ones."""
_BLOCKS_IN_MEMORY = 64


class ShiftTree:
    """The tree of a shift, as the roots of blocks of 256 leaves.

    Args:
        count: Number of leaves, at least one.
        leaves: Reads the leaf hashes `[start, end)`, 32 bytes each, in order; called again for single blocks.
    """

    def __init__(self, count: int, leaves: Callable[[int, int], Iterable[bytes]]) -> None:
        self._count = count
        self._blocks: list[bytes] = []
        self.count = 0
        """How many leaves came."""
        block: list[bytes] = []
        for leaf in leaves(0, count):
            block.append(leaf)
            self.count += 1
            if len(block) == BLOCK:
                self._blocks.append(root(block))
                block.clear()
        if block:
            self._blocks.append(root(block))
        self._block = lru_cache(_BLOCKS_IN_MEMORY)(
            lambda number: list(leaves(number * BLOCK, min((number + 1) * BLOCK, count)))
        )

    @property
    def root(self) -> bytes:
        """Root of the whole tree, 32 bytes."""
        return root(self._blocks)

    def prove(self, indices: Sequence[int]) -> list[bytes]:
        """Roots of the largest subtrees without any of these leaves, from left to right.

        Args:
            indices: Positions of the leaves, ascending, each once; at least one.

        Raises:
            ProofInvalid: They are not, or not in the tree.
        """
        return prove(subset_spans(indices, self._count), self._span_root)

    def _span_root(self, start: int, end: int) -> bytes:
        number, at = divmod(start, BLOCK)
        if end <= (number + 1) * BLOCK:
            return root(self._block(number)[at : at + end - start])
        return root(self._blocks[number : -(-end // BLOCK)])
