# SPDX-License-Identifier: AGPL-3.0-or-later
"""Finds the records that a proof of a part or a lot needs, and makes the proof of them. Read-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from inspector.errors import EvidenceError, NotFound, ShiftError
from inspector.evidence.keys import parse_public_key
from inspector.evidence.part_proof import proof_file, shift_proof
from inspector.evidence.seal import parse_document
from inspector.evidence.verify.proof import ProofPolicy, verify_proof
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader, ShiftSummary, StoredRecord

MAX_PARTS = 50
LOT_TYPES = (
    "shift-open",
    "part",
    "gap",
    "challenge-start",
    "challenge",
    "bypass-start",
    "bypass-end",
    "signature",
    "shift-close",
)
"""What a lot's proof shows of each shift; outcomes follow their parts, also into later shifts."""


def part_proof(station: Path, serial: str, station_key: bytes, log_keys: Sequence[str] = ()) -> bytes:
    """The proof of all records with one serial, each with its outcome and the shift-open before it.

    Args:
        station: Station directory.
        serial: The serial.
        station_key: A raw public key of the station that it has now or had before, 32 bytes.
        log_keys: Verifier key lines of its logs.

    Raises:
        NotFound: No part has this serial.
        ShiftError: A shift that it needs is not sealed yet, or its seal is not signed yet.
        EvidenceError: The records do not fit their seals, or too many parts have this serial.
        StoreError: There is no database, or of another version.
    """
    with RecordReader(station) as reader:
        parts = reader.by_serial(serial)
        if not parts:
            raise NotFound(f"No part has serial {serial}", "`inspector show --type part` lists parts and serials")
        if len(parts) > MAX_PARTS:
            message = f"{len(parts)} parts have serial {serial}, a proof shows at most {MAX_PARTS}"
            raise EvidenceError(message, "It is the serial of a test part, or no serial at all; prove the lot instead")
        openings = [_opening(reader, part) for part in parts]
        records = {record.seq: record for record in (*parts, *_outcomes(reader, parts), *openings)}
        return _proof(reader, station, "part", serial, records.values(), station_key, log_keys)


def lot_proof(station: Path, lot: str, station_key: bytes, log_keys: Sequence[str] = ()) -> bytes:
    """The proof of all parts of a lot, with what happened in its shifts; arguments and errors as in `part_proof`."""
    with RecordReader(station) as reader:
        summaries = {summary.shift: summary for summary in reader.shifts()}
        opened = [(one, reader.shift_opening(one.first, one.count)) for one in summaries.values()]
        chosen_shifts = [one.shift for one, record in opened if record is not None and record.fields.get("lot") == lot]
        if not chosen_shifts:
            raise NotFound(f"No shift was opened with lot {lot}", "`inspector show --type shift-open` lists the lots")
        records: dict[int, StoredRecord] = {}
        for number in chosen_shifts:
            summary = _sealed(summaries, number)
            found = list(reader.of_types(summary.first, summary.first + summary.count - 1, LOT_TYPES))
            parts = [one for one in found if one.kind == "part" and one.fields.get("purpose") == "production"]
            chosen = [one for one in found if one.kind != "part"]
            records.update((one.seq, one) for one in (*chosen, *parts, *_outcomes(reader, parts)))
        return _proof(reader, station, "lot", lot, records.values(), station_key, log_keys)


def _opening(reader: RecordReader, part: StoredRecord) -> StoredRecord:
    opened = reader.latest(1, kind="shift-open", before_seq=part.seq)
    if not opened or opened[0].shift != part.shift:
        raise EvidenceError(f"No shift-open record is before part record {part.seq} in its shift", "`inspector verify`")
    return opened[0]


def _outcomes(reader: RecordReader, parts: Iterable[StoredRecord]) -> list[StoredRecord]:
    found = []
    for part in parts:
        key = part.fields.get("key")
        outcome = reader.outcome(str(key["line_boot"]), int(key["part_seq"])) if isinstance(key, dict) else None
        if outcome is not None:
            found.append(outcome)
    return found


def _sealed(summaries: dict[int, ShiftSummary], number: int) -> ShiftSummary:
    """A shift with a signed seal."""
    summary = summaries.get(number)
    if summary is None or summary.seal is None:
        message = f"Shift {number} is not sealed yet, so that nothing in it can be proven"
        raise ShiftError(message, "Close the shift, then export again")
    if not summary.signed:
        raise ShiftError(f"The seal of shift {number} is not signed yet: the key is locked", "Unlock the key")
    return summary


def _proof(
    reader: RecordReader,
    directory: Path,
    kind: Literal["part", "lot"],
    value: str,
    records: Iterable[StoredRecord],
    station_key: bytes,
    log_keys: Sequence[str],
) -> bytes:
    by_shift: dict[int, list[StoredRecord]] = {}
    for record in sorted(records, key=lambda record: record.seq):
        by_shift.setdefault(record.shift, []).append(record)
    summaries = {summary.shift: summary for summary in reader.shifts()}
    shifts, name = [], ""
    for number, found in sorted(by_shift.items()):
        summary = _sealed(summaries, number)
        seal = reader.seal(number)
        if seal is None:
            raise EvidenceError(f"The seal of shift {number} is gone", "Run `inspector verify`")
        name = str(parse_document(seal.data)["station"])
        leaves = reader.leaf_hashes(summary.first, summary.count)
        shifts.append(shift_proof(seal, leaves, [one.data for one in found], _receipts(reader, seal.digest)))
    rotations = reader.rotations()
    first_key = parse_public_key(str(rotations[0].fields["old"])) if rotations else station_key
    digests = [str(one.fields["statement"]) for one in rotations]
    data = proof_file(
        kind,
        value,
        name,
        first_key,
        shifts,
        log_keys,
        [_statement(directory, digest) for digest in digests],
        [_receipts(reader, digest) for digest in digests],
        _root_statements(reader, directory),
    )
    first = verify_proof(data, ProofPolicy(station_key=station_key)).report.first
    if first is not None:  # nobody is given what would not convince them
        raise EvidenceError(f"The proof would not hold: {first}", "Run `inspector verify`")
    return data


def _statement(directory: Path, digest: str) -> str:
    try:
        return DocumentStore(directory).get(digest).decode("utf-8")
    except UnicodeDecodeError as error:
        raise EvidenceError(f"The statement {digest} is no text", "Run `inspector verify`") from error


def _root_statements(reader: RecordReader, directory: Path) -> list[str]:
    """What plant roots said of the station's keys, each once."""
    digests = dict.fromkeys(str(one.fields["statement"]) for one in reader.key_statements())
    return [_statement(directory, digest) for digest in digests]


def _receipts(reader: RecordReader, digest: str) -> list[str]:
    return [str(record.fields.get("proof")) for record in reader.receipts(digest)]
