# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exports are records: with who asked for them, and refused where nobody knows of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.access import Role
from inspector.cli import export_common
from inspector.cli.export_common import tell_station
from inspector.cli.main import main
from inspector.errors import ChannelError, RequestInvalid, ShiftError
from inspector.evidence.keys import SigningKey
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.station.export_desk import WAITING, ExportDesk
from inspector.station.people import Person
from inspector.store.read import RecordReader, StoredRecord
from inspector.store.writer import RecordWriter
from tests.proof_station import SERIAL, build_proof_station
from tests.store_station import make_writer

DIGEST = "5e" * 32
EVE = Person("eve", Role.AUDITOR, "password", "1" * 64)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RecordWriter]:
    writer = make_writer(tmp_path, SigningKey.generate())
    yield writer
    writer.close()


def exports(station: Path) -> list[StoredRecord]:
    with RecordReader(station) as reader:
        return reader.latest(100, kind="export")


def test_who_began_an_export_stands_in_its_record(writer: RecordWriter, tmp_path: Path) -> None:
    desk = ExportDesk(writer)
    begun = desk.begin(EVE)
    assert begun["user"] == "eve"
    desk.made(str(begun["ticket"]), "bundle", "shift 7", DIGEST, 4711)
    (record,) = exports(tmp_path)
    fields = record.fields
    assert (fields["what"], fields["sha256"], fields["size"], fields["role"]) == ("bundle", DIGEST, 4711, "auditor")
    with RecordReader(tmp_path) as reader:
        assert reader.staff_id(str(fields["by"])) == "eve"
    with pytest.raises(ShiftError, match="started again"):
        desk.made(str(begun["ticket"]), "bundle", "shift 7", DIGEST, 4711)
    assert len(exports(tmp_path)) == 1, "a ticket is for one file"


def test_the_command_line_names_nobody(writer: RecordWriter, tmp_path: Path) -> None:
    ExportDesk(writer).made("", "reviews", "all", DIGEST, 0)
    (record,) = exports(tmp_path)
    assert (record.fields["by"], record.fields["role"]) == (None, None)
    writer.close()
    assert verify_station(tmp_path).of(Severity.TAMPERED) == []


@pytest.mark.parametrize(
    ("what", "about", "digest", "size"),
    [
        ("video", "shift 7", DIGEST, 1),
        ("bundle", " ", DIGEST, 1),
        ("bundle", "shift 7", DIGEST.upper(), 1),
        ("bundle", "shift 7", DIGEST, -1),
        ("bundle", "shift 7", DIGEST, True),
        ("bundle", "shift 7", DIGEST, None),
    ],
)
def test_what_tells_of_no_export_is_refused(
    writer: RecordWriter, tmp_path: Path, what: str, about: str, digest: str, size: object
) -> None:
    with pytest.raises(RequestInvalid):
        ExportDesk(writer).made("", what, about, digest, size)
    assert exports(tmp_path) == []


def test_tickets_are_bounded(writer: RecordWriter) -> None:
    desk = ExportDesk(writer)
    first = str(desk.begin(EVE)["ticket"])
    for _ in range(WAITING):
        last = str(desk.begin(EVE)["ticket"])
    with pytest.raises(ShiftError):
        desk.made(first, "proof", "serial SN-1", DIGEST, 1)
    assert desk.made(last, "proof", "serial SN-1", DIGEST, 1)["seq"]


def test_without_a_running_station_the_command_line_says_that_there_is_no_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_proof_station(tmp_path / "station")
    target = tmp_path / "part.json"
    where = ["--station", str(tmp_path / "station"), "-o", str(target)]
    assert main(["export", "proof", SERIAL, *where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["record"] is None
    assert main(["export", "proof", SERIAL, *where]) == 0
    assert "Not recorded: no station runs there" in capsys.readouterr().out


def test_the_command_line_tells_the_running_station_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, dict[str, object]]] = []

    class Control:
        def __init__(self, _station: Path, _within_s: float) -> None:
            if not answers:
                raise ChannelError("the station process does not answer", "Look into its log")

        def __enter__(self) -> Control:
            return self

        def __exit__(self, *_: object) -> None: ...

        def request(self, command: str, **arguments: object) -> dict[str, object]:
            told.append((command, arguments))
            return {"seq": 12}

    answers = True
    monkeypatch.setattr(export_common, "StationControl", Control)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "secret").write_text("x")
    file = tmp_path / "a.zip"
    file.write_bytes(b"evidence")
    assert tell_station(tmp_path, "bundle", "shift 7", file) == 12
    digest = hashlib.sha256(b"evidence").hexdigest()
    assert told == [("export-made", {"what": "bundle", "about": "shift 7", "sha256": digest, "size": 8})]
    assert tell_station(tmp_path, "bundle", "shift 7", file, watched=True) is None, "the api tells it"
    answers = False
    assert tell_station(tmp_path, "bundle", "shift 7", file) is None
    assert len(told) == 1
