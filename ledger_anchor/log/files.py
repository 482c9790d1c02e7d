# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files of a log directory: how a log is made, and how anybody reads and checks it (c2sp.org/tlog-tiles)."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from inspector.durable import make_directory, sync_directory, write_durable
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
from inspector.evidence.tiles import TILE_WIDTH, entries_path, parse_entries
from ledger_anchor.log.tree import TileTree

CHECKPOINT = "checkpoint"
INTEGRATED = "integrated"
STATIONS = "stations.json"
DAMAGED = "Run `inspector verify`; restore the ledger from a copy"


@dataclass(frozen=True, slots=True)
class LogContent:
    """All of a log, checked against its signed checkpoint.

    Attributes:
        key: The log's key.
        note: The checkpoint as it is signed and cosigned.
        checkpoint: What it says.
        entries: Documents in order; with `integrated` also those that no witness has seen yet.
        tree: Their tree.
    """

    key: NoteKey
    note: str
    checkpoint: Checkpoint
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
        write_durable(fresh / STATIONS, json.dumps(names, indent=2).encode() + b"\n")
        write_durable(fresh / CHECKPOINT, checkpoint.encode())
        if directory.is_dir():
            directory.rmdir()
        fresh.rename(directory)
        sync_directory(directory.parent)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise LedgerUnreachable(f"{directory} cannot be made: {error}", "Choose an empty folder") from error


def read_log(directory: Path, *, integrated: bool = False) -> LogContent:
    """Read and check a whole log; also beside its writer.

    Args:
        directory: The log.
        integrated: Also what is in the log already and waits for its witnesses.

    Raises:
        LedgerUnreachable: There is no log, or it cannot be read.
        LedgerInconsistent: A file is damaged: its entries are not those of the signed checkpoint.
    """
    try:
        # The checkpoint first: entries that come meanwhile are behind its size.
        key = parse_vkey((directory / "log.vkey").read_text(encoding="utf-8"))
        note = (directory / CHECKPOINT).read_bytes()
        published = open_checkpoint(note, key)
        newest = _newest(directory, key, published) if integrated else published
        entries = tuple(_read_entries(directory, newest.size))
    except OSError as error:
        raise LedgerUnreachable(f"The log {directory} cannot be read: {error}", "Check the path") from error
    except (EvidenceError, UnicodeDecodeError) as error:
        raise LedgerInconsistent(f"The log {directory} is damaged: {error}", DAMAGED) from error
    tree = TileTree()
    for entry in entries:
        tree.append(leaf_hash(entry))
    for checkpoint in (newest, published):
        if tree.root(checkpoint.size) != checkpoint.root:
            message = f"The {checkpoint.size} entries of the log {directory} do not have the root of its checkpoint"
            raise LedgerInconsistent(message, DAMAGED)
    return LogContent(key, note.decode("utf-8"), published, entries, tree)


def _newest(directory: Path, key: NoteKey, published: Checkpoint) -> Checkpoint:
    path = directory / INTEGRATED
    if not path.is_file():
        return published
    return max(open_checkpoint(path.read_bytes(), key), published, key=lambda checkpoint: checkpoint.size)


def _read_entries(directory: Path, size: int) -> Iterator[bytes]:
    for index in range(-(-size // TILE_WIDTH)):
        width = min(TILE_WIDTH, size - index * TILE_WIDTH)
        path = directory / entries_path(index, width)
        if not path.is_file() and width < TILE_WIDTH:
            path = directory / entries_path(index)  # the log has grown meanwhile, partial bundles are gone
        entries = parse_entries(path.read_bytes())
        if len(entries) < width:
            raise LedgerInconsistent(f"{path} holds {len(entries)} entries, not {width}", DAMAGED)
        yield from entries[:width]


def read_key(path: Path) -> SigningKey:
    """The log's private key.

    Raises:
        LedgerUnreachable: It cannot be read.
        LedgerInconsistent: It is no such key.
    """
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise LedgerUnreachable(f"{path} cannot be read: {error}", "Check its permissions") from error
    except (ValueError, TypeError) as error:
        raise LedgerInconsistent(f"{path} is no private key: {error}", DAMAGED) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise LedgerInconsistent(f"{path} is no Ed25519 key", DAMAGED)
    return SigningKey(private)


def read_stations(path: Path) -> dict[str, bytes]:
    """Raw public key of each station that may write.

    Raises:
        LedgerUnreachable: The file cannot be read.
        LedgerInconsistent: It is damaged.
    """
    try:
        names: object = json.loads(path.read_bytes())
        if not isinstance(names, dict):
            raise ValueError("not an object")
        return {str(name): parse_public_key(str(key)) for name, key in names.items()}
    except OSError as error:
        raise LedgerUnreachable(f"{path} cannot be read: {error}", "Check its permissions") from error
    except (ValueError, EvidenceError) as error:
        raise LedgerInconsistent(f"{path} is damaged: {error}", "It maps station names to public keys") from error
