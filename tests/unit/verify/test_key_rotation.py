# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rotated keys in the records: a true history verifies with any of its keys, and each lie about one is named."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from inspector.evidence.keys import SigningKey, key_fingerprint
from inspector.evidence.rotation import Rotation, sign_rotation
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import H1
from tests.unit.evidence_station import ORIGIN, STATION_KEY, StationBuilder, building

SECOND, THIRD, THIEF = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()


@dataclass
class Told:
    """What is written of one rotation; tests change it."""

    old: SigningKey = STATION_KEY
    new: SigningKey = SECOND
    signed_by: tuple[SigningKey, SigningKey] | None = None
    stated: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    document: bytes | None = b""
    anchored: bool = True


def rotate(builder: StationBuilder, told: Told) -> bytes:
    """A rotation as a station writes it, or as somebody would like it."""
    rotation = Rotation("demo", told.old.public_key, told.new.public_key, builder.chain.shift, "yearly rotation")
    statement = sign_rotation(replace(rotation, **told.stated), *(told.signed_by or (told.old, told.new)))
    document = statement if told.document == b"" else told.document
    digest = hashlib.sha256(document or b"nothing").hexdigest()
    if document is not None:
        (builder.directory / "documents").mkdir(exist_ok=True)
        (builder.directory / "documents" / digest).write_bytes(document)
    fields = {
        "statement": digest,
        "old": rotation.old.hex(),
        "new": rotation.new.hex(),
        "first_shift": rotation.first_shift,
        "by": H1,
        "reason": rotation.reason,
    }
    builder.append("key-rotate", {**fields, **told.record})
    builder.key = told.new
    if told.anchored and document is not None:
        index, proof = builder.log.add(document)
        ledger = {"kind": "tlog", "origin": ORIGIN}
        builder.append("receipt", {"seal": digest, "ledger": ledger, "index": index, "proof": proof})
    return statement


def shift(builder: StationBuilder) -> None:
    builder.open_shift()
    builder.part("PASS")
    builder.head()
    builder.close_shift()


def write(station: Path, *rotations: Told) -> bytes:
    """A shift by the first key, then a rotation and a shift for each of these."""
    statement = b""
    with building(station) as builder:
        shift(builder)
        for told in rotations:
            statement = rotate(builder, told)
            shift(builder)
        (station / "keys" / "station.pub").write_text(builder.key.public_key.hex() + "\n")
    return statement


def check(station: Path, key: SigningKey | None = STATION_KEY) -> VerificationReport:
    return verify_station(station, expected_key=None if key is None else key.public_key)


def refused(station: Path, rule: str, words: str) -> VerificationReport:
    report = check(station)
    assert report.exit_code == 2
    assert report.first is not None
    assert report.first.rule == rule, [str(found) for found in report.findings]
    assert words in report.first.message
    return report


@pytest.mark.parametrize("key", [STATION_KEY, SECOND, THIRD, None], ids=["first", "second", "third", "none"])
def test_a_rotated_station_verifies_with_each_of_its_keys(tmp_path: Path, key: SigningKey | None) -> None:
    write(tmp_path / "station", Told(), Told(old=SECOND, new=THIRD))
    report = check(tmp_path / "station", key)
    assert report.exit_code == 0, [str(found) for found in report.findings]
    assert report.checked["key rotations"] == 2
    before, after = (key_fingerprint(one.public_key)[:16] for one in (STATION_KEY, SECOND))
    assert f"shift 2: key {before} was replaced by key {after}: yearly rotation" in report.statements
    limits = [text for text in report.not_checked if "earlier keys" in text]
    if key is STATION_KEY:
        assert limits == []
    else:
        assert limits[0].startswith("shifts 1 to 2" if key in (THIRD, None) else "shifts 1 to 1 ")


def test_a_key_of_nobody(tmp_path: Path) -> None:
    write(tmp_path / "station", Told())
    report = check(tmp_path / "station", THIEF)
    assert [found.rule for found in report.findings] == ["KEY-01"]
    assert report.exit_code == 2


def test_key_file_of_somebody_else(tmp_path: Path) -> None:
    write(tmp_path / "station", Told())
    (tmp_path / "station" / "keys" / "station.pub").write_text(THIEF.public_key.hex())
    for key in (STATION_KEY, None):
        report = check(tmp_path / "station", key)
        assert (report.exit_code, report.first and report.first.rule) == (2, "KEY-01")


def test_killed_before_the_key_files_were_exchanged(tmp_path: Path) -> None:
    """The record is the moment of the change; the key file follows at the next start."""
    write(tmp_path / "station", Told())
    (tmp_path / "station" / "keys" / "station.pub").write_text(STATION_KEY.public_key.hex())
    assert check(tmp_path / "station", SECOND).exit_code == 0


LIES: dict[str, tuple[Told, str, str]] = {
    "not signed by the old key": (Told(signed_by=(THIEF, SECOND)), "KEY-02", "not signed by both"),
    "not signed by the new key": (Told(signed_by=(STATION_KEY, THIEF)), "KEY-02", "not signed by both"),
    "another shift in the statement": (Told(stated={"first_shift": 3}), "KEY-02", "does not say what"),
    "another station in the statement": (Told(stated={"station": "other"}), "KEY-02", "does not say what"),
    "another key in the statement": (Told(stated={"new": THIEF.public_key}), "KEY-02", "does not say what"),
    "another reason in the record": (Told(record={"reason": "because"}), "KEY-02", "does not say what"),
    "no statement": (Told(document=None), "KEY-02", "nothing vouches"),
    "no note": (Told(document=b"hello"), "KEY-02", "malformed"),
    "another hash in the record": (Told(record={"statement": H1}, anchored=False), "KEY-02", "nothing vouches"),
    "too early a shift": (Told(stated={"first_shift": 1}, record={"first_shift": 1}), "KEY-03", "stands in shift 2"),
    "too late a shift": (Told(stated={"first_shift": 3}, record={"first_shift": 3}), "KEY-03", "stands in shift 2"),
    "by a key that is not in force": (Told(old=THIEF), "SEAL-01", "another key than that of its shift"),
}


@pytest.mark.parametrize(("told", "rule", "words"), LIES.values(), ids=LIES.keys())
def test_each_lie_about_a_rotation(tmp_path: Path, told: Told, rule: str, words: str) -> None:
    write(tmp_path / "station", told)
    report = check(tmp_path / "station")
    found = [finding for finding in report.findings if finding.rule == rule and words in finding.message]
    assert report.exit_code == 2
    assert found, [str(finding) for finding in report.findings]


def test_a_statement_with_a_third_signature(tmp_path: Path) -> None:
    statement = write(tmp_path / "good", Told())
    line = statement.decode().splitlines(keepends=True)[-1]
    write(tmp_path / "station", Told(document=statement + line.encode()))
    refused(tmp_path / "station", "KEY-02", "malformed")


def test_changed_statement(tmp_path: Path) -> None:
    statement = write(tmp_path / "station", Told())
    path = tmp_path / "station" / "documents" / hashlib.sha256(statement).hexdigest()
    path.write_bytes(statement.replace(b"yearly", b"hourly"))
    assert {"KEY-02", "DOC-01", "LEDGER-01"} <= {finding.rule for finding in check(tmp_path / "station").findings}


def seal_by(key: SigningKey) -> Callable[[StationBuilder], None]:
    def write(builder: StationBuilder) -> None:
        shift(builder)
        rotate(builder, Told())
        builder.key = key
        shift(builder)

    return write


def in_an_open_shift(builder: StationBuilder) -> None:
    shift(builder)
    builder.open_shift()
    rotate(builder, Told())
    builder.part("PASS")
    builder.close_shift()


def twice_in_a_shift(builder: StationBuilder) -> None:
    shift(builder)
    rotate(builder, Told())
    rotate(builder, Told(old=SECOND, new=THIRD))
    shift(builder)


def a_fork(builder: StationBuilder) -> None:
    shift(builder)
    rotate(builder, Told())
    shift(builder)
    rotate(builder, Told(old=STATION_KEY, new=THIRD))
    shift(builder)


def back_again(builder: StationBuilder) -> None:
    shift(builder)
    rotate(builder, Told())
    shift(builder)
    rotate(builder, Told(old=SECOND, new=STATION_KEY))
    shift(builder)


ATTACKS: dict[str, tuple[Callable[[StationBuilder], None], str, str]] = {
    "seal by the old, stolen key": (seal_by(STATION_KEY), "SEAL-01", "another key than that of its shift"),
    "seal by a key of nobody": (seal_by(THIEF), "SEAL-01", "another key than that of its shift"),
    "in an open shift": (in_an_open_shift, "KEY-03", "a shift is open"),
    "twice in a shift": (twice_in_a_shift, "KEY-03", "in this shift already"),
    "by the old, stolen key": (a_fork, "KEY-03", "not the one in force"),
    "back to an old key": (back_again, "KEY-03", "was in force before"),
}


@pytest.mark.parametrize(("attack", "rule", "words"), ATTACKS.values(), ids=ATTACKS.keys())
def test_attacks(tmp_path: Path, attack: Callable[[StationBuilder], None], rule: str, words: str) -> None:
    with building(tmp_path / "station") as builder:
        attack(builder)
        (builder.directory / "keys" / "station.pub").write_text(builder.key.public_key.hex() + "\n")
    report = check(tmp_path / "station")
    assert report.exit_code == 2
    found = [finding for finding in report.findings if finding.rule == rule and words in finding.message]
    assert found, [str(finding) for finding in report.findings]


def test_a_rotation_in_the_log_that_the_records_do_not_name(tmp_path: Path) -> None:
    """Whoever held the old key long enough to reach the log is seen in it."""
    with building(tmp_path / "station") as builder:
        shift(builder)
        forged = Rotation("demo", STATION_KEY.public_key, THIEF.public_key, 2, "mine now")
        builder.log.add(sign_rotation(forged, STATION_KEY, THIEF))
    refused(tmp_path / "station", "LEDGER-03", "a rotation that the records do not name")


def test_rotations_of_other_stations_are_not_judged(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        shift(builder)
        other = Rotation("demo-2", THIRD.public_key, THIEF.public_key, 2, "theirs")
        builder.log.add(sign_rotation(other, THIRD, THIEF))
    report = check(tmp_path / "station")
    assert report.exit_code == 0
    assert report.checked["log entries of other stations"] == 1


def test_a_history_cut_off_before_the_rotation(tmp_path: Path) -> None:
    write(tmp_path / "station", Told())
    with building(tmp_path / "before") as builder:
        shift(builder)
    shutil.copytree(tmp_path / "station" / "ledger", tmp_path / "before" / "ledger", dirs_exist_ok=True)
    assert check(tmp_path / "before").exit_code == 2
    assert check(tmp_path / "before", SECOND).exit_code == 2
