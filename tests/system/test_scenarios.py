# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every disturbance alone, pairs, random mixes: the invariants hold on simulated and on real time."""

from __future__ import annotations

import functools

import pytest

from inspector.scenario.catalogue import mixes, pairs, singles
from inspector.scenario.course import Result, play
from inspector.scenario.kinds import EVERYWHERE, FAST, PACE, PlantKind
from inspector.scenario.settings import Scenario

SAMPLES: dict[PlantKind, int] = {"plc": 20, "handshake": 3, "remote-io": 4}


def check(scenario: Scenario) -> None:
    result = play(scenario)
    assert result.broken == [], f"{scenario.model_dump_json()}: {result.as_dict()}"


@pytest.mark.parametrize("scenario", list(singles()), ids=lambda scenario: scenario.name)
def test_each_alone_ends_as_the_table_says(scenario: Scenario) -> None:
    result = play(scenario)
    assert result.broken == [], f"{scenario.model_dump_json()}: {result.as_dict()}"
    untouched = told(result) == told(calm(scenario.plant))
    assert untouched is scenario.disturb[0].kind.unseen, "what changes nothing proves nothing, unless it has to"


@functools.cache
def calm(plant: PlantKind) -> Result:
    return play(Scenario(name="calm", plant=plant, parts=PACE[plant].parts))


def told(result: Result) -> list[object]:
    """What records and lanes say, without what is drawn anew each time."""
    names = ("latency_us", "verdict", "views", "t_edge_us", "mono_us", "commanded", "confirmed")
    parts = [[part.get(name) for name in names] for part in result.facts.parts]
    outcomes = [[outcome.get(name) for name in names] for outcome in result.facts.outcomes]
    return [parts, outcomes, result.lanes, result.seen, result.deaths, result.facts.gap_parts]


def sample() -> list[Scenario]:
    return [scenario for plant in EVERYWHERE for scenario in pairs(seed=20261121, sample=SAMPLES[plant], plant=plant)]


@pytest.mark.long
@pytest.mark.parametrize("scenario", sample(), ids=lambda scenario: f"{scenario.plant}: {scenario.name}")
def test_a_sample_of_pairs(scenario: Scenario) -> None:
    check(scenario)


@pytest.mark.long
@pytest.mark.parametrize("rate_ppm", FAST.rates_ppm)
def test_each_alone_at_every_rate(rate_ppm: int) -> None:
    for scenario in singles(seed=2, rate_ppm=rate_ppm):
        if scenario.plant != "remote-io":
            check(scenario)


@pytest.mark.long
@pytest.mark.parametrize("rate_ppm", PACE["remote-io"].rates_ppm)
def test_each_alone_at_every_rate_of_a_slow_line(rate_ppm: int) -> None:
    for scenario in singles(seed=2, rate_ppm=rate_ppm):
        if scenario.plant == "remote-io":
            check(scenario)


@pytest.mark.long
@pytest.mark.parametrize("plant", EVERYWHERE)
def test_all_pairs(plant: PlantKind) -> None:
    for scenario in pairs(seed=1, plant=plant):
        check(scenario)


@pytest.mark.long
@pytest.mark.parametrize("plant", EVERYWHERE)
def test_two_hundred_random_mixes(plant: PlantKind) -> None:
    for scenario in mixes(seed=1, count=200, plant=plant):
        check(scenario)


@pytest.mark.long
def test_each_alone_on_real_time() -> None:
    for scenario in singles(time="real"):
        check(scenario)
