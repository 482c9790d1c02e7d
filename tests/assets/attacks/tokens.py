# SPDX-License-Identifier: Apache-2.0
"""An authority that stamps any time, well or badly: RFC 3161 tokens written byte by byte, the same on each run.

It shares nothing with what reads tokens; `openssl ts -verify` takes those that are good.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Json = dict[str, Any]
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BORN, DEAD = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
POLICY = "1.3.6.1.4.1.99999.1"
HASHES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "sha1": ("1.3.14.3.2.26", hashes.SHA1()),
    "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256()),
    "sha384": ("2.16.840.1.101.3.4.2.2", hashes.SHA384()),
    "sha512": ("2.16.840.1.101.3.4.2.3", hashes.SHA512()),
}
_NUMBERS = {"sha1": 0, "sha256": 1, "sha384": 2, "sha512": 3}


def tlv(tag: int, *parts: bytes) -> bytes:
    """Tag, length and content."""
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(length)]) + length + body


def number(value: int, tag: int = 2) -> bytes:
    """INTEGER."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    body = b""
    for arc in (first * 40 + second, *rest):
        digits = [arc & 127]
        while arc := arc >> 7:
            digits.append(arc & 127 | 128)
        body += bytes(reversed(digits))
    return tlv(6, body)


def algorithm(dotted: str, parameters: bytes = b"") -> bytes:
    """AlgorithmIdentifier."""
    return tlv(0x30, oid(dotted), parameters)


def generalized(time: datetime) -> bytes:
    """GeneralizedTime with as many digits as it needs."""
    fraction = f".{time.microsecond:06d}".rstrip("0") if time.microsecond else ""
    return tlv(0x18, f"{time:%Y%m%d%H%M%S}{fraction}Z".encode())


def ec_key(word: str) -> ec.EllipticCurvePrivateKey:
    """The same key for the same word."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(word.encode()).digest()[:31], "big"), ec.SECP256R1())


def certificate(
    name: str,
    key: Key,
    issuer: x509.Certificate | None = None,
    issuer_key: Key | None = None,
    *,
    is_issuer: bool = False,
    path_length: int | None = None,
    usage: tuple[x509.ObjectIdentifier, ...] = (),
    usage_critical: bool = True,
    signs: bool = True,
    born: datetime = BORN,
    dead: datetime = DEAD,
) -> x509.Certificate:
    """A certificate by an issuer, or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(1 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))
        .not_valid_before(born)
        .not_valid_after(dead)
        .add_extension(x509.BasicConstraints(is_issuer, path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_key_usage(signs=signs and not is_issuer, is_issuer=is_issuer), critical=True)
    )
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=usage_critical)
    by = issuer_key or key
    return builder.sign(
        by, hashes.SHA256(), ecdsa_deterministic=True if isinstance(by, ec.EllipticCurvePrivateKey) else None
    )


def _key_usage(*, signs: bool, is_issuer: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=not signs and not is_issuer,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_issuer,
        crl_sign=is_issuer,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass
class Flaws:
    """What may be wrong or unusual with a token; as it stands, nothing.

    Attributes:
        policy: Policy of the authority.
        nonce: Of the request, or None.
        hash_name: Hash of the content and of the signature.
        imprint_hash: Hash that the imprint names.
        accuracy_s: None for none.
        ess: Names of the hashes of the certificate in the signed attributes: "v1" (SHA-1) or of the second kind.
        ess_digest: In place of the right hash.
        padding: "pkcs1", "rsa" (without a hash in the algorithm) or "pss".
        content_type: In place of that of a TSTInfo.
        digest: In place of the right message digest.
        extension: A critical extension.
        sorted_certificates: As DER wants them; real authorities send chains.
        signature: In place of the right one.
        signers: How often the signer stands there.
        version: Of the TSTInfo.
        time: GeneralizedTime as it stands there, in place of the right one.
        attribute_certificate: Send one along.
    """

    policy: str = POLICY
    nonce: int | None = 7
    hash_name: str = "sha256"
    imprint_hash: str = "sha256"
    accuracy_s: int | None = 1
    ess: tuple[str, ...] = ("sha256",)
    ess_digest: bytes | None = None
    padding: str = "pkcs1"
    content_type: str = "1.2.840.113549.1.9.16.1.4"
    digest: bytes | None = None
    extension: bool = False
    sorted_certificates: bool = True
    signature: bytes | None = None
    signers: int = 1
    version: int = 1
    time: str = ""
    attribute_certificate: bool = False


class Authority:
    """A root, an issuer under it, and a signer of time stamps.

    Args:
        word: Its keys and names follow from it.
        key: Key of the signer, instead of one from the word.
        named: Names in the certificates, if not from the word.
        span: When root and issuer are valid.
        more: Of the signer's certificate.
    """

    def __init__(
        self, word: str = "tsa", key: Key | None = None, named: str = "", span: Json | None = None, **more: object
    ) -> None:
        root_key, issuer_key = ec_key(f"{word} root"), ec_key(f"{word} issuer")
        self.key: Key = key or ec_key(f"{word} signer")
        word = named or word
        span = span or {}
        issues: Json = {**span, "is_issuer": True}
        self.root = certificate(f"{word} root", root_key, **issues)
        self.issuer = certificate(f"{word} issuer", issuer_key, self.root, root_key, path_length=0, **issues)
        options: Json = {"usage": (ExtendedKeyUsageOID.TIME_STAMPING,), **span, **more}
        self.signer = certificate(f"{word} signer", self.key, self.issuer, issuer_key, **options)

    @property
    def root_pem(self) -> str:
        """What an auditor trusts."""
        return self.root.public_bytes(Encoding.PEM).decode()

    @property
    def issuer_pem(self) -> str:
        """What leads to it."""
        return self.issuer.public_bytes(Encoding.PEM).decode()

    def stamp(
        self,
        digest: bytes,
        t_us: int,
        flaws: Flaws | None = None,
        certificates: tuple[x509.Certificate, ...] | None = None,
    ) -> bytes:
        """A token: TimeStampToken, DER.

        Args:
            digest: SHA-256 of what is stamped.
            t_us: When.
            flaws: What is wrong with it.
            certificates: Those that it brings; None for signer and issuer.
        """
        flaws = flaws or Flaws()
        content = self._info(digest, t_us, flaws)
        brought = [one.public_bytes(Encoding.DER) for one in (self.signer, self.issuer)]
        if certificates is not None:
            brought = [one.public_bytes(Encoding.DER) for one in certificates]
        brought.sort(reverse=not flaws.sorted_certificates)
        brought += [tlv(0xA1, tlv(2, b"\1"))] if flaws.attribute_certificate else []
        hash_oid = HASHES[flaws.hash_name][0]
        signed = tlv(
            0x30,
            number(3),
            tlv(0x31, algorithm(hash_oid)),
            tlv(0x30, oid("1.2.840.113549.1.9.16.1.4"), tlv(0xA0, tlv(4, content))),
            tlv(0xA0, *brought) if brought else b"",
            tlv(0x31, *[self._signer_info(content, flaws)] * flaws.signers),
        )
        return tlv(0x30, oid("1.2.840.113549.1.7.2"), tlv(0xA0, signed))

    def _info(self, digest: bytes, t_us: int, flaws: Flaws) -> bytes:
        imprint = tlv(0x30, algorithm(HASHES[flaws.imprint_hash][0], tlv(5)), tlv(4, digest))
        extension = tlv(0x30, oid("1.2.3.4"), tlv(1, b"\xff"), tlv(4, b"x"))
        return tlv(
            0x30,
            number(flaws.version),
            oid(flaws.policy),
            imprint,
            number(4711),
            tlv(0x18, flaws.time.encode()) if flaws.time else generalized(EPOCH + timedelta(microseconds=t_us)),
            tlv(0x30, number(flaws.accuracy_s)) if flaws.accuracy_s is not None else b"",
            number(flaws.nonce) if flaws.nonce is not None else b"",
            tlv(0xA1, extension) if flaws.extension else b"",
        )

    def _signer_info(self, content: bytes, flaws: Flaws) -> bytes:
        hash_oid, kind = HASHES[flaws.hash_name]
        digest = flaws.digest or hashlib.new(kind.name, content).digest()
        attributes = sorted(
            [
                tlv(0x30, oid("1.2.840.113549.1.9.3"), tlv(0x31, oid(flaws.content_type))),
                tlv(0x30, oid("1.2.840.113549.1.9.4"), tlv(0x31, tlv(4, digest))),
                *(self._names_certificate(name, flaws) for name in flaws.ess),
            ]
        )
        name = tlv(0x30, self.signer.issuer.public_bytes(), number(self.signer.serial_number))
        signature = flaws.signature or self._sign(tlv(0x31, *attributes), kind, flaws)
        by = self._signature_algorithm(flaws)
        return tlv(0x30, number(1), name, algorithm(hash_oid), tlv(0xA0, *attributes), by, tlv(4, signature))

    def _names_certificate(self, name: str, flaws: Flaws) -> bytes:
        der = self.signer.public_bytes(Encoding.DER)
        digest = flaws.ess_digest or hashlib.new("sha1" if name == "v1" else name, der).digest()
        which = "12" if name == "v1" else "47"
        other = algorithm(HASHES[name][0]) if name not in ("v1", "sha256") else b""
        listed = tlv(0x30, tlv(0x30, tlv(0x30, other, tlv(4, digest))))
        return tlv(0x30, oid(f"1.2.840.113549.1.9.16.2.{which}"), tlv(0x31, listed))

    def _signature_algorithm(self, flaws: Flaws) -> bytes:
        hash_oid, kind = HASHES[flaws.hash_name]
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return algorithm(f"1.2.840.10045.4.3.{1 + _NUMBERS[flaws.hash_name]}")
        if flaws.padding == "pss":
            digest = algorithm(hash_oid, tlv(5))
            mask = algorithm("1.2.840.113549.1.1.8", digest)
            parameters = tlv(0x30, tlv(0xA0, digest), tlv(0xA1, mask), tlv(0xA2, number(kind.digest_size)))
            return algorithm("1.2.840.113549.1.1.10", parameters)
        last = 1 if flaws.padding == "rsa" else 10 + _NUMBERS[flaws.hash_name]
        return algorithm(f"1.2.840.113549.1.1.{last}", tlv(5))

    def _sign(self, message: bytes, kind: hashes.HashAlgorithm, flaws: Flaws) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(message, ec.ECDSA(kind, deterministic_signing=True))
        pss = padding.PSS(padding.MGF1(kind), kind.digest_size)
        return self.key.sign(message, pss if flaws.padding == "pss" else padding.PKCS1v15(), kind)
