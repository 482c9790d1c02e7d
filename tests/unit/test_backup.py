# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backup and restore: consistent, incremental, checked, without secrets; an old one is recognised."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.cli import main
from inspector.errors import BackupDamaged, ConfigError, DiskFull, RetentionRefused, StoreError
from inspector.evidence.keys import load_key, read_public_key
from inspector.evidence.verify.station import verify_station
from inspector.ipc import RunDirectory
from inspector.store import backup as backup_module
from inspector.store.backup import back_up
from inspector.store.backup_files import LIST, BackupList
from inspector.store.documents import DocumentStore
from inspector.store.keeping_lock import keeping_lock
from inspector.store.read import RecordReader
from inspector.store.restore import MARK, Restored, restore
from inspector.store.writer import RecordWriter
from ledger_anchor.anchor import Anchor
from ledger_anchor.backends import open_ledger
from ledger_anchor.ledger import Receipt
from tests.assets.stations.make import NAME, ORIGIN, PASSPHRASE, Maker, _given, fill
from tests.store_station import CLOSE, PERSON, opening


def tell(station: Path) -> Path:
    """A station directory with everything that a plant has in it."""
    with _given():
        maker = Maker(station)
        try:
            fill(maker)
        finally:
            maker.close()
    for name in ("recipes/disc.toml", "models/disc/model.json", "cameras/simulated.toml"):
        (station / name).parent.mkdir(parents=True, exist_ok=True)
        (station / name).write_text(f"# {name}\n")
    (station / "keys" / "passphrase").write_text(PASSPHRASE)
    (station / "keys" / "passphrase").chmod(0o600)
    (station / "keys" / "station.key").chmod(0o600)
    (station / "run").mkdir()
    (station / "run" / "secret").write_text("secret")
    (station / "station.toml").write_text(
        (station / "station.toml").read_text() + '\n[key]\npassphrase_file = "keys/passphrase"\n'
    )
    return station


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tell(tmp_path_factory.mktemp("told") / "station")


@pytest.fixture
def station(told: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(told, tmp_path / "station"))


def go_on(station: Path, *, anchor: bool = True) -> None:
    """Close the open shift of a station, seal it and bring the seal to the log."""
    key = load_key(station / "keys" / "station.key", PASSPHRASE)
    writer = RecordWriter(station, NAME, key.public_key, boot="00000000000000b2", reserve_mb=0)
    writer.unlock(key).result(10)
    if writer.position.opened is None:
        writer.append("shift-open", opening(writer)).result(10)
    writer.seal_shift(PERSON, CLOSE).result(10)
    if anchor:
        with RecordReader(station) as reader:
            log = open_ledger(station / "ledger", ORIGIN, NAME, key.public_key, reader)
            sent: list[Receipt] = []

            def send(receipt: Receipt) -> bool:
                sent.append(receipt)
                return True

            Anchor(reader, log, NAME, DocumentStore(station), send).work(0)
            log.close()
        for one in sent:
            ledger = {"kind": "tlog", "origin": one.origin}
            fields = {"seal": one.digest, "ledger": ledger, "index": one.index, "proof": one.proof}
            writer.append("receipt", fields).result(10)
    writer.close()


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def findings(station: Path) -> list[str]:
    key = read_public_key(station / "keys" / "station.pub")
    return [str(one) for one in verify_station(station, expected_key=key).findings]


def test_what_is_restored_is_what_was_there(station: Path, tmp_path: Path) -> None:
    made = back_up(station, tmp_path / "backup")
    assert made.problems == []
    with RecordReader(station) as reader:
        assert (made.seq, made.head) == (reader.latest(1)[0].seq, reader.latest(1)[0].hash)
    done = restore(tmp_path / "backup", tmp_path / "again")
    assert (done.placed, done.missing, done.old) == (True, (), "")
    assert done.asked == (f"the log in {station / 'ledger'}", f"the records in {station}")
    assert findings(tmp_path / "again") == findings(station) == []
    here, there = files(station), files(tmp_path / "again")
    of_a_run = {"keeping.lock", "records.sqlite-shm", "records.sqlite-wal", "ledger/lock", "run/secret"}
    assert here - there - of_a_run == {"keys/passphrase", "ledger/log.key"}
    assert there - here == {MARK}
    for name in here & there - {"records.sqlite"}:
        assert (station / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    assert made.left_out == ["keys/passphrase", "ledger/log.key"]
    if sys.platform != "win32":
        assert (tmp_path / "again" / "keys" / "station.key").stat().st_mode & 0o777 == 0o600
        private = [
            path for path in (tmp_path / "backup" / "objects").rglob("*") if path.stat().st_mode & 0o777 == 0o600
        ]
        assert [b"ENCRYPTED PRIVATE KEY" in path.read_bytes() for path in private] == [True]


def test_what_was_exported_is_in_no_backup(station: Path, tmp_path: Path) -> None:
    (station / "exports").mkdir()
    (station / "exports" / "shift-1.zip").write_bytes(b"a copy of what is recorded")
    made = back_up(station, tmp_path / "backup")
    assert not [name for name in (*made.files, *made.left_out) if name.startswith("exports")]


def test_no_secret_is_in_a_backup(station: Path, tmp_path: Path) -> None:
    (station / "opcua").mkdir()
    (station / "opcua" / "own.pem").write_text("-----BEGIN PRIVATE KEY-----\n...")
    (station / "keys" / "pin.txt").write_text("only for me")
    (station / "access").mkdir()
    (station / "access" / "users.json").write_text("only for me")
    (station / "models" / "API-Token.txt").write_text("only for me")
    for path in station.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)  # as under a strict umask: that alone makes nothing a secret
    (station / "mqtt-password").write_text("open to all, and named in the settings")
    settings = '\n[mqtt]\nenabled = true\nhost = "broker"\nuser = "station"\npassword_file = "mqtt-password"\n'
    settings += '[[ledger.shared]]\nkind = "log"\nurl = "https://log"\nkey = "l+1+2"\ntoken_file = "who-writes"\n'
    (station / "who-writes").write_text("open to all, and named in a table of several")
    (station / "station.toml").write_text((station / "station.toml").read_text() + settings)
    made = back_up(station, tmp_path / "backup")
    wanted = {"keys/passphrase", "keys/pin.txt", "ledger/log.key", "mqtt-password", "opcua/own.pem"}
    assert set(made.left_out) == wanted | {"who-writes", "access/users.json", "models/API-Token.txt"}
    assert {"station.toml", "keys/station.pub", "recipes/disc.toml", "ledger/checkpoint"} <= set(made.files)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    for secret in (PASSPHRASE.encode(), b"BEGIN PRIVATE KEY", b"open to all", b"only for me"):
        assert secret not in everything
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in everything


def test_a_second_backup_copies_only_what_is_new(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(station, tmp_path / "backup")
    go_on(station)
    copied: list[str] = []
    real = backup_module.copy_checked

    def copy(source: Path, target: Path, expected: str | None = None, **more: Any) -> str | None:
        copied.append(source.name)
        return real(source, target, expected, **more)

    monkeypatch.setattr(backup_module, "copy_checked", copy)
    made = back_up(station, tmp_path / "backup")
    assert not [name for name in copied if name.endswith(".png")]
    assert "model.json" not in copied
    assert made.sealed == 3
    assert len(list((tmp_path / "backup" / "database").iterdir())) == 1, "the older snapshot is gone"
    done = restore(tmp_path / "backup", tmp_path / "again")
    assert (done.report.exit_code, done.old) == (0, "")


def test_images_that_were_erased_leave_the_backup_too(station: Path, tmp_path: Path) -> None:
    with RecordReader(station) as reader:
        gone = {str(one.fields["image_digest"]) for one in reader.erasures(-1)}
        (kept,) = {str(one.fields["image_digest"]) for one in reader.latest(1, kind="image-stored")}
    back_up(station, tmp_path / "backup")
    (digest,) = gone
    path = tmp_path / "backup" / "images" / digest[:2] / f"{digest}.png"
    assert not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"as an earlier backup has it")
    back_up(station, tmp_path / "backup")
    assert not path.exists()
    assert (tmp_path / "backup" / "images" / kept[:2] / f"{kept}.png").is_file()


def test_what_the_station_lacks_is_said_and_mended_later(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    RunDirectory(station).remove_secret()
    (image,) = sorted(station.rglob("*.png"))[:1]
    (document,) = sorted((station / "documents").iterdir())[:1]
    data, text = image.read_bytes(), document.read_bytes()
    image.write_bytes(data + b"x")
    document.unlink()
    assert main(["backup", str(tmp_path / "backup"), "--station", str(station), "--json"]) == 3
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert len(problems) == 2 and f"image {image.stem}" in " ".join(problems)
    done = restore(tmp_path / "backup", tmp_path / "damaged", even_if_damaged=True)
    assert len(done.missing) == 2 and done.report.exit_code == 2
    assert not restore(tmp_path / "backup", tmp_path / "refused").placed
    assert not (tmp_path / "refused").exists()
    image.write_bytes(data)
    document.write_bytes(text)
    assert main(["backup", str(tmp_path / "backup"), "--station", str(station)]) == 0
    assert restore(tmp_path / "backup", tmp_path / "again").report.exit_code == 0


def test_a_file_that_rots_in_the_backup_is_found_and_mended(station: Path, tmp_path: Path) -> None:
    back_up(station, tmp_path / "backup")
    (image,) = sorted((tmp_path / "backup" / "images").rglob("*.png"))[:1]
    data = image.read_bytes()
    image.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    assert len(restore(tmp_path / "backup", tmp_path / "one", even_if_damaged=True).missing) == 1
    back_up(station, tmp_path / "backup", again=True)
    assert image.read_bytes() == data
    (thing,) = [path for path in sorted((tmp_path / "backup" / "objects").rglob("*")) if path.is_file()][:1]
    thing.write_bytes(b"rotten")
    with pytest.raises(BackupDamaged, match="is not what its list says"):
        restore(tmp_path / "backup", tmp_path / "two")
    database = next((tmp_path / "backup" / "database").rglob("records.sqlite"))
    database.write_bytes(database.read_bytes()[:-1] + b"x")
    with pytest.raises(BackupDamaged, match="is not what its list says"):
        restore(tmp_path / "backup", tmp_path / "three")
    assert files(tmp_path / "two") == files(tmp_path / "three") == set()


@pytest.mark.parametrize(
    ("after", "error"), [(0, DiskFull("No space")), (9, StoreError("cable pulled")), (9, KeyboardInterrupt())]
)
def test_a_backup_that_is_broken_off_is_not_complete(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int, error: BaseException
) -> None:
    """Of a second one that is broken off, the one before is as good as it was."""
    left = after
    real = backup_module.copy_checked

    def copy(source: Path, target: Path, expected: str | None = None, **more: Any) -> str | None:
        nonlocal left
        left -= 1
        if left < 0:
            raise error
        return real(source, target, expected, **more)

    with monkeypatch.context() as patched:
        patched.setattr(backup_module, "copy_checked", copy)
        with pytest.raises(type(error)):
            back_up(station, tmp_path / "backup")
    with pytest.raises(BackupDamaged, match="no complete backup"):
        restore(tmp_path / "backup", tmp_path / "again")
    first = back_up(station, tmp_path / "backup")
    go_on(station)
    for number in range(12):
        (station / "recipes" / f"{number}.toml").write_text(f"# {number}\n")
    left = after
    with monkeypatch.context() as patched:
        patched.setattr(backup_module, "copy_checked", copy)
        with pytest.raises(type(error)):
            back_up(station, tmp_path / "backup")
    assert BackupList.read(tmp_path / "backup").seq == first.seq
    done = restore(tmp_path / "backup", tmp_path / "again", former=tmp_path / "nowhere")
    assert (done.report.exit_code, done.missing) == (0, ())
    assert back_up(station, tmp_path / "backup").sealed == 3
    assert len(list((tmp_path / "backup" / "database").iterdir())) == 1


def full(pages: int) -> Callable[..., sqlite3.Connection]:
    real = sqlite3.connect

    def connect(path: object, **more: Any) -> sqlite3.Connection:
        connection = real(path, **more)  # type: ignore[call-overload]
        if str(path).endswith("records.sqlite"):
            connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection  # type: ignore[no-any-return]

    return connect


def test_a_full_disk_while_the_database_is_copied(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.store.backup.sqlite3.connect", full(3))
    with pytest.raises(DiskFull):
        back_up(station, tmp_path / "backup")
    assert not (tmp_path / "backup" / LIST).exists()
    monkeypatch.undo()
    assert back_up(station, tmp_path / "backup").problems == []


def test_records_that_come_while_the_database_is_copied_are_in_the_next(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, with a commit of the station after each: the snapshot is one state, and it ends."""
    monkeypatch.setattr(backup_module, "PAGES", 1)
    key = load_key(station / "keys" / "station.key", PASSPHRASE)
    writer = RecordWriter(station, NAME, key.public_key, boot="00000000000000b2", reserve_mb=0)
    before, steps = writer.position.seq, 0

    def show(stage: str, done: int, total: int) -> None:
        nonlocal steps
        if stage == "database":
            steps += 1
            writer.append("state", {"state": "ready", "reasons": []}).result(10)

    made = back_up(station, tmp_path / "backup", progress=show)
    writer.close()
    assert steps > 10
    assert made.seq == before
    done = restore(tmp_path / "backup", tmp_path / "again")
    assert done.report.exit_code == 0
    assert f"{station} has records up to {before + steps}" in done.old, "and the restore knows that there are more"


def test_backup_and_erasing_wait_for_one_another(station: Path, tmp_path: Path) -> None:
    with keeping_lock(station), pytest.raises(RetentionRefused, match="backup"):
        back_up(station, tmp_path / "backup")
    seen = []

    def show(stage: str, done: int, total: int) -> None:
        with pytest.raises(RetentionRefused), keeping_lock(station):
            pass
        with pytest.raises(RetentionRefused, match="another backup"):
            back_up(station, tmp_path / "backup")
        seen.append(stage)

    back_up(station, tmp_path / "backup", progress=show)
    assert set(seen) == {"database", "files", "images"}


def test_a_folder_that_holds_something_else_is_refused(station: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(StoreError, match="holds something else"):
        back_up(station, tmp_path / "other")
    with pytest.raises(StoreError, match="lies in the station directory"):
        back_up(station, station / "backup")
    back_up(station, tmp_path / "backup")
    (station / "station.toml").write_text((station / "station.toml").read_text().replace(NAME, "line-5"))
    with pytest.raises(StoreError, match="is a backup of station line-4"):
        back_up(station, tmp_path / "backup")


def test_nothing_is_overwritten(station: Path, tmp_path: Path) -> None:
    back_up(station, tmp_path / "backup")
    with pytest.raises(ConfigError, match="is not empty"):
        restore(tmp_path / "backup", station)
    (tmp_path / "empty").mkdir()
    assert restore(tmp_path / "backup", tmp_path / "empty").placed


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"../../etc/passwd": "0" * 64}},
        {"files": {"/etc/passwd": "0" * 64}},
        {"files": {"keys/station.pub": "../x"}},
        {"database": "../x"},
        {"seq": "1"},
        {"format": "inspector-backup/2"},
        {"more": 1},
    ],
)
def test_a_list_that_leads_elsewhere_is_refused(station: Path, tmp_path: Path, change: dict[str, object]) -> None:
    back_up(station, tmp_path / "backup")
    path = tmp_path / "backup" / LIST
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(BackupDamaged):
        restore(tmp_path / "backup", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def restored_old(station: Path, tmp_path: Path, *, anchor: bool) -> Restored:
    """A backup from before the last seal, restored when the station has gone on."""
    back_up(station, tmp_path / "backup")
    log_key = (station / "ledger" / "log.key").read_bytes()
    assert log_key
    go_on(station, anchor=anchor)
    return restore(tmp_path / "backup", tmp_path / "again")


def test_an_old_backup_is_recognised_by_the_log_and_by_the_former_records(station: Path, tmp_path: Path) -> None:
    done = restored_old(station, tmp_path, anchor=True)
    assert "ledger holds a seal of shift 3" in done.old and "has records up to" in done.old
    alone = restore(tmp_path / "backup", tmp_path / "log-only", former=tmp_path / "gone", ledger=station / "ledger")
    assert "holds a seal of shift 3" in alone.old and "has records" not in alone.old
    nobody = restore(tmp_path / "backup", tmp_path / "nobody", former=tmp_path / "gone")
    assert (nobody.old, nobody.asked) == ("", ())
    (station / "records.sqlite").rename(tmp_path / "broken.sqlite")
    assert "holds a seal of shift 3" in restore(tmp_path / "backup", tmp_path / "three").old


def test_records_that_no_log_has_show_in_the_former_directory(station: Path, tmp_path: Path) -> None:
    done = restored_old(station, tmp_path, anchor=False)
    assert done.old == f"{station} has records up to {done.made.seq + 1}"


def test_another_history_is_recognised(station: Path, tmp_path: Path) -> None:
    back_up(station, tmp_path / "backup")
    other = tell(tmp_path / "other")
    with closing(sqlite3.connect(other / "records.sqlite")) as db:
        db.execute("DROP TRIGGER record_no_update")
        db.execute("UPDATE record SET hash = ? WHERE seq = (SELECT max(seq) FROM record)", (b"x" * 32,))
        db.commit()
    done = restore(tmp_path / "backup", tmp_path / "again", former=other)
    assert "has another record" in done.old


def test_the_commands(station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunDirectory(station).remove_secret()
    folder, again = str(tmp_path / "backup"), str(tmp_path / "again")
    assert main(["backup", folder, "--station", str(station), "--check-all"]) == 0
    said = capsys.readouterr().out
    assert "Backup of line-4" in said and "left out" in said and "keys/passphrase" in said
    key = str(station / "keys" / "station.pub")
    assert main(["restore", folder, again, "--key", key, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verification"]["verdict"] == "VERIFIED" and found["old"] == ""
    assert main(["restore", folder, again]) == 3
    go_on(station)
    assert main(["restore", folder, str(tmp_path / "old")]) == 1
    said = capsys.readouterr().out
    assert "OLD BACKUP" in said and "put it back by hand: ledger/log.key" in said
    assert main(["restore", folder, str(tmp_path / "alone"), "--former", again + "x"]) == 0
    assert "No ledger and no former directory" in capsys.readouterr().out
