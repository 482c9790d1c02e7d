# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rotations of a station's key: the old key names the new one, and the new one agrees (docs/formats.md, section 2.17).

The statement is a signed note with two signatures. Its first line keeps it apart from seals, heads, permits and
checkpoints: no signature over one of them can be taken for a signature over another.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from inspector.errors import FormatInvalid
from inspector.evidence.keys import DocumentSigner, parse_public_key
from inspector.evidence.note import NoteKey, open_note, sign_note, split_note

TITLE = "inspector/key-rotation/v1"
KEY_NAME = "station-key"
MAX_DOCUMENT = 8_000
MAX_TEXT = 500
FIELDS = ("station", "old", "new", "first-shift", "reason")
_STATION = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SHIFT = re.compile(r"[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Rotation:
    """What is stated.

    Attributes:
        station: Name of the station.
        old: Raw public key until now, 32 bytes.
        new: Raw public key from `first_shift` on, 32 bytes.
        first_shift: First shift whose heads and seal are by the new key.
        reason: Why.
    """

    station: str
    old: bytes
    new: bytes
    first_shift: int
    reason: str

    def text(self) -> str:
        """The text that is signed.

        Raises:
            FormatInvalid: A value is out of its range.
        """
        values = (self.station, self.old.hex(), self.new.hex(), str(self.first_shift), self.reason)
        text = "\n".join([TITLE, *(f"{name} {value}" for name, value in zip(FIELDS, values, strict=True))]) + "\n"
        if parse_rotation(text) != self:
            raise FormatInvalid("The rotation cannot be written down as it is", "Give the reason in one line")
        return text


@dataclass(frozen=True, slots=True)
class RotationDocument:
    """A rotation with its signatures, as a ledger takes it.

    Attributes:
        data: The signed note.
    """

    data: bytes

    @property
    def leaf(self) -> bytes:
        """What the log stores."""
        return self.data

    @property
    def digest(self) -> str:
        """What the record and receipts name: SHA-256 of the note, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def parse_rotation(text: str) -> Rotation:
    """Read the text of a rotation, in its one spelling.

    Raises:
        FormatInvalid: It is something else, or a value is out of its range.
    """
    lines = text.split("\n")
    if len(lines) != len(FIELDS) + 2 or lines[0] != TITLE or lines[-1]:
        raise FormatInvalid("This is not a rotation of a station key")
    values = {}
    for name, line in zip(FIELDS, lines[1:-1], strict=True):
        key, _, value = line.partition(" ")
        if key != name or not value or value != value.strip():
            raise FormatInvalid(f"The rotation has no '{name}' where it belongs")
        values[name] = value
    if not _STATION.fullmatch(values["station"]) or not _SHIFT.fullmatch(values["first-shift"]):
        raise FormatInvalid("Station or shift of the rotation are malformed")
    if len(values["reason"]) > MAX_TEXT or not values["reason"].isprintable():
        raise FormatInvalid(f"The reason of the rotation is not one line of at most {MAX_TEXT} characters")
    old, new = parse_public_key(values["old"]), parse_public_key(values["new"])
    if old == new:
        raise FormatInvalid("The rotation names one key twice")
    return Rotation(values["station"], old, new, int(values["first-shift"]), values["reason"])


def sign_rotation(rotation: Rotation, old: DocumentSigner, new: DocumentSigner) -> bytes:
    """The rotation as a note that both keys signed, the old one first.

    Raises:
        FormatInvalid: A value is out of its range.
        KeyLocked: A key cannot sign now.
    """
    text = rotation.text()
    first = sign_note(text, NoteKey(KEY_NAME, rotation.old), old)
    second = sign_note(text, NoteKey(KEY_NAME, rotation.new), new)
    return (first + second.rpartition("\n\n")[2]).encode("utf-8")


def is_rotation(data: bytes) -> bool:
    """Whether these bytes claim to be a rotation; seals and heads begin with a brace."""
    return data.startswith(TITLE.encode("ascii") + b"\n")


def open_rotation(data: bytes) -> Rotation:
    """Check a rotation: its two signatures by the keys that it names, and nothing else beside them.

    Raises:
        FormatInvalid: It is malformed, or has other than two signatures.
        SignatureInvalid: One of the two keys did not sign it.
    """
    if len(data) > MAX_DOCUMENT:
        raise FormatInvalid(f"A rotation of {len(data)} bytes is too long")
    text, lines = split_note(data)
    rotation = parse_rotation(text)
    if len(lines) != 2:
        raise FormatInvalid(f"A rotation has two signatures, not {len(lines)}")
    for key in (rotation.old, rotation.new):
        open_note(data, [NoteKey(KEY_NAME, key)])
    return rotation
