# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the simulated reviewer says of a shift, and what a dataset makes of it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest

import camera_configs
import data_samples
from data_samples import SampleDefect
from inspector.cli.control import StationControl
from inspector.cli.simulated_reviews import LEFT_OPEN, REVIEWER, UNSURE, Reviewed, answer, review_shift
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import pixel_digest
from inspector.part import Detection, PixelFormat
from inspector.station.people import Person
from inspector.station.reviews import ReviewDesk
from inspector.station_directory import NewStation, create_station
from inspector.store.documents import DocumentStore
from inspector.store.images import encode_png, path_in
from inspector.store.writer import RecordWriter
from tests.dataset_samples import run
from tests.store_station import make_writer, opening, part

DENT = SampleDefect("dent", (10, 10, 30, 30))
BURR = SampleDefect("burr", (40, 40, 60, 60))


def found(name: str, *box: int) -> Detection:
    return Detection(name, 900_000, (16 * box[0], 16 * box[1], 16 * box[2], 16 * box[3]))


ON_DENT, ON_BURR = found("dent", 12, 11, 31, 30), found("burr", 41, 41, 60, 62)


@pytest.mark.parametrize(
    ("verdict", "findings", "defects", "said"),
    [
        ("PASS", [], [], ("agree", "")),
        ("FAIL", [ON_DENT], [], ("not-a-defect", "")),
        ("NO_DECISION", [ON_DENT], [], ("not-a-defect", "")),
        ("FAIL", [ON_DENT, ON_BURR], [DENT, BURR], ("agree", "")),
        ("FAIL", [ON_DENT, ON_BURR], [DENT], UNSURE),  # a second review would replace the first
        ("FAIL", [ON_DENT, found("dent", 40, 0, 50, 9)], [DENT], UNSURE),
        ("NO_DECISION", [ON_DENT], [DENT], ("agree", "dent")),
        ("NO_DECISION", [ON_DENT, ON_BURR], [DENT, BURR], UNSURE),
        ("FAIL", [ON_DENT], [DENT, BURR], UNSURE),  # the burr was not drawn
        ("FAIL", [found("burr", 10, 10, 30, 30)], [DENT], UNSURE),
        ("PASS", [], [DENT], UNSURE),  # a miss
    ],
)
def test_the_reviewer_says_what_keys_can_say(
    verdict: str, findings: list[Detection], defects: list[SampleDefect], said: tuple[str, str]
) -> None:
    assert answer(verdict, findings, defects) == said


class Desk:
    """Reviews recorded as the station records them, without its processes."""

    def __init__(self, station: Path, writer: RecordWriter) -> None:
        self._desk = ReviewDesk(station, writer)

    def request(self, command: str, **arguments: Any) -> dict[str, object]:
        assert (command, arguments["operator"]) == ("review", REVIEWER)
        words = (arguments["part"], arguments["finding"], arguments["class"], arguments["note"])
        return self._desk.review(*words, Person(arguments["operator"]))


def write_shift(station: Path, writer: RecordWriter, order: list[int]) -> None:
    """Parts that show the sample pictures of these numbers, all judged rightly."""
    recipe = DocumentStore(station).put(data_samples.recipe_file().read_bytes())
    writer.append("shift-open", opening(writer)).result(10)
    labels, truth = data_samples.labels(), []
    for count, number in enumerate(order, 1):
        label = labels[number]
        pixels = np.asarray(cv2.imread(str(data_samples.images_dir() / label.file), cv2.IMREAD_GRAYSCALE), np.uint8)
        digest = pixel_digest("Mono8", pixels.data, *pixels.shape)
        boxes = [(d.class_name, [round(16 * value) for value in d.box_px]) for d in label.defects]
        verdict = "PASS" if label.good else "FAIL"
        fields = part(count, verdict, image=True)
        detections = [{"class": name, "score_ppm": 900_000, "box_16": box} for name, box in boxes]
        image = {**fields["views"][0]["image"], "digest": digest, "width": 640, "height": 640}
        view = {**fields["views"][0], "image": image, "verdict": verdict, "detections": detections}
        fields |= {"views": [view], "recipe_digest": recipe, "serial": {"text": label.serial, "source": "image"}}
        path = path_in(station, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(PixelFormat.MONO8, pixels, 1))
        writer.append("part", fields).result(10)
        event = {"event": "edge", "plc_count": count, "t_ns": count, "image": label.file, "disturbance": ""}
        truth.append(json.dumps(event | {"truth": "good" if label.good else "bad", "scene": number}))
    (station / "run").mkdir(exist_ok=True)
    (station / "run" / "plant-truth.jsonl").write_text("\n".join(truth) + "\n", encoding="utf-8")


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A station that plays the samples and has not run yet."""
    new = NewStation(
        name="demo",
        model=data_samples.model_dir(),
        recipe=data_samples.recipe_file(),
        features=camera_configs.path("simulated"),
        images=data_samples.images_dir(),
    )
    create_station(tmp_path / "demo-station", new, "a passphrase of the test")
    return tmp_path / "demo-station"


def reviewed(station: Path, order: list[int]) -> Reviewed:
    with closing(make_writer(station, SigningKey.generate())) as writer:
        write_shift(station, writer, order)
        return review_shift(station, cast(StationControl, Desk(station, writer)))


def test_after_a_shift_two_pictures_are_left_to_be_labelled(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = len(data_samples.labels())
    done = reviewed(station, [*range(everything), 3, 4, 5])
    assert done == Reviewed(everything - LEFT_OPEN, LEFT_OPEN)
    assert done.words() == "24 pictures reviewed, 2 of them left open"
    words = ["dataset", "import", "--station", str(tmp_path / "demo"), "--dataset", str(tmp_path / "mine")]
    assert run(*words) == 0
    told = capsys.readouterr().out
    assert "24 images: 11 labelled, 11 good, 2 images unlabelled" in told
    assert "contact sheet: " in told


def test_of_two_parts_nothing_is_left_open(station: Path) -> None:
    assert reviewed(station, [0, 1]) == Reviewed(2, 0)


def test_nothing_is_said_of_pictures_whose_defects_nobody_knows(station: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    parts = [{"file": label.file, "good": label.good} for label in data_samples.labels()]
    (tmp_path / "own" / "labels.json").write_text(json.dumps({"parts": parts}), encoding="utf-8")
    settings = station / "station.toml"
    text = settings.read_text(encoding="utf-8")
    assert str(data_samples.images_dir().resolve()) in text
    settings.write_text(text.replace(str(data_samples.images_dir().resolve()), str(tmp_path / "own")), encoding="utf-8")
    assert reviewed(station, [0, 1, 2]) == Reviewed(0, 0)
