# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station's own pictures: reviews make labels, and what is chosen is chosen as it says."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import data_samples
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import pixel_digest
from inspector.part import Detection, PixelFormat
from inspector.store.documents import DocumentStore
from inspector.store.images import encode_png, path_in
from inspector.store.queries.reviews import Review
from inspector.store.writer import RecordWriter
from tests.dataset_samples import kinds, picture, run, told
from tests.store_station import make_writer, opening, part
from training.dataset.folder import DatasetFolder
from training.dataset.importers.station import label, station_at
from training.dataset.manifest import Image
from training.dataset.sampling import drawn, farthest
from training.dataset.sheet import words as words_of

Capture = pytest.CaptureFixture[str]
PARTS = 12


def finding(name: str, score: float, x: int = 8) -> dict[str, Any]:
    return {"class": name, "score_ppm": round(score * 1e6), "box_16": [16 * x, 16 * 4, 16 * (x + 10), 16 * 24]}


FOUND: dict[int, list[dict[str, Any]]] = {
    1: [finding("dent", 0.9), finding("scratch", 0.8, 30), finding("scratch", 0.05, 50)],
    2: [finding("dent", 0.9)],
    3: [finding("dent", 0.9)],
    4: [finding("dent", 0.9, 60)],
    5: [finding("dent", 0.39)],
}
"""Part -> what the model found; the last scratch of the first is below every limit, the dent of 4 leads out."""
REVIEWS: dict[int, list[tuple[str, str | None, str]]] = {
    1: [("agree", "dent", "anna"), ("not-a-defect", "scratch", "bert")],
    2: [("not-a-defect", None, "anna")],
    3: [("agree", None, "anna"), ("not-a-defect", None, "bert")],
    4: [("not-a-defect", None, "anna"), ("agree", None, "anna")],
    6: [("agree", None, "anna")],
}
"""Part -> finding, class and person; of one person the newest counts, 6 passed."""


def write_part(writer: RecordWriter, station: Path, number: int, recipe: str) -> tuple[int, str]:
    pixels = picture(number)
    digest = pixel_digest("Mono8", pixels.data, *pixels.shape)
    verdict = "FAIL" if number in FOUND else "PASS"
    fields = part(number, verdict, image=True)
    image = {**fields["views"][0]["image"], "digest": digest, "width": 64, "height": 64}
    view = {**fields["views"][0], "image": image, "verdict": verdict, "detections": FOUND.get(number, [])}
    fields |= {"views": [view], "recipe_digest": recipe, "serial": {"text": f"SN-{number}", "source": "image"}}
    if number == PARTS:
        fields["purpose"] = "challenge"
    path = path_in(station, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(PixelFormat.MONO8, pixels, 1))
    stored = writer.append("part", fields).result(10)
    return stored.seq, stored.hash


def review(writer: RecordWriter, seq: int, digest: str, one: tuple[str, str | None, str]) -> None:
    said, name, person = one
    by = writer.commit_operator(person).result(10)
    fields = {"part": digest, "record": seq, "finding": said, "class": name, "by": by}
    writer.append("review", fields | {"role": None, "login": None, "note": ""}).result(10)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("line")
    recipe = DocumentStore(path).put(data_samples.recipe_file().read_bytes())
    with closing(make_writer(path, SigningKey.generate())) as writer:
        writer.append("shift-open", opening(writer) | {"lot": "L-7"}).result(10)
        for number in range(1, PARTS + 1):
            seq, digest = write_part(writer, path, number, recipe)
            for one in REVIEWS.get(number, []):
                review(writer, seq, digest, one)
    return path


def by_part(folder: Path) -> dict[str, Image]:
    return {str(image.part): image for image in DatasetFolder(folder).load().images}


def test_reviews_make_labels_and_the_rest_is_unlabelled(station: Path, tmp_path: Path, capsys: Capture) -> None:
    words = ["dataset", "import", "--dataset", tmp_path / "d", "--station", station]
    code, said = told(capsys, *words, "--random-share", 0, "--grey-count", 1, "--diverse-count", 3)
    assert (code, said["added"]) == (0, 9)
    found = by_part(tmp_path / "d")
    assert {name: found[f"SN-{name}"].state for name in range(1, 7)} == {
        1: "labelled",
        2: "good",
        3: "unlabelled",  # two people, two opinions
        4: "labelled",  # anna has thought again
        5: "unlabelled",
        6: "good",
    }
    (box,) = found["SN-1"].boxes
    assert (box.class_name, box.x, box.y, box.w, box.h) == ("dent", 8, 4, 10, 20)
    assert (found["SN-4"].boxes[0].x, found["SN-4"].boxes[0].w) == (60, 4)  # cut off at the edge
    assert [box.class_name for box in found["SN-3"].proposals] == ["dent"]
    assert {name: one.source.review for name, one in found.items() if one.source.review} == {
        "SN-1": "mixed",
        "SN-2": "not-a-defect",
        "SN-3": "mixed",
        "SN-4": "agree",
        "SN-6": "agree",
    }
    strata = {name: one.stratum for name, one in found.items()}
    assert [strata[f"SN-{name}"] for name in (1, 5)] == ["reviewed", "grey"]
    assert sorted(strata.values()).count("diverse") == 3
    assert f"SN-{PARTS}" not in found  # a challenge part is no product
    one = found["SN-1"]
    assert (one.lot, one.source.station, one.source.verdict, one.source.camera) == ("L-7", "demo", "FAIL", "top")
    assert one.probability_ppm is None
    run("dataset", "show", "--dataset", tmp_path / "d")
    out = capsys.readouterr().out
    assert "strata: 3 diverse, 1 grey, 5 reviewed" in out
    assert "reviews: 2 agree, 2 mixed, 1 not-a-defect" in out
    assert words_of(found["SN-3"]) == "unlabelled: dent?"
    assert words_of(found["SN-2"]) == "good"


def test_all_parts_with_probability_one_and_the_sheet(station: Path, tmp_path: Path, capsys: Capture) -> None:
    words = ["dataset", "import", "--dataset", tmp_path / "d", "--station", station, "--random-share", 100]
    assert run(*words) == 0
    out = capsys.readouterr().out
    assert "11 images: 2 labelled, 2 good, 7 images unlabelled" in out
    assert {(one.stratum, one.probability_ppm) for one in by_part(tmp_path / "d").values()} == {("random", 1_000_000)}
    assert told(capsys, *words)[1]["known"] == 11


def test_what_was_labelled_stays_and_a_new_review_labels(station: Path, tmp_path: Path, capsys: Capture) -> None:
    """Labelled by hand outside; the store still says nothing of it, and is imported again."""
    words = ["dataset", "import", "--dataset", tmp_path / "d"]
    assert told(capsys, *words, "--station", station, "--random-share", 100)[0] == 0
    code, said = told(
        capsys, "dataset", "export", "--dataset", tmp_path / "d", "--labelme", tmp_path / "l", "--only-unlabelled"
    )
    assert (code, said["images"], said["proposed"]) == (0, 7, 2)
    for file in (tmp_path / "l").glob("*.json"):
        file.write_text(file.read_text().replace('"unlabelled": true', '"unlabelled": false'))
    code, said = told(capsys, *words, "--labelme", tmp_path / "l")
    assert (code, said["updated"], said["states"]["unlabelled"]) == (0, 2, 5)
    code, said = told(capsys, *words, "--station", station, "--random-share", 100, "--update")
    assert (code, said["updated"], said["states"]["unlabelled"]) == (0, 0, 5)


def test_pictures_that_are_gone_are_told(station: Path, tmp_path: Path, capsys: Capture) -> None:
    victim = path_in(station, pixel_digest("Mono8", picture(7).data, 64, 64))
    data = victim.read_bytes()
    victim.unlink()
    words = ["dataset", "import", "--dataset", tmp_path / "d", "--station", station, "--random-share", 100]
    code, said = told(capsys, *words)
    victim.write_bytes(data)
    assert (code, said["added"]) == (0, 10)
    assert "missing-picture" in kinds(said, "warning")


def test_what_is_no_station_is_told(tmp_path: Path, capsys: Capture) -> None:
    code, said = told(capsys, "dataset", "import", "--dataset", tmp_path / "d", "--station", tmp_path / "x")
    assert (code, kinds(said)) == (1, ["source"])


def test_demo_is_the_station_of_the_demonstration(tmp_path: Path) -> None:
    assert station_at(tmp_path / "demo") == tmp_path / "demo"
    (tmp_path / "demo-station").mkdir()
    assert station_at(tmp_path / "demo") == tmp_path / "demo-station"
    assert station_at(tmp_path / "line4") == tmp_path / "line4"


def said_of(finding: str, name: str | None = None) -> Review:
    return Review(1, 1, 0, finding, name, "x", None, "")


DENT, STAIN = Detection("dent", 900_000, (0, 0, 16, 16)), Detection("stain", 900_000, (0, 0, 32, 16))


@pytest.mark.parametrize(
    ("verdict", "found", "reviews", "state", "boxes"),
    [
        ("FAIL", (DENT, STAIN), [said_of("agree")], "labelled", (DENT, STAIN)),
        ("FAIL", (DENT, STAIN), [said_of("agree", "dent")], "unlabelled", ()),
        ("FAIL", (DENT, STAIN), [said_of("agree"), said_of("not-a-defect", "stain")], "labelled", (DENT,)),
        ("FAIL", (DENT, STAIN), [said_of("not-a-defect")], "good", ()),
        ("FAIL", (DENT,), [said_of("unsure"), said_of("agree")], "unlabelled", ()),
        ("FAIL", (), [said_of("agree")], "unlabelled", ()),
        ("PASS", (DENT,), [said_of("agree")], "good", ()),
        ("PASS", (), [said_of("agree")], "good", ()),
        ("PASS", (), [], "unlabelled", ()),
        ("NO_DECISION", (DENT,), [said_of("agree")], "unlabelled", ()),
        ("NO_DECISION", (DENT,), [said_of("agree", "dent")], "labelled", (DENT,)),
    ],
    ids=range(11),
)
def test_what_is_not_decided_is_not_labelled(
    verdict: str, found: tuple[Detection, ...], reviews: list[Review], state: str, boxes: tuple[Detection, ...]
) -> None:
    assert label(verdict, found, reviews) == (state, boxes)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_the_random_share_is_a_share_and_grows(seed: int) -> None:
    digests = [f"{number:064x}" for number in range(4000)]
    small, large = ([one for one in digests if drawn(one, seed, ppm)] for ppm in (50_000, 200_000))
    assert set(small) <= set(large)
    assert 110 < len(small) < 290  # 200 are expected; six standard deviations are 83
    assert 620 < len(large) < 980
    assert [one for one in digests if drawn(one, seed, 1_000_000)] == digests
    assert not any(drawn(one, seed, 0) for one in digests)


def test_the_farthest_are_one_of_each_kind(tmp_path: Path) -> None:
    """Thirty pictures of three kinds: three are enough to have seen all."""
    paths = []
    generator = np.random.default_rng(1)
    for number in range(30):
        pixels = np.full((32, 32), 128, np.uint8)
        pixels[:, : 8 * (number % 3 + 1)] = 20
        pixels += generator.integers(0, 4, pixels.shape, np.uint8)
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(encode_png(PixelFormat.MONO8, pixels, 1))
    assert {number % 3 for number in farthest(paths, 3)} == {0, 1, 2}
    assert farthest([], 3) == farthest(paths, 0) == []
    assert farthest([paths[0]] * 5, 4) in ([0], [0, 1])  # nothing but copies is left
