# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector recall` and `inspector audit`: words, JSON, lists and exit codes."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.main import main
from inspector.cli.times import end_of, start_of
from inspector.store.queries.parts import COLUMNS
from tests.audit_station import build


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit")
    build(path)
    return path


@pytest.fixture
def forged(history: Path, tmp_path: Path) -> Path:
    """A lookup table that makes a failed part of shift 1 one that passed."""
    copy = Path(shutil.copytree(history, tmp_path / "copy"))
    with closing(sqlite3.connect(copy / "records.sqlite")) as connection:
        connection.execute(
            "UPDATE part_index SET verdict = 0 WHERE seq = (SELECT min(seq) FROM part_index"
            " WHERE verdict = 1 AND challenge = 0)"
        )
        connection.commit()
    return copy


def ask(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    code = main([str(word) for word in words])
    return code, capsys.readouterr().out


def document(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    code, out = ask(capsys, *words, "--json")
    assert code == 0
    return json.loads(out)


def test_a_recall_in_words_and_as_a_list(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "list.csv"
    code, out = ask(capsys, "recall", "--station", history, "--model", "new", "--csv", listed)
    assert code == 0
    assert "8 parts: PASS 5, FAIL 3" in out and "state the same counts" in out
    rows = list(csv.reader(listed.read_text(encoding="utf-8").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [row[COLUMNS.index("verdict")] for row in rows[1:]].count("FAIL") == 3 and len(rows) == 9
    assert {row[COLUMNS.index("lot")] for row in rows[1:]} == {"L-1", "L-2"}
    code, _ = ask(capsys, "recall", "--station", history, "--model", "new", "--csv", listed, "--verdict", "FAIL")
    assert code == 0 and len(listed.read_text().splitlines()) == 4
    assert list(tmp_path.iterdir()) == [listed]


def test_a_recall_as_json(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "recall", "--station", history, "--lot", "L-1", "--to", "2027-01-15")
    assert (found["asked"], found["parts"], found["seals_agree"]) == (
        "lot L-1, until 2027-01-15T23:59:59.999+00:00",
        17,
        1,
    )
    assert [one["shift"] for one in found["found"]] == [1]
    assert found["found"][0]["model"]["name"] == "old"


def test_what_nothing_fits_ends_with_1_and_too_little_asked_with_2(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(capsys, "recall", "--station", history, "--lot", "L-9")[0] == 1
    for question in (("serial", "SN-9999"), ("lot", "L-9"), ("shift", "9"), ("defect", "rust")):
        assert ask(capsys, "audit", *question, "--station", history)[0] == 1
    for words in (("--csv", str(tmp_path / "x")), ("--lot", "L-1", "--verdict", "PASS"), ("--from", "yesterday")):
        with pytest.raises(SystemExit) as stopped:
            main(["recall", "--station", str(history), *words])
        assert stopped.value.code == 2
    assert ask(capsys, "recall", "--station", tmp_path, "--lot", "L-1")[0] == 3


def test_counts_that_a_seal_contradicts_end_with_2(forged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("recall", "--lot", "L-1"), ("audit", "lot", "L-1"), ("audit", "shift", "1")):
        code, out = ask(capsys, *words, "--station", forged)
        assert code == 2
        assert "other counts" in out.lower() and "inspector verify" in out


def test_a_list_that_the_counts_contradict_is_not_left_behind(
    forged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "list.csv"
    assert main(["recall", "--station", str(forged), "--lot", "L-1", "--csv", str(listed), "--verdict", "PASS"]) == 3
    assert "records name 11 parts, the lookup tables count 12" in capsys.readouterr().err
    assert not list(tmp_path.glob("list.csv*"))


def test_a_list_that_cannot_be_written_is_an_error(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = ask(capsys, "audit", "shift", "1", "--station", history, "--csv", tmp_path / "none" / "list.csv")
    assert code == 3


def test_every_question_in_words(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {
        ("serial", "SN-0002"): (
            "lot                L-1",
            "opened the shift: anna",
            "the shift is open",
            "model",
            "old a1",
        ),
        ("serial", "SN-0005"): ("erased: older than its retention rule", "complaint 7"),
        ("lot", "L-1"): (
            "Legal hold complaint 7 on the lot",
            "Shift 1",
            "Shift 3",
            "REJECTS_IN_ROW",
            "lost: power loss",
            "two parts fell off the belt",
        ),
        ("shift", "2"): ("start-up check     none", "model new", "CAM-2", "the seal           states these counts"),
        ("defect", "dent"): ("2027-01-15", "200000"),
        ("defect", "rust"): ("ever found: burr, dent, scratch",),
        ("users",): ("dora", "team-lead", "disabled, 2027-01-"),
        ("shift", "02"): ("LOGIN_FAILURES", "failed to log in: carl", "logged in: anna"),
        ("changes",): (
            "threshold classes.scratch.min_score: 0.5 -> 0.6, by dora: too many false rejects",
            "setting announced by dora",
            "camera top: record",
            "serial CAM-1",
            "shift opened by carl",
            "17 (PASS 10",
        ),
        ("challenges",): ("passed, the challenge passed", "quarantined: 1 part", "as recorded"),
        ("challenges", "--failed"): ("failed, the challenge failed",),
        ("bypasses",): ("3 parts, 3 let through", "PASS before that   1"),
        ("clock",): ("stepped back", "1 steps back"),
        ("missing",): ("2 in 1 gap records", "verify --station"),
    }
    for question, sentences in said.items():
        _, out = ask(capsys, "audit", *question, "--station", history)
        for sentence in sentences:
            assert sentence in out, (question, out)


def test_every_question_as_json(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(*question: str | Path) -> Any:
        return document(capsys, "audit", *question, "--station", history)

    serial = answer("serial", "SN-0002")
    assert [one["part"]["record"]["serial"]["text"] for one in serial["parts"]] == ["SN-0002"] * 2
    lot = answer("lot", "L-1", "--csv", tmp_path / "rejects.csv")
    refused = [one[0]["verdict"] for shift in lot["shifts"] for one in shift["rejects"]]
    assert refused == ["FAIL", "FAIL", "FAIL", "NO_DECISION", "FAIL"]
    assert len((tmp_path / "rejects.csv").read_text().splitlines()) == 6
    days = answer("defect", "scratch", "--from", "2027-01-16", "--csv", tmp_path / "scratch.csv")["days"]
    assert next((one["day"], one["found"], one["failed_ppm"]) for one in days) == ("2027-01-16", 2, 200_000)
    assert len((tmp_path / "scratch.csv").read_text().splitlines()) == 3
    assert {one["what"] for one in answer("changes", "--from", "2027-01-17")["changes"]} == {"model", "recipe"}
    assert [one["what"] for one in answer("changes")["recorded"]] == ["threshold", "setting"]
    assert len(answer("users")["users"]) == 3
    assert answer("challenges", "--failed")["challenges"][0]["quarantine"]["unchanged"] is True
    assert answer("bypasses", "--to", "2027-01-15")["bypasses"][0]["bypassed"] == 3
    assert [one["what"] for one in answer("clock")["clock"]] == ["station-start", "clock-step"]
    assert answer("missing")["missing"]["gap_parts"] == 2
    assert ask(capsys, "audit", "bypasses", "--from", "2027-01-16", "--station", history)[0] == 1


def test_dates_and_times() -> None:
    assert start_of("2027-01-15") == 1_799_971_200
    assert end_of("2027-01-15") == 1_799_971_200 + 86_399
    assert start_of("2027-01-15T08:00") == end_of("2027-01-15T08:00") == 1_800_000_000
    assert start_of("2027-01-15T09:00:00+01:00") == 1_800_000_000
