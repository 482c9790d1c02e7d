# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ledger answers to a document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer of a log to a document.

    Attributes:
        digest: Hash of the seal, head or rotation, 64 hex digits.
        origin: Name of the log.
        index: Its entry, from 0.
        proof: Offline proof (c2sp.org/tlog-proof@v1) with the signed checkpoint.
    """

    digest: str
    origin: str
    index: int
    proof: str
