# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check a station directory from the bytes that lie there. Exit codes: 0 valid, 1 could not check, 2 tampering.

Shares no code with what writes records above the hash, signature and proof primitives: it has its own reading
of the formats (`schema`). It changes nothing in the directory and needs no network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from inspector.evidence.note import NoteKey
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.contracts import ContractChecker, ContractNode
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.files import Folder
from inspector.evidence.verify.images import check_documents
from inspector.evidence.verify.keys import KeyChecker
from inspector.evidence.verify.log import LogChecker
from inspector.evidence.verify.logs import Logs
from inspector.evidence.verify.policy import Policy, PolicyChecker
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.roots import RootChecker
from inspector.evidence.verify.run import Progress, RecordCheck, say_limits
from inspector.evidence.verify.stamps import StampChecker
from inspector.evidence.verify.store import DATABASE, CannotRead, Damaged, Row, SignedRow, StationReader
from inspector.evidence.verify.witnesses import WitnessChecker


def verify_station(
    directory: Path,
    *,
    expected_key: bytes | None = None,
    log_key: NoteKey | None = None,
    ledger: Path | None = None,
    known_checkpoint: bytes | None = None,
    check_images: bool = True,
    authorities: Sequence[bytes] = (),
    root: bytes | None = None,
    root_statements: Sequence[tuple[str, bytes]] = (),
    policy: Policy | None = None,
    node: ContractNode | None = None,
    progress: Progress | None = None,
) -> VerificationReport:
    """Check records, seals, heads, images, documents, receipts and the embedded log of a station directory.

    Args:
        directory: Station directory; may belong to a running station.
        expected_key: Raw public key (32 bytes) that you know from elsewhere: the station's first one, or a later one.
            Without it the key that lies in the directory is used, and the report says so: whoever can rewrite the
            directory can replace that key too.
        log_key: Key of the log that you know from elsewhere; without it the one in the directory is used.
        ledger: Folder of the log, where it is not `ledger` in the directory; findings call it "ledger" all the same.
        known_checkpoint: A `checkpoint` file of the log that you kept; the log must still contain it.
        check_images: Whether to read the image files.
        authorities: Raw public keys (32 bytes) that you know to be allowed to sign permits of a bypass.
        root: Raw public key (32 bytes) of the plant root that you know from elsewhere.
        root_statements: Certificates and revocations of it that you have, each with a name for findings.
        policy: What else you know, and what you ask for; its keys count where the arguments above are not given.
        node: A node of yours, for receipts of the contract that the policy names.
        progress: Called now and then.

    Returns:
        The report; it never raises for what it finds.
    """
    report = VerificationReport()
    if not directory.is_dir():
        report.unchecked("STORE-01", str(directory), "there is no such directory")
        return report
    if not (directory / DATABASE).is_file():
        message = f"it has no {DATABASE}: it is not a station directory, or nothing was ever recorded"
        report.unchecked("STORE-01", str(directory), message)
        return report
    policy = policy or Policy()
    begin, files = Begin(), Folder(directory)
    statements = Statements(report, begin)
    keys = KeyChecker(files, report, expected_key or policy.station_key)
    roots = RootChecker(files, report, root or policy.plant_root, (*policy.named_statements(), *root_statements))
    stamps = StampChecker(report, policy.tsa_roots, policy.stamped_within_s)
    contracts = ContractChecker(report, policy.evm, node, complete=True)
    witnesses = WitnessChecker(report, policy.cosigned_within_s)
    logs = Logs(replace(policy, log_key=log_key or policy.log_key).log_policies)
    folder = ledger or directory / "ledger"
    log = LogChecker(folder, report, statements, keys, logs, known_checkpoint, stamps, contracts, witnesses)
    try:
        with StationReader(directory) as reader:
            _check_wal(reader, report)
            check = RecordCheck(
                _Database(reader, files, begin),
                report,
                statements,
                keys,
                roots,
                log,
                authorities=authorities or policy.bypass_authorities,
                releasers=policy.release_authorities,
                check_images=check_images,
            )
            _check_database(reader, check, report, progress)
            log.finish()
            check.finish()
            check_documents(files, report, check.named)
            if reader.changed_meanwhile():
                report.unchecked("STORE-01", DATABASE, "the station started while it was read; run again")
    except CannotRead as error:
        report.unchecked("STORE-01", DATABASE, str(error))
    except Damaged as error:
        report.tamper("STORE-01", DATABASE, str(error))
        report.skip("what lies behind the damaged place of the database was not checked")
    asked = PolicyChecker(policy, report, statements, begin)
    asked.finish(logs, stamps.before_us, contracts.held if contracts.asked else None)
    say_limits(report, statements, witnesses.last_seen([*statements.all()]))
    report.sort()
    return report


class _Database:
    """The records of a station directory."""

    last_shift = None

    def __init__(self, reader: StationReader, files: Folder, begin: Begin) -> None:
        self.tables = reader
        self.files = files
        self.begin = begin

    def bytes_of(self, seq: int) -> bytes | None:
        return self.tables.bytes_of(seq)

    def erased_after(self, seq: int) -> set[str]:
        return self.tables.erased_after(seq)

    def records(self) -> Iterator[Row]:
        return self.tables.records()

    def signed(self) -> Iterator[SignedRow]:
        return self.tables.signed()

    def record_count(self) -> int:
        return self.tables.record_count()


def _check_wal(reader: StationReader, report: VerificationReport) -> None:
    if reader.wal.damaged:
        message = f"frame {reader.wal.bad_frame} is damaged, {reader.wal.commits_lost} commits from there on are lost"
        report.tamper("STORE-04", f"{DATABASE}-wal", message)
    elif reader.wal.bad_frame is not None:
        report.skip("the last transaction of the write-ahead log is incomplete, as after a power loss: it was not read")


def _check_database(
    reader: StationReader, check: RecordCheck, report: VerificationReport, progress: Progress | None
) -> None:
    if check.run(progress):
        damage = reader.damage()
        if damage is not None:
            report.tamper("STORE-01", DATABASE, f"SQLite finds it damaged: {damage}")
    _check_side_tables(reader, report)
    if progress is not None:
        progress("ledger", 0, 1)


def _check_side_tables(reader: StationReader, report: VerificationReport) -> None:
    """What lies beside the evidence and must agree with it."""
    try:
        for shift in reader.unsigned_that_differ():
            message = "it is not the document that waited for this signature"
            report.tamper("STORE-02", f"seal of shift {shift}", message)
        for commitment, salt, staff_id in reader.openings():
            report.count("openings of people")
            opening = salt + staff_id if isinstance(salt, bytes) and isinstance(staff_id, bytes) else b""
            if hashlib.sha256(opening).hexdigest() != commitment:
                report.tamper("PERSON-01", "table operator", f"its row does not lead to commitment {commitment}")
    except Damaged as error:
        report.tamper("STORE-01", DATABASE, str(error))
