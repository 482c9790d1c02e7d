# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that an evaluation found, together."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.detect.package import ModelPackage
from inspector.recipe import Recipe
from training.evaluation.costs import Costs, Expected, expected
from training.evaluation.latency import Latency
from training.evaluation.limits import Choices, judged_again, with_choices
from training.evaluation.measure import Seen
from training.evaluation.pictures import Source
from training.evaluation.report import Report, report_on


@dataclass(frozen=True)
class Money:
    """What errors cost.

    Attributes:
        costs: Prices and defect rate.
        now: Expected cost with the recipe as it is.
        choices: Limits that were chosen on other pictures; None: none were.
        then: What was found with them on the same pictures as the rest of the figures.
        then_cost: Expected cost with them.
    """

    costs: Costs
    now: Expected
    choices: Choices | None = None
    then: Report | None = None
    then_cost: Expected | None = None

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        document: dict[str, object] = {"prices": self.costs.model_dump(mode="json"), "now": self.now.as_json()}
        if self.choices is not None and self.then is not None and self.then_cost is not None:
            document["limits"] = self.choices.as_json()
            document["with_these_limits"] = {
                **self.then_cost.as_json(),
                "missed": self.then.missed.as_json(),
                "false_rejects": self.then.false_rejects.as_json(),
            }
        return document


@dataclass(frozen=True)
class Evaluation:
    """All that was found.

    Attributes:
        package: The model.
        recipe: The rules.
        source: What was judged.
        seen: What came of each picture.
        report: What they say together.
        latency: What judging took.
        money: What errors cost, where prices are known.
    """

    package: ModelPackage
    recipe: Recipe
    source: Source
    seen: list[Seen]
    report: Report
    latency: Latency
    money: Money | None

    @property
    def title(self) -> str:
        """Model and recipe."""
        return f"{self.package.name} {self.package.version}, recipe {self.recipe.name} {self.recipe.version}"

    def as_json(self) -> dict[str, object]:
        """Return all of it as plain JSON values, without the pictures."""
        return {
            "model": {"name": self.package.name, "version": self.package.version},
            "model_digest": self.package.digest,
            "recipe": {"name": self.recipe.name, "version": self.recipe.version},
            "recipe_digest": self.recipe.digest,
            "source": self.source.facts,
            "pictures": len(self.seen),
            "notes": self.source.notes,
            "latency": self.latency.as_json(),
            "costs": None if self.money is None else self.money.as_json(),
            **self.report.as_json(),
        }


def money_of(costs: Costs, report: Report, seen: list[Seen], recipe: Recipe, choices: Choices | None) -> Money:
    """What the errors of a report cost, and what they would with the limits that were chosen.

    Args:
        costs: Prices and defect rate.
        report: On the pictures `seen`.
        seen: Judged by `recipe`.
        recipe: As it is.
        choices: Limits chosen on other pictures.
    """
    shares = costs.shares(report.showing)
    now = expected(report, costs, shares)
    if choices is None:
        return Money(costs, now)
    then = report_on(judged_again(seen, with_choices(recipe, choices)), report.classes, report.by)
    return Money(costs, now, choices, then, expected(then, costs, shares))
