# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check a station directory from the bytes that lie there. Exit codes: 0 valid, 1 could not check, 2 tampering.

Shares no code with what writes records above the hash, signature and proof primitives: it has its own reading
of the formats (`verify_schema`). It changes nothing in the directory and needs no network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inspector.evidence.note import NoteKey
from inspector.evidence.report import VerificationReport
from inspector.evidence.verify_bypass import BypassChecker
from inspector.evidence.verify_chain import ChainChecker, Rule, Rules
from inspector.evidence.verify_challenge import ChallengeChecker
from inspector.evidence.verify_documents import Statements
from inspector.evidence.verify_images import ImageChecker, check_documents
from inspector.evidence.verify_keys import KeyChecker
from inspector.evidence.verify_log import LogChecker
from inspector.evidence.verify_parts import PartChecker
from inspector.evidence.verify_retention import RetentionChecker
from inspector.evidence.verify_roots import RootChecker
from inspector.evidence.verify_shifts import ShiftChecker
from inspector.evidence.verify_store import DATABASE, CannotRead, Damaged, StationReader

Progress = Callable[[str, int, int], None]
"""Called with a stage ("records", "ledger"), how much of it is done, and how much there is."""

_PROGRESS_EVERY = 1000


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
    statements = Statements(report)
    keys = KeyChecker(directory, report, expected_key)
    log = LogChecker(ledger or directory / "ledger", report, statements, keys, log_key, known_checkpoint)
    try:
        with StationReader(directory) as reader:
            bypass = BypassChecker(directory, report, authorities)
            roots = RootChecker(directory, report, root, root_statements)
            _check_database(reader, directory, report, statements, keys, roots, log, bypass, check_images, progress)
    except CannotRead as error:
        report.unchecked("STORE-01", DATABASE, str(error))
    except Damaged as error:
        report.tamper("STORE-01", DATABASE, str(error))
        report.skip("what lies behind the damaged place of the database was not checked")
    _say_limits(report, statements)
    report.sort()
    return report


def _check_database(
    reader: StationReader,
    directory: Path,
    report: VerificationReport,
    statements: Statements,
    keys: KeyChecker,
    roots: RootChecker,
    log: LogChecker,
    bypass: BypassChecker,
    check_images: bool,
    progress: Progress | None,
) -> None:
    if reader.wal.damaged:
        message = f"frame {reader.wal.bad_frame} is damaged, {reader.wal.commits_lost} commits from there on are lost"
        report.tamper("STORE-04", f"{DATABASE}-wal", message)
    elif reader.wal.bad_frame is not None:
        report.skip("the last transaction of the write-ahead log is incomplete, as after a power loss: it was not read")
    statements.load(reader.signed())
    images = ImageChecker(directory, report, enabled=check_images)
    chain = ChainChecker(report)
    retention = RetentionChecker(directory, report, reader, images)
    parts = PartChecker(report, reader, images, retention)
    challenge = ChallengeChecker(directory, report)
    shifts = ShiftChecker(report, statements, parts)
    rules = _by_type(parts.rules, retention.rules, challenge.rules, bypass.rules, keys.rules, roots.rules, log.rules)
    complete = _stream(reader, report, chain, shifts, rules, progress)
    chain.finish()
    roots.finish()
    keys.finish(statements, roots.certified)
    roots.apply(statements, keys.rotations, log.indexes)
    if complete:
        shifts.finish()
        parts.finish()
        bypass.finish()
        retention.finish()
        damage = reader.damage()
        if damage is not None:
            report.tamper("STORE-01", DATABASE, f"SQLite finds it damaged: {damage}")
    _check_side_tables(reader, report)
    images.finish(reader, chain.last.seq if chain.last else 0, complete=complete)
    if progress is not None:
        progress("ledger", 0, 1)
    log.finish()
    check_documents(directory, report, {**shifts.named, **retention.named})
    if reader.changed_meanwhile():
        report.unchecked("STORE-01", DATABASE, "the station started while it was read; run again")


def _by_type(*checkers: Rules) -> dict[object, list[Rule]]:
    """The rules of all checkers, in the order of the checkers."""
    together: dict[object, list[Rule]] = {}
    for rules in checkers:
        for kind, rule in rules.items():
            together.setdefault(kind, []).append(rule)
    return together


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


def _stream(
    reader: StationReader,
    report: VerificationReport,
    chain: ChainChecker,
    shifts: ShiftChecker,
    rules: Mapping[object, Sequence[Rule]],
    progress: Progress | None,
) -> bool:
    """All records once, in order; False if the database ended early."""
    total = reader.record_count()
    try:
        for row in reader.records():
            seen = chain.feed(row)
            if seen is None:
                continue
            shifts.feed(seen)
            if seen.fields is not None:
                for rule in rules.get(seen.fields["type"], ()):
                    rule(seen.fields, seen)
            if progress is not None and seen.seq % _PROGRESS_EVERY == 0:
                progress("records", seen.seq, total)
    except Damaged as error:
        following = chain.last.seq + 1 if chain.last else 1
        report.tamper("STORE-01", f"record {following}", str(error), following)
        report.skip(f"records from {following} on could not be read")
        return False
    if progress is not None:
        progress("records", total, total)
    return True


def _say_limits(report: VerificationReport, statements: Statements) -> None:
    if not statements.seals:
        report.skip("there is no seal yet: only the chain and heads hold the records")
    report.skip("no independent witness: who holds the station key and the log key can rewrite both")
    report.skip("times are the station's own clock")
