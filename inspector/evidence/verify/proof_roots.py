# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a plant root says of the keys that sealed a proof: statements that came with it, and those that the reader has.

A revocation is held against places in a log or contract that the reader's own key or node shows. A log whose key came
with the proof says nothing here: the thief of a key can make one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.documents import Statement, Statements
from inspector.evidence.verify.keys import RotationSeen
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.roots import RootChecker, is_about


class ProofRoots:
    """Statements of a plant root beside a proof.

    Args:
        station: Name of the station.
        carried: Statements that came with the proof.
        report: Takes the findings.
        root: Raw public key of the plant root that the reader knows, 32 bytes; None if they know none.
        given: Statements that the reader brought, each with a name for findings.
    """

    def __init__(
        self,
        station: str,
        carried: Sequence[str],
        report: VerificationReport,
        root: bytes | None,
        given: Sequence[tuple[str, bytes]],
    ) -> None:
        self._report = report
        self._root = root
        files = _Carried()
        for number, text in enumerate(carried, 1):
            data = text.encode("utf-8", "surrogatepass")
            if is_about(data, station):
                files.add(data)
            else:
                message = "it is no certificate or revocation of a key of this station"
                report.tamper("KEY-05", f"root statement {number}", message)
        self._checker = RootChecker(files, report, root, given)
        self._checker.take_documents(station)
        self._checker.finish()

    @property
    def certified(self) -> Sequence[bytes] | None:
        """The keys that the root says are the station's; None when the reader knows no root."""
        return self._checker.certified

    def apply(
        self,
        seals: Sequence[Statement],
        rotations: Sequence[RotationSeen],
        indexes: Mapping[tuple[str, str], int],
    ) -> None:
        """Hold what a revoked key signed against logs and contracts.

        Args:
            seals: Those of the proof.
            rotations: Those that lead from a key that the reader knows to one that sealed.
            indexes: Position by document hash and name of the log or contract, where the reader's key or node shows it.
        """
        statements = Statements(self._report, Begin())
        statements.seals = {seal.shift: seal for seal in seals}
        self._checker.apply(statements, rotations, indexes)
        if self._root is None:
            self._report.skip("whether a plant root has revoked a key of the station: you gave no key of one")
        else:
            self._report.skip("whether the plant root has said more than what is in the proof and what you gave")


class _Carried:
    """Statements as documents by their hashes."""

    def __init__(self) -> None:
        self._documents: dict[str, bytes] = {}

    def add(self, data: bytes) -> None:
        self._documents[hashlib.sha256(data).hexdigest()] = data

    def read(self, name: str, limit: int) -> bytes | None:
        data = self._documents.get(name.removeprefix("documents/"))
        return None if data is None else data[: limit + 1]

    def digest(self, name: str) -> tuple[int, str] | None:
        data = self._documents.get(name.removeprefix("documents/"))
        return None if data is None else (len(data), hashlib.sha256(data).hexdigest())

    def has(self, name: str) -> bool:
        return name.removeprefix("documents/") in self._documents

    def names(self, folder: str) -> list[str]:
        return sorted(self._documents) if folder == "documents" else []
