# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes proofs of single records: of one part for a customer, of a lot, of any record of another shift.

The format is in docs/formats.md, section 13. A shift proof holds some records of one sealed shift, the roots of the
subtrees that hold the others, and the seal with its receipts. It shows no other record: all that is left of those is
hashes, and each record has a salt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from inspector.errors import EvidenceError, FormatInvalid
from inspector.evidence.merkle import leaf_hash, prove, root, subset_spans
from inspector.evidence.record import read_stored
from inspector.evidence.seal import SignedDocument, parse_document

MAX_PROOF_BYTES = 64 * 1024 * 1024
MAX_RECEIPTS = 8
MAX_STATEMENTS = 100
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_TORN = "Run `inspector verify`: the records do not fit their seal"


def shift_proof(
    seal: SignedDocument, leaves: Sequence[bytes], records: Sequence[bytes], receipts: Sequence[str] = ()
) -> dict[str, object]:
    """Prove some records of one sealed shift.

    Args:
        seal: The shift's seal.
        leaves: Hash of each record of the shift, 32 bytes each, in their order.
        records: Bytes of the records to prove, in their order, at least one.
        receipts: What ledgers gave for the seal (`proof` of receipt records); the first 8 are taken.

    Raises:
        EvidenceError: Records, hashes and seal do not fit each other: the station's files were changed or damaged.
    """
    fields = parse_document(seal.data)
    first, count = fields["first"], fields["count"]
    if not isinstance(first, int) or count != len(leaves) or fields["root"] != root(leaves).hex():
        raise EvidenceError(f"The hashes of shift {fields['shift']} do not have the root in its seal", _TORN)
    indices = []
    for data in records:
        seq = read_stored(data).get("seq")
        index = seq - first if isinstance(seq, int) else -1
        if not 0 <= index < len(leaves) or leaves[index] != leaf_hash(data):
            raise EvidenceError(f"Record {seq} is not in the seal of shift {fields['shift']}", _TORN)
        indices.append(index)
    hashes = prove(subset_spans(indices, len(leaves)), lambda start, end: root(leaves[start:end]))
    return {
        "seal": seal.data.decode("utf-8"),
        "signature": seal.signature.hex(),
        "receipts": list(receipts[:MAX_RECEIPTS]),
        "records": [data.decode("utf-8") for data in records],
        "hashes": [node.hex() for node in hashes],
    }


def proof_file(
    kind: Literal["part", "lot"],
    value: str,
    station: str,
    station_key: bytes,
    shifts: Sequence[Mapping[str, object]],
    log_keys: Sequence[str] = (),
    rotations: Sequence[str] = (),
    rotation_receipts: Sequence[Sequence[str]] = (),
    root_statements: Sequence[str] = (),
) -> bytes:
    """The file that is given away.

    Args:
        kind: What `value` is.
        value: Serial of the part, or name of the lot.
        station: Name of the station.
        station_key: Its first raw public key, 32 bytes: a convenience for the reader, who has one from elsewhere.
        shifts: Shift proofs by number of the shift.
        log_keys: Verifier key lines of the logs whose receipts are in there.
        rotations: Statements by which each key handed over to the next, oldest first.
        rotation_receipts: What ledgers gave for each of them (`proof` of receipt records); the first 8 are taken.
        root_statements: What plant roots have said of the station's keys; the last 100 are taken.

    Raises:
        FormatInvalid: It would be larger than 64 MiB.
    """
    document: dict[str, object] = {
        "v": 1,
        "type": "proof",
        "of": {"kind": kind, "value": value},
        "station": station,
        "station_key": station_key.hex(),
        "rotations": list(rotations),
        "log_keys": list(log_keys),
        "shifts": list(shifts),
    }
    if any(rotation_receipts):
        document["rotation_receipts"] = [list(receipts[:MAX_RECEIPTS]) for receipts in rotation_receipts]
    if root_statements:
        document["root_statements"] = list(root_statements[-MAX_STATEMENTS:])
    data = _ENCODER.encode(document).encode("utf-8") + b"\n"
    if len(data) > MAX_PROOF_BYTES:
        size = len(data) // 1024 // 1024
        raise FormatInvalid(f"The proof has {size} MiB, more than 64", "Give an audit bundle of the shifts instead")
    return data
