# SPDX-License-Identifier: AGPL-3.0-or-later
"""The signing key of a running station: unlocked from a credential file or at the prompt, and rotated."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from inspector.child import Child
from inspector.config import KeySettings
from inspector.errors import ConfigError, EvidenceError, InspectorError, PassphraseWrong, ShiftError, StoreError
from inspector.evidence.record import clean_text
from inspector.station.key_files import FileKeys
from inspector.station.readiness import Reason, key_locked
from inspector.station.root_statements import RootStatements
from inspector.store.results import Signer
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)


class KeyBackend(Protocol):
    """Where the private key is. At every moment one key is in force: the one that the records name."""

    def public_key(self) -> bytes:
        """Raw public key as the station directory has it, 32 bytes.

        Raises:
            EvidenceError: It cannot be read.
        """
        ...

    def unlock(self, secret: str) -> Signer:
        """The key, ready to sign.

        Raises:
            KeyLocked: The secret is missing.
            PassphraseWrong: It is wrong.
            EvidenceError: The key is gone or damaged.
        """
        ...

    def prepare(self, secret: str) -> Signer:
        """Make another key, durably, beside the one in force; nothing else changes yet.

        Raises:
            PassphraseWrong: The secret is not that of the key in force.
            EvidenceError: It cannot be made.
        """
        ...

    def settle(self, current: bytes) -> None:
        """Finish a rotation that the records know of, or undo one that they do not; destroys the other private key.

        After a crash at any moment of `prepare`, of the record or of this, calling it once more settles all.

        Args:
            current: Raw public key that the records name.

        Raises:
            EvidenceError: The files cannot be changed; call it again.
        """
        ...


def key_backend(station: Path, settings: KeySettings) -> KeyBackend:
    """The backend that the settings choose."""
    return FileKeys(station / settings.file)


class Keyring:
    """What people and the start of the station do with the key.

    Args:
        child: Station directory and settings.
        writer: Signs with the key.
    """

    def __init__(self, child: Child, writer: RecordWriter) -> None:
        self._station = child.station
        self._settings = child.config.key
        self._backend = key_backend(child.station, child.config.key)
        self._writer = writer
        self._statements = RootStatements(child.station, child.config.station.name, child.config.key, writer)

    def started(self) -> None:
        """Settle what a crash has left of a rotation; unlock with the credential that the settings name, if any.

        Inspection goes on with a locked key: heads and seals wait, and the status says so.
        """
        try:
            self._backend.settle(self._writer.public_key)
            if self._settings.passphrase_file:
                self.unlock(self._credential())
            else:
                log.warning("the signing key is locked; unlock it with `inspector shift unlock`")
        except (EvidenceError, ConfigError) as error:
            log.error("the signing key stays locked: %s", error)
        self._statements.started()

    def warnings(self) -> list[Reason]:
        """What somebody should look at while the line goes on."""
        locked = [] if self._writer.unlocked else [key_locked()]
        return [*locked, *self._statements.warnings()]

    def record_statement(self, document: str, operator: str) -> dict[str, object]:
        """Take a certificate or revocation of the plant root; see `RootStatements.record`."""
        return self._statements.record(document, operator)

    def unlock(self, secret: str) -> int:
        """Hand the key to the writer, which signs what has waited for it.

        Returns:
            Number of seals that were signed now.

        Raises:
            PassphraseWrong: The secret does not open the key.
            EvidenceError: The key is damaged, missing, or that of another station.
        """
        return self._writer.unlock(self._backend.unlock(secret)).result()

    def rotate(self, operator: str, reason: str, secret: str) -> dict[str, object]:
        """Make a new key and let the old one hand over to it; between two shifts only.

        Args:
            operator: Staff id of the person.
            reason: Why, one line.
            secret: Opens the key in force, and will open the new one; empty takes the credential file.

        Raises:
            ShiftError: Not now (a shift is open, or the key is fresh), or operator or reason are missing.
            KeyLocked: The key in force is locked.
            PassphraseWrong: The secret is wrong.
            EvidenceError: The new key cannot be made.
            StoreError: The change cannot be recorded.
        """
        if not operator.strip() or not reason.strip():
            raise ShiftError("operator and reason must be given", "Say who rotates the key, and why")
        if not secret and self._settings.passphrase_file:
            secret = self._credential()
        if not secret:
            raise PassphraseWrong("The passphrase of the key is missing", "Give it at the prompt")
        old = self._writer.public_key
        self._writer.may_rotate().result()
        new = self._backend.prepare(secret)
        try:
            by = self._writer.commit_operator(operator.strip()).result()
            rotated = self._writer.rotate_key(new, clean_text(" ".join(reason.split())), by).result()
        except StoreError:
            raise  # nobody knows whether the record is there: the next start reads it, and settles
        except InspectorError:
            self._backend.settle(old)
            raise
        try:
            self._backend.settle(new.public_key)
        except EvidenceError as error:
            log.error("the new key is in force, and the next start tidies up: %s", error)
        rotation = rotated.rotation
        log.warning("the signing key was rotated in record %s: %s", rotated.record.seq, rotation.reason)
        return {
            "seq": rotated.record.seq,
            "first_shift": rotation.first_shift,
            "old": rotation.old.hex(),
            "new": rotation.new.hex(),
            "statement": rotated.document.decode("utf-8"),
        }

    def _credential(self) -> str:
        return read_credential(self._station / self._settings.passphrase_file)


def read_credential(path: Path) -> str:
    """The passphrase in a credential file.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the credential {path} cannot be read: {error}", "Check the path and its mode") from error
