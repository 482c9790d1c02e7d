# SPDX-License-Identifier: AGPL-3.0-or-later
"""The steps of a changeover and what they say, as text only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gui.text import tr
from gui.text.reasons import reason_line
from gui.widgets.palette import Tone
from inspector.api.recipe_schema import RecipeInfo
from inspector.api.schema import Status

HOLDS_THE_LINE = ("required", "overdue", "failed")
SHORT_DIGEST = 12


class Step(Enum):
    """Where somebody stands on the way; the number is what people are told."""

    AWAY = 0
    CLOSE = 1
    CHOOSE = 2
    LOOK = 3
    WAIT = 4
    LOT = 5
    CHALLENGE = 6
    DONE = 7


LAST = 6


@dataclass(frozen=True)
class StepWords:
    """What a step says.

    Attributes:
        text: What to do now.
        after: What comes then.
        tone: How urgent it is.
    """

    text: str
    after: str
    tone: Tone = Tone.ACTION


@dataclass(frozen=True)
class Way:
    """What the person has done so far.

    Attributes:
        chosen: The recipe that was chosen.
        waiting: The station is changing over.
        in_force: What was chosen is in force, by this person.
        opened: Number of the shift that was opened then; 0: none yet.
    """

    chosen: RecipeInfo | None = None
    waiting: bool = False
    in_force: bool = False
    opened: int = 0


def step_of(way: Way, status: Status | None) -> Step:
    """Where the person stands; what the station says comes first."""
    if status is None:
        return Step.AWAY
    if way.waiting:
        return Step.WAIT
    if status.shift is not None:
        if way.opened != status.shift.number:
            return Step.CLOSE
        challenge = status.challenge
        asked = challenge is not None and (challenge.running or challenge.state in HOLDS_THE_LINE)
        return Step.CHALLENGE if asked else Step.DONE
    if way.chosen is None:
        return Step.CHOOSE
    ours = status.recipe is not None and status.recipe.digest == way.chosen.digest
    return Step.LOT if way.in_force and ours else Step.LOOK


def words_of(step: Step, way: Way, status: Status | None) -> StepWords:
    """What to do in this step, and what comes then."""
    name = "" if way.chosen is None else way.chosen.name
    if step is Step.AWAY or status is None:
        return StepWords(tr("NO CONNECTION"), tr("Nothing can be changed now."), Tone.DARK)
    if step is Step.CLOSE and status.shift is not None:
        shift = status.shift
        text = tr("Shift {shift} of lot {lot} is open. Close it first.", shift=shift.number, lot=shift.lot)
        return StepWords(text, tr("Then come back here and choose the product."))
    if step is Step.CHOOSE:
        return StepWords(
            tr("Which product comes? Read the code of the order, or choose it here."),
            tr("Then compare it with what lies in front of the camera."),
        )
    if step is Step.LOOK:
        return StepWords(
            tr("Put one product in front of the camera. Is it this one: {name}?", name=name),
            tr("Then the station loads its recipe and model. Nothing has been changed so far."),
        )
    if step is Step.WAIT:
        text = tr("NOT READY: changing to recipe {name}", name=name)
        return StepWords(text, tr("This takes some seconds. Then open a shift."), Tone.WARN)
    if step is Step.LOT:
        text = tr("Recipe {name} is in force. Which lot or order?", name=name)
        return StepWords(text, _held(status) or tr("Then its test parts are due, if it has any."))
    return _open_words(step, status, name)


def _open_words(step: Step, status: Status, name: str) -> StepWords:
    if step is Step.CHALLENGE:
        return StepWords(tr("Show the test parts of {name}.", name=name), tr("Then parts are inspected."))
    held = _held(status)
    if held:
        return StepWords(tr("The shift is open, and the station is not ready yet."), held, Tone.WARN)
    return StepWords(tr("RUNNING with recipe {name}", name=name), tr("The changeover is done."), Tone.CALM)


def _held(status: Status) -> str:
    """The first reason that no step of the changeover ends."""
    return next((reason_line(one) for one in status.reasons if one.code != "NO_SHIFT"), "")


def facts_of(recipe: RecipeInfo) -> list[tuple[str, str, bool]]:
    """What names a recipe exactly, for a table of pairs."""
    model = recipe.model
    return [
        (tr("recipe"), recipe.name, False),
        (tr("version"), recipe.version or "-", False),
        (tr("number"), str(recipe.number) if recipe.number else "-", False),
        (tr("SHA-256"), (recipe.digest or "-")[:SHORT_DIGEST], False),
        (tr("model"), "-" if model is None else f"{model.name} {model.version}", False),
        (tr("test parts"), tr("yes") if recipe.challenge else tr("none"), not recipe.challenge),
    ]
