# SPDX-License-Identifier: AGPL-3.0-or-later
"""The scenarios that need no file: every disturbance alone, all pairs, and random mixes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Literal

from inspector.scenario.kinds import PACE, PlantKind
from inspector.scenario.settings import AT, Disturb, Expect, Scenario
from inspector.scenario.table import Kind, table

USUAL_SEED = 1
"""The lot for which the table says how the line ends: which parts are bad, and which one is hit, makes a difference."""
LATEST = 12
MIXED = (3, 5)

Time = Literal["simulated", "real"]


def own(plant: PlantKind) -> list[str]:
    """The rows that are about this plant."""
    return [kind.name for kind in table().values() if kind.plants[0] == plant]


def shared(plant: PlantKind) -> list[str]:
    """The rows of other plants that this plant has too."""
    return [kind.name for kind in table().values() if plant in kind.plants[1:]]


def singles(seed: int = USUAL_SEED, rate_ppm: int | None = None, time: Time = "simulated") -> Iterator[Scenario]:
    """Every disturbance alone, on its own plant; at the usual rate and lot with what the table expects of it.

    Args:
        seed: Seed of the scenarios.
        rate_ppm: Parts per minute; a plant that carries less gets the rate that it carries at most.
        time: Only rows that can be played on this time.
    """
    for kind in table().values():
        plant = kind.plants[0]
        pace = PACE[plant]
        if time == "real" and not (kind.real_time and pace.real_time):
            continue
        rate = min(rate_ppm or pace.usual_ppm, pace.rates_ppm[-1])
        usual = (rate, seed, time) == (pace.usual_ppm, USUAL_SEED, "simulated")
        yield Scenario(
            name=kind.name,
            plant=plant,
            rate_ppm=rate,
            parts=pace.parts,
            seed=seed,
            time=time,
            disturb=[Disturb(name=kind.name, at=AT)],
            expect=_expect(kind) if usual else None,
        )


def _expect(kind: Kind) -> Expect:
    ends = kind.ends
    return Expect(
        stop=list(ends.codes),
        may=list(ends.may),
        seen=list(ends.seen),
        verdicts=list(ends.verdicts),
        gap=ends.gap,
        deaths=ends.deaths,
    )


def pairs(seed: int = 1, sample: int | None = None, plant: PlantKind = "plc") -> Iterator[Scenario]:
    """All pairs of the rows about one plant, each at a rate and from parts drawn by lot.

    Args:
        seed: Seed of the lots.
        sample: Only so many of them, drawn by lot too.
        plant: The plant.
    """
    lot = random.Random(seed)  # noqa: S311 - reproducible, not a secret
    both = list(itertools.combinations(own(plant), 2))
    for one, other in both if sample is None else lot.sample(both, sample):
        yield _mixed(plant, [one, other], lot)


def mixes(seed: int, count: int, plant: PlantKind = "plc") -> Iterator[Scenario]:
    """Random mixes of three to five disturbances, at least one of them about this plant."""
    lot = random.Random(seed)  # noqa: S311 - reproducible, not a secret
    about, others = own(plant), shared(plant)
    for _ in range(count):
        first = lot.choice(about)
        rest = [name for name in (*about, *others) if name != first]
        yield _mixed(plant, [first, *lot.sample(rest, lot.randint(*MIXED) - 1)], lot)


def _mixed(plant: PlantKind, names: list[str], lot: random.Random) -> Scenario:
    pace = PACE[plant]
    return Scenario(
        name=" + ".join(names),
        plant=plant,
        rate_ppm=lot.choice(pace.rates_ppm),
        parts=pace.parts,
        seed=lot.randrange(1 << 30),
        disturb=[Disturb(name=each, at=lot.randint(2, LATEST)) for each in names],
    )
