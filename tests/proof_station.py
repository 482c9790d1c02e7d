# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station directory to take proofs from: two sealed shifts of lot `L-42`, one of `L-43`, one still open, a log."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.evidence.keys import SigningKey
from inspector.evidence.note import NoteKey
from inspector.store.read import RecordReader
from tests.store_station import CLOSE, PERSON, make_writer, opening
from tests.unit.evidence_samples import FIELDS, LINE_BOOT, VIEW
from tests.unit.evidence_station import LOG_KEY, ORIGIN, Log

SERIAL = "SN-000002"
ODD_SERIAL = "Größe-Ж-中-7"
TWICE = "SN-000003"


@dataclass
class ProofStation:
    """What was built: where, and with which keys."""

    directory: Path
    key: SigningKey
    next_key: SigningKey | None = None
    log_vkey: str = NoteKey(ORIGIN, LOG_KEY.public_key).vkey()

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.key.public_key).hexdigest()

    @property
    def log_fingerprint(self) -> str:
        return hashlib.sha256(self.log_vkey.encode()).hexdigest()


class _Line:
    """Parts with serials, views and outcomes, one after the other."""

    def __init__(self, writer: Any) -> None:
        self.writer = writer
        self.number = 0

    def append(self, kind: str, fields: dict[str, Any]) -> Any:
        return self.writer.append(kind, fields).result(10)

    def part(self, serial: str | None, verdict: str = "PASS", *, late_outcome: bool = False, **fields: Any) -> Any:
        self.number += 1
        key = {"line_boot": LINE_BOOT, "part_seq": self.number}
        image = {**VIEW["image"], "digest": hashlib.sha256(b"%d" % self.number).hexdigest()}  # type: ignore[dict-item]
        found = {} if verdict == "FAIL" else {"detections": []}
        view = {**VIEW, "verdict": verdict, "image": image, "reason": verdict.lower(), **found}
        own = {
            "key": key,
            "verdict": verdict,
            "reason": verdict.lower(),
            "plc_count": self.number,
            "serial": None if serial is None else {"text": serial, "source": "image"},
            "views": [view],
            **fields,
        }
        made = self.append("part", {**FIELDS["part"], **own})
        self.append("image-lost", {**FIELDS["image-lost"], "part": made.hash, "image_digest": image["digest"]})
        good = verdict == "PASS"
        outcome = {
            "key": key,
            "part": made.hash,
            "commanded": "accept" if good else "reject",
            "confirmed": "good" if good else "reject",
            "reason": verdict,
        }
        if late_outcome:
            return outcome
        self.append("outcome", outcome)
        return made


def build_proof_station(
    directory: Path, *, parts: int = 5, anchored: bool = True, rotated: bool = False
) -> ProofStation:
    """Build it; the first shift has `parts` parts beside the named ones, the second may be under another key."""
    station = ProofStation(directory, SigningKey.generate())
    (directory / "keys").mkdir(parents=True)
    (directory / "keys" / "station.pub").write_text(station.key.public_key.hex() + "\n")
    log = Log(directory / "ledger")
    writer = make_writer(directory, station.key)
    line = _Line(writer)
    try:
        line.append("station-start", FIELDS["station-start"])
        _open(line, "L-42")
        line.part(TWICE, "FAIL")
        line.part(SERIAL, "PASS")
        for number in range(parts):
            line.part(f"SN-1{number:05d}", ("PASS", "FAIL", "NO_DECISION")[number % 3])
        line.append("gap", FIELDS["gap"])
        _challenge(line)
        late = line.part("SN-LATE", "FAIL", late_outcome=True)
        _close(line, station, log, anchored)
        line.append("outcome", late)
        if rotated:
            station.next_key = SigningKey.generate()
            rotated = writer.rotate_key(station.next_key, "yearly", PERSON).result(10)
            if anchored:
                digest = hashlib.sha256(rotated.document).hexdigest()
                index, proof = log.add(rotated.document)
                ledger = {"kind": "tlog", "origin": ORIGIN}
                line.append("receipt", {"seal": digest, "ledger": ledger, "index": index, "proof": proof})
            (directory / "keys" / "station.pub").write_text(station.next_key.public_key.hex() + "\n")
        _open(line, "L-42")
        line.part(ODD_SERIAL, "PASS")
        line.part(TWICE, "PASS")
        line.part(None, "FAIL")
        bypass = line.append("bypass-start", FIELDS["bypass-start"])
        line.append("bypass-end", {**FIELDS["bypass-end"], "start": bypass.hash})
        _close(line, station, log, anchored)
        _open(line, "L-43")
        line.part("SN-900000", "PASS", late_outcome=True)
        _close(line, station, log, anchored)
        _open(line, "L-44")
        line.part("SN-OPEN", "PASS")
    finally:
        writer.close()
    return station


def _open(line: _Line, lot: str) -> None:
    line.append("shift-open", {**opening(line.writer), "lot": lot})


def _challenge(line: _Line) -> None:
    start = line.append("challenge-start", FIELDS["challenge-start"])
    shown = line.part("RED-1", "FAIL", purpose="challenge")
    result = {"part": shown.hash, "serial": "RED-1", "class": "scratch", "found": True, "rejected": True}
    fields = {"start": start.hash, "result": "passed", "reason": "", "results": [result], "missing": []}
    line.append("challenge", {**FIELDS["challenge"], **fields, "passed_since": None})


def _close(line: _Line, station: ProofStation, log: Log, anchored: bool) -> None:
    line.append("signature", FIELDS["signature"])
    line.writer.seal_shift(PERSON, CLOSE).result(30)
    if not anchored:
        return
    with RecordReader(station.directory) as reader:
        seal = reader.seal(reader.shifts()[-2].shift)
    assert seal is not None
    index, proof = log.add(seal.leaf)
    ledger = {"kind": "tlog", "origin": ORIGIN}
    line.append("receipt", {"seal": seal.digest, "ledger": ledger, "index": index, "proof": proof})
