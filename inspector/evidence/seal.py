# SPDX-License-Identifier: AGPL-3.0-or-later
"""Seals and heads: signed statements over the records of one shift (docs/formats.md).

A head says how far an open shift has come; a seal says what a closed shift holds. Both are canonical JSON,
signed with the station's Ed25519 key over a prefix of their own, so that neither can be taken for the other
or for a record.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.chain import ShiftRange
from inspector.evidence.keys import SIGNATURE_SIZE, DocumentSigner, key_fingerprint, verify_signature
from inspector.evidence.record import canonical, document_hash, parse_strict
from inspector.evidence.schema import check_document

SEAL_PREFIX = b"inspector/seal/v1\0"
HEAD_PREFIX = b"inspector/head/v1\0"
_PREFIXES = {"seal": SEAL_PREFIX, "head": HEAD_PREFIX}


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A seal or head with its signature.

    Attributes:
        data: Canonical bytes of the document.
        signature: 64 bytes.
    """

    data: bytes
    signature: bytes

    @property
    def leaf(self) -> bytes:
        """What the log stores: document and signature, one after the other."""
        return self.data + self.signature

    @property
    def digest(self) -> str:
        """What `prev_seal` and receipts name: SHA-256 of the document without its signature, in hex."""
        return document_hash(self.data)


def _common(
    kind: str,
    station: str,
    span: ShiftRange,
    head: str,
    t_us: int,
    prev_seal: str,
    key: bytes,
    simulated: bool,
) -> dict[str, object]:
    return {
        "v": 1,
        "type": kind,
        "station": station,
        "shift": span.shift,
        "first": span.first,
        "count": span.count,
        "head": head,
        "root": span.tree.root().hex(),
        "t_us": t_us,
        "prev_seal": prev_seal,
        "key": key_fingerprint(key),
        "simulated": simulated,
    }


def _finish(document: dict[str, object]) -> bytes:
    data = canonical(document)
    check_document(document)
    return data


def build_head(
    station: str, span: ShiftRange, head: str, t_us: int, prev_seal: str, key: bytes, simulated: bool
) -> bytes:
    """Bytes of a head over the records so far.

    Args:
        station: Name of the station.
        span: Records since the last seal; at least one.
        head: Hash of the last record, 64 hex digits.
        t_us: Now, UTC, microseconds.
        prev_seal: Hash of the previous seal document, zeros before the first.
        key: Raw public key of the station, 32 bytes.
        simulated: Whether any source of this shift is simulated.

    Raises:
        FormatInvalid: The range is empty or a value does not fit.
    """
    return _finish(_common("head", station, span, head, t_us, prev_seal, key, simulated))


def build_seal(
    station: str,
    span: ShiftRange,
    head: str,
    t_us: int,
    prev_seal: str,
    key: bytes,
    simulated: bool,
    *,
    t_open_us: int,
    t_close_us: int,
    independent: object = None,
) -> bytes:
    """Bytes of a seal over a closed shift; arguments as in `build_head`.

    Args:
        station: Name of the station.
        span: Records since the last seal, the shift-close record last.
        head: Hash of the shift-close record, 64 hex digits.
        t_us: Now, UTC, microseconds.
        prev_seal: Hash of the previous seal document, zeros before the first.
        key: Raw public key of the station, 32 bytes.
        simulated: Whether any source of this shift is simulated.
        t_open_us: Time of the shift-open record.
        t_close_us: Time of the shift-close record.
        independent: Field of this name in the shift-close record, None if it has none.

    Raises:
        FormatInvalid: The range is empty or a value does not fit.
    """
    document = _common("seal", station, span, head, t_us, prev_seal, key, simulated)
    document.update(t_open_us=t_open_us, t_close_us=t_close_us, counts=span.counts.as_dict())
    if independent is not None:
        document["independent"] = independent
    return _finish(document)


def parse_document(data: bytes) -> dict[str, object]:
    """Read a seal or head strictly.

    Raises:
        FormatInvalid: The bytes are not in the profile or do not fit the schema.
    """
    document = parse_strict(data)
    check_document(document)
    return document


def sign_document(data: bytes, signer: DocumentSigner) -> SignedDocument:
    """Sign the bytes of a seal or head.

    Raises:
        FormatInvalid: The bytes are neither.
        KeyLocked: The key is locked.
    """
    prefix = _PREFIXES[str(parse_document(data)["type"])]
    return SignedDocument(data, signer.sign(prefix + data))


def split_leaf(leaf: bytes) -> SignedDocument:
    """Take a log entry apart into document and signature.

    Raises:
        FormatInvalid: It is too short to hold both.
    """
    if len(leaf) <= SIGNATURE_SIZE:
        raise FormatInvalid(f"A log entry of {len(leaf)} bytes holds no signed document")
    return SignedDocument(leaf[:-SIGNATURE_SIZE], leaf[-SIGNATURE_SIZE:])


def verify_document(document: SignedDocument, public_key: bytes) -> dict[str, object]:
    """Check form and signature of a seal or head and return its fields.

    Raises:
        FormatInvalid: The bytes are neither.
        SignatureInvalid: They name another key, or the signature does not verify.
    """
    fields = parse_document(document.data)
    if fields["key"] != key_fingerprint(public_key):
        raise SignatureInvalid(f"The {fields['type']} names key {fields['key']}, not the given one")
    verify_signature(public_key, document.signature, _PREFIXES[str(fields["type"])] + document.data)
    return fields
