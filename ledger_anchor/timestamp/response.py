# SPDX-License-Identifier: AGPL-3.0-or-later
"""The answer of a time stamp authority around the token (RFC 3161, section 2.4.2)."""

from __future__ import annotations

from cryptography.hazmat import asn1

from inspector.errors import FormatInvalid, LedgerRefused, LedgerUnreachable

_GRANTED = 0
_WAITING = 3


@asn1.sequence
class StatusInfo:
    """PKIStatusInfo."""

    status: int
    texts: list[str] | None
    failure: asn1.BitString | None


@asn1.sequence
class Contents:
    """The fields of a ContentInfo, whatever they are."""

    oid: asn1.TLV
    signed: asn1.TLV


@asn1.sequence
class Response:
    """TimeStampResp."""

    status: StatusInfo
    token: Contents | None


def read_response(data: bytes) -> bytes:
    """The token (DER) of an answer, unchecked.

    Raises:
        FormatInvalid: It is no answer of an authority.
        LedgerRefused: The authority does not stamp this; the message says why.
        LedgerUnreachable: It does not stamp this now.
    """
    try:
        response = asn1.decode_der(Response, data)
    except ValueError as error:
        raise FormatInvalid(f"It is no answer of a time stamp authority: {error}") from error
    status = response.status.status
    said = "; ".join(response.status.texts or [])[:200]
    if status == _WAITING:
        raise LedgerUnreachable(f"The time stamp authority has not stamped it yet: {said}", "It is asked again")
    if status != _GRANTED or response.token is None:
        raise LedgerRefused(
            f"The time stamp authority does not stamp it (status {status}): {said or 'it does not say why'}",
            "Ask whoever runs it",
        )
    return asn1.encode_der(response.token)
