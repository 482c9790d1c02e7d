# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's key in a PKCS#11 token. What the token cannot hold is beside it: which of its keys is in force.

keys/station.pub            public half of the key in force
keys/station.key.new.pub    of the next one, while a rotation is under way
keys/station.key.old.pub    of one that is to be destroyed when the token is open the next time
"""

from __future__ import annotations

import logging
from pathlib import Path

from inspector.config import KeySettings
from inspector.durable import sync_directory, write_durable
from inspector.errors import EvidenceError, KeyLocked
from inspector.evidence.keys import read_public_key
from inspector.token.client import TokenClient, TokenPlace, TokenSigner

log = logging.getLogger(__name__)


class TokenKeys:
    """The PKCS#11 backend of the station's key (`KeyBackend`).

    Args:
        station: Station directory.
        settings: `[key]`.
    """

    def __init__(self, station: Path, settings: KeySettings) -> None:
        path = station / settings.file
        self._public = path.with_suffix(".pub")
        self._new_public = path.with_name(path.name + ".new.pub")
        self._old_public = path.with_name(path.name + ".old.pub")
        self._place = TokenPlace(settings.module, settings.token, settings.label, settings.answer_within_ms / 1000)
        self._client: TokenClient | None = None
        self._next: TokenClient | None = None
        """While a rotation is under way: the key in force still has to sign for it over the other one."""
        self._started: list[TokenClient] = []

    def public_key(self) -> bytes:
        """See `KeyBackend`."""
        return read_public_key(self._public)

    def create(self, secret: str) -> bytes:
        """See `KeyBackend`."""
        if self._public.exists():
            raise EvidenceError(f"{self._public} exists already", "Rotate the key; it is never overwritten")
        self._client, _ = self._open(secret)
        key = self._client.create()
        _write(self._public, key)
        return key

    def unlock(self, secret: str) -> TokenSigner:
        """See `KeyBackend`; the secret is the user PIN."""
        current = self.public_key()
        client, keys = self._open(secret)
        if current not in keys:
            self._end(client)
            message = f"No Ed25519 key {self._place.label!r} of the token {self._place.token!r} is the station's"
            raise EvidenceError(message, f"Insert the right token; compare with {self._public}")
        self._end(self._client)
        self._client = client
        self._destroy_old(client, current)
        return TokenSigner(client, current)

    def prepare(self, secret: str) -> TokenSigner:
        """See `KeyBackend`; a crash before the public half is written leaves a key in the token that nobody uses."""
        self._end(self._next)
        self._next, _ = self._open(secret)
        key = self._next.create()
        _write(self._new_public, key)
        return TokenSigner(self._next, key)

    def settle(self, current: bytes) -> None:
        """See `KeyBackend`; in the token the other key is destroyed now if that is open, else when it is unlocked."""
        try:
            new = read_public_key(self._new_public) if self._new_public.is_file() else None
            here = self.public_key()
            if here == current:
                other = new
            elif new == current:
                other = here
            else:
                log.error("%s is not the key that the records name: it stays locked", self._public)
                return
            if other is not None and other != current:
                _write(self._old_public, other)
            _write(self._public, current)
            self._new_public.unlink(missing_ok=True)
            sync_directory(self._public.parent)
        except OSError as error:
            message = f"The files beside {self._public} cannot be changed: {error}"
            raise EvidenceError(message, "Check the folder of the key, then start the station again") from error
        if self._next is not None and other != new:
            self._end(self._client)
            self._client, self._next = self._next, None
        if (client := self._next or self._client) is not None:
            self._destroy_old(client, current)
        self._end(self._next)
        self._next = None

    def close(self) -> None:
        """See `KeyBackend`."""
        for client in tuple(self._started):
            self._end(client)
        self._client = self._next = None

    def _open(self, pin: str) -> tuple[TokenClient, list[bytes]]:
        """A token that is open, and its public keys; `close` ends it also while it opens."""
        if not pin:
            raise KeyLocked(f"The token {self._place.token} is locked", "Give the PIN")
        client = TokenClient(self._place)
        self._started.append(client)
        try:
            return client, client.open(pin)
        except EvidenceError:
            self._end(client)
            raise

    def _end(self, client: TokenClient | None) -> None:
        if client in self._started:
            self._started.remove(client)
            client.close()

    def _destroy_old(self, client: TokenClient, current: bytes) -> None:
        """Never the key in force, whatever the file says; a token that refuses is told of and asked again."""
        if not self._old_public.is_file():
            return
        old = read_public_key(self._old_public)
        try:
            if old != current:
                client.destroy(old)
            self._old_public.unlink()
        except (EvidenceError, OSError) as error:
            log.error("the old key %s is still in the token: %s", old.hex(), error)


def _write(path: Path, key: bytes) -> None:
    try:
        write_durable(path, key.hex().encode("ascii") + b"\n")
    except OSError as error:
        raise EvidenceError(f"{path} cannot be written: {error}", "Check the folder of the key") from error
