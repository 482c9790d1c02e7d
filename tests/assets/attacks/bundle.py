# SPDX-License-Identifier: Apache-2.0
"""The bundle of a history as pieces that an attack can exchange, and the zip file of them, byte by byte."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from tests.assets.attacks.history import LOG_VKEY, STATION, STATION_KEY, History, Signed, spell

Json = dict[str, Any]
_IMAGE = b'"image_digest":"'


@dataclass
class Pieces:
    """What a bundle is made of.

    Attributes:
        manifest: Fields of `bundle.json`.
        records: Bytes of each record.
        seals, heads: In their order.
        receipts: Fields of the lines of `receipts.txt`.
        files: Keys, documents, lists and images by name.
    """

    manifest: Json
    records: list[bytes]
    seals: list[Signed]
    heads: list[Signed]
    receipts: list[Json]
    files: dict[str, bytes]

    @classmethod
    def of(cls, history: History) -> Pieces:
        """The whole history, scope `all`."""
        manifest: Json = {"v": 1, "type": "bundle", "station": STATION, "scope": {"kind": "all", "value": ""}}
        manifest |= {"first": 1, "count": len(history.records), "first_shift": 1, "last_shift": history.shift}
        manifest |= {"prev": "0" * 64, "prev_seal": "0" * 64, "images": True}
        keys = {
            "keys/station.pub": STATION_KEY.public_key.hex().encode() + b"\n",
            "keys/log.vkey": LOG_VKEY.encode() + b"\n",
        }
        return cls(manifest, list(history.records), list(history.seals), list(history.heads), [], keys | history.files)

    def recount(self) -> Pieces:
        """Let the manifest say what is there, as a careful forger would."""
        last = json.loads(self.records[-1])
        self.manifest |= {"count": len(self.records), "last_shift": last["shift"]}
        return self

    def members(self) -> list[tuple[str, bytes]]:
        """Name and bytes of each member, in order."""
        text = b"\n".join(self.records)
        images = [part[:64].decode("ascii", "replace") for part in text.split(_IMAGE)[1:]]
        order = list(dict.fromkeys(f"images/{digest[:2]}/{digest}.png" for digest in images))
        folders = [sorted(n for n in self.files if n.startswith(f)) for f in ("documents/", "challenge/")]
        keys = [name for name in ("keys/station.pub", "keys/log.vkey") if name in self.files]
        keys = ["erasures.jsonl", *keys] if "erasures.jsonl" in self.files else keys
        rest = [*keys, *folders[0], *folders[1], *(name for name in order if name in self.files)]
        return [
            ("bundle.json", spell(self.manifest)),
            ("records.jsonl", b"".join(data + b"\n" for data in self.records)),
            ("seals.txt", b"".join(seal.line for seal in self.seals)),
            ("heads.txt", b"".join(head.line for head in self.heads)),
            ("receipts.txt", b"".join(spell(fields) + b"\n" for fields in self.receipts)),
            *((name, self.files[name]) for name in rest),
        ]

    def zip(self) -> bytes:
        """The bundle."""
        return zip_of(self.members())


@dataclass
class Member:
    """One member of a zip file; what is not given is as it should be."""

    name: str
    data: bytes
    local_name: str | None = None
    method: int = 0
    flags: int = 0
    date: int = 33
    attributes: int = 0x01800000
    extra: bytes = b""
    comment: bytes = b""
    crc: int | None = None
    size: int | None = None
    before: bytes = b""


def zip_of(
    members: list[tuple[str, bytes]] | list[Member],
    *,
    prefix: bytes = b"",
    comment: bytes = b"",
    suffix: bytes = b"",
    gap: bytes = b"",
) -> bytes:
    """A zip file (APPNOTE 6.3), with whatever is asked for."""
    out, directory, count = bytearray(prefix), bytearray(), 0
    for given in members:
        one = given if isinstance(given, Member) else Member(*given)
        out += one.before
        stored = _deflated(one.data) if one.method == 8 else one.data
        name, local = one.name.encode("utf-8"), (one.local_name or one.name).encode("utf-8")
        crc = zlib.crc32(one.data) if one.crc is None else one.crc
        size = len(one.data) if one.size is None else one.size
        numbers = (one.flags, one.method, 0, one.date, crc, len(stored), size)
        directory += b"PK\1\2" + struct.pack("<6H3I", 0x0314, 20, *numbers[:4], *numbers[4:])
        directory += struct.pack("<5H2I", len(name), len(one.extra), len(one.comment), 0, 0, one.attributes, len(out))
        directory += name + one.extra + one.comment
        out += b"PK\3\4" + struct.pack("<5H3I2H", 20, *numbers, len(local), len(one.extra)) + local + one.extra + stored
        count += 1
    at = len(out)
    return (
        bytes(out)
        + directory
        + gap
        + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), at, len(comment))
        + comment
        + suffix
    )


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()
