# SPDX-License-Identifier: AGPL-3.0-or-later
"""The audit bundle as its writer knows it: names, manifest, a zip of the plainest kind (docs/formats.md, section 11).

The directory of a zip can be larger than its program: a million records bring a third of a million images. So it is
kept in a temporary file until the end, where the standard library's writer would keep an object per member.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import BinaryIO

from inspector.errors import FormatInvalid
from inspector.evidence.record import canonical

MANIFEST = "bundle.json"
RECORDS = "records.jsonl"
SEALS = "seals.txt"
HEADS = "heads.txt"
RECEIPTS = "receipts.txt"
ERASURES = "erasures.jsonl"
STATION_KEY = "keys/station.pub"
LOG_KEY = "keys/log.vkey"
LONGEST_DOCUMENT = 16 * 1024 * 1024
LONGEST_KEY = 1_000

_BIG16, _BIG32 = 0xFFFF, 0xFFFFFFFF
_DATE, _ATTRIBUTES = 0x0021, 0x01800000
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_END = struct.Struct("<4s4H2IH")
_CRC_AT = 14
_IN_MEMORY = 1 << 20


def document_name(digest: str) -> str:
    """Name of a document's member."""
    return f"documents/{digest}"


def list_name(file: str) -> str:
    """Name of the member with a list of passed parts."""
    return f"challenge/{file}"


def image_name(digest: str) -> str:
    """Name of an image's member."""
    return f"images/{digest[:2]}/{digest}.png"


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked for.

    Attributes:
        kind: "shift", "lot", "time" or "all".
        value: Number, lot, two times, or nothing.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says about itself; the fields are those of docs/formats.md, section 11.2."""

    station: str
    scope: Scope
    first: int
    count: int
    first_shift: int
    last_shift: int
    prev: str
    prev_seal: str
    images: bool

    def encode(self) -> bytes:
        """The bytes of `bundle.json`."""
        return canonical({"v": 1, "type": "bundle", **asdict(self)})


def signed_line(data: bytes, signature: bytes | None) -> bytes:
    """The line of a seal or head."""
    return (b"-" if signature is None else signature.hex().encode("ascii")) + b" " + data + b"\n"


def receipt_line(fields: Mapping[str, object]) -> bytes:
    """The line of a receipt, from the fields of its record."""
    return canonical({name: fields[name] for name in ("seal", "ledger", "index", "proof")}) + b"\n"


def erasures_line(shift: int, records: Sequence[bytes], hashes: Sequence[bytes]) -> bytes:
    """The line of some image-erased records of a later shift, and the roots of the subtrees around them.

    Raises:
        FormatInvalid: It would be longer than 65,000 bytes, or the records are not UTF-8.
    """
    try:
        texts = [data.decode("utf-8") for data in records]
    except UnicodeDecodeError as error:
        raise FormatInvalid("A record is not UTF-8") from error
    return canonical({"shift": shift, "records": texts, "hashes": [node.hex() for node in hashes]}) + b"\n"


def named_documents(fields: Mapping[str, object]) -> Iterator[str]:
    """Hashes of the documents that a record names (docs/formats.md, section 7)."""
    kind = fields.get("type")
    if kind == "shift-open":
        cameras = fields.get("cameras")
        yield from _digests(fields.get("recipe"), "digest")
        yield from _digests(fields.get("model"), "digest")
        yield from _digests(fields.get("retention"), "digest")
        for camera in cameras if isinstance(cameras, list) else []:
            yield from _digests(camera, "settings_digest")
    elif kind == "part":
        yield from _digests(fields, "recipe_digest")
        yield from _digests(fields, "model_digest")
    elif kind == "challenge-start":
        yield from _digests(fields, "set")
    elif kind == "bypass-start":
        yield from _digests(fields, "permit")
    elif kind in ("key-rotate", "key-statement"):
        yield from _digests(fields, "statement")
    elif kind == "signature":
        yield from _digests(fields, "statement")
    elif kind == "setup":
        for name in ("settings", "program", "recipe", "model"):
            yield from _digests(fields, name)
    elif kind == "change":
        for name in ("document", "proposal", "approval", "report"):
            yield from _digests(fields.get("release"), name)


def _digests(holder: object, name: str) -> Iterator[str]:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    if isinstance(value, str):
        yield value


class MemberWriter:
    """Takes the bytes of one member.

    Args:
        stream: The container.
        size: How many bytes have been announced.
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self.left = size
        self.crc = 0

    def write(self, data: bytes) -> None:
        """Write the next bytes.

        Raises:
            FormatInvalid: They are more than announced.
            OSError: The disk is full, or gone.
        """
        self.left -= len(data)
        if self.left < 0:
            raise FormatInvalid("A member of the bundle grew while it was written")
        self.crc = zlib.crc32(data, self.crc)
        self._stream.write(data)


class BundleWriter:
    """Writes members one after another, then the directory. Names come in the order of section 11.1.

    Args:
        stream: Empty, can be read back to patch a checksum; stays open.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._directory = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
        self.members = 0

    def close(self) -> None:
        """Let go of the temporary file; the stream stays open."""
        self._directory.close()

    def add(self, name: str, data: bytes) -> None:
        """A small member."""
        with self.member(name, len(data)) as member:
            member.write(data)

    def add_lines(self, name: str, lines: Iterable[bytes]) -> None:
        """A member of lines that fit into memory."""
        self.add(name, b"".join(lines))

    @contextmanager
    def member(self, name: str, size: int) -> Iterator[MemberWriter]:
        """A member of exactly this size, written piece by piece.

        Raises:
            FormatInvalid: Other than `size` bytes came.
            OSError: The disk is full, or gone.
        """
        offset = self._stream.tell()
        encoded = name.encode("ascii")
        extra = struct.pack("<2H2Q", 1, 16, size, size) if size >= _BIG32 else b""
        needed, shown = (45, _BIG32) if extra else (20, size)
        self._stream.write(
            _LOCAL.pack(b"PK\x03\x04", needed, 0, 0, 0, _DATE, 0, shown, shown, len(encoded), len(extra))
        )
        self._stream.write(encoded + extra)
        member = MemberWriter(self._stream, size)
        yield member
        if member.left:
            raise FormatInvalid(f"Member {name} of the bundle shrank while it was written")
        end = self._stream.tell()
        self._stream.seek(offset + _CRC_AT)
        self._stream.write(struct.pack("<I", member.crc))
        self._stream.seek(end)
        self._note(encoded, size, offset, member.crc)

    def _note(self, name: bytes, size: int, offset: int, crc: int) -> None:
        """One entry of the directory."""
        large = [number for number in (size, size, offset) if number >= _BIG32]
        extra = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
        made, needed = (0x032D, 45) if extra else (0x0314, 20)
        shown = min(size, _BIG32)
        sizes = (crc, shown, shown, len(name), len(extra))
        tail = (0, 0, 0, _ATTRIBUTES, min(offset, _BIG32))
        self._directory.write(_CENTRAL.pack(b"PK\x01\x02", made, needed, 0, 0, 0, _DATE, *sizes, *tail) + name + extra)
        self.members += 1

    def finish(self) -> None:
        """Write the directory and the end record.

        Raises:
            OSError: The disk is full, or gone.
        """
        start = self._stream.tell()
        self._directory.seek(0)
        while data := self._directory.read(_IN_MEMORY):
            self._stream.write(data)
        end = self._stream.tell()
        size, count = end - start, self.members
        if count >= _BIG16 or size >= _BIG32 or start >= _BIG32:
            self._stream.write(_END64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start))
            self._stream.write(_LOCATOR.pack(b"PK\x06\x07", 0, end, 1))
        counts = (min(count, _BIG16), min(count, _BIG16))
        self._stream.write(_END.pack(b"PK\x05\x06", 0, 0, *counts, min(size, _BIG32), min(start, _BIG32), 0))
