# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the records say about the station's key: the newest rotation is right, whatever lies in the key files."""

from __future__ import annotations

import sqlite3

from inspector.evidence.keys import parse_public_key
from inspector.evidence.record import parse_strict
from inspector.evidence.rotation import Rotation


def rotated_key(connection: sqlite3.Connection) -> bytes | None:
    """Raw public key that the newest key-rotate record brought in, 32 bytes; None if there never was one.

    Raises:
        FormatInvalid: The record is damaged.
    """
    query = "SELECT bytes FROM record WHERE type = 'key-rotate' ORDER BY seq DESC LIMIT 1"
    row = connection.execute(query).fetchone()
    return None if row is None else parse_public_key(str(parse_strict(row[0]).get("new")))


def rotated_since(connection: sqlite3.Connection, seq: int) -> bool:
    """Whether the key was rotated in this record or a later one."""
    query = "SELECT 1 FROM record WHERE type = 'key-rotate' AND seq >= ? LIMIT 1"
    return connection.execute(query, (seq,)).fetchone() is not None


def rotation_fields(rotation: Rotation, statement: str, by: str) -> dict[str, object]:
    """Fields of the key-rotate record.

    Args:
        rotation: What both keys signed.
        statement: SHA-256 of the signed note, 64 hex digits.
        by: Commitment to the person, 64 hex digits.
    """
    return {
        "statement": statement,
        "old": rotation.old.hex(),
        "new": rotation.new.hex(),
        "first_shift": rotation.first_shift,
        "by": by,
        "reason": rotation.reason,
    }
