# SPDX-License-Identifier: AGPL-3.0-or-later
"""`key-rotate` on a station: between shifts only, by who may, and never a moment without exactly one key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.cli import main as command_line
from inspector.errors import CommitFailed, EvidenceError, FormatInvalid, KeyLocked, ShiftError
from inspector.evidence.keys import SigningKey, create_key, key_fingerprint, read_public_key
from inspector.evidence.rotation import MAX_TEXT, Rotation, open_rotation, parse_rotation, sign_rotation
from inspector.evidence.seal import parse_document
from inspector.evidence.verify.station import verify_station
from inspector.station.key_files import FileKeys
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter
from tests.station_bench import Bench
from tests.store_station import CLOSE, NAME, PERSON, make_writer, opening, part, run_shift

PASSPHRASE = "a passphrase for tests"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "station")
    bench.station.start()
    bench.everybody_is_here()
    yield bench
    bench.close()


def rotate(bench: Bench, **arguments: str) -> dict[str, Any]:
    return dict(bench.request("key-rotate", **{"operator": "ops-7", "reason": "yearly", "passphrase": "", **arguments}))


def shift(bench: Bench) -> int:
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    answer = bench.request("shift-close", operator="op", note="none came", removed_by_hand=0)
    assert answer["ok"], answer
    return int(answer["result"]["shift"])


def test_a_rotation_between_two_shifts(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pub = bench.directory / "keys" / "station.pub"
    first = read_public_key(pub)
    shift(bench)
    answer = rotate(bench, reason="  yearly\trotation ")
    assert answer["ok"], answer
    result = answer["result"]
    assert (result["first_shift"], result["old"]) == (2, first.hex())
    assert result["new"] == read_public_key(pub).hex()
    stated = open_rotation(result["statement"].encode())
    assert stated == Rotation("bench", first, bytes.fromhex(result["new"]), 2, "yearly rotation")
    assert shift(bench) == 2
    for number, key in ((1, first), (2, stated.new)):
        with RecordReader(bench.directory) as reader:
            seal = reader.seal(number)
        assert seal is not None
        assert parse_document(seal.data)["key"] == key_fingerprint(key)
    for expected in (first, stated.new):
        report = verify_station(bench.directory, expected_key=expected)
        assert report.exit_code == 0, [str(found) for found in report.findings]
    assert command_line(["key", "show", "--station", str(bench.directory), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["public_key"], shown["in_directory"]) == (result["new"], True)
    assert [one["reason"] for one in shown["rotations"]] == ["yearly rotation"]
    assert command_line(["key", "show", "--station", str(bench.directory)]) == 0
    assert "Since shift 2" in capsys.readouterr().out


def test_the_record_names_the_person_by_commitment(bench: Bench) -> None:
    rotate(bench)
    with RecordReader(bench.directory) as reader:
        (record,) = reader.rotations()
        assert "ops-7" not in record.data.decode()
        assert reader.staff_id(str(record.fields["by"])) == "ops-7"


def test_when_it_is_refused(bench: Bench) -> None:
    pub = (bench.directory / "keys" / "station.pub").read_text()
    for arguments in ({"operator": " "}, {"reason": " "}):
        assert rotate(bench, **arguments)["error"]["code"] == "SHIFT"
    assert rotate(bench, passphrase="wrong one")["error"]["code"] == "PASSPHRASE_WRONG"
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    error = rotate(bench)["error"]
    assert (error["code"], error["advice"]) == ("SHIFT", "Close it first")
    assert bench.request("shift-close", operator="op", note="none", removed_by_hand=0)["ok"]
    assert (bench.directory / "keys" / "station.pub").read_text() == pub
    assert sorted(path.name for path in (bench.directory / "keys").iterdir()) == [
        "passphrase",
        "station.key",
        "station.pub",
    ]
    assert rotate(bench)["ok"]
    error = rotate(bench)["error"]
    assert (error["code"], error["advice"]) == ("SHIFT", "Open and close a shift with it first")


def test_a_locked_key_signs_for_no_other(tmp_path: Path) -> None:
    def without_credential(station: Path) -> None:
        settings = station / "station.toml"
        settings.write_text(settings.read_text().replace('passphrase_file = "keys/passphrase"', ""))

    bench = Bench(tmp_path / "station", prepare=without_credential)
    try:
        bench.station.start()
        assert rotate(bench)["error"]["code"] == "PASSPHRASE_WRONG"
        assert rotate(bench, passphrase=PASSPHRASE)["error"]["code"] == "KEY_LOCKED"
        assert bench.request("unlock", passphrase=PASSPHRASE)["ok"]
        assert rotate(bench, passphrase=PASSPHRASE)["ok"]
    finally:
        bench.close()


def test_a_restarted_station_has_the_new_key(bench: Bench) -> None:
    new = rotate(bench)["result"]["new"]
    bench.close()
    bench._start()
    bench.station.start()
    bench.everybody_is_here()
    assert (bench.writer.unlocked, bench.writer.public_key.hex()) == (True, new)


def test_an_older_keys_folder_locks_the_key_and_nothing_else(bench: Bench) -> None:
    folder = bench.directory / "keys"
    old = {path: path.read_bytes() for path in folder.iterdir()}
    new = rotate(bench)["result"]["new"]
    bench.close()
    for path, data in old.items():
        path.write_bytes(data)
    bench._start()
    bench.station.start()
    bench.everybody_is_here()
    assert (bench.writer.unlocked, bench.writer.public_key.hex()) == (False, new)
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    assert all(path.read_bytes() == data for path, data in old.items())


def test_a_commit_that_fails_leaves_it_to_the_next_start(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows then whether the record is there: both keys wait for the next start, which reads it."""

    def fails(*_: object) -> object:
        raise CommitFailed("The record database failed", "Check the disk")

    monkeypatch.setattr(bench.writer, "rotate_key", fails)
    assert rotate(bench)["error"]["code"] == "COMMIT_FAILED"
    folder = bench.directory / "keys"
    assert (folder / "station.key.new").is_file()
    monkeypatch.undo()
    bench.close()
    bench._start()
    bench.station.start()
    assert not (folder / "station.key.new").exists()
    assert bench.writer.unlocked


def test_key_files_that_do_not_change_are_settled_by_the_next_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise EvidenceError("The key files cannot be changed")

    monkeypatch.setattr(FileKeys, "settle", fails)
    answer = rotate(bench)
    assert answer["ok"]
    assert shift(bench) == 1
    monkeypatch.undo()
    bench.close()
    bench._start()
    bench.station.start()
    bench.everybody_is_here()
    assert bench.writer.unlocked
    assert read_public_key(bench.directory / "keys" / "station.pub").hex() == answer["result"]["new"]


class NonsenseKey:
    """A token that is broken."""

    public_key = SigningKey.generate().public_key

    def sign(self, message: bytes) -> bytes:
        return bytes(64)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RecordWriter]:
    (tmp_path / "keys").mkdir()
    key = create_key(tmp_path / "keys/station.key", PASSPHRASE, tmp_path / "keys/station.pub")
    writer = make_writer(tmp_path, key)
    yield writer
    writer.close()


def test_a_new_key_that_cannot_sign_is_not_taken(tmp_path: Path, writer: RecordWriter) -> None:
    before = writer.public_key
    with pytest.raises(EvidenceError):
        writer.rotate_key(NonsenseKey(), "yearly", PERSON).result(10)
    assert writer.public_key == before
    run_shift(writer, 1)
    assert verify_station(tmp_path, expected_key=before).exit_code == 0


def test_an_unsigned_seal_keeps_the_key(tmp_path: Path, writer: RecordWriter) -> None:
    key = SigningKey.generate()
    writer.close()
    (tmp_path / "other").mkdir()
    locked = make_writer(tmp_path / "other", key, unlock=False)
    try:
        run_shift(locked, 1)
        with pytest.raises(KeyLocked):
            locked.rotate_key(SigningKey.generate(), "yearly", PERSON).result(10)
        locked.unlock(key).result(10)
        locked.rotate_key(SigningKey.generate(), "yearly", PERSON).result(10)
    finally:
        locked.close()


def test_records_between_shifts_belong_to_the_new_key(tmp_path: Path, writer: RecordWriter) -> None:
    first, new = writer.public_key, SigningKey.generate()
    run_shift(writer, 2)
    writer.append("state", {"state": "x", "reasons": []}).result(10)
    rotated = writer.rotate_key(new, "yearly", PERSON).result(10)
    assert (rotated.rotation.first_shift, rotated.rotation.station) == (2, NAME)
    writer.append("shift-open", opening(writer)).result(10)
    with pytest.raises(ShiftError):
        writer.rotate_key(SigningKey.generate(), "again", PERSON).result(10)
    writer.append("part", part(9, "FAIL")).result(10)
    assert writer.sign_head().result(10) is not None
    writer.seal_shift(PERSON, CLOSE).result(30)
    writer.close()
    (tmp_path / "keys" / "station.pub").write_text(new.public_key.hex())
    report = verify_station(tmp_path, expected_key=first)
    assert report.exit_code == 0, [str(found) for found in report.findings]


STATED = Rotation("demo", SigningKey.generate().public_key, SigningKey.generate().public_key, 12, "yearly rotation")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": "two\nlines"}, "not a rotation"),
        ({"reason": "x" * (MAX_TEXT + 1)}, "reason"),
        ({"reason": ""}, "no 'reason'"),
        ({"reason": " padded"}, "no 'reason'"),
        ({"station": "a b"}, "malformed"),
        ({"first_shift": 0}, "malformed"),
        ({"new": STATED.old}, "one key twice"),
        ({"new": b"short"}, "public key"),
    ],
)
def test_what_cannot_be_stated(changed: dict[str, Any], words: str) -> None:
    names = ("station", "old", "new", "first_shift", "reason")
    with pytest.raises(FormatInvalid, match=words):
        Rotation(**{name: getattr(STATED, name) for name in names} | changed).text()


def test_a_statement_reads_as_it_was_written() -> None:
    assert parse_rotation(STATED.text()) == STATED
    assert STATED.text().splitlines()[0] == "inspector/key-rotation/v1"


def test_every_flipped_bit_of_a_statement_is_refused() -> None:
    old, new = SigningKey.generate(), SigningKey.generate()
    document = sign_rotation(Rotation("demo", old.public_key, new.public_key, 2, "yearly"), old, new)
    stated = open_rotation(document)
    for position in range(len(document) * 8):
        changed = bytearray(document)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(EvidenceError):
            if open_rotation(bytes(changed)) == stated:
                raise AssertionError(f"bit {position} made no difference")
