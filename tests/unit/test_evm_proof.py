# SPDX-License-Identifier: AGPL-3.0-or-later
"""The proof of an entry in a contract has one spelling; everything else is refused."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import FormatInvalid
from inspector.evidence.record import MAX_INTEGER
from ledger_anchor.evm.proof import EvmProof, parse_proof


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=count, max_size=count).map("0x".__add__)


NUMBER = st.integers(0, MAX_INTEGER)
PROOFS = st.builds(
    EvmProof,
    chain_id=NUMBER,
    contract=digits(40),
    block_number=NUMBER,
    block_hash=digits(64),
    transaction=digits(64),
    log_index=NUMBER,
    index=NUMBER,
)
NAMES = ["v", *(field.name for field in fields(EvmProof))]
OTHER = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=70) | st.lists(st.integers())


@given(proof=PROOFS)
def test_what_is_written_is_read(proof: EvmProof) -> None:
    assert parse_proof(proof.text()) == proof


@given(text=st.text(max_size=400))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_proof(text)


@given(proof=PROOFS, name=st.sampled_from(NAMES) | st.text(max_size=10), value=OTHER)
def test_another_value_is_refused_or_is_in_its_one_spelling(proof: EvmProof, name: str, value: object) -> None:
    text = json.dumps({"v": 1, **asdict(proof), name: value}, sort_keys=True, separators=(",", ":"))
    try:
        read = parse_proof(text)
    except FormatInvalid:
        return
    assert read.text() == text


@given(proof=PROOFS, name=st.sampled_from(NAMES))
def test_a_field_that_is_missing_is_refused(proof: EvmProof, name: str) -> None:
    values = {"v": 1, **asdict(proof)}
    del values[name]
    with pytest.raises(FormatInvalid):
        parse_proof(json.dumps(values, sort_keys=True, separators=(",", ":")))
