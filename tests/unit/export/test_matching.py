# SPDX-License-Identifier: AGPL-3.0-or-later
"""Findings of two networks: which are the same, which a limit took away, and which are missing."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from inspector.part import Detection
from training.export.matching import Difference, Tolerance, compare_findings

TOLERANCE = Tolerance(box_px=1.0, score=0.005)


def found(score_ppm: int, x0: int, y0: int, side: int = 320, name: str = "dent") -> Detection:
    """A square; lengths in 1/16 px."""
    return Detection(name, score_ppm, (x0, y0, x0 + side, y0 + side))


def compared(
    ours: Sequence[Detection],
    theirs: Sequence[Detection],
    our_all: Sequence[Detection] = (),
    their_all: Sequence[Detection] = (),
) -> Difference:
    return compare_findings(ours, theirs, TOLERANCE, lambda: our_all or ours, lambda: their_all or theirs)


FINDINGS = st.lists(
    st.builds(
        found,
        st.integers(50_000, 1_000_000),
        st.integers(0, 3000),
        st.integers(0, 3000),
        st.integers(16, 900),
        st.sampled_from(["dent", "scratch"]),
    ),
    max_size=12,
)


@given(FINDINGS)
def test_a_network_equals_itself(one: list[Detection]) -> None:
    assert compared(one, one[::-1]) == Difference(len(one), 0, 0, 0.0, 0.0)


@given(FINDINGS, st.integers(-16, 16), st.integers(-5000, 5000))
def test_what_moves_within_the_tolerance_keeps_its_partner(one: list[Detection], by_16: int, by_ppm: int) -> None:
    moved = []
    for each in one:
        score = min(1_000_000, max(0, each.score_ppm + by_ppm))
        x0, y0, x1, y1 = (side + by_16 + 16 for side in each.box_16)
        moved.append(Detection(each.class_name, score, (x0, y0, x1, y1)))
    shifted = [Detection(e.class_name, e.score_ppm, tuple(v + 16 for v in e.box_16)) for e in one]  # type: ignore[arg-type]
    difference = compared(shifted, moved)
    assert difference.unmatched == 0
    assert difference.box_px <= 1.0
    assert difference.score <= 0.005


@given(FINDINGS, FINDINGS)
def test_every_finding_is_counted_once_whoever_is_first(one: list[Detection], two: list[Detection]) -> None:
    difference = compared(one, two)
    turned = compared(two, one)
    assert 2 * difference.compared + difference.unmatched + difference.at_limit == len(one) + len(two)
    assert (difference.compared, difference.unmatched) == (turned.compared, turned.unmatched)


def test_a_box_further_away_is_told_by_its_distance() -> None:
    difference = compared([found(900_000, 0, 0)], [found(880_000, 24, 8)])
    assert (difference.compared, difference.unmatched) == (1, 0)
    assert difference.box_px == 1.5
    assert round(difference.score, 6) == 0.02


def test_another_class_or_place_is_no_partner() -> None:
    assert compared([found(900_000, 0, 0)], [found(900_000, 0, 0, name="stain")]).unmatched == 2
    assert compared([found(900_000, 0, 0)], [found(900_000, 900, 0)]).unmatched == 2
    assert compared([found(900_000, 0, 0)], []).unmatched == 1


def test_what_only_a_limit_took_away_is_equal() -> None:
    strong, twin = found(900_000, 0, 0), found(899_999, 64, 0)
    difference = compared([strong], [twin], our_all=[strong, twin], their_all=[twin, strong])
    assert (difference.unmatched, difference.at_limit, difference.box_px) == (0, 2, 0.0)
    weak = found(50_010, 0, 0)
    assert compared([weak], [], their_all=[found(49_990, 0, 0)]).at_limit == 1
    assert compared([weak], [], their_all=[found(40_000, 0, 0)]).unmatched == 1


def test_candidates_are_asked_for_only_in_doubt() -> None:
    def never() -> list[Detection]:
        raise AssertionError

    one = [found(900_000, 0, 0)]
    assert compare_findings(one, one, TOLERANCE, never, never).compared == 1
