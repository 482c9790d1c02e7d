# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people sign about a release: one spelling, their own kind of signature, and no unhandled error."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import SigningKey, create_key
from inspector.evidence.release_note import (
    APPROVAL_TITLE,
    MAX_DOCUMENT,
    PROPOSAL_TITLE,
    Approval,
    Proposal,
    open_approval,
    open_proposal,
    parse_approval,
    parse_proposal,
    sign_approval,
    sign_proposal,
)

PROPOSAL = Proposal("a" * 64, "main", "b" * 64, "c" * 64, "Anna", "Anna", 1_790_000_000_000_000, "fewer misses")
APPROVAL = Approval("d" * 64, "a" * 64, "Ben", 1_790_000_100_000_000, "figures seen")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[SigningKey]:
    folder = tmp_path_factory.mktemp("keys")
    return [create_key(folder / name, "passphrase", folder / f"{name}.pub") for name in ("anna", "ben")]


def test_what_was_signed_is_read_again(keys: list[SigningKey]) -> None:
    trusted = [key.public_key for key in keys]
    assert open_proposal(sign_proposal(PROPOSAL, keys[0]).encode(), trusted) == (PROPOSAL, trusted[0])
    assert open_approval(sign_approval(APPROVAL, keys[1]).encode(), trusted) == (APPROVAL, trusted[1])


def test_a_strangers_signature_is_none(keys: list[SigningKey]) -> None:
    note = sign_proposal(PROPOSAL, keys[0]).encode()
    with pytest.raises(SignatureInvalid):
        open_proposal(note, [keys[1].public_key])
    with pytest.raises(SignatureInvalid):
        open_proposal(note, [])


def test_a_changed_text_is_not_signed(keys: list[SigningKey]) -> None:
    note = sign_proposal(PROPOSAL, keys[0]).replace("fewer misses", "more misses")
    with pytest.raises(SignatureInvalid):
        open_proposal(note.encode(), [keys[0].public_key])


def test_a_proposal_is_no_approval(keys: list[SigningKey]) -> None:
    with pytest.raises(FormatInvalid):
        open_approval(sign_proposal(PROPOSAL, keys[0]).encode(), [keys[0].public_key])


def test_too_long_is_refused(keys: list[SigningKey]) -> None:
    note = sign_proposal(PROPOSAL, keys[0]).encode() + b"x" * MAX_DOCUMENT
    with pytest.raises(FormatInvalid, match="too long"):
        open_proposal(note, [keys[0].public_key])


@pytest.mark.parametrize(
    "change",
    [
        {"by": "two\nlines"},
        {"by": ""},
        {"by": " blank"},
        {"reason": "x" * 501},
        {"model": "B" * 64},
        {"product": "no name"},
        {"t_us": 1},
    ],
    ids=["lines", "nobody", "blank", "long", "digest", "product", "fraction"],
)
def test_what_cannot_be_written_down_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(FormatInvalid):
        replace(PROPOSAL, **change).text()  # type: ignore[arg-type]


@given(st.text() | st.text().map(lambda text: f"{PROPOSAL_TITLE}\n{text}\n"))
def test_any_text_as_a_proposal(text: str) -> None:
    with contextlib.suppress(FormatInvalid):
        assert parse_proposal(text).text() == text


@given(st.text() | st.text().map(lambda text: f"{APPROVAL_TITLE}\n{text}\n"))
def test_any_text_as_an_approval(text: str) -> None:
    with contextlib.suppress(FormatInvalid):
        assert parse_approval(text).text() == text


_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=600)


@given(_WORDS, _WORDS, st.integers(0, 2**40))
def test_any_values(by: str, reason: str, t_s: int) -> None:
    said = replace(APPROVAL, by=by, reason=reason, t_us=t_s * 1_000_000)
    try:
        text = said.text()
    except (FormatInvalid, ValueError, OverflowError):
        return
    assert parse_approval(text) == said


def test_the_proposal_is_named_by_its_bytes(tmp_path: Path, keys: list[SigningKey]) -> None:
    note = sign_proposal(PROPOSAL, keys[0]).encode()
    approval = replace(APPROVAL, proposal=hashlib.sha256(note).hexdigest())
    assert (
        open_approval(sign_approval(approval, keys[1]).encode(), [keys[1].public_key])[0].proposal == approval.proposal
    )
