# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export bundle`: what is in the file; what is missing is said; nothing is left half-done."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inspector.cli import main
from inspector.clock import SimulatedClock
from inspector.errors import ConfigError, DiskFull, EvidenceError, StoreError
from inspector.evidence.bundle import named_documents
from inspector.evidence.keys import SigningKey, create_key
from inspector.evidence.record import document_hash
from inspector.store import bundle as exporter
from inspector.store.bundle import Choice, Exported, between, everything, export_bundle, one_lot, one_shift
from inspector.store.documents import DocumentStore
from tests.history_station import Station, build_history
from tests.store_station import make_writer, part
from tests.unit.evidence_samples import FIELDS

PASSPHRASE = "a long passphrase"
NOWHERE = {f"documents/{digit * 64}" for digit in "23"}
"""What some of the sample records name."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SigningKey]:
    directory = tmp_path_factory.mktemp("history") / "station"
    (directory / "keys").mkdir(parents=True)
    key = create_key(directory / "keys/station.key", PASSPHRASE, directory / "keys/station.pub")
    build_history(directory, key)
    return directory, key


@pytest.fixture
def station(original: tuple[Path, SigningKey], tmp_path: Path) -> Path:
    return Path(shutil.copytree(original[0], tmp_path / "station"))


def rows(station: Path, query: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(station / "records.sqlite")) as connection:
        return connection.execute(query, values).fetchall()


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def exported(station: Path, choice: Choice, **options: Any) -> tuple[Exported, dict[str, bytes]]:
    path = station.parent / "F.zip"
    done = export_bundle(station, choice, path, **options)
    assert done.size == path.stat().st_size
    found = members(path)
    path.unlink()
    return done, found


def test_everything(station: Path) -> None:
    stages: list[tuple[str, int, int]] = []
    done, found = exported(station, everything(), progress=lambda *told: stages.append(told))
    records = [data for (data,) in rows(station, "SELECT bytes FROM record ORDER BY seq")]
    assert found["records.jsonl"] == b"".join(data + b"\n" for data in records)
    seals = rows(station, "SELECT signature, bytes FROM seal ORDER BY shift")
    assert found["seals.txt"] == b"".join(b"%s %s\n" % (sign.hex().encode(), data) for sign, data in seals)
    heads = rows(station, "SELECT signature, bytes FROM head ORDER BY shift, count")
    assert len(heads) == 7
    assert found["heads.txt"] == b"".join(b"%s %s\n" % (sign.hex().encode(), data) for sign, data in heads)
    assert found["receipts.txt"] == b"", "each receipt is a record of the bundle"
    assert json.loads(found["bundle.json"]) == {
        "v": 1,
        "type": "bundle",
        "station": "demo",
        "scope": {"kind": "all", "value": ""},
        "first": 1,
        "count": len(records),
        "first_shift": 1,
        "last_shift": 4,
        "prev": "0" * 64,
        "prev_seal": "0" * 64,
        "images": True,
    }
    named = [json.loads(data)["image_digest"] for data in records if b'"image-stored"' in data]
    files = [f"images/{digest[:2]}/{digest}.png" for digest in named]
    documents = sorted(f"documents/{path.name}" for path in (station / "documents").iterdir())
    fixed = ["bundle.json", "records.jsonl", "seals.txt", "heads.txt", "receipts.txt"]
    assert list(found) == [*fixed, "keys/station.pub", "keys/log.vkey", *documents, *files]
    for name in (*documents, *files, "keys/station.pub"):
        assert found[name] == (station / name).read_bytes()
    assert found["keys/log.vkey"] == (station / "ledger" / "log.vkey").read_bytes()
    assert (done.images, done.documents, done.images_missing) == (8, 3, 0)
    assert stages[0][0] == "records"
    assert stages[-1] == ("images", 8, 8)


def test_one_shift_brings_later_seals_and_their_receipts(station: Path) -> None:
    _, found = exported(station, one_shift(2))
    manifest = json.loads(found["bundle.json"])
    (first, last) = rows(station, "SELECT min(seq), max(seq) FROM record WHERE shift = 2")[0]
    assert (manifest["first"], manifest["count"]) == (first, last - first + 1)
    assert (manifest["first_shift"], manifest["last_shift"]) == (2, 2)
    assert manifest["scope"] == {"kind": "shift", "value": "2"}
    lines = found["records.jsonl"].splitlines()
    assert json.loads(lines[0])["prev"] == manifest["prev"]
    assert {json.loads(line)["shift"] for line in lines} == {2}
    seals = [json.loads(line.split(b" ", 1)[1]) for line in found["seals.txt"].splitlines()]
    assert [seal["shift"] for seal in seals] == [2, 3]
    assert seals[0]["prev_seal"] == manifest["prev_seal"]
    receipts = [json.loads(line) for line in found["receipts.txt"].splitlines()]
    digests = [document_hash(line.split(b" ", 1)[1]) for line in found["seals.txt"].splitlines()]
    assert [receipt["seal"] for receipt in receipts] == sorted(digests)
    assert all(set(receipt) == {"seal", "ledger", "index", "proof"} for receipt in receipts)
    assert sum(name.startswith("images/") for name in found) == 3


def test_the_open_shift(station: Path) -> None:
    _, found = exported(station, one_shift(4))
    manifest = json.loads(found["bundle.json"])
    assert manifest["first"] + manifest["count"] - 1 == rows(station, "SELECT max(seq) FROM record")[0][0]
    assert found["seals.txt"] == b""
    assert len(found["heads.txt"].splitlines()) == 2


def test_a_seal_that_waits_for_its_signature(station: Path, original: tuple[Path, SigningKey]) -> None:
    writer = make_writer(station, original[1], unlock=False)
    writer.seal_shift("1" * 64, {"plc_count": None, "station": 2, "difference": None, "note": ""}).result(10)
    writer.close()
    _, found = exported(station, one_shift(4))
    assert found["seals.txt"].startswith(b'- {"count":')
    assert json.loads(found["seals.txt"][2:])["shift"] == 4


def test_choices(station: Path) -> None:
    def shifts(choice: Choice) -> tuple[int, int]:
        manifest = exported(station, choice)[0].manifest
        return manifest.first_shift, manifest.last_shift

    assert shifts(one_lot("L-43")) == (3, 3)
    assert shifts(one_lot("L-42")) == (1, 4), "what lies between belongs to it"
    opened = {
        shift: datetime.fromtimestamp(json.loads(data)["t_us"] / 1e6, UTC)
        for shift, data in rows(station, "SELECT shift, bytes FROM record WHERE type = 'shift-open'")
    }
    assert shifts(between(opened[1], opened[1])) == (1, 1)
    assert shifts(between(opened[1] - timedelta(days=1), opened[4] + timedelta(days=1))) == (1, 4)


@pytest.mark.parametrize(
    "choice",
    [
        one_shift(5),
        one_shift(0),
        one_lot("L-44"),
        between(datetime(1999, 1, 1, tzinfo=UTC), datetime(1999, 1, 2, tzinfo=UTC)),
    ],
)
def test_nothing_fits(station: Path, tmp_path: Path, choice: Choice) -> None:
    with pytest.raises(ConfigError, match="there are no records of"):
        export_bundle(station, choice, tmp_path / "F.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["station"]


def test_the_same_choice_gives_the_same_bytes(station: Path, tmp_path: Path) -> None:
    for name in ("A.zip", "B.zip"):
        export_bundle(station, one_shift(2), tmp_path / name)
    assert (tmp_path / "A.zip").read_bytes() == (tmp_path / "B.zip").read_bytes()


def test_what_is_written_meanwhile_does_not_show(station: Path, original: tuple[Path, SigningKey]) -> None:
    quiet = exported(station, everything())[1]["records.jsonl"]
    writer = make_writer(station, original[1])

    def meanwhile(stage: str, _done: int, _total: int) -> None:
        if stage == "records":
            writer.append("part", part(11, "FAIL")).result(10)
            writer.sign_head().result(10)

    _, found = exported(station, everything(), progress=meanwhile)
    writer.close()
    assert found["records.jsonl"] == quiet
    assert len(found["heads.txt"].splitlines()) == 7


def test_what_is_missing_is_said(station: Path) -> None:
    image = next(iter(sorted((station / "images").glob("??/*.png"))))
    document = next((station / "documents").iterdir())
    image.unlink()
    document.unlink()
    (station / "ledger" / "log.vkey").unlink()
    done, found = exported(station, everything())
    assert (done.images, done.images_missing, done.missing_images) == (7, 1, [image.stem])
    assert done.documents == 2
    assert set(done.missing_documents) == {*NOWHERE, f"documents/{document.name}"}
    assert "keys/log.vkey" not in found
    without, found = exported(station, everything(), images=False)
    assert (without.images, without.images_missing) == (0, 0)
    assert not any(name.startswith("images/") for name in found)
    assert json.loads(found["bundle.json"])["images"] is False


def test_a_document_is_never_endless(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter.form, "LONGEST_DOCUMENT", 4)
    done, _ = exported(station, everything())
    assert len(set(done.missing_documents) - NOWHERE) == 3, "recipe, model and camera are longer than 4 bytes"


def test_lists_of_passed_parts(station: Path, original: tuple[Path, SigningKey]) -> None:
    (station / "challenge").mkdir()
    (station / "challenge" / "passed.csv").write_bytes(b"a,b\r\n")
    writer = make_writer(station, original[1])
    challenge = {
        "start": "1" * 64,
        "result": "failed",
        "reason": "",
        "parts_in": 0,
        "parts_out": 0,
        "results": [],
        "missing": ["S"],
    }
    for file in ("passed.csv", "gone.csv"):
        writer.append("challenge", {**challenge, "passed_since": {"file": file, "sha256": "2" * 64, "parts": 1}})
    writer.close()
    done, found = exported(station, one_shift(4))
    assert found["challenge/passed.csv"] == b"a,b\r\n"
    assert set(done.missing_documents) - NOWHERE == {"challenge/gone.csv"}


def test_each_record_that_names_a_document_is_read(station: Path, original: tuple[Path, SigningKey]) -> None:
    naming = {kind for kind, fields in FIELDS.items() if list(named_documents({"type": kind, **fields}))}
    assert naming >= {"shift-open", "part", "setup", "bypass-start", "challenge-start", "key-rotate"}
    assert not naming & exporter._NAMES_NOTHING
    documents = DocumentStore(station)
    setup = {name: documents.put(name.encode()) for name in ("settings", "program", "recipe", "model")}
    writer = make_writer(station, original[1])
    writer.append("setup", {**FIELDS["setup"], **setup}).result(10)
    writer.close()
    _, found = exported(station, one_shift(4))
    assert {f"documents/{digest}" for digest in setup.values()} <= set(found)


def damage(station: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(station / "records.sqlite", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        assert connection.execute(sql, values).rowcount > 0


def test_damaged_records_are_taken_as_they_are(station: Path) -> None:
    damage(station, "UPDATE record SET bytes = CAST('garbage' AS BLOB) WHERE seq IN (1, 3)")
    done, found = exported(station, everything())
    lines = found["records.jsonl"].splitlines()
    assert (lines[0], lines[2]) == (b"garbage", b"garbage")
    assert done.manifest.station == "demo"
    assert done.manifest.last_shift == 4


def test_what_ties_records_together_may_be_too_damaged(station: Path, tmp_path: Path) -> None:
    damage(station, "DELETE FROM seal WHERE shift = 1")
    damage(station, "UPDATE record SET bytes = CAST('garbage' AS BLOB) WHERE shift = 4")
    _, found = exported(station, everything())
    manifest = json.loads(found["bundle.json"])
    assert (manifest["first"], manifest["first_shift"], manifest["last_shift"]) == (1, 1, 4)
    with pytest.raises(EvidenceError, match="The seal of shift 1 is missing"):
        export_bundle(station, one_shift(2), tmp_path / "F.zip")
    with pytest.raises(EvidenceError, match="No record of shift 4 can be read"):
        export_bundle(station, one_shift(4), tmp_path / "F.zip")
    with pytest.raises(StoreError):
        export_bundle(tmp_path / "nowhere", everything(), tmp_path / "F.zip")
    damage(station, "UPDATE seal SET bytes = CAST('garbage' AS BLOB) WHERE shift = 2")
    with pytest.raises(EvidenceError, match="A seal is damaged"):
        export_bundle(station, everything(), tmp_path / "F.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["station"]


def test_a_file_is_never_replaced_unasked(station: Path, tmp_path: Path) -> None:
    path = tmp_path / "F.zip"
    path.write_bytes(b"dear")
    with pytest.raises(ConfigError, match="exists"):
        export_bundle(station, everything(), path)
    assert path.read_bytes() == b"dear"
    export_bundle(station, everything(), path, force=True)
    assert members(path)


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, DiskFull), (errno.EIO, StoreError)])
def test_a_disk_that_fails_leaves_nothing(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[StoreError]
) -> None:
    def fail(_writer: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(exporter.form.BundleWriter, "finish", fail)
    with pytest.raises(error):
        export_bundle(station, everything(), tmp_path / "F.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["station"]


def test_an_image_that_cannot_be_read_is_an_error(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., Any] = Path.open

    def refuse(path: Path, *mode: Any, **options: Any) -> Any:
        if path.suffix == ".png":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *mode, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StoreError, match="cannot be read: Permission denied"):
        export_bundle(station, everything(), tmp_path / "F.zip")
    assert not (tmp_path / "F.zip").exists()


# the command


def test_command_in_words_and_for_scripts(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["export", "bundle", "--station", str(station)]
    assert main([*command, "--shift", "2", "-o", "F.zip"]) == 0
    said = capsys.readouterr().out
    assert "F.zip: shift 2 of station demo" in said
    assert "3 documents, 3 images" in said
    next(iter((station / "images").glob("??/*.png"))).unlink()
    assert main([*command, "--all", "-o", "F.zip", "--force", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["bundle"], document["images_missing"]) == ("F.zip", 1)
    assert document["manifest"]["scope"] == {"kind": "all", "value": ""}
    assert main([*command, "--all", "-o", "G.zip"]) == 0
    assert "missing at the station: image " in capsys.readouterr().out
    assert main([*command, "--lot", "L-43", "--no-images", "-o", "H.zip"]) == 0
    assert "images left out" in capsys.readouterr().out
    times = ["--from", "2020-01-01T00:00:00+01:00", "--to", "2030-01-01T00:00:00Z"]
    assert main([*command, *times, "-o", "I.zip", "--json"]) == 0
    scope = json.loads(capsys.readouterr().out)["manifest"]["scope"]
    assert scope == {"kind": "time", "value": "2019-12-31T23:00:00Z/2030-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--shift", "9"], 3, "there are no records of shift 9"),
        (["--from", "2026-11-21T06:00:00Z"], 3, "--from and --to go together"),
        (["--from", "2026-11-21T06:00:00Z", "--to", "2026-11-21T05:00:00Z"], 3, "--to is before --from"),
        (["--all", "--to", "2026-11-21T06:00:00Z"], 3, "--from and --to go together"),
    ],
)
def test_command_that_cannot_be_done(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert main(["export", "bundle", "--station", str(station), *arguments, "-o", str(tmp_path / "F.zip")]) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "F.zip").exists()


@pytest.mark.parametrize("time", ["yesterday", "2026-11-21T06:00:00"])
def test_times_say_their_offset(tmp_path: Path, time: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["export", "bundle", "--station", str(tmp_path), "--from", time, "--to", time, "-o", "F.zip"])
    assert stopped.value.code == 2


def test_the_log_may_lie_elsewhere(station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (station / "ledger").rename(tmp_path / "log")
    output = tmp_path / "F.zip"
    command = ["export", "bundle", "--station", str(station), "--all", "-o", str(output), "--force"]
    assert main(command) == 0
    assert "keys/log.vkey" not in members(output)
    assert main([*command, "--ledger", str(tmp_path / "log")]) == 0
    assert "keys/log.vkey" in members(output)
    (station / "station.toml").write_text("broken")
    assert main(command) == 3
    assert "station settings" in capsys.readouterr().err


def test_the_way_to_the_key_goes_with_every_shift(tmp_path: Path) -> None:
    """Statements of rotations, and their receipts, are in each bundle: its seals can be checked with the first key."""
    (tmp_path / "station" / "keys").mkdir(parents=True)
    key = create_key(tmp_path / "station/keys/station.key", PASSPHRASE, tmp_path / "station/keys/station.pub")
    station = Station(tmp_path / "station", key, SimulatedClock(), unlock=True)
    station.shift(1, 1)
    document = station.writer.rotate_key(SigningKey.generate(), "yearly", "1" * 64).result(10).document
    station.anchor()
    station.shift(2, 1)
    station.shift(3, 1)
    station.close()
    name = hashlib.sha256(document).hexdigest()
    for shift in (1, 2, 3):
        _, content = exported(tmp_path / "station", one_shift(shift), force=True)
        assert content[f"documents/{name}"] == document
        carried = content["receipts.txt" if shift != 2 else "records.jsonl"]
        assert f'"seal":"{name}"'.encode() in carried
