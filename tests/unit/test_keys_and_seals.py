# SPDX-License-Identifier: AGPL-3.0-or-later
"""Key files, signatures, seals and the state of the chain."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import EvidenceError, FormatInvalid, KeyLocked, PassphraseWrong, SignatureInvalid
from inspector.evidence import keys, seal
from inspector.evidence.chain import Chain, ShiftRange, Stamp
from inspector.evidence.merkle import root
from tests.unit.evidence_samples import BOOT, FIELDS, T0_US

KEY = keys.SigningKey.generate()


def stamp(number: int = 0) -> Stamp:
    return Stamp(T0_US + number, 1_000 + number, BOOT)


def test_key_file_round_trip(tmp_path: Path) -> None:
    path, public = tmp_path / "station.key", tmp_path / "station.pub"
    key = keys.create_key(path, "correct horse", public)
    assert keys.load_key(path, "correct horse").public_key == key.public_key == keys.read_public_key(public)
    with pytest.raises(PassphraseWrong):
        keys.load_key(path, "wrong")
    with pytest.raises(KeyLocked):
        keys.load_key(path, None)
    with pytest.raises(EvidenceError, match="exists already"):
        keys.create_key(path, "again", tmp_path / "other.pub")
    with pytest.raises(EvidenceError, match="cannot be read"):
        keys.load_key(tmp_path / "none", "x")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["station.key", "station.pub"]


def test_key_file_is_one_that_openssl_reads(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    path, public = tmp_path / "station.key", tmp_path / "station.pub"
    key = keys.create_key(path, "pässword", public)
    der = base64.b64decode(b"".join(path.read_bytes().splitlines()[1:-1]))
    assert bytes.fromhex("2b06010401da47040b") in der  # id-scrypt
    if openssl is not None:
        done = subprocess.run(
            [openssl, "pkey", "-in", str(path), "-passin", "pass:pässword", "-pubout", "-outform", "DER"],
            capture_output=True,
            check=True,
        )
        assert done.stdout.endswith(key.public_key)


@pytest.mark.parametrize("damage", [b"", b"no key", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n!!\n"])
def test_damaged_key_file_is_told_from_a_wrong_passphrase(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "station.key"
    path.write_bytes(damage)
    with pytest.raises(FormatInvalid):
        keys.load_key(path, "x")


def test_empty_passphrase_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="passphrase is empty"):
        keys.create_key(tmp_path / "k", "", tmp_path / "p")
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=80))
def test_public_key_text(text: str) -> None:
    try:
        assert len(keys.parse_public_key(text)) == 32
    except FormatInvalid:
        pass


def test_commitment_hides_and_binds() -> None:
    assert keys.commit(b"s" * 16, "anna") != keys.commit(b"t" * 16, "anna") != keys.commit(b"t" * 16, "bert")
    with pytest.raises(FormatInvalid):
        keys.commit(b"short", "anna")


def test_chain_links_counts_and_rolls_back() -> None:
    chain = Chain("demo")
    first = chain.append("station-start", FIELDS["station-start"], stamp())
    mark = chain.mark()
    chain.append("part", FIELDS["part"], stamp(1))
    with pytest.raises(FormatInvalid):
        chain.append("part", {**FIELDS["part"], "verdict": "MAYBE"}, stamp(2))
    with pytest.raises(FormatInvalid, match="envelope"):
        chain.append("part", {**FIELDS["part"], "seq": 9}, stamp(2))
    assert (chain.seq, chain.span.counts.as_dict()["parts"]) == (2, 1)
    chain.restore(mark)
    assert (chain.seq, chain.prev, chain.span.counts.as_dict()["parts"]) == (1, first.digest.hex(), 0)
    entries = [first]
    kinds = ("part", "outcome", "gap", "shift-close")
    entries += [chain.append(kind, FIELDS[kind], stamp(2)) for kind in kinds]
    counts = chain.span.counts.as_dict()
    assert (counts["parts"], counts["gaps"], counts["gap_parts"]) == (1, 1, 3)
    assert chain.span.tree.root() == root([entry.digest for entry in entries])
    again = Chain("demo")
    assert [again.replay(entry.data)[0] for entry in entries] == entries
    assert (again.prev, again.span.tree.root()) == (chain.prev, chain.span.tree.root())
    with pytest.raises(FormatInvalid, match="chain goes on"):
        again.replay(entries[0].data)
    chain.start_shift()
    assert chain.append("state", FIELDS["state"], stamp(3)).shift == 2
    assert (chain.span.first, chain.span.count) == (6, 1)


def test_salt_makes_equal_records_differ() -> None:
    one, two = Chain("demo"), Chain("demo")
    assert one.append("state", FIELDS["state"], stamp()).digest != two.append("state", FIELDS["state"], stamp()).digest


def test_seal_and_head_are_signed_apart() -> None:
    chain = Chain("demo")
    entry = chain.append("shift-close", FIELDS["shift-close"], stamp())
    common = ("demo", chain.span, entry.digest.hex(), T0_US, "0" * 64, KEY.public_key, True)
    head = seal.sign_document(seal.build_head(*common), KEY)
    sealed = seal.sign_document(seal.build_seal(*common, t_open_us=T0_US, t_close_us=T0_US), KEY)
    fields = seal.verify_document(sealed, KEY.public_key)
    assert (fields["type"], fields["count"], fields["root"]) == ("seal", 1, entry.digest.hex())
    assert seal.verify_document(head, KEY.public_key)["type"] == "head"
    assert seal.split_leaf(sealed.leaf) == sealed
    other = keys.SigningKey.generate()
    with pytest.raises(SignatureInvalid):
        seal.verify_document(sealed, other.public_key)
    with pytest.raises(SignatureInvalid):
        seal.verify_document(seal.SignedDocument(sealed.data, head.signature), KEY.public_key)
    wrong_prefix = KEY.sign(seal.HEAD_PREFIX + sealed.data)
    with pytest.raises(SignatureInvalid):
        seal.verify_document(seal.SignedDocument(sealed.data, wrong_prefix), KEY.public_key)
    with pytest.raises(FormatInvalid):
        seal.split_leaf(b"x" * 64)
    with pytest.raises(FormatInvalid):
        seal.parse_document(entry.data)
    with pytest.raises(FormatInvalid):
        empty = ("demo", ShiftRange.empty(1, 1), "0" * 64, T0_US, "0" * 64, KEY.public_key, True)
        seal.build_head(*empty)
