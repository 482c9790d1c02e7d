# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examines the file of a picture: is it whole, how large, which hashes. OpenCV alone takes truncated files silently."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from inspector.evidence.record import pixel_digest
from inspector.part import ImageArray
from training.dataset.problems import Kind

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_PIXELS = 200_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_LOOK_EDGE = 16


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a picture; the fields are those of the manifest."""

    sha256: str
    pixels_sha256: str
    suffix: str
    width: int
    height: int
    channels: int
    look: str
    brightness_milli: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a file cannot be taken."""

    kind: Kind
    what: str


def examine(data: bytes) -> Facts | Flaw:
    """Decode a PNG, JPEG or BMP of 8 bits a channel, grey or colour, and measure it."""
    if len(data) > MAX_FILE_BYTES:
        return Flaw(Kind.BROKEN_PICTURE, f"more than {MAX_FILE_BYTES} bytes")
    size = _size(data)
    if isinstance(size, Flaw):
        return size
    width, height, suffix = size
    if not 1 <= width * height <= MAX_PIXELS or max(width, height) > 65_535:
        return Flaw(Kind.BROKEN_PICTURE, f"{width} x {height} px cannot be")
    pixels = decode(data)
    if pixels is None:
        return Flaw(Kind.BROKEN_PICTURE, "cannot be decoded")
    if pixels.dtype != np.uint8:
        return Flaw(Kind.CHANNELS, f"{pixels.dtype.itemsize * 8} bits a channel; the station judges 8")
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels not in (1, 3):
        return Flaw(Kind.CHANNELS, f"{channels} channels; there must be 1 (grey) or 3 (colour)")
    if channels == 3 and bool((pixels[:, :, :1] == pixels[:, :, 1:]).all()):
        pixels, channels = np.ascontiguousarray(pixels[:, :, 0]), 1  # grey, stored as colour
    high, wide = pixels.shape[:2]
    digest = pixel_digest("Mono8" if channels == 1 else "BGR8", np.ascontiguousarray(pixels).data, high, wide)
    grey = pixels if channels == 1 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    brightness = round(float(grey.mean()) * 1000)
    return Facts(hashlib.sha256(data).hexdigest(), digest, suffix, wide, high, channels, look_of(grey), brightness)


def decode(data: bytes) -> ImageArray | None:
    """The pixels as they are in the file, `(h, w)` or `(h, w, channels)`, without regard to EXIF; None if damaged."""
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)  # type: ignore[return-value]
    except cv2.error:
        return None


def look_of(grey: ImageArray) -> str:
    """What a picture looks like, 64 hex digits: whether each of 16 x 16 fields is brighter than its left neighbour.

    Source: the difference hash (Krawetz 2013), finer, because parts of one kind look alike.
    """
    small = cv2.resize(grey, (_LOOK_EDGE + 1, _LOOK_EDGE), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(small[:, 1:] > small[:, :-1]).tobytes().hex()


def _size(data: bytes) -> tuple[int, int, str] | Flaw:
    """Width and height from the head of a file that is whole, and the suffix of its format."""
    try:
        if data.startswith(_PNG):
            return _png(data)
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data.startswith(b"BM"):
            return _bmp(data)
    except (struct.error, IndexError):
        return Flaw(Kind.BROKEN_PICTURE, "the file ends too early")
    return Flaw(Kind.BROKEN_PICTURE, "no PNG, JPEG or BMP" if data else "the file is empty")


def _png(data: bytes) -> tuple[int, int, str] | Flaw:
    place, seen = len(_PNG), b""
    while seen != b"IEND":
        length, seen = struct.unpack_from(">I4s", data, place)
        (crc,) = struct.unpack_from(">I", data, place + 8 + length)
        if zlib.crc32(memoryview(data)[place + 4 : place + 8 + length]) != crc:
            return Flaw(Kind.BROKEN_PICTURE, "damaged: a checksum in it does not hold")
        place += 12 + length
    width, height, bits, kind = struct.unpack_from(">IIBB", data, 16)
    if bits == 16:  # before it is decoded: it would take twice the memory
        return Flaw(Kind.CHANNELS, "16 bits a channel; the station judges 8")
    if kind in (4, 6):
        return Flaw(Kind.CHANNELS, "has an alpha channel; there must be 1 (grey) or 3 (colour)")
    return width, height, "png"


def _jpeg(data: bytes) -> tuple[int, int, str] | Flaw:
    place = 2
    while True:
        mark, kind, length = struct.unpack_from(">BBH", data, place)
        if mark != 0xFF:
            return Flaw(Kind.BROKEN_PICTURE, "damaged: no segment where one should begin")
        if kind == 0xFF:  # padding
            place += 1
            continue
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, place + 5)
            break
        if kind == 0xE1 and (turned := _turned(data[place + 4 : place + 2 + length])) != 1:
            return Flaw(
                Kind.BROKEN_PICTURE, f"is shown turned or mirrored (EXIF orientation {turned}): store it upright"
            )
        place += 2 + length
    if data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"):
        return Flaw(Kind.BROKEN_PICTURE, "truncated: the end of the picture is missing")
    return width, height, "jpg"


def _turned(segment: bytes) -> int:
    """The orientation that EXIF asks for; 1 if none. Labels and training would disagree about what is up."""
    if not segment.startswith(b"Exif\0\0"):
        return 1
    tiff = segment[6:]
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for entry in range(min(count, 512)):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * entry)
            if tag == 0x0112:
                return int(value)
    except struct.error:
        return 1
    return 1


def _bmp(data: bytes) -> tuple[int, int, str] | Flaw:
    (size,) = struct.unpack_from("<I", data, 2)
    width, height = struct.unpack_from("<ii", data, 18)
    if len(data) < size:
        return Flaw(Kind.BROKEN_PICTURE, "truncated: the end of the picture is missing")
    return abs(width), abs(height), "bmp"
