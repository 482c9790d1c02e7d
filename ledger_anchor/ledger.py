# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the anchor asks of any ledger, and what it gets back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from inspector.evidence.rotation import RotationDocument
from inspector.evidence.seal import SignedDocument

Document = SignedDocument | RotationDocument
"""What a ledger takes."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer of a ledger to a document, as the station records it.

    Attributes:
        digest: Hash of the seal, head or rotation, 64 hex digits.
        kind: Kind of the ledger: "tlog", "rfc3161" or "evm".
        origin: Name of the ledger; of two with the same name only one can give a receipt.
        index: Position in the ledger, from 0; 0 where there is no order.
        proof: Text that proves it: a tlog-proof, a token in base64, or a canonical JSON object.
    """

    digest: str
    kind: str
    origin: str
    index: int
    proof: str


class Ledger(Protocol):
    """A place outside the station that keeps what was submitted."""

    @property
    def kind(self) -> str:
        """See `Receipt`."""
        ...

    @property
    def origin(self) -> str:
        """See `Receipt`."""
        ...

    @property
    def takes_heads(self) -> bool:
        """Whether heads of open shifts are brought here, too; seals and rotations always are."""
        ...

    def head_count(self, station: str) -> int:
        """Records that the station's last head since its last seal covers: `submit` wants a proof from there.

        0 where there is none, or where the ledger does not compare.

        Raises:
            LedgerUnreachable: It does not answer.
        """
        ...

    def submit(self, document: Document, consistency: Sequence[bytes] = ()) -> Receipt | None:
        """Add a document; the same one again gives its receipt again.

        Args:
            document: Seal, head or rotation.
            consistency: Proof that the shift's tree extends that of the last head (`head_count`); empty if the
                document covers as many records, or if there is no head.

        Returns:
            None while it is taken but not final yet: submit it again later.

        Raises:
            LedgerRefused: The admission rule forbids it.
            FormatInvalid: It is no seal, head or rotation.
            LedgerUnreachable: No answer; whether it was added a later call says.
            LedgerInconsistent: The ledger contradicts itself, or what it answers proves nothing.
        """
        ...

    def check(self, receipt: Receipt) -> None:
        """Whether the ledger still holds what it gave the newest receipt for; asked once at the start.

        Raises:
            LedgerInconsistent: It does not: it was put back to an older copy, or is another one.
            LedgerUnreachable: It does not answer.
        """
        ...

    def close(self) -> None:
        """Give up locks and connections."""
        ...
