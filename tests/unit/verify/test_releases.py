# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the verifier reads the documents of a release: whatever lies there, and what the writer signs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.evidence import release_note
from inspector.evidence.keys import SigningKey
from inspector.evidence.verify.chain import Seen
from inspector.evidence.verify.releases import LONGEST_RELEASE, Misfit, ReleaseChecker, open_signed, read_release
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.release.document import MAX_BYTES, encode_release
from tests.unit.evidence_samples import FIELDS, H1, H2
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.test_release_folder import document, sources
from tests.unit.verify.changes import KEY

ANNA, BEN = SigningKey.generate(), SigningKey.generate()
LINE = st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" "), min_size=1, max_size=30)
WORDS = LINE.map(str.strip).filter(bool)
HASH = st.binary(min_size=32, max_size=32).map(bytes.hex)
TIME = st.integers(0, 4_000_000_000).map(lambda seconds: seconds * 1_000_000)
quick = settings(max_examples=60, deadline=None)


@quick
@given(st.builds(release_note.Proposal, HASH, st.just("disc-2"), HASH, HASH, WORDS, WORDS, TIME, WORDS))
def test_what_the_writer_proposes_is_read(proposal: release_note.Proposal) -> None:
    note = release_note.sign_proposal(proposal, ANNA).encode("utf-8")
    lines = open_signed(note, "proposal", ANNA.public_key.hex())
    said = dataclasses.asdict(proposal)
    said["time"] = lines["time"]
    del said["t_us"]
    assert lines == said
    with pytest.raises(Misfit):
        open_signed(note, "proposal", BEN.public_key.hex())
    with pytest.raises(Misfit):
        open_signed(note, "approval", ANNA.public_key.hex())


@quick
@given(st.builds(release_note.Approval, HASH, HASH, WORDS, TIME, WORDS))
def test_what_the_writer_approves_is_read(approval: release_note.Approval) -> None:
    note = release_note.sign_approval(approval, BEN).encode("utf-8")
    lines = open_signed(note, "approval", BEN.public_key.hex())
    assert (lines["proposal"], lines["release"], lines["by"]) == (approval.proposal, approval.release, approval.by)
    assert release_note.time_us(lines["time"], "approval") == approval.t_us


@quick
@given(st.binary(max_size=300), st.sampled_from(["proposal", "approval"]))
def test_any_bytes_are_no_note(data: bytes, name: str) -> None:
    with pytest.raises(Misfit):
        open_signed(data, name, ANNA.public_key.hex())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("release", "A" * 64),
        ("product", "two words"),
        ("trainer", "x" * 501),
        ("by", "Anna "),
        ("by", "An\u00a0na"),
        ("time", "2026-02-30T09:00:00Z"),
        ("time", "2026-11-22T09:00:00+00:00"),
        ("reason", ""),
    ],
)
def test_lines_that_no_writer_signs_are_refused(name: str, value: str) -> None:
    lines = {"release": H1, "product": "disc", "model": H2, "recipe": H1, "trainer": "Carl", "by": "Anna"}
    lines |= {"time": "2026-11-22T09:00:00Z", "reason": "better"}

    def note(of: dict[str, str]) -> bytes:
        text = "inspector/release-proposal/v1\n" + "".join(f"{key} {one}\n" for key, one in of.items())
        signer = release_note.NoteKey("release-proposer", ANNA.public_key)
        return release_note.sign_note(text, signer, ANNA).encode("utf-8")

    assert open_signed(note(lines), "proposal", ANNA.public_key.hex()) == lines
    with pytest.raises(Misfit):
        open_signed(note(lines | {name: value}), "proposal", ANNA.public_key.hex())


@quick
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_no_release(data: bytes) -> None:
    for one in (data, b"{" + data + b"}", b'{"gate":' + data + b"}"):
        with pytest.raises(Misfit):
            read_release(one)


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 10_000, '{"a":NaN}', '{"a":1,"a":1}', " " * (1 << 20) + "{}"])
def test_json_that_breaks_readers_is_refused(text: str) -> None:
    with pytest.raises(Misfit):
        read_release(text.encode())


def test_writer_and_verifier_have_the_same_limits() -> None:
    assert (MAX_BYTES, release_note.MAX_DOCUMENT) == (LONGEST_RELEASE, 8_000)
    data = encode_release(document(sources()))
    assert read_release(data.ljust(MAX_BYTES)).checks == 1
    with pytest.raises(Misfit):
        read_release(data.ljust(MAX_BYTES + 1))


def test_a_document_that_cannot_be_read_could_not_be_checked(tmp_path: Path) -> None:
    class Broken:
        def read(self, name: str, limit: int) -> bytes | None:
            raise OSError(5, "Input/output error")

    report = VerificationReport()
    checker = ReleaseChecker(Broken(), report)  # type: ignore[arg-type]
    release = dict.fromkeys(("document", "proposal", "approval", "report"), H1) | {"proposer": H1, "approver": H2}
    with building(tmp_path / "station") as builder:
        _put_in_force(builder, release)
    fields = json.loads(builder.entries[-1].data)
    checker.rules["change"](fields, Seen(7, b"", fields))
    assert [(one.rule, one.severity) for one in report.findings] == [("CHANGE-03", Severity.UNCHECKED)] * 3


def test_a_station_directory_is_held_against_its_releases(tmp_path: Path) -> None:
    station = tmp_path / "station"
    kept = {name: f"{name}\n".encode() for name in ("document", "proposal", "approval", "report")}
    with building(station) as builder:
        builder.append("station-start", FIELDS["station-start"])
        _put_in_force(builder, _keep(station, kept) | {"proposer": H1, "approver": H2})
    report = verify_station(station, expected_key=KEY)
    assert {one.rule for one in report.of(Severity.TAMPERED)} == {"CHANGE-03"}
    assert report.checked["releases put in force"] == 1


@pytest.mark.parametrize("model", ["", H2])
def test_what_the_writers_make_is_what_the_verifier_reads(tmp_path: Path, model: str) -> None:
    """release.json and notes as people make them, put in force with their own model, or with another one."""
    station, made = tmp_path / "station", document(sources())
    data, recipe = encode_release(made), made.recipe.digest
    digest, t_us = hashlib.sha256(data).hexdigest(), 1_790_000_000_000_000
    proposal = release_note.Proposal(
        digest, made.product, made.model.digest, recipe, made.trainer, "Anna", t_us, "fewer misses"
    )
    proposed = release_note.sign_proposal(proposal, ANNA).encode()
    approval = release_note.Approval(hashlib.sha256(proposed).hexdigest(), digest, "Ben", t_us, "figures seen")
    approved = release_note.sign_approval(approval, BEN).encode()
    kept = {"document": data, "proposal": proposed, "approval": approved, "report": b"{}\n"}
    with building(station) as builder:
        builder.append("station-start", FIELDS["station-start"])
        keys = {"proposer": ANNA.public_key.hex(), "approver": BEN.public_key.hex()}
        _put_in_force(builder, _keep(station, kept) | keys, recipe, model or made.model.digest)
    report = verify_station(station, expected_key=KEY)
    assert {one.rule for one in report.of(Severity.TAMPERED)} == ({"CHANGE-03"} if model else set())
    assert not [one for one in report.of(Severity.UNCHECKED) if one.rule.startswith("CHANGE")]
    assert any("proposed by Anna (fewer misses)" in one and "1 rule of the gate" in one for one in report.statements)


def _keep(station: Path, documents: dict[str, bytes]) -> dict[str, str]:
    """Put documents into a station directory; their hashes."""
    (station / "documents").mkdir(exist_ok=True)
    for data in documents.values():
        (station / "documents" / hashlib.sha256(data).hexdigest()).write_bytes(data)
    return {name: hashlib.sha256(data).hexdigest() for name, data in documents.items()}


def _put_in_force(builder: StationBuilder, release: dict[str, str], recipe: str = H1, model: str = H2) -> None:
    new = f"main: disc, version 1; recipe {recipe}, model {model}"
    moment = {"what": "recipe", "name": "in force", "new": new, "release": release}
    builder.append("change", {**FIELDS["change"], **moment})
