# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export proof` and `inspector verify FILE`: from a station directory to the answer that a customer gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspector.cli.main import main
from inspector.errors import EvidenceError, FormatInvalid, NotFound, ShiftError
from inspector.evidence import part_proof as part_proof_module
from inspector.evidence.keys import SigningKey
from inspector.evidence.root import Revocation, sign_root_statement
from inspector.store.documents import DocumentStore
from inspector.store.proofs import lot_proof, part_proof
from inspector.store.read import RecordReader
from tests.proof_station import ODD_SERIAL, SERIAL, TWICE, ProofStation, build_proof_station
from tests.store_station import PERSON, make_writer, run_shift
from tests.unit.evidence_station import ORIGIN


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> ProofStation:
    return build_proof_station(tmp_path_factory.mktemp("export") / "station", parts=40)


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_from_the_station_to_the_customer(
    station: ProofStation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "part.proof.json"
    where = ["--station", str(station.directory)]
    assert main(["export", "proof", SERIAL, *where, "-o", str(file), "--json"]) == 0
    assert said(capsys)["size"] == file.stat().st_size
    keys = ["--key", str(station.directory / "keys" / "station.pub"), "--log-key", station.log_vkey]
    assert main(["verify", str(file), *keys, "--serial", SERIAL, "--json"]) == 0
    assert said(capsys)["verdict"] == "VERIFIED"
    assert main(["verify", str(file), "--key", station.fingerprint, "--log-key", station.log_fingerprint]) == 0
    assert "PASS" in capsys.readouterr().out
    assert main(["verify", str(file), *keys, "--serial", "SN-9"]) == 2
    assert main(["verify", str(file)]) == 1
    assert "you gave no key" in capsys.readouterr().out


def test_a_proof_brings_along_what_a_plant_root_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = build_proof_station(tmp_path / "station", rotated=True)
    assert made.next_key is not None
    root, old, key = SigningKey.generate(), made.key.public_key, made.next_key
    writer = make_writer(made.directory, key)
    try:
        for below in (3, 2):
            said = sign_root_statement(
                Revocation("demo", old, ORIGIN, below, "Kim, QA", "stolen"), root.public_key, root
            )
            digest = DocumentStore(made.directory).put(said.encode())
            named = {"says": "revocation", "statement": digest, "root": root.public_key.hex(), "key": old.hex()}
            writer.append("key-statement", {**named, "by": PERSON}).result(10)
    finally:
        writer.close()
    file, where = tmp_path / "part.proof.json", ["--station", str(made.directory)]
    assert main(["export", "proof", TWICE, *where, "-o", str(file)]) == 0
    document = json.loads(file.read_bytes())
    assert [text.split("below ")[1][0] for text in document["root_statements"]] == ["3", "2"]
    assert [[text[:20] for text in receipts] for receipts in document["rotation_receipts"]] == [
        ["c2sp.org/tlog-proof@"]
    ]
    keys = ["--key", old.hex(), "--log-key", made.log_vkey, "--root", root.public_key.hex()]
    assert main(["verify", str(file), *keys]) == 0
    assert "the plant root revoked key" in capsys.readouterr().out
    (tmp_path / "revoked.txt").write_text(
        sign_root_statement(Revocation("demo", old, ORIGIN, 1, "Kim, QA", "earlier"), root.public_key, root)
    )
    assert main(["verify", str(file), *keys, "--revocation", str(tmp_path / "revoked.txt")]) == 2
    assert "rule KEY-04" in capsys.readouterr().out
    (tmp_path / "policy.toml").write_text(f'plant_root = "{root.public_key.hex()}"\nrequire = ["log", "rfc3161"]\n')
    policy = ["--policy", str(tmp_path / "policy.toml")]
    assert main(["verify", str(file), *keys, *policy, "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["rule"], one["place"]) for one in findings] == [("POLICY-01", f"seal of shift {n}") for n in (1, 2)]
    (tmp_path / "policy.toml").write_text(f'station_key = "{root.public_key.hex()}"\n')
    assert main(["verify", str(file), *keys, *policy]) == 3
    assert "--key and the policy name different keys" in capsys.readouterr().err


def test_it_is_small_and_shows_no_other_part(station: ProofStation) -> None:
    data = part_proof(station.directory, SERIAL, station.key.public_key, [station.log_vkey])
    assert len(data) < 8_000
    with RecordReader(station.directory) as reader:
        others = [record for record in reader.following(0, 10_000) if record.kind == "part"]
    own = {record.hash for record in others if f'"text":"{SERIAL}"'.encode() in record.data}
    for record in others:
        salt = record.data[record.data.index(b'"salt":"') + 8 :][:32]
        assert (salt in data) is (record.hash in own)
    assert b"SN-1" not in data
    assert TWICE.encode() not in data


def test_the_same_again_gives_the_same_bytes(station: ProofStation) -> None:
    key = station.key.public_key
    assert part_proof(station.directory, TWICE, key) == part_proof(station.directory, TWICE, key)
    assert lot_proof(station.directory, "L-42", key) == lot_proof(station.directory, "L-42", key)


def test_a_name_is_made_of_the_serial(
    station: ProofStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", "proof", ODD_SERIAL, "--station", str(station.directory)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"{ODD_SERIAL}.proof.json"]
    assert station.fingerprint in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize(
    ("serial", "error", "words"),
    [("SN-OPEN", ShiftError, "Shift 4 is not sealed yet"), ("nobody", NotFound, "No part has serial nobody")],
)
def test_what_cannot_be_proven_yet(
    station: ProofStation, serial: str, error: type[Exception], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(error, match=words):
        part_proof(station.directory, serial, station.key.public_key)
    assert main(["export", "proof", serial, "--station", str(station.directory)]) == 1
    assert words in capsys.readouterr().err


def test_a_lot_that_is_open_or_unknown(station: ProofStation) -> None:
    with pytest.raises(ShiftError, match="Shift 4 is not sealed yet"):
        lot_proof(station.directory, "L-44", station.key.public_key)
    with pytest.raises(NotFound, match="No shift was opened with lot L-99"):
        lot_proof(station.directory, "L-99", station.key.public_key)


def test_a_seal_that_waits_for_its_key(tmp_path: Path) -> None:
    key = SigningKey.generate()
    writer = make_writer(tmp_path, key, unlock=False)
    try:
        run_shift(writer, 1)
    finally:
        writer.close()
    with pytest.raises(ShiftError, match="not signed yet"):
        part_proof(tmp_path, "SN-000184", key.public_key)


def test_another_key_than_the_one_that_signed(station: ProofStation) -> None:
    with pytest.raises(EvidenceError, match="rule SEAL-01"):
        part_proof(station.directory, SERIAL, SigningKey.generate().public_key)


def test_proofs_after_a_rotation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = build_proof_station(tmp_path / "station", parts=1, rotated=True)
    assert station.next_key is not None
    file, where = str(tmp_path / "part.json"), ["--station", str(station.directory)]
    for serial, earlier in ((SERIAL, True), (ODD_SERIAL, False)):
        assert main(["export", "proof", serial, *where, "-o", file]) == 0
        capsys.readouterr()
        assert main(["verify", file, "--key", station.fingerprint]) == 0
        assert "give the first key" not in capsys.readouterr().out
        assert main(["verify", file, "--key", station.next_key.public_key.hex()]) == 0
        assert ("give the first key" in capsys.readouterr().out) is earlier
    lot = str(tmp_path / "lot.pdf")
    assert main(["export", "certificate", "--lot", "L-42", *where, "-o", lot, "--proof", file]) == 0
    assert main(["verify", file, "--key", station.fingerprint, "--lot", "L-42"]) == 0
    document = next((station.directory / "documents").iterdir())
    document.unlink()
    assert main(["export", "proof", SERIAL, *where, "-o", file]) == 3


def test_a_serial_of_too_many_parts(tmp_path: Path) -> None:
    key = SigningKey.generate()
    writer = make_writer(tmp_path, key)
    try:
        run_shift(writer, 51)
    finally:
        writer.close()
    with pytest.raises(EvidenceError, match="51 parts have serial SN-000184"):
        part_proof(tmp_path, "SN-000184", key.public_key)


def test_a_station_without_a_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = build_proof_station(tmp_path / "station", parts=1, anchored=False)
    (station.directory / "ledger" / "log.vkey").unlink()
    file = tmp_path / "part.json"
    assert main(["export", "proof", SERIAL, "--station", str(station.directory), "-o", str(file)]) == 0
    assert main(["verify", str(file), "--key", station.fingerprint]) == 0
    assert "nothing outside the station holds the seals" in capsys.readouterr().out.replace("\n", " ")


def test_a_proof_has_an_end(station: ProofStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_proof_module, "MAX_PROOF_BYTES", 20_000)
    with pytest.raises(FormatInvalid, match="more than 64"):
        lot_proof(station.directory, "L-42", station.key.public_key)


def test_hashes_that_are_not_those_of_the_seal(station: ProofStation) -> None:
    with RecordReader(station.directory) as reader:
        seal = reader.seal(1)
        assert seal is not None
        summary = reader.shifts()[0]
        leaves = reader.leaf_hashes(summary.first, summary.count)
    with pytest.raises(EvidenceError, match="do not have the root"):
        part_proof_module.shift_proof(seal, [*leaves[:-1], bytes(32)], [])


def test_wrong_usage(station: ProofStation, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--station", str(station.directory)]
    other = tmp_path / "certificate.pdf"
    other.write_bytes(b"%PDF-1.4")
    assert main(["verify", str(other)]) == 3
    assert main(["verify", str(tmp_path / "missing")]) == 3
    assert main(["verify", *where, "--serial", SERIAL]) == 3
    assert main(["verify", str(other), "--key", "abc"]) == 3
    other.write_bytes(b"{}")
    assert main(["verify", str(other), "--key", "abc"]) == 3
    for option in ("--ledger", "--checkpoint", "--bypass-authority"):
        assert main(["verify", str(other), option, str(other)]) == 3
        assert f"{option} is not for a proof" in capsys.readouterr().err
    assert main(["verify", str(other), "--no-images"]) == 3
    assert main(["verify", str(other), "--log-key", "abc"]) == 3
    assert main(["export", "proof", SERIAL, *where, "-o", str(tmp_path / "no" / "where.json")]) == 3
    assert main(["export", "proof", SERIAL, "--station", str(tmp_path)]) == 3
    for command in (["verify"], ["verify", str(other), *where]):
        with pytest.raises(SystemExit) as stopped:
            main(command)
        assert stopped.value.code == 2
    assert main(["verify", str(other)]) == 2
