# SPDX-License-Identifier: AGPL-3.0-or-later
"""Time stamps in the records of a station, for whoever knows the authority and for whoever does not."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from inspector.evidence.rotation import RotationDocument
from inspector.evidence.seal import SignedDocument
from inspector.evidence.timestamp import MAX_STAMP, format_stamp
from inspector.evidence.tsa_roots import TsaRoots
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.policy import Policy
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.assets.attacks.stamps import ASKS, TSA, stamped
from tests.assets.attacks.tokens import Authority, Flaws
from tests.unit.evidence_samples import FIELDS, T0_US
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.verify.bundling import bundle_of
from tests.unit.verify.changes import KEY, tampered

ROOT = Path(__file__).parents[3]
TRUSTED = Policy(tsa_roots=TsaRoots([TSA.root]), require=("rfc3161",))


def stamp(builder: StationBuilder, document: SignedDocument, token: bytes, origin: str = "tsa") -> None:
    ledger = {"kind": "rfc3161", "origin": origin}
    receipt = {"seal": document.digest, "ledger": ledger, "index": 0, "proof": format_stamp(token)}
    builder.append("receipt", receipt)


def token_of(document: SignedDocument | RotationDocument, tsa: Authority = TSA, after_s: int = 10) -> bytes:
    return tsa.stamp(hashlib.sha256(document.leaf).digest(), T0_US + after_s * 1_000_000)


def told(directory: Path, *tokens: tuple[Authority, int]) -> Path:
    """A station with one sealed shift, stamped by these authorities so many seconds after the station began."""
    with building(directory) as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        document = builder.close_shift()
        for number, (tsa, after_s) in enumerate(tokens):
            stamp(builder, document, token_of(document, tsa, after_s), f"tsa-{number}")
    return directory


def findings(report: VerificationReport) -> set[tuple[str, str]]:
    return {(one.rule, one.place) for one in report.findings}


def test_a_station_and_its_bundle_with_a_stamped_seal(tmp_path: Path) -> None:
    station = told(tmp_path / "station", (TSA, 10))
    for report in (
        verify_station(station, expected_key=KEY, policy=TRUSTED),
        verify_bundle(bundle_of(station, tmp_path / "x.zip"), expected_key=KEY, policy=TRUSTED),
    ):
        assert (report.exit_code, report.findings) == (0, [])
        assert report.checked["time stamps"] == 1
        said = [text for text in report.statements if "time stamp" in text]
        assert len(said) == 1 and "seal of shift 1" in said[0] and "2026-09-21T14:13:31Z" in said[0], said
        assert "whether certificates of time stamp authorities were revoked" in report.not_checked


def test_without_roots_it_is_said_that_nobody_knows_whose_they_are(tmp_path: Path) -> None:
    station = told(tmp_path / "station", (TSA, 10))
    report = verify_station(station, expected_key=KEY)
    assert report.exit_code == 0
    assert "1 time stamps: whose they are, since you gave no tsa_roots" in report.not_checked
    assert not any("time stamp" in text for text in report.statements)
    report = verify_station(station, expected_key=KEY, policy=Policy(require=("rfc3161",)))
    assert (report.exit_code, findings(report)) == (1, {("POLICY-01", "seal of shift 1")})


def test_an_authority_that_is_not_trusted_counts_for_nothing(tmp_path: Path) -> None:
    station = told(tmp_path / "station", (Authority("plant"), 10))
    report = verify_station(station, expected_key=KEY, policy=TRUSTED)
    assert (report.exit_code, findings(report)) == (1, {("POLICY-01", "seal of shift 1")})
    assert any("1 time stamps of authorities that you do not trust" in text for text in report.not_checked)


def test_of_several_the_earliest_that_is_trusted_counts(tmp_path: Path) -> None:
    station = told(tmp_path / "station", (TSA, 900), (TSA, 90), (Authority("plant"), 9))
    within = Policy(tsa_roots=TsaRoots([TSA.root]), stamped_within_s=100)
    assert verify_station(station, expected_key=KEY, policy=within).exit_code == 0
    closer = Policy(tsa_roots=TsaRoots([TSA.root]), stamped_within_s=80)
    report = verify_station(station, expected_key=KEY, policy=closer)
    assert (report.exit_code, findings(report)) == (1, {("LEDGER-08", "seal of shift 1")})


@pytest.mark.parametrize(("after_s", "code"), [(-60, 0), (-63, 1)])
def test_clocks_may_differ_by_a_minute(after_s: int, code: int, tmp_path: Path) -> None:
    """The seal is made some milliseconds after the first second; the authority is accurate to a second."""
    station = told(tmp_path / "station", (TSA, after_s))
    report = verify_station(station, expected_key=KEY, policy=TRUSTED)
    assert (report.exit_code, report.total) == (code, code), report.findings


def test_a_time_that_no_calendar_has(tmp_path: Path) -> None:
    """The last second of the year 9999, accurate to a day: the answer is a finding, not an error."""
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    tsa = Authority(dead=end)
    with building(tmp_path / "station") as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        document = builder.close_shift()
        t_us = 253_402_300_799_000_000
        stamp(builder, document, tsa.stamp(hashlib.sha256(document.leaf).digest(), t_us, Flaws(accuracy_s=86_400)))
    policy = Policy(tsa_roots=TsaRoots([tsa.signer]), stamped_within_s=3600)
    report = verify_station(tmp_path / "station", expected_key=KEY, policy=policy)
    assert findings(report) == {("LEDGER-08", "seal of shift 1")}
    assert "microseconds after 1970" in report.findings[0].message


def builder_place(builder: StationBuilder) -> str:
    return f"record {builder.entries[-1].seq}"


def test_a_stamp_of_something_else_in_a_record(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        first = builder.close_shift()
        builder.open_shift()
        builder.part("PASS")
        stamp(builder, builder.close_shift(), token_of(first))
    report = tampered(tmp_path / "station", "LEDGER-07", builder_place(builder))
    assert report.findings[0].message == "The time stamp is of something else"


def test_a_stamped_head_is_compared_with_its_time(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        builder.head()
        data, signature = builder.db.execute("SELECT bytes, signature FROM head").fetchone()
        stamp(builder, SignedDocument(data, signature), token_of(SignedDocument(data, signature), after_s=-3600))
    report = verify_station(tmp_path / "station", expected_key=KEY, policy=Policy(tsa_roots=TsaRoots([TSA.root])))
    assert report.exit_code == 1
    assert {rule for rule, _ in findings(report)} == {"LEDGER-08"}


def test_a_receipt_may_be_as_long_as_its_certificates_need(tmp_path: Path) -> None:
    """Real tokens with their chain have 6 kB; a proof of more than 16,000 characters is no receipt."""
    with building(tmp_path / "station") as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        document = builder.close_shift()
        certificates = [Authority(f"other {at}").root.public_bytes(Encoding.DER) for at in range(8)]
        proof = format_stamp(token_of(document), certificates)
        assert 8000 < len(proof) + 4000 < MAX_STAMP
        receipt = {"seal": document.digest, "ledger": {"kind": "rfc3161", "origin": "tsa"}, "index": 0}
        builder.append("receipt", {**receipt, "proof": proof})
    assert verify_station(tmp_path / "station", expected_key=KEY, policy=TRUSTED).exit_code == 0


def test_by_hand_as_the_page_says(tmp_path: Path) -> None:
    """The commands of docs/auditor.md on a bundle: OpenSSL takes the token over what the snippet wrote."""
    page = (ROOT / "docs" / "auditor.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"^```python time-stamps-by-hand\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(stamped().zip())
    (tmp_path / "by_hand.py").write_text(snippet, encoding="utf-8")
    (tmp_path / "root.pem").write_text(ASKS["tsa_roots"][0], encoding="ascii")
    subprocess.run([sys.executable, "by_hand.py", "bundle.zip", "2"], cwd=tmp_path, check=True)
    (command,) = re.findall(r"^openssl ts -verify .*", page, re.MULTILINE)
    found = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in found.stdout + found.stderr, found
    (tmp_path / "data").write_bytes(b"another seal")
    found = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode != 0
