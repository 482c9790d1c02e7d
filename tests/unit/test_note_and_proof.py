# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed notes, checkpoints, log proofs and tiles against the vectors and rules of C2SP."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import EvidenceError, FormatInvalid, ProofInvalid, SignatureInvalid
from inspector.evidence import merkle, note, proof, tiles
from inspector.evidence.keys import SigningKey

# c2sp.org/signed-note, section "Example".
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
# c2sp.org/tlog-checkpoint and tlog-proof, sections with the example texts.
CHECKPOINT_ROOT = "sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08="

SIGNER = SigningKey.generate()
LOG = note.NoteKey("example.com/log", SIGNER.public_key)


def test_published_note_verifies() -> None:
    key = note.parse_vkey(VKEY)
    assert key.vkey() == VKEY
    opened = note.open_note(NOTE, [key])
    assert (opened.text, opened.signers) == ("This is an example message.\n", ("example.com/foo",))


def test_every_flipped_bit_of_the_published_note_is_refused() -> None:
    key = note.parse_vkey(VKEY)
    for position in range(len(NOTE) * 8):
        damaged = bytearray(NOTE)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(EvidenceError):
            note.open_note(bytes(damaged), [key])


def test_unknown_keys_are_ignored_and_known_ones_never() -> None:
    text = "hello\n"
    other = SigningKey.generate()
    stranger = note.NoteKey("example.com/other", other.public_key)
    mine = note.sign_note(text, LOG, SIGNER)
    both = mine + note.sign_note(text, stranger, other).split("\n\n", 1)[1]
    assert note.open_note(both.encode(), [LOG]).signers == (LOG.name,)
    assert note.open_note(both.encode(), [stranger, LOG]).signers == (LOG.name, stranger.name)
    bad = mine + note.sign_note("other\n", stranger, other).split("\n\n", 1)[1]
    assert note.open_note(bad.encode(), [LOG]).signers == (LOG.name,)
    with pytest.raises(SignatureInvalid):
        note.open_note(bad.encode(), [LOG, stranger])
    with pytest.raises(SignatureInvalid):
        note.open_note(mine.encode(), [stranger])


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "bell\a\n"])
def test_texts_that_no_note_can_hold(text: str) -> None:
    with pytest.raises(FormatInvalid):
        note.sign_note(text, LOG, SIGNER)


@pytest.mark.parametrize(
    "text",
    ["", "a+b", VKEY.replace("530d", "530e"), VKEY[:-4], "a b" + VKEY[15:], VKEY.replace("+Ae", "+Be")],
)
def test_bad_verifier_keys(text: str) -> None:
    with pytest.raises(FormatInvalid):
        note.parse_vkey(text)


def test_checkpoint_round_trip_and_example() -> None:
    example = note.parse_checkpoint(f"example.com/fancylog\n109482\n{CHECKPOINT_ROOT}\n")
    assert (example.origin, example.size, len(example.root)) == ("example.com/fancylog", 109482, 32)
    assert note.parse_checkpoint(note.format_checkpoint(example) + "extension\n") == example
    checkpoint = note.Checkpoint(LOG.name, 5, merkle.leaf_hash(b""))
    signed = note.sign_checkpoint(checkpoint, SIGNER, SIGNER.public_key).encode()
    assert note.open_checkpoint(signed, LOG) == checkpoint
    foreign = note.sign_note(note.format_checkpoint(example), LOG, SIGNER).encode()
    with pytest.raises(FormatInvalid):
        note.open_checkpoint(foreign, LOG)


def test_checkpoint_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "checkpoint"
    assert note.read_checkpoint_file(path) is None
    checkpoint = note.Checkpoint(LOG.name, 5, merkle.leaf_hash(b""))
    path.write_text(note.sign_checkpoint(checkpoint, SIGNER, SIGNER.public_key), encoding="utf-8", newline="")
    assert note.read_checkpoint_file(path) == checkpoint
    assert not caplog.records
    path.write_bytes(b"garbage")
    assert note.read_checkpoint_file(path) is None
    assert "cannot be used" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        f"o\n01\n{CHECKPOINT_ROOT}\n",
        f"o\n-1\n{CHECKPOINT_ROOT}\n",
        f"o\n1\n{CHECKPOINT_ROOT[:-4]}\n",
        f"\n1\n{CHECKPOINT_ROOT}\n",
        f"o\n1\n{CHECKPOINT_ROOT}",
        f"o\n1\n{CHECKPOINT_ROOT}\n\n",
        f"o\n٣\n{CHECKPOINT_ROOT}\n",
        f"o\n{'9' * 5000}\n{CHECKPOINT_ROOT}\n",
    ],
)
def test_bad_checkpoints(text: str) -> None:
    with pytest.raises(FormatInvalid):
        note.parse_checkpoint(text)


def signed_proof(size: int, index: int) -> tuple[str, bytes]:
    data = [b"entry %d" % number for number in range(size)]
    leaves = [merkle.leaf_hash(entry) for entry in data]
    checkpoint = note.sign_checkpoint(note.Checkpoint(LOG.name, size, merkle.root(leaves)), SIGNER, SIGNER.public_key)
    hashes = tuple(merkle.inclusion_proof(leaves, index))
    return proof.format_proof(proof.LogProof(index, hashes, checkpoint)), data[index]


@pytest.mark.parametrize(("size", "index"), [(1, 0), (7, 3), (300, 299)])
def test_proof_round_trip(size: int, index: int) -> None:
    text, entry = signed_proof(size, index)
    found, checkpoint = proof.verify_proof(text, entry, LOG)
    assert (found, checkpoint.size) == (index, size)
    assert proof.format_proof(proof.parse_proof(text)) == text
    with pytest.raises(ProofInvalid):
        proof.verify_proof(text, entry + b"!", LOG)
    with pytest.raises(SignatureInvalid):
        proof.verify_proof(text, entry, note.NoteKey(LOG.name, SigningKey.generate().public_key))
    extra = proof.LogProof(index, (), "note", b"more")
    assert proof.parse_proof(proof.format_proof(extra)) == extra


def test_every_flipped_bit_of_a_proof_is_refused() -> None:
    text, entry = signed_proof(5, 2)
    data = text.encode()
    for position in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << position % 8
        try:
            changed = damaged.decode()
        except UnicodeDecodeError:
            continue
        with pytest.raises(EvidenceError):
            proof.verify_proof(changed, entry, LOG)


@given(st.binary(max_size=300))
def test_note_parser_lets_only_our_errors_out(data: bytes) -> None:
    for start in (b"", "o\n1\n\n— a ".encode(), NOTE[:-20]):
        with pytest.raises(EvidenceError):
            note.open_note(start + data, [LOG])


@given(st.text(max_size=200))
def test_text_parsers_let_only_our_errors_out(text: str) -> None:
    for parse in (note.parse_vkey, note.parse_checkpoint, proof.parse_proof):
        with pytest.raises(FormatInvalid):
            parse(text)
    for start in ("", "index 1\n", "extra "):
        try:
            proof.verify_proof("c2sp.org/tlog-proof@v1\n" + start + text, b"", LOG)
        except EvidenceError:
            continue
        raise AssertionError("random text became a proof")


def test_tile_paths_of_the_specification() -> None:
    assert str(tiles.tile_path(0, 1_234_067)) == "tile/0/x001/x234/067"
    assert str(tiles.tile_path(2, 0, 1)) == "tile/2/000.p/1"
    assert str(tiles.entries_path(273, 112)) == "tile/entries/273.p/112"
    assert str(tiles.entries_path(1000)) == "tile/entries/x001/000"
    with pytest.raises(FormatInvalid):
        tiles.tile_path(0, 0, 0)


@given(st.lists(st.binary(max_size=40), max_size=256))
def test_entry_bundle_round_trip(entries: list[bytes]) -> None:
    bundle = tiles.encode_entries(entries)
    assert tiles.parse_entries(bundle) == entries
    if bundle:
        with pytest.raises(FormatInvalid):
            tiles.parse_entries(bundle[:-1] if entries[-1] else bundle[:-1] + b"")


@given(st.binary(max_size=100))
def test_entry_bundle_parser(data: bytes) -> None:
    try:
        assert tiles.encode_entries(tiles.parse_entries(data)) == data
    except FormatInvalid:
        pass


def test_entry_too_long() -> None:
    with pytest.raises(FormatInvalid):
        tiles.encode_entries([b"x" * 65_536])
    with pytest.raises(FormatInvalid):
        tiles.parse_entries(b"\0\0" * 257)
