# SPDX-License-Identifier: AGPL-3.0-or-later
"""A disk that cannot read a file is no tampering: the answer is COULD NOT CHECK, and names what it could not read."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from inspector.errors import EvidenceError
from inspector.evidence.keys import read_public_key
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.container import Container
from inspector.evidence.verify.files import digest_file, read_file
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.schema import inner, whole, word
from inspector.evidence.verify.station import verify_station
from tests.assets.attacks.table import POLICY, honest
from tests.unit.verify.changes import KEY

MEMBERS = [name for name, _ in honest().members() if name.startswith(("documents/", "challenge/", "images/"))]


def failing(name: str) -> OSError:
    return OSError(errno.EIO, os.strerror(errno.EIO), name)


def unreadable(report: VerificationReport) -> list[str]:
    assert report.exit_code == 1, [str(found) for found in report.findings]
    return [str(found) for found in report.of(Severity.UNCHECKED) if "cannot be read" in found.message]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unreadable") / "honest.zip"
    path.write_bytes(honest().zip())
    return path


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_of_a_bundle(bundle: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = bytes.fromhex(POLICY["station_key"])
    assert verify_bundle(bundle, expected_key=key).exit_code == 0
    read, digest = Container.read, Container.digest

    def read_but(self: Container, wanted: str, limit: int) -> bytes | None:
        if wanted == name:
            raise failing(name)
        return read(self, wanted, limit)

    def digest_but(self: Container, wanted: str) -> tuple[int, str] | None:
        if wanted == name:
            raise failing(name)
        return digest(self, wanted)

    monkeypatch.setattr(Container, "read", read_but)
    monkeypatch.setattr(Container, "digest", digest_but)
    assert unreadable(verify_bundle(bundle, expected_key=key))


def test_the_file_of_a_bundle(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise failing("bundle.zip")

    monkeypatch.setattr(Container, "chunks", fail)
    assert unreadable(verify_bundle(bundle, expected_key=bytes.fromhex(POLICY["station_key"])))


@pytest.mark.parametrize("place", ["records.sqlite-wal", "keys/station.pub"])
def test_a_file_of_a_station(station: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (station / place).write_bytes((station / place).read_bytes() if (station / place).exists() else bytes(100))
    opened = Path.open

    def open_but(self: Path, *arguments: object, **more: object) -> object:
        if self == station / place:
            raise failing(place)
        return opened(self, *arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_but)
    assert unreadable(verify_station(station))
    if place == "keys/station.pub":
        assert verify_station(station, expected_key=KEY).exit_code == 0
        with pytest.raises(EvidenceError, match="cannot be read"):
            read_public_key(station / place)


def test_a_file_that_goes_while_it_is_opened_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda self: True)
    assert read_file(tmp_path / "gone", 10) is None
    assert digest_file(tmp_path / "gone") is None


def test_a_field_of_another_kind_is_refused_not_taken() -> None:
    fields = {"number": 1, "text": "a", "object": {}}
    assert (whole(fields, "number"), word(fields, "text"), inner(fields, "object")) == (1, "a", {})
    for read, name in ((whole, "text"), (word, "number"), (inner, "text")):
        with pytest.raises(Exception, match=f"{name} is not"):
            read(fields, name)
