# SPDX-License-Identifier: AGPL-3.0-or-later
"""What of a dataset is trained on, and how often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import DatasetRefused
from tests.unit.train.samples import box, image, manifest
from training.train.choose import MOST_SHOWINGS, choose, good_ones, repeats
from training.train.spec import Settings
from training.train.tiles import all_views

VAL = image(9000, box(), split="val")


@given(good=st.integers(0, 60), bad=st.integers(1, 60), share=st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.5, 0.9]))
def test_good_parts_never_exceed_their_share(good: int, bad: int, share: float) -> None:
    views = all_views([image(number) for number in range(good)], None, 0)
    taken = good_ones(views, bad, share, 1)
    assert len(taken) <= share * (len(taken) + bad) + 1e-9
    if len(taken) < good:  # one more would be too many
        assert len(taken) + 1 > share * (len(taken) + 1 + bad) - 1e-9
    assert taken == good_ones(views, bad, share, 1)


def test_another_seed_takes_other_good_parts() -> None:
    views = all_views([image(number) for number in range(50)], None, 0)
    assert good_ones(views, 90, 0.1, 1) != good_ones(views, 90, 0.1, 2)


def test_rare_classes_are_shown_more_often_and_common_ones_once() -> None:
    common = [image(number, box("dent")) for number in range(64)]
    usual = [image(100 + number, box("stain")) for number in range(16)]
    rare = [image(200, box("crack"), box("dent"))]
    views = all_views([*common, *usual, *rare], None, 0)
    shown = repeats(views, 0)
    assert shown[:64] == [1] * 64
    assert shown[64:80] == [1] * 16
    assert shown[80] == MOST_SHOWINGS  # 16 times rarer than the median: its root


def test_a_factor_between_two_numbers_is_met_on_average() -> None:
    often = [image(number, box("dent")) for number in range(450)]
    less = [image(1000 + number, box("stain")) for number in range(200)]
    shown = repeats(all_views([*often, *less], None, 0), 3)[450:]
    assert set(shown) == {1, 2}
    assert sum(shown) / 200 == pytest.approx((325 / 200) ** 0.5, abs=0.1)


def test_test_pictures_and_unlabelled_ones_are_left_out() -> None:
    pictures = [
        image(1, box()),
        image(2, box(), split="test"),
        image(3, state="unlabelled"),
        image(4, box(), split="none"),
        VAL,
    ]
    chosen = choose(manifest(*pictures), Settings())
    assert [view.image for view in chosen.train] == [pictures[0]]
    assert [view.image for view in chosen.val] == [VAL]
    assert chosen.unlabelled == 1


def test_validation_takes_every_good_part() -> None:
    pictures = [image(number, split="val") for number in range(30)]
    chosen = choose(manifest(image(100, box()), VAL, *pictures), Settings(good_share=0.0))
    assert len(chosen.val) == 31


def test_a_class_without_boxes_is_refused_and_one_that_nothing_checks_is_named() -> None:
    with pytest.raises(DatasetRefused, match="no box to learn from for crack"):
        choose(
            manifest(image(1, box()), VAL, image(2, box("crack"), split="val"), classes=("dent", "crack")), Settings()
        )
    chosen = choose(manifest(image(1, box(), box("crack")), VAL, classes=("dent", "crack")), Settings())
    assert chosen.without_val == ("crack",)


@pytest.mark.parametrize(("pictures", "missing"), [((VAL,), "training"), ((image(1, box()),), "validation")])
def test_nothing_to_train_or_to_check_with_is_refused(pictures: tuple[object, ...], missing: str) -> None:
    with pytest.raises(DatasetRefused, match=f"no labelled pictures for {missing}"):
        choose(manifest(*pictures), Settings())  # type: ignore[arg-type]


def test_empty_tiles_are_bounded_and_pieces_of_defects_are_no_good_ones() -> None:
    large = image(1, box(x=90, y=90, w=20, h=4), size=(1000, 100))  # a fifth of it in the next tile
    chosen = choose(manifest(large, VAL), Settings(tile=100, overlap=0, good_share=0.5))
    assert [view.x for view in chosen.train if view.boxes] == [0, 100]
    assert chosen.good_there == 8
    assert chosen.good_taken == 2
    cut = image(2, box(x=92, y=10, w=10, h=4), size=(1000, 100))  # four fifths in the first tile, the rest dropped
    chosen = choose(manifest(cut, VAL), Settings(tile=100, overlap=0, good_share=0.5))
    assert [view.x for view in chosen.train if view.boxes] == [0]
    assert all(view.x > 100 for view in chosen.train if not view.boxes)
    assert chosen.good_there == 8
