# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bundles: what lies in one against what it says of itself, borders to records that are not in it, and any bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.cli import main
from inspector.evidence.bundle import BundleWriter
from inspector.evidence.note import Checkpoint, NoteKey, sign_checkpoint
from inspector.evidence.verify import bundle_content as verify_bundle_content
from inspector.evidence.verify import container as verify_container
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.container import Container
from inspector.evidence.verify.report import Severity, VerificationReport
from tests.assets.attacks.bundle import Pieces, zip_of
from tests.assets.attacks.outsider import only
from tests.assets.attacks.table import honest
from tests.unit.evidence_samples import FIELDS, H1, H2, LINE_BOOT
from tests.unit.evidence_station import LOG_KEY, ORIGIN, building
from tests.unit.verify.bundling import bundle_of
from tests.unit.verify.changes import KEY

Put = Callable[[Pieces | bytes], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(pieces: Pieces | bytes) -> Path:
        path = tmp_path / "F.zip"
        path.write_bytes(pieces if isinstance(pieces, bytes) else pieces.zip())
        return path

    return write


def told(report: VerificationReport, severity: Severity = Severity.TAMPERED) -> set[tuple[str, str]]:
    return {(finding.rule, finding.place) for finding in report.of(severity)}


def manifest(**fields: Any) -> Pieces:
    pieces = honest()
    pieces.manifest |= fields
    return pieces


def scope(kind: str, value: str, pieces: Pieces | None = None) -> Pieces:
    pieces = pieces or honest()
    pieces.manifest["scope"] = {"kind": kind, "value": value}
    return pieces


@pytest.mark.parametrize(
    "pieces",
    [
        manifest(v=2),
        manifest(type="seal"),
        manifest(station=""),
        manifest(first=0),
        manifest(images=None),
        manifest(more=1),
        scope("week", "1"),
        scope("lot", "x" * 201),
        manifest(scope={"kind": "all"}),
    ],
)
def test_a_manifest_of_another_shape(put: Put, pieces: Pieces) -> None:
    report = verify_bundle(put(pieces))
    assert told(report) == {("BUNDLE-02", "bundle.json")}
    assert "what lies in the bundle was not looked at" in report.not_checked


def test_a_manifest_that_is_missing_or_endless(put: Put) -> None:
    members = honest().members()
    for first in ([], [("bundle.json", b"x" * 65_000)]):
        report = verify_bundle(put(zip_of([*first, *members[1:]])))
        assert told(report) == {("BUNDLE-02", "bundle.json")}


@pytest.mark.parametrize(
    ("pieces", "good"),
    [
        (scope("all", ""), True),
        (scope("all", "x"), False),
        (scope("all", "", only(2)), False),
        (scope("shift", "2", only(2)), True),
        (scope("shift", "02", only(2)), False),
        (scope("shift", "1", only(2)), False),
        (scope("shift", "1"), False),
        (scope("lot", "L-2", only(2)), True),
        (scope("lot", "L-1", only(2)), False),
        (scope("lot", "L-2"), False),
        (scope("lot", "another"), False),
        (scope("time", "2020-01-01T00:00:00Z/2040-01-01T00:00:00Z"), True),
        (scope("time", "2020-01-01T00:00:00Z/2020-01-02T00:00:00Z"), False),
        (scope("time", "2039-01-01T00:00:00Z/2040-01-01T00:00:00Z"), False),
        (scope("time", "2040-01-01T00:00:00Z/2020-01-01T00:00:00Z"), False),
        (scope("time", "2020-01-01T00:00:00Z/2020-13-02T00:00:00Z"), False),
        (scope("time", "2020-01-01T00:00:00Z"), False),
    ],
)
def test_the_choice_fits_the_records(put: Put, pieces: Pieces, good: bool) -> None:
    report = verify_bundle(put(pieces))
    assert told(report) == (set() if good else {("BUNDLE-02", "bundle.json")})


@pytest.mark.parametrize(
    "fields",
    [
        {"count": 3},
        {"first": 2},
        {"station": "line-9"},
        {"last_shift": 9},
        {"first_shift": 2},
        {"prev": H1},
        {"prev_seal": H1},
        {"images": False},
    ],
)
def test_a_manifest_that_contradicts_the_records(put: Put, fields: dict[str, object]) -> None:
    assert ("BUNDLE-02", "bundle.json") in told(verify_bundle(put(manifest(**fields))))


@pytest.mark.parametrize("fields", [{"prev": H1}, {"prev_seal": H1}, {"prev": "0" * 64}, {"first_shift": 1}])
def test_what_ties_a_bundle_to_what_came_before(put: Put, fields: dict[str, object]) -> None:
    pieces = only(2)
    assert verify_bundle(put(pieces)).findings == []
    pieces.manifest |= fields
    assert ("BUNDLE-02", "bundle.json") in told(verify_bundle(put(pieces)))


LINES: dict[str, tuple[Callable[[Pieces], object], str]] = {
    "a seal without signature": (lambda p: replaced(p.seals, 0, line=b"{}\n"), "seals.txt, line 1"),
    "a seal among the heads": (lambda p: p.heads.append(p.seals[0]), "heads.txt, line 3"),
    "a head twice": (lambda p: p.heads.append(p.heads[0]), "heads.txt, line 3"),
    "seals out of order": (lambda p: p.seals.reverse(), "seals.txt, line 2"),
}


def replaced(documents: list[Any], index: int, **fields: bytes) -> None:
    class Line:
        line = fields["line"]

    documents[index] = Line


@pytest.mark.parametrize("name", LINES)
def test_lines_of_another_form_or_order(put: Put, name: str) -> None:
    pieces, (change, place) = honest(), LINES[name]
    change(pieces)
    assert ("BUNDLE-02", place) in told(verify_bundle(put(pieces)))


def test_a_last_line_without_a_newline_and_a_line_without_end(put: Put) -> None:
    members = dict(honest().members())
    for name in ("records.jsonl", "seals.txt", "heads.txt"):
        report = verify_bundle(put(zip_of(list({**members, name: members[name][:-1]}.items()))))
        assert told(report) == {("BUNDLE-02", name)}
    endless = members["records.jsonl"] + b"x" * 3_000_000 + b"\n"
    report = verify_bundle(put(zip_of(list({**members, "records.jsonl": endless}.items()))))
    assert ("FORMAT-01", f"record {len(honest().records) + 1}") in told(report)
    signature = b"-" * 70_000 + b"\n"
    report = verify_bundle(put(zip_of(list({**members, "heads.txt": signature}.items()))))
    assert ("BUNDLE-02", "heads.txt, line 1") in told(report)


def test_receipts_that_no_record_carries(put: Put) -> None:
    pieces = only(1)
    assert pieces.receipts
    assert verify_bundle(put(pieces)).findings == []
    for change, rule in (
        (lambda p: p.receipts.append(p.receipts[0]), "BUNDLE-02"),
        (lambda p: p.receipts[0].update(more=1), "FORMAT-02"),
        (lambda p: p.receipts[0].update(seal=H2), "LEDGER-01"),
        (lambda p: p.receipts[0].update(index=77), "LEDGER-01"),
        (lambda p: p.receipts[0].update(index=1.5), "FORMAT-02"),
    ):
        pieces = only(1)
        change(pieces)
        assert rule in {rule for rule, place in told(verify_bundle(put(pieces))) if place.startswith("receipts.txt")}
    pieces = honest()
    receipt = next(json.loads(data) for data in pieces.records if b'"type":"receipt"' in data)
    pieces.receipts.append({name: receipt[name] for name in ("seal", "ledger", "index", "proof")})
    assert told(verify_bundle(put(pieces))) == {("BUNDLE-02", "receipts.txt, line 1")}


def test_a_receipt_of_another_ledger_is_not_checked(put: Put) -> None:
    pieces = only(1)
    pieces.receipts[0] |= {"proof": "0x1234", "ledger": {"kind": "evm", "origin": "chain 7"}}
    report = verify_bundle(put(pieces))
    assert any("receipts of ledger kind evm were not checked" in words for words in report.not_checked)


def test_images_in_another_order(put: Put) -> None:
    members = honest().members()
    images = [member for member in members if member[0].startswith("images/")]
    others = [member for member in members if not member[0].startswith("images/")]
    report = verify_bundle(put(zip_of([*others, *reversed(images)])))
    assert told(report) == {("BUNDLE-02", "images")}


def test_images_left_out_are_not_checked(put: Put) -> None:
    pieces = manifest(images=False)
    pieces.files = {name: data for name, data in pieces.files.items() if not name.startswith("images/")}
    report = verify_bundle(put(pieces))
    assert report.findings == []
    assert "the bundle was made without image files" in report.not_checked
    assert "images" not in report.checked
    report = verify_bundle(put(honest()), check_images=False)
    assert report.findings == []
    assert "checksums of image files were not compared" in report.not_checked


def test_a_document_that_is_too_long(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_bundle_content, "LONGEST_DOCUMENT", 20)
    rules = {rule for rule, place in told(verify_bundle(put(honest()))) if place.startswith("member documents/")}
    assert rules == {"BUNDLE-02"}


def test_a_key_of_the_log_that_is_none_or_another(put: Put) -> None:
    stranger = NoteKey("example.com/plant-log", KEY)
    assert ("KEY-01", "keys/log.vkey") in told(verify_bundle(put(honest()), log_key=stranger))
    pieces = honest()
    pieces.files["keys/log.vkey"] = b"no key\n"
    assert ("KEY-01", "keys/log.vkey") in told(verify_bundle(put(pieces)))
    del pieces.files["keys/log.vkey"]
    report = verify_bundle(put(pieces))
    assert told(report, Severity.UNCHECKED) == {("LEDGER-01", "ledger")}
    assert any("keys/log.vkey" in finding.message for finding in report.findings)
    del pieces.files["keys/station.pub"]
    assert ("KEY-01", "keys/station.pub") in told(verify_bundle(put(pieces)), Severity.UNCHECKED)


# Borders


LATE = {"line_boot": LINE_BOOT, "part_seq": 900}


def late_outcome(of: str, part_seq: int = 900) -> dict[str, object]:
    return {**FIELDS["outcome"], "key": {**LATE, "part_seq": part_seq}, "part": of}


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """Four shifts; what belongs to the first comes late, in the second."""
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.part("PASS")
        late = builder.append("part", {**FIELDS["part"], "key": LATE, "verdict": "FAIL", "views": []}).digest.hex()
        builder.append("challenge-start", FIELDS["challenge-start"])
        seal = builder.close_shift(anchor=False)
        builder.anchor(seal)
        builder.append("outcome", late_outcome(late))
        builder.append("challenge", {**FIELDS["challenge"], "passed_since": None})
        builder.append("bypass-end", {"start": H1, "why": "restart", "ended_by": None})
        builder.append("image-erased", {**FIELDS["image-erased"], "part": late})
        builder.append("hold-end", FIELDS["hold-end"])
        builder.open_shift()
        builder.part("PASS")
        builder.close_shift()
        builder.open_shift()
        builder.part("FAIL")
        builder.head()
    return tmp_path / "station"


def test_what_belongs_to_something_before_is_counted(station: Path, tmp_path: Path) -> None:
    report = verify_bundle(bundle_of(station, tmp_path / "F.zip", 2, 2), expected_key=KEY)
    assert (report.exit_code, report.of(Severity.TAMPERED)) == (0, [])
    (sentence,) = [sentence for sentence in report.not_checked if "could not be followed" in sentence]
    assert sentence.endswith(
        "could not be followed: 1 ends of a bypass, 1 ends of legal holds, 1 erasures, 1 outcomes, 1 receipts,"
        " 1 results of challenges"
    )
    later = verify_bundle(bundle_of(station, tmp_path / "F.zip", 3), expected_key=KEY)
    assert later.findings == []
    assert any("of open shift 3: not sealed, signed up to record" in sentence for sentence in later.not_checked)
    whole = verify_bundle(bundle_of(station, tmp_path / "F.zip"), expected_key=KEY)
    assert {rule for rule, _ in told(whole)} == {"BYPASS-04", "CHALLENGE-01", "IMAGE-04", "HOLD-02"}


@pytest.mark.parametrize(
    ("kind", "fields", "rule"),
    [
        ("outcome", late_outcome(H1, 1), "PART-04"),
        ("outcome", late_outcome(H1, 2), "PART-04"),
        ("challenge", {**FIELDS["challenge"], "passed_since": None}, "CHALLENGE-01"),
        ("bypass-end", {"start": H1, "why": "restart", "ended_by": None}, "BYPASS-04"),
        ("image-erased", FIELDS["image-erased"], "IMAGE-04"),
        ("image-lost", FIELDS["image-lost"], "IMAGE-03"),
    ],
)
def test_only_once_and_only_what_may_come_late(tmp_path: Path, kind: str, fields: dict[str, Any], rule: str) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.close_shift()
        builder.open_shift()
        builder.part("PASS")
        builder.part("PASS")
        for _ in range(2):
            builder.db.execute("DELETE FROM outcome_key")
            builder.append(kind, fields)
        builder.close_shift()
    report = verify_bundle(bundle_of(tmp_path / "station", tmp_path / "F.zip", 2, 2), expected_key=KEY)
    assert rule in {rule for rule, _ in told(report)}


def test_keys_that_do_not_begin_with_one(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        for _ in range(3):
            builder.part("FAIL")
        builder.close_shift()
        builder.open_shift()
        for number in (4, 6, 5):
            builder.part_seq = number - 1
            builder.part("FAIL")
        builder.part_seq = 2
        for table in ("part_key", "outcome_key"):
            builder.db.execute(f"DELETE FROM {table}")
        builder.part("FAIL")
        builder.close_shift()
    path = tmp_path / "F.zip"
    report = verify_bundle(bundle_of(tmp_path / "station", path, 2, 2), expected_key=KEY)
    assert report.findings == [], "a part of shift 1 has the key of the last one, which only a longer bundle can show"
    assert {rule for rule, _ in told(verify_bundle(bundle_of(tmp_path / "station", path)))} == {"PART-02", "PART-04"}


def test_a_checkpoint_that_the_auditor_kept(station: Path, tmp_path: Path) -> None:
    path = bundle_of(station, tmp_path / "F.zip")
    kept = (station / "ledger" / "checkpoint").read_bytes()
    report = verify_bundle(path, expected_key=KEY, known_checkpoint=kept)
    assert told(report, Severity.UNCHECKED) == set(), "the newest receipt has the same size"
    older = sign_checkpoint(Checkpoint(ORIGIN, 1, bytes(32)), LOG_KEY, LOG_KEY.public_key).encode()
    assert "LEDGER-05" in {rule for rule, _ in told(verify_bundle(path, known_checkpoint=older))}
    other = sign_checkpoint(Checkpoint(ORIGIN, 99, bytes(32)), LOG_KEY, LOG_KEY.public_key).encode()
    report = verify_bundle(path, expected_key=KEY, known_checkpoint=other)
    assert told(report, Severity.UNCHECKED) >= {("LEDGER-05", "your checkpoint")}


def test_what_cannot_be_opened_is_not_tampering(tmp_path: Path, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(verify_bundle(tmp_path / "nowhere.zip"), Severity.UNCHECKED) == {("BUNDLE-01", "nowhere.zip")}
    (tmp_path / "folder.zip").mkdir()
    assert verify_bundle(tmp_path / "folder.zip").exit_code == 1
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.zip")
        assert verify_bundle(tmp_path / "pipe.zip").exit_code == 1
        assert main(["verify", str(tmp_path / "pipe.zip")]) == 1
    path = put(honest())

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    real = Container.chunks
    for name in ("records.jsonl", "seals.txt", "bundle.json"):
        monkeypatch.setattr(
            Container, "chunks", lambda self, member, bad=name: fail() if member.name == bad else real(self, member)
        )
        report = verify_bundle(path)
        assert (report.exit_code, report.findings[0].rule) == (1, "BUNDLE-01"), name


# Any bytes

MEMBERS = honest().members()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(MEMBERS) - 1), st.integers(0, 60_000), st.binary(max_size=12), st.integers(0, 12))
def test_any_change_inside_a_member(put: Put, which: int, at: int, new: bytes, gone: int) -> None:
    """The container is in order again after each change: the content has to show it, or nothing was changed."""
    name, data = MEMBERS[which]
    at %= len(data) + 1
    changed = data[:at] + new + data[at + gone :]
    report = verify_bundle(put(zip_of([*MEMBERS[:which], (name, changed), *MEMBERS[which + 1 :]])))
    assert report.exit_code != 0 or changed.strip() == data.strip()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*verify_container.FIXED, f"documents/{H1}", f"images/11/{H1}.png", "challenge/a"]),
            st.binary(max_size=200) | st.sampled_from([data for _, data in MEMBERS[:6]]),
        ),
        max_size=9,
        unique_by=lambda member: member[0],
    )
)
def test_any_members(tmp_path: Path, members: list[tuple[str, bytes]]) -> None:
    path = tmp_path / "F.zip"
    names = [*verify_container.FIXED, f"documents/{H1}", "challenge/a", f"images/11/{H1}.png"]
    with path.open("w+b") as stream, closing(BundleWriter(stream)) as writer:
        for name, data in sorted(members, key=lambda member: names.index(member[0])):
            writer.add(name, data)
        writer.finish()
    assert verify_bundle(path).exit_code != 0


def flips(put: Put, positions: range) -> None:
    whole = honest().zip()
    for at in positions[: len(whole)]:
        path = put(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        report = verify_bundle(path)
        assert report.exit_code == 2, (at, report.findings)


def test_a_flipped_bit_is_found(put: Put) -> None:
    flips(put, range(0, len(honest().zip()), 331))


@pytest.mark.long
def test_a_flipped_bit_in_every_byte_is_found(put: Put) -> None:
    flips(put, range(len(honest().zip())))
