# SPDX-License-Identifier: AGPL-3.0-or-later
"""A recorded part judged again: the same, what differs, and why it cannot be done. A real runtime on a tiny model."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import data_samples
from inspector.cli.main import main
from inspector.clock import SimulatedClock
from inspector.detect.detector import Detector
from inspector.errors import EvidenceError
from inspector.evidence.keys import SigningKey
from inspector.part import Frame, ImageArray, PartKey, PixelFormat, Serial, Trigger, Verdict
from inspector.recipe import Recipe
from inspector.station.judge import Judge, PartResult, not_seen, part_fields
from inspector.station.replay import Replay, ReplayState, replay
from inspector.station.replay_difference import Tolerance, compare_views, told
from inspector.station.replay_rules import RuleFinder
from inspector.station.views import fuse, held_for_serial
from inspector.station.worker import late
from inspector.store.documents import DocumentStore
from inspector.store.images import ImageStore
from inspector.store.queries.reader import AuditReader
from inspector.store.writer import RecordWriter
from tests.store_station import LINE_BOOT, make_writer, opening
from tests.tiny_model import write_tiny_package
from tests.unit.evidence_samples import VIEW

RECIPE = b"""
format = "inspector-recipe/1"
name = "tiny"
version = "1"
[gate]
brightness_min = 20
[serial]
source = "image"
[classes.red]
min_score = 0.90
[classes.green]
min_score = 0.99
"""
OTHER_RECIPE = RECIPE.replace(b"0.99", b"0.60")
BACKEND = "onnxruntime"


def picture(red: int = 0, *, grey: int = 60) -> ImageArray:
    """A grey picture with a square of this much red, `(320, 320, 3) uint8`."""
    pixels = np.full((320, 320, 3), grey, np.uint8)
    pixels[64:128, 96:160, 0] = max(red, grey)
    return pixels


def sample() -> tuple[ImageArray, str]:
    """A picture with a serial in it, half as bright, so that the tiny model finds nothing."""
    label = next(label for label in data_samples.labels() if label.good)
    pixels = cv2.imread(str(data_samples.images_dir() / label.file), cv2.IMREAD_GRAYSCALE)
    return np.repeat((np.asarray(pixels, np.uint8) // 2)[:, :, np.newaxis], 3, axis=2), label.serial


class Line:
    """Judges pictures with the station's own judge, and records what it says."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock = path, SimulatedClock()
        (path / "models").mkdir()
        package = write_tiny_package(path / "models" / "tiny")
        (path / "models" / "tiny.onnx").unlink()
        detector = Detector(package, BACKEND)
        recipe = Recipe.from_toml(RECIPE, "recipe")
        self.judge = Judge(detector, recipe, "left")
        self.digests = (package.digest, DocumentStore(path).put(RECIPE))
        DocumentStore(path).put(OTHER_RECIPE)
        self.writer: RecordWriter = make_writer(path, SigningKey.generate(), clock=self.clock)
        self.images = ImageStore(path)
        self.number = 0
        camera = opening(self.writer)["cameras"][0]
        model = {"name": "tiny", "digest": self.digests[0], "backend": BACKEND, "precision": "f32"}
        fields = {"model": model, "recipe": {"name": "tiny", "digest": self.digests[1]}}
        cameras = [{**camera, "name": name} for name in ("left", "right")]
        self.writer.append("shift-open", {**opening(self.writer), **fields, "cameras": cameras}).result(10)

    def look(self, left: ImageArray, right: ImageArray, *, bad: str | None = None) -> dict[str, PartResult]:
        frames = [
            Frame("left", 1, 0, 0, PixelFormat.RGB8, left, bad),
            Frame("right", 1, 0, 0, PixelFormat.RGB8, right),
        ]
        return {frame.camera: self.judge.look(frame) for frame in frames}

    def record(self, result: PartResult, *, lost: bool = False, serial: str | None = None) -> None:
        """Record a part under the serial `P1`, `P2`, ... if none was read, and its pictures."""
        self.number += 1
        self.clock.advance_ms(100)
        trigger = Trigger(PartKey(LINE_BOOT, self.number), self.number, 0, 0, 0)
        result = replace(result, serial=result.serial or Serial(serial or f"P{self.number}", "plc"))
        fields = part_fields(trigger, result, model_digest=self.digests[0], recipe_digest=self.digests[1], latency_us=9)
        part = self.writer.append("part", fields).result(10)
        for view in result.views:
            if view.frame is None or view.image_digest is None:
                continue
            about = {"part": part.hash, "camera": view.camera, "image_digest": view.image_digest}
            if lost:
                self.writer.append("image-lost", {**about, "reason": "power loss"}).result(10)
                continue
            file = self.images.submit(view.image_digest, view.frame.pixel_format, view.frame.pixels).result(10)
            stored = {"file_sha256": file.file_sha256, "size": file.size, "codec": "png"}
            self.writer.append("image-stored", about | stored).result(10)

    def close(self) -> None:
        self.images.close()
        self.writer.close()


SAMPLE_SERIAL = sample()[1]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay")
    line = Line(path)
    try:
        good, red, dark = picture(), picture(250), picture(grey=10)
        line.record(fuse(line.look(sample()[0], good)))
        line.record(fuse(line.look(good, red)), serial="FAIL")
        line.record(fuse(line.look(good, dark)), serial="DARK")
        line.record(late(fuse(line.look(good, good)), "judged after the deadline"), serial="LATE")
        line.record(replace(fuse(line.look(red, good)), verdict=Verdict.BYPASSED), serial="BYPASSED")
        missing = {**line.look(good, good), "right": not_seen(Verdict.MISSING_IMAGE, "no picture", "right")}
        line.record(fuse(missing), serial="MISSING")
        line.record(not_seen(Verdict.UNTRACKED, "nobody was there"), serial="UNTRACKED")
        line.record(fuse(line.look(good, good, bad="incomplete")), serial="BAD")
        line.record(fuse(line.look(picture(240), good)), serial="LOST", lost=True)
        line.record(held_for_serial(fuse(line.look(good, good)), "it came before"), serial="TWICE")
        line.record(fuse(line.look(picture(200), good)), serial="GREY")
    finally:
        line.close()
    return path


@pytest.fixture
def copy(history: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(history, tmp_path / "copy"))


@pytest.fixture(scope="module")
def replayed(history: Path) -> Iterator[Callable[[str], Replay]]:
    """Replays a part of the sound history."""
    rules = RuleFinder(history)
    with AuditReader(history) as reader:
        yield lambda serial: replay(reader, reader.by_serial(serial)[0], rules)


def again(station: Path, serial: str, packages: Sequence[Path] = (), tolerance: Tolerance | None = None) -> Replay:
    with AuditReader(station) as reader:
        return replay(reader, reader.by_serial(serial)[0], RuleFinder(station, packages), tolerance)


def change(station: Path, serial: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change a part record as nobody should; the hash is left alone."""
    with AuditReader(station) as reader:
        record = reader.by_serial(serial)[0]
    fields = record.fields
    edit(fields)
    with closing(sqlite3.connect(station / "records.sqlite")) as connection:
        connection.execute("DROP TRIGGER record_no_update")
        connection.execute("UPDATE record SET bytes = ? WHERE seq = ?", (json.dumps(fields).encode(), record.seq))
        connection.commit()


@pytest.mark.parametrize(
    ("serial", "verdict"), [(SAMPLE_SERIAL, "PASS"), ("FAIL", "FAIL"), ("DARK", "NO_DECISION"), ("GREY", "PASS")]
)
def test_what_the_pictures_decided_is_the_same(replayed: Callable[[str], Replay], serial: str, verdict: str) -> None:
    found = replayed(serial)
    assert (found.state, found.reason) == (ReplayState.SAME, "")
    assert (found.recorded, found.replayed, found.backend) == (verdict, verdict, BACKEND)
    assert [view.differences for view in found.views] == [(), ()], "to the last digit"


@pytest.mark.parametrize(
    ("serial", "pictures", "why"),
    [
        ("LATE", "PASS", "judged after the deadline"),
        ("BYPASSED", "FAIL", "red"),
        ("TWICE", "PASS", "it came before"),
    ],
)
def test_a_verdict_that_came_from_elsewhere_is_told_apart(
    replayed: Callable[[str], Replay], serial: str, pictures: str, why: str
) -> None:
    found = replayed(serial)
    assert (found.state, found.replayed) == (ReplayState.SAME, pictures)
    assert "came from elsewhere" in found.reason and why in found.reason


def test_a_view_that_was_missing_counts_as_it_was_recorded(replayed: Callable[[str], Replay]) -> None:
    found = replayed("MISSING")
    assert (found.state, found.recorded, found.replayed) == (ReplayState.SAME, "NO_DECISION", "NO_DECISION")
    assert [view.state for view in found.views] == [ReplayState.SAME, ReplayState.NOT_REPLAYABLE]
    bad = replayed("BAD")
    assert bad.state is ReplayState.SAME
    assert "has not judged this picture: bad frame: incomplete" in bad.views[0].reason


@pytest.mark.parametrize(
    ("serial", "why"), [("UNTRACKED", "it has no views"), ("LOST", "its picture was lost, recorded in record")]
)
def test_what_cannot_be_replayed_says_why(replayed: Callable[[str], Replay], serial: str, why: str) -> None:
    found = replayed(serial)
    assert (found.state, found.replayed) == (ReplayState.NOT_REPLAYABLE, None)
    assert why in found.reason


def test_a_picture_that_was_deleted_or_exchanged(copy: Path) -> None:
    with AuditReader(copy) as reader:
        views = reader.by_serial("FAIL")[0].fields["views"]
    digests = [view["image"]["digest"] for view in views]  # type: ignore[attr-defined]
    good, red = (copy / "images" / digest[:2] / f"{digest}.png" for digest in digests)
    red.write_bytes(good.read_bytes())
    exchanged = again(copy, "FAIL")
    assert (exchanged.state, exchanged.replayed) == (ReplayState.DIFFERS, None)
    assert "not the one that was judged" in exchanged.reason
    red.unlink()
    gone = again(copy, "FAIL")
    assert gone.state is ReplayState.NOT_REPLAYABLE and "is gone though record" in gone.reason


def test_a_picture_of_which_no_record_tells(copy: Path) -> None:
    with AuditReader(copy) as reader:
        part = reader.by_serial("FAIL")[0]
        (first, second) = reader.images(part)
    with closing(sqlite3.connect(copy / "records.sqlite")) as connection:
        connection.execute("DROP TRIGGER record_no_delete")
        connection.execute("DELETE FROM record WHERE seq = ?", (second.seq,))
        connection.commit()
    assert again(copy, "FAIL").state is ReplayState.SAME, "the pixels are there, and are the recorded ones"
    digest = str(second.fields["image_digest"])
    (copy / "images" / digest[:2] / f"{digest}.png").unlink()
    assert "no record says yet" in again(copy, "FAIL").reason
    assert first.fields["camera"] == "left"


def edit_detection(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda part: part["views"][1]["detections"][0].update(values)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (edit_detection(score_ppm=950_000), "(by 30396 ppm)"),
        (edit_detection(box_16=[1536, 1024, 2048, 1600]), "(by "),
        (edit_detection(**{"class": "blue"}), "is not found again"),
        (lambda part: part["views"][1]["detections"].clear(), "is found now and was not recorded"),
        (lambda part: part["views"][1].update(verdict="PASS"), "recorded PASS: red"),
        (lambda part: part["views"][1]["gate"].update(brightness_milli=1), "brightness_milli 1,"),
        (lambda part: part["views"][1]["gate"].update(failed=["too dark"]), "failed ['too dark'], now failed []"),
        (lambda part: part.update(verdict="PASS"), "the pictures give FAIL, the record says PASS"),
        (lambda part: part.update(verdict="NO_DECISION"), "the pictures give FAIL, the record says NO_DECISION"),
    ],
)
def test_a_record_that_says_something_else_differs(
    copy: Path, edit: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    change(copy, "FAIL", edit)
    found = again(copy, "FAIL")
    assert found.state is ReplayState.DIFFERS
    said = [told(one) for view in found.views for one in view.differences]
    assert any(sentence in text for text in [*said, found.reason]), (said, found.reason)


def test_the_serial_in_the_picture_is_read_again(copy: Path) -> None:
    change(copy, SAMPLE_SERIAL, lambda part: part["serial"].update(text="S7-999999"))
    found = again(copy, SAMPLE_SERIAL)
    assert (found.state, found.serial_differs) == (ReplayState.DIFFERS, SAMPLE_SERIAL)


def test_another_recipe_gives_another_verdict(copy: Path) -> None:
    """The hash in the record is of a recipe that is here, but is not the one that judged."""
    digest = DocumentStore(copy).put(RECIPE.replace(b"0.90", b"0.70"))
    change(copy, "GREY", lambda part: part.update(recipe_digest=digest))
    found = again(copy, "GREY")
    assert found.state is ReplayState.DIFFERS
    assert any(one.what == "verdict" for one in found.views[0].differences)


def test_a_small_difference_is_told_and_tolerated(copy: Path) -> None:
    change(copy, "FAIL", edit_detection(score_ppm=975_000, box_16=[1544, 1024, 2048, 1536]))
    found = again(copy, "FAIL")
    assert found.state is ReplayState.SAME
    assert {one.what: one.by for one in found.views[1].differences} == {"score": 5_396, "box": 8}
    assert again(copy, "FAIL", tolerance=Tolerance(score_ppm=5_395)).state is ReplayState.DIFFERS
    assert again(copy, "FAIL", tolerance=Tolerance(box_16=7)).state is ReplayState.DIFFERS


def test_a_finding_at_the_floor_of_the_model_may_come_and_go() -> None:
    low = {"class": "red", "score_ppm": 605_000, "box_16": [0, 0, 16, 16]}
    view = {**VIEW, "detections": [low]}
    (gone,) = compare_views(view, {**VIEW, "detections": []}, Tolerance(), 600_000)
    assert (gone.what, gone.tolerated) == ("missing", True)
    (gone,) = compare_views(view, {**VIEW, "detections": []}, Tolerance(), 590_000)
    assert not gone.tolerated


def test_findings_are_compared_with_the_nearest_of_their_class() -> None:
    one = {"class": "red", "score_ppm": 700_000, "box_16": [0, 0, 160, 160]}
    other = {"class": "red", "score_ppm": 699_000, "box_16": [800, 800, 960, 960]}
    swapped = [{**other, "score_ppm": 700_500}, one]
    found = compare_views({**VIEW, "detections": [one, other]}, {**VIEW, "detections": swapped}, Tolerance(), 0)
    assert [(one.what, one.by, one.tolerated) for one in found] == [("score", 1_500, True)]


def test_a_model_package_that_is_gone_changed_or_brought_along(copy: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.move(copy / "models" / "tiny", kept)
    gone = again(copy, "FAIL")
    assert gone.state is ReplayState.NOT_REPLAYABLE and "--package" in gone.reason
    assert again(copy, "FAIL", [kept]).state is ReplayState.SAME
    weights = kept / "model.onnx"
    weights.write_bytes(weights.read_bytes()[:-1])
    changed = again(copy, "FAIL", [kept])
    assert changed.state is ReplayState.NOT_REPLAYABLE and "model package was changed" in changed.reason


def test_a_recipe_document_that_is_gone_or_changed(copy: Path) -> None:
    with AuditReader(copy) as reader:
        path = DocumentStore(copy).path_of(str(reader.by_serial("FAIL")[0].fields["recipe_digest"]))
    path.write_bytes(OTHER_RECIPE)
    assert "was changed" in again(copy, "FAIL").reason
    path.unlink()
    gone = again(copy, "FAIL")
    assert gone.state is ReplayState.NOT_REPLAYABLE and "recipe is not among the documents" in gone.reason


def test_a_runtime_that_this_version_does_not_have(copy: Path) -> None:
    with AuditReader(copy) as reader:
        opening_record = reader.openings[1]
    fields = opening_record.fields
    fields["model"]["backend"] = "abacus"  # type: ignore[index]
    with closing(sqlite3.connect(copy / "records.sqlite")) as connection:
        connection.execute("DROP TRIGGER record_no_update")
        update = "UPDATE record SET bytes = ? WHERE seq = ?"
        connection.execute(update, (json.dumps(fields).encode(), opening_record.seq))
        connection.commit()
    assert "no runtime abacus" in again(copy, "FAIL").reason


def test_a_damaged_verdict_is_an_error_of_the_record(copy: Path) -> None:
    change(copy, "FAIL", lambda part: part.update(verdict="GOOD"))
    with pytest.raises(EvidenceError, match="damaged"):
        again(copy, "FAIL")


def test_the_command(history: Path, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(station: Path, *words: str) -> tuple[int, str]:
        code = main(["replay", *words, "--station", str(station)])
        return code, capsys.readouterr().out

    code, out = run(history, "FAIL")
    assert code == 0 and "serial FAIL: SAME" in out
    code, out = run(history, "LOST")
    assert code == 1 and "NOT REPLAYABLE BY RULE" in out and "power loss" in out
    change(copy, "FAIL", edit_detection(score_ppm=950_000))
    code, out = run(copy, "FAIL")
    assert code == 2 and "DIFFERS" in out and "by 30396 ppm" in out
    assert run(copy, "FAIL", "--score-tolerance", "0.04")[0] == 0
    code, out = run(copy, "FAIL", "--json")
    document = json.loads(out)
    assert code == 2 and document["replays"][0]["views"][1]["differences"][0]["by"] == 30_396
    with AuditReader(history) as reader:
        seq = str(reader.by_serial("FAIL")[0].seq)
    assert run(history, "--record", seq)[0] == 0
    assert run(history, "--record", "1")[0] == 3
    assert run(history, "nobody")[0] == 3
