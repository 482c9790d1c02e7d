# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shapes of a time-stamp token: RFC 3161 (TSTInfo) in CMS SignedData (RFC 5652), read as strict DER by `cryptography`.

Everything must be DER, with two exceptions for what real authorities send. Certificates may stand in any order, since
many send them as a chain and nothing about their order is signed: SEQUENCE OF under the same tag reads both. The time
may have a fraction that ends with zeros, which is signed like everything beside it.
"""

from __future__ import annotations

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1

Oid = x509.ObjectIdentifier


@asn1.sequence
class DigestAlgorithm:
    """AlgorithmIdentifier of a hash."""

    oid: Oid
    parameters: asn1.Null | None


@asn1.sequence
class MaskAlgorithm:
    """AlgorithmIdentifier of MGF1 with its hash."""

    oid: Oid
    digest: DigestAlgorithm


@asn1.sequence
class PssParameters:
    """RSASSA-PSS-params; what is absent means SHA-1, which is not taken."""

    digest: Annotated[DigestAlgorithm, asn1.Explicit(0)]
    mask: Annotated[MaskAlgorithm, asn1.Explicit(1)]
    salt_length: Annotated[int, asn1.Explicit(2)]


@asn1.sequence
class SignatureAlgorithm:
    """AlgorithmIdentifier of a signature."""

    oid: Oid
    parameters: asn1.Null | PssParameters | None


@asn1.sequence
class Imprint:
    """MessageImprint: what was stamped."""

    algorithm: DigestAlgorithm
    digest: bytes


@asn1.sequence
class Accuracy:
    """By how much the time may be off."""

    seconds: int | None
    millis: Annotated[int | None, asn1.Implicit(0)]
    micros: Annotated[int | None, asn1.Implicit(1)]


@asn1.sequence
class AnyOne:
    """One value of any type, here a GeneralName."""

    value: asn1.TLV


@asn1.sequence
class Extension:
    """An extension of the TSTInfo."""

    oid: Oid
    critical: Annotated[bool, asn1.Default(False)]
    value: bytes


@asn1.sequence
class TstInfo:
    """What the authority says."""

    version: int
    policy: Oid
    imprint: Imprint
    serial: int
    time: asn1.TLV
    accuracy: Accuracy | None
    ordering: Annotated[bool, asn1.Default(False)]
    nonce: int | None
    authority: Annotated[AnyOne | None, asn1.Implicit(0)]
    extensions: Annotated[list[Extension] | None, asn1.Implicit(1)]


@asn1.sequence
class Attribute:
    """A signed or unsigned attribute."""

    oid: Oid
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class SignedAttributes:
    """What the signature is over, as the only field so that it can be spelled again with its own tag."""

    attributes: asn1.SetOf[Attribute]


@asn1.sequence
class SignerId:
    """IssuerAndSerialNumber."""

    issuer: asn1.TLV
    serial: int


@asn1.sequence
class SignerInfo:
    """One signature."""

    version: int
    signer: SignerId
    digest: DigestAlgorithm
    attributes: Annotated[asn1.SetOf[Attribute], asn1.Implicit(0)]
    algorithm: SignatureAlgorithm
    signature: bytes
    unsigned: Annotated[asn1.SetOf[Attribute] | None, asn1.Implicit(1)]


@asn1.sequence
class Content:
    """EncapsulatedContentInfo."""

    oid: Oid
    data: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignedData:
    """CMS SignedData, version 3."""

    version: int
    digests: asn1.SetOf[DigestAlgorithm]
    content: Content
    certificates: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    revocations: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[SignerInfo]


@asn1.sequence
class Token:
    """TimeStampToken: a ContentInfo."""

    oid: Oid
    signed: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class CertificateId:
    """ESSCertID and ESSCertIDv2; without an algorithm SHA-1 in the first, SHA-256 in the second."""

    algorithm: DigestAlgorithm | None
    digest: bytes
    issuer: SignerId | None


@asn1.sequence
class SigningCertificate:
    """Attribute that names the certificate of the signer by its hash."""

    certificates: list[CertificateId]
    policies: list[asn1.TLV] | None
