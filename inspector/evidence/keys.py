# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing keys: create, store encrypted, load; check signatures; commitments to people.

The key file is PKCS#8 (RFC 5958) under PBES2 with scrypt and AES-256-CBC (RFC 7914, RFC 8018), so `openssl
pkey` reads it. `cryptography` can read this form but writes only PBKDF2 with 2,048 rounds, hence the small
encoder here. A passphrase kept beside the key protects backups and stolen disks, not against somebody who has
the running machine.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import textwrap
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from inspector.errors import EvidenceError, FormatInvalid, KeyLocked, PassphraseWrong, SignatureInvalid

SIGNATURE_SIZE = 64
PUBLIC_KEY_SIZE = 32
# 28 MiB and three passes: OpenSSL refuses scrypt above 32 MiB, and N = 2^15 with r = 8 is just beyond that.
SCRYPT_N = 2**15
SCRYPT_R = 7
SCRYPT_P = 3
_SCRYPT_MEMORY = 64 * 1024 * 1024
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_SCRYPT = bytes.fromhex("2b06010401da47040b")
_AES_256_CBC = bytes.fromhex("60864801650304012a")
_PEM_BEGIN = "-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PEM_END = "-----END ENCRYPTED PRIVATE KEY-----"


class DocumentSigner(Protocol):
    """What signs a document or a checkpoint: a key in memory, in a token or in a TPM."""

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        ...


class SigningKey:
    """An unlocked Ed25519 key in memory."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        """Raw public key, 32 bytes."""

    @classmethod
    def generate(cls) -> SigningKey:
        """A fresh key from the system's random source."""
        return cls(Ed25519PrivateKey.generate())

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature (RFC 8032), 64 bytes."""
        return self._private.sign(message)

    def encrypted_pem(self, passphrase: str) -> bytes:
        """PKCS#8 under scrypt, as the key file holds it.

        Raises:
            EvidenceError: The passphrase is empty.
        """
        if not passphrase:
            raise EvidenceError("The passphrase is empty", "Choose one of at least 12 characters")
        plain = self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return _encrypt(plain, passphrase.encode("utf-8"))


def _tlv(tag: int, content: bytes) -> bytes:
    """One DER element."""
    if len(content) < 128:
        length = bytes([len(content)])
    else:
        digits = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(digits)]) + digits
    return bytes([tag]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tlv(0x30, b"".join(parts))


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _octets(value: bytes) -> bytes:
    return _tlv(0x04, value)


def _object_id(value: bytes) -> bytes:
    return _tlv(0x06, value)


def _encrypt(plain: bytes, passphrase: bytes) -> bytes:
    """EncryptedPrivateKeyInfo (RFC 5958, 3) with PBES2, scrypt and AES-256-CBC, in PEM."""
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(16)
    key = hashlib.scrypt(passphrase, salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, maxmem=_SCRYPT_MEMORY, dklen=32)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    cipher_text = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    costs = _sequence(_octets(salt), _integer(SCRYPT_N), _integer(SCRYPT_R), _integer(SCRYPT_P), _integer(len(key)))
    derivation = _sequence(_object_id(_SCRYPT), costs)
    scheme = _sequence(_object_id(_AES_256_CBC), _octets(iv))
    algorithm = _sequence(_object_id(_PBES2), _sequence(derivation, scheme))
    body = base64.b64encode(_sequence(algorithm, _octets(cipher_text))).decode("ascii")
    return "\n".join([_PEM_BEGIN, *textwrap.wrap(body, 64), _PEM_END, ""]).encode("ascii")


def _write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a file that must not exist yet, so that a crash leaves either nothing or all of it."""
    if path.exists():
        raise EvidenceError(f"{path} exists already", "Move it away first; a key is never overwritten")
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise EvidenceError(f"{path} cannot be written: {error.strerror}", "Check the folder") from error


def create_key(path: Path, passphrase: str, public_path: Path) -> SigningKey:
    """Make a key, write it encrypted (mode 0600) and its public half as one line of hex.

    Args:
        path: Key file; must not exist.
        passphrase: Protects it.
        public_path: File of the public key; must not exist.

    Raises:
        EvidenceError: A file exists or cannot be written, or the passphrase is empty.
    """
    key = SigningKey.generate()
    _write_new(path, key.encrypted_pem(passphrase), 0o600)
    _write_new(public_path, key.public_key.hex().encode("ascii") + b"\n", 0o644)
    return key


def load_key(path: Path, passphrase: str | None) -> SigningKey:
    """Open a key file.

    Args:
        path: PKCS#8 file in PEM, encrypted.
        passphrase: None when nobody gave one yet.

    Raises:
        KeyLocked: No passphrase was given.
        PassphraseWrong: It does not open the file.
        FormatInvalid: The file is not an encrypted Ed25519 key.
        EvidenceError: The file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read: {error.strerror}", "Run 'inspector init'") from error
    _check_pem(data, path)
    if not passphrase:
        raise KeyLocked(f"{path} is locked", "Give the passphrase")
    try:
        private = load_pem_private_key(data, passphrase.encode("utf-8"))
    except ValueError as error:
        raise PassphraseWrong(f"The passphrase does not open {path}", "Try again") from error
    except (UnsupportedAlgorithm, TypeError) as error:
        raise FormatInvalid(f"{path} is encrypted in a way that cannot be read: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise FormatInvalid(f"{path} holds a key of another kind than Ed25519")
    return SigningKey(private)


def _check_pem(data: bytes, path: Path) -> None:
    """Tell a damaged file from a wrong passphrase as far as that is possible before decryption."""
    lines = data.decode("ascii", "replace").split()
    text = " ".join(lines)
    if not (text.startswith(_PEM_BEGIN) and text.endswith(_PEM_END)):
        raise FormatInvalid(f"{path} is not an encrypted PKCS#8 key", "Restore it from the backup")
    try:
        der = base64.b64decode("".join(text[len(_PEM_BEGIN) : -len(_PEM_END)].split()), validate=True)
    except binascii.Error as error:
        raise FormatInvalid(f"{path} is damaged: {error}", "Restore it from the backup") from error
    if not der.startswith(b"\x30"):
        raise FormatInvalid(f"{path} is damaged: no DER sequence", "Restore it from the backup")


def parse_public_key(text: str) -> bytes:
    """Raw public key from its 64 hex digits (surrounding white space allowed).

    Raises:
        FormatInvalid: It is something else.
    """
    stripped = text.strip()
    if len(stripped) != 2 * PUBLIC_KEY_SIZE or not set(stripped) <= set("0123456789abcdef"):
        raise FormatInvalid("A public key is 64 lower-case hex digits")
    return bytes.fromhex(stripped)


def read_public_key(path: Path) -> bytes:
    """Raw public key (32 bytes) from its file.

    Raises:
        FormatInvalid: The file holds something else.
        EvidenceError: The file cannot be read.
    """
    try:
        text = path.read_text(encoding="ascii")
    except UnicodeDecodeError as error:
        raise FormatInvalid(f"{path} is not text") from error
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read: {error.strerror}", "Run 'inspector init'") from error
    return parse_public_key(text)


def key_fingerprint(public_key: bytes) -> str:
    """SHA-256 of the raw public key, 64 hex digits: the `key` field of seals and heads."""
    return hashlib.sha256(public_key).hexdigest()


def verify_signature(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Check an Ed25519 signature.

    Raises:
        SignatureInvalid: It does not verify, or the key is none.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureInvalid("The signature does not verify under this key") from error


def commit(salt: bytes, staff_id: str) -> str:
    """Commitment to a person: SHA-256 of a 16-byte salt and the staff id, 64 hex digits.

    Records carry only this; deleting salt and id elsewhere leaves a hash that leads to nobody.

    Raises:
        FormatInvalid: The salt has another length.
    """
    if len(salt) != 16:
        raise FormatInvalid(f"A salt has 16 bytes, not {len(salt)}")
    return hashlib.sha256(salt + staff_id.encode("utf-8")).hexdigest()
