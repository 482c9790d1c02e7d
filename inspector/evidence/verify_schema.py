# SPDX-License-Identifier: AGPL-3.0-or-later
"""The verifier's own reading of docs/formats.md: strict JSON and the shape of every record and document.

Nothing here is shared with the code that writes records. A shape is plain data: a pattern stands for text
that matches it, a set for one of its words, `bool` for true or false, `Whole` for an integer, `Words` for
text, `Maybe` for null or a shape, `Each` for a list, a dict for an object with exactly these fields.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass

SAFE = 2**53 - 1
LIMIT_BYTES = 65_000


class Malformed(Exception):
    """Bytes that break a rule of the format.

    Args:
        rule: FORMAT-01 for the encoding, FORMAT-02 for fields and values.
        message: What is wrong.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


@dataclass(frozen=True)
class Whole:
    """An integer between two bounds."""

    low: int = 0
    high: int = SAFE


@dataclass(frozen=True)
class Words:
    """Text of a number of characters."""

    high: int
    low: int = 0


@dataclass(frozen=True)
class Maybe:
    """Null or a shape."""

    shape: object


@dataclass(frozen=True)
class Each:
    """A list whose entries have one shape."""

    shape: object
    high: int
    low: int = 0


@dataclass(frozen=True)
class Open:
    """An object with free keys and values of one shape."""

    shape: object
    high: int


@dataclass(frozen=True)
class Optional:
    """A field that may be absent."""

    shape: object


DIGEST = re.compile("[0-9a-f]{64}")
HEX16 = re.compile("[0-9a-f]{16}")
HEX32 = re.compile("[0-9a-f]{32}")
STATION = re.compile("[A-Za-z0-9._-]{1,64}")
NUMBER = Whole()
LABEL = Words(200)
REASON = Words(1000)
VERDICTS = frozenset(["PASS", "FAIL", "NO_DECISION", "LATE", "ERROR", "BYPASSED", "MISSING_IMAGE", "UNTRACKED"])
OUTCOMES = ("accept", "reject", "good", "reject_lane", "unknown")
KEY = {"line_boot": HEX16, "part_seq": Whole(1)}
COUNTS = {
    "verdicts": dict.fromkeys(VERDICTS, NUMBER),
    "outcomes": dict.fromkeys(OUTCOMES, NUMBER),
    "parts": NUMBER,
    "gaps": NUMBER,
    "gap_parts": NUMBER,
}
CAMERA = {
    "name": LABEL,
    "vendor": LABEL,
    "model": LABEL,
    "serial": LABEL,
    "firmware": LABEL,
    "producer_sha256": DIGEST,
    "settings_digest": DIGEST,
    "simulated": bool,
}
IMAGE = {
    "alg": {"pixels-sha256/1"},
    "digest": DIGEST,
    "width": Whole(1, 65_535),
    "height": Whole(1, 65_535),
    "pixel_format": {"Mono8", "BayerRG8", "BayerGR8", "BayerGB8", "BayerBG8", "RGB8", "BGR8"},
}
VIEW = {
    "camera": LABEL,
    "frame_id": Maybe(NUMBER),
    "t_camera_us": Maybe(NUMBER),
    "image": Maybe(IMAGE),
    "gate": Maybe({"brightness_milli": NUMBER, "sharpness_milli": NUMBER, "failed": Each(Words(100, 1), 32)}),
    "verdict": VERDICTS,
    "reason": REASON,
    "detections": Each(
        {
            "class": Words(100, 1),
            "score_ppm": Whole(0, 1_000_000),
            "box_16": Each(Whole(-(2**31), 2**31), 4, 4),
        },
        100,
    ),
}
ENVELOPE = {
    "v": Whole(1, 1),
    "station": STATION,
    "seq": Whole(1),
    "shift": Whole(1),
    "salt": HEX32,
    "prev": DIGEST,
    "t_us": NUMBER,
    "mono_us": NUMBER,
    "boot": HEX16,
}
RECORDS: dict[str, dict[str, object]] = {
    "station-start": {
        "software": {"version": LABEL, "python": LABEL, "packages": Optional(Open(LABEL, 200))},
        "reason": REASON,
    },
    "shift-open": {
        "opened_by": DIGEST,
        "lot": LABEL,
        "recipe": {"name": LABEL, "digest": DIGEST},
        "model": {"name": LABEL, "digest": DIGEST, "backend": LABEL, "precision": LABEL},
        "cameras": Each(CAMERA, 16),
        "line": {"backend": LABEL, "simulated": bool},
        "ledger_checkpoint": Maybe({"origin": LABEL, "size": NUMBER, "root": DIGEST}),
        "prev_seal": DIGEST,
    },
    "part": {
        "key": KEY,
        "plc_count": NUMBER,
        "purpose": {"production", "challenge"},
        "verdict": VERDICTS,
        "reason": REASON,
        "t_edge_us": NUMBER,
        "serial": Maybe({"text": LABEL, "source": LABEL}),
        "views": Each(VIEW, 16),
        "model_digest": Maybe(DIGEST),
        "recipe_digest": Maybe(DIGEST),
        "latency_us": NUMBER,
    },
    "outcome": {
        "key": KEY,
        "part": DIGEST,
        "commanded": {"accept", "reject"},
        "confirmed": {"good", "reject", "unknown"},
        "reason": REASON,
    },
    "image-stored": {
        "part": DIGEST,
        "camera": LABEL,
        "image_digest": DIGEST,
        "file_sha256": DIGEST,
        "size": Whole(1),
        "codec": {"png"},
    },
    "image-lost": {"part": DIGEST, "camera": LABEL, "image_digest": DIGEST, "reason": REASON},
    "gap": {
        "key": {"line_boot": HEX16, "gap_seq": Whole(1)},
        "first_plc_count": Maybe(NUMBER),
        "count": Whole(1),
        "source": LABEL,
        "reason": REASON,
    },
    "state": {"state": LABEL, "reasons": Each(REASON, 32)},
    "shift-close": {
        "closed_by": DIGEST,
        "counts": COUNTS,
        "reconciliation": {
            "plc_count": Maybe(NUMBER),
            "station": NUMBER,
            "difference": Maybe(Whole(-SAFE)),
            "note": REASON,
        },
    },
    "signature": {"signer": DIGEST, "meaning": LABEL, "method": LABEL, "target": DIGEST},
    "receipt": {
        "seal": DIGEST,
        "ledger": {"kind": LABEL, "origin": LABEL},
        "index": NUMBER,
        "proof": Words(8000, 1),
    },
}
HEAD: dict[str, object] = {
    "v": Whole(1, 1),
    "station": STATION,
    "shift": Whole(1),
    "first": Whole(1),
    "count": Whole(1),
    "head": DIGEST,
    "root": DIGEST,
    "t_us": NUMBER,
    "prev_seal": DIGEST,
    "key": DIGEST,
    "simulated": bool,
}
SEAL: dict[str, object] = {**HEAD, "t_open_us": NUMBER, "t_close_us": NUMBER, "counts": COUNTS}

_RECORD_SHAPES = {kind: {"type": {kind}, **ENVELOPE, **fields} for kind, fields in RECORDS.items()}
_DOCUMENT_SHAPES = {"seal": {"type": {"seal"}, **SEAL}, "head": {"type": {"head"}, **HEAD}}


def _wrong(path: str, what: str) -> Malformed:
    return Malformed("FORMAT-02", f"{path} {what}")


def _object(value: object, shape: dict[str, object], path: str) -> None:
    if type(value) is not dict:
        raise _wrong(path, "is not an object")
    known = 0
    for field, wanted in shape.items():
        if field in value:
            known += 1
            fit(value[field], wanted.shape if isinstance(wanted, Optional) else wanted, f"{path}.{field}")
        elif not isinstance(wanted, Optional):
            raise _wrong(f"{path}.{field}", "is missing")
    if known != len(value):
        extra = min(set(value) - set(shape))
        raise _wrong(f"{path}.{extra[:40]}", "is not a field of this version")


def fit(value: object, shape: object, path: str) -> None:
    """Check a value against a shape.

    Raises:
        Malformed: It does not fit (FORMAT-02); the message begins with the path of the field.
    """
    if isinstance(shape, dict):
        _object(value, shape, path)
    elif isinstance(shape, re.Pattern):
        if type(value) is not str or not shape.fullmatch(value):
            raise _wrong(path, f"does not match {shape.pattern}")
    elif isinstance(shape, set | frozenset):
        if type(value) is not str or value not in shape:
            raise _wrong(path, "is none of the allowed words")
    elif isinstance(shape, Whole):
        if type(value) is not int or not shape.low <= value <= shape.high:
            raise _wrong(path, f"is not an integer from {shape.low} to {shape.high}")
    elif isinstance(shape, Words):
        if type(value) is not str or not shape.low <= len(value) <= shape.high:
            raise _wrong(path, f"is not text of {shape.low} to {shape.high} characters")
    elif isinstance(shape, Maybe):
        if value is not None:
            fit(value, shape.shape, path)
    elif isinstance(shape, Each):
        if type(value) is not list or not shape.low <= len(value) <= shape.high:
            raise _wrong(path, f"is not a list of {shape.low} to {shape.high} entries")
        for index, item in enumerate(value):
            fit(item, shape.shape, f"{path}[{index}]")
    elif isinstance(shape, Open):
        if type(value) is not dict or len(value) > shape.high:
            raise _wrong(path, f"is not an object of at most {shape.high} fields")
        for item in value.values():
            fit(item, shape.shape, path)
    elif type(value) is not bool:
        raise _wrong(path, "is not true or false")


def _normal(value: object) -> bool:
    """Whether all text is in normal form C and all keys are ASCII."""
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value)
    if isinstance(value, list):
        return all(_normal(item) for item in value)
    if isinstance(value, dict):
        return all(key.isascii() and _normal(item) for key, item in value.items())
    return True


def _read(data: bytes) -> dict[str, object]:
    """JSON whose one allowed spelling are these bytes (RFC 8785; floats are refused by the shapes).

    A duplicate key needs no rule of its own: it is gone after parsing, so the spelling differs.
    """
    if len(data) > LIMIT_BYTES:
        raise Malformed("FORMAT-01", f"{len(data)} bytes are more than {LIMIT_BYTES}")
    try:
        value: object = json.loads(data.decode("utf-8"))
        again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Malformed("FORMAT-01", f"not JSON in UTF-8: {error}") from error
    if not isinstance(value, dict):
        raise Malformed("FORMAT-01", "not a JSON object")
    if again != data:
        raise Malformed("FORMAT-01", "the bytes are not the canonical spelling of their content")
    if not data.isascii() and not _normal(value):
        raise Malformed("FORMAT-01", "text is not in normal form C, or a key is not ASCII")
    return value


def _shaped(data: bytes, shapes: dict[str, dict[str, object]]) -> dict[str, object]:
    value = _read(data)
    kind = value.get("type")
    shape = shapes.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise Malformed("FORMAT-02", f"type {ascii(kind)[:60]} is unknown")
    _object(value, shape, str(kind))
    return value


def read_record(data: bytes) -> dict[str, object]:
    """Read one record.

    Raises:
        Malformed: FORMAT-01 or FORMAT-02.
    """
    return _shaped(data, _RECORD_SHAPES)


def read_document(data: bytes) -> dict[str, object]:
    """Read one seal or head.

    Raises:
        Malformed: FORMAT-01 or FORMAT-02.
    """
    return _shaped(data, _DOCUMENT_SHAPES)


Fields = dict[str, object]


def whole(fields: Fields, name: str) -> int:
    """An integer field that a shape has already checked."""
    value = fields[name]
    if not isinstance(value, int):
        raise _wrong(name, "is not an integer")
    return value


def word(fields: Fields, name: str) -> str:
    """A text field that a shape has already checked."""
    value = fields[name]
    if not isinstance(value, str):
        raise _wrong(name, "is not text")
    return value


def inner(fields: Fields, name: str) -> Fields:
    """An object field that a shape has already checked."""
    value = fields[name]
    if not isinstance(value, dict):
        raise _wrong(name, "is not an object")
    return value


def objects(fields: Fields, name: str) -> list[Fields]:
    """The objects of a list field that a shape has already checked."""
    value = fields[name]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
