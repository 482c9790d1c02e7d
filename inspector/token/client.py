# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's side of the token: asks its process, and gives it up when it does not answer in time."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

from inspector.errors import EvidenceError, KeyLocked, PassphraseWrong

START_WITHIN_S = 10.0
"""Python and the vendor's library have to be loaded first."""


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where the key is.

    Attributes:
        module: The vendor's PKCS#11 library.
        token: Label of the token.
        label: Label of the station's keys in it.
        answer_within_s: A token that takes longer counts as away.
    """

    module: str
    token: str
    label: str
    answer_within_s: float


class TokenClient:
    """A token. Any thread may use it; one question after the other.

    Args:
        place: Where the key is.
    """

    def __init__(self, place: TokenPlace) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "inspector.token.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # nothing is left behind in a buffer that could only be written to a dead process
        )
        self._reader = threading.Thread(target=self._read, name="token", daemon=True)
        self._reader.start()

    def open(self, pin: str) -> list[bytes]:
        """Log in; returns the raw public keys under the station's label, 32 bytes each.

        Raises:
            PassphraseWrong: The PIN is wrong.
            KeyLocked: Library or token are not there, or do not answer.
        """
        place = self._place
        opening = {"do": "open", "module": place.module, "token": place.token, "label": place.label, "pin": pin}
        answer = self._ask(opening, START_WITHIN_S + place.answer_within_s)
        return [bytes.fromhex(key) for key in answer["keys"]]

    def create(self) -> bytes:
        """Make a key pair in the token; returns its raw public key, 32 bytes.

        Raises:
            KeyLocked: The token does not answer, or cannot.
        """
        return bytes.fromhex(str(self._ask({"do": "create"})["key"]))

    def destroy(self, key: bytes) -> None:
        """Delete a key pair of the token, if it is there.

        Raises:
            KeyLocked: The token does not answer, or does not let it be deleted.
        """
        self._ask({"do": "destroy", "key": key.hex()})

    def sign(self, key: bytes, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes.

        Raises:
            KeyLocked: The token does not answer, or was removed.
            EvidenceError: The token has no such key.
        """
        return bytes.fromhex(str(self._ask({"do": "sign", "key": key.hex(), "message": message.hex()})["signature"]))

    def close(self) -> None:
        """End the process; a token that hangs is not asked. Safe to call twice, and while somebody waits for it."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._answers.put(line)
        self._answers.put(b"")  # it has ended

    def _ask(self, command: dict[str, str], within_s: float | None = None) -> dict[str, Any]:
        with self._lock:
            try:
                if self._process.stdin is not None:
                    self._process.stdin.write(json.dumps(command).encode("ascii") + b"\n")
                line = self._answers.get(timeout=within_s or self._place.answer_within_s)
            except (OSError, ValueError) as error:
                raise KeyLocked("The token's process has ended", "Check the token, then unlock the key") from error
            except queue.Empty:
                self._process.kill()  # an answer that comes later would be taken for that to another question
                raise KeyLocked("The token does not answer", "Check the token, then unlock the key") from None
        if not line:
            raise KeyLocked("The token's process has ended", "Check the token, then unlock the key")
        answer: dict[str, Any] = json.loads(line)
        if answer["ok"]:
            return answer
        kinds = {kind.code: kind for kind in (PassphraseWrong, KeyLocked)}
        raise kinds.get(answer["code"], EvidenceError)(answer["message"], answer["advice"])


class TokenSigner:
    """One key of an open token, as the record writer signs with it.

    Args:
        client: The open token.
        public_key: Raw public key, 32 bytes.
    """

    elsewhere = True
    """It may take long: the writer does not wait for it while parts come."""

    def __init__(self, client: TokenClient, public_key: bytes) -> None:
        self._client = client
        self.public_key = public_key
        """Raw public key, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """See `TokenClient.sign`."""
        return self._client.sign(self.public_key, message)
