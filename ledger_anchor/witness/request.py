# SPDX-License-Identifier: AGPL-3.0-or-later
"""The body of `add-checkpoint` (c2sp.org/tlog-witness)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.errors import FormatInvalid
from inspector.evidence.merkle import HASH_SIZE
from inspector.evidence.note import decode_base64, decode_decimal

LONGEST_REQUEST = 80_000
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request, unchecked.

    Attributes:
        old: Size of the checkpoint that the witness cosigned last, as the client believes.
        proof: Consistency proof from there, hashes of 32 bytes.
        note: The checkpoint with its signatures.
    """

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def format_request(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body."""
    lines = [f"old {old}", *(base64.b64encode(node).decode("ascii") for node in proof)]
    return ("\n".join(lines) + "\n\n" + note).encode("utf-8")


def parse_request(body: bytes) -> AddCheckpoint:
    """Read the body.

    Raises:
        FormatInvalid: It is malformed.
    """
    if len(body) > LONGEST_REQUEST:
        raise FormatInvalid(f"A request of {len(body)} bytes is too long")
    top, blank, note = body.partition(b"\n\n")
    try:
        lines = top.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise FormatInvalid("The proof is not ASCII") from error
    if not blank or not lines[0].startswith("old "):
        raise FormatInvalid("The request does not begin with its old size and end with a checkpoint")
    proof = tuple(decode_base64(line, "hash of the proof") for line in lines[1:])
    if len(proof) > _MOST_HASHES or any(len(node) != HASH_SIZE for node in proof):
        raise FormatInvalid(f"The proof holds something else than at most {_MOST_HASHES} hashes of 32 bytes")
    return AddCheckpoint(decode_decimal(lines[0][len("old ") :], "old size"), proof, note)
