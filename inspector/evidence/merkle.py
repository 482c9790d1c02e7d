# SPDX-License-Identifier: AGPL-3.0-or-later
"""Merkle trees of RFC 6962, section 2.1: roots, inclusion and consistency proofs.

Both the tree of one shift and the log on the ledger are such trees. Leaves come as leaf hashes, so that a
tree never needs the data twice.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from inspector.errors import ProofInvalid

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Span = tuple[int, int]
"""A run of leaves `[start, end)`."""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's data (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """A growing tree that keeps only the roots of its perfect subtrees: at most 64 hashes, whatever its size.

    Args:
        size: Number of leaves already in the tree.
        peaks: Roots of the perfect subtrees from left to right, one for each set bit of `size`.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise ProofInvalid(f"A tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        self._size = size
        self._peaks = list(peaks)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Roots of the perfect subtrees, left to right."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash at the right; returns the new size."""
        size, peaks = self._size, self._peaks
        while size & 1:
            leaf = node_hash(peaks.pop(), leaf)
            size >>= 1
        peaks.append(leaf)
        self._size += 1
        return self._size

    def root(self) -> bytes:
        """Merkle tree hash of everything appended so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> CompactRange:
        """An independent copy."""
        return CompactRange(self._size, self._peaks)


def root(leaves: Sequence[bytes]) -> bytes:
    """Merkle tree hash of a list of leaf hashes (RFC 6962, 2.1)."""
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Which subtrees make the audit path of a leaf (RFC 6962, 2.1.1), from the leaf upwards.

    A log that keeps its hashes in tiles computes only these; `inclusion_proof` is the version for a list.

    Raises:
        ProofInvalid: The leaf is not in the tree.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"Leaf {index} is not in a tree of {size} leaves")
    spans: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    spans.reverse()
    return spans


def subset_spans(indices: Sequence[int], size: int) -> list[Span]:
    """Which subtrees prove several leaves at once: the largest ones that hold none of them, from left to right.

    For one leaf these are the subtrees of `inclusion_spans` in the order of the leaves.

    Args:
        indices: Positions of the leaves, ascending, each once; at least one.
        size: Number of leaves of the tree.

    Raises:
        ProofInvalid: There is no leaf, or they are not ascending, or not in the tree.
    """
    _check_indices(indices, size)
    spans: list[Span] = []

    def walk(start: int, end: int, low: int, high: int) -> None:
        if low == high:
            spans.append((start, end))
        elif end - start > 1:
            middle = start + _split(end - start)
            border = bisect_left(indices, middle, low, high)
            walk(start, middle, low, border)
            walk(middle, end, border, high)

    walk(0, size, 0, len(indices))
    return spans


def verify_subset(leaves: Mapping[int, bytes], size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Check a proof of several leaves at once: the roots of `subset_spans`.

    Args:
        leaves: Leaf hash by position, at least one.
        size: Number of leaves of the tree.
        proof: Roots of the subtrees that hold none of them, from left to right.
        expected: Root of the tree.

    Raises:
        ProofInvalid: The hashes do not lead to the root, or are too few or too many.
    """
    indices = sorted(leaves)
    _check_indices(indices, size)
    remaining = iter(proof)

    def walk(start: int, end: int, low: int, high: int) -> bytes:
        if low == high:
            given = next(remaining, None)
            if given is None:
                raise ProofInvalid("The inclusion proof is too short")
            return given
        if end - start == 1:
            return leaves[start]
        middle = start + _split(end - start)
        border = bisect_left(indices, middle, low, high)
        left = walk(start, middle, low, border)
        return node_hash(left, walk(middle, end, border, high))

    result = walk(0, size, 0, len(indices))
    if next(remaining, None) is not None:
        raise ProofInvalid("The inclusion proof is too long")
    if result != expected:
        raise ProofInvalid("The inclusion proof leads to another root")


def _check_indices(indices: Sequence[int], size: int) -> None:
    if not indices or indices[0] < 0 or indices[-1] >= size:
        raise ProofInvalid(f"There are no leaves to prove, or one is not in a tree of {size} leaves")
    if any(a >= b for a, b in pairwise(indices)):
        raise ProofInvalid("The leaves to prove are not ascending")


def consistency_spans(old: int, new: int) -> list[Span]:
    """Which subtrees make a consistency proof between two sizes (RFC 6962, 2.1.2), in its order.

    Raises:
        ProofInvalid: `old` is 0 or larger than `new`.
    """
    if not 0 < old <= new:
        raise ProofInvalid(f"No consistency proof exists from {old} to {new} leaves")
    spans: list[Span] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, whole = middle, False
    if not whole:
        spans.append((start, end))
    spans.reverse()
    return spans


def prove(spans: Sequence[Span], span_root: Callable[[int, int], bytes]) -> list[bytes]:
    """Turn spans into a proof with a function that gives the Merkle tree hash of leaves `[start, end)`."""
    return [span_root(start, end) for start, end in spans]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Audit path of one leaf (RFC 6962, 2.1.1).

    Raises:
        ProofInvalid: The leaf is not in the tree.
    """
    return prove(inclusion_spans(index, len(leaves)), lambda start, end: root(leaves[start:end]))


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """Proof that the first `old` leaves are a prefix of all (RFC 6962, 2.1.2).

    Raises:
        ProofInvalid: `old` is 0 or larger than the tree.
    """
    return prove(consistency_spans(old, len(leaves)), lambda start, end: root(leaves[start:end]))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Check an audit path (RFC 9162, 2.1.3.2).

    Args:
        leaf: Leaf hash.
        index: Position of the leaf, from 0.
        size: Number of leaves of the tree.
        proof: Siblings from the leaf to the root.
        expected: Root of the tree.

    Raises:
        ProofInvalid: The path does not lead to the root.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"Leaf {index} is not in a tree of {size} leaves")
    number, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid("The inclusion proof is too long")
        if number & 1 or number == last:
            result = node_hash(sibling, result)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        number >>= 1
        last >>= 1
    if last != 0:
        raise ProofInvalid("The inclusion proof is too short")
    if result != expected:
        raise ProofInvalid(f"The inclusion proof of leaf {index} leads to another root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that a tree of `new` leaves extends one of `old` (RFC 9162, 2.1.4.2).

    Raises:
        ProofInvalid: It does not, or the proof has the wrong length.
    """
    if not 0 <= old <= new:
        raise ProofInvalid(f"A tree cannot grow from {old} to {new} leaves")
    if old == new:
        if proof or old_root != new_root:
            raise ProofInvalid(f"Two roots differ for the same size {new}")
        return
    if old == 0:
        if proof or old_root != EMPTY_ROOT:
            raise ProofInvalid("The root of the empty tree is wrong, or a proof came with it")
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise ProofInvalid("The consistency proof is empty")
    number, last = old - 1, new - 1
    while number & 1:
        number >>= 1
        last >>= 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid("The consistency proof is too long")
        if number & 1 or number == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling)
        number >>= 1
        last >>= 1
    if last != 0:
        raise ProofInvalid("The consistency proof is too short")
    if first != old_root or second != new_root:
        raise ProofInvalid(f"The tree of {new} leaves does not extend the tree of {old}")
