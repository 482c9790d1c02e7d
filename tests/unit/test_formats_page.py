# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs/formats.md is held to the code: its tables, its rules, and each byte of its example."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from inspector.evidence import proof, seal
from inspector.evidence.log_policy import parse_log_policy
from inspector.evidence.note import parse_vkey
from inspector.evidence.permit import parse_permit
from inspector.evidence.record import parse_record, pixel_digest
from inspector.evidence.release_note import open_approval, open_proposal
from inspector.evidence.retention import parse_retention
from inspector.evidence.root import open_root_statement
from inspector.evidence.rotation import open_rotation
from inspector.evidence.schema import ENVELOPE, HEAD_FIELDS, RECORD_OPTIONAL, RECORD_TYPES, SEAL_FIELDS, SEAL_OPTIONAL
from inspector.evidence.verify import schema as verify_schema
from inspector.evidence.verify.releases import open_signed

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")


def blocks(label: str) -> list[str]:
    return re.findall(rf"^```\w+ {label}\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)


def fields_of(heading: str) -> set[str]:
    section = PAGE.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def known_fields(kind: str) -> set[str]:
    return set(RECORD_TYPES[kind]) | set(RECORD_OPTIONAL.get(kind, {}))


@pytest.mark.parametrize("kind", sorted(RECORD_TYPES))
def test_each_record_type_has_its_table(kind: str) -> None:
    heading = re.search(rf"^### 2\.\d+ {kind}$", PAGE, re.MULTILINE)
    assert heading is not None
    assert fields_of(heading.group()) == known_fields(kind)


def test_envelope_and_documents_have_their_tables() -> None:
    assert fields_of("### 2.1 Envelope: fields of every record") == set(ENVELOPE)
    assert fields_of("## 3. Seals and heads") == set(SEAL_FIELDS) | set(SEAL_OPTIONAL) | set(HEAD_FIELDS)


def test_writer_and_verifier_know_the_same_fields() -> None:
    assert {kind: set(fields) for kind, fields in verify_schema.RECORDS.items()} == {
        kind: known_fields(kind) for kind in RECORD_TYPES
    }
    assert set(verify_schema.ENVELOPE) | {"type"} == set(ENVELOPE)
    assert set(verify_schema.SEAL) | {"type"} == set(SEAL_FIELDS) | set(SEAL_OPTIONAL)
    assert set(verify_schema.HEAD) | {"type"} == set(HEAD_FIELDS)


def test_each_rule_is_listed_and_used() -> None:
    listed = set(re.findall(r"^\| ([A-Z]+-\d\d) \|", PAGE, re.MULTILINE))
    folder = ROOT / "inspector" / "evidence" / "verify"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert listed == set(re.findall(r'"([A-Z]+-\d\d)"', source))


def test_example_by_hand() -> None:
    """The check that a stranger would write from the page, with nothing of ours."""
    records, hashes = blocks("record"), [bytes.fromhex(text) for text in blocks("hash")]
    previous = "0" * 64
    for line, digest in zip(records, hashes, strict=True):
        data = line.encode("utf-8")
        fields = json.loads(data)
        assert rfc8785.dumps(fields) == data
        assert hashlib.sha256(b"\x00" + data).digest() == digest
        assert fields["prev"] == previous
        previous = digest.hex()
    node = hashlib.sha256(b"\x01" + hashes[0] + hashes[1]).digest()
    root = hashlib.sha256(b"\x01" + node + hashes[2]).hexdigest()
    assert ([node.hex()], [root]) == (blocks("node"), blocks("root"))
    document = blocks("seal")[0].encode("utf-8")
    fields = json.loads(document)
    assert (fields["root"], fields["head"], fields["count"]) == (root, previous, 3)
    assert hashlib.sha256(document).hexdigest() == blocks("document-hash")[0]
    key, signature = bytes.fromhex(blocks("public-key")[0]), bytes.fromhex(blocks("signature")[0])
    assert hashlib.sha256(key).hexdigest() == fields["key"]
    Ed25519PublicKey.from_public_bytes(key).verify(signature, b"inspector/seal/v1\x00" + document)
    leaf = hashlib.sha256(b"\x00" + document + signature).digest()
    assert leaf.hex() == blocks("leaf")[0]
    lines = blocks("proof")[0].split("\n")
    other = hashlib.sha256(b"\x00entry of another station").digest()
    assert base64.b64decode(lines[2]) == other
    assert base64.b64decode(lines[6]) == hashlib.sha256(b"\x01" + other + leaf).digest()


def test_example_by_our_code() -> None:
    for line in blocks("record"):
        assert parse_record(line.encode()) == verify_schema.read_record(line.encode())
    document = seal.SignedDocument(blocks("seal")[0].encode(), bytes.fromhex(blocks("signature")[0]))
    assert seal.verify_document(document, bytes.fromhex(blocks("public-key")[0]))["type"] == "seal"
    assert verify_schema.read_document(document.data)["shift"] == 1
    assert document.digest == blocks("document-hash")[0]
    index, checkpoint = proof.verify_proof(blocks("proof")[0] + "\n", document.leaf, parse_vkey(blocks("vkey")[0]))
    assert (index, checkpoint.size) == (1, 2)


def test_example_of_a_witness() -> None:
    """By hand first, as a stranger would; then by our code, the seal's proof and all."""
    (policy,), (line,), (receipt,) = blocks("log-policy"), blocks("cosignature"), blocks("proof")
    name, _, material = policy.splitlines()[1].removeprefix("witness w1 ").split("+", 2)
    key = base64.b64decode(material)
    blob = base64.b64decode(line.removeprefix(f"— {name} "))
    assert blob[:4] == hashlib.sha256(f"{name}\n".encode() + key).digest()[:4]
    assert (key[0], int.from_bytes(blob[4:12], "big")) == (4, 1790000005)
    checkpoint = receipt.split("\n\n")[1] + "\n"
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(
        blob[12:], b"cosignature/v1\ntime 1790000005\n" + checkpoint.encode("utf-8")
    )
    note = f"{receipt}\n{line}\n".partition("\n\n")[2]
    seen = parse_log_policy(f"{policy}\n".encode()).accept(note.encode("utf-8"))
    assert (seen.checkpoint.size, seen.times_s) == (2, {"w1": 1790000005})


def test_permit_example() -> None:
    permit = blocks("permit")[0] + "\n"
    assert parse_permit(permit).text() == permit


def test_example_of_a_release() -> None:
    """By hand first, as a stranger would; then by writer and verifier."""
    keys = {
        "proposal": "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "approval": "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    }
    notes = {name: (blocks(name)[0] + "\n").encode("utf-8") for name in keys}
    for name, key in keys.items():
        text, _, line = notes[name].decode("utf-8").rpartition("\n\n")
        _, signer, encoded = line.split()
        blob = base64.b64decode(encoded)
        assert signer == {"proposal": "release-proposer", "approval": "release-approver"}[name]
        assert blob[:4] == hashlib.sha256(f"{signer}\n\x01".encode() + bytes.fromhex(key)).digest()[:4]
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(blob[4:], f"{text}\n".encode())
    proposal, _ = open_proposal(notes["proposal"], [bytes.fromhex(keys["proposal"])])
    approval, _ = open_approval(notes["approval"], [bytes.fromhex(keys["approval"])])
    assert approval.proposal == hashlib.sha256(notes["proposal"]).hexdigest()
    assert approval.release == proposal.release
    for name, said in (("proposal", proposal), ("approval", approval)):
        assert open_signed(notes[name], name, keys[name])["by"] == said.by


def test_rotation_example() -> None:
    """By hand first, as a stranger would; then by our code."""
    (note,), (digest,) = blocks("rotation"), blocks("rotation-hash")
    data = (note + "\n").encode("utf-8")
    assert hashlib.sha256(data).hexdigest() == digest
    text, _, signatures = (note + "\n").rpartition("\n\n")
    text += "\n"
    named = dict(line.split(" ", 1) for line in text.splitlines()[1:])
    for line, which in zip(signatures.splitlines(), ("old", "new"), strict=True):
        key, blob = bytes.fromhex(named[which]), base64.b64decode(line.removeprefix("— station-key "))
        assert blob[:4] == hashlib.sha256(b"station-key\n\x01" + key).digest()[:4]
        Ed25519PublicKey.from_public_bytes(key).verify(blob[4:], text.encode("utf-8"))
    assert open_rotation(data).text() == text


@pytest.mark.parametrize("label", ["certificate", "revocation"])
def test_example_of_the_plant_root(label: str) -> None:
    root = bytes.fromhex("278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e")
    (note,) = blocks(label)
    text, _, signature = (note + "\n").rpartition("\n\n")
    blob = base64.b64decode(signature.removeprefix("— plant-root "))
    assert blob[:4] == hashlib.sha256(b"plant-root\n\x01" + root).digest()[:4]
    Ed25519PublicKey.from_public_bytes(root).verify(blob[4:], f"{text}\n".encode())
    assert open_root_statement((note + "\n").encode(), root).key.hex() == blocks("public-key")[0]


def test_retention_example() -> None:
    data = blocks("retention")[0].encode()
    assert parse_retention(data).data == data


def test_review_example() -> None:
    data = blocks("review")[0].encode()
    assert parse_record(data) == verify_schema.read_record(data)


def test_pixel_example() -> None:
    assert blocks("pixels") == [pixel_digest("Mono8", bytes.fromhex("004080ff0102"), 2, 3)]


def test_page_is_free_to_reuse() -> None:
    assert PAGE.startswith("<!-- SPDX-License-Identifier: Apache-2.0 -->")
