# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station with registered challenge parts: a real store, a scripted detector, and what the line is told."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.cli.main import main
from inspector.evidence.record import pixel_digest
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.part import Detection, Frame, GateResult, Judgement, Serial, Verdict
from inspector.station.challenges import BROKEN_OFF
from inspector.station.judge import PartResult, View
from tests.station_bench import LINE_BOOT, Bench
from tests.store_station import check_chain

APART_NS = 150_000_000
"""Parts further apart than two windows of the pairing."""

PLAN = "stop, call quality"
SET = """
format = "inspector-challenge/1"
recipe = "disc"
presentations = 1
[[parts]]
serial = "S7-000003"
class = "dent"
valid_until = 2999-12-31
[[parts]]
serial = "S7-000005"
class = "stain"
valid_until = 2999-12-31
"""


class Scripted:
    """Stands for model and rules: gives each part the result that the test has laid out."""

    def __init__(self) -> None:
        self.next = ("", "", Verdict.PASS)

    def look(self, frame: Frame) -> PartResult:
        serial, defect, verdict = self.next
        height, width = frame.pixels.shape[:2]
        digest = pixel_digest(frame.pixel_format.value, np.ascontiguousarray(frame.pixels).data, height, width)
        found = (Detection(defect, 900_000, (0, 0, 160, 160)),) if defect else ()
        judgement = Judgement(verdict, "scripted", found, GateResult(120_000, 90_000))
        view = View(frame.camera, frame, digest, judgement, verdict, "scripted")
        return PartResult(verdict, "scripted", (view,), Serial(serial, "image") if serial else None)


class ChallengeBench(Bench):
    """A bench whose parts have serials and defects."""

    def __init__(self, directory: Path) -> None:
        self.script = Scripted()
        self.number = 0
        self.last_edge_ns = 0
        super().__init__(directory)

    def _start(self) -> None:
        self.detector.look = self.script.look  # type: ignore[method-assign]
        super()._start()

    def show(self, serial: str, defect: str = "", verdict: Verdict = Verdict.FAIL, lane: str = "reject") -> int:
        """A part, from its edge to its recorded outcome."""
        self.until(lambda: time.perf_counter_ns() - self.last_edge_ns > APART_NS)
        self.script.next = (serial, defect, verdict)
        self.number += 1
        number = self.number
        self.part(number)
        self.until(lambda: number in self.acks("trigger"))
        commanded = "accept" if number in self.grants() else "reject"
        outcome = {"commanded": commanded, "confirmed": lane, "reason": "", "key": [LINE_BOOT, number]}
        self.hear("line", {"type": "outcome", **outcome})
        self.until(lambda: number in self.acks("outcome"))
        return number

    def trigger(self, number: int, *, live: bool = True) -> int:
        """As the bench's, with so much time that a busy machine makes nothing late."""
        self.last_edge_ns = now_ns = time.perf_counter_ns()
        message = {"type": "trigger", "key": [LINE_BOOT, number], "plc_count": number, "live": live}
        times = {"t_edge_ns": now_ns, "t_edge_us": time.time_ns() // 1000, "decide_by_ns": now_ns + 60_000_000_000}
        self.hear("line", message | times)
        return now_ns

    def until(self, condition: Callable[[], bool]) -> None:
        """As the bench's, with a camera that keeps answering and more patience."""
        give_up = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < give_up, "it does not come"
            self.camera_state()
            self.station.step(self.hub.receive(0.01))

    def open_shift(self) -> None:
        self.camera_state()
        super().open_shift()

    def codes(self) -> set[str]:
        return {reason["code"] for reason in self.hub.of("line", "station-state")[-1]["reasons"]}

    def wait_codes(self, *codes: str) -> None:
        before = len(self.hub.of("line", "station-state"))
        self.until(lambda: len(self.hub.of("line", "station-state")) > before + 1 and self.codes() == set(codes))

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in check_chain(self.directory) if record["type"] == kind]


def made(directory: Path, settings: str = "") -> ChallengeBench:
    """A bench on a station directory with a registered set."""
    if not directory.exists():
        # Test parts in the wrong lane stop the line, too; here only the challenge is to say so.
        Bench(directory, stops={"unconfirmed_rejects": 1000}).close()
        (directory / "recipes" / "challenge.toml").write_text(SET)
        text = f'\n[challenge]\nfile = "recipes/challenge.toml"\nreaction_plan = "{PLAN}"\n{settings}'
        path = directory / "station.toml"
        patient = path.read_text().replace('name = "cam1"', 'name = "cam1"\nframe_timeout_ms = 5000')
        path.write_text(patient + text)
    bench = ChallengeBench(directory)
    bench.everybody_is_here()
    return bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ChallengeBench]:
    one = made(tmp_path / "station")
    yield one
    one.close()


def start(bench: ChallengeBench) -> None:
    answer = bench.request("challenge-start", operator="op")
    assert answer["ok"], answer


def passed_challenge(bench: ChallengeBench) -> None:
    start(bench)
    bench.show("S7-000003", "dent")
    bench.show("S7-000005", "stain")
    bench.until(lambda: bool(bench.records("challenge")))


def test_nothing_passes_in_a_shift_before_its_challenge_is_passed(bench: ChallengeBench) -> None:
    bench.open_shift()
    bench.wait_codes("CHALLENGE_DUE")
    bench.show("S7-000001", verdict=Verdict.PASS)
    assert bench.grants() == []
    start(bench)
    bench.wait_codes()  # the belt runs, and still nothing passes
    bench.show("S7-000001", verdict=Verdict.PASS)
    assert bench.grants() == []
    assert {part["verdict"] for part in bench.records("part")} == {"NO_DECISION"}
    assert bench.request("status")["result"]["challenge"]["message"] == "Show test part 1 of 2: DENT (S7-000003)"
    bench.show("S7-000003", "dent")
    bench.show("S7-000005", "stain")
    bench.until(lambda: bool(bench.records("challenge")))
    assert bench.records("challenge")[0]["result"] == "passed"
    bench.wait_codes()
    good = bench.show("S7-000002", verdict=Verdict.PASS, lane="good")
    assert bench.grants() == [good]
    status = bench.request("status")["result"]
    assert status["challenge"]["state"] == "passed"
    assert (status["counts"]["PASS"], status["counts"]["FAIL"], status["counts"]["NO_DECISION"]) == (1, 0, 2)
    assert status["outcomes"]["reject_lane"] == 2, "test parts are no production"


def test_what_a_challenge_rejects_stops_no_line(bench: ChallengeBench) -> None:
    bench.open_shift()
    bench.wait_codes("CHALLENGE_DUE")
    start(bench)
    for number in range(5):
        bench.show(f"S7-00010{number}", verdict=Verdict.PASS)
    bench.show("S7-000003", "dent")
    bench.show("S7-000005", "stain")
    bench.until(lambda: bool(bench.records("challenge")))
    bench.wait_codes()
    for number in range(4):
        bench.show(f"S7-00020{number}", "dent")
    bench.wait_codes()
    bench.show("S7-000204", "dent")
    bench.wait_codes("STOP_REJECTS_IN_ROW")


def test_a_missed_test_part_drops_ready_and_lists_what_passed(bench: ChallengeBench, tmp_path: Path) -> None:
    bench.open_shift()
    passed_challenge(bench)
    good = [bench.show(f"S7-00010{n}", verdict=Verdict.PASS, lane="good") for n in range(3)]
    assert bench.grants() == good
    bench.show("S7-000199", "dent")
    start(bench)
    bench.show("S7-000003", verdict=Verdict.PASS)
    assert bench.grants() == good, "a test part that was missed is not let through either"
    bench.wait_codes("CHALLENGE_FAILED")
    assert PLAN in str(bench.hub.of("line", "station-state")[-1]["reasons"])
    bench.until(lambda: len(bench.records("challenge")) == 2)
    record = bench.records("challenge")[-1]
    assert record["result"] == "failed"
    assert "S7-000003 (dent) was not found" in record["reason"]
    assert record["missing"] == ["S7-000005"]
    named = record["passed_since"]
    path = bench.directory / "challenge" / named["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == named["sha256"]
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["serial"] for row in rows] == ["S7-000100", "S7-000101", "S7-000102"]
    assert {(row["lot"], row["lane"]) for row in rows} == {("L-1", "good")}
    assert named["parts"] == 3
    bench.show("S7-000120", verdict=Verdict.PASS)
    assert bench.grants() == good
    assert verify_station(bench.directory).exit_code == 0


def test_a_good_test_part_has_to_be_judged_good_and_goes_no_further(tmp_path: Path) -> None:
    made(tmp_path / "station").close()
    path = tmp_path / "station" / "recipes" / "challenge.toml"
    path.write_text(SET.replace('class = "stain"', "good = true"))
    bench = made(tmp_path / "station")
    bench.open_shift()
    start(bench)
    bench.show("S7-000003", "dent")
    good = bench.show("S7-000005", verdict=Verdict.PASS)
    bench.until(lambda: len(bench.records("challenge")) == 1)
    assert good not in bench.grants()
    (first,) = bench.records("challenge")
    assert first["result"] == "passed", first["reason"]
    assert [(result["class"], result["found"]) for result in first["results"]] == [("dent", True), (None, True)]
    start(bench)
    bench.show("S7-000005", "dent")
    bench.show("S7-000003", "dent")
    bench.until(lambda: len(bench.records("challenge")) == 2)
    second = bench.records("challenge")[1]
    assert (second["result"], second["reason"]) == ("failed", "test part S7-000005 (good) was not judged good")
    bench.close()
    assert verify_station(bench.directory).of(Severity.TAMPERED) == []


def test_the_latch_of_a_failure_outlives_a_restart_and_opens_with_a_passed_challenge(tmp_path: Path) -> None:
    bench = made(tmp_path / "station", "required = false\n")
    bench.open_shift()
    bench.wait_codes()
    start(bench)
    bench.show("S7-000003", "dent", lane="good")  # found, and not rejected
    bench.until(lambda: bool(bench.records("challenge")))
    assert "reject lane" in bench.records("challenge")[0]["reason"]
    bench.close()
    bench = made(tmp_path / "station")
    bench.number = 10
    try:
        bench.wait_codes("CHALLENGE_FAILED")
        start(bench)
        bench.show("S7-000003", "dent")
        bench.show("S7-000005", "stain")
        bench.until(lambda: len(bench.records("challenge")) == 2)
        bench.wait_codes()
    finally:
        bench.close()


def test_a_challenge_that_a_restart_broke_off_has_failed(tmp_path: Path) -> None:
    bench = made(tmp_path / "station", "required = false\n")
    bench.open_shift()
    start(bench)
    bench.show("S7-000003", "dent")
    bench.close()
    bench = made(tmp_path / "station")
    try:
        bench.station._challenge.started()
        bench.until(lambda: bool(bench.records("challenge")))
        (record,) = bench.records("challenge")
        assert (record["result"], record["reason"]) == ("failed", BROKEN_OFF)
        assert verify_station(bench.directory).exit_code == 0
    finally:
        bench.close()


def test_a_test_part_on_the_belt_outside_a_challenge_is_no_production_and_says_so(bench: ChallengeBench) -> None:
    bench.open_shift()
    passed_challenge(bench)
    bench.show("S7-000003", verdict=Verdict.PASS)
    part = bench.records("part")[-1]
    assert part["purpose"] == "challenge"
    assert "outside a challenge" in part["reason"]
    assert bench.grants() == []
    assert bench.request("status")["result"]["counts"]["PASS"] == 0
    document = bench.station._challenge.document()
    assert document is not None
    assert document["state"] == "passed"
    last = document["last"]
    assert isinstance(last, dict)
    assert abs(document["passed_us"] - last["t_us"]) < 1_000_000  # type: ignore[operator]
    assert (document["next_us"], document["each_shift"]) == (None, True)


def test_what_does_not_fit_is_refused_with_advice(bench: ChallengeBench) -> None:
    for command, arguments in (("challenge-start", {"operator": "op"}), ("challenge-start", {"operator": " "})):
        answer = bench.request(command, **arguments)
        assert answer["error"]["advice"], answer
    bench.open_shift()
    assert not bench.request("challenge-start", operator=" ")["ok"]
    start(bench)
    assert "running" in bench.request("challenge-start", operator="op")["error"]["message"]
    assert "running" in bench.request("shift-close", operator="op", note="")["error"]["message"]


def test_a_part_past_its_date_is_not_used(tmp_path: Path) -> None:
    directory = tmp_path / "station"
    made(directory).close()
    (directory / "recipes" / "challenge.toml").write_text(SET.replace("2999", "2001", 1))
    bench = made(directory)
    bench.open_shift()
    answer = bench.request("challenge-start", operator="op")
    assert "S7-000003" in answer["error"]["message"]
    bench.close()


def test_the_seal_counts_test_parts_apart_and_the_report_is_honest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = made(tmp_path / "station")
    bench.open_shift()
    passed_challenge(bench)
    bench.show("S7-000101", verdict=Verdict.PASS, lane="good")
    bench.line_state(3)
    before = len(bench.hub.of("api", "response"))
    bench.hear("api", {"type": "request", "id": "9", "command": "shift-close", "arguments": {"operator": "op"}})
    bench.until(lambda: len(bench.hub.of("api", "response")) > before)
    result = bench.hub.of("api", "response")[-1]["result"]
    assert result["parts"] == 1
    assert result["counts"]["challenge"] == 2
    assert result["reconciliation"]["station"] == 3
    assert result["reconciliation"]["difference"] == 0
    bench.close()
    assert verify_station(bench.directory).of(Severity.TAMPERED) == []
    assert main(["challenge", "report", "--station", str(bench.directory), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["all"]["words"] == "0 of 2 missed: below 77.6 % at 95 %"
    assert report["challenges"] == {"passed": 1, "failed": 0}
    assert main(["show", "--station", str(bench.directory), "--shift", "1", "--json"]) == 0
    shift = json.loads(capsys.readouterr().out)
    assert shift["verdicts"] == {"PASS": 1}
    assert shift["defects"] == []
