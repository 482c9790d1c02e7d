# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of an audit bundle: a zip in the one form that docs/formats.md, section 11.1, allows.

From what the directory says of a member (name, size, checksum) each byte of its two headers follows. So they are built
again and compared, instead of looked at field by field: nothing is overlooked, and no two readers see two things.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

FIXED = (
    "bundle.json",
    "records.jsonl",
    "seals.txt",
    "heads.txt",
    "receipts.txt",
    "erasures.jsonl",
    "keys/station.pub",
    "keys/log.vkey",
)
NEEDED = FIXED[:5]
_DOCUMENT = re.compile("documents/[0-9a-f]{64}")
_LIST = re.compile("challenge/[A-Za-z0-9._-]{1,64}")
_IMAGE = re.compile(r"images/([0-9a-f]{2})/(\1[0-9a-f]{62})\.png")
_SAFE_NAME = re.compile("[!-.0-\\[\\]-~]+(/[!-.0-\\[\\]-~]+)*")
_MOST_OTHERS = 100_000
_LEAST_PER_IMAGE = 200
"""Bytes of records at least that it takes to name an image: so a small file cannot make us remember many."""
_CHUNK = 1 << 20
_MOST_COMMENT = 65_535
_END, _END64, _LOCATOR = struct.Struct("<4s4H2IH"), struct.Struct("<4sQ2H2I4Q"), struct.Struct("<4sIQI")
_CENTRAL, _LOCAL = struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s5H3I2H")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF


class Refused(Exception):
    """A file that is no bundle, or one that is not of the plain form.

    Args:
        message: Why.
        rule: BUNDLE-01 or BUNDLE-02.
        tampered: False if it is no zip at all.
    """

    def __init__(self, message: str, *, rule: str = "BUNDLE-01", tampered: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule
        self.tampered = tampered


class Member(NamedTuple):
    """Where the bytes of a member are, and what they must be."""

    name: str
    offset: int
    size: int
    crc: int


def _entry(member: Member, header_at: int) -> tuple[bytes, bytes]:
    """The local header and the entry of the directory that a member must have."""
    name = member.name.encode("ascii")
    shown = min(member.size, _FULL32)
    extra = struct.pack("<HHQQ", 1, 16, member.size, member.size) if shown == _FULL32 else b""
    sizes = (member.crc, shown, shown, len(name))
    version = 45 if extra else 20
    local = _LOCAL.pack(b"PK\x03\x04", version, 0, 0, 0, 0x21, *sizes, len(extra)) + name + extra
    large = [number for number in (member.size, member.size, header_at) if number >= _FULL32]
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = 45 if extra else 20
    rest = (len(extra), 0, 0, 0, 0x0180_0000, min(header_at, _FULL32))
    central = _CENTRAL.pack(b"PK\x01\x02", 0x0300 + version, version, 0, 0, 0, 0x21, *sizes, *rest) + name + extra
    return local, central


def _end(count: int, size: int, start: int) -> bytes:
    """What must stand behind the directory."""
    first = b""
    if count >= _FULL16 or size >= _FULL32 or start >= _FULL32:
        first = _END64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
        first += _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1)
    shown = (min(count, _FULL16), min(count, _FULL16), min(size, _FULL32), min(start, _FULL32))
    return first + _END.pack(b"PK\x05\x06", 0, 0, *shown, 0)


def _rank(name: str) -> int:
    """The row of the table that a name belongs to; -1 if to none."""
    if name in FIXED:
        return FIXED.index(name)
    for rank, pattern in enumerate((_DOCUMENT, _LIST, _IMAGE), len(FIXED)):
        if pattern.fullmatch(name):
            return rank
    return -1


_IMAGES = len(FIXED) + 2


class Container:
    """A bundle that is open for reading; its layout was checked when it was opened, its bytes are not.

    Args:
        path: The file.

    Raises:
        Refused: It is no zip, or not in the plain form.
        OSError: It cannot be read.

    Attributes:
        strangers: Names that the table does not know.
        changed: Names of members whose bytes do not have their checksum, as far as they were read.
    """

    def __init__(self, path: Path) -> None:
        self.strangers: list[str] = []
        self.changed: list[str] = []
        self._others: dict[str, Member] = {}
        self._images: dict[bytes, int] = {}
        self._offsets, self._sizes, self._checksums = array("Q"), array("Q"), array("L")
        self._unread: set[str] = set()
        self._file: BinaryIO = path.open("rb")
        try:
            self._length = self._file.seek(0, 2)
            with path.open("rb") as directory:
                self._walk(directory, *self._find_directory())
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Container:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _at(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)

    def _find_directory(self) -> tuple[int, int, int]:
        """Number of members, size and place of the directory."""
        tail = self._at(max(self._length - _END.size, 0), _END.size)
        if len(tail) < _END.size or not tail.startswith(b"PK\x05\x06"):
            around = self._at(max(self._length - _END.size - _MOST_COMMENT, 0), _END.size + _MOST_COMMENT)
            if b"PK\x05\x06" in around or self._at(0, 4) == b"PK\x03\x04":
                raise Refused("the file does not end with the end record of a zip")
            raise Refused("the file is no zip", tampered=False)
        _, _, _, _, count, size, start, _ = _END.unpack(tail)
        before = self._at(max(self._length - _END.size - _LOCATOR.size - _END64.size, 0), _END64.size)
        large = count == _FULL16 or _FULL32 in (size, start)
        if large and len(before) == _END64.size and before.startswith(b"PK\x06\x06"):
            _, _, _, _, _, _, _, count, size, start = _END64.unpack(before)
        expected = _end(count, size, start)
        if start + size + len(expected) != self._length or self._at(start + size, len(expected)) != expected:
            raise Refused("its end record is not of the plain form, or something lies before or after the directory")
        return count, size, start

    def _walk(self, directory: BinaryIO, count: int, size: int, start: int) -> None:
        """Compare directory and local headers, in step."""
        directory.seek(start)
        at, left, last = 0, size, (-1, "")
        for _ in range(count):
            member, header_at, length = self._next(directory, left)
            local, central = _entry(member, at)
            if header_at != at or length != len(central):
                raise Refused(f"member {member.name} is not where the one before it ends, or its entry is not plain")
            if self._at(at, len(local)) != local:
                raise Refused(f"the local header of {member.name} is not what the directory says")
            directory.seek(start + size - left)
            if directory.read(length) != central:
                raise Refused(f"the entry of {member.name} in the directory is not of the plain form")
            last = self._take(member._replace(offset=at + len(local)), last)
            at, left = at + len(local) + member.size, left - length
            if at > start:
                raise Refused(f"member {member.name} reaches into the directory")
        if left or at != start:
            raise Refused("the directory does not have as many members as it says, or something lies before it")

    def _next(self, directory: BinaryIO, left: int) -> tuple[Member, int, int]:
        """What the next entry of the directory says: the member, the place of its header, the size of the entry."""
        head = directory.read(_CENTRAL.size)
        if left < _CENTRAL.size or len(head) < _CENTRAL.size or not head.startswith(b"PK\x01\x02"):
            raise Refused("the directory ends early")
        fields = _CENTRAL.unpack(head)
        crc, size, name_size, extra_size, header_at = fields[7], fields[9], fields[10], fields[11], fields[16]
        rest = directory.read(name_size + extra_size)
        if len(rest) < name_size + extra_size:
            raise Refused("the directory ends early")
        name, extra = rest[:name_size], rest[name_size:]
        large = [struct.unpack_from("<Q", extra, place)[0] for place in range(4, len(extra) - 7, 8)]
        if size == _FULL32 and large:
            size = large[0]
        if header_at == _FULL32 and large:
            header_at = large[-1]
        return Member(_name(name), 0, size, crc), header_at, _CENTRAL.size + len(rest)

    def _take(self, member: Member, last: tuple[int, str]) -> tuple[int, str]:
        """Remember a member; each name once, in the order of the table."""
        rank = _rank(member.name)
        if rank == -1:
            self.strangers.append(member.name)
            if len(self.strangers) > _MOST_OTHERS:
                raise Refused("it has more members than a bundle can have", rule="BUNDLE-02")
            return last
        place = (rank, "" if rank == _IMAGES else member.name)
        if place < last or (place == last and rank != _IMAGES):
            raise Refused(f"member {member.name} stands twice, or out of order")
        if rank == _IMAGES:
            self._take_image(member)
        else:
            self._others[member.name] = member
            self._unread.add(member.name)
            if len(self._others) > _MOST_OTHERS:
                raise Refused("it has more members than a bundle can have", rule="BUNDLE-02")
        return place

    def _take_image(self, member: Member) -> None:
        digest = bytes.fromhex(member.name[-68:-4])
        records = self._others.get("records.jsonl")
        if digest in self._images:
            raise Refused(f"member {member.name} stands twice, or out of order")
        if records is None or (len(self._images) + 1) * _LEAST_PER_IMAGE > records.size:
            raise Refused("it has more images than its records can name", rule="BUNDLE-02")
        self._images[digest] = len(self._images)
        self._offsets.append(member.offset)
        self._sizes.append(member.size)
        self._checksums.append(member.crc)

    def member(self, name: str) -> Member | None:
        """A member by its name, or None."""
        image = _IMAGE.fullmatch(name)
        if image is None:
            return self._others.get(name)
        index = self._images.get(bytes.fromhex(image[2]))
        if index is None:
            return None
        return Member(name, self._offsets[index], self._sizes[index], self._checksums[index])

    def image_place(self, digest: str) -> int | None:
        """The how-manieth image this is, from 0; None if it is not here."""
        return self._images.get(bytes.fromhex(digest))

    @property
    def image_count(self) -> int:
        """Number of images."""
        return len(self._images)

    def image_name(self, place: int) -> str:
        """Name of an image by its place."""
        digest = next(digest.hex() for digest, index in self._images.items() if index == place)
        return f"images/{digest[:2]}/{digest}.png"

    def chunks(self, member: Member) -> Iterator[bytes]:
        """The bytes of a member; at their end the checksum is compared.

        Raises:
            OSError: They cannot be read.
        """
        at, left, crc = member.offset, member.size, 0
        while left:
            data = self._at(at, min(left, _CHUNK))
            if not data:
                raise OSError(0, "the file became shorter")
            crc = zlib.crc32(data, crc)
            at, left = at + len(data), left - len(data)
            yield data
        self._unread.discard(member.name)
        if crc != member.crc and member.name not in self.changed:
            self.changed.append(member.name)

    def read(self, name: str, limit: int) -> bytes | None:
        """A small member, as `files.read_file`.

        Raises:
            OSError: It cannot be read.
        """
        member = self.member(name)
        if member is None:
            return None
        if member.size > limit:
            return self._at(member.offset, limit + 1)
        return b"".join(self.chunks(member))

    def line_at(self, name: str, start: int, limit: int) -> bytes | None:
        """The line of a member that begins there, at most `limit` bytes of it.

        Raises:
            OSError: It cannot be read.
        """
        member = self.member(name)
        if member is None or start >= member.size:
            return None
        return self._at(member.offset + start, min(limit + 1, member.size - start)).partition(b"\n")[0]

    def digest(self, name: str) -> tuple[int, str] | None:
        """Size and SHA-256 of a member, as `files.digest_file`.

        Raises:
            OSError: It cannot be read.
        """
        member = self.member(name)
        if member is None:
            return None
        digest = hashlib.sha256()
        for data in self.chunks(member):
            digest.update(data)
        return member.size, digest.hexdigest()

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return self.member(name) is not None

    def names(self, folder: str) -> list[str]:
        """Names of the members below `documents` or `challenge`, without the folder, in order."""
        return [name[len(folder) + 1 :] for name in self._others if name.startswith(folder + "/")]

    def read_rest(self) -> None:
        """Read what nobody has asked for, images excepted, for its checksum.

        Raises:
            OSError: It cannot be read.
        """
        for name in sorted(self._unread):
            for _ in self.chunks(self._others[name]):
                pass


def _name(data: bytes) -> str:
    try:
        name = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise Refused("a name is not ASCII") from error
    if not _SAFE_NAME.fullmatch(name) or any(part in (".", "..") for part in name.split("/")):
        raise Refused(f"{name[:80]!a} is no name of a member")
    return name
