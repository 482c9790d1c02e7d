# SPDX-License-Identifier: AGPL-3.0-or-later
"""A transparency log in a directory: tlog-tiles layout, a signed-note checkpoint, one writer at a time.

ledger/log.key          the log's own Ed25519 key (PKCS#8, mode 0600); not the station's
ledger/log.vkey         its public half, as verifiers take it
ledger/stations.json    {"station name": "public key in hex"}: who may write; the first key, rotations are entries
ledger/integrated       with witnesses only: the newest signed checkpoint, before they have seen it
ledger/checkpoint       size and root, signed, cosigned by the witnesses; replaced last: what the log stands for
ledger/tile/entries/... the documents
ledger/tile/<level>/... the hashes
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from inspector.durable import make_directory, remove_stale_temporaries, write_durable
from inspector.errors import FormatInvalid, LedgerInconsistent, LedgerRefused, LedgerUnreachable
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import Checkpoint, sign_checkpoint
from inspector.evidence.proof import LogProof, format_proof
from inspector.evidence.tiles import TILE_WIDTH, encode_entries, entries_path, tile_path
from ledger_anchor.ledger import Document, Receipt
from ledger_anchor.log.admission import Admission, Claim
from ledger_anchor.log.files import (
    CHECKPOINT,
    DAMAGED,
    INTEGRATED,
    STATIONS,
    read_key,
    read_log,
    read_stations,
)

log = logging.getLogger(__name__)

KIND = "tlog"


class Cosigners(Protocol):
    """The witnesses of a log."""

    def cosign(self, note: str, consistency: Callable[[int], list[bytes]]) -> str:
        """Have a checkpoint cosigned.

        Args:
            note: The checkpoint, signed by the log.
            consistency: Makes the proof from an older size to that of the checkpoint.

        Returns:
            The checkpoint with the log's signature and enough cosignatures.

        Raises:
            LedgerUnreachable: Too few of them answer.
            LedgerInconsistent: Too few of them agree: they saw another log.
        """
        ...


@dataclass(frozen=True, slots=True)
class Submission:
    """What a station brings.

    Attributes:
        document: Seal, head or rotation.
        consistency: Proof that the shift's tree extends that of the last head (`DirectoryLog.head_count`); empty if the
            document covers as many records, or if there is no head.
    """

    document: Document
    consistency: Sequence[bytes] = ()


class DirectoryLog:
    """The writer of a log directory.

    Args:
        directory: Made by `create_log`.
        cosigners: Witnesses that must have seen a checkpoint before the log stands for it; None for none.

    Raises:
        LedgerUnreachable: There is no log, it cannot be read, or another program writes to it.
        LedgerInconsistent: It is damaged, or its key is not that of its checkpoint.
    """

    def __init__(self, directory: Path, cosigners: Cosigners | None = None) -> None:
        self._directory = directory
        self._scratch = directory / "incoming"
        self._cosigners = cosigners
        if not (directory / "log.key").is_file():
            raise LedgerUnreachable(f"There is no log in {directory}", "Start the station once")
        self._lock = FileLock(directory / "lock")
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise LedgerUnreachable(f"Another program writes to the log {directory}", "Stop it") from None
        try:
            self._load()
        except BaseException:
            self._lock.release()
            raise

    @property
    def kind(self) -> str:
        """What its receipts are."""
        return KIND

    @property
    def origin(self) -> str:
        """Name of the log."""
        return self._key.name

    @property
    def size(self) -> int:
        """Number of entries, also of those that no witness has seen yet."""
        return self._tree.size

    @property
    def checkpoint(self) -> str:
        """The checkpoint that the log stands for, with its signatures."""
        return self._published

    def close(self) -> None:
        """Let another writer in."""
        self._lock.release()

    @property
    def takes_heads(self) -> bool:
        """See `ledger_anchor.ledger.Ledger`."""
        return True

    def head_count(self, station: str) -> int:
        """Records that the station's last head since its last seal covers: `submit` wants a proof from there."""
        return self._admission.head_count(station)

    def read_stations(self) -> None:
        """Take up stations that were added to the list since the log was opened.

        Raises:
            LedgerUnreachable: The list cannot be read.
            LedgerInconsistent: It is damaged.
        """
        self._admission.keys = read_stations(self._directory / STATIONS)

    def submit(self, document: Document, consistency: Sequence[bytes] = ()) -> Receipt:
        """Add a document, durably; the same one again gives its receipt again.

        Args:
            document: Seal, head or rotation.
            consistency: As in `Submission`.

        Raises:
            LedgerRefused: The admission rule forbids it.
            FormatInvalid: It is no seal, head or rotation.
            LedgerUnreachable: The directory cannot be written, or too few witnesses answer; nothing was added, or a
                later call says where it is.
            LedgerInconsistent: The witnesses saw another log.
        """
        answer = self.submit_all([Submission(document, consistency)])[0]
        if isinstance(answer, Receipt):
            return answer
        raise answer

    def submit_all(self, submissions: Sequence[Submission]) -> list[Receipt | LedgerRefused | FormatInvalid]:
        """Add documents with one checkpoint for all; each is admitted or refused by itself.

        Args:
            submissions: In this order.

        Returns:
            For each its receipt, or why it is not admitted.

        Raises:
            LedgerUnreachable: As in `submit`, for all of them.
            LedgerInconsistent: As in `submit`.
        """
        if self._unsure:
            self._load()
        places = self._admit(submissions)
        try:
            self._store()
            if self.size > self._published_size:
                self._publish()
        except OSError as error:
            raise LedgerUnreachable(f"{self._directory} cannot be written: {error}", "Check the disk") from error
        return [
            place if isinstance(place, Exception) else self._receipt(submission.document, place)
            for place, submission in zip(places, submissions, strict=True)
        ]

    def check(self, receipt: Receipt) -> None:
        """See `ledger_anchor.ledger.Ledger`: a log that was put back to an older copy lacks what it had given out."""
        if self._admission.digest_at(receipt.index) != receipt.digest:
            raise LedgerInconsistent(
                f"The log {self._directory} does not hold entry {receipt.index}, for which there is a receipt",
                "Restore the folder from a newer copy",
            )

    def _load(self) -> None:
        content = read_log(self._directory, integrated=True)
        self._key, self._tree = content.key, content.tree
        self._published, self._published_size = content.note, content.checkpoint.size
        self._signer = read_key(self._directory / "log.key")
        if self._signer.public_key != self._key.public_key:
            raise LedgerInconsistent(f"log.key and log.vkey in {self._directory} do not belong together", DAMAGED)
        self._admission = Admission(read_stations(self._directory / STATIONS))
        for index, entry in enumerate(content.entries):
            self._admission.replay(entry, index)
        self._bundle = list(content.entries[self.size - self.size % TILE_WIDTH :])
        self._stored_size = self.size
        try:
            make_directory(self._scratch)
            remove_stale_temporaries(self._scratch)
            self._mend_tiles()
            self._drop_partials(self.size // TILE_WIDTH - 1)
        except OSError as error:
            raise LedgerUnreachable(f"{self._directory} cannot be written: {error}", "Check the disk") from error
        self._unsure = False

    def _admit(self, submissions: Sequence[Submission]) -> list[int | LedgerRefused | FormatInvalid]:
        """Take what the rule admits into memory; each one is judged after those before it."""
        places: list[int | LedgerRefused | FormatInvalid] = []
        for submission in submissions:
            document = submission.document
            try:
                claim = Claim.of(document)
                index = self._admission.find(document, claim)
                if index is None:
                    self._admission.check(document, claim, submission.consistency)
                    index = self.size
                    self._unsure = True  # until everything is written: on an error the disk is asked again
                    self._tree.append(leaf_hash(document.leaf))
                    self._bundle.append(document.leaf)
                    self._admission.take(document, claim, index)
                places.append(index)
            except (LedgerRefused, FormatInvalid) as error:
                places.append(error)
        return places

    def _store(self) -> None:
        before = self._stored_size
        if self.size == before:
            return
        self._integrate()
        if self._cosigners is None:
            self._publish()
        self._stored_size, self._unsure = self.size, False
        for number in range(before // TILE_WIDTH, self.size // TILE_WIDTH):
            self._drop_partials(number)

    def _integrate(self) -> None:
        """Write the new entries and what follows from them; with witnesses they are in the log from here on.

        Without this, a log that dies after a witness saw its checkpoint would add other entries in their place, and
        no witness would ever cosign it again.
        """
        first = self._stored_size // TILE_WIDTH
        while self._bundle:
            entries, number = self._bundle[:TILE_WIDTH], first
            self._write(self._directory / entries_path(number, len(entries)), encode_entries(entries))
            if len(entries) < TILE_WIDTH:
                break
            self._bundle, first = self._bundle[TILE_WIDTH:], first + 1
        for tile in self._tree.tiles(self._stored_size):
            self._write(self._directory / tile_path(tile.level, tile.index, tile.width), tile.data)
        if self._cosigners is not None:
            self._write(self._directory / INTEGRATED, self._sign().encode("utf-8"))

    def _publish(self) -> None:
        """Let the witnesses see the newest checkpoint, and stand for it."""
        note = self._sign()
        if self._cosigners is not None:
            note = self._cosigners.cosign(note, self._tree.consistency_proof)
        self._write(self._directory / CHECKPOINT, note.encode("utf-8"))
        self._published, self._published_size = note, self.size

    def _sign(self) -> str:
        return sign_checkpoint(
            Checkpoint(self.origin, self.size, self._tree.root()), self._signer, self._key.public_key
        )

    def _receipt(self, document: Document, index: int) -> Receipt:
        hashes = self._tree.inclusion_proof(index, self._published_size)
        proof = LogProof(index, tuple(hashes), self._published)
        return Receipt(document.digest, KIND, self.origin, index, format_proof(proof))

    def _write(self, path: Path, data: bytes) -> None:
        make_directory(path.parent)
        write_durable(path, data, scratch=self._scratch)

    def _mend_tiles(self) -> None:
        """Hashes follow from the entries, which the signed root covers: a damaged tile can be made again."""
        for tile in self._tree.tiles():
            path = self._directory / tile_path(tile.level, tile.index, tile.width)
            if not path.is_file() or path.read_bytes() != tile.data:
                log.error("%s was damaged; it is made again from the entries", path)
                self._write(path, tile.data)

    def _drop_partials(self, number: int) -> None:
        """Partial tiles may go once the full one is there (c2sp.org/tlog-tiles)."""
        if number < 0:
            return
        paths = [entries_path(number)]
        level = 0
        while True:
            paths.append(tile_path(level, number))
            if (number + 1) % TILE_WIDTH:
                break
            number, level = (number + 1) // TILE_WIDTH - 1, level + 1
        for path in paths:
            partials = self._directory / f"{path}.p"
            if partials.is_dir():
                shutil.rmtree(partials)
