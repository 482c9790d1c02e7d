# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lookup tables: what the writer enters is what an old database gets from its bytes; a rollback leaves nothing."""

from __future__ import annotations

import logging
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from inspector.clock import SimulatedClock
from inspector.errors import StoreError
from inspector.part import Commanded, Confirmed, Verdict
from inspector.store import database, index
from inspector.store.book import RecordBook
from inspector.store.database import migrations, open_for_reading, open_for_writing
from inspector.store.index import OUTCOMES, VERDICTS
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.recall import Selection, recall
from tests.assets.stations.make import FOLDER
from tests.audit_station import KEY, build
from tests.store_station import BOOT, NAME, check_chain, part
from tests.unit.evidence_samples import FIELDS

TABLES = {
    "part_index": "SELECT seq, t_s, verdict, challenge, model, recipe, outcome FROM part_index"
    " JOIN rules ON rules.id = rules ORDER BY seq",
    "finding": "SELECT name, seq FROM finding JOIN finding_class ON id = class ORDER BY name, seq",
}
ADDED = "part_index"


def tables(station: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(station / "records.sqlite")) as connection:
        return {name: connection.execute(query).fetchall() for name, query in TABLES.items()}


def back_to_the_schema_before(station: Path) -> None:
    """The same records in a database as the version before these tables left it."""
    number = next(one.number for one in migrations() if ADDED in one.name)
    path, newer = station / "records.sqlite", station / "newer.sqlite"
    path.rename(newer)
    with pytest.MonkeyPatch.context() as patch:
        older = [one for one in migrations() if one.number < number]
        patch.setattr(database, "migrations", lambda: older)
        open_for_writing(station).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS newer", (str(newer),))
        names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migration'"
        for (name,) in connection.execute(names).fetchall():
            connection.execute(f"INSERT INTO main.{name} SELECT * FROM newer.{name} ORDER BY 1")
        connection.commit()


def test_the_places_stand_for_all_verdicts_and_outcomes() -> None:
    assert set(VERDICTS) == {verdict.value for verdict in Verdict}
    pairs = {(commanded.value, confirmed.value) for commanded in Commanded for confirmed in Confirmed}
    assert set(OUTCOMES) == pairs | {("none", "none")}


def test_every_part_is_entered_as_its_record_says(tmp_path: Path) -> None:
    build(tmp_path)
    records = check_chain(tmp_path)
    outcomes = {record["key"]["part_seq"]: record for record in records if record["type"] == "outcome"}
    expected, findings = [], []
    for record in records:
        if record["type"] != "part":
            continue
        outcome = outcomes.get(record["key"]["part_seq"])
        place = OUTCOMES.index((outcome["commanded"], outcome["confirmed"]) if outcome else ("none", "none"))
        facts = (VERDICTS.index(record["verdict"]), int(record["purpose"] == "challenge"))
        rules = (record["model_digest"], record["recipe_digest"])
        expected.append((record["seq"], record["t_us"] // 1_000_000, *facts, *rules, place))
        for name in {one["class"] for view in record["views"] for one in view["detections"]}:
            findings.append((name, record["seq"]))
    assert tables(tmp_path) == {"part_index": expected, "finding": sorted(findings)}


def test_an_old_database_gets_the_same_tables_from_its_bytes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path)
    before = tables(tmp_path)
    back_to_the_schema_before(tmp_path)
    with pytest.raises(StoreError, match="schema"):
        open_for_reading(tmp_path)
    monkeypatch.setattr(index, "REPORT_EVERY", 20)
    with caplog.at_level(logging.INFO):
        open_for_writing(tmp_path).close()
    assert tables(tmp_path) == before
    last = len(check_chain(tmp_path))
    told = [record.args for record in caplog.records if "prepared" in record.message]
    assert len(told) > 3 and told[-1] == (last, last), "progress, to the end"


def test_a_damaged_old_record_is_told_of_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    build(tmp_path)
    before = tables(tmp_path)["part_index"]
    back_to_the_schema_before(tmp_path)
    seq = before[5][0]
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection:
        connection.execute("DROP TRIGGER record_no_update")
        connection.execute("UPDATE record SET bytes = CAST('{' AS BLOB) WHERE seq = ?", (seq,))
        connection.commit()
    open_for_writing(tmp_path).close()
    assert [row for row in before if row[0] != seq] == tables(tmp_path)["part_index"]
    assert f"record {seq} is damaged" in caplog.text


def test_a_transaction_that_is_rolled_back_takes_its_numbers_with_it(tmp_path: Path) -> None:
    """The first part of a class gives the class its number; if that is undone, the next part must give it again."""
    book = RecordBook(tmp_path, NAME, KEY.public_key, BOOT, SimulatedClock())
    record = ("part", part(1, "FAIL", image=True))
    with closing(book):
        book._connection.execute("CREATE TEMP TABLE fault (on_ INTEGER)")
        book._connection.execute(
            "CREATE TEMP TRIGGER broken AFTER INSERT ON finding WHEN EXISTS (SELECT 1 FROM fault)"
            " BEGIN SELECT RAISE(ROLLBACK, 'a fault'); END"
        )
        book._connection.execute("INSERT INTO fault VALUES (1)")
        with pytest.raises(sqlite3.Error, match="a fault"):
            book.append([record])
        book._connection.execute("DELETE FROM fault")
        book.append([record])
    found = tables(tmp_path)
    assert found["finding"] == [("scratch", 1)]
    assert [row[0] for row in found["part_index"]] == [1], "and the numbers of the rules"


@pytest.mark.parametrize("archive", sorted(FOLDER.glob("*.zip")), ids=lambda path: path.stem)
def test_the_stations_of_old_releases_answer_recalls(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    open_for_writing(tmp_path).close()
    with AuditReader(tmp_path) as reader:
        answer = recall(reader, Selection(lot="L-1"))
    assert (answer.total("verdicts"), answer.total("lanes")) == ({"PASS": 2, "FAIL": 1}, {"good": 2, "reject": 1})
    assert (answer.seals_agree, answer.seals_contradict) == (1, ())


def test_pictures_that_share_a_file_are_found_wherever_they_are_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their index has one place for each 65,536 records; here for each four."""
    monkeypatch.setattr("inspector.store.book.FILE_PLACE_BITS", 2)
    monkeypatch.setattr("inspector.store.read.FILE_PLACE_BITS", 2)
    book = RecordBook(tmp_path, NAME, KEY.public_key, BOOT, SimulatedClock())
    stored = [("image-stored", {**FIELDS["image-stored"], "part": f"{number:064x}"}) for number in range(20)]
    other = ("image-stored", {**FIELDS["image-stored"], "image_digest": "2" * 63 + "3"})
    with closing(book):
        book.append([*stored, other])
    with AuditReader(tmp_path) as reader:
        found = [record.seq for record in reader.stored_images(str(FIELDS["image-stored"]["image_digest"]))]
    assert found == list(range(20, 0, -1)), "newest first, without one that only begins alike"
