# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recalls and audit questions, each against what a plain reading of all records says."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.main import main
from inspector.errors import EvidenceError, StoreError
from inspector.store.queries.changes import changes
from inspector.store.queries.defects import parts_with, trend
from inspector.store.queries.history import audited_challenges, bypasses, clock_events, not_there
from inspector.store.queries.people import users
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.queries.recall import Selection, describe, recall, recalled_parts
from inspector.store.queries.serial import everything_about
from inspector.store.queries.shift import audit_lot, audit_shift, holds_on, rejects
from tests.audit_station import DAY_MS, MODELS, RECIPES, START_US, UNNAMED, build, writing
from tests.store_station import check_chain

START_S = START_US // 1_000_000
DAY_S = DAY_MS // 1000


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit")
    build(path)
    return path


@pytest.fixture(scope="module")
def records(history: Path) -> list[dict[str, Any]]:
    return check_chain(history)


@pytest.fixture
def reader(history: Path) -> Iterator[AuditReader]:
    with AuditReader(history) as found:
        yield found


@pytest.fixture
def copy(history: Path, tmp_path: Path) -> Path:
    """A history of one's own, to be damaged."""
    return Path(shutil.copytree(history, tmp_path / "copy"))


def production(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in records if one["type"] == "part" and one["purpose"] == "production"]


def change(station: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(station / "records.sqlite")) as connection:
        connection.execute("DROP TRIGGER IF EXISTS record_no_update")
        connection.execute("DROP TRIGGER IF EXISTS seal_no_update")
        assert connection.execute(statement, values).rowcount == 1
        connection.commit()


CAMERAS = {1: "CAM-1", 2: "CAM-2", 3: "CAM-2"}
LOTS = {1: "L-1", 2: "L-2", 3: "L-1"}


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), lambda one: True),
        (Selection(model="old"), lambda one: one["model_digest"] == MODELS["old"]),
        (Selection(model="new"), lambda one: one["model_digest"] == MODELS["new"]),
        (Selection(model=UNNAMED), lambda one: one["model_digest"] == UNNAMED),
        (Selection(model=UNNAMED[:8]), lambda one: one["model_digest"] == UNNAMED),
        (Selection(model=UNNAMED[:7]), lambda one: False),
        (Selection(model="nobody's"), lambda one: False),
        (Selection(recipe="disc-2"), lambda one: one["recipe_digest"] == RECIPES["disc-2"]),
        (Selection(recipe=RECIPES["disc"]), lambda one: one["recipe_digest"] == RECIPES["disc"]),
        (Selection(camera="CAM-2"), lambda one: CAMERAS[one["shift"]] == "CAM-2"),
        (Selection(camera="top"), lambda one: True),
        (Selection(camera="2" * 64), lambda one: True),
        (Selection(lot="L-1"), lambda one: LOTS[one["shift"]] == "L-1"),
        (Selection(lot="L-1", model="new"), lambda one: one["shift"] == 3),
        (Selection(lot="l-1"), lambda one: False),
        (Selection(to_s=START_S + 3), lambda one: one["t_us"] // 10**6 <= START_S + 3),
        (Selection(from_s=START_S + 3, to_s=START_S + DAY_S), lambda one: START_S + 3 <= one["t_us"] // 10**6),
        (Selection(from_s=START_S + DAY_S // 2), lambda one: one["shift"] > 1),
        (Selection(to_s=START_S - 1), lambda one: False),
    ],
    ids=lambda value: describe(value) if isinstance(value, Selection) else "",
)
def test_a_recall_counts_and_lists_what_the_records_say(
    reader: AuditReader, records: list[dict[str, Any]], selection: Selection, wanted: Any
) -> None:
    parts = [one for one in production(records) if wanted(one) and one["t_us"] // 10**6 <= selection.to_s]
    answer = recall(reader, selection)
    assert answer.parts == len(parts)
    assert answer.total("verdicts") == Counter(one["verdict"] for one in parts)
    lanes = {one["key"]["part_seq"]: one["confirmed"] for one in records if one["type"] == "outcome"}
    assert answer.total("lanes") == Counter(lanes.get(one["key"]["part_seq"], "none") for one in parts)
    rows = list(recalled_parts(reader, answer))
    assert [row.seq for row in rows] == [one["seq"] for one in parts]
    assert [row.serial for row in rows] == [one["serial"]["text"] for one in parts]
    assert [row.lot for row in rows] == [LOTS[one["shift"]] for one in parts]
    assert answer.seals_contradict == ()
    looked_at = {shift for shift in (1, 2) if selection.lot in (None, LOTS[shift])}
    looked_at &= {shift for shift in (1, 2) if selection.camera in (None, "top", "2" * 64, CAMERAS[shift])}
    assert answer.seals_agree == len(looked_at)
    passed = list(recalled_parts(reader, answer, frozenset({"PASS"})))
    assert [row.seq for row in passed] == [one["seq"] for one in parts if one["verdict"] == "PASS"]


def test_test_parts_are_told_apart(reader: AuditReader) -> None:
    assert recall(reader, Selection(lot="L-1")).challenge == 3


def test_a_lookup_table_that_hides_a_part_contradicts_the_seal(copy: Path) -> None:
    change(
        copy,
        "UPDATE part_index SET verdict = 0 WHERE seq = (SELECT min(seq) FROM part_index WHERE verdict = 1"
        " AND challenge = 0)",
    )
    with AuditReader(copy) as reader:
        assert recall(reader, Selection(lot="L-1")).seals_contradict == (1,)
        audit = audit_shift(reader, 1)
        assert audit is not None and audit.seal_agrees is False


@pytest.mark.parametrize("which", ["min", "max"])
def test_a_part_that_was_taken_out_of_the_tables_is_in_the_list_of_its_shift(copy: Path, which: str) -> None:
    """Also the first or the last of a shift that no seal holds."""
    sealed = "SELECT max(seq) FROM record WHERE shift = 2"
    query = f"SELECT {which}(seq) FROM part_index WHERE challenge = 0 AND seq > ({sealed})"
    change(copy, f"DELETE FROM part_index WHERE seq = ({query})")
    with AuditReader(copy) as reader:
        answer = recall(reader, Selection(recipe="disc-2"))
        assert (answer.parts, answer.seals_contradict) == (1, ())
        assert len(list(recalled_parts(reader, answer))) == 2


def test_everything_about_a_serial(reader: AuditReader, records: list[dict[str, Any]]) -> None:
    first, second = (everything_about(reader, part) for part in reader.by_serial("SN-0002"))
    assert (first.part.shift, second.part.shift) == (1, 3), "the same serial came again"
    assert first.outcome is not None and first.outcome.fields["part"] == first.part.hash
    assert second.outcome is None, "not yet"
    (image,) = first.images
    stored = next(one for one in records if one["type"] == "image-stored" and one["part"] == first.part.hash)
    assert (image.state, image.record, image.there) == ("stored", stored["seq"], False)
    assert first.opening is not None and first.opening.fields["lot"] == "L-1"
    assert [(person.what, person.name) for person in first.people] == [
        ("opened the shift", "anna"),
        ("signed: shift closed", "ben"),
        ("closed the shift", "ben"),
    ]
    assert first.before is not None and first.before.start.shift == 1
    assert first.after is not None and first.after.start.seq > first.part.seq and first.after.passed
    assert second.before is not None and second.before.start == first.after.start
    assert second.after is not None and not second.after.passed
    assert first.summary is not None and first.summary.seal is not None and first.ledgers == ()
    assert second.summary is not None and second.summary.seal is None


def test_a_lost_picture_and_a_view_without_one(reader: AuditReader, records: list[dict[str, Any]]) -> None:
    by_image = {one["part"]: one for one in records if one["type"] == "image-lost"}
    lost = next(part for part in reader.parts(1, LAST) if part.hash in by_image)
    assert [(one.state, one.reason) for one in everything_about(reader, lost).images] == [("lost", "power loss")]
    (none,) = [part for part in reader.parts(1, LAST) if b'"burr"' in part.data]
    assert everything_about(reader, none).images == ()


def test_an_erased_picture_and_a_legal_hold(reader: AuditReader, records: list[dict[str, Any]]) -> None:
    (part,) = reader.by_serial("SN-0005")
    dossier = everything_about(reader, part)
    (erasure,) = [one for one in records if one["type"] == "image-erased"]
    assert [(one.state, one.record) for one in dossier.images] == [("erased", erasure["seq"])]
    assert dossier.holds == ("complaint 7",), "a scratch, in this lot"
    assert everything_about(reader, reader.by_serial("SN-0002")[0]).holds == (), "no scratch"
    third = audit_shift(reader, 3)
    assert third is not None and third.erased == 1
    assert [one.kind for one in third.others] == ["hold"]
    assert [hold.name for hold in holds_on(reader, "L-1")] == ["complaint 7"]
    assert holds_on(reader, "L-2") == []


def test_what_people_said_of_a_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with writing(tmp_path) as station:
        station.open("L-1")
        part = station.part("FAIL", ("scratch",), serial="SN-1")
        said = {"part": part.hash, "record": part.seq, "role": None, "login": None}
        station.append("review", **said, by=station.person("anna"), note="a hair")
        station.append("review", **said, by=station.person("ben"), finding="agree", note="", **{"class": None})
        station.writer.erase_openings("ben").result(10)
    with AuditReader(tmp_path) as reader:
        reviews = everything_about(reader, reader.by_serial("SN-1")[0]).reviews
    assert [(one.name, one.review.finding, one.review.note) for one in reviews] == [
        ("anna", "not-a-defect", "a hair"),
        (None, "agree", ""),
    ]
    assert main(["audit", "serial", "SN-1", "--station", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "anna: not-a-defect, scratch: a hair" in told
    assert "agree" in told


def test_reviews_are_listed_for_training_without_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station_directory, target = tmp_path / "station", tmp_path / "reviews.csv"
    command = ["export", "reviews", "--station", str(station_directory), "-o", str(target), "--json"]
    station_directory.mkdir()
    with writing(station_directory) as station:
        station.open("L-1")
        part = station.part("FAIL", ("scratch",), serial="SN-1")
        station.part("FAIL", ("dent",), serial="SN-2")
        assert main(command) == 1
        said = {"part": part.hash, "record": part.seq, "role": None, "login": None}
        station.append("review", **said, by=station.person("anna"), finding="unsure")
        last = station.append("review", **said, by=station.person("anna"), note='"quoted", twice')
        station.append("review", **said, by=station.person("ben"), finding="agree", note="")
    capsys.readouterr()
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["parts"], told["reviews"]) == (1, {"agree": 1, "not-a-defect": 1})
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert [(row["finding"], row["class"], row["note"]) for row in rows] == [
        ("not-a-defect", "scratch", '"quoted", twice'),
        ("agree", "scratch", ""),
    ]
    first = rows[0]
    assert (first["part_record"], first["serial"], first["camera"]) == (str(part.seq), "SN-1", "top")
    assert first["review_record"] == str(last.seq)
    assert first["file"].endswith(f"/{first['image_digest']}.png")
    assert json.loads(first["detections"])[0]["class"] == "scratch"
    assert "anna" not in target.read_text(encoding="utf-8")


def test_who_may_do_what_and_who_may_not_any_more(reader: AuditReader) -> None:
    found = {user.name: user for user in users(reader)}
    assert {name: (user.role, user.may_log_in, user.last) for name, user in found.items()} == {
        "carl": ("team-lead", True, "role"),
        "dora": ("admin", True, "added"),
        "emil": ("operator", False, "disabled"),
    }
    assert (found["dora"].by, found["emil"].by) == (None, "dora")


def test_users_whose_names_were_erased_stay_apart(copy: Path) -> None:
    change(copy, "DELETE FROM operator WHERE rowid = (SELECT max(rowid) FROM operator WHERE staff_id = 'emil')")
    with AuditReader(copy) as reader:
        found = users(reader)
    assert [(user.name, user.role, user.may_log_in) for user in found if user.name in (None, "emil")] == [
        ("emil", "operator", True),
        (None, "operator", False),
    ], "what cannot be brought together is told twice"


def test_who_was_there(reader: AuditReader) -> None:
    second = audit_shift(reader, 2)
    assert second is not None
    assert [(one.what, one.name) for one in second.people if "log" in one.what] == [
        ("failed to log in", "carl"),
        ("logged in", "anna"),
        ("logged in", "carl"),
    ]
    assert [len(found) for found in (second.logins, second.alarms, second.changes)] == [4, 1, 4]
    part = next(reader.parts(second.summary.first, second.summary.first + second.summary.count))
    assert [one.name for one in everything_about(reader, part).people if one.what == "was logged in"] == ["carl"]


def test_an_anchored_seal_and_head_are_told(copy: Path) -> None:
    with AuditReader(copy) as reader:
        seal = reader.ranges[0].seal
    change(copy, "INSERT INTO receipt_key VALUES (?, 'example.com/log', 1)", seal)
    with AuditReader(copy) as reader:
        first, second = (everything_about(reader, part) for part in reader.by_serial("SN-0002"))
    assert (first.ledgers, second.ledgers) == (("example.com/log",), ())


def test_a_name_that_was_erased_stays_erased(copy: Path) -> None:
    change(copy, "DELETE FROM operator WHERE staff_id = 'anna' AND rowid = (SELECT min(rowid) FROM operator)")
    with AuditReader(copy) as reader:
        people = everything_about(reader, reader.by_serial("SN-0002")[0]).people
    assert [person.name for person in people] == [None, "ben", "ben"]


def test_a_shift(reader: AuditReader, records: list[dict[str, Any]]) -> None:
    audit = audit_shift(reader, 1)
    assert audit is not None and audit.seal_agrees is True
    assert [one.fields["state"] for one in audit.stops] == ["stopped"]
    assert audit.start_up_check == audit.challenges[0] and len(audit.challenges) == 2
    assert [one.kind for one in audit.bypasses] == ["bypass-start", "bypass-end"]
    assert len(audit.gaps) == len(audit.lost) == 1
    assert [one.kind for one in audit.others] == ["station-start"]
    assert audit.close is not None and audit.close.fields["reconciliation"]["note"]  # type: ignore[index]
    refused = [one for one in production(records) if one["shift"] == 1 and one["verdict"] in ("FAIL", "NO_DECISION")]
    found = list(rejects(reader, audit))
    assert [row.seq for row, _ in found] == [one["seq"] for one in refused]
    assert [image.state for _, images in found for image in images] == ["erased", "stored", "stored", "lost"]


def test_a_shift_that_began_without_a_check(reader: AuditReader) -> None:
    second, third = audit_shift(reader, 2), audit_shift(reader, 3)
    assert second is not None and second.start_up_check is None and second.challenges == ()
    assert third is not None and third.start_up_check is None, "its first part passed before the challenge"
    assert third.seal_agrees is None and third.close is None
    assert audit_shift(reader, 4) is None and audit_shift(reader, 0) is None


def test_a_lot(reader: AuditReader) -> None:
    assert [audit.summary.shift for audit in audit_lot(reader, "L-1")] == [1, 3]
    assert audit_lot(reader, "L-3") == []


def test_a_defect_by_day(reader: AuditReader, records: list[dict[str, Any]]) -> None:
    def has(one: dict[str, Any], name: str) -> bool:
        return any(found["class"] == name for view in one["views"] for found in view["detections"])

    for name in ("scratch", "dent", "burr", "nothing"):
        wanted = [one for one in production(records) if has(one, name)]
        assert [row.seq for row in parts_with(reader, name)] == [one["seq"] for one in wanted]
        days = trend(reader, name)
        assert [day.parts for day in days] == list(
            Counter(one["t_us"] // 10**6 // DAY_S for one in production(records)).values()
        )
        assert sum(day.found for day in days) == len(wanted)
        assert sum(day.failed for day in days) == sum(one["verdict"] == "FAIL" for one in wanted)
    since = START_S + DAY_S // 2
    later = [one for one in production(records) if has(one, "dent") and one["t_us"] // 10**6 >= since]
    assert [row.seq for row in parts_with(reader, "dent", from_s=since)] == [one["seq"] for one in later]
    assert sum(day.found for day in trend(reader, "dent", from_s=since)) == len(later)
    assert [day.failed_ppm for day in trend(reader, "dent", from_s=since)][:1] == [200_000]


def test_a_finding_that_the_record_does_not_have_is_told(copy: Path) -> None:
    change(
        copy,
        "INSERT INTO finding SELECT id, (SELECT max(seq) FROM part_index) FROM finding_class WHERE name = 'scratch'",
    )
    with AuditReader(copy) as reader, pytest.raises(EvidenceError, match="no finding scratch"):
        list(parts_with(reader, "scratch"))


def test_changes_with_the_parts_around_them(reader: AuditReader, records: list[dict[str, Any]]) -> None:
    found = {(change.what, change.shift, change.record): change for change in changes(reader)}
    openings = {one["shift"]: one["seq"] for one in records if one["type"] == "shift-open"}
    strange = [one["seq"] for one in records if one["type"] == "part" and one["model_digest"] == UNNAMED]
    assert set(found) == {
        ("model", 2, openings[2]),
        ("camera top", 2, openings[2]),
        ("model", 2, strange[0]),
        ("model", 3, openings[3]),
        ("recipe", 3, openings[3]),
    }
    opened = found["model", 2, openings[2]]
    assert (opened.old, opened.new) == (f"old {MODELS['old']}", f"new {MODELS['new']}")
    assert opened.opened_by == "carl"
    first_shift = [one for one in production(records) if one["shift"] == 1]
    assert (opened.before.parts, opened.before.verdicts) == (
        len(first_shift),
        Counter(one["verdict"] for one in first_shift),
    )
    assert (opened.after.parts, opened.after.verdicts) == (6, {"PASS": 4, "FAIL": 2})
    within = found["model", 2, strange[0]]
    assert (within.new, within.opened_by) == (UNNAMED, None)
    assert (within.before.parts, within.after.parts) == (6, 4)
    assert (within.after.first, within.after.last) == (strange[0], strange[-1])
    third = [one for one in production(records) if one["shift"] == 3]
    assert found["recipe", 3, openings[3]].before.parts == len(production(records)) - len(third)
    assert found["recipe", 3, openings[3]].after.parts == len(third)
    (threshold,) = found["recipe", 3, openings[3]].recorded
    assert (threshold.name, threshold.old, threshold.new) == ("classes.scratch.min_score", "0.5", "0.6")
    assert (threshold.by, threshold.why) == ("dora", "too many false rejects")
    assert found["camera top", 2, openings[2]].recorded == ()


def test_a_model_that_no_shift_names_is_named_by_its_kept_manifest(copy: Path) -> None:
    from inspector.store.documents import DocumentStore

    digest = DocumentStore(copy).put(json.dumps({"name": "late model"}).encode())
    change(copy, "UPDATE rules SET model = ? WHERE model = ?", digest, UNNAMED)
    with AuditReader(copy) as reader:
        assert recall(reader, Selection(model="late model")).parts == 4
        assert reader.names("model")[digest] == "late model"


def test_failed_challenges_and_their_lists(copy: Path) -> None:
    with AuditReader(copy) as reader:
        assert [one.challenge.passed for one in audited_challenges(reader)] == [True, True, False]
        (failed,) = audited_challenges(reader, failed_only=True)
    quarantine = failed.quarantine
    assert quarantine is not None and (quarantine.there, quarantine.unchanged) == (True, True)
    assert quarantine.parts == 1, "what passed of this product only, since its last passed challenge"
    path = copy / "challenge" / quarantine.file
    path.write_bytes(path.read_bytes() + b"SN-9999\n")
    with AuditReader(copy) as reader:
        assert [one.quarantine.unchanged for one in audited_challenges(reader, failed_only=True) if one.quarantine] == [
            False
        ]
        path.unlink()
        (gone,) = audited_challenges(reader, failed_only=True)
    assert gone.quarantine is not None and (gone.quarantine.there, gone.quarantine.unchanged) == (False, None)


def test_bypasses_and_what_passed_before_inspection_was_verified(reader: AuditReader) -> None:
    (bypass,) = bypasses(reader)
    assert (bypass.bypassed, bypass.let_through, bypass.passed_before_verification) == (3, 3, 1)
    assert bypass.end is not None and bypass.verified_by is not None and bypass.verified_by.passed


def test_the_clock(reader: AuditReader) -> None:
    assert [event.what for event in clock_events(reader)] == ["station-start", "clock-step"]


def test_what_is_missing_by_its_own_account(reader: AuditReader, records: list[dict[str, Any]]) -> None:
    found = not_there(reader)
    assert (found.records, found.sealed, found.signed, found.anchored) == (len(records), 2, 2, 0)
    assert (found.lost_images, found.erased_images, found.gaps, found.gap_parts) == (1, 1, 1, 2)
    assert found.open_records == sum(one["shift"] == 3 for one in records)


def test_a_damaged_record_is_named(copy: Path, records: list[dict[str, Any]]) -> None:
    seq = production(records)[0]["seq"]
    change(copy, "UPDATE record SET bytes = CAST(replace(bytes, '\"text\"', '\"test\"') AS BLOB) WHERE seq = ?", seq)
    with AuditReader(copy) as reader:
        answer = recall(reader, Selection(model="old"))
        with pytest.raises(EvidenceError, match=f"Record {seq} is damaged: serial.text"):
            list(recalled_parts(reader, answer))


def test_a_damaged_seal_is_named(copy: Path) -> None:
    with AuditReader(copy) as reader:
        assert len(reader.ranges) == 3
        change(copy, "UPDATE seal SET bytes = CAST('{' AS BLOB) WHERE shift = 1")
        with pytest.raises(EvidenceError, match="seal of shift 1 is damaged"):
            recall(reader, Selection(lot="L-1"))


def test_a_station_without_records_has_no_answers(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        AuditReader(tmp_path)
