# SPDX-License-Identifier: AGPL-3.0-or-later
"""One session with a PKCS#11 token (OASIS PKCS#11 3.0): the only module that imports `pkcs11`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.types import SignMixin

from inspector.errors import EvidenceError, KeyLocked, PassphraseWrong

KEY_SIZE = 32
EDWARDS25519 = b"\x13\x0cedwards25519"
"""CKA_EC_PARAMS: a PrintableString with the name of the curve, as PKCS#11 3.0 wants it."""
_PIN_ERRORS = (
    pkcs11.exceptions.PinIncorrect,
    pkcs11.exceptions.PinInvalid,
    pkcs11.exceptions.PinLenRange,
)


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """Errors of the library in our words.

    Raises:
        PassphraseWrong: The PIN is wrong.
        KeyLocked: Anything else: token away, session lost, PIN locked.
    """
    try:
        yield
    except _PIN_ERRORS as error:
        raise PassphraseWrong("The token refuses the PIN", "Try again; tokens lock after a few wrong ones") from error
    except pkcs11.exceptions.PinLocked as error:
        raise KeyLocked("The PIN of the token is locked", "Unlock it with the token's own tool") from error
    except (pkcs11.exceptions.PKCS11Error, RuntimeError, OSError) as error:
        words = str(error) or type(error).__name__
        raise KeyLocked(f"The token cannot {doing}: {words}", "Check the token and key.module") from error


class TokenSession:
    """A token that is open, with its Ed25519 keys of one label.

    Args:
        module: The vendor's PKCS#11 library.
        token: Label of the token.
        label: Label of the station's keys in it.
        pin: User PIN.

    Raises:
        PassphraseWrong: The PIN is wrong.
        KeyLocked: Library or token are not there, or do not work.
    """

    def __init__(self, module: str, token: str, label: str, pin: str) -> None:
        self._label = label
        with _told("be opened"):
            self._session = pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=pin)

    def public_keys(self) -> dict[bytes, bytes]:
        """Raw public keys, 32 bytes each, with the CKA_ID that ties them to their private halves.

        CKA_EC_POINT is a DER OCTET STRING around the point for keys that a token made, and the bare point in some
        tokens for imported ones: the last 32 bytes are the point in both.

        Raises:
            KeyLocked: The token does not work.
        """
        wanted = {
            Attribute.CLASS: ObjectClass.PUBLIC_KEY,
            Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
            Attribute.LABEL: self._label,
        }
        with _told("list its keys"):
            found = [(bytes(one[Attribute.EC_POINT]), bytes(one[Attribute.ID])) for one in self._objects(wanted)]
        return {point[-KEY_SIZE:]: name for point, name in found if len(point) >= KEY_SIZE}

    def create(self) -> bytes:
        """Make a key pair that never leaves the token; returns its raw public key, 32 bytes.

        Raises:
            KeyLocked: The token does not work, or knows no Ed25519.
        """
        with _told("make an Ed25519 key"):
            parameters = self._session.create_domain_parameters(
                KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: EDWARDS25519}, local=True
            )
            public, _ = parameters.generate_keypair(
                mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                store=True,
                label=self._label,
                id=secrets.token_bytes(16),
            )
            return bytes(public[Attribute.EC_POINT])[-KEY_SIZE:]

    def sign(self, key: bytes, message: bytes) -> bytes:
        """Ed25519 signature (CKM_EDDSA), 64 bytes.

        Raises:
            EvidenceError: The token has no such key.
            KeyLocked: The token does not work.
        """
        private = self._private(key)
        with _told("sign"):
            return private.sign(message, mechanism=Mechanism.EDDSA)

    def destroy(self, key: bytes) -> None:
        """Delete a key pair, if it is there.

        Raises:
            KeyLocked: The token does not work, or does not let it be deleted.
        """
        name = self.public_keys().get(key)
        if name is None:
            return
        with _told("delete a key"):
            for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
                for one in list(self._objects({Attribute.CLASS: kind, Attribute.ID: name})):
                    one.destroy()

    def _private(self, key: bytes) -> SignMixin:
        name = self.public_keys().get(key)
        if name is not None:
            with _told("find a key"):
                for one in self._objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: name}):
                    if isinstance(one, SignMixin):
                        return one
        raise EvidenceError("The token does not hold the station's key", "Insert the right one; see keys/station.pub")

    def _objects(self, wanted: dict[Attribute, object]) -> list[pkcs11.Object]:
        return list(self._session.get_objects(wanted))
