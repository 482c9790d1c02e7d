# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erasures after a bundle: what the exporter proves, what the verifier believes, and what it refuses."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.auditor import verify_bundle as auditor
from inspector.clock import SimulatedClock
from inspector.evidence.bundle import BundleWriter
from inspector.evidence.keys import create_key
from inspector.evidence.merkle import leaf_hash, prove, root, subset_spans
from inspector.evidence.retention import Retention, RetentionRule
from inspector.evidence.shift_tree import BLOCK, ShiftTree
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.later import read_line
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.store.bundle import Exported, export_bundle, one_shift
from tests.history_station import Station

RULES = Retention("thirty days", (RetentionRule(30),))
MEMBER = "erasures.jsonl"
LONG = "\x01" * 1000
"""A reason that is 7000 bytes long inside of a line."""


def history(folder: Path, *, erase: int, parts: int = 3, sealed: bool = True, reason: str = "old enough") -> Path:
    """A shift with images, one without rules, and a third in which images of the first are erased."""
    (folder / "keys").mkdir(parents=True)
    key = create_key(folder / "keys/station.key", "a long passphrase", folder / "keys/station.pub")
    clock = SimulatedClock()
    station = Station(folder, key, clock, unlock=True)
    station.shift(1, parts, retention=RULES)
    station.shift(100, 1, retention=RULES)
    clock.advance_ms(31 * 86_400_000)
    for number in (*range(erase), parts):
        station.erase(number, RULES, reason)
    if sealed:
        station.shift(200, 1)
    station.close()
    return folder


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return history(tmp_path_factory.mktemp("later") / "station", erase=1)


def exported(station: Path, output: Path, shift: int = 1, **options: Any) -> tuple[Exported, dict[str, bytes]]:
    done = export_bundle(station, one_shift(shift), output, **options)
    with zipfile.ZipFile(output) as archive:
        return done, {name: archive.read(name) for name in archive.namelist()}


def rules(report: VerificationReport, severity: Severity = Severity.TAMPERED) -> set[str]:
    return {finding.rule for finding in report.of(severity)}


def test_an_image_erased_in_a_later_shift_is_explained(station: Path, tmp_path: Path) -> None:
    done, found = exported(station, tmp_path / "F.zip")
    assert (done.images, done.images_erased, done.images_missing, done.damaged_shifts) == (2, 1, 0, [])
    assert list(found).index(MEMBER) == list(found).index("receipts.txt") + 1
    (line,) = found[MEMBER].splitlines()
    fields = json.loads(line)
    assert (fields["shift"], len(fields["records"])) == (3, 1), "the erasure of an image of shift 2 stays out"
    report = verify_bundle(tmp_path / "F.zip")
    assert (report.verdict, report.findings) == ("VERIFIED", [])
    assert report.checked["images erased by rule"] == 1
    assert any(sentence.startswith("1 image erased by rule 'thirty days'") for sentence in report.statements)
    assert "legal holds were not held against 1 erasures after the last record here" in report.not_checked
    exported(station, tmp_path / "G.zip")
    assert (tmp_path / "G.zip").read_bytes() == (tmp_path / "F.zip").read_bytes()


def test_a_bundle_that_does_not_begin_with_record_1(station: Path, tmp_path: Path) -> None:
    _, found = exported(station, tmp_path / "F.zip", 2)
    assert len(found[MEMBER].splitlines()) == 1
    report = verify_bundle(tmp_path / "F.zip")
    assert (report.verdict, report.findings) == ("VERIFIED", [])


def test_without_images_or_without_later_erasures_the_member_is_absent(station: Path, tmp_path: Path) -> None:
    assert MEMBER not in exported(station, tmp_path / "F.zip", images=False)[1]
    assert MEMBER not in exported(station, tmp_path / "G.zip", 3)[1]
    assert verify_bundle(tmp_path / "F.zip").exit_code == 0


def test_an_erasure_of_the_open_shift_is_in_no_bundle_yet(tmp_path: Path) -> None:
    done, found = exported(history(tmp_path / "station", erase=1, sealed=False), tmp_path / "F.zip")
    assert MEMBER not in found
    assert done.images_erased == 1
    report = verify_bundle(tmp_path / "F.zip")
    assert (report.exit_code, rules(report), rules(report, Severity.UNCHECKED)) == (1, set(), {"IMAGE-02"})


def test_many_are_put_on_lines_of_twenty(tmp_path: Path) -> None:
    done, found = exported(history(tmp_path / "station", erase=21, parts=21), tmp_path / "F.zip")
    assert [len(json.loads(line)["records"]) for line in found[MEMBER].splitlines()] == [20, 1]
    assert (done.images, done.images_erased) == (0, 21)
    report = verify_bundle(tmp_path / "F.zip")
    assert (report.findings, report.checked["images erased by rule"]) == ([], 21)


def test_long_reasons_make_shorter_lines(tmp_path: Path) -> None:
    _, found = exported(history(tmp_path / "station", erase=12, parts=12, reason=LONG), tmp_path / "F.zip")
    lines = found[MEMBER].splitlines()
    assert [len(json.loads(line)["records"]) for line in lines] == [6, 6]
    assert max(map(len, lines)) <= 65_000
    assert verify_bundle(tmp_path / "F.zip").findings == []


@pytest.mark.parametrize("column", ["bytes", "hash"])
def test_a_damaged_later_shift_does_not_keep_the_bundle_from_being_made(tmp_path: Path, column: str) -> None:
    station = history(tmp_path / "station", erase=1)
    with closing(sqlite3.connect(station / "records.sqlite")) as db:
        db.execute("DROP TRIGGER record_no_update")
        query = f"UPDATE record SET {column} = ? WHERE seq = (SELECT max(seq) FROM record WHERE type = ?)"
        db.execute(query, (b"x" * 32, "image-erased" if column == "bytes" else "shift-close"))
        db.commit()
    done, found = exported(station, tmp_path / "F.zip")
    if column == "bytes":  # of the erasure that does not belong here
        assert [len(json.loads(line)["records"]) for line in found[MEMBER].splitlines()] == [1]
    else:
        assert MEMBER not in found
        assert rules(verify_bundle(tmp_path / "F.zip"), Severity.UNCHECKED) == {"IMAGE-02"}
    assert done.damaged_shifts == [3]


# What the verifier refuses


def written(found: dict[str, bytes], lines: bytes, path: Path) -> VerificationReport:
    """The bundle with these lines instead; both verifiers say the same of it."""
    with path.open("w+b") as stream, closing(BundleWriter(stream)) as writer:
        for name, data in found.items():
            writer.add(name, lines if name == MEMBER else data)
        writer.finish()
    report = verify_bundle(path)
    assert (auditor.verify(str(path))["exit_code"] == 0) == (report.exit_code == 0)
    return report


def spelled(fields: object) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


LIES: dict[str, tuple[Callable[[dict[str, Any]], object], set[str]]] = {
    "another hash": (lambda line: line | {"hashes": ["0" * 64, *line["hashes"][1:]]}, {"PROOF-02"}),
    "a hash more": (lambda line: line | {"hashes": [*line["hashes"], "0" * 64]}, {"PROOF-02"}),
    "a shift without seal": (lambda line: line | {"shift": 4}, {"PROOF-02"}),
    "under another seal": (lambda line: line | {"shift": 2}, {"PROOF-03"}),
    "a shift of the bundle": (lambda line: line | {"shift": 1}, {"PROOF-02"}),
    "a field more": (lambda line: line | {"more": 1}, {"FORMAT-02"}),
    "no records": (lambda line: line | {"records": []}, {"FORMAT-02"}),
    "twice": (lambda line: line | {"records": line["records"] * 2}, {"PROOF-03"}),
    "a record with a blank": (lambda line: line | {"records": [" " + line["records"][0]]}, {"FORMAT-01"}),
    "too long": (lambda line: line | {"records": [line["records"][0] + " " * 65_000]}, {"FORMAT-01"}),
    "of another station": (
        lambda line: line | {"records": [line["records"][0].replace('"station":"demo"', '"station":"omed"')]},
        {"FORMAT-03", "PROOF-02"},
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_each_lie_is_named(station: Path, tmp_path: Path, name: str) -> None:
    _, found = exported(station, tmp_path / "F.zip")
    change, wanted = LIES[name]
    report = written(found, spelled(change(json.loads(found[MEMBER]))), tmp_path / "G.zip")
    assert rules(report) == wanted


def test_lines_that_are_none_or_stand_twice(station: Path, tmp_path: Path) -> None:
    _, found = exported(station, tmp_path / "F.zip")
    line = found[MEMBER]
    assert rules(written(found, b"", tmp_path / "G.zip")) == {"BUNDLE-02"}
    assert rules(written(found, line[:-1], tmp_path / "G.zip")) == {"BUNDLE-02"}
    assert rules(written(found, line + b"\n", tmp_path / "G.zip")) == {"FORMAT-01"}
    assert rules(written(found, line * 2, tmp_path / "G.zip")) == {"BUNDLE-02", "IMAGE-04"}


def test_a_record_that_erases_nothing_or_nothing_of_this_bundle(station: Path, tmp_path: Path) -> None:
    """Both are truly under the seal."""
    _, found = exported(station, tmp_path / "F.zip")
    with closing(sqlite3.connect(station / "records.sqlite")) as db:
        records = [data for (data,) in db.execute("SELECT bytes FROM record WHERE shift = 3 ORDER BY seq")]
    leaves = [leaf_hash(data) for data in records]

    def line(kind: bytes) -> bytes:
        index = max(at for at, data in enumerate(records) if b'"type":"%s"' % kind in data)
        hashes = prove(subset_spans([index], len(leaves)), lambda start, end: root(leaves[start:end]))
        told = {"shift": 3, "records": [records[index].decode()], "hashes": [node.hex() for node in hashes]}
        return spelled(told)

    assert rules(written(found, line(b"shift-close"), tmp_path / "G.zip")) == {"BUNDLE-02"}
    assert rules(written(found, line(b"image-erased"), tmp_path / "G.zip")) == {"IMAGE-04"}
    _, second = exported(station, tmp_path / "F.zip", 2, force=True)
    report = written(second, found[MEMBER], tmp_path / "G.zip")
    assert rules(report) == {"IMAGE-04"}, "not the excuse of an image from before the bundle"


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=200)
    | st.dictionaries(
        st.sampled_from(["shift", "records", "hashes", "x"]),
        st.integers() | st.lists(st.text(max_size=70) | st.just("a" * 64) | st.integers(), max_size=3) | st.floats(),
    ).map(lambda fields: json.dumps(fields, sort_keys=True, separators=(",", ":")).encode())
)
def test_any_line_is_read_or_malformed(line: bytes) -> None:
    try:
        fields = read_line(line)
    except Malformed as error:
        assert error.rule in ("FORMAT-01", "FORMAT-02")
    else:
        assert set(fields) == {"shift", "records", "hashes"}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5 * BLOCK), st.data())
def test_proofs_from_blocks_are_those_from_all_leaves(count: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(count)]
    indices = sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=5)))
    tree = ShiftTree(count, lambda start, end: leaves[start:end])
    assert tree.root == root(leaves)
    assert tree.prove(indices) == prove(subset_spans(indices, count), lambda start, end: root(leaves[start:end]))
