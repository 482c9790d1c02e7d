# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cosignatures of witnesses on checkpoints (c2sp.org/tlog-cosignature v1): a statement with a time, and who makes it.

A witness says: at this time, the largest tree that I have seen of this log, and that extends all that I saw before,
has this root. So a log that shows two people two histories cannot have both cosigned by the same honest witness.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import PUBLIC_KEY_SIZE, DocumentSigner, verify_signature
from inspector.evidence.note import (
    check_key_name,
    decode_base64,
    parse_checkpoint,
    parse_signature_line,
    split_note,
)

COSIGNATURE_ED25519 = 0x04
COSIGNATURE_ML_DSA_44 = 0x06
_KEY_SIZES = {COSIGNATURE_ED25519: PUBLIC_KEY_SIZE, COSIGNATURE_ML_DSA_44: 1312}
_SIGNATURE_SIZES = {COSIGNATURE_ED25519: 64, COSIGNATURE_ML_DSA_44: 2420}
_TIME_BYTES = 8
_LATEST_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A witness that a reader of checkpoints trusts.

    Attributes:
        name: Name of the key; a URL without its scheme by custom.
        public_key: Raw key: 32 bytes (Ed25519) or 1312 bytes (ML-DSA-44).
        algorithm: Signature type of signed-note, 0x04 or 0x06.
    """

    name: str
    public_key: bytes
    algorithm: int = COSIGNATURE_ED25519

    @property
    def _material(self) -> bytes:
        return bytes([self.algorithm]) + self.public_key

    @property
    def key_id(self) -> bytes:
        """Four bytes that go before each signature."""
        return hashlib.sha256(self.name.encode("utf-8") + b"\n" + self._material).digest()[:4]

    def vkey(self) -> str:
        """The key as a verifier key line."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self._material).decode('ascii')}"

    def verify(self, text: str, blob: bytes) -> int:
        """Check one cosignature.

        Args:
            text: Text of the checkpoint, with its final newline.
            blob: What follows the key id: eight bytes of time, then the signature.

        Returns:
            The time of the cosignature in seconds since 1970 (POSIX).

        Raises:
            SignatureInvalid: The witness did not sign this.
        """
        if len(blob) != _TIME_BYTES + _SIGNATURE_SIZES[self.algorithm]:
            raise SignatureInvalid(f"A cosignature of {self.name} has {len(blob)} bytes")
        time_s = int.from_bytes(blob[:_TIME_BYTES], "big")
        if not 0 < time_s <= _LATEST_TIME:
            raise SignatureInvalid(f"A cosignature of {self.name} has no time")
        message, signature = self._message(text, time_s), blob[_TIME_BYTES:]
        if self.algorithm == COSIGNATURE_ED25519:
            verify_signature(self.public_key, signature, message)
            return time_s
        try:
            MLDSA44PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise SignatureInvalid(f"The cosignature of {self.name} is not valid") from error
        return time_s

    def _message(self, text: str, time_s: int) -> bytes:
        if self.algorithm == COSIGNATURE_ED25519:
            return f"cosignature/v1\ntime {time_s}\n{text}".encode()
        checkpoint = parse_checkpoint(text)
        return b"".join(
            [
                b"subtree/v1\n\0",
                _short(self.name),
                time_s.to_bytes(8, "big"),
                _short(checkpoint.origin),
                (0).to_bytes(8, "big"),
                checkpoint.size.to_bytes(8, "big"),
                checkpoint.root,
            ]
        )

    def cosign(self, text: str, signer: DocumentSigner, time_s: int) -> str:
        """Sign a checkpoint whose consistency was checked.

        Args:
            text: Text of the checkpoint, with its final newline.
            signer: Holds the private half of this key.
            time_s: Now, in seconds since 1970 (POSIX).

        Returns:
            A signature line of a note, with its newline.
        """
        signature = signer.sign(self._message(text, time_s))
        blob = self.key_id + time_s.to_bytes(_TIME_BYTES, "big") + signature
        return f"— {check_key_name(self.name)} {base64.b64encode(blob).decode('ascii')}\n"


def _short(name: str) -> bytes:
    data = name.encode("utf-8")
    if not 1 <= len(data) <= 255:
        raise FormatInvalid(f"The name {ascii(name)[:60]} is too long for an ML-DSA-44 cosignature")
    return bytes([len(data)]) + data


def parse_cosigner_key(text: str) -> CosignerKey:
    """Read the verifier key line of a witness (surrounding white space allowed).

    Raises:
        FormatInvalid: It is malformed, its id does not fit, or it is no key for cosignatures.
    """
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise FormatInvalid("A verifier key has three parts: name+id+key")
    material = decode_base64(parts[2], "verifier key")
    if not material or len(material) - 1 != _KEY_SIZES.get(material[0]):
        raise FormatInvalid("The verifier key is no key of a witness (type 04 or 06)")
    key = CosignerKey(check_key_name(parts[0]), material[1:], material[0])
    if key.key_id.hex() != parts[1]:
        raise FormatInvalid(f"The id of verifier key {key.name} does not fit its key")
    return key


def read_cosignatures(note: bytes, keys: Collection[CosignerKey]) -> dict[CosignerKey, int]:
    """Who of the known witnesses cosigned a checkpoint, and when.

    Signatures of unknown keys, the log's own too, are ignored; a bad one of a known key refuses the whole note.

    Args:
        note: The checkpoint with its signatures.
        keys: The witnesses.

    Returns:
        Time in seconds since 1970 by witness; of several by the same one the earliest.

    Raises:
        FormatInvalid: The note is malformed.
        SignatureInvalid: A signature of a known witness is bad.
    """
    text, lines = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    times: dict[CosignerKey, int] = {}
    for line in lines:
        name, key_id, blob = parse_signature_line(line)
        key = known.get((name, key_id))
        if key is not None:
            time_s = key.verify(text, blob)
            times[key] = min(time_s, times.get(key, time_s))
    return times
