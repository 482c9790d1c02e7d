# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a contract has about one station: its keys, its revocation, its entries.

Each event names the block of the one before, so that a reader walks back from block to block: nodes limit how many
blocks one question may cover.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from inspector.config.ledger import NodeSettings
from inspector.errors import LedgerInconsistent
from ledger_anchor.evm.model import Block, Entry, Event, StationState

ENTRIES = ("Anchored", "Rotated")
"""Events that are entries: they have an index of their own."""

_BROKEN = "Ask another node: this one shows a part only, or the chain has just changed"


class Reader(Protocol):
    """What is asked of the chain; `ledger_anchor.evm.chain.Chain` answers."""

    @property
    def settings(self) -> NodeSettings:
        """Which chain and contract."""
        ...

    def check_identity(self) -> None:
        """See `Chain`."""
        ...

    def block(self, which: int | str) -> Block | None:
        """See `Chain`."""
        ...

    def final_number(self) -> int:
        """See `Chain`."""
        ...

    def entry(self, station: bytes, leaf: bytes) -> Entry | None:
        """See `Chain`."""
        ...

    def state(self, station: bytes, block: int | str = "latest") -> StationState | None:
        """See `Chain`."""
        ...

    def events(self, block: int, station: bytes | None = None) -> list[Event]:
        """See `Chain`."""
        ...


@dataclass(frozen=True, slots=True)
class StationKey:
    """A key of a station.

    Attributes:
        after: Entries after this index are by it; -1: from the first entry on.
        shift: First shift that it is for.
        fingerprint: SHA-256 of the raw public key, 64 hex digits.
    """

    after: int
    shift: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class History:
    """What the contract knows of a station, from final blocks only.

    Attributes:
        name: The station.
        keys: Oldest first; at least one.
        revoked_from: No entry with this index or a later one is the station's; None: it was not revoked.
    """

    name: str
    keys: Sequence[StationKey]
    revoked_from: int | None

    def key_at(self, index: int) -> str:
        """Fingerprint of the key that was in force for the entry with this index."""
        return [key.fingerprint for key in self.keys if key.after < index][-1]


def read_history(reader: Reader, station: bytes, final: int | None = None) -> History | None:
    """Keys and revocation of a station; None if the contract does not know it.

    Args:
        reader: A node.
        station: The contract's name of the station.
        final: The last block that counts; None: what is final now.

    Raises:
        LedgerUnreachable: The node does not answer.
        LedgerInconsistent: Its events do not reach back to the registration.
    """
    state = reader.state(station)
    if state is None:
        return None
    final = reader.final_number() if final is None else final
    events = [
        event
        for event in _walk(reader, station, state.history_block, "previousHistoryBlock")
        if event.block <= final and event.name != "Anchored"
    ][::-1]
    if not events:
        return None  # it was registered in a block that is not final yet
    if events[0].name != "Registered":
        raise LedgerInconsistent("The events of the station do not begin with its registration", _BROKEN)
    keys = [StationKey(-1, 1, events[0].hash_of("key").hex())]
    revoked = None
    for event in events[1:]:
        if event.name == "Rotated":
            keys.append(StationKey(event.number("index"), event.number("shift"), event.hash_of("newKey").hex()))
        elif event.name == "Revoked":
            revoked = event.number("index")
    return History(str(events[0].values["name"]), keys, revoked)


def read_entries(reader: Reader, station: bytes) -> Iterator[Event]:
    """All entries of a station, newest first, also those whose blocks are not final yet.

    Raises:
        LedgerUnreachable: The node does not answer.
        LedgerInconsistent: Entries that others name are missing.
    """
    state = reader.state(station)
    if state is not None and state.last_block:
        yield from (
            event for event in _walk(reader, station, state.last_block, "previousBlock") if event.name in ENTRIES
        )


def _walk(reader: Reader, station: bytes, block: int, link: str) -> Iterator[Event]:
    """Events from a block backwards along a link, newest first; an event without the link ends it."""
    while block:
        events = reader.events(block, station)
        linked = [event for event in events if link in event.values or event.name == "Registered"]
        if not linked:
            raise LedgerInconsistent(f"Block {block} has no event of the station, but a later one names it", _BROKEN)
        yield from reversed(events)
        before = linked[0].values.get(link, 0)
        if not isinstance(before, int) or before >= block:
            raise LedgerInconsistent(f"An event of block {block} names no earlier block", _BROKEN)
        block = before
