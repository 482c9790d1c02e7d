# SPDX-License-Identifier: AGPL-3.0-or-later
"""Errors among trials, and what they prove: exact bounds (Clopper-Pearson), told so that they never flatter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from inspector.bounds import lower_bound, upper_bound

_NOISE = Decimal("1e-12")
"""The bounds are exact to about 1e-15; a rate that is 5 % to that much is told as 5 %, not as 5.1 %."""


@dataclass
class Counts:
    """Errors among independent trials, with exact one-sided 95 % bounds of their rate.

    Attributes:
        errors: How many went wrong.
        trials: Of how many.
    """

    errors: int = 0
    trials: int = 0

    def add(self, error: bool) -> None:
        """Count one trial."""
        self.trials += 1
        self.errors += error

    @property
    def rate(self) -> float:
        """Share of errors, 0..1; 0 where nothing was tried."""
        return self.errors / self.trials if self.trials else 0.0

    @property
    def upper(self) -> float:
        """Highest rate that is not ruled out at 95 %, 0..1."""
        return upper_bound(self.errors, self.trials)

    @property
    def lower(self) -> float:
        """Lowest rate that is not ruled out at 95 %, 0..1."""
        return lower_bound(self.errors, self.trials)

    def as_json(self) -> dict[str, int]:
        """Counts and bounds as plain values; bounds in parts per million."""
        return {
            "errors": self.errors,
            "trials": self.trials,
            "lower_95_ppm": round(self.lower * 1_000_000),
            "upper_95_ppm": round(self.upper * 1_000_000),
        }

    def words(self, what: str) -> str:
        """Such as "0 of 60 missed: below 4.9 % at 95 %"."""
        if not self.trials:
            return f"none could be {what}: nothing is known"
        if self.errors == self.trials:
            return f"{self.errors} of {self.trials} {what}: above {percent_down(self.lower)} at 95 %"
        return f"{self.errors} of {self.trials} {what}: below {percent_up(self.upper)} at 95 %"

    def short(self) -> str:
        """For tables: such as "0 of 60, < 4.9 %"."""
        if not self.trials:
            return "-"
        if self.errors == self.trials:
            return f"{self.errors} of {self.trials}, > {percent_down(self.lower)}"
        return f"{self.errors} of {self.trials}, < {percent_up(self.upper)}"


def percent_up(rate: float) -> str:
    """A rate (0..1) as percent with two significant digits, rounded up: what is told as an upper bound is one."""
    return _percent(rate, ROUND_CEILING, -_NOISE)


def percent_down(rate: float) -> str:
    """A rate (0..1) as percent with two significant digits, rounded down."""
    return _percent(rate, ROUND_FLOOR, _NOISE)


def _percent(rate: float, rounding: str, noise: Decimal) -> str:
    if rate <= 0:
        return "0 %"
    if rate >= 1:
        return "100 %"
    percent = (Decimal(rate) + noise * Decimal(rate)) * 100
    rounded = percent.quantize(Decimal(1).scaleb(percent.adjusted() - 1), rounding=rounding)
    return f"{rounded:f} %"
