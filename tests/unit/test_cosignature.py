# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cosignatures and policies of C2SP: published texts, both algorithms, and what must be refused."""

from __future__ import annotations

import base64
import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import EvidenceError, FormatInvalid, SignatureInvalid
from inspector.evidence.cosignature import (
    COSIGNATURE_ML_DSA_44,
    CosignerKey,
    parse_cosigner_key,
    read_cosignatures,
)
from inspector.evidence.keys import SigningKey
from inspector.evidence.log_policy import parse_log_policy
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import (
    Checkpoint,
    NoteKey,
    parse_checkpoint,
    parse_signature_line,
    sign_checkpoint,
    split_note,
)

# c2sp.org/tlog-cosignature, first example.
PUBLISHED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
# Key of a public witness, as its operator publishes it.
PUBLIC_WITNESS = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

LOG = SigningKey.generate()
LOG_KEY = NoteKey("example.com/log", LOG.public_key)
CHECKPOINT = Checkpoint(LOG_KEY.name, 5, leaf_hash(b"x"))
NOTE = sign_checkpoint(CHECKPOINT, LOG, LOG.public_key)
TEXT = NOTE.split("\n\n")[0] + "\n"
ED25519, ML_DSA = SigningKey.generate(), MLDSA44PrivateKey.generate()
WITNESS = CosignerKey("example.com/w1", ED25519.public_key)
QUANTUM = CosignerKey("example.com/w2", ML_DSA.public_key().public_bytes_raw(), COSIGNATURE_ML_DSA_44)
BOTH = [(WITNESS, ED25519), (QUANTUM, ML_DSA)]


def test_published_example_has_a_time_where_the_specification_says() -> None:
    text, lines = split_note(PUBLISHED)
    assert parse_checkpoint(text).size == 20852163
    name, key_id, blob = parse_signature_line(lines[1])
    assert (name, key_id.hex(), len(blob)) == ("witness.example.com/w1", "8d66cf3f", 72)
    assert int.from_bytes(blob[:8], "big") == 1679315147
    assert read_cosignatures(PUBLISHED, [WITNESS]) == {}


def test_key_id_of_a_public_witness() -> None:
    key = parse_cosigner_key(PUBLIC_WITNESS)
    assert (key.vkey(), key.key_id.hex()) == (PUBLIC_WITNESS, "da77ade7")


def test_the_signed_message_is_that_of_the_specification() -> None:
    name, key_id, blob = parse_signature_line(WITNESS.cosign(TEXT, ED25519, 1679315147)[:-1])
    assert (name, key_id) == (WITNESS.name, WITNESS.key_id)
    assert blob[8:] == ED25519.sign(b"cosignature/v1\ntime 1679315147\n" + TEXT.encode())
    _, _, blob = parse_signature_line(QUANTUM.cosign(TEXT, ML_DSA, 7)[:-1])
    message = b"subtree/v1\n\0\x0eexample.com/w2" + (7).to_bytes(8, "big") + b"\x0fexample.com/log" + bytes(8)
    ML_DSA.public_key().verify(blob[8:], message + (5).to_bytes(8, "big") + CHECKPOINT.root)


def test_both_kinds_are_read_with_their_times() -> None:
    lines = "".join(key.cosign(TEXT, signer, 100 + number) for number, (key, signer) in enumerate(BOTH))
    again = WITNESS.cosign(TEXT, ED25519, 50)
    assert read_cosignatures((NOTE + lines + again).encode(), [WITNESS, QUANTUM]) == {WITNESS: 50, QUANTUM: 101}
    assert read_cosignatures((NOTE + lines).encode(), [QUANTUM]) == {QUANTUM: 101}


@pytest.mark.parametrize("number", [0, 1])
def test_a_bad_cosignature_of_a_known_witness_refuses_the_note(number: int) -> None:
    key, signer = BOTH[number]
    other = NOTE.replace("\n5\n", "\n6\n").split("\n\n")[0] + "\n"
    for line in (key.cosign(other, signer, 9), f"— {key.name} {base64.b64encode(key.key_id + bytes(72)).decode()}\n"):
        with pytest.raises(SignatureInvalid):
            read_cosignatures((NOTE + line).encode(), [key])
        assert read_cosignatures((NOTE + line).encode(), [BOTH[1 - number][0]]) == {}


def test_a_cosignature_without_time_is_none() -> None:
    with pytest.raises(SignatureInvalid, match="no time"):
        read_cosignatures((NOTE + WITNESS.cosign(TEXT, ED25519, 0)).encode(), [WITNESS])


@pytest.mark.parametrize("key", [WITNESS, QUANTUM], ids=["Ed25519", "ML-DSA-44"])
def test_bad_keys_are_refused(key: CosignerKey) -> None:
    good = key.vkey()
    assert parse_cosigner_key(f" {good}\n") == key
    for bad in ("", "a+b", good[:-4], good.replace(key.key_id.hex(), "00000000"), LOG_KEY.vkey()):
        with pytest.raises(FormatInvalid):
            parse_cosigner_key(bad)


def witness(name: str) -> str:
    return f"witness {name} {CosignerKey(name, SigningKey.generate().public_key).vkey()}\n"


# c2sp.org/tlog-policy, the example.
X_AND_Y = (
    f"log {LOG_KEY.vkey()}\n\n"
    + "".join(witness(f"X{n}") for n in (1, 2, 3))
    + "group X-witnesses 2 X1 X2 X3\n\n"
    + "".join(witness(f"Y{n}") for n in (1, 2, 3))
    + "group Y-witnesses any Y1 Y2 Y3\n\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
)


@pytest.mark.parametrize(
    ("cosigned", "met"),
    [("X1 X2 Y3", True), ("X1 X3 Y1 Y2", True), ("X1 X2 X3", False), ("X1 Y1 Y2 Y3", False), ("", False)],
)
def test_published_policy(cosigned: str, met: bool) -> None:
    policy = parse_log_policy(X_AND_Y.encode())
    assert [log.key for log in policy.logs] == [LOG_KEY]
    assert policy.is_met(cosigned.split()) is met


def test_words_may_stand_apart_and_names_are_bytes() -> None:
    line = witness("w").strip().replace("witness w", "witness K\x80")
    text = (
        b"\n# comment\n\t # another\n\t"
        + line.encode("latin-1").replace(b" ", b" \t ")
        + b"   https://w/  \n quorum\tK\x80"
    )
    policy = parse_log_policy(text)
    assert policy.witnesses[0].url == "https://w/"
    assert policy.is_met([policy.witnesses[0].name])
    assert parse_log_policy(b"quorum none\n").is_met([])


ONE, OTHER = witness("w1"), witness("w2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ONE,
        "quorum none\n\x01",
        "quorum none\r\n",
        "quibble w1\nquorum none\n",
        "log\nquorum none\n",
        "log garbage\nquorum none\n",
        f"log {WITNESS.vkey()}\nquorum none\n",
        f"log {LOG_KEY.vkey()}\nlog {LOG_KEY.vkey()} https://log/\nquorum none\n",
        f"witness w1 {LOG_KEY.vkey()}\nquorum none\n",
        f"{ONE}{ONE.replace('witness w1', 'witness w9')}quorum w1\n",
        f"{ONE}{OTHER.replace('witness w2', 'witness w1')}quorum w1\n",
        f"{ONE.replace('witness w1', 'witness none')}quorum none\n",
        f"{ONE.strip()} https://w/ # comment\nquorum w1\n",
        f"{ONE}group w1 any w1\nquorum w1\n",
        f"{ONE}group g 1\nquorum w1\n",
        f"{ONE}group none any w1\nquorum none\n",
        f"{ONE}group g 0 w1\nquorum g\n",
        f"{ONE}group g 01 w1\nquorum g\n",
        f"{ONE}group g -1 w1\nquorum g\n",
        f"{ONE}group g 2 w1\nquorum g\n",
        f"{ONE}group g any w2\nquorum g\n",
        f"group g any w1\n{ONE}quorum g\n",
        f"{ONE}group g any none w1\nquorum g\n",
        f"{ONE}group g all w1 w1\nquorum g\n",
        f"{ONE}{OTHER}group g any w1 w2\ngroup h any w1\nquorum g\n",
        f"{ONE}quorum w1\nquorum w1\n",
        f"quorum w1\n{ONE}",
        "quorum unknown\n",
        "quorum\n",
        "quorum none" + " " * 70_000,
    ],
    ids=itertools.count(),
)
def test_policies_that_break_the_format(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_log_policy(text.encode("latin-1"))


def test_a_checkpoint_needs_its_log_and_its_quorum() -> None:
    policy = parse_log_policy(f"log {LOG_KEY.vkey()}\nwitness mine {WITNESS.vkey()}\nquorum mine\n".encode())
    seen = policy.accept((NOTE + WITNESS.cosign(TEXT, ED25519, 77)).encode())
    assert (seen.checkpoint, seen.log, seen.times_s) == (CHECKPOINT, LOG_KEY, {"mine": 77})
    with pytest.raises(SignatureInvalid, match="no witness: not enough"):
        policy.accept(NOTE.encode())
    stranger = SigningKey.generate()
    foreign = sign_checkpoint(Checkpoint("other", 5, CHECKPOINT.root), stranger, stranger.public_key)
    with pytest.raises(FormatInvalid, match="names no log"):
        policy.accept(foreign.encode())
    with pytest.raises(SignatureInvalid):
        policy.accept(sign_checkpoint(CHECKPOINT, stranger, stranger.public_key).encode())


@given(data=st.binary(max_size=300))
def test_any_bytes_give_a_policy_or_an_error_of_ours(data: bytes) -> None:
    for text in (data, X_AND_Y.encode() + data, data.join([b"witness ", b" ", b"\nquorum none"])):
        try:
            parse_log_policy(text)
        except EvidenceError:
            pass
