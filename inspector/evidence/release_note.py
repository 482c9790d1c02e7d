# SPDX-License-Identifier: AGPL-3.0-or-later
"""What two people sign so that a model may judge: who proposes a release, and who approves it (docs/formats.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import SigningKey
from inspector.evidence.note import NoteKey, open_note, sign_note, split_note
from inspector.evidence.statement_lines import check_words, read_lines, time_text, time_us, write_lines

PROPOSAL_TITLE = "inspector/release-proposal/v1"
APPROVAL_TITLE = "inspector/release-approval/v1"
PROPOSER = "release-proposer"
APPROVER = "release-approver"
MAX_DOCUMENT = 8_000
_PROPOSAL_FIELDS = ("release", "product", "model", "recipe", "trainer", "by", "time", "reason")
_APPROVAL_FIELDS = ("proposal", "release", "by", "time", "reason")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PRODUCT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ADVICE = "Make it again with `inspector release`"
_WHAT_PROPOSAL = "proposal of a release"
_WHAT_APPROVAL = "approval of a release"
_Said = TypeVar("_Said")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who proposes which release.

    Attributes:
        release: SHA-256 of its `release.json`, hex.
        product: The product, as settings of stations name it.
        model: Digest of the model package. recipe: That of the recipe.
        trainer: Who trained the model.
        by: Who proposes it.
        t_us: When, UTC, whole seconds in microseconds.
        reason: Why.
    """

    release: str
    product: str
    model: str
    recipe: str
    trainer: str
    by: str
    t_us: int
    reason: str

    def text(self) -> str:
        """The text that is signed.

        Raises:
            FormatInvalid: A value cannot be written down.
        """
        values = (
            self.release,
            self.product,
            self.model,
            self.recipe,
            self.trainer,
            self.by,
            time_text(self.t_us),
            self.reason,
        )
        text = write_lines(PROPOSAL_TITLE, dict(zip(_PROPOSAL_FIELDS, values, strict=True)))
        if parse_proposal(text) != self:
            raise FormatInvalid("The proposal cannot be written down as it is", _ADVICE)
        return text


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approves which proposal.

    Attributes:
        proposal: SHA-256 of the bytes of the signed proposal, hex.
        release: SHA-256 of `release.json`, hex.
        by: Who approves it.
        t_us: When, UTC, whole seconds in microseconds.
        reason: Why.
    """

    proposal: str
    release: str
    by: str
    t_us: int
    reason: str

    def text(self) -> str:
        """The text that is signed.

        Raises:
            FormatInvalid: A value cannot be written down.
        """
        values = (self.proposal, self.release, self.by, time_text(self.t_us), self.reason)
        text = write_lines(APPROVAL_TITLE, dict(zip(_APPROVAL_FIELDS, values, strict=True)))
        if parse_approval(text) != self:
            raise FormatInvalid("The approval cannot be written down as it is", _ADVICE)
        return text


def parse_proposal(text: str) -> Proposal:
    """Read the text of a proposal, in its one spelling.

    Raises:
        FormatInvalid: It is something else, or a value is out of its range.
    """
    values = read_lines(text, PROPOSAL_TITLE, _PROPOSAL_FIELDS, _WHAT_PROPOSAL, _ADVICE)
    _check_digests(values, ("release", "model", "recipe"), _WHAT_PROPOSAL)
    if not _PRODUCT.fullmatch(values["product"]):
        raise FormatInvalid(f"'product' of the {_WHAT_PROPOSAL} is no name of a product", _ADVICE)
    check_words(values, ("trainer", "by", "reason"), _WHAT_PROPOSAL)
    return Proposal(
        values["release"],
        values["product"],
        values["model"],
        values["recipe"],
        values["trainer"],
        values["by"],
        time_us(values["time"], _WHAT_PROPOSAL),
        values["reason"],
    )


def parse_approval(text: str) -> Approval:
    """Read the text of an approval, in its one spelling. Raises as `parse_proposal`."""
    values = read_lines(text, APPROVAL_TITLE, _APPROVAL_FIELDS, _WHAT_APPROVAL, _ADVICE)
    _check_digests(values, ("proposal", "release"), _WHAT_APPROVAL)
    check_words(values, ("by", "reason"), _WHAT_APPROVAL)
    t_us = time_us(values["time"], _WHAT_APPROVAL)
    return Approval(values["proposal"], values["release"], values["by"], t_us, values["reason"])


def sign_proposal(proposal: Proposal, key: SigningKey) -> str:
    """The proposal as a signed note.

    Raises:
        FormatInvalid: A value cannot be written down.
    """
    return sign_note(proposal.text(), NoteKey(PROPOSER, key.public_key), key)


def sign_approval(approval: Approval, key: SigningKey) -> str:
    """The approval as a signed note. Raises as `sign_proposal`."""
    return sign_note(approval.text(), NoteKey(APPROVER, key.public_key), key)


def open_proposal(document: bytes, authorities: Sequence[bytes]) -> tuple[Proposal, bytes]:
    """Check a proposal against the keys of people who may sign releases.

    Args:
        document: The signed note.
        authorities: Raw Ed25519 public keys, 32 bytes each.

    Returns:
        The proposal, and the key that signed it.

    Raises:
        FormatInvalid: It is malformed.
        SignatureInvalid: None of the keys signed it.
    """
    return _open(document, authorities, PROPOSER, parse_proposal, _WHAT_PROPOSAL)


def open_approval(document: bytes, authorities: Sequence[bytes]) -> tuple[Approval, bytes]:
    """Check an approval. Arguments, result and errors as of `open_proposal`."""
    return _open(document, authorities, APPROVER, parse_approval, _WHAT_APPROVAL)


def _open(
    document: bytes, authorities: Sequence[bytes], name: str, parse: Callable[[str], _Said], what: str
) -> tuple[_Said, bytes]:
    if len(document) > MAX_DOCUMENT:
        raise FormatInvalid(f"A {what} of {len(document)} bytes is too long", _ADVICE)
    said = parse(split_note(document)[0])
    for key in authorities:
        try:
            open_note(document, [NoteKey(name, key)])
        except SignatureInvalid:
            continue
        return said, key
    raise SignatureInvalid(f"No key of those that are trusted signed the {what}")


def _check_digests(values: Mapping[str, str], names: Sequence[str], what: str) -> None:
    for name in names:
        if not _DIGEST.fullmatch(values[name]):
            raise FormatInvalid(f"'{name}' of the {what} is no SHA-256 in hex", _ADVICE)
