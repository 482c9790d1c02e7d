# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing with a key that may be gone: in a token that hangs, or that somebody has pulled out."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from inspector.errors import EvidenceError
from inspector.evidence.seal import sign_document, verify_document
from inspector.store.results import Signer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PendingHead:
    """A head that is still to be signed.

    Attributes:
        shift: Its shift.
        count: Records that it covers.
        data: Its bytes.
        signer: The key that was in force when it was made.
    """

    shift: int
    count: int
    data: bytes
    signer: Signer


def try_to_sign(signer: Signer, data: bytes) -> bytes | None:
    """Signature of a seal or head, 64 bytes, checked; None if the key does not sign, or not with what it says it is."""
    try:
        document = sign_document(data, signer)
        verify_document(document, signer.public_key)
    except EvidenceError as error:
        log.error("the signing key counts as locked: %s", error)
        return None
    return document.signature
