# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shape of every record and document, in the verifier's own words (docs/formats.md, sections 2 and 3)."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from inspector.evidence.verify.json import (
    LIMIT_BYTES,
    SAFE,
    Each,
    Malformed,
    Maybe,
    Open,
    Optional,
    Test,
    Whole,
    Words,
    compiled,
    read_json,
)
from inspector.evidence.verify.pattern import spelling

Fields = dict[str, Any]
"""A record or document whose shape was checked: from then on its fields are what its shape says."""

_DECODE = json.JSONDecoder().raw_decode

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
    "challenge": Optional(Whole(1)),
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
COUNTER = {
    "name": Words(64, 1),
    "source": {"plc", "lane", "camera"},
    "simulated": bool,
    "since": Words(64),
    "start": Maybe(NUMBER),
    "end": Maybe(NUMBER),
}
INDEPENDENT = {
    "counters": Each(COUNTER, 20),
    "bounces": NUMBER,
    "removed_by_hand": NUMBER,
    "differences": Each({"between": Words(100, 1), "number": Whole(-SAFE), "words": Words(1000, 1)}, 40),
    "established_by": Each(Words(64, 1), 20),
}
RELEASE = dict.fromkeys(("document", "proposal", "approval", "report", "proposer", "approver"), DIGEST)
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
        "retention": Optional({"name": Words(200, 1), "digest": DIGEST}),
        "customer": Optional(Words(200, 1)),
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
    "image-erased": {
        "part": DIGEST,
        "camera": LABEL,
        "image_digest": DIGEST,
        "rule": DIGEST,
        "reason": REASON,
        "erased_by": Maybe(DIGEST),
    },
    "hold": {
        "name": Words(200, 1),
        "scope": {
            "lot": Maybe(LABEL),
            "serial": Maybe(LABEL),
            "from_us": Maybe(NUMBER),
            "to_us": Maybe(NUMBER),
            "defect": Maybe(Words(100, 1)),
        },
        "by": DIGEST,
        "reason": REASON,
    },
    "hold-end": {"hold": DIGEST, "by": DIGEST, "reason": REASON},
    "review": {
        "part": DIGEST,
        "record": Whole(1),
        "finding": {"agree", "not-a-defect", "unsure"},
        "class": Maybe(Words(100, 1)),
        "by": DIGEST,
        "role": Maybe({"operator", "team-lead", "qa"}),
        "login": Maybe(DIGEST),
        "note": REASON,
    },
    "gap": {
        "key": {"line_boot": HEX16, "gap_seq": Whole(1)},
        "first_plc_count": Maybe(NUMBER),
        "count": NUMBER,
        "source": LABEL,
        "reason": REASON,
    },
    "state": {"state": LABEL, "reasons": Each(REASON, 32)},
    "challenge-start": {"started_by": DIGEST, "set": DIGEST, "parts": Whole(1), "presentations": Whole(1)},
    "challenge": {
        "start": DIGEST,
        "result": {"passed", "failed"},
        "reason": REASON,
        "parts_in": NUMBER,
        "parts_out": NUMBER,
        "results": Each(
            {"part": DIGEST, "serial": LABEL, "class": Maybe(Words(100, 1)), "found": bool, "rejected": bool}, 200
        ),
        "missing": Each(LABEL, 200),
        "passed_since": Maybe({"file": STATION, "sha256": DIGEST, "parts": NUMBER}),
    },
    "bypass-start": {
        "started_by": DIGEST,
        "permit": DIGEST,
        "authority": DIGEST,
        "nonce": HEX32,
        "scope": {"no-verdict", "all"},
        "parts": Whole(1),
        "ends_us": NUMBER,
        "ends_mono_us": NUMBER,
    },
    "bypass-end": {
        "start": DIGEST,
        "why": {"time-over", "stopped", "parts-used-up", "shift-closed", "restart"},
        "ended_by": Maybe(DIGEST),
    },
    "key-rotate": {
        "statement": DIGEST,
        "old": DIGEST,
        "new": DIGEST,
        "first_shift": Whole(1),
        "by": DIGEST,
        "reason": REASON,
    },
    "key-statement": {
        "says": {"certificate", "revocation"},
        "statement": DIGEST,
        "root": DIGEST,
        "key": DIGEST,
        "by": DIGEST,
    },
    "shift-close": {
        "closed_by": DIGEST,
        "counts": COUNTS,
        "reconciliation": {
            "plc_count": Maybe(NUMBER),
            "station": NUMBER,
            "difference": Maybe(Whole(-SAFE)),
            "note": REASON,
            "independent": Optional(INDEPENDENT),
        },
    },
    "signature": {
        "signer": DIGEST,
        "meaning": LABEL,
        "method": LABEL,
        "target": DIGEST,
        "role": Optional(LABEL),
        "statement": Optional(DIGEST),
        "takes_over": Optional(DIGEST),
    },
    "login": {
        "person": Maybe(DIGEST),
        "result": {"ok", "failed", "locked"},
        "method": {"password", "badge+pin", "opc-ua"},
        "source": LABEL,
    },
    "logout": {"login": DIGEST, "why": {"logout", "idle", "elsewhere", "user-changed"}},
    "user-change": {
        "user": DIGEST,
        "action": {"added", "role", "password", "badge", "disabled", "enabled", "erased"},
        "old": Maybe(LABEL),
        "new": Maybe(LABEL),
        "by": Maybe(DIGEST),
        "why": Words(1000, 1),
        "store": Maybe(DIGEST),
    },
    "setup": {"settings": DIGEST, "program": DIGEST, "recipe": DIGEST, "model": DIGEST, "users": Maybe(DIGEST)},
    "change": {
        "what": {"setting", "recipe", "threshold", "model", "program", "user", "clock"},
        "name": LABEL,
        "old": Maybe(REASON),
        "new": Maybe(REASON),
        "by": Maybe(DIGEST),
        "why": Words(1000, 1),
        "release": Optional(RELEASE),
    },
    "alarm": {"code": Words(64, 1), "cause": Words(1000, 1), "action": Words(1000, 1)},
    "alarm-answer": {
        "code": Words(64, 1),
        "answer": {"acknowledged", "shelved", "unshelved"},
        "by": DIGEST,
        "until_us": Maybe(NUMBER),
        "reason": REASON,
    },
    "export": {
        "what": {"bundle", "certificate", "proof", "reviews"},
        "about": Words(200, 1),
        "sha256": DIGEST,
        "size": NUMBER,
        "by": Maybe(DIGEST),
        "role": Maybe(LABEL),
    },
    "receipt": {
        "seal": DIGEST,
        "ledger": {"kind": LABEL, "origin": LABEL},
        "index": NUMBER,
        "proof": Words(16_000, 1),
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
SEAL: dict[str, object] = {
    **HEAD,
    "t_open_us": NUMBER,
    "t_close_us": NUMBER,
    "counts": COUNTS,
    "independent": Optional(INDEPENDENT),
}

_RECORD_OBJECTS = {kind: {"type": {kind}, **ENVELOPE, **fields} for kind, fields in RECORDS.items()}
_RECORD_SHAPES = {kind: compiled(shape) for kind, shape in _RECORD_OBJECTS.items()}
_RECORD_SPELLINGS: dict[object, re.Pattern[str] | None] = {
    kind: spelling(shape) for kind, shape in _RECORD_OBJECTS.items()
}
_DOCUMENT_SHAPES = {"seal": compiled({"type": {"seal"}, **SEAL}), "head": compiled({"type": {"head"}, **HEAD})}


def _shaped(data: bytes, shapes: dict[str, Test]) -> dict[str, object]:
    value = read_json(data)
    kind = value.get("type")
    test = shapes.get(kind) if isinstance(kind, str) else None
    if test is None:
        raise Malformed("FORMAT-02", f"type {ascii(kind)[:60]} is unknown")
    wrong = test(value)
    if wrong:
        raise Malformed("FORMAT-02", f"{kind}{wrong}")
    return value


def read_record(data: bytes, kind: object = None) -> Fields:
    """Read one record.

    Args:
        data: Its bytes.
        kind: Its type as something beside the bytes says it, which may be wrong: it decides only which way is tried
            first.

    Raises:
        Malformed: FORMAT-01 or FORMAT-02.
    """
    pattern = _RECORD_SPELLINGS.get(kind)
    if pattern is not None and len(data) <= LIMIT_BYTES:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = ""  # which matches nothing
        if pattern.fullmatch(text) and (text.isascii() or unicodedata.is_normalized("NFC", text)):
            fields: Fields = _DECODE(text)[0]
            return fields
    return _shaped(data, _RECORD_SHAPES)


def read_document(data: bytes) -> dict[str, object]:
    """Read one seal or head.

    Raises:
        Malformed: FORMAT-01 or FORMAT-02.
    """
    return _shaped(data, _DOCUMENT_SHAPES)


def whole(fields: Fields, name: str) -> int:
    """An integer field that a shape has already checked."""
    value = fields[name]
    if not isinstance(value, int):
        raise Malformed("FORMAT-02", f"{name} is not an integer")
    return value


def word(fields: Fields, name: str) -> str:
    """A text field that a shape has already checked."""
    value = fields[name]
    if not isinstance(value, str):
        raise Malformed("FORMAT-02", f"{name} is not text")
    return value


def inner(fields: Fields, name: str) -> Fields:
    """An object field that a shape has already checked."""
    value = fields[name]
    if not isinstance(value, dict):
        raise Malformed("FORMAT-02", f"{name} is not an object")
    return value


def objects(fields: Fields, name: str) -> list[Fields]:
    """The objects of a list field that a shape has already checked."""
    value = fields[name]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
