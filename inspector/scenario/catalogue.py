# SPDX-License-Identifier: AGPL-3.0-or-later
"""The scenarios that need no file: every disturbance alone, all pairs, and random mixes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Literal

from inspector.scenario.settings import AT, Disturb, Expect, Scenario
from inspector.scenario.table import Kind, table

RATES_PPM = (60, 120, 200, 300, 400, 500, 600)
USUAL_PPM = 300
"""The rate for which the table says how the line ends."""
LATEST = 12
MIXED = (3, 5)

Time = Literal["simulated", "real"]


def singles(seed: int = 1, rate_ppm: int = USUAL_PPM, time: Time = "simulated") -> Iterator[Scenario]:
    """Every disturbance alone; at the usual rate with what the table expects of it."""
    for kind in table().values():
        if time == "real" and not kind.real_time:
            continue
        yield Scenario(
            name=kind.name,
            rate_ppm=rate_ppm,
            seed=seed,
            time=time,
            disturb=[Disturb(name=kind.name, at=AT)],
            expect=_expect(kind) if rate_ppm == USUAL_PPM and time == "simulated" else None,
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


def pairs(seed: int = 1, sample: int | None = None) -> Iterator[Scenario]:
    """All pairs, each at a rate and from parts drawn by lot.

    Args:
        seed: Seed of the lots.
        sample: Only so many of them, drawn by lot too.
    """
    lot = random.Random(seed)  # noqa: S311 - reproducible, not a secret
    both = list(itertools.combinations(table(), 2))
    for one, other in both if sample is None else lot.sample(both, sample):
        yield _mixed(f"{one} + {other}", [one, other], lot)


def mixes(seed: int, count: int) -> Iterator[Scenario]:
    """Random mixes of three to five disturbances."""
    lot = random.Random(seed)  # noqa: S311 - reproducible, not a secret
    for _ in range(count):
        names = lot.sample(list(table()), lot.randint(*MIXED))
        yield _mixed(" + ".join(names), names, lot)


def _mixed(name: str, names: list[str], lot: random.Random) -> Scenario:
    return Scenario(
        name=name,
        rate_ppm=lot.choice(RATES_PPM),
        seed=lot.randrange(1 << 30),
        disturb=[Disturb(name=each, at=lot.randint(2, LATEST)) for each in names],
    )
