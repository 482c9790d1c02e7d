# SPDX-License-Identifier: AGPL-3.0-or-later
"""Both heads are told apart by shape and decoded alike; garbage never becomes "no defect"."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inspector.detect.decode import Decoder, FloatArray, Head, head_of, suppress
from inspector.detect.letterbox import Placement
from inspector.errors import InferenceFailed, ModelRefused

CLASSES = ("scratch", "dent", "stain")
SAME = Placement.fit(320, 320, 320, 320)


def decoder(shape: tuple[int, ...], *, score_ppm: int = 250_000, limit: int = 300) -> Decoder:
    return Decoder(shape, CLASSES, score_ppm=score_ppm, iou_ppm=500_000, max_detections=limit)


def classic(*rows: tuple[float, ...], anchors: int = 21) -> FloatArray:
    """Rows of centre x, centre y, width, height and one score per class."""
    output = np.zeros((1, 7, anchors), dtype=np.float32)
    for index, row in enumerate(rows):
        output[0, :, index] = row
    return output


def end_to_end(*rows: tuple[float, ...]) -> FloatArray:
    """Rows of x0, y0, x1, y1, score, class."""
    output = np.zeros((1, 300, 6), dtype=np.float32)
    for index, row in enumerate(rows):
        output[0, index] = row
    return output


@pytest.mark.parametrize(
    ("shape", "classes", "head"),
    [
        ((1, 10, 2100), 6, Head.CLASSIC),
        ((1, 300, 6), 6, Head.END_TO_END),
        ((1, 6, 2100), 2, Head.CLASSIC),
        ((1, 300, 6), 2, Head.END_TO_END),
        ((1, 300, 6), 295, Head.END_TO_END),
        ((1, 7, 7), 3, Head.CLASSIC),
        ((1, 6, 6), 3, Head.END_TO_END),
    ],
)
def test_heads_by_shape(shape: tuple[int, ...], classes: int, head: Head) -> None:
    assert head_of(shape, classes) is head


@pytest.mark.parametrize("shape", [(1, 84, 2100), (2, 10, 2100), (10, 2100), (1, 300, 7), ()])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelRefused, match="fits no detection head"):
        head_of(shape, 6)


@pytest.mark.parametrize(("shape", "classes"), [((1, 7, 6), 3), ((1, 6, 6), 2), ((1, 300, 6), 296)])
def test_a_shape_that_either_head_may_have_is_refused(shape: tuple[int, ...], classes: int) -> None:
    with pytest.raises(ModelRefused, match="either detection head"):
        head_of(shape, classes)


@given(
    st.tuples(st.sampled_from([1, 1, 1, 2]), st.integers(4, 12), st.integers(5, 7))
    | st.lists(st.integers(-1, 400), max_size=4).map(tuple),
    st.integers(1, 8),
)
def test_a_head_is_told_only_by_a_shape_that_no_other_has(shape: tuple[int, ...], classes: int) -> None:
    could_be = []
    if len(shape) == 3 and shape[0] == 1:
        could_be += [Head.CLASSIC] if shape[1] - 4 == classes else []
        could_be += [Head.END_TO_END] if shape[2] == 6 else []
    if len(could_be) == 1:
        assert head_of(shape, classes) is could_be[0]
    else:
        with pytest.raises(ModelRefused):
            head_of(shape, classes)


@pytest.mark.parametrize("classes", [1, 3, 80])
@pytest.mark.parametrize("rows", [6, 7, 84, 300])
def test_either_head_of_a_real_export_is_told(classes: int, rows: int) -> None:
    assert head_of((1, 4 + classes, 2100), classes) is Head.CLASSIC
    if rows != 4 + classes:
        assert head_of((1, rows, 6), classes) is Head.END_TO_END


def test_both_heads_say_the_same() -> None:
    one = classic((50, 60, 20, 40, 0.1, 0.75, 0.2), (200, 200, 64, 64, 0.5, 0.1, 0.1))
    two = end_to_end((40, 40, 60, 80, 0.75, 1), (168, 168, 232, 232, 0.5, 0))
    found = decoder(one.shape).decode(one, SAME)
    assert found == decoder(two.shape).decode(two, SAME)
    assert [(d.class_name, d.score_ppm) for d in found] == [("dent", 750_000), ("scratch", 500_000)]
    assert found[0].box_16 == (640, 640, 960, 1280)


def test_boxes_are_mapped_to_the_camera_image() -> None:
    placement = Placement.fit(640, 400, 320, 320)  # half size, 60 px of border above
    found = decoder((1, 7, 21)).decode(classic((160, 160, 20, 10, 0.9, 0, 0)), placement)
    assert found[0].box_16 == (300 * 16, 190 * 16, 340 * 16, 210 * 16)


def test_suppression_is_per_class() -> None:
    rows = (
        (50, 50, 40, 40, 0.9, 0, 0),
        (52, 50, 40, 40, 0.8, 0, 0),  # same class, overlaps: goes
        (52, 52, 40, 40, 0, 0.7, 0),  # other class: stays
        (120, 50, 40, 40, 0.6, 0, 0),  # same class, elsewhere: stays
    )
    found = decoder((1, 7, 21)).decode(classic(*rows), SAME)
    assert [(d.class_name, d.score_ppm) for d in found] == [
        ("scratch", 900_000),
        ("dent", 700_000),
        ("scratch", 600_000),
    ]


def test_suppression_limit_and_threshold() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 5], [20, 0, 30, 10], [40, 0, 50, 10]], dtype=np.float64)
    classes = np.zeros(4, dtype=np.intp)
    # The second box overlaps the first by exactly one half: only what is above the threshold goes.
    assert suppress(boxes, classes, 0.5, 300).tolist() == [0, 1, 2, 3]
    assert suppress(boxes, classes, 0.49, 300).tolist() == [0, 2, 3]
    assert suppress(boxes, classes, 0.5, 2).tolist() == [0, 1]
    assert suppress(boxes[:0], classes[:0], 0.5, 2).tolist() == []


@given(
    arrays(np.float64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 30).map(float)),
    st.data(),
)
def test_suppression_equals_the_textbook(corners: np.ndarray, data: st.DataObject) -> None:
    boxes = np.hstack([np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])])
    classes = np.array([data.draw(st.integers(0, 1)) for _ in boxes], dtype=np.intp)

    def overlap(a: np.ndarray, b: np.ndarray) -> float:
        width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        shared = max(width, 0) * max(height, 0)
        union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
        return float(shared / union) if union else 0.0

    expected: list[int] = []
    for index in range(len(boxes)):
        if all(classes[index] != classes[k] or overlap(boxes[index], boxes[k]) <= 0.5 for k in expected):
            expected.append(index)
    assert suppress(boxes, classes, 0.5, 300).tolist() == expected
    for block in (1, 2, 5):
        assert suppress(boxes, classes, 0.5, 300, block).tolist() == expected
        assert suppress(boxes, classes, 0.5, 3, block).tolist() == expected[:3]


def test_the_floor_and_the_limit() -> None:
    rows = [(20.0 * i, 20.0, 10.0, 10.0, 0.3 + i / 100, 0.0, 0.0) for i in range(10)]
    assert len(decoder((1, 7, 21), score_ppm=340_000).decode(classic(*rows), SAME)) == 5
    best = decoder((1, 7, 21), limit=3).decode(classic(*rows), SAME)
    assert [d.score_ppm for d in best] == [390_000, 380_000, 370_000]


def test_nothing_found_is_an_empty_tuple() -> None:
    assert decoder((1, 7, 21)).decode(classic(), SAME) == ()
    assert decoder((1, 300, 6)).decode(end_to_end(), SAME) == ()


def test_a_finding_in_the_border_keeps_an_area_and_stays() -> None:
    placement = Placement.fit(640, 400, 320, 320)
    found = decoder((1, 7, 21)).decode(classic((160, 20, 20, 10, 0.9, 0, 0), (319, 310, 0, 4, 0, 0.8, 0)), placement)
    assert [d.box_16 for d in found] == [(4800, 0, 5440, 1), (638 * 16 - 1, 400 * 16 - 1, 638 * 16, 400 * 16)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 3, 4, 6])
def test_values_that_are_not_finite_fail(value: float, row: int) -> None:
    output = classic((50, 50, 10, 10, 0.9, 0, 0))
    output[0, row, 7] = value
    with pytest.raises(InferenceFailed, match="not finite"):
        decoder(output.shape).decode(output, SAME)


@pytest.mark.parametrize("score", [1.5, -3.0])
def test_scores_outside_the_scale_fail(score: float) -> None:
    for output in (classic((50, 50, 10, 10, score, score, score)), end_to_end((0, 0, 9, 9, score, 0))):
        with pytest.raises(InferenceFailed, match="scores"):
            decoder(output.shape).decode(output, SAME)


@pytest.mark.parametrize("index", [3.0, -1.0, 0.5])
def test_an_unknown_class_fails(index: float) -> None:
    output = end_to_end((0, 0, 9, 9, 0.9, index))
    with pytest.raises(InferenceFailed, match="class"):
        decoder(output.shape).decode(output, SAME)


def test_another_shape_than_promised_fails() -> None:
    with pytest.raises(InferenceFailed, match="shape"):
        decoder((1, 7, 21)).decode(classic(anchors=22), SAME)


@given(
    arrays(np.float32, (7, 21), elements=st.floats(-1000, 1000, width=32)),
    arrays(np.float32, (3, 21), elements=st.floats(0, 1, width=32)),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_every_detection_is_well_formed(raw: FloatArray, scores: FloatArray, width: int, height: int) -> None:
    output = raw[np.newaxis].copy()
    output[0, 4:] = scores
    found = decoder(output.shape).decode(output, Placement.fit(width, height, 320, 320))
    for one in found:
        x0, y0, x1, y1 = one.box_16
        assert 0 <= x0 < x1 <= 16 * width
        assert 0 <= y0 < y1 <= 16 * height
        assert 250_000 <= one.score_ppm <= 1_000_000
    assert list(found) == sorted(found, key=lambda one: -one.score_ppm)
