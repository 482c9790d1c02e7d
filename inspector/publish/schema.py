# SPDX-License-Identifier: AGPL-3.0-or-later
"""The closed schema of every message, as one table from field to checker (docs/integrator.md).

What is not in this table does not leave the machine: commitments to persons and the free text that they typed are in
the records and not in the messages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from inspector.errors import FormatInvalid
from inspector.evidence.schema import (
    COUNT,
    COUNTS,
    HASH,
    INDEPENDENT,
    LABEL,
    MAX_VIEWS,
    REASON,
    RECORD_TYPES,
    SEAL_FIELDS,
    SEAL_OPTIONAL,
    TIME_US,
    Fields,
    Misfit,
    boolean,
    digits,
    exactly,
    group,
    integer,
    many,
    mapping,
    name,
    nullable,
    one_of,
    text,
)


def _of(kind: str, *fields: str) -> Fields:
    """These fields as the record has them; one that is added to the records later does not leave unasked."""
    return {field: RECORD_TYPES[kind][field] for field in fields}


ENVELOPE: Fields = {
    "v": exactly(1),
    "type": text(32, 1),
    "station": name,
    "seq": integer(1),
    "hash": HASH,
    "shift": integer(1),
    "t_us": TIME_US,
    "simulated": boolean,
}
"""Fields of every message that tells of a record."""

_VIEW = group(
    {
        "camera": LABEL,
        **_of("part", "verdict"),
        "reason": REASON,
        "image": nullable(HASH),
        "findings": mapping(COUNT, 100),
    }
)

MESSAGES: Mapping[str, Fields] = {
    "part": {
        **ENVELOPE,
        **_of("part", "key", "plc_count", "purpose", "verdict", "reason", "t_edge_us", "latency_us", "serial"),
        **_of("part", "model_digest", "recipe_digest"),
        "views": many(_VIEW, MAX_VIEWS),
    },
    "outcome": {**ENVELOPE, **_of("outcome", "key", "part", "commanded", "confirmed", "reason")},
    "gap": {**ENVELOPE, **_of("gap", "key", "first_plc_count", "count", "source", "reason")},
    "state": {**ENVELOPE, **_of("state", "state", "reasons")},
    "bypass-start": {**ENVELOPE, **_of("bypass-start", "permit", "scope", "parts", "ends_us")},
    "bypass-end": {**ENVELOPE, **_of("bypass-end", "start", "why")},
    "shift-open": {**ENVELOPE, **_of("shift-open", "lot", "recipe", "model")},
    "shift-close": {
        **ENVELOPE,
        "counts": COUNTS,
        "plc_count": nullable(COUNT),
        "difference": nullable(integer(-(2**53) + 1)),
    },
    "seal": {**SEAL_FIELDS, "hash": HASH, "document": text(100_000, 1), "signature": text(100, 1)},
    "status": {
        "v": exactly(1),
        "type": exactly("status"),
        "station": name,
        "status": one_of("online", "offline"),
        "reason": REASON,
        "birth": digits(16),
        "t_us": TIME_US,
        "simulated": boolean,
        "software": LABEL,
    },
    "counts": {
        "v": exactly(1),
        "type": exactly("counts"),
        "station": name,
        "seq": COUNT,
        "shift": COUNT,
        "t_us": TIME_US,
        "simulated": boolean,
        "counts": COUNTS,
        "waiting": COUNT,
    },
}

OPTIONAL: Mapping[str, Fields] = {"shift-close": {"independent": INDEPENDENT}, "seal": SEAL_OPTIONAL}
"""Fields that a message has when the record or seal has them."""

_CHECKS = {kind: group(fields, OPTIONAL.get(kind)) for kind, fields in MESSAGES.items()}
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def encode(message: Mapping[str, object]) -> bytes:
    """The payload of a message: JSON, UTF-8.

    Raises:
        FormatInvalid: It is not what the table says; it must not be sent.
    """
    kind = str(message["type"])
    try:
        _CHECKS[kind](message)
    except Misfit as misfit:
        raise FormatInvalid(f"The message {kind}{misfit.path} {misfit.complaint}", "Run `inspector verify`") from None
    return _ENCODER.encode(message).encode("utf-8")
