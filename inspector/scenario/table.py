# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table of disturbances: name, section, parameters, and how the line has to stand when it was the only one."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from inspector.scenario.belt import Part
from inspector.scenario.kinds import EVERYWHERE, PlantKind
from inspector.scenario.rig import Rig

COUNTED: tuple[PlantKind, ...] = ("plc", "handshake")
SECTIONS: dict[str, tuple[PlantKind, ...]] = {
    "sensor": COUNTED,
    "camera": EVERYWHERE,
    "image": EVERYWHERE,
    "inference": EVERYWHERE,
    "plc": ("plc",),
    "handshake": ("handshake",),
    "encoder": ("remote-io",),
    "io": ("remote-io",),
    "reject": COUNTED,
    "system": EVERYWHERE,
    "human": COUNTED,
}
"""Each is a module of `inspector.scenario.disturbances`, with the plants that its rows work on; the first is theirs."""


class Hit:
    """Which parts a disturbance strikes.

    Args:
        rig: The composition; after it has calmed down nothing is struck any more.
        first: The first part.
        parts: How many parts in a row; 0: all that follow.
        probability: Instead of a row: each part from `first` on is struck with this probability.
        seed: Seed of that lot.
    """

    def __init__(self, rig: Rig, first: int, parts: int, probability: float | None = None, seed: int = 0) -> None:
        self._rig = rig
        self._first = first
        self._parts = parts
        self._probability = probability
        self._seed = seed

    def __call__(self, part: Part) -> bool:
        """Whether this part is struck."""
        if self._rig.calmed or part.number < self._first:
            return False
        if self._probability is not None:
            lot = random.Random(self._seed * 1_000_003 + part.number)  # noqa: S311 - reproducible, not a secret
            return lot.random() < self._probability
        return self._parts == 0 or part.number < self._first + self._parts


Inject = Callable[[Rig, Hit, Mapping[str, float]], None]


@dataclass(frozen=True)
class Limits:
    """A parameter.

    Attributes:
        default: Its value where nobody says another.
        low: Smallest value.
        high: Largest value.
    """

    default: float
    low: float
    high: float


@dataclass(frozen=True)
class Ends:
    """How the line has to stand at the end, and what must have happened on the way.

    Attributes:
        codes: These reasons keep it from being Ready; none: it runs.
        may: These may keep it from being Ready too, depending on how fast the line is.
        seen: These reasons must have been given on the way.
        verdicts: These verdicts must stand in the records.
        gap: Whether the records must hold a gap.
        deaths: Whether a process must have died.
    """

    codes: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    gap: bool = False
    deaths: bool = False

    def words(self) -> str:
        """For people."""
        said = [f"stopped or not Ready: {', '.join(self.codes)}" if self.codes else "runs"]
        said += [f"or {', '.join(self.may)}"] if self.may else []
        said += [f"meanwhile {code}" for code in self.seen]
        said += list(self.verdicts)
        said += ["a gap record"] if self.gap else []
        said += ["a process died"] if self.deaths else []
        return "; ".join(said)


@dataclass(frozen=True)
class Kind:
    """One row of the table.

    Attributes:
        name: Its name in scenario files.
        section: Where it comes from.
        what: What it does.
        ends: What has to come of it when it is alone, with its default parameters.
        parts: Parts that it strikes in a row where nobody says otherwise; 0: all that follow.
        parameters: By name.
        gate_disobeys: The gate moves, or stays, against its order: no program can keep such a part back.
        early: It is a state of the machine from before the start of the processes.
        unseen: It has to leave no trace in the records at all.
        real_time: Whether it works on real time too.
        inject: Wires it into the composition.
    """

    name: str
    section: str
    what: str
    ends: Ends
    inject: Inject = field(repr=False)
    parts: int = 1
    parameters: Mapping[str, Limits] = field(default_factory=dict)
    gate_disobeys: bool = False
    real_time: bool = True
    early: bool = False
    unseen: bool = False

    @property
    def plants(self) -> tuple[PlantKind, ...]:
        """The plants that have what it disturbs; the first one is the one for which it says how the line ends."""
        plants = SECTIONS[self.section]
        return plants[:1] if self.gate_disobeys else plants


_TABLE: dict[str, Kind] = {}


def disturbance(
    name: str,
    section: str,
    what: str,
    ends: Ends,
    *,
    parts: int = 1,
    gate_disobeys: bool = False,
    real_time: bool = True,
    early: bool = False,
    unseen: bool = False,
    **parameters: Limits,
) -> Callable[[Inject], Inject]:
    """Enter a function into the table; see `Kind`."""

    def enter(inject: Inject) -> Inject:
        _TABLE[name] = Kind(
            name, section, what, ends, inject, parts, parameters, gate_disobeys, real_time, early, unseen
        )
        return inject

    return enter


def table() -> Mapping[str, Kind]:
    """All disturbances by name, in the order of the sections, whoever imported one of their modules before."""
    for section in SECTIONS:
        importlib.import_module(f"inspector.scenario.disturbances.{section}")
    return {name: kind for section in SECTIONS for name, kind in _TABLE.items() if kind.section == section}
