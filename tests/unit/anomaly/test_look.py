# SPDX-License-Identifier: AGPL-3.0-or-later
"""A first look: what lies far from good parts comes first, and the self-check tells when that means nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inspector.bounds import upper_bound
from training.anomaly.look import first_look
from training.anomaly.marks import KINDS, draw
from training.anomaly.memory import Memory, hottest, score
from training.anomaly.photos import Photo
from training.anomaly.rank import auroc
from training.dataset.picture import Facts

EDGE = 64


class Grey:
    """Sees the mean and the spread of grey in fields of 8 px."""

    def look(self, image: np.ndarray) -> np.ndarray:
        fields = image.reshape(EDGE // 8, 8, EDGE // 8, 8).astype(np.float32)
        return np.stack([fields.mean(axis=(1, 3)), fields.std(axis=(1, 3))], axis=2)


class Blind:
    """Sees noise, whatever is shown."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(5)

    def look(self, image: np.ndarray) -> np.ndarray:
        return self._rng.standard_normal((EDGE // 8, EDGE // 8, 4)).astype(np.float32)


def photo(name: str, seed: int, flaw: bool = False) -> Photo:
    pixels = np.random.default_rng(seed).normal(128, 4, (EDGE, EDGE))
    if flaw:
        pixels[40:48, 16:24] -= 60
    facts = Facts("0" * 64, "0" * 64, "png", EDGE, EDGE, 1, "", 0)
    return Photo(name, Path(name), facts, pixels.clip(0, 255).astype(np.uint8))


GOOD = [photo(f"good {seed}", seed) for seed in range(25)]
NEW = [photo("fine", 100), photo("flawed", 101, flaw=True), photo("fine too", 102)]


def test_what_differs_from_good_parts_comes_first_and_its_place_is_the_hottest() -> None:
    look = first_look(Grey(), GOOD, NEW, seed=0)

    assert look.new[0].photo.name == "flawed"
    assert look.new[0].score > 1
    assert look.new[0].hottest == ((16 + 4) / EDGE, (40 + 4) / EDGE)
    assert all(one.score < look.new[0].score / 3 for one in look.new[1:])


def test_the_oddest_good_photo_scores_one_and_bounds_follow_from_their_number() -> None:
    look = first_look(Grey(), GOOD, NEW, seed=0)

    assert len(look.good) == 25
    assert look.good[0][1] == 1
    assert all(value <= 1 for _, value in look.good)
    assert look.false_rejects_below == upper_bound(0, 25)


def test_no_good_photo_vouches_for_itself() -> None:
    odd = photo("odd", 200, flaw=True)

    look = first_look(Grey(), [*GOOD, odd], NEW, seed=0)

    assert look.good[0] == ("odd", 1.0)
    assert look.good[1][1] < 0.5


def test_drawn_flaws_are_found_by_what_sees() -> None:
    check = first_look(Grey(), GOOD, NEW, seed=0).check

    assert check.drawn == 25
    assert check.usable
    assert check.hit > 15


def test_who_sees_nothing_is_told_so() -> None:
    check = first_look(Blind(), GOOD, NEW, seed=0).check

    assert not check.usable
    assert check.order.lower < 0.5 < check.order.upper


def test_the_same_seed_gives_the_same_scores_and_all_steps_are_told() -> None:
    told: list[tuple[int, int]] = []

    first = first_look(Grey(), GOOD, NEW, seed=7, progress=lambda _, done, total: told.append((done, total)))
    again = first_look(Grey(), GOOD, NEW, seed=7)

    assert [one.score for one in first.new] == [one.score for one in again.new]
    assert first.check == again.check
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))


def test_a_memory_knows_what_it_was_given() -> None:
    places = np.random.default_rng(1).standard_normal((3000, 6)).astype(np.float32)
    memory = Memory([places], seed=0)

    known = memory.heat(places[:16].reshape(4, 4, 6))
    other = memory.heat(np.full((4, 4, 6), 9, np.float32))

    assert known.max() < 2 < other.min()


def test_the_score_is_of_the_hottest_places_and_not_of_the_mean() -> None:
    heat = np.zeros((20, 50), np.float32)
    heat[3, 7] = heat[3, 8] = 6

    assert score(heat) == 6
    assert hottest(heat) == (7.5 / 50, 3.5 / 20)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(90, 120), (120, 90, 3), (9, 12)])
def test_a_drawn_flaw_changes_its_box_and_little_else(kind: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    image = rng.integers(60, 200, shape).astype(np.uint8)
    before = image.copy()

    marked, (left, top, right, low) = draw(image, kind, rng)  # type: ignore[arg-type]

    changed = np.abs(marked.astype(int) - image).reshape(*shape[:2], -1).max(axis=2) > 12
    rows, columns = np.nonzero(changed)
    assert changed.any()
    assert np.array_equal(image, before)
    assert marked.shape == shape
    assert left * shape[1] - 2 <= columns.min() <= columns.max() <= right * shape[1] + 2
    assert top * shape[0] - 2 <= rows.min() <= rows.max() <= low * shape[0] + 2


def test_auroc_counts_pairs() -> None:
    found = auroc([1, 2, 3, 4], [3, 5, 6])

    assert found.value == pytest.approx((2.5 + 4 + 4) / 12)
    assert 0 <= found.lower < found.value < found.upper <= 1


def test_one_score_is_no_comparison() -> None:
    with pytest.raises(ValueError, match="1 good and 2 bad"):
        auroc([1], [2, 3])
