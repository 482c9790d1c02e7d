# SPDX-License-Identifier: AGPL-3.0-or-later
"""What errors cost: the price of an escape, the price of a false reject, and how often parts are defective."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inspector.config import explain
from inspector.errors import ConfigError
from training.evaluation.report import Report

_MAX_BYTES = 64 * 1024
PARTS = 1000
"""Costs are told for so many parts."""

Price = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=64)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ClassCost(_Strict):
    """What is different for one class.

    Attributes:
        escape: Price of a part with this defect that gets through; None: that of all.
        share: Its share of the defective parts, 0..1; None: as in the pictures.
    """

    escape: Price | None = None
    share: Share | None = None


class Costs(_Strict):
    """Prices, in one currency, and the line's true defect rate.

    Attributes:
        escape: Price of a defective part that gets through.
        false_reject: Price of a good part that is rejected.
        defect_rate: Share of defective parts that come to the station, 0..1. Not that of the pictures.
        currency: For people.
        classes: What is different for single classes.
    """

    escape: Price
    false_reject: Price
    defect_rate: Share
    currency: Annotated[str, Field(max_length=12)] = ""
    classes: Annotated[dict[Name, ClassCost], Field(max_length=1000)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if sum(one.share or 0 for one in self.classes.values()) > 1 + 1e-9:
            raise ValueError("the shares of the classes add up to more than 1")
        return self

    def escape_of(self, class_name: str) -> float:
        """Price of a part with this defect that gets through."""
        own = self.classes.get(class_name, ClassCost()).escape
        return self.escape if own is None else own

    def shares(self, numbers: Mapping[str, int]) -> dict[str, float]:
        """Share of each class among defective parts; what is not said is divided as in the pictures.

        Args:
            numbers: Parts by class in the pictures.
        """
        said = {name: own.share for name, own in self.classes.items() if own.share is not None}
        left = max(0.0, 1 - sum(said.values()))
        others = {name: number for name, number in numbers.items() if name not in said}
        total = sum(others.values())
        return said | {name: left * number / total for name, number in others.items() if total}


class _File(_Strict):
    costs: Costs


def read_costs(path: Path) -> Costs:
    """The table `[costs]` of a TOML file that has nothing else.

    Raises:
        ConfigError: It cannot be read, is no TOML, or has a key that is unknown, missing or out of range.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Check --costs") from error
    if len(data) > _MAX_BYTES:
        raise ConfigError(f"{path} is larger than {_MAX_BYTES} bytes", "Check --costs")
    try:
        return _File.model_validate(tomllib.loads(data.decode("utf-8"))).costs
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error)}", "See docs/qa-engineer.md, What errors cost") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is no valid TOML: {error}", "Correct the file") from error


@dataclass(frozen=True)
class Expected:
    """Expected cost of errors per 1,000 parts.

    Attributes:
        cost: At the rates that were measured.
        upper: If both rates were as high as their 95 % bounds.
        escapes: Parts that get through of 1,000, at the measured rate.
        false_rejects: Good parts that are rejected of 1,000.
    """

    cost: float
    upper: float
    escapes: float
    false_rejects: float

    def as_json(self) -> dict[str, float]:
        """Plain values."""
        return {
            "per_1000_parts": round(self.cost, 6),
            "upper_95_per_1000_parts": round(self.upper, 6),
            "escapes_per_1000_parts": round(self.escapes, 6),
            "false_rejects_per_1000_parts": round(self.false_rejects, 6),
        }


def expected(report: Report, costs: Costs, shares: Mapping[str, float]) -> Expected:
    """What the errors of a report cost at the line's true defect rate.

    Args:
        report: Misses by class and false rejects. A class that never comes alone has the miss rate of the parts that
            show it; one that never comes that of all.
        costs: Prices.
        shares: Of each class among defective parts.
    """
    cost = upper = escapes = 0.0
    for name, share in shares.items():
        counts = report.missed_by_class.get(name) or report.missed_showing.get(name) or report.missed
        parts = PARTS * costs.defect_rate * share
        escapes += parts * counts.rate
        cost += parts * counts.rate * costs.escape_of(name)
        upper += parts * counts.upper * costs.escape_of(name)
    good = PARTS * (1 - costs.defect_rate)
    rejects = report.false_rejects
    cost += good * rejects.rate * costs.false_reject
    upper += good * rejects.upper * costs.false_reject
    return Expected(cost, upper, escapes, good * rejects.rate)
