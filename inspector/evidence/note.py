# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed notes and checkpoints of logs (c2sp.org/signed-note v1, c2sp.org/tlog-checkpoint v1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import PUBLIC_KEY_SIZE, DocumentSigner, verify_signature
from inspector.evidence.merkle import HASH_SIZE

log = logging.getLogger(__name__)

ED25519 = 0x01
MAX_NOTE_BYTES = 64_000
MAX_SIGNATURES = 64
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that a reader of notes trusts.

    Attributes:
        name: Name of the key, for a log its origin.
        public_key: Raw Ed25519 key, 32 bytes.
    """

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that go before each signature."""
        material = self.name.encode("utf-8") + b"\n" + bytes([ED25519]) + self.public_key
        return hashlib.sha256(material).digest()[:4]

    def vkey(self) -> str:
        """The key as a verifier key line."""
        material = base64.b64encode(bytes([ED25519]) + self.public_key).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{material}"


@dataclass(frozen=True, slots=True)
class Note:
    """A note whose signatures were checked.

    Attributes:
        text: The signed text, with its final newline.
        signers: Names of the trusted keys that signed it; at least one.
    """

    text: str
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State of a log.

    Attributes:
        origin: Identity of the log.
        size: Number of entries.
        root: RFC 6962 root, 32 bytes.
    """

    origin: str
    size: int
    root: bytes


def check_key_name(name: str) -> str:
    """Refuse a key name that a note cannot carry.

    Raises:
        FormatInvalid: It is empty or holds white space, control characters or a plus sign.
    """
    if not name or not name.isprintable() or "+" in name or any(letter.isspace() for letter in name):
        raise FormatInvalid(f"{ascii(name)[:60]} is no name for a note key")
    return name


def decode_base64(text: str, what: str) -> bytes:
    """Standard base64 with padding, and only in its one canonical spelling.

    Raises:
        FormatInvalid: It is something else.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise FormatInvalid(f"The {what} is not base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise FormatInvalid(f"The {what} is not canonical base64")
    return data


def decode_decimal(text: str, what: str) -> int:
    """A decimal number without leading zeros, below 10^18.

    Raises:
        FormatInvalid: It is something else.
    """
    if not _DECIMAL.fullmatch(text):
        raise FormatInvalid(f"The {what} {text[:40]!a} is not a decimal number")
    return int(text)


def parse_vkey(text: str) -> NoteKey:
    """Read a verifier key line (surrounding white space allowed).

    Raises:
        FormatInvalid: It is malformed, its id does not fit, or it is not an Ed25519 key.
    """
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise FormatInvalid("A verifier key has three parts: name+id+key")
    material = decode_base64(parts[2], "verifier key")
    if len(material) != 1 + PUBLIC_KEY_SIZE or material[0] != ED25519:
        raise FormatInvalid("The verifier key is not an Ed25519 key")
    key = NoteKey(check_key_name(parts[0]), material[1:])
    if key.key_id.hex() != parts[1]:
        raise FormatInvalid(f"The id of verifier key {key.name} does not fit its key")
    return key


def sign_note(text: str, key: NoteKey, signer: DocumentSigner) -> str:
    """Sign a text as one key.

    Args:
        text: Ends with a newline and holds no control characters.
        key: Name and public half of the signer.
        signer: Makes the Ed25519 signature.

    Raises:
        FormatInvalid: The text cannot be a note.
    """
    _check_text(text)
    signature = base64.b64encode(key.key_id + signer.sign(text.encode("utf-8"))).decode("ascii")
    return f"{text}\n— {check_key_name(key.name)} {signature}\n"


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(ord(letter) < 0x20 and letter != "\n" for letter in text):
        raise FormatInvalid("The text of a note ends with a newline and holds no control characters")


def parse_signature_line(line: str) -> tuple[str, bytes, bytes]:
    """Key name, key id (4 bytes) and signature of one signature line.

    Raises:
        FormatInvalid: It is malformed.
    """
    dash, _, rest = line.partition(" ")
    name, space, encoded = rest.partition(" ")
    if dash != "—" or not space:
        raise FormatInvalid("A signature line of the note is malformed")
    blob = decode_base64(encoded, "signature of the note")
    if len(blob) < 5:
        raise FormatInvalid("A signature of the note is too short")
    return check_key_name(name), blob[:4], blob[4:]


def open_note(data: bytes, keys: Sequence[NoteKey]) -> Note:
    """Check a note against the keys the reader trusts.

    Signatures of unknown keys are ignored; a bad signature of a known key refuses the whole note.

    Raises:
        FormatInvalid: The note is malformed.
        SignatureInvalid: A known key's signature is bad, or no known key signed.
    """
    text, lines = split_note(data)
    known = {(key.name, key.key_id): key for key in keys}
    signers: list[str] = []
    for line in lines:
        name, key_id, signature = parse_signature_line(line)
        key = known.get((name, key_id))
        if key is not None:
            verify_signature(key.public_key, signature, text.encode("utf-8"))
            signers.append(name)
    if not signers:
        raise SignatureInvalid("No key that is trusted here signed the note")
    return Note(text, tuple(dict.fromkeys(signers)))


def split_note(data: bytes) -> tuple[str, list[str]]:
    """Text and signature lines of a note, unchecked.

    Raises:
        FormatInvalid: The note is malformed.
    """
    if len(data) > MAX_NOTE_BYTES:
        raise FormatInvalid(f"A note of {len(data)} bytes is too long")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatInvalid("The note is not UTF-8") from error
    body, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise FormatInvalid("The note has no signatures")
    _check_text(body + "\n")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise FormatInvalid(f"The note has {len(lines)} signatures")
    return body + "\n", lines


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """The text of a checkpoint, to be signed."""
    root = base64.b64encode(checkpoint.root).decode("ascii")
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; extension lines are ignored.

    Raises:
        FormatInvalid: It is malformed.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or not all(lines[:-1]):
        raise FormatInvalid("A checkpoint has at least three lines, none of them empty")
    root = decode_base64(lines[2], "root hash")
    if len(root) != HASH_SIZE:
        raise FormatInvalid(f"The root hash has {len(root)} bytes, not {HASH_SIZE}")
    return Checkpoint(lines[0], decode_decimal(lines[1], "tree size"), root)


def sign_checkpoint(checkpoint: Checkpoint, signer: DocumentSigner, public_key: bytes) -> str:
    """A checkpoint as a note signed by its log, whose key name is the origin."""
    return sign_note(format_checkpoint(checkpoint), NoteKey(checkpoint.origin, public_key), signer)


def open_checkpoint(data: bytes, log_key: NoteKey) -> Checkpoint:
    """Check a checkpoint against the key of its log.

    Raises:
        FormatInvalid: It is malformed or of another origin.
        SignatureInvalid: The log did not sign it.
    """
    checkpoint = parse_checkpoint(open_note(data, [log_key]).text)
    if checkpoint.origin != log_key.name:
        raise FormatInvalid(f"The checkpoint is of {ascii(checkpoint.origin)[:60]}, not of {log_key.name}")
    return checkpoint


def read_checkpoint_file(path: Path) -> Checkpoint | None:
    """What a log says of itself, unverified: good enough to be quoted, never to be trusted.

    Args:
        path: The `checkpoint` file of a log directory.

    Returns:
        None while there is no log, and when the file is unusable: a broken ledger is logged here, found by
        verification, and never stands in the way of inspection.
    """
    try:
        text, _ = split_note(path.read_bytes())
        return parse_checkpoint(text)
    except FileNotFoundError:
        return None
    except (OSError, FormatInvalid) as error:
        log.warning("the checkpoint %s cannot be used: %s", path, error)
        return None
