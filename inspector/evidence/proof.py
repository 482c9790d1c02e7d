# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offline proof that an entry is in a log (c2sp.org/tlog-proof@v1)."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from inspector.errors import FormatInvalid
from inspector.evidence.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from inspector.evidence.note import Checkpoint, NoteKey, decode_base64, decode_decimal, open_checkpoint

_HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class LogProof:
    """A proof, unchecked.

    Attributes:
        index: Position of the entry in the log, from 0.
        hashes: Inclusion proof from the leaf's sibling upwards, 32 bytes each.
        checkpoint: The signed checkpoint, verbatim.
        extra: Unauthenticated data of the application, or None.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None


def format_proof(proof: LogProof) -> str:
    """The proof as text."""
    lines = [_HEADER]
    if proof.extra is not None:
        lines.append("extra " + base64.b64encode(proof.extra).decode("ascii"))
    lines.append(f"index {proof.index}")
    lines.extend(base64.b64encode(node).decode("ascii") for node in proof.hashes)
    return "\n".join(lines) + "\n\n" + proof.checkpoint


def parse_proof(text: str) -> LogProof:
    """Read a proof.

    Raises:
        FormatInvalid: It is malformed.
    """
    if len(text) > MAX_PROOF_BYTES:
        raise FormatInvalid(f"A proof of {len(text)} characters is too long")
    top, blank, checkpoint = text.partition("\n\n")
    lines = top.split("\n")
    if not blank or lines[0] != _HEADER:
        raise FormatInvalid(f"The proof does not begin with {_HEADER}")
    del lines[0]
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0)[len("extra ") :], "extra data")
    if not lines or not lines[0].startswith("index "):
        raise FormatInvalid("The proof has no index")
    index = decode_decimal(lines.pop(0)[len("index ") :], "index")
    hashes = tuple(decode_base64(line, "hash of the proof") for line in lines)
    if len(hashes) > 63 or any(len(node) != HASH_SIZE for node in hashes):
        raise FormatInvalid("The proof holds something else than at most 63 hashes of 32 bytes")
    return LogProof(index, hashes, checkpoint, extra)


def verify_proof(text: str, entry: bytes, log_key: NoteKey) -> tuple[int, Checkpoint]:
    """Check that an entry is in the log of a key.

    Args:
        text: The proof.
        entry: Bytes of the entry.
        log_key: Key of the log.

    Returns:
        Index of the entry and the checkpoint that holds it.

    Raises:
        FormatInvalid: The proof or its checkpoint is malformed.
        SignatureInvalid: The log did not sign the checkpoint.
        ProofInvalid: The entry is not there.
    """
    return verify_leaf_proof(text, leaf_hash(entry), log_key)


def verify_leaf_proof(text: str, leaf: bytes, log_key: NoteKey) -> tuple[int, Checkpoint]:
    """As `verify_proof`, for whoever kept only the leaf hash (32 bytes) of the entry.

    Raises:
        FormatInvalid: The proof or its checkpoint is malformed.
        SignatureInvalid: The log did not sign the checkpoint.
        ProofInvalid: The entry is not there.
    """
    proof = parse_proof(text)
    checkpoint = open_checkpoint(proof.checkpoint.encode("utf-8", "surrogatepass"), log_key)
    verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return proof.index, checkpoint
