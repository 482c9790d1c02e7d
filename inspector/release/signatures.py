# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who signed a release: one person proposes it, another one approves it, and neither approves what they trained."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.errors import FormatInvalid, ReleaseRefused, SignatureInvalid
from inspector.evidence.release_note import Approval, Proposal, open_approval, open_proposal
from inspector.release.folder import Release


@dataclass(frozen=True, slots=True)
class Signed:
    """Both signatures of a release.

    Attributes:
        proposal: What the first person signed. proposer: With which key, raw Ed25519, 32 bytes.
        approval: What the second person signed. approver: With which key.
    """

    proposal: Proposal
    proposer: bytes
    approval: Approval
    approver: bytes


def check_proposal(release: Release, authorities: Sequence[bytes]) -> tuple[Proposal, bytes]:
    """Check who proposed a release.

    Args:
        release: Read and whole.
        authorities: Raw Ed25519 public keys of people who may.

    Returns:
        The proposal, and the key that signed it.

    Raises:
        ReleaseRefused: Nobody did, a stranger did, or it is the proposal of something else.
    """
    if release.proposal is None:
        raise ReleaseRefused(f"{release.path} is not proposed by anybody", "Use `inspector release propose`")
    try:
        proposal, key = open_proposal(release.proposal, authorities)
    except (FormatInvalid, SignatureInvalid) as error:
        raise ReleaseRefused(f"{release.path}: {error.message}", _WHO) from error
    document = release.document
    said = (proposal.release, proposal.product, proposal.model, proposal.recipe, proposal.trainer)
    is_ = (release.digest, document.product, document.model.digest, document.recipe.digest, document.trainer)
    if said != is_:
        raise ReleaseRefused(f"{release.path}: what was proposed is another release", "Propose it again")
    return proposal, key


def check_signatures(release: Release, authorities: Sequence[bytes]) -> Signed:
    """Check that two people have signed a release, and that the approver is neither proposer nor trainer.

    Arguments as of `check_proposal`.

    Raises:
        ReleaseRefused: A signature is missing or by a stranger, is of something else, both are by one person, or the
            trainer approves.
    """
    proposal, proposer = check_proposal(release, authorities)
    if release.approval is None:
        raise ReleaseRefused(f"{release.path} is not approved", "Have another person use `inspector release approve`")
    try:
        approval, approver = open_approval(release.approval, authorities)
    except (FormatInvalid, SignatureInvalid) as error:
        raise ReleaseRefused(f"{release.path}: {error.message}", _WHO) from error
    if (approval.proposal, approval.release) != (hashlib.sha256(release.proposal or b"").hexdigest(), release.digest):
        raise ReleaseRefused(f"{release.path}: what was approved is another proposal", "Have it approved again")
    refuse_one_person(proposal, proposer, approval.by, approver)
    return Signed(proposal, proposer, approval, approver)


def refuse_one_person(proposal: Proposal, proposer: bytes, by: str, approver: bytes) -> None:
    """Refuse an approver who proposed it or trained the model.

    Capital letters, blanks and how an accent is encoded do not make another person of a name.

    Args:
        proposal: What was proposed.
        proposer: The key that signed it.
        by: Who approves.
        approver: With which key.

    Raises:
        ReleaseRefused: It is one person.
    """
    if approver == proposer or _same(by, proposal.by):
        raise ReleaseRefused(f"{by} proposed the release", "Let another person approve it, with a key of their own")
    if _same(by, proposal.trainer):
        raise ReleaseRefused(f"{by} trained the model", "Let another person approve it, with a key of their own")


_WHO = "Check who signed it, and the public keys that you trust"


def _same(one: str, other: str) -> bool:
    first, second = (" ".join(unicodedata.normalize("NFKC", name).split()).casefold() for name in (one, other))
    return first == second
