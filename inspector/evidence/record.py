# SPDX-License-Identifier: AGPL-3.0-or-later
"""Record bytes: the JSON profile, its strict parser, the record hash and the pixel digest (docs/formats.md).

The profile is RFC 8785 without floating-point numbers: integers below 2^53 in size, ASCII keys, NFC strings,
no duplicate keys. In this profile `json.dumps` with sorted keys gives exactly the bytes of RFC 8785. The
stored bytes are the bytes that were hashed; nothing is ever encoded again to check a hash.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import NoReturn

from inspector.errors import FormatInvalid
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.schema import check_record

MAX_RECORD_BYTES = 65_000
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16
GENESIS = "0" * 64

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def clean_text(text: str, limit: int = 1000) -> str:
    """Make any text fit for a record: valid Unicode, NFC, at most `limit` characters.

    A message of an exception may hold anything, and a record must be written all the same.
    """
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))[:limit]


def _check_value(value: object, depth: int) -> None:
    """Refuse what the profile does not have, before it is encoded or accepted."""
    if isinstance(value, str):  # the most frequent kinds first: this runs for every value of every record
        if not value.isascii() and not unicodedata.is_normalized("NFC", value):
            raise FormatInvalid(f"Text {value[:40]!a} is not in Unicode normal form C")
    elif isinstance(value, int):  # booleans are small enough
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise FormatInvalid(f"Integer of {value.bit_length()} bits: the profile ends at 2^53 - 1")
    elif value is None:
        return
    elif depth >= MAX_DEPTH:
        raise FormatInvalid(f"Nested deeper than {MAX_DEPTH}")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise FormatInvalid(f"Key {ascii(key)[:40]} is not ASCII text")
            _check_value(item, depth + 1)
    elif isinstance(value, (list, tuple)):  # a union is slower here
        for item in value:
            _check_value(item, depth + 1)
    else:
        raise FormatInvalid(f"A value of type {type(value).__name__} has no place in the profile")


def canonical(obj: Mapping[str, object]) -> bytes:
    """Encode in the profile.

    Raises:
        FormatInvalid: The object holds a float, a large integer, a key that is not ASCII, text that is not
            NFC, or does not fit in 65,000 bytes.
    """
    plain = dict(obj)
    _check_value(plain, 0)
    return _encode(plain)


def _encode(plain: dict[str, object]) -> bytes:
    """Encode what is known to be in the profile."""
    try:
        data = _ENCODER.encode(plain).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormatInvalid("Text with a lone surrogate cannot be encoded") from error
    if len(data) > MAX_RECORD_BYTES:
        raise FormatInvalid(f"{len(data)} bytes are more than the {MAX_RECORD_BYTES} of a document")
    return data


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FormatInvalid("A key appears twice")
    return result


def _refuse_number(text: str) -> NoReturn:
    raise FormatInvalid(f"{text[:40]} is not an integer")


def _integer(text: str) -> int:
    if len(text) > 17:
        raise FormatInvalid(f"Integer of {len(text)} characters: the profile ends at 2^53 - 1")
    return int(text)


def parse_strict(data: bytes) -> dict[str, object]:
    """Read bytes that must already be in the profile.

    Raises:
        FormatInvalid: Anything else: size, UTF-8, JSON, duplicates, floats, or another encoding of the same
        value.
    """
    if len(data) > MAX_RECORD_BYTES:
        raise FormatInvalid(f"{len(data)} bytes are more than the {MAX_RECORD_BYTES} of a document")
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise FormatInvalid(f"Not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise FormatInvalid(f"Not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise FormatInvalid("Nested too deep") from error
    if not isinstance(value, dict):
        raise FormatInvalid("Not a JSON object")
    if canonical(value) != data:
        raise FormatInvalid("The bytes are not the canonical form of their content")
    return value


def record_hash(data: bytes) -> bytes:
    """Chain hash and Merkle leaf of a record in one: `SHA256(0x00 || bytes)`, 32 bytes."""
    return leaf_hash(data)


def build_record(fields: Mapping[str, object]) -> bytes:
    """Check a whole record, envelope and fields, against the closed schema of its type and encode it.

    Raises:
        FormatInvalid: A field is missing, unknown, or has a value that the schema does not allow.
    """
    check_record(fields)  # allows nothing that is outside the profile
    return _encode(dict(fields))


def parse_record(data: bytes) -> dict[str, object]:
    """Read one record strictly.

    Raises:
        FormatInvalid: The bytes are not in the profile or do not fit the schema.
    """
    record = parse_strict(data)
    check_record(record)
    return record


def read_stored(data: bytes) -> dict[str, object]:
    """Read a record that was strict when it was written and whose hash is known since; ten times as fast.

    Raises:
        FormatInvalid: The bytes are no JSON object.
    """
    try:
        record: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormatInvalid(f"Not JSON: {error}") from error
    if not isinstance(record, dict):
        raise FormatInvalid("Not a JSON object")
    return record


def document_hash(data: bytes) -> str:
    """SHA-256 of the bytes of a seal or head, without its signature, as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def pixel_digest(pixel_format: str, pixels: bytes | bytearray | memoryview, height: int, width: int) -> str:
    r"""Digest of the pixels themselves, whatever file later holds them ("pixels-sha256/1").

    SHA-256 over the ASCII line `{pixel_format} {height} {width}\n` and the raw bytes, row by row from the
    top, channels in the camera's order.

    Args:
        pixel_format: PFNC name.
        pixels: Contiguous buffer of `height * width` bytes times channels; for an array pass `array.data`.
        height: Rows.
        width: Columns.

    Returns:
        64 hex digits.

    Raises:
        FormatInvalid: The buffer is not contiguous or its size does not fit.
    """
    view = memoryview(pixels)
    channels = 3 if pixel_format in ("RGB8", "BGR8") else 1
    if not view.c_contiguous or view.nbytes != height * width * channels:
        raise FormatInvalid(f"{view.nbytes} bytes are not a contiguous {pixel_format} image of {width} x {height}")
    digest = hashlib.sha256(f"{pixel_format} {height} {width}\n".encode("ascii"))
    digest.update(view)
    return digest.hexdigest()
