# SPDX-License-Identifier: AGPL-3.0-or-later
"""What to label next: better than chance, with reasons, and a random share that stays one."""

from __future__ import annotations

from math import comb
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import data_samples
from inspector.part import Detection
from inspector.recipe import Recipe
from tests.dataset_samples import run
from tests.tiny_model import write_tiny_package
from tests.unit.dataset.test_propose import RECIPE, by_name, paint, told
from training.dataset.manifest import Image, Source
from training.dataset.sampling import Farthest, feature
from training.labelling.choose import Candidate, Known, Pick, choose
from training.labelling.doubt import Limits, disagreement, doubt, uncertainty
from training.labelling.model import Finder
from training.synth import SynthPart, render_part

Capture = pytest.CaptureFixture[str]
GREY = Limits(None, (200_000, 600_000))


def image(number: int, **source: object) -> Image:
    digest = f"{number:064x}"
    return Image(
        sha256=digest,
        pixels_sha256=digest,
        file=f"images/00/{digest}.png",
        width=640,
        height=640,
        channels=1,
        look=digest,
        brightness_milli=0,
        state="unlabelled",
        source=Source(importer="x", file=f"{number}.png", **source),  # type: ignore[arg-type]
    )


def found(name: str, score: float, x: int = 0) -> Detection:
    return Detection(name, round(score * 1_000_000), (16 * x, 0, 16 * x + 160, 160))


def chosen(candidates: list[Candidate], count: int, share: float = 0, **known: Any) -> list[Pick]:
    looks = np.zeros((len(candidates), 2), np.float32)
    nothing = Known({}, looks[:0], frozenset())
    fields = {name: known.get(name, getattr(nothing, name)) for name in ("boxes", "looks", "pixels")}
    points = known.get("points", looks)
    return choose(candidates, points, Known(**fields), GREY, count, round(share * 1_000_000), known.get("seed", 0))


def test_doubt_is_greatest_at_the_limit() -> None:
    assert [doubt(score, 400_000) for score in (0, 200_000, 400_000, 700_000, 1_000_000)] == [0, 0.5, 1, 0.5, 0]
    recipe = Recipe.from_toml(RECIPE.encode(), "r")
    limits = Limits(recipe, (0, 1))
    assert limits.band("red", image(1)) == (700_000, 900_000)
    told = uncertainty([found("red", 0.8)], image(1), limits)
    assert told.words == "red 0.80, in the grey band 0.70 to 0.90"
    assert uncertainty([found("green", 0.99), found("red", 0.85)], image(1), limits).words.startswith("red 0.85")
    assert uncertainty([found("rust", 0.1)], image(1), limits).words == "rust 0.10, above the limit of 0.00"
    assert uncertainty([], image(1), limits).worth == 0


@pytest.mark.parametrize(
    ("source", "score", "words"),
    [
        ({"review": "mixed"}, 0.9, "people said different things of it"),
        (
            {"review": "not-a-defect", "verdict": "FAIL"},
            0.9,
            "a person said that it is no defect, the model finds dent",
        ),
        ({"review": "not-a-defect", "verdict": "FAIL"}, 0.1, "the station said FAIL, this model finds nothing"),
        ({"review": "agree", "verdict": "PASS"}, 0.9, "a person agreed with PASS, the model finds dent"),
        ({"review": "agree", "verdict": "FAIL"}, 0.9, ""),
        ({"review": "unsure"}, 0.1, "a person was not sure"),
        ({"verdict": "PASS"}, 0.9, "the station said PASS, this model finds dent"),
        ({}, 0.9, ""),
    ],
)
def test_people_the_station_and_the_model(source: dict[str, Any], score: float, words: str) -> None:
    reason = disagreement((found("dent", score),), None, image(1, **source), GREY)
    assert (reason.words, reason.worth > 0) == (words, bool(words))


def test_two_models_disagree_about_a_finding_that_one_of_them_counts() -> None:
    def told(mine: list[Detection], theirs: list[Detection]) -> tuple[str, float]:
        reason = disagreement(tuple(mine), tuple(theirs), image(1), GREY)
        return reason.words, round(reason.worth, 3)

    assert told([found("dent", 0.9)], [found("dent", 0.5, x=2)]) == ("dent 0.90, the other model 0.50", 0.4)
    assert told([found("dent", 0.9)], [found("dent", 0.9, x=9)]) == ("dent 0.90, the other model 0.00", 0.9)
    assert told([], [found("burr", 0.7)]) == ("burr 0.00, the other model 0.70", 0.7)
    assert told([found("dent", 0.1)], [found("burr", 0.15)]) == ("", 0)


def test_each_kind_in_turn_and_each_picture_once() -> None:
    """0: uncertain; 1: people differ; 2: uncertain; 3: of a class with few boxes; 4: looks like nothing else."""
    candidates = [
        Candidate(image(1), (found("dent", 0.41),)),
        Candidate(image(2, review="mixed"), ()),
        Candidate(image(3), (found("dent", 0.45),)),
        Candidate(image(4), (found("burr", 0.97),)),
        Candidate(image(5), ()),
        Candidate(image(6), ()),
    ]
    points = np.array([[0, 0], [0, 0], [0, 1], [0, 0], [9, 9], [0, 0]], np.float32)
    boxes = {"dent": 30, "burr": 2}
    picks = chosen(candidates, 6, boxes=boxes, points=points, looks=points[:1])
    assert [(pick.number, pick.kind) for pick in picks] == [
        (0, "uncertain"),
        (1, "disagreement"),
        (2, "uncertain"),
        (3, "rare-class"),
        (4, "diverse"),
    ]  # and number 5 looks like what is labelled
    assert picks[3].words == "burr 0.97; 2 boxes of burr so far, 16 of a class on average"
    assert chosen(candidates, 6, boxes=boxes, pixels=frozenset({image(1).sha256}))[0].number == 2  # is labelled


def test_the_random_share_does_not_ask_the_model() -> None:
    """Every picture is drawn equally often over many seeds, whatever is found in it; and the probability is told."""
    candidates = [Candidate(image(n), (found("dent", 0.4),) if n < 5 else ()) for n in range(20)]
    times = np.zeros(20)
    for seed in range(400):
        picks = [pick for pick in chosen(candidates, 10, 0.5, seed=seed) if pick.kind == "random"]
        assert {pick.probability_ppm for pick in picks} == {250_000}
        assert len({pick.number for pick in picks}) == len(picks) == 5
        times[[pick.number for pick in picks]] += 1
    assert times.min() > 65  # of 100 expected, deviation 8.7
    assert times.max() < 135
    first = chosen(candidates, 10, 0.5)
    assert first == chosen(candidates, 10, 0.5)
    assert [pick.kind for pick in first[:5]] == ["random"] * 5
    grown = {candidates[pick.number].image.sha256 for pick in chosen(candidates[1:], 10, 0.5)[:5]}
    assert grown != {candidates[pick.number].image.sha256 for pick in first[:5]}  # other pictures: a new draw
    assert sum(pick.kind == "random" for pick in chosen(candidates, 3, 0.1)) == 1


def test_the_farthest_are_far_from_what_is_known() -> None:
    points = np.array([[0, 0], [5, 0], [5.5, 0], [0, 3]], np.float32)
    ways, free = Farthest(points, np.array([[0, 0.5]], np.float32)), np.ones(4, np.bool_)
    assert ways.best(free) == 2
    free[2] = False
    ways.take(2)
    assert ways.best(free) == 3
    assert Farthest(points, points).best(np.zeros(4, np.bool_)) is None


def test_the_command_names_draws_and_exports_them(tmp_path: Path, capsys: Capture) -> None:
    """a: red, sure; b: red in the grey band; c to f: nothing; b is the one to look at."""
    paint(tmp_path / "in" / "a.png", (1, 1, (0, 0, 255)))
    paint(tmp_path / "in" / "b.png", (0, 0, (0, 0, 204)))
    for number, name in enumerate("cdef"):
        paint(tmp_path / "in" / f"{name}.png", shade=number)
    data = tmp_path / "d"
    assert run("dataset", "import", "--labelme", tmp_path / "in", "--part-is-file", "--dataset", data) == 0
    write_tiny_package(tmp_path / "model", width=96, height=96)
    write_tiny_package(tmp_path / "blind", width=96, height=96, score_ppm=900_000)
    (tmp_path / "r.toml").write_text(RECIPE)
    before = (data / "manifest.json").read_bytes()
    words = ["dataset", "next", "--dataset", data, "--model", tmp_path / "model", "--recipe", tmp_path / "r.toml"]
    words += ["--count", 2, "--random-share", 0]
    code, said = told(capsys, *words, "--sheet", tmp_path / "s.png", "--labelme", tmp_path / "l")
    assert (code, said["pool"], said["random"]) == (0, 6, {"count": 0, "of": 6, "probability_ppm": None})
    first = said["images"][0]
    told_of = (first["name"], first["kind"], first["why"])
    assert told_of == ("b.png", "uncertain", "red 0.80, in the grey band 0.70 to 0.90")
    assert [box["class"] for box in first["findings"]] == ["red"]
    assert (data / "manifest.json").read_bytes() == before
    drawn = cv2.imread(str(tmp_path / "s.png"))
    assert drawn is not None
    assert (drawn == (200, 120, 0)).all(axis=2).any()  # the proposal
    files = sorted((tmp_path / "l").glob("*.json"))
    assert {file.stem for file in files} == {one["sha256"][:16] for one in said["images"]}
    for file in files:
        file.write_text(file.read_text().replace('"unlabelled": true', '"unlabelled": false'))
    code, said = told(capsys, "dataset", "import", "--labelme", tmp_path / "l", "--dataset", data)
    assert (code, said["updated"], by_name(tmp_path)["b.png"].state) == (0, 2, "labelled")
    words += ["--against", tmp_path / "blind"]
    code, said = told(capsys, *words, "--random-share", 50)
    assert said["random"] == {"count": 1, "of": 4, "probability_ppm": 250_000}
    assert run(*words, "--random-share", 50) == 0
    assert "probability 0.25" in " ".join(capsys.readouterr().out.split())


def test_nothing_is_left_to_label(tmp_path: Path, capsys: Capture) -> None:
    paint(tmp_path / "in" / "a.png")
    words = ["dataset", "import", "--labelme", tmp_path / "in", "--no-label-is-good", "--dataset", tmp_path / "d"]
    assert run(*words) == 0
    write_tiny_package(tmp_path / "model", width=96, height=96)
    code, said = told(capsys, "dataset", "next", "--dataset", tmp_path / "d", "--model", tmp_path / "model")
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")


def photographed(part: SynthPart, number: int) -> npt.NDArray[np.uint8]:
    """A part as it is, or out of focus with noise, as the model has never seen one."""
    blurred = cv2.GaussianBlur(part.image, (0, 0), (0.3, 2.4)[number % 2])
    noise = np.random.default_rng(number).normal(0, 8, part.image.shape)
    return np.asarray(np.clip(blurred + noise, 0, 255), np.uint8)


def overlap(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    wide, high = min(one[2], two[2]) - max(one[0], two[0]), min(one[3], two[3]) - max(one[1], two[1])
    if min(wide, high) <= 0:
        return 0
    areas = (one[2] - one[0]) * (one[3] - one[1]) + (two[2] - two[0]) * (two[3] - two[1])
    return wide * high / (areas - wide * high)


def right(part: SynthPart, findings: tuple[Detection, ...], recipe: Recipe) -> bool:
    """Whether somebody who labels has nothing to correct: each defect found, and nothing else."""
    surely = [one for one in findings if one.score_ppm >= recipe.classes[one.class_name].min_score_ppm]
    pairs = [
        (i, j)
        for i, defect in enumerate(part.defects)
        for j, one in enumerate(surely)
        if defect.name == one.class_name and overlap(defect.box, tuple(v / 16 for v in one.box_16)) >= 0.3
    ]
    return len({i for i, _ in pairs}) == len(part.defects) and len({j for _, j in pairs}) == len(surely)


def chances(wrong: int, drawn: int, pool: int) -> npt.NDArray[np.float64]:
    """Probability of 0, 1, ... wrong ones among so many drawn at random: the hypergeometric distribution."""
    ways = [comb(wrong, k) * comb(pool - wrong, drawn - k) for k in range(min(wrong, drawn) + 1)]
    return np.array([one / comb(pool, drawn) for one in ways])


def wrong_among_chosen(seed: int, count: int) -> tuple[int, int, int]:
    """How many of the chosen pictures of a batch the model gets wrong, how many of all, and how many there are."""
    recipe, finder = Recipe.load(data_samples.recipe_file()), Finder(data_samples.model_dir(), 2)
    limits, candidates, looks, wrong = Limits(recipe, (0, 1)), [], [], []
    for index in range(30):
        part = render_part(seed, index, good_share=0.5)
        for view in range(4):
            pixels = photographed(part, 4 * index + view)
            findings = finder.find(pixels)
            one = image(len(candidates))
            candidates.append(Candidate(one, limits.in_question(findings, one)))
            looks.append(feature(pixels))
            wrong.append(not right(part, findings, recipe))
    nothing = Known({}, np.zeros((0, len(looks[0])), np.float32), frozenset())
    picks = choose(candidates, np.stack(looks), nothing, limits, count, 200_000, 0)
    assert len(picks) == count
    return sum(wrong[pick.number] for pick in picks), sum(wrong), len(wrong)


def test_the_choice_holds_more_wrong_pictures_than_chance() -> None:
    """The demo model on rendered parts, every other one out of focus; a fifth of the choice is random all the same.

    In this batch 14 of the 17 wrong ones are among 40 of 120 pictures: by chance 5.7, and 14 once in 100,000 draws.
    It is one of those that the order of turns was chosen on; the long test has others.
    """
    hits, wrong, pool = wrong_among_chosen(14, 40)
    assert chances(wrong, 40, pool)[hits:].sum() < 0.001


@pytest.mark.long
def test_the_choice_is_better_than_chance_over_batches() -> None:
    """Three batches that nothing was tuned on: the sum of three draws at random is the convolution."""
    total, by_chance = 0, np.ones(1)
    for seed in (19, 20, 21):
        hits, wrong, pool = wrong_among_chosen(seed, 40)
        print(seed, hits, wrong, pool)
        total += hits
        by_chance = np.convolve(by_chance, chances(wrong, 40, pool))
    assert by_chance[total:].sum() < 0.001
