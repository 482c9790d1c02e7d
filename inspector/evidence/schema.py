# SPDX-License-Identifier: AGPL-3.0-or-later
"""The closed schema of every record and document type, as one table from field to checker (docs/formats.md).

The verifier does not import this file: it holds the same contract in its own words, so that a mistake here
shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from unicodedata import is_normalized

from inspector.errors import FormatInvalid
from inspector.part import Commanded, Confirmed, PixelFormat, Verdict

Check = Callable[[object], None]
"""Takes a value; raises `Misfit`."""

Fields = Mapping[str, Check]

MAX_DETECTIONS = 100
MAX_VIEWS = 16
MAX_CHALLENGE_RESULTS = 200
MAX_COUNTERS = 20
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Misfit(Exception):
    """A value that its checker does not allow.

    The way to the value is put together while this rises through the containers: every record of the line is checked,
    and nearly none needs it.

    Args:
        complaint: What is wrong, to follow the name of the field.
    """

    def __init__(self, complaint: str) -> None:
        super().__init__(complaint)
        self.complaint = complaint
        self.path = ""

    def within(self, step: str) -> Misfit:
        """The same, seen from one container further out."""
        self.path = step + self.path
        return self


def _not(value: object, wanted: str) -> Misfit:
    return Misfit(f"is {ascii(value)[:60]}, not {wanted}")


def integer(low: int, high: int = 2**53 - 1) -> Check:
    """An integer between two bounds, both included; booleans are no integers."""

    def check(value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise _not(value, f"an integer from {low} to {high}")

    return check


def text(limit: int = 1000, least: int = 0) -> Check:
    """Text of a number of characters, in Unicode normal form C."""

    def check(value: object) -> None:
        if not isinstance(value, str) or not least <= len(value) <= limit:
            raise _not(value, f"text of {least} to {limit} characters")
        if not value.isascii() and not is_normalized("NFC", value):
            raise _not(value, "in Unicode normal form C")

    return check


def digits(count: int) -> Check:
    """Lower-case hex of an exact number of digits."""
    fits = re.compile(f"[0-9a-f]{{{count}}}").fullmatch

    def check(value: object) -> None:
        if not isinstance(value, str) or not fits(value):
            raise _not(value, f"{count} lower-case hex digits")

    return check


def name(value: object) -> None:
    """An identifier: 1 to 64 letters, digits, dot, underscore or hyphen (it becomes part of file names)."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _not(value, "a name of 1 to 64 letters, digits, '.', '_' or '-'")


def boolean(value: object) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise _not(value, "true or false")


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: object) -> None:
        if not isinstance(value, str) or value not in allowed:
            raise _not(value, "one of " + ", ".join(allowed))

    return check


def exactly(wanted: object) -> Check:
    """One constant."""

    def check(value: object) -> None:
        if type(value) is not type(wanted) or value != wanted:
            raise _not(value, f"{wanted!r}")

    return check


def nullable(inner: Check) -> Check:
    """Null, or what `inner` allows."""

    def check(value: object) -> None:
        if value is not None:
            inner(value)

    return check


def many(inner: Check, limit: int, least: int = 0) -> Check:
    """A list."""

    def check(value: object) -> None:
        if not isinstance(value, (list, tuple)) or not least <= len(value) <= limit:  # a union is slower here
            raise Misfit(f"is not a list of {least} to {limit} entries")
        for index, item in enumerate(value):
            try:
                inner(item)
            except Misfit as misfit:
                raise misfit.within(f"[{index}]") from None

    return check


def mapping(inner: Check, limit: int) -> Check:
    """An object with free keys."""

    def check(value: object) -> None:
        if not isinstance(value, Mapping) or len(value) > limit:
            raise Misfit(f"is not an object of at most {limit} fields")
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise Misfit(f"has the key {ascii(key)[:60]}: a key is ASCII text")
            try:
                inner(item)
            except Misfit as misfit:
                raise misfit.within(f".{key[:40]}") from None

    return check


def group(fields: Fields, optional: Fields | None = None) -> Check:
    """A closed object: all of `fields`, perhaps some of `optional`, nothing else."""
    known = {**fields, **(optional or {})}
    required = frozenset(fields)

    def check(value: object) -> None:
        if not isinstance(value, dict):
            raise Misfit("is not an object")
        for field, item in value.items():
            inner = known.get(field)
            if inner is None:
                raise Misfit("is not in the schema").within(f".{str(field)[:40]}")
            try:
                inner(item)
            except Misfit as misfit:
                raise misfit.within(f".{field}") from None
        if not required <= value.keys():
            missing = next(field for field in fields if field not in value)
            raise Misfit("is missing").within(f".{missing}")

    return check


HASH = digits(64)
COUNT = integer(0)
TIME_US = integer(0)
REASON = text(1000)
LABEL = text(200)

_VERDICT = one_of(*(verdict.value for verdict in Verdict))
_PART_KEY = group({"line_boot": digits(16), "part_seq": integer(1)})

COUNTS = group(
    {
        "parts": COUNT,
        "gaps": COUNT,
        "gap_parts": COUNT,
        "verdicts": group({verdict.value: COUNT for verdict in Verdict}),
        "outcomes": group(dict.fromkeys(("accept", "reject", "good", "reject_lane", "unknown"), COUNT)),
    },
    {"challenge": integer(1)},
)

INDEPENDENT = group(
    {
        "counters": many(
            group(
                {
                    "name": text(64, 1),
                    "source": one_of("plc", "lane", "camera"),
                    "simulated": boolean,
                    "since": text(64),
                    "start": nullable(COUNT),
                    "end": nullable(COUNT),
                }
            ),
            MAX_COUNTERS,
        ),
        "bounces": COUNT,
        "removed_by_hand": COUNT,
        "differences": many(
            group({"between": text(100, 1), "number": integer(-(2**53) + 1), "words": text(1000, 1)}), 2 * MAX_COUNTERS
        ),
        "established_by": many(text(64, 1), MAX_COUNTERS),
    }
)

ENVELOPE: Fields = {
    "v": exactly(1),
    "type": text(32, 1),
    "station": name,
    "seq": integer(1),
    "shift": integer(1),
    "salt": digits(32),
    "prev": HASH,
    "t_us": TIME_US,
    "mono_us": TIME_US,
    "boot": digits(16),
}

_CAMERA = group(
    {
        "name": LABEL,
        "vendor": LABEL,
        "model": LABEL,
        "serial": LABEL,
        "firmware": LABEL,
        "producer_sha256": HASH,
        "settings_digest": HASH,
        "simulated": boolean,
    }
)

_IMAGE = group(
    {
        "alg": exactly("pixels-sha256/1"),
        "digest": HASH,
        "width": integer(1, 65_535),
        "height": integer(1, 65_535),
        "pixel_format": one_of(*(pixel_format.value for pixel_format in PixelFormat)),
    }
)

_DETECTION = group(
    {
        "class": text(100, 1),
        "score_ppm": integer(0, 1_000_000),
        "box_16": many(integer(-(2**31), 2**31), 4, 4),
    }
)

_VIEW = group(
    {
        "camera": LABEL,
        "frame_id": nullable(COUNT),
        "t_camera_us": nullable(COUNT),
        "image": nullable(_IMAGE),
        "gate": nullable(
            group({"brightness_milli": COUNT, "sharpness_milli": COUNT, "failed": many(text(100, 1), 32)})
        ),
        "verdict": _VERDICT,
        "reason": REASON,
        "detections": many(_DETECTION, MAX_DETECTIONS),
    }
)

_CHALLENGE_RESULT = group(
    {"part": HASH, "serial": LABEL, "class": nullable(text(100, 1)), "found": boolean, "rejected": boolean}
)

RECORD_TYPES: Mapping[str, Fields] = {
    "station-start": {
        "software": group({"version": LABEL, "python": LABEL}, {"packages": mapping(LABEL, 200)}),
        "reason": REASON,
    },
    "shift-open": {
        "opened_by": HASH,
        "lot": LABEL,
        "recipe": group({"name": LABEL, "digest": HASH}),
        "model": group({"name": LABEL, "digest": HASH, "backend": LABEL, "precision": LABEL}),
        "cameras": many(_CAMERA, MAX_VIEWS),
        "line": group({"backend": LABEL, "simulated": boolean}),
        "ledger_checkpoint": nullable(group({"origin": LABEL, "size": COUNT, "root": HASH})),
        "prev_seal": HASH,
    },
    "part": {
        "key": _PART_KEY,
        "plc_count": COUNT,
        "purpose": one_of("production", "challenge"),
        "verdict": _VERDICT,
        "reason": REASON,
        "t_edge_us": TIME_US,
        "serial": nullable(group({"text": LABEL, "source": LABEL})),
        "views": many(_VIEW, MAX_VIEWS),
        "model_digest": nullable(HASH),
        "recipe_digest": nullable(HASH),
        "latency_us": COUNT,
    },
    "outcome": {
        "key": _PART_KEY,
        "part": HASH,
        "commanded": one_of(*(commanded.value for commanded in Commanded)),
        "confirmed": one_of(*(confirmed.value for confirmed in Confirmed)),
        "reason": REASON,
    },
    "image-stored": {
        "part": HASH,
        "camera": LABEL,
        "image_digest": HASH,
        "file_sha256": HASH,
        "size": integer(1),
        "codec": one_of("png"),
    },
    "image-lost": {"part": HASH, "camera": LABEL, "image_digest": HASH, "reason": REASON},
    "image-erased": {
        "part": HASH,
        "camera": LABEL,
        "image_digest": HASH,
        "rule": HASH,
        "reason": REASON,
        "erased_by": nullable(HASH),
    },
    "hold": {
        "name": text(200, 1),
        "scope": group(
            {
                "lot": nullable(LABEL),
                "serial": nullable(LABEL),
                "from_us": nullable(TIME_US),
                "to_us": nullable(TIME_US),
                "defect": nullable(text(100, 1)),
            }
        ),
        "by": HASH,
        "reason": REASON,
    },
    "hold-end": {"hold": HASH, "by": HASH, "reason": REASON},
    "review": {
        "part": HASH,
        "record": integer(1),
        "finding": one_of("agree", "not-a-defect", "unsure"),
        "class": nullable(text(100, 1)),
        "by": HASH,
        "role": nullable(one_of("operator", "team-lead", "qa")),
        "login": nullable(HASH),
        "note": REASON,
    },
    "gap": {
        "key": group({"line_boot": digits(16), "gap_seq": integer(1)}),
        "first_plc_count": nullable(COUNT),
        "count": COUNT,
        "source": LABEL,
        "reason": REASON,
    },
    "state": {"state": LABEL, "reasons": many(REASON, 32)},
    "challenge-start": {
        "started_by": HASH,
        "set": HASH,
        "parts": integer(1),
        "presentations": integer(1),
    },
    "challenge": {
        "start": HASH,
        "result": one_of("passed", "failed"),
        "reason": REASON,
        "parts_in": COUNT,
        "parts_out": COUNT,
        "results": many(_CHALLENGE_RESULT, MAX_CHALLENGE_RESULTS),
        "missing": many(LABEL, MAX_CHALLENGE_RESULTS),
        "passed_since": nullable(group({"file": name, "sha256": HASH, "parts": COUNT})),
    },
    "bypass-start": {
        "started_by": HASH,
        "permit": HASH,
        "authority": HASH,
        "nonce": digits(32),
        "scope": one_of("no-verdict", "all"),
        "parts": integer(1),
        "ends_us": TIME_US,
        "ends_mono_us": TIME_US,
    },
    "bypass-end": {
        "start": HASH,
        "why": one_of("time-over", "stopped", "parts-used-up", "shift-closed", "restart"),
        "ended_by": nullable(HASH),
    },
    "key-rotate": {
        "statement": HASH,
        "old": digits(64),
        "new": digits(64),
        "first_shift": integer(1),
        "by": HASH,
        "reason": REASON,
    },
    "key-statement": {
        "says": one_of("certificate", "revocation"),
        "statement": HASH,
        "root": digits(64),
        "key": digits(64),
        "by": HASH,
    },
    "shift-close": {
        "closed_by": HASH,
        "counts": COUNTS,
        "reconciliation": group(
            {
                "plc_count": nullable(COUNT),
                "station": COUNT,
                "difference": nullable(integer(-(2**53) + 1)),
                "note": REASON,
            },
            {"independent": INDEPENDENT},
        ),
    },
    "signature": {"signer": HASH, "meaning": LABEL, "method": LABEL, "target": HASH},
    "login": {
        "person": nullable(HASH),
        "result": one_of("ok", "failed", "locked"),
        "method": one_of("password", "badge+pin", "opc-ua"),
        "source": LABEL,
    },
    "logout": {"login": HASH, "why": one_of("logout", "idle", "elsewhere", "user-changed")},
    "user-change": {
        "user": HASH,
        "action": one_of("added", "role", "password", "badge", "disabled", "enabled", "erased"),
        "old": nullable(LABEL),
        "new": nullable(LABEL),
        "by": nullable(HASH),
        "why": text(1000, 1),
        "store": nullable(HASH),
    },
    "setup": {"settings": HASH, "program": HASH, "recipe": HASH, "model": HASH, "users": nullable(HASH)},
    "change": {
        "what": one_of("setting", "recipe", "threshold", "model", "program", "user", "clock"),
        "name": LABEL,
        "old": nullable(REASON),
        "new": nullable(REASON),
        "by": nullable(HASH),
        "why": text(1000, 1),
    },
    "alarm": {"code": text(64, 1), "cause": text(1000, 1), "action": text(1000, 1)},
    "alarm-answer": {
        "code": text(64, 1),
        "answer": one_of("acknowledged", "shelved", "unshelved"),
        "by": HASH,
        "until_us": nullable(COUNT),
        "reason": REASON,
    },
    "export": {
        "what": one_of("bundle", "certificate", "proof", "reviews"),
        "about": text(200, 1),
        "sha256": HASH,
        "size": COUNT,
        "by": nullable(HASH),
        "role": nullable(LABEL),
    },
    "receipt": {
        "seal": HASH,
        "ledger": group({"kind": LABEL, "origin": LABEL}),
        "index": COUNT,
        "proof": text(16_000, 1),
    },
}

RECORD_OPTIONAL: Mapping[str, Fields] = {
    "shift-open": {
        "retention": group({"name": text(200, 1), "digest": HASH}),
        "customer": text(200, 1),
    },
    "signature": {"role": LABEL, "statement": HASH, "takes_over": HASH},
    "change": {
        "release": group(
            {
                "document": HASH,
                "proposal": HASH,
                "approval": HASH,
                "report": HASH,
                "proposer": digits(64),
                "approver": digits(64),
            }
        )
    },
}
"""Fields that a record of the type may lack: records from before they existed stay valid."""

HEAD_FIELDS: Fields = {
    "v": exactly(1),
    "type": exactly("head"),
    "station": name,
    "shift": integer(1),
    "first": integer(1),
    "count": integer(1),
    "head": HASH,
    "root": HASH,
    "t_us": TIME_US,
    "prev_seal": HASH,
    "key": HASH,
    "simulated": boolean,
}

SEAL_FIELDS: Fields = {
    **HEAD_FIELDS,
    "type": exactly("seal"),
    "t_open_us": TIME_US,
    "t_close_us": TIME_US,
    "counts": COUNTS,
}

SEAL_OPTIONAL: Fields = {"independent": INDEPENDENT}

_RECORD_CHECKS = {
    kind: group({**ENVELOPE, **fields}, RECORD_OPTIONAL.get(kind)) for kind, fields in RECORD_TYPES.items()
}
_DOCUMENT_CHECKS = {"seal": group(SEAL_FIELDS, SEAL_OPTIONAL), "head": group(HEAD_FIELDS)}


def _checked(value: Mapping[str, object], checks: Mapping[str, Check], what: str) -> None:
    kind = value.get("type")
    check = checks.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise FormatInvalid(f"{ascii(kind)[:60]} is not a type of {what}")
    try:
        check(value)
    except Misfit as misfit:
        raise FormatInvalid(f"{kind}{misfit.path} {misfit.complaint}") from None


def check_record(record: Mapping[str, object]) -> None:
    """Check envelope and fields of a record.

    Raises:
        FormatInvalid: Unknown type, missing or unknown field, or a value out of range.
    """
    _checked(record, _RECORD_CHECKS, "record")


def check_document(document: Mapping[str, object]) -> None:
    """Check a seal or a head.

    Raises:
        FormatInvalid: Unknown type, missing or unknown field, or a value out of range.
    """
    _checked(document, _DOCUMENT_CHECKS, "signed document")
