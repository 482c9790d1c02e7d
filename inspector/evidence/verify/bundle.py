# SPDX-License-Identifier: AGPL-3.0-or-later
"""Check an audit bundle (docs/formats.md, section 11) with the same rules as a station directory.

Exit codes as there: 0 valid, 1 could not check, 2 tampering. Nothing is unpacked; only what is needed is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inspector.evidence.note import NoteKey
from inspector.evidence.verify.bundle_content import ContentChecker
from inspector.evidence.verify.bundle_source import BundleSource, Manifest, read_receipt
from inspector.evidence.verify.container import Container, Refused
from inspector.evidence.verify.contracts import ContractChecker, ContractNode
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.images import check_documents
from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.keys import KeyChecker
from inspector.evidence.verify.later import LaterErasures
from inspector.evidence.verify.logs import LONGEST_KEY, KeyPlace, KnownLog, Logs, find_log
from inspector.evidence.verify.policy import Policy, PolicyChecker
from inspector.evidence.verify.receipts import ReceiptChecker
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.roots import RootChecker
from inspector.evidence.verify.run import Progress, RecordCheck, say_limits
from inspector.evidence.verify.schema import inner, word
from inspector.evidence.verify.stamps import StampChecker
from inspector.evidence.verify.store import CannotRead
from inspector.evidence.verify.witnesses import WitnessChecker

_LONGEST_MANIFEST = 64_000
_NOT_LOOKED_AT = "what lies in the bundle was not looked at"


class BundleReceipts(ReceiptChecker):
    """Receipts without the log that they are from."""

    def finish(self, source: BundleSource, content: ContentChecker) -> None:
        """After the last record: the receipts that no record carries, and whether the log showed everybody the same.

        Raises:
            CannotRead: The file cannot be read.
        """
        before = ("", "")
        for number, line in enumerate(source.lines("receipts.txt"), 1):
            before = self._take(line, f"receipts.txt, line {number}", before, content)
        self._say_without_key("keys/log.vkey")
        self._finish_seals()
        for log in self.logs.all:
            self._finish_log(log)
        if any(log.entries for log in self.logs.all):
            self._report.skip("the log itself is not in a bundle: what else it holds was not checked")
        elif not self._is_stamped():
            self._report.skip("there are no receipts here: nothing outside holds the seals")

    def _finish_log(self, log: KnownLog) -> None:
        self._compare_seen(log)
        if log.known_size and log.known_size not in log.roots.twice:
            message = "a bundle does not hold the log: whether it still contains yours was not checked"
            self._report.unchecked("LEDGER-05", "your checkpoint", message)

    def _take(self, line: bytes, place: str, before: tuple[str, str], content: ContentChecker) -> tuple[str, str]:
        try:
            fields = read_receipt(line)
        except Malformed as error:
            self._report.tamper(error.rule, place, error.message)
            return before
        at = (word(fields, "seal"), word(inner(fields, "ledger"), "origin"))
        if at <= before:
            self._report.tamper("BUNDLE-02", place, "it is out of order")
        if content.is_carried(*at):
            self._report.tamper("BUNDLE-02", place, "a record of the bundle carries it already")
        if at[0] in self._statements.by_digest or at[0] in self._keys.by_digest:
            self.check(fields, place, self._order_of(at[0]))
        else:
            self._report.tamper("LEDGER-01", place, "it is the receipt of no seal, head or rotation here")
        return at

    def _order_of(self, digest: str) -> int:
        """The record that what it proves follows."""
        statement = self._statements.by_digest.get(digest)
        return self._keys.by_digest[digest].seq if statement is None else statement.last


def verify_bundle(
    path: Path,
    *,
    expected_key: bytes | None = None,
    log_key: NoteKey | None = None,
    known_checkpoint: bytes | None = None,
    check_images: bool = True,
    authorities: Sequence[bytes] = (),
    root: bytes | None = None,
    root_statements: Sequence[tuple[str, bytes]] = (),
    policy: Policy | None = None,
    node: ContractNode | None = None,
    progress: Progress | None = None,
) -> VerificationReport:
    """Check a bundle; the arguments are those of `verify_station`.

    Args:
        path: The file.
        expected_key: Raw public key (32 bytes) of the station that you know from elsewhere.
        log_key: Key of the log that you know from elsewhere.
        known_checkpoint: A `checkpoint` file of the log that you kept; a bundle rarely has what it takes to compare.
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
    if not path.is_file():
        report.unchecked("BUNDLE-01", path.name, "there is no such file")
        report.skip(_NOT_LOOKED_AT)
        return report
    policy = policy or Policy()
    trusted = replace(
        policy,
        station_key=expected_key or policy.station_key,
        log_key=log_key or policy.log_key,
        bypass_authorities=tuple(authorities) or policy.bypass_authorities,
        plant_root=root or policy.plant_root,
    )
    given = (*policy.named_statements(), *root_statements)
    try:
        with Container(path) as container:
            contracts = ContractChecker(report, policy.evm, node)
            _check(container, report, trusted, given, known_checkpoint, contracts, check_images, progress)
    except Refused as error:
        add = report.tamper if error.tampered else report.unchecked
        add(error.rule, path.name, error.message)
        report.skip(_NOT_LOOKED_AT)
    except (OSError, CannotRead) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        report.unchecked("BUNDLE-01", path.name, f"it cannot be read: {words}")
        report.skip(_NOT_LOOKED_AT)
    report.sort()
    return report


def _check(
    container: Container,
    report: VerificationReport,
    policy: Policy,
    root_statements: Sequence[tuple[str, bytes]],
    known_checkpoint: bytes | None,
    contracts: ContractChecker,
    check_images: bool,
    progress: Progress | None,
) -> None:
    data = container.read("bundle.json", _LONGEST_MANIFEST)
    try:
        manifest = Manifest(b"" if data is None else data)
    except Malformed as error:
        report.tamper("BUNDLE-02", "bundle.json", "it is missing" if data is None else error.message)
        report.skip(_NOT_LOOKED_AT)
        _check_checksums(container, report)
        return
    source, content = BundleSource(container, manifest, report), ContentChecker(container, manifest, report)
    statements = Statements(report, source.begin)
    keys = KeyChecker(container, report, policy.station_key, "the bundle")
    keys.take_statements(manifest.station, manifest.first_shift, manifest.last_shift)
    roots = RootChecker(container, report, policy.plant_root, root_statements)
    unnamed = roots.take_documents(manifest.station)
    place = KeyPlace("KEY-01", "keys/log.vkey", "the bundle", lambda: container.read("keys/log.vkey", LONGEST_KEY))
    logs = Logs(policy.log_policies)
    find_log(report, place, logs)
    stamps = StampChecker(report, policy.tsa_roots, policy.stamped_within_s)
    witnesses = WitnessChecker(report, policy.cosigned_within_s)
    receipts = BundleReceipts(
        report, statements, keys, source.begin, logs, known_checkpoint, stamps, contracts, witnesses
    )
    images = check_images and manifest.images
    check = RecordCheck(
        source,
        report,
        statements,
        keys,
        roots,
        receipts,
        authorities=policy.bypass_authorities,
        releasers=policy.release_authorities,
        check_images=images,
    )
    later = LaterErasures(source, manifest, statements, report)
    check.run(progress, content.watch, later.read)
    receipts.finish(source, content)
    check.finish()
    content.finish(statements, unnamed | set(keys.by_digest))
    check_documents(container, report, check.named)
    _check_checksums(container, report)
    asked = PolicyChecker(policy, report, statements, source.begin, manifest.last_shift)
    asked.finish(logs, stamps.before_us, contracts.held if contracts.asked else None)
    _say(manifest, policy, report, check_images=check_images)
    say_limits(report, statements, witnesses.last_seen([*statements.all()]))


def _check_checksums(container: Container, report: VerificationReport) -> None:
    """At the end, behind what the changed bytes mean."""
    container.read_rest()
    for name in container.changed:
        report.tamper("BUNDLE-01", f"member {name}", "its bytes do not have the checksum that the container says")


def _say(manifest: Manifest, policy: Policy, report: VerificationReport, *, check_images: bool) -> None:
    first, last = manifest.first_shift, manifest.last_shift
    shifts = f"shift {first}" if first == last else f"shifts {first} to {last}"
    asked = f"{manifest.kind} {manifest.value}".rstrip()
    report.say(f"bundle of {shifts}, records {manifest.first} to {manifest.last}; asked for: {asked}")
    if not manifest.images:
        report.skip("the bundle was made without image files")
    elif not check_images:
        report.skip("checksums of image files were not compared")
    if policy.latest is None:
        report.skip("whether there are later shifts: nothing from you says which seal is the newest")
