# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export certificate`: what the paper says is what the proof says, letter by letter the same each time."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from inspector.certificate.facts import NOT_PROVEN, Facts, Section, certificate_facts
from inspector.certificate.page import FOOTNOTE, certificate_pdf
from inspector.cli.main import main
from inspector.errors import EvidenceError
from inspector.evidence.keys import SigningKey
from inspector.store.proofs import lot_proof, part_proof
from tests.proof_station import SERIAL, ProofStation, build_proof_station


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> ProofStation:
    return build_proof_station(tmp_path_factory.mktemp("certificate") / "station", parts=60)


@pytest.fixture(scope="module")
def exported(station: ProofStation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("out") / "L-42.pdf"
    assert main(["export", "certificate", "--lot", "L-42", "--station", str(station.directory), "-o", str(file)]) == 0
    return file


def words(data: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def test_the_paper_says_what_the_proof_says(station: ProofStation, exported: Path) -> None:
    proof = exported.with_suffix(".proof.json")
    text = words(exported.read_bytes())
    shifts = json.loads(proof.read_bytes())["shifts"]
    for expected in (
        "Lot L-42, station demo",
        "inspected 66",
        "verdict FAIL 23",
        "verdict NO_DECISION 20",
        "verdict PASS 23",
        "let through, good lane 23",
        "rejected, reject lane 43",
        "counted but not inspected (gaps) 3",
        "entry 0 of log example.com/plant",
        "entry 1 of log example.com/plant",
        "top: Inspector SimCam, serial SIM-1",
        "The seals count 1 challenge parts",
        "no-verdict",
        "not independently established",
        "shift closed",
        "SN-100059",
        "(none read)",
        *(hashlib.sha256(shift["seal"].encode()).hexdigest() for shift in shifts),
    ):
        assert expected in text.replace("\n", " "), expected
    assert hashlib.sha256(proof.read_bytes()).hexdigest() in text
    assert all(sentence.split(":")[0] in text.replace("\n", " ") for sentence in NOT_PROVEN)
    for other in ("SN-900000", "RED-1", station.fingerprint):
        assert other not in text


def test_a_lot_in_which_nothing_happened(station: ProofStation) -> None:
    key = station.key.public_key
    facts = certificate_facts(lot_proof(station.directory, "L-43", key), key, "x", "0" * 64)
    text = words(certificate_pdf(facts)).replace("\n", " ")
    assert "No challenge was recorded in these shifts." in text
    assert "No bypass was recorded in these shifts." in text
    assert "outcome not recorded 1" in text
    assert "Whether 1 parts were let through: their outcome is not in the proof." in text
    assert "anchored" in text


def test_its_companion_is_checked_like_any_proof(station: ProofStation, exported: Path) -> None:
    proof = str(exported.with_suffix(".proof.json"))
    keys = ["--key", station.fingerprint, "--log-key", station.log_vkey]
    assert main(["verify", proof, *keys, "--lot", "L-42"]) == 0
    assert main(["verify", proof, *keys, "--lot", "L-43"]) == 2


def test_simulated_stands_on_every_page(exported: Path) -> None:
    pages = PdfReader(exported).pages
    assert len(pages) > 2
    assert all("SIMULATED" in page.extract_text() for page in pages)


def test_letters_that_the_font_lacks_are_told(exported: Path) -> None:
    text = words(exported.read_bytes()).replace("\n", "")
    assert "Größe-<U+0416>-<U+4E2D>-7" in text
    assert FOOTNOTE.replace(" ", "") in text.replace(" ", "")
    plain = certificate_pdf(Facts("L-1", "demo", False, [Section("Größe <b>&", ["a\nb"])]))
    assert "Größe <b>&" in words(plain)
    assert "U+" not in words(plain)
    assert "SIMULATED" not in words(plain)


def test_fonts_are_in_it(exported: Path) -> None:
    fonts = PdfReader(exported).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    used = [font.get_object() for font in fonts.values()]
    embedded = [font for font in used if "/FontDescriptor" in font and "/FontFile2" in font["/FontDescriptor"]]
    assert {font["/BaseFont"].split("+")[1] for font in embedded} == {
        "BitstreamVeraSans-Roman",
        "BitstreamVeraSans-Bold",
    }


def test_the_same_again_gives_the_same_bytes(station: ProofStation, exported: Path, tmp_path: Path) -> None:
    """In another process, with another order of sets and another clock."""
    again = tmp_path / exported.name
    command = [sys.executable, "-m", "inspector.cli", "export", "certificate", "--lot", "L-42"]
    command += ["--station", str(station.directory), "-o", str(again)]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=60)
    assert again.read_bytes() == exported.read_bytes()
    assert again.with_suffix(".proof.json").read_bytes() == exported.with_suffix(".proof.json").read_bytes()


def test_no_paper_for_what_does_not_hold(station: ProofStation) -> None:
    key = station.key.public_key
    good = lot_proof(station.directory, "L-42", key)
    for proof, signed_by, said in (
        (good.replace(b"SN-100001", b"SN-100901"), key, "PROOF-02"),
        (good, SigningKey.generate().public_key, "KEY-01"),
        (part_proof(station.directory, SERIAL, key), key, "no certificate"),
    ):
        with pytest.raises(EvidenceError, match=said):
            certificate_facts(proof, signed_by, "x", "0" * 64)


def test_no_paper_from_changed_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = build_proof_station(tmp_path / "station", parts=1)
    with closing(sqlite3.connect(station.directory / "records.sqlite")) as database:
        database.execute("DROP TRIGGER record_no_update")
        database.execute("UPDATE record SET bytes = CAST(replace(bytes, 'SN-000002', 'SN-000009') AS BLOB)")
        database.commit()
    file = tmp_path / "L-42.pdf"
    assert main(["export", "certificate", "--lot", "L-42", "--station", str(station.directory), "-o", str(file)]) == 3
    assert "is not in the seal of shift 1" in capsys.readouterr().err
    assert not file.exists()


def test_without_its_library_it_says_what_to_install(
    station: ProofStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "reportlab", None)
    file = tmp_path / "a.pdf"
    assert main(["export", "certificate", "--lot", "L-42", "--station", str(station.directory), "-o", str(file)]) == 3
    assert "inspector-station[certificate]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_one_file_cannot_be_both(station: ProofStation, tmp_path: Path) -> None:
    file = str(tmp_path / "a.pdf")
    where = ["--station", str(station.directory)]
    assert main(["export", "certificate", "--lot", "L-42", *where, "-o", file, "--proof", file]) == 3
    assert main(["export", "certificate", "--lot", "none", *where, "-o", file]) == 1
    assert not Path(file).exists()
