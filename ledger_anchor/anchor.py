# SPDX-License-Identifier: AGPL-3.0-or-later
"""Brings seals and heads from the station's store to the ledger, and receipts back, until each is a record."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator

from inspector.errors import EvidenceError, InspectorError, LedgerError, LedgerInconsistent, LedgerRefused, StoreError
from inspector.evidence.merkle import consistency_proof
from inspector.evidence.rotation import RotationDocument
from inspector.evidence.seal import SignedDocument, parse_document
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from ledger_anchor.ledger import Document, Ledger, Receipt

log = logging.getLogger(__name__)

POLL_S = 0.5
SEND_AGAIN_S = 2.0
BACK_OFF_S = 0.5
BACK_OFF_AT_MOST_S = 60.0

Send = Callable[[Receipt], bool]
"""Sends a receipt to the station; False when it is not connected."""


class Anchor:
    """One pass after the other over what has no receipt yet.

    It remembers nothing that matters: what waits is in the store, what is anchored is in the log, and the log gives
    the same receipt for the same document. A crash at any moment therefore loses and doubles nothing.

    Args:
        reader: The station's records.
        ledger: The log.
        station: Name of the station.
        documents: Holds the statements of rotations.
        send: Sends a receipt.

    Attributes:
        trouble: Why the last pass did not bring everything there, or None.
        next_pass_s: When there is something to do again.
    """

    def __init__(
        self, reader: RecordReader, ledger: Ledger, station: str, documents: DocumentStore, send: Send
    ) -> None:
        self._reader = reader
        self._documents = documents
        self._ledger = ledger
        self._station = station
        self._send = send
        self._sent_s: dict[str, float] = {}
        self._failures = 0
        self.next_pass_s = 0.0
        self.trouble: InspectorError | None = None

    def acknowledged(self, digest: str) -> None:
        """The station has made a record of this receipt."""
        self._sent_s.pop(digest, None)
        self.next_pass_s = 0.0

    def connected(self) -> None:
        """The station is there (again): what was sent before may be lost."""
        self._sent_s.clear()
        self.next_pass_s = 0.0

    def work(self, now_s: float) -> None:
        """Submit what waits and send the receipts; after a failure wait longer and longer, at most a minute.

        Raises:
            LedgerInconsistent: The ledger contradicts itself; nothing more is sent to it.
        """
        if now_s < self.next_pass_s:
            return
        try:
            self._pass(now_s)
        except LedgerInconsistent:
            raise
        except (LedgerError, StoreError) as error:
            limit_s = min(BACK_OFF_AT_MOST_S, BACK_OFF_S * 2**self._failures)
            self._failures = min(self._failures + 1, 10)
            # Full jitter: many stations must not come back to a shared ledger all at once.
            wait_s = max(BACK_OFF_S, limit_s * secrets.randbelow(1000) / 1000)
            self.next_pass_s = now_s + wait_s
            self.trouble = error
            log.error("not anchored, again in %.1f s: %s", wait_s, error)
        else:
            self._failures = 0
            self.trouble = None
            self.next_pass_s = now_s + POLL_S

    def _pass(self, now_s: float) -> None:
        for document in self._waiting():
            sent_s = self._sent_s.get(document.digest)
            if sent_s is not None and now_s - sent_s < SEND_AGAIN_S:
                continue
            receipt = self._submit(document)
            if receipt is None:
                return  # not final there yet; what follows waits with it
            if not self._send(receipt):
                return
            self._sent_s[document.digest] = now_s

    def _waiting(self) -> Iterator[Document]:
        """What has no receipt, in the order in which the log takes it: a rotation before the first shift of its key.

        Raises:
            LedgerRefused: The statement of a rotation is gone or damaged; what comes before it was given out.
        """
        origin = self._ledger.origin
        ordered: list[tuple[int, int, SignedDocument | str]] = []
        for seal in self._reader.unreceipted_seals(origin):
            ordered.append((_shift(seal), 1, seal))
        for record in self._reader.unreceipted_rotations(origin):
            shift = record.fields["first_shift"]
            ordered.append((shift if isinstance(shift, int) else 0, 0, str(record.fields["statement"])))
        head = self._reader.unreceipted_head(origin) if self._ledger.takes_heads else None
        if head is not None:
            ordered.append((_shift(head), 2, head))
        for _, _, document in sorted(ordered, key=lambda one: one[:2]):
            yield self._rotation(document) if isinstance(document, str) else document

    def _rotation(self, digest: str) -> RotationDocument:
        try:
            return RotationDocument(self._documents.get(digest))
        except (StoreError, EvidenceError) as error:
            raise LedgerRefused(f"The key was rotated, but {error.message}", "Restore it from the backup") from error

    def _submit(self, document: Document) -> Receipt | None:
        if isinstance(document, RotationDocument):
            return self._ledger.submit(document)
        fields = parse_document(document.data)
        first, count = fields["first"], fields["count"]
        old = self._ledger.head_count(self._station)
        proof: list[bytes] = []
        if isinstance(first, int) and isinstance(count, int) and 0 < old < count:
            leaves = self._reader.leaf_hashes(first, count)
            if len(leaves) != count:
                raise LedgerRefused(f"Shift {fields['shift']} has {len(leaves)} records, its document says {count}")
            proof = consistency_proof(leaves, old)
        return self._ledger.submit(document, proof)


def _shift(document: SignedDocument) -> int:
    shift = parse_document(document.data)["shift"]
    return shift if isinstance(shift, int) else 0
