# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lamps that age, new defects and stations on which nothing has changed."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from inspector.bounds import lower_bound, upper_bound
from inspector.errors import DriftRefused
from inspector.store.read import StoredRecord
from tests.drift_station import MODEL, RECIPE, World, records
from training.drift.baseline import MIN_VIEWS, Baseline
from training.drift.compare import MIN_NOW, Comparison, compare, number_labels, rate_before, rate_now
from training.drift.make import BaselineMaker
from training.drift.parts import Part, part_of
from training.drift.psi import FALSE_ALARMS, Reading
from training.drift.tally import Tally

WORLD = World()


def baseline_of(found: Iterable[Part]) -> Baseline:
    maker = BaselineMaker()
    for part in found:
        maker.add(part)
    return maker.finish()


def parts(found: Iterable[StoredRecord]) -> Iterable[Part]:
    return (part_of(record) for record in found)


def tally_of(baseline: Baseline, found: Iterable[Part]) -> Tally:
    tally = Tally(baseline)
    for part in found:
        tally.add(part)
    return tally


def checked(world: World, number: int, *, seed: int = 5, before: World = WORLD) -> dict[str, Comparison]:
    chance = random.Random(seed)
    baseline = baseline_of(parts(records(before, 1_000, chance)))
    tally = tally_of(baseline, parts(records(world, number, chance, first=1_001)))
    (found,) = compare([tally])
    return {one.measure: one for one in found}


def test_an_ageing_lamp_shows_in_the_brightness_and_nowhere_else() -> None:
    found = checked(replace(WORLD, light=117.0), 400)
    light = found["brightness"]
    assert light.reading is Reading.MUCH
    assert light.mean_before == pytest.approx(120, abs=0.3)
    assert light.mean_now == pytest.approx(117, abs=0.3)
    assert light.moved is not None
    assert light.moved[0].startswith("below 117.")
    assert light.moved[2] > 0.4 > 0.2 > light.moved[1]
    assert light.psi is not None
    assert light.limit is not None
    assert light.psi > light.limit
    assert [name for name, one in found.items() if one.drifts] == ["brightness"]


def test_a_dirty_lens_shows_in_the_sharpness() -> None:
    found = checked(replace(WORLD, sharp=78.0), 400)
    assert [name for name, one in found.items() if one.drifts] == ["sharpness"]


def test_a_new_class_of_defect_is_named() -> None:
    found = checked(WORLD.with_new_class(0.06), 500)
    assert found["class"].drifts
    assert found["class"].moved is not None
    assert found["class"].moved[0] == "porosity"
    assert found["class"].moved[1] == 0
    assert not found["brightness"].drifts


def test_a_model_that_finds_more_shows_in_the_score() -> None:
    found = checked(replace(WORLD, noise=0.4), 400)
    assert found["score"].drifts
    assert found["score"].moved is not None
    assert found["score"].moved[0].startswith("up to 0.")


@pytest.mark.parametrize("now", [60, 300])
def test_a_station_on_which_nothing_changed_is_not_told_to_drift(now: int) -> None:
    """200 baselines with a span each: no more alarms than stated, by the exact bound of what was counted."""
    repetitions, alarms = 200, 0
    chance = random.Random(now)
    pool = list(parts(records(WORLD, 4_000, chance)))
    for _ in range(repetitions):
        drawn = chance.sample(pool, MIN_VIEWS + now)
        baseline = baseline_of(sorted(drawn[:MIN_VIEWS], key=lambda part: part.seq))
        (found,) = compare([tally_of(baseline, drawn[MIN_VIEWS:])])
        assert all(one.psi is not None for one in found)
        alarms += any(one.drifts for one in found)
    assert lower_bound(alarms, repetitions) <= FALSE_ALARMS, f"{alarms} of {repetitions}"
    assert alarms < repetitions * 0.05


def test_few_pictures_have_a_large_index_by_chance_and_no_alarm() -> None:
    found = checked(WORLD, 60)
    light = found["brightness"]
    assert light.psi is not None
    assert light.expected is not None
    assert light.limit is not None
    assert 0.1 < light.expected < light.limit
    assert light.psi < light.limit
    assert light.reading in (Reading.NONE, Reading.CHANCE)


def test_fewer_are_not_compared() -> None:
    assert all(one.psi is None and one.reading is None for one in checked(WORLD, MIN_NOW - 1).values())


def test_more_comparisons_raise_the_limit_of_each() -> None:
    chance = random.Random(3)
    baseline = baseline_of(parts(records(WORLD, 1_000, chance)))
    tallies = [tally_of(baseline, parts(records(WORLD, 200, chance, first=2_000))) for _ in range(20)]
    alone, together = compare(tallies[:1])[0], compare(tallies)[0]
    for one, other in zip(alone, together, strict=True):
        assert one.psi == other.psi
        assert one.limit is not None
        assert other.limit is not None
        assert one.limit < other.limit


def part(seq: int, **changes: object) -> Part:
    (record,) = records(WORLD, 1, random.Random(seq), first=seq)
    return replace(part_of(record), **changes)


def test_what_does_not_count_is_left_out_and_counted() -> None:
    listed = [part(seq) for seq in range(1, MIN_VIEWS + 21)]
    listed.append(part(900, test=True, verdict="FAIL"))
    listed.append(part(901, rules=None, verdict="MISSING_IMAGE", views=()))
    (view,) = part(902).views
    listed.append(part(902, verdict="MISSING_IMAGE", views=(replace(view, has_image=False, gate=None),)))
    listed.append(part(903, verdict="ERROR", views=(replace(view, gate=None),)))
    listed.append(part(904, verdict="NO_DECISION", views=(replace(view, seen=False, score=0, found=None),)))
    listed.append(part(905, verdict="BYPASSED"))
    baseline = baseline_of(listed)
    fails = sum(one.verdict == "FAIL" for one in listed if not one.test)
    assert (baseline.parts, baseline.bypassed, baseline.rejected) == (MIN_VIEWS + 24, 1, fails + 3)
    assert (baseline.left_out.test_parts, baseline.left_out.no_rules) == (1, 1)
    (camera,) = baseline.cameras
    assert camera.left_out.model_dump() == {"no_image": 1, "not_judged": 1, "gate_failed": 1}
    assert (camera.brightness.total, camera.score.total) == (MIN_VIEWS + 22, MIN_VIEWS + 21)
    tally = tally_of(baseline, listed)
    assert (tally.parts, tally.bypassed, tally.rejected) == (baseline.parts, baseline.bypassed, baseline.rejected)
    assert (tally.test_parts, tally.no_rules) == (1, 1)
    assert tally.in_baseline == baseline.parts
    counted = tally.cameras["top"]
    assert (counted.no_image, counted.not_judged, counted.gate_failed) == (1, 1, 1)
    for name, numbers in camera.numbers.items():
        assert tuple(counted.numbers[name].counts) == numbers.counts
        assert counted.numbers[name].mean == numbers.mean
    (found,) = compare([tally])
    assert [one.psi for one in found] == [0.0] * 4


def test_the_rate_of_rejects_has_exact_bounds_and_no_bypassed_parts() -> None:
    listed = [part(seq, verdict="FAIL" if seq <= 20 else "PASS") for seq in range(1, 601)]
    baseline = baseline_of([*listed, part(700, verdict="BYPASSED")])
    rate = rate_before(baseline)
    assert (rate.rejected, rate.parts) == (20, 600)
    assert rate.bounds == (lower_bound(20, 600, 0.975), upper_bound(20, 600, 0.975))
    assert rate_now(tally_of(baseline, listed)) == rate


def test_several_models_make_no_baseline_unless_the_newest_is_asked_for() -> None:
    old, new = [part(seq) for seq in range(1, 601)], [part(seq, rules=("9" * 64, RECIPE)) for seq in range(601, 1_201)]
    with pytest.raises(DriftRefused, match=r"600 by model 333333333333 .*records 1 to 600.*600 by model 999999999999"):
        baseline_of([*old, *new])
    maker = BaselineMaker(newest_rules=True)
    for one in [*new[:50], *old, *new]:
        maker.add(one)
    baseline = maker.finish()
    assert (baseline.model, baseline.parts, baseline.first_record) == ("9" * 64, 600, 601)
    assert baseline.left_out.earlier_rules == 650


def test_parts_of_another_model_are_told_and_never_compared() -> None:
    baseline = baseline_of(part(seq) for seq in range(1, 601))
    others = [part(seq, rules=(MODEL, "8" * 64)) for seq in range(700, 760)]
    tally = tally_of(baseline, [part(690), *others])
    assert tally.parts == 1
    assert tally.last_other
    (other,) = tally.other_rules.values()
    assert (other.recipe, other.parts, other.first_record, other.last_record) == ("8" * 64, 60, 700, 759)


def test_too_few_pictures_make_no_baseline() -> None:
    with pytest.raises(DriftRefused, match=f"Camera top has {MIN_VIEWS - 1} pictures .* needs {MIN_VIEWS}"):
        baseline_of(part(seq) for seq in range(1, MIN_VIEWS))
    with pytest.raises(DriftRefused, match=r"No part .*1 test parts"):
        baseline_of([part(1, test=True)])
    with pytest.raises(DriftRefused, match="None of 3 parts has a picture"):
        baseline_of(part(seq, views=()) for seq in range(1, 4))


def test_more_cameras_than_a_station_has_make_no_baseline() -> None:
    (view,) = part(1).views
    views = tuple(replace(view, camera=f"c{number:02d}") for number in range(17))
    with pytest.raises(DriftRefused, match="make no baseline: cameras"):
        baseline_of(part(seq, views=views) for seq in range(1, MIN_VIEWS + 1))


def test_a_camera_that_the_baseline_lacks_is_counted_by_itself() -> None:
    baseline = baseline_of(part(seq) for seq in range(1, 601))
    (view,) = part(1).views
    tally = tally_of(baseline, [part(700, views=(view, replace(view, camera="side")))])
    assert tally.other_cameras == {"side": 1}
    assert sum(tally.cameras["top"].numbers["brightness"].counts) == 1


def test_bins_in_words() -> None:
    assert number_labels("brightness", [118_000, 119_500]) == ["below 118.0", "118.0 to 119.5", "from 119.5"]
    assert number_labels("score", [1]) == ["nothing found", "anything found"]
    assert number_labels("score", [1, 300_000, 500_000]) == [
        "nothing found",
        "up to 0.30",
        "0.30 to 0.50",
        "from 0.50",
    ]
