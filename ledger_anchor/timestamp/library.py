# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `rfc3161-client` does for us, in the one module that imports it: requests, and a second opinion of answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import rfc3161_client
from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerificationError, VerifierBuilder

from inspector.errors import SignatureInvalid

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a time stamp.

    Attributes:
        data: TimeStampReq, DER.
        nonce: What the answer must repeat, 64 random bits.
    """

    data: bytes
    nonce: int | None


def make_request(entry: bytes) -> Request:
    """A request for SHA-256 of an entry, with a nonce of its own; certificates are asked for, too."""
    builder = TimestampRequestBuilder().data(entry).hash_algorithm(HashAlgorithm.SHA256)
    built = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    return Request(built.as_bytes(), built.nonce)


def second_opinion(response: bytes, entry: bytes, nonce: int | None, path: Sequence[x509.Certificate]) -> bool:
    """Whether OpenSSL, which the library brings along, takes an answer too.

    Args:
        response: The whole answer.
        entry: What was stamped.
        nonce: Of the request.
        path: From the signer's certificate to a root, both included.

    Returns:
        False if it cannot say: it reads no certificates out of order, and takes roots only that sign themselves.

    Raises:
        SignatureInvalid: It does not take it.
    """
    if path[-1].issuer != path[-1].subject:
        return False
    try:
        decoded = rfc3161_client.decode_timestamp_response(response)
    except ValueError as error:
        log.debug("the library cannot read this answer, ours can: %s", error)
        return False
    verifier = VerifierBuilder(roots=[path[-1]], intermediates=list(path[1:-1]), nonce=nonce).build()
    try:
        verifier.verify_message(decoded, entry)
    except (VerificationError, ValueError) as error:
        raise SignatureInvalid(f"A second program does not take the time stamp: {error}") from error
    return True
