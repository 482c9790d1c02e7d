# SPDX-License-Identifier: AGPL-3.0-or-later
"""The evaluation counts parts, and never counts an error as a success."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.part import Frame
from inspector.station.judge import PartResult
from tests.unit.evaluation.scripted import AT, CLASSES, RECIPE, Scripted, erroneous, finding, picture
from training.evaluation.counts import Counts, percent_down, percent_up
from training.evaluation.latency import latency_of
from training.evaluation.measure import measure, units
from training.evaluation.pictures import synthetic
from training.evaluation.report import NO_CLASS, Report, report_on


def pair(counts: Counts) -> tuple[int, int]:
    return counts.errors, counts.trials


def test_parts_are_counted_not_boxes() -> None:
    judge = Scripted(
        (finding("scratch", 0.2),),  # 0 good, nothing that counts
        (finding("dent", 0.5), finding("dent", 0.45)),  # 1 good, rejected once
        (finding("scratch", 0.9),),  # 2 bad, found and named
        (finding("dent", 0.9),),  # 3 bad, found but named wrongly
        (finding("scratch", 0.39),),  # 4 bad, below the limit
        (finding("scratch", 0.9, (100, 100, 110, 110)),),  # 5 bad, found elsewhere
    )
    pictures = [picture(0), picture(1), *(picture(n, ("scratch", AT)) for n in (2, 3, 4))]
    pictures.append(picture(5, ("scratch", AT), ("dent", (50.0, 50.0, 60.0, 60.0))))
    report = report_on(measure(judge, RECIPE, pictures), CLASSES)
    assert pair(report.missed) == (1, 4)
    assert pair(report.false_rejects) == (1, 2)
    assert pair(report.missed_by_class["scratch"]) == (1, 3)
    assert {name: pair(one) for name, one in report.missed_showing.items()} == {"scratch": (1, 4), "dent": (0, 1)}
    assert "dent" not in report.missed_by_class  # its only part has another defect too
    assert {name: pair(one) for name, one in report.false_rejects_by_class.items()} == {
        "scratch": (0, 2),
        "dent": (1, 2),
        NO_CLASS: (0, 2),
    }
    assert pair(report.unnamed["scratch"]) == (2, 4)
    assert pair(report.unnamed["dent"]) == (1, 1)
    assert [(unit.name, unit.bad) for unit in report.wrong] == [("1", False), ("4", True)]
    said = report.as_json()
    assert said["missed"] == {"errors": 1, "trials": 4, "lower_95_ppm": 12741, "upper_95_ppm": 751395}
    assert report.top_on_good == {"scratch": 200_000, "dent": 500_000}
    assert report.low_on_bad == {"scratch": 0}


def two_views() -> Report:
    """Part a: a defect on one picture, found; part b: on one picture, not found; part c: good, rejected on one."""
    judge = Scripted((), (finding("dent", 0.9),))
    pictures = [
        picture(0, part="a"),
        picture(1, ("dent", AT), part="a"),
        picture(0, part="b"),
        picture(2, ("dent", AT), part="b"),
        picture(1, part="c"),
        picture(0, part="c"),
    ]
    return report_on(measure(judge, RECIPE, pictures), CLASSES)


def test_a_part_passes_with_all_its_pictures_only() -> None:
    report = two_views()
    assert (pair(report.missed), pair(report.false_rejects)) == ((1, 2), (1, 1))
    assert [unit.name for unit in report.wrong] == ["part b", "part c"]


def test_pictures_can_be_counted_instead() -> None:
    judge = Scripted((), (finding("dent", 0.9),))
    pictures = [picture(1, part="a"), picture(0, ("dent", AT), part="a")]
    seen = measure(judge, RECIPE, pictures)
    assert [pair(one) for one in (report_on(seen, CLASSES, "picture").missed, report_on(seen, CLASSES).missed)] == [
        (1, 1),
        (0, 1),
    ]
    assert pair(report_on(seen, CLASSES, "picture").false_rejects) == (1, 1)
    assert len(units(seen, "part")) == 1


def test_pictures_without_a_part_are_parts_of_their_own() -> None:
    seen = measure(Scripted(()), RECIPE, [picture(0), picture(0), picture(0, part="picture 0")])
    assert len(units(seen, "part")) == 3


def test_what_the_gate_or_an_error_keeps_back_is_no_miss_and_no_finding_of_a_class() -> None:
    judge = Scripted((finding("dent", 0.9),), dark=frozenset({0, 1}))
    seen = measure(judge, RECIPE, [picture(0), picture(1, ("dent", AT))])

    class Broken:
        def look(self, frame: Frame) -> PartResult:
            return erroneous(frame)

    seen += measure(Broken(), RECIPE, [picture(0, part="broken")])
    report = report_on(seen, CLASSES)
    assert (pair(report.missed), pair(report.false_rejects)) == ((0, 1), (2, 2))
    assert pair(report.false_rejects_by_class[NO_CLASS]) == (2, 2)
    assert pair(report.false_rejects_by_class["dent"]) == (0, 2)


def test_other_limits_are_read_off_the_same_run() -> None:
    judge = Scripted((finding("dent", 0.3),), (finding("dent", 0.6),))
    report = report_on(measure(judge, RECIPE, [picture(0), picture(1, ("dent", AT))]), CLASSES)
    for score, missed, false_rejects in ((0.25, 0, 1), (0.5, 0, 0), (0.7, 1, 0)):
        assert [counts.errors for counts in report.at_limit(score)] == [missed, false_rejects]


def test_synthetic_parts_are_half_good_and_carry_serials() -> None:
    source = synthetic(2, seed=4)
    parts = list(source)
    assert [bool(p.defects) for p in parts] == [False, True, False, True]
    assert [p.serial for p in parts] == [f"S4-{i:06d}" for i in range(4)]
    report = report_on(measure(Scripted(()), RECIPE, parts), CLASSES)
    assert (pair(report.missed), pair(report.serial_unread)) == ((2, 2), (4, 4))


def test_pictures_are_kept_of_what_was_judged_wrongly_and_only_so_many() -> None:
    pictures = [picture(0), picture(0, ("dent", AT)), picture(0, ("dent", AT))]
    seen = measure(Scripted(()), RECIPE, pictures, keep=1)
    assert [one.jpeg is not None for one in seen] == [False, True, False]
    assert seen[1].jpeg is not None
    assert seen[1].jpeg.startswith(b"\xff\xd8")


def test_the_camera_that_took_a_picture_chooses_the_rules() -> None:
    text = RECIPE.data + b"[views.top.classes.dent]\nmin_score = 0.8\n"
    recipe = type(RECIPE).parse(text, "r")
    one = picture(0)
    top = type(one)("top", one.pixels, (), camera="top")
    judge = Scripted((finding("dent", 0.6),), recipe=recipe)
    assert [seen.passed for seen in measure(judge, recipe, [one, top])] == [False, True]
    assert [seen.passed for seen in measure(judge, recipe, [one, top], "top")] == [True, True]


@pytest.mark.parametrize(
    ("errors", "trials", "words"),
    [
        (0, 60, "0 of 60 missed: below 4.9 % at 95 %"),
        (0, 299, "0 of 299 missed: below 1.00 % at 95 %"),
        (20, 3000, "20 of 3000 missed: below 0.97 % at 95 %"),
        (2, 2, "2 of 2 missed: above 22 % at 95 %"),
        (0, 0, "none could be missed: nothing is known"),
    ],
)
def test_words(errors: int, trials: int, words: str) -> None:
    assert Counts(errors, trials).words("missed") == words


@given(st.floats(0, 1))
def test_told_percentages_never_flatter(rate: float) -> None:
    up, down = (Decimal(told.split()[0]) / 100 for told in (percent_up(rate), percent_down(rate)))
    assert down <= Decimal(rate) * Decimal("1.000000000001")
    assert up >= Decimal(rate) * Decimal("0.999999999999")
    assert up - down <= Decimal(rate) / 5


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 1_000_000)), max_size=30), st.integers(0, 100))
def test_a_higher_limit_never_misses_less_nor_rejects_more(scores: list[tuple[bool, int]], step: int) -> None:
    report = Report("part", CLASSES, strongest=scores)
    low, high = report.at_limit(step / 100), report.at_limit(step / 100 + 0.05)
    assert low[0].errors <= high[0].errors
    assert low[1].errors >= high[1].errors


def test_times_are_summed_up_and_few_of_them_are_told() -> None:
    told = latency_of([1000.0 * n for n in range(1, 201)], {"backend": "x"})
    assert (told.runs, told.p50_ms, told.longest_ms, told.enough) == (200, 100.5, 200, True)
    assert 198 <= told.p99_ms <= 200
    assert not latency_of([5000.0], {}).enough
