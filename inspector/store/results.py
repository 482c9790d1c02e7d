# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the record writer takes and gives back: the key's protocol, and the results of its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from inspector.evidence.record import document_hash
from inspector.evidence.rotation import Rotation
from inspector.store.tail import OpenShift

Fields = Mapping[str, object]


class Signer(Protocol):
    """An unlocked station key: in memory or in a token.

    One that has an attribute `elsewhere` that is true may take long to answer: nobody waits for its heads.
    """

    @property
    def public_key(self) -> bytes:
        """Raw Ed25519 public key, 32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Signature, 64 bytes.

        Raises:
            KeyLocked: It does not answer, or not any more: it counts as locked from then on.
        """
        ...


@dataclass(frozen=True, slots=True)
class Appended:
    """A committed record.

    Attributes:
        seq: Its number.
        hash: Its hash, 64 hex digits; what other records call it.
        t_us: Its time, UTC, microseconds since 1970.
        existing: True when a record with this key was there before and nothing was written.
    """

    seq: int
    hash: str
    t_us: int
    existing: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """How far the chain has come, after the last commit.

    Attributes:
        seq: Number of the last record, 0 if there is none.
        head: Hash of the last record, 64 hex digits; zeros if there is none.
        shift: Number of the shift that the next seal covers.
        first: Its first record.
        count: Its records so far.
        counts: `counts` as a shift-close record would state them now.
        prev_seal: Hash of the last seal, zeros before the first; shift-open states it.
        opened: The shift-open record of an open shift.
        unsigned_seals: Seals that wait for the key.
    """

    seq: int
    head: str
    shift: int
    first: int
    count: int
    counts: Fields
    prev_seal: str
    opened: OpenShift | None
    unsigned_seals: int


@dataclass(frozen=True, slots=True)
class Rotated:
    """A key that was exchanged.

    Attributes:
        record: The key-rotate record.
        document: The statement, signed by both keys.
        rotation: What it says.
    """

    record: Appended
    document: bytes
    rotation: Rotation


@dataclass(frozen=True, slots=True)
class SealedShift:
    """A closed shift.

    Attributes:
        shift: Its number.
        close: The shift-close record.
        data: Bytes of the seal.
        signature: 64 bytes, or None while the key is locked.
    """

    shift: int
    close: Appended
    data: bytes
    signature: bytes | None

    @property
    def digest(self) -> str:
        """Hash of the seal as the next one and receipts name it."""
        return document_hash(self.data)
