# SPDX-License-Identifier: AGPL-3.0-or-later
"""Average precision against cases worked out by hand and against ultralytics; the confusion of classes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.evaluation.scripted import AT, finding
from training.evaluation.boxes import Box, overlap, overlaps
from training.evaluation.confusion import BACKGROUND, NOTHING, Confusion
from training.evaluation.precision import BoxScores, average_precision, right_at

FAR = (50.0, 50.0, 60.0, 60.0)


def test_overlap_of_boxes() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert overlaps([], [AT]).shape == (0, 1)


boxes = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40), st.integers(1, 40)).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
)


@given(boxes, boxes)
def test_overlap_is_symmetric_and_a_share(a: Box, b: Box) -> None:
    assert overlap(a, b) == overlap(b, a)
    assert 0 <= overlap(a, b) <= 1
    assert (overlap(a, b) == 1) == (a == b)


@pytest.mark.parametrize(
    ("recall", "precision", "area"),
    [
        ([1.0], [1.0], 0.995),  # at recall 1 the curve falls to 0: half of the last of 100 strips is lost
        ([0.5, 1.0], [1.0, 1.0], 0.995),
        ([0.5], [1.0], 0.495),  # 49 whole strips, and half of that in which it falls to 0
        ([0.0, 1.0], [0.0, 0.5], 0.5 * 0.995),  # the envelope is at 0.5 from the beginning
        ([], [], 0.0),
    ],
    ids=["all right", "two right", "half found", "wrong one first", "nothing found"],
)
def test_average_precision_by_hand(recall: list[float], precision: list[float], area: float) -> None:
    assert average_precision(np.array(recall), np.array(precision)) == pytest.approx(area, abs=1e-9)


def test_each_label_is_found_once_by_the_surest_finding() -> None:
    table = np.array([[0.9, 0.95, 0.0], [0.0, 0.6, 0.4]])  # the second finding overlaps both, the first label is taken
    right = right_at(table)
    assert right[:, 0].tolist() == [True, True, False]
    assert right[:, 3].tolist() == [True, False, False]  # at 0.65 the second label is out of its reach


def test_curves_have_the_labelled_classes_and_count_what_was_found_nowhere() -> None:
    scores = BoxScores()
    scores.add([("scratch", AT)], [finding("scratch", 0.9), finding("dent", 0.8)])
    scores.add([("scratch", AT)], [finding("scratch", 0.95, (50, 50, 60, 60))])
    (curve,) = scores.curves()
    assert (curve.name, curve.labels, curve.findings) == ("scratch", 2, 2)
    assert curve.recall.tolist() == [0, 0.5]
    assert curve.precision.tolist() == [0, 0.5]
    assert curve.ap50 == pytest.approx(curve.ap50_95)


def reference(right: np.ndarray, scores: np.ndarray, found: np.ndarray, labels: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    from ultralytics.utils.metrics import ap_per_class

    return np.asarray(ap_per_class(right, scores, found, labels)[5])


@pytest.fixture(scope="module")
def ultralytics_offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Its settings go to a folder of the test, and it asks no network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOLO_CONFIG_DIR", str(tmp_path_factory.mktemp("yolo")))
        patch.setenv("YOLO_OFFLINE", "true")
        yield


@pytest.mark.long  # it takes 5 s to load
@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_ultralytics_computes_the_same(ultralytics_offline: None, seed: int) -> None:
    random = np.random.default_rng(seed)
    own, right, scores, found, labels = BoxScores(), [], [], [], []
    surest = iter(random.permutation(1000) * 1000)  # no two alike: the order of equal scores is nobody's rule
    for _ in range(random.integers(1, 8)):
        names = random.integers(0, 3, random.integers(0, 4))
        truth = [(str(name), random_box(random)) for name in names]
        near = [
            finding(name if random.random() < 0.8 else "1", next(surest) / 1e6, shifted(box, random))
            for name, box in truth
            for _ in range(random.integers(0, 3))
        ]
        near.sort(key=lambda one: -one.score_ppm)
        own.add(truth, near)
        for one in near:
            same = [box for name, box in truth if name == one.class_name]
            rivals = [other for other in near if other.class_name == one.class_name]
            table = overlaps(same, [tuple(v / 16 for v in other.box_16) for other in rivals])  # type: ignore[misc]
            right.append(right_at(table)[rivals.index(one)])
            scores.append(one.score_ppm)
            found.append(int(one.class_name))
        labels += names.tolist()
    if not labels or not right:
        return
    theirs = reference(np.array(right), np.array(scores), np.array(found), np.array(labels))
    ours = np.array([curve.average for curve in own.curves()])
    assert ours == pytest.approx(theirs, abs=1e-9)


def random_box(random: np.random.Generator) -> Box:
    x, y, w, h = (int(v) for v in random.integers(10, 60, 4))
    return float(x), float(y), float(x + w), float(y + h)


def shifted(box: Box, random: np.random.Generator) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = (int(value + random.integers(-4, 5)) for value in box)
    return x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)


@pytest.mark.long
def test_ultralytics_matches_boxes_alike(ultralytics_offline: None) -> None:
    import torch
    from ultralytics.engine.validator import BaseValidator

    validator = BaseValidator.__new__(BaseValidator)
    validator.iouv = torch.linspace(0.5, 0.95, 10)
    random = np.random.default_rng(4)
    for _ in range(50):
        table = random.choice([0.0, 0.3, 0.52, 0.57, 0.63, 0.71, 0.88, 0.96], size=random.integers(1, 6, 2))
        table = table + random.random(table.shape) * 1e-3
        classes = [torch.zeros(size) for size in (table.shape[1], table.shape[0])]
        theirs = validator.match_predictions(*classes, torch.from_numpy(table))
        assert right_at(table).tolist() == theirs.tolist()


def test_confusion_names_what_was_found_instead() -> None:
    table = Confusion()
    table.add([("scratch", AT), ("dent", FAR)], [finding("dent", 0.9), finding("stain", 0.5, (100, 100, 110, 110))])
    assert table.as_json(("scratch", "dent", "stain")) == {
        "scratch": {"scratch": 0, "dent": 1, "stain": 0, NOTHING: 0},
        "dent": {"scratch": 0, "dent": 0, "stain": 0, NOTHING: 1},
        "stain": {"scratch": 0, "dent": 0, "stain": 0, NOTHING: 0},
        BACKGROUND: {"scratch": 0, "dent": 0, "stain": 1, NOTHING: 0},
    }


def test_a_finding_of_the_labels_own_class_comes_first() -> None:
    table = Confusion()
    table.add([("scratch", AT)], [finding("dent", 0.9), finding("scratch", 0.5, (0, 0, 10, 8))])
    assert (table.cell("scratch", "scratch"), table.cell(BACKGROUND, "dent")) == (1, 1)


def test_a_class_that_is_only_labelled_has_a_row() -> None:
    table = Confusion()
    table.add([("crack", AT)], [])
    assert table.classes(("scratch",)) == ["scratch", "crack"]
    assert table.as_json(("scratch",))["crack"][NOTHING] == 1


names = st.sampled_from(("a", "b"))


@given(st.lists(st.tuples(names, boxes), max_size=5), st.lists(st.tuples(names, boxes), max_size=5))
def test_every_label_and_every_finding_is_in_the_table_once(
    labels: list[tuple[str, Box]], found: list[tuple[str, Box]]
) -> None:
    table = Confusion()
    whole = [finding(name, 0.5, tuple(int(v) for v in box)) for name, box in found]  # type: ignore[arg-type]
    table.add(labels, whole)
    plain = table.as_json(("a", "b"))
    for name in ("a", "b"):
        assert sum(plain[name].values()) == sum(label == name for label, _ in labels)
        assert sum(row[name] for row in plain.values()) == sum(label == name for label, _ in found)
