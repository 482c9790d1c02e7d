# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check a proof of a part or a lot (docs/formats.md, section 13): a file and the keys that its reader trusts.

Shares no code with what makes proofs above the hash, signature and log primitives. Without a key of the reader's own
the answer is never better than "could not check": arithmetic alone does not say whose arithmetic it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from inspector.errors import FormatInvalid
from inspector.evidence.note import NoteKey, parse_vkey
from inspector.evidence.verify.contracts import ContractChecker, ContractNode
from inspector.evidence.verify.json import Each, Malformed, Optional, Whole, Words, compiled, read_json
from inspector.evidence.verify.logs import Logs
from inspector.evidence.verify.policy import Policy
from inspector.evidence.verify.proof_content import ProofContent, check_content
from inspector.evidence.verify.proof_keys import ProofKeys
from inspector.evidence.verify.proof_policy import check_policy
from inspector.evidence.verify.proof_roots import ProofRoots
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import DIGEST, STATION, Fields, inner, objects, word
from inspector.evidence.verify.shift_proof import SHIFT_PROOF, Ledgers, ShiftProofReader, texts
from inspector.evidence.verify.stamps import StampChecker
from inspector.evidence.verify.witnesses import WitnessChecker

LIMIT = 64 * 1024 * 1024
SUBJECTS = ("part", "lot")
PROOF: dict[str, object] = {
    "v": Whole(1, 1),
    "type": {"proof"},
    "of": {"kind": set(SUBJECTS), "value": Words(200)},
    "station": STATION,
    "station_key": DIGEST,
    "rotations": Each(Words(8000, 1), 1000),
    "log_keys": Each(Words(400, 1), 8),
    "shifts": Each(SHIFT_PROOF, 10_000, 1),
    "root_statements": Optional(Each(Words(8000, 1), 100, 1)),
    "rotation_receipts": Optional(Each(Each(Words(16_000, 1), 8), 1000, 1)),
}
_FITS = compiled(PROOF)


@dataclass(frozen=True, slots=True)
class ProofPolicy:
    """What the reader knows from elsewhere than the proof.

    Attributes:
        station_key: 32 bytes: a raw public key of the station, or its SHA-256; None if the reader has none.
        log_key: The key of a log that must hold each seal; or 32 bytes, SHA-256 of its verifier key line; or None.
        serial: Serial of the part in the reader's hand, or None.
        lot: Lot that the reader asks about, or None.
        plant_root: Raw public key of the plant root, 32 bytes, or None.
        root_statements: Certificates and revocations of it that the reader has, each with a name for findings.
        policy: What else the reader knows and asks for: station, `require`, `latest`, logs with witnesses, authorities
            of time stamps, contract. Keys and statements are those above.
        node: A node of the reader's, for receipts of the contract that the policy names.
    """

    station_key: bytes | None = None
    log_key: NoteKey | bytes | None = None
    serial: str | None = None
    lot: str | None = None
    plant_root: bytes | None = None
    root_statements: Sequence[tuple[str, bytes]] = ()
    policy: Policy = field(default_factory=Policy)
    node: ContractNode | None = None


@dataclass(slots=True)
class ProofCheck:
    """The answer.

    Attributes:
        report: Findings; `exit_code` 0 only if the reader's key has signed.
        content: What was proven, None if the file could not be read.
    """

    report: VerificationReport = field(default_factory=VerificationReport)
    content: ProofContent | None = None


def looks_like_proof(start: bytes) -> bool:
    """Whether a file that starts like this (some 100 bytes) may be a proof: it is JSON."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def verify_proof(data: bytes, policy: ProofPolicy | None = None) -> ProofCheck:
    """Check a proof.

    Args:
        data: The file.
        policy: What the reader trusts and asks about.

    Returns:
        The answer; it never raises for what it finds.
    """
    policy = policy or ProofPolicy()
    check = ProofCheck()
    try:
        fields = _read(data)
    except Malformed as error:
        check.report.tamper("PROOF-01", "the proof", error.message)
        return check
    if fields is None:
        check.report.unchecked("PROOF-01", "the proof", "it is of a newer version of the format than this program")
        return check
    _Reading(fields, policy, check).run()
    check.report.sort()
    return check


def _read(data: bytes) -> Fields | None:
    """Fields of the file, None for another version.

    Raises:
        Malformed: It is no proof.
    """
    text = data[:-2] if data.endswith(b"\r\n") else data.removesuffix(b"\n")
    fields = read_json(text, LIMIT)
    version = fields.get("v")
    if fields.get("type") == "proof" and type(version) is int and version > 1:
        return None
    wrong = _FITS(fields)
    if wrong:
        raise Malformed("PROOF-01", f"proof{wrong}")
    return fields


class _Reading:
    """One pass over a readable file."""

    def __init__(self, fields: Fields, policy: ProofPolicy, check: ProofCheck) -> None:
        self._fields = fields
        self._policy = policy
        self._check = check
        self._report = check.report
        self._report.station = word(fields, "station")
        first = bytes.fromhex(word(fields, "station_key"))
        self._keys = ProofKeys(self._report.station, first, texts(fields, "rotations"), self._report)
        carried = texts(fields, "root_statements") if "root_statements" in fields else []
        self._roots = ProofRoots(self._report.station, carried, self._report, policy.plant_root, policy.root_statements)
        self._ledgers = self._read_ledgers()

    def run(self) -> None:
        subject = inner(self._fields, "of")
        content = ProofContent(word(subject, "kind"), word(subject, "value"), self._report.station)
        self._check.content = content
        since = self._keys.check(self._policy.station_key, self._roots.certified)
        self._check_subject(content)
        reader = ShiftProofReader(self._report.station, self._keys.of, self._ledgers, self._report)
        previous = 0
        for fields in objects(self._fields, "shifts"):
            shift = reader.read(fields)
            if shift is None:
                continue
            if shift.shift <= previous:
                self._report.tamper("PROOF-03", f"shift {shift.shift}", "the shifts are not in order, each once")
            previous = shift.shift
            content.shifts.append(shift)
        if not self._report.tampered:
            check_content(content, self._report)
        if any(shift.shift < since for shift in content.shifts):
            message = "are signed by earlier keys, for which only the one that you gave vouches: give the first key"
            self._report.skip(f"shifts before {since} {message}")
        self._finish_ledgers(content, reader)
        self._say_limits(content)

    def _finish_ledgers(self, content: ProofContent, reader: ShiftProofReader) -> None:
        """What receipts show of keys that were revoked, and whether they are what the reader asked for."""
        rotations = self._keys.leading_to([shift.shift for shift in content.shifts], self._roots.certified or ())
        indexes: dict[tuple[str, str], int] = {}
        anchors = [(shift.digest, anchor) for shift in content.shifts for anchor in shift.anchors]
        for number, receipts in enumerate(self._rotation_receipts()):
            if (rotation := self._keys.rotations.get(number)) is not None:
                anchors += [(rotation.digest, anchor) for text in receipts for anchor in reader.receipt(text, rotation)]
        for digest, anchor in anchors:
            if anchor.trusted:
                indexes[digest, anchor.origin] = min(anchor.index, indexes.get((digest, anchor.origin), anchor.index))
        seals = [shift.statement for shift in content.shifts if shift.statement is not None]
        by_shift, ledgers = {seal.shift: seal for seal in seals}, self._ledgers
        ledgers.contracts.finish_statements(seals)
        ledgers.stamps.finish(by_shift, ())
        ledgers.witnesses.finish(by_shift, ())
        self._roots.apply(seals, rotations, {**indexes, **ledgers.contracts.indexes})
        check_policy(self._policy.policy, self._report, seals, ledgers)

    def _rotation_receipts(self) -> list[list[str]]:
        value = self._fields.get("rotation_receipts")
        if not isinstance(value, list):
            return []
        if len(value) != len(texts(self._fields, "rotations")):
            self._report.tamper("PROOF-01", "the proof", "it has not one list of rotation_receipts for each rotation")
            return []
        return [list(receipts) for receipts in value]

    def _check_subject(self, content: ProofContent) -> None:
        for kind, wanted in (("part", self._policy.serial), ("lot", self._policy.lot)):
            if wanted is not None and (content.kind, content.value) != (kind, wanted):
                message = f"it is of {content.kind} {content.value}, you asked about {kind} {wanted}"
                self._report.tamper("PROOF-05", "the proof", message)

    def _read_log_keys(self) -> list[NoteKey]:
        keys = []
        for line in texts(self._fields, "log_keys"):
            try:
                keys.append(parse_vkey(line))
            except FormatInvalid as error:
                self._report.tamper("PROOF-01", "the proof", f"log_keys: {error.message}")
        return keys

    def _read_ledgers(self) -> Ledgers:
        """Keys of logs, the reader's own before those that came along, and what else receipts are checked with."""
        asked, report = self._policy.policy, self._report
        known, wanted = self._read_log_keys(), self._policy.log_key
        own = wanted if isinstance(wanted, NoteKey) else None
        if isinstance(wanted, bytes):
            fits = (key for key in known if hashlib.sha256(key.vkey().encode("utf-8")).digest() == wanted)
            own = next(fits, None)
        logs = Logs(replace(asked, log_key=own).log_policies)
        for log in logs.all:
            if any(key.name == log.key.name and key != log.key for key in known):
                message = f"the key of {log.key.name} in it is not the key that you expect"
                report.tamper("LEDGER-02", "the proof", message)
        return Ledgers(
            known,
            logs,
            None if wanted is None else "" if own is None else own.name,
            WitnessChecker(report, asked.cosigned_within_s),
            StampChecker(report, asked.tsa_roots, asked.stamped_within_s),
            ContractChecker(report, asked.evm, self._policy.node),
        )

    def _say_limits(self, content: ProofContent) -> None:
        anchors = [anchor for shift in content.shifts for anchor in shift.anchors]
        if not anchors and not self._ledgers.stamps.before_us and not self._ledgers.contracts.held:
            self._report.skip("nothing outside the station holds the seals: the proof has no receipt that was checked")
        elif anchors and not self._ledgers.logs.named:
            self._report.skip("the log's key was taken from the proof itself, not from you")
        if content.kind == "part":
            self._report.skip("whether the station has other records with this serial: a proof shows what it holds")
        else:
            self._report.skip("whether other shifts worked on this lot: a proof shows what it holds")
        self._report.skip("pictures: a proof holds their hashes only")
        if any(shift.digest not in self._ledgers.witnesses.sights for shift in content.shifts):
            self._report.skip("no independent witness: who holds the station key and the log key can rewrite both")
        self._report.skip("times are the station's own clock")
