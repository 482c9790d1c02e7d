# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom somebody trusts to stamp times: root certificates, and the path from a time stamp's signer to one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.timestamp import MALFORMED, TimeStamp

_MAX_ROOTS = 100
_MAX_DEPTH = 6


def read_certificates(text: str) -> list[x509.Certificate]:
    """Certificates of a text in PEM.

    Raises:
        FormatInvalid: It holds none, too many, or something malformed.
    """
    try:
        found = x509.load_pem_x509_certificates(text.encode("utf-8", "replace"))
    except ValueError as error:
        raise FormatInvalid("This is no certificate in PEM") from error
    if len(found) > _MAX_ROOTS:
        raise FormatInvalid(f"These are more than {_MAX_ROOTS} certificates")
    return found


class TsaRoots:
    """Certificates of authorities that are trusted; each is one that signs others, or a signer of time stamps itself.

    Args:
        certificates: At least one.
        policies: Object identifiers, one of which a time stamp must have; empty for any.

    Raises:
        FormatInvalid: There is none.
    """

    def __init__(self, certificates: Iterable[x509.Certificate], policies: Sequence[str] = ()) -> None:
        self._certificates = list(certificates)
        self._policies = tuple(policies)
        if not self._certificates:
            raise FormatInvalid("There is no root certificate of a time stamp authority")

    def path(self, stamp: TimeStamp) -> list[x509.Certificate]:
        """Certificates from the signer's to a root, both included, all valid at the time of the time stamp.

        Whether one of them was revoked is not checked.

        Raises:
            SignatureInvalid: No path leads there, or the policy is another one.
        """
        if self._policies and stamp.policy not in self._policies:
            raise SignatureInvalid(f"The time stamp is of policy {stamp.policy}, which is not asked for")
        verifier = (
            PolicyBuilder()
            .store(Store(self._certificates))
            .time(stamp.time)
            .max_chain_depth(_MAX_DEPTH)
            .extension_policies(ca_policy=_issuers(), ee_policy=_signers())
            .build_client_verifier()
        )
        try:
            return list(verifier.verify(stamp.signer, list(stamp.others)).chain)
        except (VerificationError, *MALFORMED) as error:
            words = str(error).removeprefix("validation failed: ").removeprefix("candidates exhausted: ")
            words = words.partition(" (encountered")[0]
            raise SignatureInvalid(f"No path leads from its signer to a trusted root: {words}") from error


def not_in(token: bytes, path: Sequence[x509.Certificate]) -> list[bytes]:
    """Certificates (DER) of a path that a token does not bring; not the root, which whoever checks brings."""
    needed = [one.public_bytes(Encoding.DER) for one in (*path[:1], *path[1:-1])]
    return [data for data in needed if data not in token]


def _is_issuer(_policy: Policy, _certificate: x509.Certificate, found: x509.BasicConstraints) -> None:
    if not found.ca:
        raise ValueError("it may not sign certificates")


def _signs_certificates(_policy: Policy, _certificate: x509.Certificate, found: x509.KeyUsage | None) -> None:
    if found is not None and not found.key_cert_sign:
        raise ValueError("its key may not sign certificates")


def _may_stamp(_policy: Policy, _certificate: x509.Certificate, found: x509.ExtendedKeyUsage | None) -> None:
    allowed = {ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if found is not None and not allowed.intersection(found):
        raise ValueError("what it signs may not stamp times")


def _stamps(_policy: Policy, _certificate: x509.Certificate, found: x509.ExtendedKeyUsage) -> None:
    if list(found) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise ValueError("it is not for time stamping only")


def _issuers() -> ExtensionPolicy:
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_issuer)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_certificates)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _may_stamp)
    )


def _signers() -> ExtensionPolicy:
    return ExtensionPolicy.permit_all().require_present(x509.ExtendedKeyUsage, Criticality.CRITICAL, _stamps)
