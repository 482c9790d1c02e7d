# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erasures that follow behind a bundle, proven under the seals of their shifts (docs/formats.md, section 11.4)."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from itertools import chain

from inspector.errors import EvidenceError, FormatInvalid
from inspector.evidence import bundle as form
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.record import read_stored
from inspector.evidence.shift_tree import ShiftTree
from inspector.store.snapshot import Snapshot

RECORDS_PER_LINE = 20
_Group = list[tuple[int, bytes]]
"""Position in the tree of the shift, and bytes, of some records."""


class LaterErasures:
    """Finds image-erased records of sealed shifts behind a bundle and proves them.

    Args:
        snapshot: The station.
        parts: Hashes of the parts of the bundle whose images are stored, 32 bytes each.

    Attributes:
        damaged: Shifts with records that do not lead to their seal: what they erase is left out.
    """

    def __init__(self, snapshot: Snapshot, parts: Collection[bytes]) -> None:
        self._snapshot = snapshot
        self._parts = parts
        self.damaged: list[int] = []

    def lines(self, last_shift: int) -> Iterator[bytes]:
        """The lines of the member, with at most 20 records each.

        Args:
            last_shift: Last shift of the bundle.

        Raises:
            StoreError: The records cannot be read.
            EvidenceError: A seal is damaged.
        """
        for shift, data, signature in self._snapshot.seals(last_shift + 1):
            if signature is not None:
                yield from self._shift(shift, read_stored(data))

    def _shift(self, shift: int, seal: dict[str, object]) -> Iterator[bytes]:
        first, count = seal.get("first"), seal.get("count")
        if not isinstance(first, int) or not isinstance(count, int):
            raise EvidenceError(f"The seal of shift {shift} is damaged", "Run `inspector verify`")
        groups = self._groups(shift, first, count)
        begun = next(groups, None)
        if begun is None:
            return
        tree = ShiftTree(count, lambda start, end: self._snapshot.leaves(first + start, first + end - 1))
        if tree.count != count or tree.root.hex() != seal.get("root"):
            self._tell(shift)
            return
        for group in chain([begun], groups):
            yield from _lines(shift, group, tree)

    def _groups(self, shift: int, first: int, count: int) -> Iterator[_Group]:
        group: _Group = []
        for data, digest in self._snapshot.erasures(first, first + count - 1):
            if leaf_hash(data) != digest:
                self._tell(shift)
                continue
            fields = read_stored(data)
            if not self._is_here(fields.get("part")):
                continue
            group.append((int(str(fields.get("seq"))) - first, data))
            if len(group) == RECORDS_PER_LINE:
                yield group
                group = []
        if group:
            yield group

    def _is_here(self, part: object) -> bool:
        with contextlib.suppress(ValueError):  # no hash
            return bytes.fromhex(str(part)) in self._parts
        return False

    def _tell(self, shift: int) -> None:
        if shift not in self.damaged:
            self.damaged.append(shift)


def _lines(shift: int, group: _Group, tree: ShiftTree) -> Iterator[bytes]:
    """One line, or more of them where long reasons do not fit into one."""
    hashes = tree.prove([index for index, _ in group])
    try:
        yield form.erasures_line(shift, [data for _, data in group], hashes)
    except FormatInvalid:
        if len(group) == 1:
            raise
        half = len(group) // 2
        yield from _lines(shift, group[:half], tree)
        yield from _lines(shift, group[half:], tree)
