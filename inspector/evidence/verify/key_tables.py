# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys that exist once (of parts, outcomes, gaps), and the tables that lead from them to their records."""

from __future__ import annotations

from inspector.evidence.verify.store import StationReader

_FARTHEST = 512
"""Rows that are read ahead at most."""


class KeysSeen:
    """Which numbers of each boot have come, kept small: numbers come nearly in order.

    Args:
        from_one: Whether the first number of a boot is 1, and not any.
    """

    def __init__(self, *, from_one: bool = True) -> None:
        self._from_one = from_one
        self._floor: dict[str, int] = {}
        self._below: dict[str, int] = {}
        self._above: dict[str, set[int]] = {}
        self.count = 0

    def add(self, boot: str, number: int) -> bool:
        """Note a key; False if it was there already."""
        below = self._below.get(boot, 0)
        above = self._above.get(boot)
        if above is None:
            above = self._above[boot] = set()
            if not self._from_one:
                self._floor[boot] = self._below[boot] = below = number - 1
        if self._floor.get(boot, 0) < number <= below or number in above:
            return False
        self.count += 1
        if number != below + 1:
            above.add(number)
            return True
        while number + 1 in above:
            number += 1
            above.remove(number)
        self._below[boot] = number
        return True

    def has(self, boot: str, number: int) -> bool:
        """Whether a key has come."""
        above = self._above.get(boot)
        return above is not None and (self._floor.get(boot, 0) < number <= self._below.get(boot, 0) or number in above)


class KeyTable:
    """One key table, compared with the records as they come.

    Because keys come nearly in order, one query reads the rows of the keys that are expected next: twice as many as the
    last time if those were all used, else one. So a table in order costs little, and one without any order no more
    than a query for each key.

    Args:
        reader: Where the table is; None where there are no tables.
        table: Its name.
        from_one: See `KeysSeen`.

    Attributes:
        table: Its name.
        seen: The keys that have come.
    """

    def __init__(self, reader: StationReader | None, table: str, *, from_one: bool = True) -> None:
        self._reader = reader
        self._ahead: dict[object, object] = {}
        self._boot = ""
        self._step = 1
        self.table = table
        self.seen = KeysSeen(from_one=from_one)

    def leads_to(self, seq: int, boot: str, number: int) -> bool:
        """Whether the table has this record for a key; a second row for one key shows in `row_count`.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read on.
        """
        if self._reader is None:
            return True
        if self._boot != boot or number not in self._ahead:
            self._step = 1 if self._ahead else min(2 * self._step, _FARTHEST)
            self._boot, self._ahead = boot, self._reader.key_rows(self.table, boot, number, self._step)
        return self._ahead.pop(number, None) == seq

    def row_count(self) -> int:
        """Number of rows of the table.

        Raises:
            Damaged: A page cannot be read.
            CannotRead: The machine cannot read.
        """
        return self.seen.count if self._reader is None else self._reader.key_count(self.table)
