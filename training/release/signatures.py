# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was signed about a release, checked against the keys that somebody named, or told as unchecked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.errors import FormatInvalid, ReleaseRefused
from inspector.evidence.note import split_note
from inspector.evidence.release_note import Approval, Proposal, parse_approval, parse_proposal
from inspector.release.folder import Release
from inspector.release.signatures import check_proposal, check_signatures, refuse_one_person


@dataclass(frozen=True)
class Signatures:
    """Both notes of a release.

    Attributes:
        proposal: What the proposer signed; None: nobody has.
        approval: What the approver signed; None: nobody has.
        proposer, approver: With which key, raw Ed25519, 32 bytes; None: it was not checked.
    """

    proposal: Proposal | None = None
    approval: Approval | None = None
    proposer: bytes | None = None
    approver: bytes | None = None


def read_signed(release: Release, keys: Sequence[bytes]) -> Signatures:
    """Both notes; with keys only if these have signed them.

    Args:
        release: Read and whole.
        keys: Raw public keys of people who may propose and approve; empty: signatures are not checked.

    Raises:
        ReleaseRefused: A note is malformed, is about something else, or was signed by none of the keys; or both are by
            one person, or the trainer approved.
    """
    if release.proposal is None:
        if release.approval is not None:
            raise ReleaseRefused(f"{release.path} is approved, and nobody proposed it", _AGAIN)
        return Signatures()
    if not keys:
        return _unchecked(release)
    if release.approval is None:
        proposal, proposer = check_proposal(release, keys)
        return Signatures(proposal, None, proposer)
    both = check_signatures(release, keys)
    return Signatures(both.proposal, both.approval, both.proposer, both.approver)


_AGAIN = "Get the release folder again from who proposed it"


def _unchecked(release: Release) -> Signatures:
    """What the notes say, whoever signed them; they have to be about this release all the same."""
    document, data = release.document, release.proposal or b""
    try:
        proposal = parse_proposal(split_note(data)[0])
        approval = None if release.approval is None else parse_approval(split_note(release.approval)[0])
    except FormatInvalid as error:
        raise ReleaseRefused(f"{release.path}: {error.message}", _AGAIN) from error
    said = (proposal.release, proposal.product, proposal.model, proposal.recipe, proposal.trainer)
    wanted = (release.digest, document.product, document.model.digest, document.recipe.digest, document.trainer)
    if said != wanted:
        raise ReleaseRefused(f"{release.path}: what was proposed is another release", _AGAIN)
    named = (hashlib.sha256(data).hexdigest(), release.digest)
    if approval is not None and (approval.proposal, approval.release) != named:
        raise ReleaseRefused(f"{release.path}: what was approved is another proposal", _AGAIN)
    if approval is not None:
        refuse_one_person(proposal, b"unknown", approval.by, b"unknown, too")
    return Signatures(proposal, approval)
