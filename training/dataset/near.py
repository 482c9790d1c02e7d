# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pictures that look nearly the same, by their `look` hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

BITS = 6
"""Of 256; noise alone turns more of them between two photographs, re-encoding and scaling fewer."""
_AT_ONCE = 4_000_000


def near_pairs(looks: Sequence[str], first: int = 0) -> Iterator[tuple[int, int]]:
    """Pairs (i, j), i < j, first <= j, that differ in at most `BITS` bits.

    Args:
        looks: Hashes of 64 hex digits.
        first: Those before are known to one another and only compared with those from here on.
    """
    words = np.frombuffer(bytes.fromhex("".join(looks)), np.uint64).reshape(-1, 4)
    rows = max(1, _AT_ONCE // max(1, len(words)))
    for start in range(first, len(words), rows):
        block = words[start : start + rows]
        others = words[: start + len(block)]
        differing = np.bitwise_count(block[:, None, :] ^ others[None, :, :]).sum(axis=2, dtype=np.uint16)
        for row, column in np.argwhere(differing <= BITS):
            if column < start + row:
                yield int(column), start + int(row)
