# SPDX-License-Identifier: AGPL-3.0-or-later
"""A witness against c2sp.org/tlog-witness: each status, and that it never cosigns two histories."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import FormatInvalid, StoreError
from inspector.evidence.cosignature import CosignerKey, read_cosignatures
from inspector.evidence.keys import SigningKey
from inspector.evidence.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, root
from inspector.evidence.note import Checkpoint, NoteKey, sign_checkpoint
from ledger_anchor.witness.request import format_request, parse_request
from ledger_anchor.witness.state import WitnessState
from ledger_anchor.witness.witness import Answer, Witness

# c2sp.org/tlog-witness, the example of a request.
PUBLISHED = (
    "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
).encode()

LOG, SIGNER = SigningKey.generate(), SigningKey.generate()
LOG_KEY = NoteKey("example.com/log", LOG.public_key)
KEY = CosignerKey("example.com/witness", SIGNER.public_key)
LEAVES = [leaf_hash(bytes([number])) for number in range(20)]
FORKED = [*LEAVES[:3], *(leaf_hash(b"fork" + bytes([number])) for number in range(17))]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[WitnessState]:
    opened = WitnessState(tmp_path / "witness.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def witness(state: WitnessState) -> Witness:
    return Witness(KEY, SIGNER, [LOG_KEY], state, lambda: 1_700_000_000)


def note(size: int, leaves: list[bytes] = LEAVES, key: SigningKey = LOG, origin: str = LOG_KEY.name) -> str:
    return sign_checkpoint(Checkpoint(origin, size, root(leaves[:size])), key, key.public_key)


def grow(old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    proof = consistency_proof(leaves[:size], old) if 0 < old < size else []
    return format_request(old, proof, note(size, leaves))


def test_published_request() -> None:
    request = parse_request(PUBLISHED)
    assert (request.old, len(request.proof)) == (20852014, 4)
    assert format_request(request.old, request.proof, request.note.decode()) == PUBLISHED


def test_a_growing_log_is_cosigned_and_shown(witness: Witness) -> None:
    for old, size in ((0, 3), (3, 3), (3, 11), (11, 20)):
        answer = witness.add_checkpoint(grow(old, size))
        assert answer.status == 200
        assert read_cosignatures((note(size) + answer.body).encode(), [KEY]) == {KEY: 1_700_000_000}
    shown = witness.checkpoint(hashlib.sha256(LOG_KEY.name.encode()).hexdigest())
    assert shown == Answer(200, note(20) + answer.body)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old 03\n\n" + note(3).encode(), 400),
        (b"old 3\nAAAA\n\n" + note(3).encode(), 400),
        (b"old 3\n" + b"A" * 43 + b"=\n", 400),
        (format_request(0, [], "no checkpoint\n"), 400),
        (format_request(4, [], note(3)), 400),
        (format_request(0, [], note(3, origin="example.com/other")), 404),
        (format_request(0, [], note(3, key=SIGNER)), 403),
        (format_request(0, [], note(3).replace("\n3\n", "\n4\n")), 403),
        (format_request(2, consistency_proof(LEAVES[:9], 2), note(9)), 409),
        (format_request(0, [], note(9)), 409),
        (format_request(7, consistency_proof(LEAVES[:9], 7), note(9)), 409),
        (format_request(5, [], note(9)), 422),
        (format_request(5, consistency_proof(LEAVES[:9], 4), note(9)), 422),
        (format_request(5, consistency_proof(FORKED[:9], 5), note(9, FORKED)), 422),
        (format_request(5, [], note(5, FORKED)), 422),
        (format_request(5, [bytes(32)], note(5)), 422),
    ],
    ids=itertools.count(),
)
def test_every_refusal_has_its_status_and_changes_nothing(
    witness: Witness, state: WitnessState, body: bytes, status: int
) -> None:
    assert witness.add_checkpoint(grow(0, 5)).status == 200
    before = state.newest(LOG_KEY.name)
    answer = witness.add_checkpoint(body)
    assert answer.status == status
    if status == 409:
        assert (answer.body, answer.content_type) == ("5\n", "text/x.tlog.size")
    assert state.newest(LOG_KEY.name) == before


def test_the_empty_log(witness: Witness) -> None:
    assert witness.add_checkpoint(format_request(0, [bytes(32)], note(3))).status == 422
    strange = sign_checkpoint(Checkpoint(LOG_KEY.name, 0, bytes(32)), LOG, LOG.public_key)
    assert witness.add_checkpoint(format_request(0, [], strange)).status == 422
    empty = sign_checkpoint(Checkpoint(LOG_KEY.name, 0, EMPTY_ROOT), LOG, LOG.public_key)
    assert witness.add_checkpoint(format_request(0, [], empty)).status == 200
    assert witness.add_checkpoint(grow(0, 4)).status == 200


def test_it_remembers_after_a_restart_and_beside_a_second_one(tmp_path: Path) -> None:
    first, second = (WitnessState(tmp_path / "witness.sqlite") for _ in range(2))
    try:
        one, two = (Witness(KEY, SIGNER, [LOG_KEY], state, lambda: 9) for state in (first, second))
        assert one.add_checkpoint(grow(0, 5)).status == 200
        assert two.add_checkpoint(grow(0, 3)).status == 409
        assert two.add_checkpoint(grow(5, 8)).status == 200
        assert one.add_checkpoint(grow(5, 9, FORKED)).status == 409
    finally:
        first.close()
        second.close()
    again = WitnessState(tmp_path / "witness.sqlite")
    assert Witness(KEY, SIGNER, [LOG_KEY], again, lambda: 9).add_checkpoint(grow(0, 5)).body == "8\n"
    again.close()


def test_nothing_is_cosigned_that_cannot_be_remembered(tmp_path: Path) -> None:
    state = WitnessState(tmp_path / "witness.sqlite")
    state.close()
    with pytest.raises(StoreError):
        Witness(KEY, SIGNER, [LOG_KEY], state, lambda: 9).add_checkpoint(grow(0, 5))
    (tmp_path / "broken").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError):
        WitnessState(tmp_path / "broken")


def test_an_unknown_origin_is_not_shown(witness: Witness) -> None:
    for name in (LOG_KEY.name, "example.com/other"):
        assert witness.checkpoint(hashlib.sha256(name.encode()).hexdigest()).status == 404


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.booleans()), max_size=12))
def test_whatever_is_asked_it_cosigns_one_history(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]]
) -> None:
    state = WitnessState(tmp_path_factory.mktemp("witness") / "witness.sqlite")
    witness = Witness(KEY, SIGNER, [LOG_KEY], state, lambda: 9)
    seen: list[tuple[int, bytes]] = []
    for old, size, forked in steps:
        leaves = FORKED if forked else LEAVES
        if witness.add_checkpoint(grow(min(old, size), size, leaves)).status == 200:
            seen.append((size, root(leaves[:size])))
    state.close()
    assert [size for size, _ in seen] == sorted(size for size, _ in seen)
    history = FORKED if any(found == root(FORKED[:size]) != root(LEAVES[:size]) for size, found in seen) else LEAVES
    assert all(found == root(history[:size]) for size, found in seen)


@given(data=st.binary(max_size=200))
def test_any_body_is_parsed_or_refused(data: bytes) -> None:
    try:
        request = parse_request(data)
    except FormatInvalid:
        return
    assert format_request(request.old, request.proof, request.note.decode("utf-8", "surrogateescape"))
