# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a chain tells, in our own types: nothing here needs web3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the chain.

    Attributes:
        number: From 0.
        hash: "0x" and 64 hex digits.
        time_s: Its time, UTC, seconds since 1970.
        base_fee_wei: What a unit of gas costs at least; None where the chain has no such fee.
    """

    number: int
    hash: str
    time_s: int
    base_fee_wei: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in the contract.

    Attributes:
        index: Position in the contract, from 0.
        block: Number of its block.
    """

    index: int
    block: int


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the contract.

    Attributes:
        name: As the contract calls it.
        values: Its fields by name; bytes32 as bytes, addresses as text.
        block: Number of its block.
        block_hash: "0x" and 64 hex digits.
        transaction: In the same form.
        log_index: Place in the block.
    """

    name: str
    values: Mapping[str, object]
    block: int
    block_hash: str
    transaction: str
    log_index: int

    def number(self, name: str) -> int:
        """A field that is a number."""
        value = self.values[name]
        return value if isinstance(value, int) else -1

    def hash_of(self, name: str) -> bytes:
        """A field of 32 bytes."""
        value = self.values[name]
        return value if isinstance(value, bytes) else b""


@dataclass(frozen=True, slots=True)
class StationState:
    """What the contract knows of a station; fields in the order of `stateOf`."""

    sender: str
    revoked: bool
    key: bytes
    shift: int
    first: int
    head_count: int
    prev_seal: bytes
    last_block: int
    history_block: int


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction pays for a unit of gas, in wei.

    Attributes:
        max_wei: At most; the price itself where the chain has no base fee.
        priority_wei: What those who make blocks get; None where the chain has no base fee.
    """

    max_wei: int
    priority_wei: int | None


@dataclass(frozen=True, slots=True)
class Revert:
    """What the contract refuses a call with: the name of its error and the error's values."""

    name: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a transaction that is in a block.

    Attributes:
        succeeded: Whether it did what it should.
        block: Number of the block.
        contract: Address of the contract that it made, lower case; empty if it made none.
    """

    succeeded: bool
    block: int
    contract: str
