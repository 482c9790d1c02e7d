# SPDX-License-Identifier: AGPL-3.0-or-later
"""Retention and legal holds on the real station without its neighbours: records first, then files, and no hurry."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.api.history import History
from inspector.cli import main
from inspector.clock import SystemClock
from inspector.errors import ConfigError, NotFound
from inspector.evidence.keys import read_public_key
from inspector.evidence.retention import parse_retention
from inspector.evidence.verify.station import verify_station
from inspector.part import PixelFormat, Verdict
from inspector.station.keeping import RetentionKeeper
from inspector.store.documents import DocumentStore
from inspector.store.keeping_lock import keeping_lock
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.serial import images_of
from inspector.store.read import RecordReader
from inspector.store.retention import Keeping
from tests.station_bench import Bench
from tests.store_station import check_chain

DAY_NS = 86_400_000_000_000
RULES = """
format = "inspector-retention/1"
name = "thirty days"

[[rules]]
keep_days = 30
class = "pass"

[[rules]]
keep_days = 400
customer = "ACME"
"""


class MovedClock(SystemClock):
    """The machine's clock, and how far a test has moved it."""

    def __init__(self) -> None:
        self.ahead_ns = 0
        self.utc_ahead_ns = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self.ahead_ns

    def utc_us(self) -> int:
        return super().utc_us() + (self.ahead_ns + self.utc_ahead_ns) // 1000

    def days(self, number: int) -> None:
        self.utc_ahead_ns += number * DAY_NS


class KeepingBench(Bench):
    """A station with a retention file."""

    def __init__(self, directory: Path) -> None:
        self.clock = MovedClock()
        super().__init__(directory, clock=self.clock)

    def restart(self, rules: str | None = None) -> None:
        self.close()
        if rules is not None:
            (self.directory / "rules.toml").write_text(rules)
            path = self.directory / "station.toml"
            if "[retention]" not in path.read_text():
                path.write_text(path.read_text() + '\n[retention]\nfile = "rules.toml"\n')
        self._rings = {}
        self._start()
        self.station.start()
        self.everybody_is_here()

    def begin(self, customer: str = "Other") -> None:
        answer = self.request("shift-open", lot="L-1", operator="op", customer=customer)
        assert answer["ok"], answer

    def parts(self, *numbers: int, picture: int = 0) -> list[str]:
        """Parts with their pictures and outcomes; the digests of their images."""
        self.picture = picture
        before = len(self.records("image-stored"))
        for number in numbers:
            self.clock.ahead_ns += 300_000_000  # they are not too close together
            self.part(number)
            self.until(lambda: number in self.acks("trigger"))  # noqa: B023 - called at once
            self.outcome(number)
            self.until(lambda: number in self.acks("outcome"))  # noqa: B023
        self.until(lambda: len(self.records("image-stored")) == before + len(numbers))
        return [str(record["image_digest"]) for record in self.records("image-stored")[-len(numbers) :]]

    def end(self) -> None:
        """Close the shift, without waiting for it in real time."""
        arguments = {"operator": "op", "note": "no counters"}
        message = {"type": "request", "id": "1", "command": "shift-close", "arguments": arguments, "actor": "op"}
        before = len(self.hub.of("api", "response"))
        self.hear("api", message)
        while len(self.hub.of("api", "response")) == before:
            self.clock.ahead_ns += 100_000_000
            self.station.step(self.hub.receive(0))
        assert self.hub.of("api", "response")[-1]["ok"]

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in check_chain(self.directory) if record["type"] == kind]

    def images(self) -> list[str]:
        return sorted(path.stem for path in (self.directory / "images").rglob("*.png"))

    def erase(self, *digests: str, operator: str = "") -> dict[str, Any]:
        answer = self.request("images-erase", images=list(digests), operator=operator, reason="old")
        assert answer["ok"], answer
        result: dict[str, Any] = answer["result"]
        return result

    def verified(self) -> list[str]:
        key = read_public_key(self.directory / "keys" / "station.pub")
        return [str(finding) for finding in verify_station(self.directory, expected_key=key).findings]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[KeepingBench]:
    made = KeepingBench(tmp_path / "station")
    made.restart(RULES)
    yield made
    made.close()


def test_a_shift_names_its_rules_and_the_document_is_kept(bench: KeepingBench) -> None:
    bench.begin(customer="ACME")
    bench.end()
    opened = bench.records("shift-open")[0]
    assert opened["customer"] == "ACME"
    document = DocumentStore(bench.directory).get(opened["retention"]["digest"])
    assert parse_retention(document).name == opened["retention"]["name"] == "thirty days"
    bench.restart(RULES.replace("30", "40"))
    bench.begin(customer="")
    first, second = bench.records("shift-open")
    assert first["retention"]["digest"] != second["retention"]["digest"]
    assert "customer" not in second


def test_a_broken_file_keeps_the_station_from_its_start(bench: KeepingBench) -> None:
    (bench.directory / "rules.toml").write_text("name = 7")
    with pytest.raises(ConfigError, match=r"rules\.toml"):
        RetentionKeeper(bench.child, bench.writer, bench.station._images)


def test_only_what_its_rule_lets_go_at_its_age_goes(bench: KeepingBench) -> None:
    bench.begin()
    (first,) = bench.parts(1)
    bench.end()
    bench.begin(customer="ACME")
    (second,) = bench.parts(2)
    assert bench.erase(first)["kept"] == [{"image": first, "why": "a part needs it that is not old enough"}]
    bench.clock.days(31)
    result = bench.erase(first, second, "f" * 64)
    assert (result["files"], result["records"]) == (1, 1)
    assert [one["why"] for one in result["kept"]] == [
        "a part needs it that is not old enough",
        "no record says that it is stored, or it is erased",
    ]
    assert bench.images() == [second]
    (erased,) = bench.records("image-erased")
    assert erased["erased_by"] is None
    with AuditReader(bench.directory) as reader:
        fates = images_of(reader, reader.latest(10, kind="part")[-1])
    assert [(fate.state, fate.reason, fate.there) for fate in fates] == [("erased", "old", False)]
    with pytest.raises(NotFound, match=f"erased by its retention rule, record {erased['seq']}"):
        History(bench.directory).image(first)
    assert erased["part"] == bench.records("image-stored")[0]["part"]
    bench.clock.days(400)
    assert bench.erase(second, operator="QA-7")["files"] == 1
    assert bench.records("image-erased")[1]["erased_by"] is not None
    assert bench.erase(first)["records"] == 0, "an image is erased once"
    assert bench.verified() == []


def test_the_plan_is_what_the_station_does(bench: KeepingBench) -> None:
    bench.begin()
    bench.parts(1, 2)
    bench.detector.verdicts["cam1"] = Verdict.FAIL
    bench.clock.ahead_ns += 300_000_000
    bench.part(3)
    bench.until(lambda: 3 in bench.acks("trigger") and len(bench.records("image-stored")) == 3)
    bench.outcome(3, "reject", "reject")
    bench.until(lambda: 3 in bench.acks("outcome"))
    bench.clock.days(31)
    with RecordReader(bench.directory) as reader:
        due = list(Keeping(reader, DocumentStore(bench.directory)).due(bench.clock.utc_us()))
        assert len(due) == 2
        assert (
            list(Keeping(reader, DocumentStore(bench.directory)).due(bench.clock.utc_us() - 2 * DAY_NS // 1000)) == []
        )
    assert bench.erase(*due)["files"] == 2
    with RecordReader(bench.directory) as reader:
        assert list(Keeping(reader, DocumentStore(bench.directory)).due(bench.clock.utc_us())) == []
    assert len(bench.images()) == 1
    assert bench.verified() == []


def test_a_file_goes_with_the_last_part_that_needs_it(bench: KeepingBench) -> None:
    bench.begin()
    first, _ = bench.parts(1, 2)
    bench.clock.days(20)
    assert bench.parts(3, picture=1) == [first]
    bench.clock.days(11)
    assert bench.erase(first)["kept"] == [{"image": first, "why": "a part needs it that is not old enough"}]
    bench.clock.days(20)
    result = bench.erase(first)
    assert (result["files"], result["records"]) == (1, 2)
    assert bench.verified() == []


def test_a_hold_wins_until_it_ends(bench: KeepingBench) -> None:
    bench.begin()
    (digest,) = bench.parts(1)
    answer = bench.request("hold", name="complaint", scope={"lot": "L-1"}, operator="QA-7", reason="customer")
    assert answer["ok"], answer
    bench.clock.days(31)
    assert bench.erase(digest)["kept"] == [{"image": digest, "why": "legal hold complaint"}]
    assert bench.images() == [digest]
    answer = bench.request("hold-end", name="complaint", operator="QA-7", reason="settled")
    assert answer["ok"], answer
    assert bench.erase(digest)["files"] == 1
    assert bench.verified() == []


def test_a_hold_that_says_too_little_is_refused(bench: KeepingBench) -> None:
    good = {"name": "second", "scope": {"lot": "L-1"}, "operator": "QA-7", "reason": "customer"}
    assert bench.request("hold", **{**good, "name": "first"})["ok"]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"scope": {}}, "must say what it covers"),
        ({"scope": {"lot": None}}, "must say what it covers"),
        ({"scope": {"colour": "red"}}, "lot, serial"),
        ({"operator": " "}, "must be given"),
        ({"reason": ""}, "must be given"),
        ({"name": ""}, "must be given"),
        ({"name": "first"}, "is in force"),
    ]
    for arguments, said in wrong:
        answer = bench.request("hold", **{**good, **arguments})
        assert answer["error"]["code"] == "HOLD_REFUSED"
        assert said in answer["error"]["message"]
    assert len(bench.records("hold")) == 1


def test_the_end_of_no_hold_is_refused(bench: KeepingBench) -> None:
    for arguments in ({"name": "none"}, {"name": "none", "operator": ""}):
        answer = bench.request("hold-end", **{"operator": "QA-7", "reason": "settled", **arguments})
        assert answer["error"]["code"] == "HOLD_REFUSED"
    assert bench.records("hold-end") == []


def test_a_request_that_is_none_is_refused(bench: KeepingBench) -> None:
    for images in ([], ["x"], ["f" * 64] * 257, "f" * 64, 7, ["F" * 64]):
        answer = bench.request("images-erase", images=images, reason="old")
        assert answer["error"]["code"] == "RETENTION_REFUSED"
    answer = bench.request("images-erase", images=["f" * 64], reason=" ")
    assert answer["error"]["code"] == "RETENTION_REFUSED"


def test_one_request_at_a_time(bench: KeepingBench) -> None:
    with bench.station._retention._lock:
        bench.begin()
        (digest,) = bench.parts(1)
        message = {"type": "request", "id": "9", "command": "images-erase", "actor": "op"}
        bench.hear("api", {**message, "arguments": {"images": [digest], "reason": "old"}})
        answer = bench.request("images-erase", images=[digest], reason="old")
        assert answer["error"]["code"] == "RETENTION_REFUSED"
    bench.until(lambda: any(sent["id"] == "9" for sent in bench.hub.of("api", "response")))


def test_a_picture_that_a_part_comes_to_need_meanwhile_stays(bench: KeepingBench) -> None:
    """The erasure is recorded; before the file goes a new part has the same pixels."""
    bench.begin()
    (digest,) = bench.parts(1)
    bench.clock.days(31)
    images = bench.station._images
    remove = images.remove

    def needed_meanwhile(doomed: str) -> Any:
        pixels = images.load(doomed, PixelFormat.MONO8)
        images.submit(doomed, PixelFormat.MONO8, pixels).result(10)
        return remove(doomed)

    images.remove = needed_meanwhile  # type: ignore[method-assign]
    result = bench.erase(digest)
    assert (result["files"], result["records"]) == (0, 1)
    assert bench.images() == [digest]


def test_a_picture_whose_record_is_on_its_way_is_not_touched(bench: KeepingBench) -> None:
    bench.begin()
    (digest,) = bench.parts(1)
    bench.clock.days(31)
    images = bench.station._images
    images.submit(digest, PixelFormat.MONO8, images.load(digest, PixelFormat.MONO8)).result(10)
    assert bench.erase(digest)["kept"][0]["why"] == "a part needs it that is being recorded"
    images.recorded(digest)
    assert bench.erase(digest)["files"] == 1


def test_the_next_start_removes_what_was_erased_and_is_still_there(bench: KeepingBench) -> None:
    bench.begin()
    (digest,) = bench.parts(1)
    bench.clock.days(31)
    data = (bench.directory / "images" / digest[:2] / f"{digest}.png").read_bytes()
    assert bench.erase(digest)["files"] == 1
    (bench.directory / "images" / digest[:2] / f"{digest}.png").write_bytes(data)
    bench.restart()
    bench.until(lambda: bench.images() == [])
    assert bench.verified() == []


def test_the_commands_say_what_would_go_and_let_it_go(
    bench: KeepingBench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Control:
        """Stands for the socket to the station."""

        def __init__(self, station: Path) -> None:
            assert station == bench.directory

        def __enter__(self) -> Control:
            return self

        def __exit__(self, *_: object) -> None: ...

        def request(self, command: str, **arguments: Any) -> dict[str, Any]:
            answer = bench.request(command, **arguments)
            assert answer["ok"], answer
            result: dict[str, Any] = answer["result"]
            return result

    def told(*arguments: str, code: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        assert main([*arguments, "--station", str(bench.directory), "--json"]) == code
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    monkeypatch.setattr("inspector.cli.retention.StationControl", Control)
    monkeypatch.setattr("inspector.cli.hold.StationControl", Control)
    bench.begin()
    (digest,) = bench.parts(1)
    assert told("retention", "show")["retention"]["rules"][1]["customer"] == "ACME"
    assert told("retention", "apply", "--dry-run")["files"] == 0
    later_ns = time.time_ns() + 31 * DAY_NS
    monkeypatch.setattr("time.time_ns", lambda: later_ns)
    person = ("--operator", "QA-7", "--reason", "customer")
    told("hold", "add", "complaint", "--defect", "scratch", "--lot", "L-1", "--from", "2026-01-01", *person)
    told("hold", "add", "other", "--lot", "L-1", *person)
    first, second = told("hold", "list")["holds"]
    assert (first["name"], first["by"], first["scope"]["defect"]) == ("complaint", "QA-7", "scratch")
    assert first["scope"]["from_us"] == 1_767_225_600_000_000
    assert second["scope"]["lot"] == "L-1"
    dry = told("retention", "apply", "--dry-run")
    assert (dry["files"], dry["kept"], dry["holds"]) == (0, {"legal hold other": 1}, ["complaint", "other"])
    assert told("retention", "apply")["kept"] == {"legal hold other": 1}
    told("hold", "end", "other", *person)
    dry = told("retention", "apply", "--dry-run")
    assert [one["image"] for one in dry["images"]] == [digest]
    with keeping_lock(bench.directory):
        assert told("retention", "apply", code=1)["error"]["code"] == "RETENTION_REFUSED"
    assert bench.images() == [digest]
    done = told("retention", "apply")
    assert (done["files"], done["records"], done["bytes"]) == (1, 1, dry["bytes"])
    assert bench.images() == []
    assert bench.verified() == []
