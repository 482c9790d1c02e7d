# SPDX-License-Identifier: AGPL-3.0-or-later
"""A scenario file: TOML, read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from inspector.config import Settings, explain, read_toml
from inspector.errors import ConfigError
from inspector.scenario.kinds import PACE, PlantKind
from inspector.scenario.table import Kind, table

Number = Annotated[float, Field(strict=False)]
AT = 5
"""The part that a disturbance strikes first where nobody says otherwise: by then every process has found its pace."""


class Disturb(Settings):
    """`[[disturb]]`.

    Attributes:
        name: A row of the table.
        at: The first part that is struck.
        parts: How many in a row; 0: all that follow; not given: as the table says.
        probability: Instead of a row: each part from `at` on is struck with this probability.
        parameters: Parameters of the disturbance by name.
    """

    name: str
    at: Annotated[int, Field(ge=1, le=100_000)] = AT
    parts: Annotated[int, Field(ge=0, le=100_000)] | None = None
    probability: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None
    parameters: dict[str, Number] = Field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """Its row."""
        return table()[self.name]

    def values(self) -> dict[str, float]:
        """All parameters, with those that are not given at their defaults."""
        return {name: self.parameters.get(name, limits.default) for name, limits in self.kind.parameters.items()}


class Expect(Settings):
    """`[expect]`: what has to come of it, beside the invariants.

    Attributes:
        stop: Codes that keep the line from being Ready at the end; empty: it runs.
        may: Codes that may keep it from being Ready too.
        seen: Codes that must have kept it from being Ready on the way.
        verdicts: Verdicts that must stand in the records.
        gap: The records hold at least one gap.
        deaths: At least one process has died.
    """

    stop: list[str] = Field(default_factory=list)
    may: list[str] = Field(default_factory=list)
    seen: list[str] = Field(default_factory=list)
    verdicts: list[str] = Field(default_factory=list)
    gap: bool = False
    deaths: bool = False


class Scenario(Settings):
    """A whole scenario.

    Attributes:
        name: For people.
        plant: What the line is connected to: a controller that sends messages, or a PLC with the four-phase handshake.
        rate_ppm: Parts per minute; not given: as usual for the plant.
        parts: Parts that are put on the belt.
        bad_every: Every so manieth part has a defect; 0: none.
        seed: Seed of everything that is drawn by lot.
        time: Simulated or real time.
        disturb: What goes wrong.
        expect: What has to come of it; not given: the invariants only.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    plant: PlantKind = "plc"
    rate_ppm: Annotated[int, Field(ge=1, le=600)] = 300
    parts: Annotated[int, Field(ge=1, le=10_000)] = 20
    bad_every: Annotated[int, Field(ge=0, le=1_000)] = 6
    seed: int = 1
    time: Literal["simulated", "real"] = "simulated"
    disturb: list[Disturb] = Field(default_factory=list)
    expect: Expect | None = None

    @model_validator(mode="before")
    @classmethod
    def _usual_rate(cls, given: object) -> object:
        if isinstance(given, dict) and "rate_ppm" not in given and given.get("plant") in tuple(PACE):
            return {**given, "rate_ppm": PACE[given["plant"]].usual_ppm}
        return given


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ConfigError: It cannot be read, or has a key, a value or a disturbance that is not known.
    """
    document = read_toml(path, "scenario")
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error)}", "See docs/scenarios.md") from error
    check(scenario, str(path))
    return scenario


def check(scenario: Scenario, origin: str) -> None:
    """Compare a scenario with the table.

    Raises:
        ConfigError: It names a disturbance or a parameter that is not there, or not on this plant, or a value out of
            its limits.
    """
    rates = PACE[scenario.plant].rates_ppm
    if not rates[0] <= scenario.rate_ppm <= rates[-1]:
        message = f"{origin}: rate_ppm = {scenario.rate_ppm} is not within {rates[0]} to {rates[-1]}"
        raise ConfigError(message, f'Change it, or plant = "{scenario.plant}"')
    if scenario.time == "real" and not PACE[scenario.plant].real_time:
        message = f'{origin}: plant = "{scenario.plant}" needs simulated time'
        raise ConfigError(message, 'Set time = "simulated"')
    for one in scenario.disturb:
        kind = table().get(one.name)
        if kind is None:
            raise ConfigError(f"{origin}: there is no disturbance {one.name!r}", "See `inspector simulate --list`")
        if scenario.plant not in kind.plants:
            needed = " or ".join(f'plant = "{plant}"' for plant in kind.plants)
            message = f'{origin}: {one.name} needs {needed}, and the scenario has plant = "{scenario.plant}"'
            raise ConfigError(message, "Set the plant that all of its disturbances have, or make two scenarios")
        if scenario.time == "real" and not kind.real_time:
            raise ConfigError(f"{origin}: {one.name} needs simulated time", 'Set time = "simulated"')
        for name, value in one.parameters.items():
            limits = kind.parameters.get(name)
            if limits is None:
                raise ConfigError(f"{origin}: {one.name} has no parameter {name!r}", "See `inspector simulate --list`")
            if not limits.low <= value <= limits.high:
                message = f"{origin}: {one.name}: {name} = {value:g} is not within {limits.low:g} to {limits.high:g}"
                raise ConfigError(message, "Change it")
