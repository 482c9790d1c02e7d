# SPDX-License-Identifier: AGPL-3.0-or-later
"""Takes seals, heads, rotations and their receipts out of a bundle or a station, and compares them with a node.

Whether they themselves are in order is the business of `inspector verify`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from inspector.errors import ConfigError, EvidenceError, FormatInvalid, ProofInvalid
from inspector.evidence.record import parse_strict
from inspector.evidence.rotation import MAX_DOCUMENT, RotationDocument, is_rotation
from inspector.evidence.seal import SignedDocument
from inspector.evidence.verify.bundle_source import LONGEST_MANIFEST, BundleSource, Manifest, read_receipt
from inspector.evidence.verify.container import Container, Refused
from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.store import CannotRead, Damaged, Row, SignedRow, StationReader
from ledger_anchor.evm.history import Reader
from ledger_anchor.evm.proof import parse_proof
from ledger_anchor.evm.verify import View, entry_of, verify_entry
from ledger_anchor.ledger import Document
from ledger_anchor.log.admission import Claim

KIND = "evm"
_VERIFY = "Run `inspector verify` on it first"


@dataclass(frozen=True, slots=True)
class Given:
    """A receipt as it was found.

    Attributes:
        digest: Hash of the document that it is for.
        index: As it says.
        proof: As it says.
    """

    digest: str
    index: int
    proof: str


@dataclass(slots=True)
class Evidence:
    """What was found.

    Attributes:
        documents: Seals, heads and rotations with receipts, by hash.
        seals: Shift of each seal that is signed, by hash.
        receipts: Those of kind "evm".
    """

    documents: dict[str, Document] = field(default_factory=dict)
    seals: dict[str, int] = field(default_factory=dict)
    receipts: list[Given] = field(default_factory=list)


@dataclass(slots=True)
class Comparison:
    """What a node says to it.

    Attributes:
        proven: Index in the contract, by hash of the document.
        false: Place and reason of each receipt that the contract contradicts.
        not_final: Receipts whose blocks are not final yet.
        elsewhere: Receipts of other contracts: nothing is said of them.
        missing: Shifts whose seal no receipt proves to be in the contract.
    """

    proven: dict[str, int] = field(default_factory=dict)
    false: list[tuple[str, str]] = field(default_factory=list)
    not_final: int = 0
    elsewhere: int = 0
    missing: list[int] = field(default_factory=list)


def read_evidence(path: Path) -> Evidence:
    """Read a bundle or a station directory.

    Raises:
        ConfigError: It is not there or cannot be read.
        FormatInvalid: It is neither, or damaged.
    """
    try:
        return _read_station(path) if path.is_dir() else _read_bundle(path)
    except (OSError, CannotRead) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "Check the path") from error
    except (Refused, Damaged, Malformed) as error:
        raise FormatInvalid(f"{path} is damaged, or neither bundle nor station: {error}", _VERIFY) from error


def compare(evidence: Evidence, reader: Reader) -> Comparison:
    """Compare each receipt with the contract.

    Args:
        evidence: What was found.
        reader: A node; its settings name chain and contract.

    Raises:
        LedgerUnreachable: The node does not answer.
        LedgerInconsistent: It is of another chain, or there is another contract.
    """
    view = View(reader)
    final, settings, found = view.final(), reader.settings, Comparison()
    for receipt in evidence.receipts:
        document = evidence.documents.get(receipt.digest)
        try:
            proof = parse_proof(receipt.proof)
            if (proof.chain_id, proof.contract) != (settings.chain_id, settings.contract):
                found.elsewhere += 1
            elif document is None:
                raise ProofInvalid("it is the receipt of no seal, head or rotation here")
            elif proof.block_number > final:
                found.not_final += 1
            else:
                found.proven[receipt.digest] = verify_entry(
                    entry_of(document), receipt.index, receipt.proof, view
                ).index
        except EvidenceError as error:
            found.false.append((_place(receipt, document), error.message))
    found.missing = sorted(shift for digest, shift in evidence.seals.items() if digest not in found.proven)
    return found


def _place(receipt: Given, document: Document | None) -> str:
    if document is None:
        return f"receipt of {receipt.digest[:16]}"
    claim = Claim.of(document)
    return f"receipt of the {claim.kind} of shift {claim.shift}"


def _read_station(path: Path) -> Evidence:
    with StationReader(path) as reader:
        evidence = Evidence()
        for row in reader.signed():
            _take_signed(evidence, row, None)
        for record in reader.records():
            _take_record(evidence, record)
    _add_rotations(evidence, lambda name: _head_of(path / name))
    return evidence


def _head_of(path: Path) -> bytes | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return stream.read(MAX_DOCUMENT + 1)


def _read_bundle(path: Path) -> Evidence:
    report, evidence = VerificationReport(), Evidence()
    with Container(path) as container:
        manifest = Manifest(container.read("bundle.json", LONGEST_MANIFEST) or b"")
        source = BundleSource(container, manifest, report)
        for row in source.signed():
            _take_signed(evidence, row, manifest.last_shift)
        for record in source.records():
            _take_record(evidence, record)
        for line in source.lines("receipts.txt"):
            _take_receipt(evidence, read_receipt(line))
        _add_rotations(evidence, lambda name: container.read(name, MAX_DOCUMENT))
    if report.findings:
        raise FormatInvalid(f"{path} is damaged: {report.findings[0]}", _VERIFY)
    return evidence


def _take_signed(evidence: Evidence, row: SignedRow, last_shift: int | None) -> None:
    if not isinstance(row.data, bytes) or not isinstance(row.signature, bytes):
        return  # a seal that waits for its signature has no receipt
    document = SignedDocument(row.data, row.signature)
    evidence.documents[document.digest] = document
    if row.count is None and isinstance(row.shift, int) and (last_shift is None or row.shift <= last_shift):
        evidence.seals[document.digest] = row.shift


def _take_record(evidence: Evidence, row: Row) -> None:
    if row.kind == "receipt" and isinstance(row.data, bytes):
        _take_receipt(evidence, parse_strict(row.data))


def _take_receipt(evidence: Evidence, fields: dict[str, object]) -> None:
    ledger, index = fields.get("ledger"), fields.get("index")
    if isinstance(ledger, dict) and ledger.get("kind") == KIND and isinstance(index, int):
        evidence.receipts.append(Given(str(fields.get("seal")), index, str(fields.get("proof"))))


def _add_rotations(evidence: Evidence, read: Callable[[str], bytes | None]) -> None:
    """Statements that receipts name; a name is the hash of the content."""
    for receipt in evidence.receipts:
        if receipt.digest in evidence.documents:
            continue
        data = read(f"documents/{receipt.digest}")
        if data is not None and is_rotation(data) and RotationDocument(data).digest == receipt.digest:
            evidence.documents[receipt.digest] = RotationDocument(data)
