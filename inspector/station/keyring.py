# SPDX-License-Identifier: AGPL-3.0-or-later
"""The signing key of a running station: unlocked from a credential file or at the prompt, and rotated."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inspector.child import Child
from inspector.config import KeySettings
from inspector.errors import (
    ConfigError,
    EvidenceError,
    InspectorError,
    KeyLocked,
    PassphraseWrong,
    ShiftError,
    StoreError,
)
from inspector.evidence.record import clean_text
from inspector.station.key_files import FileKeys
from inspector.station.key_token import TokenKeys
from inspector.station.readiness import Reason, key_locked
from inspector.station.root_statements import RootStatements
from inspector.store.results import Signer
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

RETRY_NS = 30_000_000_000
"""How long until a token that was away is tried again with the credential."""
END_WITHIN_S = 2.0


class KeyBackend(Protocol):
    """Where the private key is. At every moment one key is in force: the one that the records name."""

    def public_key(self) -> bytes:
        """Raw public key as the station directory has it, 32 bytes.

        Raises:
            EvidenceError: It cannot be read.
        """
        ...

    def create(self, secret: str) -> bytes:
        """Make the first key of a station; returns its raw public key, 32 bytes.

        Raises:
            KeyLocked: The secret is missing, or the token is away.
            PassphraseWrong: It is wrong.
            EvidenceError: There is a key already, or it cannot be made.
        """
        ...

    def close(self) -> None:
        """Let go of it; also while another thread waits for it, which then hears that it has ended."""
        ...

    def unlock(self, secret: str) -> Signer:
        """The key, ready to sign.

        Raises:
            KeyLocked: The secret is missing, or the token is away.
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
    if settings.backend == "pkcs11":
        return TokenKeys(station, settings)
    return FileKeys(station / settings.file)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command that took its time.

    Attributes:
        peer: Connection that waits for it; empty if nobody does.
        request_id: Its request.
        document: `ok`, and `result` or `error`.
    """

    peer: str
    request_id: str
    document: dict[str, object]


class Keyring:
    """What people and the start of the station do with the key.

    A token may take seconds to open, or hang: unlocking and rotating are done by a thread, one at a time.

    Args:
        child: Station directory and settings.
        writer: Signs with the key.
    """

    def __init__(self, child: Child, writer: RecordWriter) -> None:
        self._station = child.station
        self._settings = child.config.key
        self._clock = child.clock
        self._backend = key_backend(child.station, child.config.key)
        self._writer = writer
        self._statements = RootStatements(child.station, child.config.station.name, child.config.key, writer)
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._retry_ns: int | None = None
        self._refused = False

    def started(self) -> None:
        """Settle what a crash has left of a rotation; unlock with the credential that the settings name, if any.

        Inspection goes on with a locked key: heads and seals wait, and the status says so.
        """
        try:
            self._backend.settle(self._writer.public_key)
            if self._settings.passphrase_file and self._settings.backend == "pkcs11":
                self._begin(self._retry, "", "")  # parts may be waiting, and a token may take its time
            elif self._settings.passphrase_file:
                self._unlock(self._credential())
            else:
                log.warning("the signing key is locked; unlock it with `inspector shift unlock`")
        except (EvidenceError, ConfigError) as error:
            self._failed(error)
        self._statements.started()

    def close(self) -> None:
        """Let go of the key; who still waits for a token hears that it has ended."""
        self._backend.close()
        if self._thread is not None:
            self._thread.join(END_WITHIN_S)

    def warnings(self) -> list[Reason]:
        """What somebody should look at while the line goes on."""
        locked = [] if self._writer.unlocked else [key_locked()]
        return [*locked, *self._statements.warnings()]

    def record_statement(self, document: str, operator: str) -> dict[str, object]:
        """Take a certificate or revocation of the plant root; see `RootStatements.record`."""
        return self._statements.record(document, operator)

    def tick(self) -> Answer | None:
        """Once per heartbeat: an answer that is there, and another try with the credential if the token was away."""
        if self._writer.unlocked:
            self._retry_ns, self._refused = None, False
        elif self._settings.backend == "pkcs11" and self._settings.passphrase_file and not self._refused:
            self._try_again(self._clock.monotonic_ns())
        try:
            return self._answers.get_nowait()
        except queue.Empty:
            return None

    def unlock(self, secret: str, peer: str, request_id: str) -> None:
        """Begin to unlock; `tick` then has the answer: the number of seals that were signed.

        Raises:
            ShiftError: The key is being unlocked or rotated.
        """
        self._begin(lambda: {"signed_seals": self._unlock(secret)}, peer, request_id)

    def rotate(self, operator: str, reason: str, secret: str, peer: str, request_id: str) -> None:
        """Begin to make a new key that the old one hands over to, between two shifts only; `tick` has the answer.

        Args:
            operator: Staff id of the person.
            reason: Why, one line.
            secret: Opens the key in force, and will open the new one; empty takes the credential file.
            peer: Connection that waits for the answer.
            request_id: Its request.

        Raises:
            ShiftError: Operator or reason are missing, or the key is being unlocked or rotated.
        """
        if not operator.strip() or not reason.strip():
            raise ShiftError("operator and reason must be given", "Say who rotates the key, and why")
        self._begin(lambda: self._rotate(operator.strip(), " ".join(reason.split()), secret), peer, request_id)

    def _try_again(self, now_ns: int) -> None:
        if self._retry_ns is None:
            self._retry_ns = now_ns + RETRY_NS
        elif now_ns >= self._retry_ns and not self._busy():
            self._retry_ns = None
            self._begin(self._retry, "", "")

    def _busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _begin(self, work: Callable[[], dict[str, object]], peer: str, request_id: str) -> None:
        if self._busy():
            raise ShiftError("the key is being unlocked or rotated", "Wait a moment")

        def run() -> None:
            try:
                document: dict[str, object] = {"ok": True, "result": work()}
            except InspectorError as error:
                log.warning("the key: %s", error)
                told = {"code": error.code, "message": error.message, "advice": error.advice}
                document = {"ok": False, "error": told}
            self._answers.put(Answer(peer, request_id, document))

        self._thread = threading.Thread(target=run, name="keyring", daemon=True)
        self._thread.start()

    def _unlock(self, secret: str) -> int:
        return self._writer.unlock(self._backend.unlock(secret)).result()

    def _retry(self) -> dict[str, object]:
        try:
            self._unlock(self._credential())
        except (EvidenceError, ConfigError) as error:
            self._failed(error)
        return {}

    def _failed(self, error: InspectorError) -> None:
        """A wrong PIN is not tried again: a token locks itself after a few of them."""
        log.error("the signing key stays locked: %s", error)
        self._refused = not isinstance(error, KeyLocked)

    def _rotate(self, operator: str, reason: str, secret: str) -> dict[str, object]:
        if not secret and self._settings.passphrase_file:
            secret = self._credential()
        if not secret:
            raise PassphraseWrong("The passphrase of the key is missing", "Give it at the prompt")
        old = self._writer.public_key
        self._writer.may_rotate().result()
        new = self._backend.prepare(secret)
        try:
            by = self._writer.commit_operator(operator).result()
            rotated = self._writer.rotate_key(new, clean_text(reason), by).result()
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
