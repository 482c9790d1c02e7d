# SPDX-License-Identifier: AGPL-3.0-or-later
"""A transparency log in a directory: tlog-tiles layout, a signed-note checkpoint, one writer at a time.

ledger/log.key          the log's own Ed25519 key (PKCS#8, mode 0600); not the station's
ledger/log.vkey         its public half, as verifiers take it
ledger/stations.json    {"station name": "public key in hex"}: who may write; the first key, rotations are entries
ledger/checkpoint       size and root, signed; replaced last: it makes an entry part of the log
ledger/tile/entries/... the documents
ledger/tile/<level>/... the hashes
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from filelock import FileLock, Timeout

from inspector.durable import make_directory, remove_stale_temporaries, sync_directory, write_durable
from inspector.errors import EvidenceError, LedgerInconsistent, LedgerUnreachable
from inspector.evidence.keys import SigningKey, parse_public_key
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import (
    Checkpoint,
    NoteKey,
    check_key_name,
    open_checkpoint,
    parse_vkey,
    sign_checkpoint,
)
from inspector.evidence.proof import LogProof, format_proof
from inspector.evidence.tiles import TILE_WIDTH, encode_entries, entries_path, parse_entries, tile_path
from ledger_anchor.admission import Admission, Document
from ledger_anchor.tree import TileTree

log = logging.getLogger(__name__)

_DAMAGED = "Run `inspector verify`; restore the ledger from a copy"


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


@dataclass(frozen=True, slots=True)
class LogContent:
    """All of a log, checked against its signed checkpoint.

    Attributes:
        key: The log's key.
        note: The checkpoint as it is signed.
        entries: Documents in order.
        tree: Their tree.
    """

    key: NoteKey
    note: str
    entries: tuple[bytes, ...]
    tree: TileTree


def create_log(directory: Path, origin: str, stations: Mapping[str, bytes]) -> None:
    """Make an empty log with a fresh key, whole or not at all.

    Args:
        directory: Must not exist, or be empty.
        origin: Name of the log.
        stations: Raw public keys of the stations that may write.

    Raises:
        FormatInvalid: The origin cannot be a key name.
        LedgerUnreachable: The directory is not empty or cannot be written.
    """
    key = SigningKey(private := Ed25519PrivateKey.generate())
    note_key = NoteKey(check_key_name(origin), key.public_key)
    checkpoint = sign_checkpoint(Checkpoint(origin, 0, TileTree().root()), key, key.public_key)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    names = {name: public_key.hex() for name, public_key in stations.items()}
    fresh = directory.with_name(f".{directory.name}.{secrets.token_hex(8)}.tmp")
    try:
        make_directory(fresh)
        write_durable(fresh / "log.key", pem, mode=0o600)
        write_durable(fresh / "log.vkey", f"{note_key.vkey()}\n".encode())
        write_durable(fresh / "stations.json", json.dumps(names, indent=2).encode() + b"\n")
        write_durable(fresh / "checkpoint", checkpoint.encode())
        if directory.is_dir():
            directory.rmdir()
        fresh.rename(directory)
        sync_directory(directory.parent)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise LedgerUnreachable(f"{directory} cannot be made: {error}", "Choose an empty folder") from error


def read_log(directory: Path) -> LogContent:
    """Read and check a whole log; also beside its writer.

    Raises:
        LedgerUnreachable: There is no log, or it cannot be read.
        LedgerInconsistent: A file is damaged: its entries are not those of the signed checkpoint.
    """
    try:
        # The checkpoint first: entries that come meanwhile are behind its size.
        key = parse_vkey((directory / "log.vkey").read_text(encoding="utf-8"))
        note = (directory / "checkpoint").read_bytes()
        checkpoint = open_checkpoint(note, key)
        entries = tuple(_read_entries(directory, checkpoint.size))
    except OSError as error:
        raise LedgerUnreachable(f"The log {directory} cannot be read: {error}", "Check the path") from error
    except (EvidenceError, UnicodeDecodeError) as error:
        raise LedgerInconsistent(f"The log {directory} is damaged: {error}", _DAMAGED) from error
    tree = TileTree()
    for entry in entries:
        tree.append(leaf_hash(entry))
    if tree.root() != checkpoint.root:
        raise LedgerInconsistent(
            f"The {checkpoint.size} entries of the log {directory} do not have the root of its checkpoint", _DAMAGED
        )
    return LogContent(key, note.decode("utf-8"), entries, tree)


def _read_entries(directory: Path, size: int) -> Iterator[bytes]:
    for index in range(-(-size // TILE_WIDTH)):
        width = min(TILE_WIDTH, size - index * TILE_WIDTH)
        path = directory / entries_path(index, width)
        if not path.is_file() and width < TILE_WIDTH:
            path = directory / entries_path(index)  # the log has grown meanwhile, partial bundles are gone
        entries = parse_entries(path.read_bytes())
        if len(entries) < width:
            raise LedgerInconsistent(f"{path} holds {len(entries)} entries, not {width}", _DAMAGED)
        yield from entries[:width]


class DirectoryLog:
    """The writer of a log directory.

    Args:
        directory: Made by `create_log`.

    Raises:
        LedgerUnreachable: There is no log, it cannot be read, or another program writes to it.
        LedgerInconsistent: It is damaged, or its key is not that of its checkpoint.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._scratch = directory / "incoming"
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
    def origin(self) -> str:
        """Name of the log."""
        return self._key.name

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._tree.size

    def close(self) -> None:
        """Let another writer in."""
        self._lock.release()

    def head_count(self, station: str) -> int:
        """Records that the station's last head since its last seal covers: `submit` wants a proof from there."""
        return self._admission.head_count(station)

    def submit(self, document: Document, consistency: Sequence[bytes] = ()) -> Receipt:
        """Add a document, durably; the same one again gives its receipt again.

        Args:
            document: Seal, head or rotation.
            consistency: Proof that the shift's tree extends that of the last head (`head_count`); empty if the
                document covers as many records, or if there is no head.

        Raises:
            LedgerRefused: The admission rule forbids it.
            FormatInvalid: It is no seal, head or rotation.
            LedgerUnreachable: The directory cannot be written; nothing was added, or a later call says where it is.
        """
        if self._unsure:
            self._load()
        index = self._admission.find(document)
        if index is None:
            self._admission.check(document, consistency)
            index = self._add(document)
        proof = LogProof(index, tuple(self._tree.inclusion_proof(index)), self._note)
        return Receipt(document.digest, self.origin, index, format_proof(proof))

    def digest_at(self, index: int) -> str | None:
        """Hash of the seal, head or rotation that is this entry, 64 hex digits; None when the log is not that long."""
        return self._admission.digest_at(index)

    def _load(self) -> None:
        content = read_log(self._directory)
        self._key, self._note, self._tree = content.key, content.note, content.tree
        self._signer = _read_key(self._directory / "log.key")
        if self._signer.public_key != self._key.public_key:
            raise LedgerInconsistent(f"log.key and log.vkey in {self._directory} do not belong together", _DAMAGED)
        self._admission = Admission(_read_stations(self._directory / "stations.json"))
        for index, entry in enumerate(content.entries):
            self._admission.replay(entry, index)
        self._bundle = list(content.entries[self.size - self.size % TILE_WIDTH :])
        try:
            make_directory(self._scratch)
            remove_stale_temporaries(self._scratch)
            self._mend_tiles()
            self._drop_partials(self.size // TILE_WIDTH - 1)
        except OSError as error:
            raise LedgerUnreachable(f"{self._directory} cannot be written: {error}", "Check the disk") from error
        self._unsure = False

    def _add(self, document: Document) -> int:
        index = self.size
        self._unsure = True  # until everything is written: on an error the disk is asked again
        try:
            self._bundle.append(document.leaf)
            self._tree.append(leaf_hash(document.leaf))
            number, width = index // TILE_WIDTH, index % TILE_WIDTH + 1
            self._write(self._directory / entries_path(number, width), encode_entries(self._bundle))
            for tile in self._tree.tiles(index):
                self._write(self._directory / tile_path(tile.level, tile.index, tile.width), tile.data)
            checkpoint = Checkpoint(self.origin, self.size, self._tree.root())
            note = sign_checkpoint(checkpoint, self._signer, self._key.public_key)
            self._write(self._directory / "checkpoint", note.encode("utf-8"))
            if width == TILE_WIDTH:
                self._bundle = []
                self._drop_partials(number)
        except OSError as error:
            raise LedgerUnreachable(f"{self._directory} cannot be written: {error}", "Check the disk") from error
        self._note = note
        self._admission.take(document, index)
        self._unsure = False
        return index

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


def _read_key(path: Path) -> SigningKey:
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise LedgerUnreachable(f"{path} cannot be read: {error}", "Check its permissions") from error
    except (ValueError, TypeError) as error:
        raise LedgerInconsistent(f"{path} is no private key: {error}", _DAMAGED) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise LedgerInconsistent(f"{path} is no Ed25519 key", _DAMAGED)
    return SigningKey(private)


def _read_stations(path: Path) -> dict[str, bytes]:
    try:
        names: object = json.loads(path.read_bytes())
        if not isinstance(names, dict):
            raise ValueError("not an object")
        return {str(name): parse_public_key(str(key)) for name, key in names.items()}
    except OSError as error:
        raise LedgerUnreachable(f"{path} cannot be read: {error}", "Check its permissions") from error
    except (ValueError, EvidenceError) as error:
        raise LedgerInconsistent(f"{path} is damaged: {error}", "It maps station names to public keys") from error
