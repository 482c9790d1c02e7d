# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a backup is made of: its list, which files of a station belong in it, and copying that is checked."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from inspector.durable import SYNCS_WHOLE, sync_directory, sync_filesystem, write_durable
from inspector.errors import BackupDamaged, DiskFull, EvidenceError, StoreError

FORMAT = "inspector-backup/1"
LIST = "backup.json"
OBJECTS = "objects"
DATABASES = "database"
SCRATCH = "incoming"
BLOCK = 1 << 20
_LONGEST_LIST = 64 << 20
_APART = frozenset(["run", "logs", "images", "documents", "challenge", "exports"])
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PRIVATE = b"PRIVATE KEY-----"
_LOOKS = 65_536
_SECRET_NAME = re.compile("pass(word|phrase)|secret|token|credential", re.IGNORECASE)
MOST_PROBLEMS = 1_000


@dataclass
class BackupList:
    """`backup.json`: it is written last, so a backup that has it is complete.

    Attributes:
        station: Name of the station.
        source: Where its directory was.
        made_us: When the database was read, UTC, microseconds.
        version: Of the program that made it.
        database: Folder of the database below `database/`.
        database_sha256: Of its file.
        seq: Newest record.
        head: Its hash, 64 hex digits.
        sealed: Newest sealed shift, 0 if there is none.
        images: Views of parts whose image is kept; some share a file.
        problem_count: How many problems there are.
        files: Other files: path in the station directory to SHA-256; documents and lists lie under their own names.
        left_out: Files of the station that hold secrets, or might.
        problems: What records name and is not here, because the station does not have it as it was recorded; the
            first thousand.
    """

    station: str
    source: str
    made_us: int
    version: str
    database: str
    database_sha256: str
    seq: int
    head: str
    sealed: int
    images: int = 0
    problem_count: int = 0
    files: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def miss(self, what: str) -> None:
        """Note something that is not here."""
        self.problem_count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(what)

    def write(self, folder: Path) -> None:
        """Let the backup be complete.

        Raises:
            StoreError: It cannot be written.
        """
        data = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode() + b"\n"
        with told(folder / LIST):
            write_durable(folder / LIST, data, scratch=folder / SCRATCH)

    @classmethod
    def read(cls, folder: Path) -> BackupList:
        """The list of a complete backup.

        Raises:
            BackupDamaged: There is none, or it is no list of ours.
        """
        path = folder / LIST
        try:
            if path.stat().st_size > _LONGEST_LIST:
                raise BackupDamaged(f"{path} is too long", "It is no backup of a station")
            fields: object = json.loads(path.read_bytes())
            if not isinstance(fields, dict) or fields.pop("format", None) != FORMAT:
                raise BackupDamaged(f"{path} is no list of a backup", "Choose the folder of a backup")
            found = cls(**fields)
            found._check(path)
        except FileNotFoundError:
            advice = "A backup that was broken off is not complete: use another one, or make it again"
            raise BackupDamaged(f"{folder} holds no complete backup", advice) from None
        except OSError as error:
            raise BackupDamaged(f"{path} cannot be read: {error.strerror}", "Check the disk") from error
        except (ValueError, TypeError) as error:
            raise BackupDamaged(f"{path} is damaged: {error}", "Use another backup") from error
        return found

    def _check(self, path: Path) -> None:
        """A list may come from a disk that anybody had: no path may lead out of a station directory."""
        for name, digest in self.files.items():
            parts = Path(name).parts
            plain = parts and not Path(name).is_absolute() and ".." not in parts and ":" not in name
            if not plain or not _is_digest(digest):
                raise BackupDamaged(f"{path} names {name!r}, which is no file of a station", "Use another backup")
        numbers = (self.made_us, self.seq, self.sealed, self.images, self.problem_count)
        texts = (self.station, self.source, self.version, self.database, self.head)
        good = all(isinstance(one, int) for one in numbers) and all(isinstance(one, str) for one in texts)
        if not good or Path(self.database).name != self.database or not _is_digest(self.database_sha256):
            raise BackupDamaged(f"{path} is damaged", "Use another backup")


def _is_digest(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn an error of the disk into one of ours; `path` is what was being read or written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"No space for {path}", "Free space there, or choose another disk") from error
        raise StoreError(f"{path}: {error.strerror or error}", "Check the disk and the permissions") from error


def need_digest(text: object, seq: int) -> str:
    """A hash in a record, before it becomes part of a path.

    Raises:
        EvidenceError: It is none.
    """
    if not _is_digest(text):
        raise EvidenceError(f"Record {seq} names {ascii(text)[:80]}, which is no hash", "Run `inspector verify`")
    return str(text)


def digest_of(path: Path) -> str | None:
    """SHA-256 of a file, or None if there is none.

    Raises:
        OSError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError):
        return None


def copy_checked(source: Path, target: Path, expected: str | None = None, *, scratch: Path | None = None) -> str | None:
    """Copy a file: the target is there completely or not at all, and durable after `sync_copies`.

    Args:
        source: The file.
        target: Its new place; folders are made.
        expected: SHA-256 that it must have.
        scratch: Existing folder on the target's disk for the file while it is not complete.

    Returns:
        Its SHA-256; None when it is not there, or has another one than expected: then nothing was written.

    Raises:
        DiskFull: No space.
        StoreError: It cannot be read or written.
    """
    temporary = (scratch or target.parent) / f".{target.name}.{secrets.token_hex(4)}.tmp"
    digest = hashlib.sha256()
    with told(target):
        if not source.is_file():
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with source.open("rb") as reading, temporary.open("xb") as writing:
                while block := reading.read(BLOCK):
                    digest.update(block)
                    writing.write(block)
                if not SYNCS_WHOLE:
                    writing.flush()
                    os.fsync(writing.fileno())
            if expected not in (None, digest.hexdigest()):
                return None
            if is_private(source):
                with contextlib.suppress(PermissionError):  # a stick that knows no permissions: the key is encrypted
                    temporary.chmod(0o600)
            temporary.replace(target)
            if not SYNCS_WHOLE:
                sync_directory(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
    return digest.hexdigest()


def is_private(path: Path) -> bool:
    """Whether a file is for its owner only, where the system knows that."""
    return sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def sync_copies(folder: Path) -> None:
    """Make all copies below a folder durable.

    Raises:
        DiskFull: No space.
        StoreError: It could not be done.
    """
    if SYNCS_WHOLE:
        with told(folder):
            sync_filesystem(folder)


def other_files(station: Path, apart: Path | None, secret: frozenset[Path]) -> Iterator[tuple[str, Path, bool]]:
    """Settings, keys, recipes, models: what is no record, image or document.

    Args:
        station: Station directory.
        apart: Folder of the log, which is copied in another way.
        secret: Files that the settings name as credentials.

    Yields:
        Path in the station directory, the file, and whether it is left out because it holds a secret, or might.
    """
    for top in sorted(station.iterdir()):
        if top.name in _APART or top.name.startswith("records.") or top.name.endswith(".lock"):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if apart is not None and path.resolve().is_relative_to(apart):
                continue
            if path.is_file() and not path.is_symlink() and not path.name.endswith(".tmp"):
                name = path.relative_to(station).as_posix()
                yield name, path, path.resolve() in secret or is_secret(name, path)


def ledger_files(folder: Path) -> Iterator[tuple[str, Path, bool]]:
    """The same for a log that lies in the station directory; the checkpoint is not among them."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and inside[0] not in ("checkpoint", "lock", "incoming"):
            name = "/".join(inside)
            yield name, path, is_secret(name, path)


def is_secret(name: str, path: Path) -> bool:
    """Whether a file is a secret, or might be.

    That is a private key that is not encrypted, something among the keys and users that is neither a public nor an
    encrypted key, or what calls itself a password or a token. Permissions say nothing: a strict umask hides everything.

    Args:
        name: Its path in the station directory.
        path: The file.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_LOOKS)
    if _ENCRYPTED in start:
        return False
    apart = name.partition("/")[0] in ("keys", "access") and path.suffix != ".pub"
    return apart or _PRIVATE in start or _SECRET_NAME.search(path.name) is not None
