# SPDX-License-Identifier: AGPL-3.0-or-later
"""RFC 3161 time stamps: what a token proves by itself. Whether its authority is trusted says `tsa_roots`.

A token is CMS SignedData (RFC 5652) around a TSTInfo. Taken is what RFC 3161 and 5816 ask for and nothing else: one
signer, signed attributes with content type, message digest and the hash of the signer's certificate, SHA-256 or longer,
RSA of at least 2,048 bits (PKCS#1 v1.5 or PSS) or ECDSA, and a certificate for nothing but time stamping.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from inspector.errors import FormatInvalid, ProofInvalid, SignatureInvalid
from inspector.evidence.timestamp_shapes import (
    DigestAlgorithm,
    PssParameters,
    SignedAttributes,
    SignedData,
    SignerInfo,
    SigningCertificate,
    Token,
    TstInfo,
)

MAX_STAMP = 16_000
"""Longest `proof` of a receipt, in characters."""

_MAX_CERTIFICATES = 10
_MIN_RSA_BITS = 2048
_SEQUENCE, _GENERALIZED_TIME = b"\x30", b"\x18"
_TIME = re.compile(r"([0-9]{14})(?:\.([0-9]{1,9}))?Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    _SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_RSA, _MGF1, _PSS = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.8", "1.2.840.113549.1.1.10"
_RSA_WITH = {f"1.2.840.113549.1.1.{11 + at}": oid for at, oid in enumerate(_HASHES)}
_ECDSA_WITH = {f"1.2.840.10045.4.3.{2 + at}": oid for at, oid in enumerate(_HASHES)}

MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    UserWarning,
)
"""What `cryptography` says of certificates of all kinds of wrong; the last where warnings are errors."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """What an authority says; that it is one that you trust is not checked yet.

    Attributes:
        t_us: Its time, UTC, microseconds since 1970.
        accuracy_us: By how much that may be off; 0 where it does not say.
        policy: Policy of the authority, an object identifier.
        nonce: Of the request, or None.
        signer: The authority's certificate.
        others: More certificates that came along, to lead from the signer's to a root.
    """

    t_us: int
    accuracy_us: int
    policy: str
    nonce: int | None
    signer: x509.Certificate
    others: tuple[x509.Certificate, ...]

    @property
    def before_us(self) -> int:
        """What was stamped existed before this time."""
        return self.t_us + self.accuracy_us

    @property
    def time(self) -> datetime:
        """The authority's time."""
        return _EPOCH + timedelta(microseconds=self.t_us)


def format_stamp(token: bytes, certificates: Sequence[bytes] = ()) -> str:
    """The `proof` of a receipt: the token, then certificates that are not in it (DER), each a line of base64."""
    return "\n".join(base64.b64encode(part).decode("ascii") for part in (token, *certificates))


def parse_stamp(text: str) -> tuple[bytes, tuple[bytes, ...]]:
    """Token and certificates of the `proof` of a receipt.

    Raises:
        FormatInvalid: It is too long, or not base64 in its only spelling.
    """
    if len(text) > MAX_STAMP:
        raise FormatInvalid(f"A time stamp of {len(text)} characters is too long")
    parts = []
    for line in text.split("\n"):
        try:
            data = base64.b64decode(line.encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error) as error:
            raise FormatInvalid("The time stamp is not base64") from error
        if not data or base64.b64encode(data).decode("ascii") != line:
            raise FormatInvalid("The time stamp is not base64 in its only spelling")
        parts.append(data)
    return parts[0], tuple(parts[1:])


def check_stamp(text: str, digest: bytes) -> TimeStamp:
    """Check the `proof` of a receipt.

    Args:
        text: As `format_stamp` makes it.
        digest: SHA-256 of what must have been stamped, 32 bytes.

    Raises:
        FormatInvalid: It is no token of the form that is taken.
        ProofInvalid: It stamps something else.
        SignatureInvalid: Its signature or certificate is no good.
    """
    token, certificates = parse_stamp(text)
    try:
        more = [x509.load_der_x509_certificate(data) for data in certificates]
    except MALFORMED as error:
        raise FormatInvalid(f"A certificate beside the time stamp is malformed: {error}") from error
    return check_token(token, digest, more)


def check_token(token: bytes, digest: bytes, certificates: Sequence[x509.Certificate] = ()) -> TimeStamp:
    """Check a token.

    Args:
        token: TimeStampToken, DER.
        digest: SHA-256 of what must have been stamped, 32 bytes.
        certificates: More certificates, for an authority that does not send all of them.

    Raises:
        FormatInvalid: It is no token of the form that is taken.
        ProofInvalid: It stamps something else.
        SignatureInvalid: Its signature or certificate is no good.
    """
    try:
        return _check_token(token, digest, certificates)
    except MALFORMED as error:
        raise FormatInvalid(f"The time stamp or a certificate is malformed: {error}") from error


def _check_token(token: bytes, digest: bytes, certificates: Sequence[x509.Certificate]) -> TimeStamp:
    _need(token[:2] != b"\x30\x80", "it is BER, where RFC 3161 asks for DER")
    outer = asn1.decode_der(Token, token)
    signed = outer.signed
    signers = signed.signers.as_list()
    known = [*_certificates(signed), *certificates]
    _need(outer.oid.dotted_string == _SIGNED_DATA and signed.version == 3, "it is no SignedData of version 3")
    _need(signed.content.oid.dotted_string == _TST_INFO, "it holds something else than a time")
    _need(len(signers) == 1 and signers[0].version == 1, "it has not exactly one signer of version 1")
    _need(len(known) <= _MAX_CERTIFICATES, f"it comes with more than {_MAX_CERTIFICATES} certificates")
    signer = signers[0]
    hash_oids = [algorithm.oid for algorithm in signed.digests.as_list()]
    _need(hash_oids == [signer.digest.oid], "it names another hash than its signer uses")
    info = asn1.decode_der(TstInfo, signed.content.data)
    _check_info(info, digest)
    certificate = _certificate_of(signer, known)
    _check_certificate(certificate)
    _check_signature(signer, signed.content.data, certificate)
    t_us = _time_us(info.time)
    if not certificate.not_valid_before_utc <= _EPOCH + timedelta(microseconds=t_us) <= certificate.not_valid_after_utc:
        raise SignatureInvalid("The authority's certificate was not valid at the time of the time stamp")
    others = tuple(other for other in known if other != certificate)
    return TimeStamp(t_us, _accuracy_us(info), info.policy.dotted_string, info.nonce, certificate, others)


def _need(good: bool, message: str) -> None:
    if not good:
        raise FormatInvalid(f"The time stamp is not taken: {message}")


def _check_info(info: TstInfo, digest: bytes) -> None:
    """Form of what the authority says, and that it says it of the right thing."""
    _need(info.version == 1, "its TSTInfo is not of version 1")
    _need(not any(extension.critical for extension in info.extensions or []), "it has a critical extension")
    imprint = info.imprint
    if imprint.algorithm.oid.dotted_string != _SHA256 or imprint.digest != digest:
        raise ProofInvalid("The time stamp is of something else")


def _certificates(signed: SignedData) -> list[x509.Certificate]:
    """Those of X.509; attribute certificates, which some authorities send along, say nothing here."""
    found = signed.certificates or []
    _need(len(found) <= _MAX_CERTIFICATES, f"it comes with more than {_MAX_CERTIFICATES} certificates")
    return [one.parse(x509.Certificate) for one in found if one.tag_bytes == _SEQUENCE]


def _time_us(value: asn1.TLV) -> int:
    """GeneralizedTime in UTC; a fraction beyond microseconds is rounded up."""
    text = bytes(value.data).decode("ascii", "replace")
    match = _TIME.fullmatch(text) if value.tag_bytes == _GENERALIZED_TIME else None
    if match is None:
        raise FormatInvalid("The time stamp is not taken: it has no GeneralizedTime in UTC")
    whole = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    _need(whole >= _EPOCH, "its time is before 1970")
    fraction = (match[2] or "").ljust(9, "0")
    return (whole - _EPOCH) // timedelta(microseconds=1) + -(-int(fraction) // 1000)


def _accuracy_us(info: TstInfo) -> int:
    accuracy = info.accuracy
    if accuracy is None:
        return 0
    parts = accuracy.seconds or 0, accuracy.millis or 0, accuracy.micros or 0
    _need(0 <= parts[0] <= 86_400 and all(0 <= part <= 999 for part in parts[1:]), "its accuracy is out of range")
    return parts[0] * 1_000_000 + parts[1] * 1000 + parts[2]


def _attribute(signer: SignerInfo, oid: str) -> asn1.TLV | None:
    found = [one.values.as_list() for one in signer.attributes.as_list() if one.oid.dotted_string == oid]
    _need(len(found) <= 1 and all(len(values) == 1 for values in found), "a signed attribute is there twice")
    return found[0][0] if found else None


def _parsed(value: asn1.TLV | None, shape: type[T], what: str) -> T:
    if value is None:
        raise FormatInvalid(f"The time stamp is not taken: it has no {what}")
    parsed: T = value.parse(shape)
    return parsed


def _certificate_of(signer: SignerInfo, known: Sequence[x509.Certificate]) -> x509.Certificate:
    """The signer's certificate: named by issuer and number, and by its hash in the signed attributes.

    Raises:
        FormatInvalid: No hash is there.
        SignatureInvalid: No certificate fits both.
    """
    wanted = []
    for oid, default in ((_SIGNING_CERTIFICATE, "sha1"), (_SIGNING_CERTIFICATE_V2, "sha256")):
        value = _attribute(signer, oid)
        if value is not None:
            first = _parsed(value, SigningCertificate, "signing certificate").certificates[:1]
            _need(bool(first), "it names no certificate")
            name = default if first[0].algorithm is None else _hash_of(first[0].algorithm).name
            _need(oid == _SIGNING_CERTIFICATE_V2 or first[0].algorithm is None, "it names a certificate in two ways")
            wanted.append((name, first[0].digest))
    _need(bool(wanted), "its signature does not name the certificate")
    for certificate in known:
        data = certificate.public_bytes(Encoding.DER)
        issuer = asn1.decode_der(asn1.TLV, certificate.issuer.public_bytes())
        named = signer.signer.serial == certificate.serial_number and (
            (signer.signer.issuer.tag_bytes, bytes(signer.signer.issuer.data)) == (issuer.tag_bytes, bytes(issuer.data))
        )
        if named and all(hashlib.new(name, data, usedforsecurity=True).digest() == digest for name, digest in wanted):
            return certificate
    raise SignatureInvalid("The certificate of the time stamp's signer is not there")


def _check_certificate(certificate: x509.Certificate) -> None:
    """For time stamping and for nothing else (RFC 3161, 2.3), as OpenSSL asks for too."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        keys = [one.value for one in certificate.extensions if isinstance(one.value, x509.KeyUsage)]
    except x509.ExtensionNotFound:
        raise SignatureInvalid("The signer's certificate is not for time stamping") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise SignatureInvalid("The signer's certificate is not for time stamping only")
    if any(not (key.digital_signature or key.content_commitment) for key in keys):
        raise SignatureInvalid("The key of the signer's certificate is not for signing")


def _hash_of(algorithm: DigestAlgorithm) -> hashes.HashAlgorithm:
    known = _HASHES.get(algorithm.oid.dotted_string)
    if known is None:
        raise FormatInvalid(f"The time stamp is not taken: hash {algorithm.oid.dotted_string} is not SHA-256 or longer")
    return known


def _check_signature(signer: SignerInfo, content: bytes, certificate: x509.Certificate) -> None:
    """The signature is over the attributes, and the attributes hold the hash of the content.

    Raises:
        FormatInvalid: An attribute is missing or the algorithm is not taken.
        SignatureInvalid: Content or attributes are others than those that were signed.
    """
    algorithm = _hash_of(signer.digest)
    kind = _parsed(_attribute(signer, _CONTENT_TYPE), x509.ObjectIdentifier, "content type")
    _need(kind.dotted_string == _TST_INFO, "its content type is another one")
    stated = _parsed(_attribute(signer, _MESSAGE_DIGEST), bytes, "message digest")
    if stated != hashlib.new(algorithm.name, content).digest():
        raise SignatureInvalid("What the time stamp says was changed after it was signed")
    spelled = asn1.decode_der(asn1.TLV, asn1.encode_der(SignedAttributes(attributes=signer.attributes)))
    try:
        _verify(certificate.public_key(), signer, bytes(spelled.data), algorithm)
    except InvalidSignature:
        raise SignatureInvalid("The signature of the time stamp does not verify") from None


def _verify(key: object, signer: SignerInfo, message: bytes, algorithm: hashes.HashAlgorithm) -> None:
    oid, parameters = signer.algorithm.oid.dotted_string, signer.algorithm.parameters
    same_hash = signer.digest.oid.dotted_string
    if isinstance(key, ec.EllipticCurvePublicKey):
        _need(_ECDSA_WITH.get(oid) == same_hash and parameters is None, f"signature algorithm {oid} does not fit")
        key.verify(signer.signature, message, ec.ECDSA(algorithm))
        return
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _MIN_RSA_BITS:
        raise SignatureInvalid(f"The signer's key is neither ECDSA nor RSA of at least {_MIN_RSA_BITS} bits")
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if oid == _PSS:
        _need(isinstance(parameters, PssParameters), f"signature algorithm {oid} has no parameters")
        scheme = _pss(parameters, same_hash, algorithm) if isinstance(parameters, PssParameters) else scheme
    else:
        _need(oid == _RSA or _RSA_WITH.get(oid) == same_hash, f"signature algorithm {oid} does not fit")
        _need(not isinstance(parameters, PssParameters), f"signature algorithm {oid} has parameters of another one")
    key.verify(signer.signature, message, scheme, algorithm)


def _pss(parameters: PssParameters, same_hash: str, algorithm: hashes.HashAlgorithm) -> padding.PSS:
    """PSS with one hash throughout and a salt of its length, which is how authorities use it."""
    oids = parameters.digest.oid, parameters.mask.digest.oid
    _need(all(oid.dotted_string == same_hash for oid in oids), "PSS with several hashes")
    _need(parameters.mask.oid.dotted_string == _MGF1, "PSS with another mask than MGF1")
    _need(parameters.salt_length == algorithm.digest_size, "PSS with a salt of another length than its hash")
    return padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
