# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log follows a station's key from rotation to rotation, and no key gets a second word where one was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.cli import main as command_line
from inspector.errors import LedgerInconsistent, LedgerRefused
from inspector.evidence.keys import SigningKey
from inspector.evidence.merkle import consistency_proof, leaf_hash
from inspector.evidence.note import parse_vkey
from inspector.evidence.proof import verify_leaf_proof
from inspector.evidence.rotation import Rotation, RotationDocument, sign_rotation
from inspector.evidence.verify.station import verify_station
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from ledger_anchor.anchor import Anchor
from ledger_anchor.backends import open_ledger
from ledger_anchor.ledger import Receipt
from ledger_anchor.log.directory import DirectoryLog
from tests.fault.test_anchor_kill import SETTINGS
from tests.store_station import PERSON, make_writer, run_shift
from tests.unit.test_directory_log import KEY, ORIGIN, Shop, opened

SECOND, THIRD, THIEF = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()


def rotation(
    shift: int,
    old: SigningKey = KEY,
    new: SigningKey = SECOND,
    station: str = "demo",
    signed_by: tuple[SigningKey, SigningKey] | None = None,
) -> RotationDocument:
    stated = Rotation(station, old.public_key, new.public_key, shift, "yearly")
    return RotationDocument(sign_rotation(stated, *(signed_by or (old, new))))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[DirectoryLog]:
    with opened(tmp_path / "log") as log:
        yield log


def test_the_new_key_is_taken_after_its_rotation_only(log: DirectoryLog) -> None:
    shop = Shop()
    log.submit(shop.close())
    shop.key = SECOND
    shop.grow(2)
    with pytest.raises(LedgerRefused, match="names key"):
        log.submit(shop.head())
    log.submit(rotation(2))
    log.submit(shop.head())
    shop.grow()
    log.submit(shop.seal(), consistency_proof(shop.leaves, 2))
    assert log.size == 4


def test_receipt_of_a_rotation_proves_it_offline(tmp_path: Path) -> None:
    shop = Shop()
    with opened(tmp_path / "log") as log:
        log.submit(shop.close())
        document = rotation(2)
        receipt = log.submit(document)
        assert log.submit(document) == receipt
        log.check(receipt)
        with pytest.raises(LedgerInconsistent, match="does not hold entry 2"):
            log.check(replace(receipt, index=2))
        assert (receipt.index, receipt.digest) == (1, document.digest)
    key = parse_vkey((tmp_path / "log" / "log.vkey").read_text())
    assert verify_leaf_proof(receipt.proof, leaf_hash(document.leaf), key)[0] == 1


def test_the_old_key_has_nothing_more_to_say(log: DirectoryLog) -> None:
    """Stolen after the rotation, it can neither seal, nor rotate again, nor take the rotation's place."""
    shop = Shop()
    log.submit(shop.close())
    log.submit(rotation(2))
    shop.grow(1)
    with pytest.raises(LedgerRefused, match="names key"):
        log.submit(shop.head())
    with pytest.raises(LedgerRefused, match="another rotation of demo, shift 2"):
        log.submit(rotation(2, new=THIEF))
    shop.key = SECOND
    log.submit(shop.close())
    with pytest.raises(LedgerRefused, match="not by the key that is in force"):
        log.submit(rotation(3, new=THIEF))
    log.submit(rotation(3, old=SECOND, new=THIRD))


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (rotation(2, signed_by=(THIEF, SECOND)), "does not verify"),
        (rotation(2, signed_by=(KEY, THIEF)), "does not verify"),
        (rotation(2, old=THIEF, new=SECOND), "not by the key that is in force"),
        (rotation(2, station="other"), "Station other is not known"),
        (rotation(1), "its open shift here is 2"),
        (rotation(3), "its open shift here is 2"),
        (RotationDocument(rotation(2).data + rotation(2).data.splitlines(keepends=True)[-1]), "two signatures"),
    ],
)
def test_forged_rotations(log: DirectoryLog, forged: RotationDocument, words: str) -> None:
    log.submit(Shop().close())
    with pytest.raises(LedgerRefused, match=words):
        log.submit(forged)
    assert log.size == 1


def test_no_rotation_in_a_shift_that_has_a_head(log: DirectoryLog) -> None:
    shop = Shop()
    shop.grow(2)
    log.submit(shop.head())
    with pytest.raises(LedgerRefused, match="has a head by the key before"):
        log.submit(rotation(1))


def test_one_station_rotates_and_the_other_does_not(tmp_path: Path) -> None:
    other_key = SigningKey.generate()
    mine, other = Shop(), Shop("other", other_key)
    with opened(tmp_path / "log", demo=KEY, other=other_key) as log:
        for shop in (mine, other):
            log.submit(shop.close())
        log.submit(rotation(2))
        log.submit(other.close())
        mine.key = SECOND
        log.submit(mine.close())
    with opened(tmp_path / "log") as log:
        assert log.size == 5
        log.submit(mine.close())
        log.submit(other.close())
        with pytest.raises(LedgerRefused):
            log.submit(rotation(4, old=KEY, new=THIEF))


def test_a_log_with_a_rotation_that_it_would_never_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "log") as log:
        log.submit(Shop().close())
        monkeypatch.setattr(type(log._admission), "check", lambda *_: None)
        log.submit(rotation(2, signed_by=(THIEF, SECOND)))
        monkeypatch.undo()
    with pytest.raises(LedgerInconsistent, match="Log entry 1 does not belong there"), opened(tmp_path / "log"):
        pass


def test_ledger_show_lists_a_rotation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "station.toml").write_text(SETTINGS)
    with opened(tmp_path / "ledger") as log:
        log.submit(Shop().close())
        log.submit(rotation(2))
    assert command_line(["ledger", "show", "--station", str(tmp_path), "--json"]) == 0
    assert '"kind": "rotation"' in capsys.readouterr().out


@pytest.mark.parametrize("late", [False, True], ids=["anchored as it goes", "ledger added later"])
def test_a_rotated_station_is_anchored_from_its_first_shift_on(tmp_path: Path, late: bool) -> None:
    (tmp_path / "keys").mkdir()
    writer = make_writer(tmp_path, KEY)
    anchored: list[int] = []

    def send(receipt: Receipt) -> bool:
        ledger = {"kind": "tlog", "origin": receipt.origin}
        fields = {"seal": receipt.digest, "ledger": ledger, "index": receipt.index, "proof": receipt.proof}
        writer.append("receipt", fields).result(10)
        anchored.append(receipt.index)
        return True

    def anchor() -> None:
        with RecordReader(tmp_path) as reader:
            ledger = open_ledger(tmp_path / "ledger", ORIGIN, "demo", writer.public_key, reader)
            with closing(ledger):
                Anchor(reader, ledger, "demo", DocumentStore(tmp_path), send).work(1.0)

    try:
        for start, new in ((1, SECOND), (2, THIRD), (3, None)):
            run_shift(writer, 1, start=start)
            if new is not None:
                writer.rotate_key(new, "yearly", PERSON).result(10)
            if not late:
                anchor()
        anchor()
    finally:
        writer.close()
    assert anchored == [0, 1, 2, 3, 4]
    (tmp_path / "keys" / "station.pub").write_text(THIRD.public_key.hex())
    report = verify_station(tmp_path, expected_key=KEY.public_key)
    assert (report.exit_code, report.checked["receipts"], report.checked["log entries"]) == (0, 5, 5)


def test_a_rotation_whose_statement_is_gone_holds_up_what_follows_only(tmp_path: Path) -> None:
    writer = make_writer(tmp_path, KEY)
    sent: list[Receipt] = []
    try:
        run_shift(writer, 1)
        statement = writer.rotate_key(SECOND, "yearly", PERSON).result(10).document
        DocumentStore(tmp_path).path_of(RotationDocument(statement).digest).unlink()
        run_shift(writer, 1, start=2)
        with RecordReader(tmp_path) as reader:
            ledger = open_ledger(tmp_path / "ledger", ORIGIN, "demo", writer.public_key, reader)
            with closing(ledger):
                anchor = Anchor(reader, ledger, "demo", DocumentStore(tmp_path), lambda one: sent.append(one) is None)
                anchor.work(1.0)
                assert anchor.next_pass_s > 1.0
    finally:
        writer.close()
    assert [receipt.index for receipt in sent] == [0]
