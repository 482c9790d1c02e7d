# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tiles cover the picture, and no defect is lost between them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.train.samples import box, image
from training.train.tiles import LEAST_VISIBLE, starts, views_of

SIDES = st.integers(1, 3000)
EDGES = st.integers(64, 800)


@given(length=SIDES, edge=EDGES, data=st.data())
def test_tiles_cover_a_side_overlap_enough_and_are_as_few_as_that_takes(
    length: int, edge: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, edge // 2))
    places = starts(length, edge, overlap)
    if length <= edge:
        assert places == [0]
        return
    assert places[0] == 0
    assert places[-1] == length - edge
    assert all(0 < later - earlier <= edge - overlap for earlier, later in pairwise(places))
    assert (len(places) - 1) * (edge - overlap) + overlap < length  # one fewer would not reach the end


@given(
    width=st.integers(65, 600),
    height=st.integers(65, 600),
    edge=st.integers(64, 200),
    data=st.data(),
)
def test_every_box_is_in_a_tile_and_small_ones_are_whole(
    width: int, height: int, edge: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, edge // 2))
    w, h = data.draw(st.integers(1, width)), data.draw(st.integers(1, height))
    x, y = data.draw(st.integers(0, width - w)), data.draw(st.integers(0, height - h))
    views = list(views_of(image(1, box(x=x, y=y, w=w, h=h), size=(width, height)), edge, overlap))
    shown = [(view, one) for view in views for one in view.boxes]
    assert shown
    for view, one in shown:
        assert 0 <= one.x and one.x + one.w <= view.w and 0 <= one.y and one.y + one.h <= view.h
        assert x <= view.x + one.x and view.x + one.x + one.w <= x + w
    if w <= overlap and h <= overlap:
        assert any((one.w, one.h) == (w, h) for _, one in shown)
    if len(shown) > 1:  # less than half of it only where no tile shows more
        assert all(one.w * one.h / (w * h) >= LEAST_VISIBLE - 1e-9 for _, one in shown)
    for view in views:
        touched = min(view.x + view.w, x + w) > max(view.x, x) and min(view.y + view.h, y + h) > max(view.y, y)
        assert view.fragment == (touched and not view.boxes)


def test_a_box_that_no_tile_shows_half_of_is_kept_once_clipped_where_most_of_it_is() -> None:
    views = list(views_of(image(1, box(x=0, y=0, w=200, h=200), size=(200, 200)), 100, 0))
    assert [len(view.boxes) for view in views] == [1, 0, 0, 0]
    assert [view.fragment for view in views] == [False, True, True, True]
    (kept,) = views[0].boxes
    assert (kept.x, kept.y, kept.w, kept.h) == (0, 0, 100, 100)


def test_a_small_picture_stays_whole() -> None:
    (view,) = views_of(image(1, box()), 64, 16)
    assert view.whole
    assert view.name == view.image.sha256[:16]
    long = list(views_of(image(2, size=(200, 40)), 100, 0))
    assert [(one.x, one.y, one.w, one.h) for one in long] == [(0, 0, 100, 40), (100, 0, 100, 40)]
    assert len({one.name for one in long}) == 2
